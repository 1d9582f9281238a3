"""The tasks of a project, read once for whatever figures a page shows."""

from __future__ import annotations

from implement.core.asked import answered_once
from projects.models import Project, Task


@answered_once
def tasks_of(project: Project) -> dict[int, Task]:
    """Return every task of a project in outline order, also thrown-away ones: their hours still count."""
    return {task.pk: task for task in Task.with_trash.filter(project=project).order_by("position", "pk")}
