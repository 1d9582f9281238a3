"""The base's verbs: every write to projects, members and the plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from implement.accounts.models import User
from implement.core.calendars import CalendarError, Intervals
from implement.core.db import update_rows
from implement.core.errors import DomainError
from projects.choices import Role
from projects.kit.journal import record
from projects.kit.rows import row_delete, row_restore, row_save
from projects.models import (
    Assignment,
    Baseline,
    BaselineTask,
    Dependency,
    Membership,
    Person,
    Project,
    Task,
    WorkCalendar,
)
from projects.planning import compute_schedule, to_moment, working_calendar, zone_of
from projects.schedule import CycleError, ScheduleError

COMPUTED = [
    "start",
    "finish",
    "late_start",
    "late_finish",
    "total_float_minutes",
    "free_float_minutes",
    "is_critical",
]
OUTLINE = ["position", "level", "wbs", "is_summary"]


@transaction.atomic
def project_create(*, project: Project, manager: Person | None, actor: User | None) -> Project:
    """Add a project, with its project manager as first member.

    Raises DomainError, by field.
    """
    row_save(row=project, actor=actor)
    if manager is not None:
        row_save(row=Membership(project=project, person=manager, role=Role.MANAGER), actor=actor)
    return project


@transaction.atomic
def person_login(*, person: Person, actor: User | None) -> User:
    """Return the person's login; one without a usable password is made when they have none yet.

    Raises DomainError without an e-mail address, or when the address signs somebody else in.
    """
    if person.user is not None:
        return person.user
    if not person.email:
        raise DomainError(
            f"{person} has no e-mail address to send an invitation to.",
            fields={"email": "An invitation needs an address."},
        )
    if not person.is_active:
        raise DomainError(f"{person} is no longer active.")
    user = User.objects.filter(email__iexact=person.email).first()
    if user is not None and Person.objects.filter(user=user).exists():
        raise DomainError(f"{person.email} signs somebody else in already.")
    person.user = user or User.objects.create_user(person.email, full_name=person.name)
    row_save(row=person, actor=actor)
    return person.user


@transaction.atomic
def project_change(*, project: Project, actor: User | None, expected_version: int | None = None) -> Project:
    """Change a project's settings, then reschedule: its start, calendar or zone may have moved every date.

    Raises DomainError (by field; a calendar without working time) or StaleVersion.
    """
    plan_lock(project)
    row_save(row=project, actor=actor, expected_version=expected_version)
    plan_schedule(project=project)
    return project


def _stored(intervals: Iterable[tuple[int, int]]) -> list[list[int]]:
    return [[start, end] for start, end in sorted(intervals)]


def _own_calendar(project: Project) -> WorkCalendar:
    """Return the project's own calendar, or a copy of the shared one that is not yet saved."""
    shared = project.calendar
    if shared is not None and shared.project_id == project.pk:
        return shared
    standard = working_calendar(None).week
    return WorkCalendar(
        project=project,
        name=f"Calendar of {project.name}"[:120],
        week=list(shared.week) if shared else [_stored(day) for day in standard],
        country=shared.country if shared else "",
        subdivision=shared.subdivision if shared else "",
        exceptions=dict(shared.exceptions) if shared else {},
    )


def _calendar_save(
    *, project: Project, calendar: WorkCalendar, actor: User | None, expected_version: int | None
) -> WorkCalendar:
    try:
        if not any(calendar.week):
            raise CalendarError("A week without working hours would never end the project.")
        working_calendar(calendar)
    except CalendarError as error:
        raise DomainError(str(error)) from error
    is_new = calendar._state.adding
    plan_lock(project)
    row_save(row=calendar, actor=actor, expected_version=None if is_new else expected_version)
    if is_new:
        project.calendar = calendar
        row_save(row=project, actor=actor)
    plan_schedule(project=project)
    return calendar


@transaction.atomic
def calendar_week_set(
    *,
    project: Project,
    week: Iterable[Intervals],
    country: str,
    subdivision: str,
    actor: User | None,
    expected_version: int | None = None,
) -> WorkCalendar:
    """Set when the project works: seven days (Monday first) of (start, end) minutes, and whose holidays it keeps.

    A calendar that other projects share is copied first, so that only this project changes. Raises DomainError
    (no working time, an unknown country or subdivision) or StaleVersion.
    """
    calendar = _own_calendar(project)
    calendar.week = [_stored(day) for day in week]
    calendar.country, calendar.subdivision = country, subdivision
    return _calendar_save(project=project, calendar=calendar, actor=actor, expected_version=expected_version)


@transaction.atomic
def calendar_exception_set(
    *, project: Project, first: date, last: date, times: Intervals | None, actor: User | None
) -> WorkCalendar:
    """Let the days from `first` to `last` differ: `times` () is a day off, None takes the exception away.

    Raises DomainError when the days are out of order, more than a year, or leave no working time.
    """
    if last < first:
        raise DomainError("The last day is before the first.", fields={"last": "Choose a later day."})
    if (last - first).days > 366:
        raise DomainError("At most a year at a time.", fields={"last": "Choose an earlier day."})
    calendar = _own_calendar(project)
    exceptions = dict(calendar.exceptions)
    for number in range((last - first).days + 1):
        day = date.fromordinal(first.toordinal() + number).isoformat()
        exceptions.pop(day, None)
        if times is not None:
            exceptions[day] = _stored(times)
    calendar.exceptions = exceptions
    return _calendar_save(project=project, calendar=calendar, actor=actor, expected_version=None)


def plan_lock(project: Project) -> None:
    """Let one change of a plan happen at a time, until the transaction ends.

    Every change reschedules the plan and so writes rows of others: two that began with different tasks would
    wait for each other for ever. Call it before the first row is written.
    """
    Project.with_trash.select_for_update(no_key=True).values_list("pk", flat=True).get(pk=project.pk)


def tree_renumber(project: Project) -> None:
    """Set position, level, WBS number and summary flag of every task from parents and sibling order.

    One read and one bulk write. Raises DomainError when a task is below itself.
    """
    tasks = list(Task.objects.filter(project=project).order_by("position", "pk"))
    children: dict[int | None, list[Task]] = defaultdict(list)
    present = {task.pk for task in tasks}
    for task in tasks:
        children[task.parent_id if task.parent_id in present else None].append(task)
    changed: list[Task] = []
    seen = 0
    stack = [(task, f"{number}", 1) for number, task in enumerate(children[None], start=1)][::-1]
    while stack:
        task, wbs, level = stack.pop()
        seen += 1
        below = children[task.pk]
        values = {"position": seen, "level": level, "wbs": wbs, "is_summary": bool(below)}
        if any(getattr(task, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(task, name, value)
            changed.append(task)
        stack.extend(
            [(child, f"{wbs}.{number}", level + 1) for number, child in enumerate(below, start=1)][::-1]
        )
    if seen != len(tasks):
        raise DomainError(
            "A task cannot be below itself.", fields={"parent": "This is the task itself or below it."}
        )
    update_rows(changed, OUTLINE)


@transaction.atomic
def plan_schedule(*, project: Project) -> None:
    """Compute every date, float and the critical path, and store what differs in one bulk write.

    Raises DomainError naming the tasks of a cycle, or the calendar without working time.
    """
    tasks = list(Task.objects.filter(project=project).select_related("calendar"))
    links = list(
        Dependency.objects.filter(
            successor__project=project, successor__deleted_at=None, predecessor__deleted_at=None
        )
    )
    by_id = {task.pk: task for task in tasks}
    try:
        schedule = compute_schedule(project, tasks, links)
    except CycleError as error:
        path = " → ".join(str(by_id[pk]) for pk in error.path if pk in by_id)
        raise DomainError(f"These tasks wait for each other: {path}.") from error
    except (ScheduleError, CalendarError) as error:
        raise DomainError(str(error)) from error
    zone = zone_of(project)
    changed = []
    for pk, activity in schedule.activities.items():
        task = by_id[int(str(pk))]
        values = {
            "start": to_moment(activity.start, zone),
            "finish": to_moment(activity.finish, zone),
            "late_start": to_moment(activity.late_start, zone),
            "late_finish": to_moment(activity.late_finish, zone),
            "total_float_minutes": activity.total_float_minutes,
            "free_float_minutes": activity.free_float_minutes,
            "is_critical": activity.critical,
        }
        if any(getattr(task, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(task, name, value)
            changed.append(task)
    update_rows(changed, COMPUTED)
    Project.objects.filter(pk=project.pk).update(scheduled_at=timezone.now())


def _check_task(task: Task) -> None:
    """Raise DomainError when what a task points at is of another project, or its numbers contradict."""
    if task.parent_id and task.parent is not None and task.parent.project_id != task.project_id:
        raise DomainError(
            "The parent is of another project.", fields={"parent": "Choose a task of this project."}
        )
    if task.percent_complete == 100 and task.actual_finish is None:
        task.actual_finish = timezone.now()
    if task.actual_finish and task.percent_complete < 100:
        task.actual_finish = None
    if task.percent_complete > 0 and task.actual_start is None:
        now = timezone.now()
        task.actual_start = min(task.start or now, task.actual_finish or now)
    if task.actual_start and task.actual_finish and task.actual_finish < task.actual_start:
        raise DomainError(
            "It finished before it started.", fields={"actual_finish": "This is before the actual start."}
        )


@transaction.atomic
def task_save(*, task: Task, actor: User | None, expected_version: int | None = None) -> Task:
    """Add or change a task, then renumber and reschedule the plan.

    Raises DomainError (by field; a cycle by its path) or StaleVersion.
    """
    _check_task(task)
    plan_lock(task.project)
    if task._state.adding and not task.position:
        last = Task.objects.filter(project=task.project).aggregate(last=Max("position"))["last"] or 0
        task.position = last + 1
    row_save(row=task, actor=actor, expected_version=expected_version)
    tree_renumber(task.project)
    plan_schedule(project=task.project)
    task.refresh_from_db()
    return task


@transaction.atomic
def task_progress(
    *, task: Task, percent: Decimal, actor: User | None, expected_version: int | None = None
) -> Task:
    """Say how much of a task is physically done (0 to 100).

    Raises DomainError for a summary, whose progress follows from the tasks below.
    """
    if task.is_summary:
        raise DomainError("The progress of a summary follows from the tasks below it.")
    task.percent_complete = percent
    return task_save(task=task, actor=actor, expected_version=expected_version)


@transaction.atomic
def tasks_delete(*, tasks: Sequence[Task], actor: User | None) -> None:
    """Throw tasks of one project into the trash with everything below them, then reschedule once."""
    for project in {task.project for task in tasks}:
        plan_lock(project)
    below = list(tasks)
    gone: set[int] = set()
    while below:
        current = below.pop()
        if current.pk in gone:
            continue
        gone.add(current.pk)
        below.extend(current.children.filter(deleted_at=None))
        row_delete(row=current, actor=actor)
    for project in {task.project for task in tasks}:
        tree_renumber(project)
        plan_schedule(project=project)


def task_delete(*, task: Task, actor: User | None) -> None:
    """Throw a task into the trash with everything below it, then reschedule."""
    tasks_delete(tasks=[task], actor=actor)


@transaction.atomic
def task_restore(*, task: Task, actor: User | None) -> None:
    """Take a task back; when its parent is still in the trash it comes back at the top level."""
    plan_lock(task.project)
    if task.parent is not None and task.parent.deleted_at is not None:
        task.parent = None
        task.save_version(fields=["parent"])
    row_restore(row=task, actor=actor)
    tree_renumber(task.project)
    plan_schedule(project=task.project)


@transaction.atomic
def dependency_save(
    *, link: Dependency, actor: User | None, expected_version: int | None = None
) -> Dependency:
    """Add or change a dependency, then reschedule.

    Raises DomainError: tasks of two projects, a cycle by its path, linked already.
    """
    if link.predecessor.project_id != link.successor.project_id:
        raise DomainError(
            "The two tasks are of different projects.",
            fields={"predecessor": "Choose a task of this project."},
        )
    plan_lock(link.successor.project)
    row_save(row=link, actor=actor, expected_version=expected_version)
    plan_schedule(project=link.successor.project)
    return link


@transaction.atomic
def dependency_delete(*, link: Dependency, actor: User | None, expected_version: int | None = None) -> None:
    """Remove a dependency, then reschedule."""
    project = link.successor.project
    plan_lock(project)
    row_delete(row=link, actor=actor, expected_version=expected_version)
    plan_schedule(project=project)


@dataclass(frozen=True)
class TaskBudget:
    """What a task is to cost when a baseline is taken; None where no rate or budget says it."""

    planned_seconds: int
    cost: Decimal | None
    bill: Decimal | None


@transaction.atomic
def baseline_take(
    *,
    project: Project,
    name: str,
    actor: User | None,
    budgets: Mapping[int, TaskBudget],
    untasked: TaskBudget | None = None,
    taken_on: date | None = None,
) -> Baseline:
    """Freeze dates, hours and money of every task as the next numbered baseline.

    `budgets` is task id -> TaskBudget and `untasked` what belongs to no task, computed by the budget.
    Raises DomainError for a plan without tasks.
    """
    tasks = list(Task.objects.filter(project=project))
    if not tasks:
        raise DomainError("There is no plan to take a baseline of.")
    last = Baseline.objects.filter(project=project).aggregate(last=Max("number"))["last"]
    baseline = Baseline.objects.create(
        project=project,
        number=0 if last is None else last + 1,
        name=name[:120],
        taken_at=timezone.now(),
        taken_by=actor,
        untasked_seconds=untasked.planned_seconds if untasked else 0,
        untasked_cost=untasked.cost if untasked else None,
        untasked_bill=untasked.bill if untasked else None,
    )
    nothing = TaskBudget(planned_seconds=0, cost=None, bill=None)
    BaselineTask.objects.bulk_create(
        BaselineTask(
            baseline=baseline,
            task=task,
            start=task.start,
            finish=task.finish,
            duration_minutes=task.duration_minutes,
            planned_seconds=budgets.get(task.pk, nothing).planned_seconds,
            cost=budgets.get(task.pk, nothing).cost,
            bill=budgets.get(task.pk, nothing).bill,
        )
        for task in tasks
    )
    record(action="baseline.taken", target=baseline, actor=actor, project=project)
    return baseline


def assignments_set(*, task: Task, planned: Iterable[tuple[Person, int]], actor: User | None) -> None:
    """Replace who is on a task: (person, planned seconds)."""
    with transaction.atomic():
        before = {str(row.person): row.planned_seconds for row in task.assignments.select_related("person")}
        task.assignments.all().delete()
        rows = [Assignment(task=task, person=person, planned_seconds=seconds) for person, seconds in planned]
        Assignment.objects.bulk_create(rows)
        after = {str(row.person): row.planned_seconds for row in rows}
        if before != after:
            changes: dict[str, tuple[Any, Any]] = {"people": (str(before), str(after))}
            record(action="task.changed", target=task, actor=actor, project=task.project, changes=changes)


@transaction.atomic
def calendar_save(
    *, calendar: WorkCalendar, actor: User | None, expected_version: int | None = None
) -> WorkCalendar:
    """Add or change a calendar of a project, then reschedule the plan that works by it.

    Raises DomainError (by field; no working time left) or StaleVersion.
    """
    row_save(row=calendar, actor=actor, expected_version=expected_version)
    if calendar.project is not None:
        plan_schedule(project=calendar.project)
    return calendar
