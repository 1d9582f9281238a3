"""Edits of the outline: where tasks stand in the tree, what is added to it and what is thrown away."""

from __future__ import annotations

from collections.abc import Callable

from implement.core.errors import StaleVersion
from projects import services
from projects.gantt.edits.values import STALE, Edit, refused, text_of, whole
from projects.kit.access import Entry
from projects.models import Project, Task


def _task(project: Project, edit: Edit, name: str = "task") -> Task:
    found = (
        Task.objects.filter(project=project, pk=whole(edit, name)).select_related("project", "parent").first()
    )
    if found is None:
        raise refused(name, "There is no such task in this plan.")
    return found


def _task_or_none(project: Project, edit: Edit, name: str) -> Task | None:
    return None if edit.get(name) is None else _task(project, edit, name)


def _version(edit: Edit) -> int | None:
    return None if edit.get("version") is None else whole(edit, "version")


def add(entry: Entry, edit: Edit) -> None:
    """Add a task below a parent, after a sibling."""
    task = Task(
        project=entry.project,
        parent=_task_or_none(entry.project, edit, "parent"),
        name=text_of(edit, "name") or "New task",
        is_estimated=True,
    )
    services.task_insert(task=task, after=_task_or_none(entry.project, edit, "after"), actor=entry.user)


def move(entry: Entry, edit: Edit) -> None:
    """Move a task with all below it to a place in the tree."""
    services.task_move(
        task=_task(entry.project, edit),
        parent=_task_or_none(entry.project, edit, "parent"),
        after=_task_or_none(entry.project, edit, "after"),
        actor=entry.user,
        expected_version=_version(edit),
    )


def step(entry: Entry, edit: Edit) -> None:
    """Indent, outdent, up, down."""
    services.task_step(
        task=_task(entry.project, edit), step=edit["do"], actor=entry.user, expected_version=_version(edit)
    )


def delete(entry: Entry, edit: Edit) -> None:
    """Throw a task into the trash with all below it."""
    task, version = _task(entry.project, edit), _version(edit)
    if version is not None and version != task.version:
        raise StaleVersion(STALE, theirs={"task": task.pk})
    services.task_delete(task=task, actor=entry.user)


def restore(entry: Entry, edit: Edit) -> None:
    """Take tasks back out of the trash."""
    keys = edit.get("tasks")
    if not isinstance(keys, list) or not keys or not all(isinstance(key, int) for key in keys):
        raise refused("tasks", "“tasks” must be a list of ids.")
    gone = Task.with_trash.filter(project=entry.project, pk__in=keys).exclude(deleted_at=None)
    found = list(gone.select_related("project", "parent"))
    if not found:
        raise refused("tasks", "None of these tasks is in the trash.")
    services.tasks_restore(tasks=found, actor=entry.user)


OUTLINE: dict[str, Callable[[Entry, Edit], None]] = {
    "add": add,
    "move": move,
    "delete": delete,
    "restore": restore,
    **dict.fromkeys(services.OUTLINE_STEPS, step),
}
