"""From requirements to work: tasks and milestones in the plan, the links between, and tasks that need none.

Everything goes through the plan's own services, so that outline, dates and history hold; it asks for `plan.change`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time

from django.db import transaction
from django.db.models import Max

from implement.core.errors import DomainError, StateError
from projects.choices import Constraint, LinkType
from projects.kit import trace
from projects.kit.access import Entry
from projects.kit.rows import row_delete, row_save
from projects.models import Dependency, Milestone, Person, Task
from projects.planning import to_moment, zone_of
from projects.requirements.choices import OUT, SIGNED
from projects.requirements.models import Release, Requirement, TaskReason
from projects.requirements.selectors.work import DELIVERS, Work, work_of
from projects.requirements.services.roadmap import release_save
from projects.services import PlanChange, plan_change, plan_lock

MOST_TASKS = 500
USUAL_MINUTES = 480
LONGEST_MINUTES = 2_000_000
LATEST = time(17)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What tasks are to be made: below which summary (None: at the top level), one for each or one for all (`name`),
    with the owners put on them, and also for what a task delivers already."""

    parent: Task | None = None
    is_one: bool = False
    name: str = ""
    with_owner: bool = True
    also_tasked: bool = False


@dataclass(frozen=True)
class NewTask:
    """A task that would be made: what it delivers, how long it is, and who has how many planned seconds on it."""

    name: str
    requirements: tuple[Requirement, ...]
    minutes: int
    is_guess: bool
    planned: tuple[tuple[Person, int], ...]

    @property
    def seconds(self) -> int:
        """Return its duration in seconds."""
        return self.minutes * 60


@dataclass
class NewTasks:
    """The tasks that would be made, and which requirements are left out because a task delivers them already."""

    tasks: list[NewTask] = field(default_factory=list)
    left_out: list[Requirement] = field(default_factory=list)


def tasks_planned(*, requirements: Sequence[Requirement], wanted: Wanted, work: Work) -> NewTasks:
    """Return what `tasks_make` would make.

    Raises StateError for what the customer has not signed, DomainError by field for the rest.
    """
    if not requirements:
        raise DomainError("Choose the requirements first.", fields={"requirements": "Choose at least one."})
    unsigned = [row.key for row in requirements if row.status not in SIGNED]
    if unsigned:
        keys = ", ".join(unsigned[:5]) + (" and others" if len(unsigned) > 5 else "")
        raise StateError(f"Tasks are made of what the customer has signed. Not validated: {keys}.")
    tasked = [row for row in requirements if work.tasks_of(row.pk) and not wanted.also_tasked]
    rows = [row for row in requirements if row not in tasked]
    if wanted.is_one and not wanted.name.strip():
        message = "Give the task a name."
        raise DomainError(message, fields={"name": message})
    if wanted.is_one:
        tasks = [_new_task(wanted.name.strip(), rows, wanted)] if rows else []
    else:
        tasks = [_new_task(row.title, [row], wanted) for row in rows]
    return NewTasks(tasks, tasked)


def _new_task(name: str, rows: Sequence[Requirement], wanted: Wanted) -> NewTask:
    """Return the task for requirements: as long as their estimates together; a usual day without any."""
    seconds = sum(row.estimate_seconds or 0 for row in rows)
    planned: dict[Person, int] = defaultdict(int)
    for row in rows if wanted.with_owner else ():
        if row.owner is not None:
            planned[row.owner] += row.estimate_seconds or 0
    return NewTask(
        name=name,
        requirements=tuple(rows),
        minutes=min(-(-seconds // 60), LONGEST_MINUTES) or USUAL_MINUTES,
        is_guess=any(row.estimate_seconds is None for row in rows),
        planned=tuple(planned.items()),
    )


@transaction.atomic
def tasks_make(*, requirements: Sequence[Requirement], wanted: Wanted, entry: Entry) -> list[Task]:
    """Make tasks that deliver requirements, with their hours, below a summary of the plan; all or none.

    Raises NotAllowed, StateError for what is not signed, DomainError by field.
    """
    entry.require("requirements.plan")
    entry.require("plan.change")
    project = entry.project
    plan_lock(project)
    _check_parent(wanted.parent, entry)
    asked = {row.pk for row in requirements}
    rows = Requirement.objects.filter(project=project, pk__in=asked).select_for_update(of=("self",))
    held = list(rows.order_by("number").select_related("owner"))
    if len(held) != len(asked):
        message = "Choose requirements of this project."
        raise DomainError(message, fields={"requirements": message})
    found = tasks_planned(requirements=held, wanted=wanted, work=work_of(project=project))
    if len(found.tasks) > MOST_TASKS:
        raise DomainError(f"At most {MOST_TASKS} tasks at a time; these would be {len(found.tasks)}.")
    last = Task.objects.filter(project=project).aggregate(last=Max("position"))["last"] or 0
    made = [
        Task(
            project=project, parent=wanted.parent, name=one.name[:255], position=last + number,
            duration_minutes=one.minutes, is_estimated=one.is_guess,
        )
        for number, one in enumerate(found.tasks, start=1)
    ]  # fmt: skip
    pairs = list(zip(made, found.tasks, strict=True))
    change = PlanChange(
        tasks=[(task, None) for task in made],
        planned=[(task, person, seconds) for task, one in pairs for person, seconds in one.planned],
    )
    if made:
        plan_change(project=project, change=change, actor=entry.user)
    for task, one in pairs:
        for row in one.requirements:
            trace.link_add(entry=entry, type=DELIVERS, source=task, target=row)
    return made


def _check_parent(parent: Task | None, entry: Entry) -> None:
    """Raise DomainError unless tasks can be made below a task without taking its own work from it."""
    if parent is None:
        return
    message = ""
    if parent.project_id != entry.project.pk or parent.deleted_at is not None:
        message = "Choose a task of this project."
    elif not parent.is_summary:
        message = f"“{parent}” is no summary: choose one under which tasks stand."
    if message:
        raise DomainError(message, fields={"parent": message})


@transaction.atomic
def requirements_link(*, requirements: Sequence[Requirement], tasks: Sequence[Task], entry: Entry) -> int:
    """Say that each of the tasks delivers each of the requirements; what is linked already stays. Returns how many.

    Raises NotAllowed, DomainError by field.
    """
    entry.require("requirements.plan")
    for name, rows in (("requirements", requirements), ("tasks", tasks)):
        if not rows:
            raise DomainError(f"Choose the {name} first.", fields={name: "Choose at least one."})
    out = next((row for row in requirements if row.status in OUT), None)
    if out is not None:
        message = f"{out.key} is {str(out.get_status_display()).lower()}: nothing delivers it."
        raise DomainError(message, fields={"requirements": message})
    marks = [task for task in tasks if task.is_milestone]
    if marks:
        message = f"“{marks[0]}” is a milestone: no work delivers anything there."
        raise DomainError(message, fields={"tasks": message})
    # One after the other: two that link the same would find it missing, both.
    plan_lock(entry.project)
    work = work_of(project=entry.project)
    added = 0
    for row in requirements:
        there = set(work.tasks_of(row.pk))
        for task in tasks:
            if task.pk not in there:
                trace.link_add(entry=entry, type=DELIVERS, source=task, target=row)
                added += 1
    return added


@transaction.atomic
def milestone_make(
    *, release: Release, entry: Entry, name: str, parent: Task | None = None, waits: bool = True
) -> Milestone:
    """Give a release a milestone in the plan: after the work that delivers it (`waits`), not before its target day.

    Raises NotAllowed, StateError when it has one, DomainError by field.
    """
    entry.require("requirements.plan")
    entry.require("plan.change")
    project = entry.project
    plan_lock(project)
    held = Release.objects.select_for_update(of=("self",)).select_related("milestone").get(pk=release.pk)
    if held.live_milestone is not None:
        raise StateError(f"{held} has its milestone: {held.live_milestone}.")
    _check_parent(parent, entry)
    work = work_of(project=project)
    rows = held.requirements.in_scope().values_list("pk", flat=True)
    before = sorted({task for row in rows for task in work.tasks_of(row)}) if waits else []
    if not before and held.target_on is None:
        message = "It has no work to wait for: give the release a target day first."
        raise DomainError(message, fields={"name": message})
    last = Task.objects.filter(project=project).aggregate(last=Max("position"))["last"] or 0
    target = held.target_on
    row = Task(
        project=project, parent=parent, name=name.strip()[:255], position=last + 1, duration_minutes=0,
        is_milestone=True, customer_title=held.title,
        constraint=Constraint.SNET if target else Constraint.ASAP,
        constraint_at=to_moment(datetime.combine(target, LATEST), zone_of(project)) if target else None,
    )  # fmt: skip
    plan_change(project=project, change=PlanChange(tasks=[(row, None)]), actor=entry.user)
    links = [
        Dependency(predecessor=task, successor=row, type=LinkType.FS)
        for task in Task.objects.filter(pk__in=before).select_related("project")
    ]
    if links:
        plan_change(
            project=project, change=PlanChange(links=[(link, None) for link in links]), actor=entry.user
        )
    held.milestone = Milestone.objects.get(pk=row.pk)
    release_save(release=held, entry=entry)
    return held.milestone


@transaction.atomic
def tasks_excuse(*, tasks: Sequence[Task], reason: str, entry: Entry) -> int:
    """Say why tasks, with what is below them, need no requirement; a reason given before is replaced."""
    entry.require("requirements.plan")
    if not tasks:
        raise DomainError("Choose the tasks first.", fields={"tasks": "Choose at least one."})
    if any(task.project_id != entry.project.pk or task.deleted_at for task in tasks):
        message = "Choose tasks of this project."
        raise DomainError(message, fields={"tasks": message})
    plan_lock(entry.project)
    kept = {
        row.task_id: row for row in TaskReason.objects.filter(task__in=tasks).select_related("task__project")
    }
    for task in tasks:
        row = kept.get(task.pk) or TaskReason(task=task)
        row.reason = reason.strip()
        row_save(row=row, actor=entry.user)
    return len(tasks)


@transaction.atomic
def reason_save(*, row: TaskReason, entry: Entry, expected_version: int | None = None) -> TaskReason:
    """Add or change why a task needs no requirement. Raises DomainError by field, NotAllowed or StaleVersion."""
    entry.require("requirements.plan")
    if row.task.project_id != entry.project.pk or row.task.deleted_at:
        message = "Choose a task of this project."
        raise DomainError(message, fields={"task": message})
    row_save(row=row, actor=entry.user, expected_version=expected_version)
    return row


@transaction.atomic
def reason_delete(*, row: TaskReason, entry: Entry, expected_version: int | None = None) -> None:
    """Take back that a task needs no requirement."""
    entry.require("requirements.plan")
    row_delete(row=row, actor=entry.user, expected_version=expected_version)
