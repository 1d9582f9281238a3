"""The outline of the plan: where a task stands in the tree, and several edits of a plan as one change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from django.db import transaction
from django.db.models import F, Max

from implement.accounts.models import User
from implement.core.errors import DomainError, StateError
from projects.kit.journal import record
from projects.kit.rows import row_delete, row_restore, row_save
from projects.kit.trace import text_save
from projects.models import Assignment, Dependency, Person, Project, Task
from projects.services.plan import task_settle
from projects.services.scheduling import plan_lock, plan_schedule, tree_renumber

OutlineStep = Literal["indent", "outdent", "up", "down"]
OUTLINE_STEPS: tuple[OutlineStep, ...] = ("indent", "outdent", "up", "down")


def _room_after(project: Project, parent: Task | None, after: Task | None) -> int:
    """Return a free position right after a sibling (None: before all of them), having moved up what follows.

    Only the order among siblings counts; `tree_renumber` makes the numbers whole again.
    """
    if after is not None and after.parent_id != (parent.pk if parent else None):
        raise DomainError(
            "The task to stand after is not in the same place.",
            fields={"after": "Choose a task with the same parent."},
        )
    siblings = Task.objects.filter(project=project, parent=parent)
    if after is not None:
        siblings = siblings.filter(position__gt=after.position)
    following = siblings.order_by("position", "pk").values_list("position", flat=True).first()
    if following is None:
        last = Task.objects.filter(project=project).aggregate(last=Max("position"))["last"]
        return (last or 0) + 1
    Task.objects.filter(project=project, position__gte=following).update(position=F("position") + 1)
    return following


def _check_place(task: Task, parent: Task | None, after: Task | None) -> None:
    """Raise DomainError when a place is of another project, below the task itself, or below a milestone."""
    for name, other in (("parent", parent), ("after", after)):
        if other is not None and other.project_id != task.project_id:
            raise DomainError(
                f"The {name} is of another project.", fields={name: "Choose a task of this project."}
            )
    if parent is not None and parent.is_milestone:
        raise DomainError(
            f"“{parent}” is a milestone: nothing can stand below it.", fields={"parent": "Choose a task."}
        )
    above = parent
    while above is not None:
        if above.pk == task.pk and task.pk is not None:
            raise DomainError(
                "A task cannot be below itself.", fields={"parent": "This is the task itself or below it."}
            )
        above = above.parent


@transaction.atomic
def task_insert(*, task: Task, after: Task | None, actor: User | None) -> Task:
    """Add a task below its parent, right after a sibling; `after` None: before all of them.

    Raises DomainError by field.
    """
    task_settle(task)
    plan_lock(task.project)
    _check_place(task, task.parent, after)
    task.position = _room_after(task.project, task.parent, after)
    row_save(row=task, actor=actor)
    tree_renumber(task.project)
    plan_schedule(project=task.project)
    task.refresh_from_db()
    return task


@transaction.atomic
def task_move(
    *,
    task: Task,
    parent: Task | None,
    after: Task | None,
    actor: User | None,
    expected_version: int | None = None,
) -> Task:
    """Move a task, with what is below it, to a place in the tree: below `parent`, right after a sibling.

    Raises DomainError (below itself, below a milestone, of another project, a cycle that its links would make)
    or StaleVersion.
    """
    project = task.project
    plan_lock(project)
    task.refresh_from_db(fields=["parent", "position", "wbs"])
    _check_place(task, parent, after)
    if after is not None and after.pk == task.pk:
        raise DomainError("A task cannot stand after itself.", fields={"after": "Choose another task."})
    if after is not None:
        after.refresh_from_db(fields=["position", "parent"])
    before = {"wbs": task.wbs, "parent": task.parent}
    position = _room_after(project, parent, after)
    task.parent, task.position = parent, position
    task.save_version(expected=expected_version, fields=["parent", "position"])
    tree_renumber(project)
    plan_schedule(project=project)
    task.refresh_from_db()
    changes = {name: (old, getattr(task, name)) for name, old in before.items() if old != getattr(task, name)}
    record(action="task.moved", target=task, actor=actor, project=project, changes=changes)
    return task


def task_step(
    *, task: Task, step: OutlineStep, actor: User | None, expected_version: int | None = None
) -> Task:
    """Move a task by one step of the outline: under the one above, out of its parent, up or down among siblings.

    Raises StateError when there is no such step, and what `task_move` raises.
    """
    siblings = list(
        Task.objects.filter(project=task.project_id, parent=task.parent_id)
        .select_related("project", "parent")
        .order_by("position", "pk")
    )
    at = next((number for number, row in enumerate(siblings) if row.pk == task.pk), 0)
    parent, after = task.parent, siblings[at - 1] if at else None
    if step == "indent":
        if after is None:
            raise StateError(f"“{task}” is the first in its place: there is no task above to put it under.")
        parent = after
        after = Task.objects.filter(parent=parent).order_by("position", "pk").last()
    elif step == "outdent":
        if task.parent is None:
            raise StateError(f"“{task}” is at the top level already.")
        parent, after = task.parent.parent, task.parent
    elif step == "up":
        if not at:
            raise StateError(f"“{task}” is the first in its place already.")
        after = siblings[at - 2] if at > 1 else None
    else:
        if at + 1 >= len(siblings):
            raise StateError(f"“{task}” is the last in its place already.")
        after = siblings[at + 1]
    return task_move(task=task, parent=parent, after=after, actor=actor, expected_version=expected_version)


@transaction.atomic
def tasks_restore(*, tasks: Sequence[Task], actor: User | None) -> None:
    """Take tasks of one project back out of the trash, each to the place where it stood.

    A task whose parent stays in the trash comes back at the top level.
    """
    back = {task.pk for task in tasks}
    for project in {task.project for task in tasks}:
        plan_lock(project)
        # Who comes first takes its old number back; what stood up into it meanwhile moves on.
        for task in sorted((one for one in tasks if one.project == project), key=lambda one: one.position):
            Task.objects.filter(project=project, position__gte=task.position).update(
                position=F("position") + 1
            )
            if task.parent is not None and task.parent.deleted_at is not None and task.parent_id not in back:
                task.parent = None
                task.save_version(fields=["parent"])
            row_restore(row=task, actor=actor)
        tree_renumber(project)
        plan_schedule(project=project)


@dataclass
class PlanChange:
    """Edits of one plan that are saved together; each row with the version that its editor read."""

    tasks: list[tuple[Task, int | None]] = field(default_factory=list)
    links: list[tuple[Dependency, int | None]] = field(default_factory=list)
    unlinked: list[tuple[Dependency, int | None]] = field(default_factory=list)
    people: list[tuple[Task, list[Person]]] = field(default_factory=list)
    # Who is put on a task, with planned seconds; of a task that is new in the same change, too.
    planned: list[tuple[Task, Person, int]] = field(default_factory=list)


@transaction.atomic
def plan_change(*, project: Project, change: PlanChange, actor: User | None) -> None:
    """Save several edits of a plan as one change: all of them or none, and one computation of the dates.

    Raises DomainError (by field; a cycle by its path) or StaleVersion.
    """
    plan_lock(project)
    for task, version in change.tasks:
        task_settle(task)
        text_save(row=task, actor=actor, expected_version=version)
    # First what goes: two tasks may be linked anew in the same breath.
    for link, version in change.unlinked:
        row_delete(row=link, actor=actor, expected_version=version)
    for link, version in change.links:
        if link.predecessor.project_id != project.pk or link.successor.project_id != project.pk:
            raise DomainError(
                "The two tasks are of different projects.",
                fields={"predecessors": "Choose tasks of this project."},
            )
        row_save(row=link, actor=actor, expected_version=version)
    for task, people in change.people:
        task_people_set(task=task, people=people, actor=actor)
    for task, person, seconds in change.planned:
        row_save(row=Assignment(task=task, person=person, planned_seconds=seconds), actor=actor)
    tree_renumber(project)
    plan_schedule(project=project)


@transaction.atomic
def task_people_set(*, task: Task, people: Iterable[Person], actor: User | None) -> None:
    """Say who works on a task. Who stays keeps their planned hours; who is new is planned for its whole duration.

    Raises DomainError for a summary, on which nobody works.
    """
    wanted = {person.pk: person for person in people}
    for row in task.assignments.select_related("person", "task__project"):
        if wanted.pop(row.person_id, None) is None:
            row_delete(row=row, actor=actor)
    if wanted and task.is_summary:
        raise DomainError(
            "People work on the tasks below a summary.", fields={"people": "This is a summary."}
        )
    for person in wanted.values():
        row = Assignment(task=task, person=person, planned_seconds=task.duration_minutes * 60)
        row_save(row=row, actor=actor)
