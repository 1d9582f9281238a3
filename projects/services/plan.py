"""Tasks, dependencies and who works on them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from implement.accounts.models import User
from implement.core.errors import DomainError
from projects.choices import ProgressRule
from projects.kit.journal import record
from projects.kit.rows import row_delete, row_restore, row_save
from projects.kit.trace import text_save
from projects.models import (
    Assignment,
    Dependency,
    Person,
    Task,
)
from projects.progress import COMPUTED, HUNDREDTH, Facts
from projects.services.scheduling import plan_lock, plan_schedule, tree_renumber


def _measured(task: Task, *, is_measured: bool) -> None:
    """Set the percentage that follows from how a task is measured.

    Raises DomainError for one that was typed though the rule computes it, and for a finish with work left over.
    """
    if task.is_summary or task.rule == ProgressRule.PHYSICAL:
        return
    rule = ProgressRule(task.rule).label
    stored = None if task._state.adding else Task.with_trash.filter(pk=task.pk).first()
    was = stored.percent_complete if stored else Decimal(0)
    if not is_measured and task.percent_complete != was:
        words = f"This task is measured by “{rule}”: its percentage is computed, not typed."
        raise DomainError(words, fields={"percent_complete": words})
    percent = Decimal(100) if task.actual_finish else Decimal(0)
    if task.rule in COMPUTED:
        facts = Facts.of(task.project, [task])
        curve = facts.curve(task)
        percent = (curve[-1][1] if curve else Decimal(0)).quantize(HUNDREDTH, rounding=ROUND_FLOOR)
    if task.actual_finish and percent < 100:
        words = f"This task is measured by “{rule}”, and {percent.normalize():f} % of it is done: it is not finished."
        raise DomainError(words, fields={"actual_finish": words})
    task.percent_complete = percent


def task_settle(task: Task, *, is_measured: bool = False) -> None:
    """Fill in what follows from a task's progress, before it is saved.

    `is_measured`: it was said by the way the task is measured. Raises DomainError when what it points at is of another
    project, its numbers contradict, or a percentage was typed that its rule computes.
    """
    _measured(task, is_measured=is_measured)
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


def percent_say(task: Task, percent: Decimal) -> None:
    """Set a physical percentage on a task that is not saved yet; back to nothing, it has not started either."""
    if not percent and task.percent_complete:
        task.actual_start = None
    task.percent_complete = percent


@transaction.atomic
def task_save(
    *, task: Task, actor: User | None, expected_version: int | None = None, is_measured: bool = False
) -> Task:
    """Add or change a task, then renumber and reschedule the plan.

    `is_measured`: its progress was said by the way it is measured, so percentage and dates may follow. Raises
    DomainError (by field; a cycle by its path) or StaleVersion.
    """
    task_settle(task, is_measured=is_measured)
    plan_lock(task.project)
    if task._state.adding and not task.position:
        last = Task.objects.filter(project=task.project).aggregate(last=Max("position"))["last"] or 0
        task.position = last + 1
    text_save(row=task, actor=actor, expected_version=expected_version)
    tree_renumber(task.project)
    plan_schedule(project=task.project)
    task.refresh_from_db()
    return task


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


def has_own_time(*, people: Iterable[Person], task: Task) -> bool:
    """Return whether dates hang on who is on a task: one of these people, or of its own, works at other times."""
    those = Person.objects.filter(Q(pk__in=[person.pk for person in people]) | Q(assignments__task=task))
    return those.filter(Q(calendar__isnull=False) | Q(absences__isnull=False)).exists()


@transaction.atomic
def assignment_save(
    *, assignment: Assignment, actor: User | None, expected_version: int | None = None
) -> Assignment:
    """Put somebody on a task, or change how; reschedule when the task's working time hangs on its people.

    Raises DomainError (by field; on the task already; a task nobody of its people can work on) or StaleVersion.
    """
    plan_lock(assignment.task.project)
    before = Assignment.objects.filter(pk=assignment.pk).select_related("task", "person").first()
    row_save(row=assignment, actor=actor, expected_version=expected_version)
    people = [assignment.person, *([before.person] if before else [])]
    if any(has_own_time(people=people, task=row.task) for row in (assignment, before) if row is not None):
        plan_schedule(project=assignment.task.project)
    return assignment


@transaction.atomic
def assignment_delete(
    *, assignment: Assignment, actor: User | None, expected_version: int | None = None
) -> None:
    """Take somebody off a task; reschedule when its working time hung on them."""
    project = assignment.task.project
    plan_lock(project)
    hangs = has_own_time(people=[assignment.person], task=assignment.task)
    row_delete(row=assignment, actor=actor, expected_version=expected_version)
    if hangs:
        plan_schedule(project=project)


def assignments_set(*, task: Task, planned: Iterable[tuple[Person, int]], actor: User | None) -> None:
    """Replace who is on a task: (person, planned seconds); reschedule when its working time hangs on them."""
    planned = list(planned)
    with transaction.atomic():
        plan_lock(task.project)
        hangs = has_own_time(people=[person for person, _ in planned], task=task)
        before = {str(row.person): row.planned_seconds for row in task.assignments.select_related("person")}
        task.assignments.all().delete()
        rows = [Assignment(task=task, person=person, planned_seconds=seconds) for person, seconds in planned]
        Assignment.objects.bulk_create(rows)
        after = {str(row.person): row.planned_seconds for row in rows}
        if before != after:
            changes: dict[str, tuple[Any, Any]] = {"people": (str(before), str(after))}
            record(action="task.changed", target=task, actor=actor, project=task.project, changes=changes)
        if hangs:
            plan_schedule(project=task.project)
