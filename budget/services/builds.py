"""Taking what the build items of a task still take over as its estimate to complete."""

from __future__ import annotations

from django.db import transaction

from budget.models import Estimate
from budget.selectors.builds import rest_of_items
from budget.services.control import estimate_add
from implement.core.errors import StateError
from projects.kit.access import Entry
from projects.models import Task
from projects.planning import today_of

NAMED = 5


@transaction.atomic
def estimate_from_items(*, task: Task, access: Entry) -> Estimate:
    """Say that the rest of a task takes what its build items still take; the latest estimate counts.

    Raises StateError when the task has no items, or of an open one nobody has said what it takes; and what
    `estimate_add` raises.
    """
    access.require("budget.estimate")
    rest = rest_of_items(task)
    if not rest.items:
        raise StateError(f"“{task}” has no build items.")
    if rest.unsaid:
        named = ", ".join(item.key for item in rest.unsaid[:NAMED])
        raise StateError(f"Nobody has said what remains of {named}. Say it there first.")
    count = len(rest.items)
    estimate = Estimate(
        project=task.project,
        task=task,
        estimated_on=today_of(task.project),
        seconds=rest.seconds,
        note=f"What remains of {count} build item{'s' if count != 1 else ''}",
    )
    return estimate_add(estimate=estimate, access=access)
