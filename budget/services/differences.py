"""Putting differences of a what-if into the plan: the one way, for a what-if that is accepted and for a change."""

from __future__ import annotations

from collections.abc import Sequence

from budget.models import Difference
from budget.selectors.whatif import LivePlan, Sketch, live_plan, sketch_of
from implement.accounts.models import User
from implement.core.errors import StateError
from projects.kit.rows import row_delete, row_save
from projects.models import Dependency, Project, Task

PLANNED = ("duration_minutes", "constraint", "constraint_at")
LINKED = ("type", "lag_minutes", "is_elapsed")
MOST_TOLD = 5


def differences_apply(
    *, project: Project, differences: Sequence[Difference], actor: User | None
) -> dict[int, Task]:
    """Write what a sketch of the differences holds; return difference -> the task that it has added.

    Call it inside a transaction under the plan's lock, then renumber and reschedule. Hours and budget are not written:
    lines of a change do that. Raises StateError naming what no longer fits the plan, DomainError what its rows refuse.
    """
    if not differences:
        return {}
    live = live_plan(project=project)
    sketch = sketch_of(live=live, differences=differences)
    check_fitting(sketch)
    made = _tasks(project, live, sketch, actor)
    _links(live, sketch, made, actor)
    for task in live.tasks:
        if task.pk in sketch.removed:
            row_delete(row=task, actor=actor)
    return {-pk: task for pk, task in made.items() if pk < 0}


def check_fitting(sketch: Sketch) -> None:
    """Raise StateError when a difference no longer fits the plan."""
    if sketch.conflicts:
        told = list(dict.fromkeys(sketch.conflicts.values()))
        more = f" And {len(told) - MOST_TOLD} more." if len(told) > MOST_TOLD else ""
        raise StateError(f"It no longer fits the plan. {' '.join(told[:MOST_TOLD])}{more}")


def _tasks(project: Project, live: LivePlan, sketch: Sketch, actor: User | None) -> dict[int, Task]:
    """Save changed and new tasks; return every task of the sketch by the sketch's id."""
    found = live.by_id
    for task in sketch.ordered():
        if task.pk < 0:
            row = Task(
                project=project,
                parent_id=task.parent_id,
                name=task.name,
                position=task.position,
                is_milestone=task.is_milestone,
                **{name: getattr(task, name) for name in PLANNED},
            )
            row_save(row=row, actor=actor)
            found[task.pk] = row
            continue
        stored = found[task.pk]
        if any(getattr(stored, name) != getattr(task, name) for name in PLANNED):
            for name in PLANNED:
                setattr(stored, name, getattr(task, name))
            row_save(row=stored, actor=actor)
    return found


def _links(live: LivePlan, sketch: Sketch, tasks: dict[int, Task], actor: User | None) -> None:
    """Remove, change and add links. Those of a task that goes stay with it in the trash."""
    stored = {(link.predecessor_id, link.successor_id): link for link in live.links}
    for ends, link in stored.items():
        if ends not in sketch.links and not sketch.removed & set(ends):
            row_delete(row=link, actor=actor)
    for ends, wanted in sketch.links.items():
        row = stored.get(ends) or Dependency(predecessor=tasks[ends[0]], successor=tasks[ends[1]])
        if row._state.adding or any(getattr(row, name) != getattr(wanted, name) for name in LINKED):
            for name in LINKED:
                setattr(row, name, getattr(wanted, name))
            row_save(row=row, actor=actor)
