"""Everything that the views of the budget are built from, read at once, and how it is added up."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from budget.selectors.actuals import Actual
from budget.selectors.amounts import ZERO, joined
from budget.selectors.figure_rows import Scale, Tally
from budget.selectors.frozen import Frozen
from budget.selectors.planned import Planned
from budget.selectors.reached import Reached
from budget.selectors.rest import Order, Rest
from projects.models import Project, Task

# What is counted for a task, a person, a role and a category.
Scoped = Planned | Actual | Rest | Order


@dataclass
class Sources:
    """Everything the views are built from, read at once: the views add up whenever they are looked at."""

    project: Project
    as_of: date
    measure: str
    planned: list[Planned]
    actuals: list[Actual]
    by_person: list[Actual]
    by_day: list[Actual]
    pending: list[Planned]
    tasks: dict[int, Task]
    reached: Reached
    rest: list[Rest]
    orders: list[Order]
    original: Frozen

    @property
    def scale(self) -> Scale:
        """Return the way from the sums to the unit that is shown."""
        return Scale(self.measure, self.project.currency)


def tallies_of(
    sources: Sources,
    key_of: Callable[[Scoped], Hashable],
    actuals: Iterable[Actual] | None = None,
) -> dict[Any, Tally]:
    found: dict[Any, Tally] = {}
    for piece in sources.planned:
        tally = found.setdefault(key_of(piece), Tally())
        tally.plan(piece, sources.reached.of(piece), sources.measure)
    for piece in sources.original.pieces:
        tally = found.setdefault(key_of(piece), Tally())
        tally.original = joined(tally.original, piece.amount(sources.measure))
    for rest in sources.rest:
        found.setdefault(key_of(rest), Tally()).expect(rest)
    for order in sources.orders:
        found.setdefault(key_of(order), Tally()).committed += order.open
    for piece in sources.pending:
        found.setdefault(key_of(piece), Tally()).pending += piece.amount(sources.measure) or ZERO
    for row in sources.actuals if actuals is None else actuals:
        found.setdefault(key_of(row), Tally()).book(row, sources.measure)
    return found
