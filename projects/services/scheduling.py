"""Keeping the plan's outline and dates: one change at a time, one bulk write."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import TypeVar

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from implement.accounts.models import User
from implement.core.calendars import CalendarError
from implement.core.db import update_rows
from implement.core.errors import DomainError
from projects.choices import ProjectStatus
from projects.kit.jobs import Running, enqueue, handles
from projects.models import (
    Dependency,
    Person,
    Project,
    Task,
)
from projects.planning import PlanRow, compute_schedule, to_moment, zone_of
from projects.schedule import ActivityId, CycleError, Link, LinkType, OutOfTimeError, ScheduleError
from projects.services.trend import forecasts_note

Row = TypeVar("Row", Task, PlanRow)
COMPUTED = [
    "start",
    "finish",
    "late_start",
    "late_finish",
    "total_float_minutes",
    "free_float_minutes",
    "is_critical",
    "driver",
    "driven_by_id",
]
computed_of = attrgetter(*COMPUTED)
KINDS = {kind.value: kind for kind in LinkType}
OUTLINE = ["position", "level", "wbs", "is_summary"]


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
    rows = Task.objects.filter(project=project).only("parent_id", *OUTLINE)
    tasks = list(rows.order_by("position", "pk"))
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


def dates_set(
    project: Project,
    tasks: Sequence[Row],
    links: Iterable[Dependency | Link],
    *,
    assigned: Mapping[int, Iterable[Person]] | None = None,
) -> list[Row]:
    """Set every computed date, float and the critical path on the tasks given; return those that differ.

    Nothing is stored. `assigned` says who is on which task, where that is not what is stored. Raises DomainError
    naming the tasks of a cycle, or the task whose people and calendar leave no working time.
    """
    by_id: dict[ActivityId, Row] = {task.pk: task for task in tasks}
    try:
        schedule = compute_schedule(project, tasks, links, assigned=assigned)
    except OutOfTimeError as error:
        raise DomainError(f"“{by_id[error.activity]}”: {error.reason}") from error
    except CycleError as error:
        path = " → ".join(str(by_id[pk]) for pk in error.path if pk in by_id)
        raise DomainError(f"These tasks wait for each other: {path}.") from error
    except (ScheduleError, CalendarError) as error:
        raise DomainError(str(error)) from error
    zone = zone_of(project)
    changed = []
    for pk, activity in schedule.activities.items():
        task = by_id[pk]
        values = (
            to_moment(activity.start, zone),
            to_moment(activity.finish, zone),
            to_moment(activity.late_start, zone),
            to_moment(activity.late_finish, zone),
            activity.total_float_minutes,
            activity.free_float_minutes,
            activity.critical,
            activity.driver or "",
            activity.driven_by,
        )
        if values != computed_of(task):
            for name, value in zip(COMPUTED, values, strict=True):
                setattr(task, name, value)
            changed.append(task)
    return changed


@transaction.atomic
def plan_schedule(*, project: Project) -> None:
    """Compute every date, float and the critical path, and store what differs in one bulk write.

    Raises DomainError naming the tasks of a cycle, or the calendar without working time.
    """
    # As it is by now: whoever waited for another change of the plan has read it before.
    project = Project.with_trash.select_related("calendar").get(pk=project.pk)
    tasks = PlanRow.of(project)
    stored = Dependency.objects.of_plan(project).values_list(
        "predecessor_id", "successor_id", "type", "lag_minutes", "is_elapsed"
    )
    links = [
        Link(predecessor=before, successor=after, type=KINDS[kind], lag_minutes=lag, elapsed=is_elapsed)
        for before, after, kind, lag, is_elapsed in stored.order_by()
    ]
    update_rows(dates_set(project, tasks, links), COMPUTED, model=Task)
    forecasts_note(project=project, tasks=tasks)
    Project.objects.filter(pk=project.pk).update(scheduled_at=timezone.now())


# Plans of so many tasks in all are rescheduled while somebody waits; more are left to a worker.
RESCHEDULED_AT_ONCE = 2_000
RESCHEDULE_JOB = "plan.schedule"


def plans_of(people: Iterable[Person]) -> QuerySet[Project]:
    """Return the projects in which one of the people has work that is not finished."""
    open_work = Task.objects.open().filter(assignments__person__in=list(people), is_summary=False)
    return Project.objects.filter(pk__in=open_work.values("project"))


def plans_lock(projects: QuerySet[Project]) -> None:
    """Let one change at a time happen to each of several plans, always locked in one order: see `plan_lock`."""
    rows = Project.with_trash.select_for_update(no_key=True).filter(pk__in=projects.values("pk"))
    list(rows.order_by("pk").values_list("pk"))


@transaction.atomic
def plans_reschedule(*, projects: QuerySet[Project], actor: User | None, is_strict: bool = False) -> None:
    """Reschedule several plans: at once when they are small, else each as a job written in the same transaction.

    A plan that cannot be computed is left to a job as well, which fails with the reason where its project manager
    sees it: whoever is away may not know that project. `is_strict` raises DomainError instead, naming project and
    task: for changes that may take all working time from a task.
    """
    found = list(
        projects.select_related("calendar")
        .annotate(size=Count("tasks", filter=Q(tasks__deleted_at=None)))
        .order_by("pk")
    )
    at_once = sum(project.size for project in found) <= RESCHEDULED_AT_ONCE
    for project in found:
        try:
            if at_once:
                with transaction.atomic():
                    plan_lock(project)
                    plan_schedule(project=project)
                continue
        except DomainError as error:
            if is_strict:
                raise DomainError(f"The plan of {project.name} cannot follow. {error.message}") from error
        enqueue(kind=RESCHEDULE_JOB, params={}, actor=actor, project=project)


CAUGHT_UP_AT_ONCE = 20


def plans_catch_up(*, now: datetime | None = None) -> int:
    """Reschedule the plans that were computed last on an earlier day of their own zone; return how many.

    What should have begun or gone on since has not, so it moves to today. A plan in which nothing moves is read and
    not written. Each is claimed by the moment of its last computation: of several beats one does it, once a day.
    """
    now = now or timezone.now()
    running = Project.objects.filter(data_date=None, scheduled_at__isnull=False).exclude(
        status=ProjectStatus.CLOSED
    )
    due = []
    for project in running.only("time_zone", "scheduled_at").order_by("scheduled_at", "pk"):
        zone, seen = zone_of(project), project.scheduled_at
        if seen is not None and seen.astimezone(zone).date() < now.astimezone(zone).date():
            due.append(project)
    return sum(_caught_up(project, now) for project in due[:CAUGHT_UP_AT_ONCE])


@transaction.atomic
def _caught_up(project: Project, now: datetime) -> int:
    """Claim and reschedule one plan; what cannot be computed is left to a job, which says why, until tomorrow."""
    mine = Project.objects.filter(pk=project.pk, scheduled_at=project.scheduled_at)
    if not mine.update(scheduled_at=now):
        return 0
    plans_reschedule(projects=Project.objects.filter(pk=project.pk), actor=None)
    return 1


@handles(RESCHEDULE_JOB, "Reschedule the plan")
def plan_schedule_job(running: Running) -> None:
    """Reschedule a project's plan as it is by now; done twice it changes nothing more."""
    project = running.job.project
    assert project is not None
    with running.finishing(result_url=reverse("plan", args=[project.code])):
        plan_lock(project)
        plan_schedule(project=project)
