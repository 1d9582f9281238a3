"""The driving path: the tasks that decide one after the other when a task starts."""

from __future__ import annotations

from projects.models import Project, Task


def driving_path(project: Project, task: int | None) -> list[int]:
    """Return the ids of a task and of what drives it, back to what nothing drives; two queries at most.

    Without a task: of the open one that finishes last.
    """
    rows = Task.objects.filter(project=project, is_summary=False)
    if task is None:
        task = rows.open().order_by("-finish", "-position").values_list("pk", flat=True).first()
    driven_by = dict(rows.values_list("pk", "driven_by_id"))
    path: dict[int, None] = {}
    while task in driven_by and task not in path:
        path[task] = None
        task = driven_by[task]
    return list(path)
