"""What is bought without a task: it is done as far as it is paid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from budget.choices import Category
from budget.selectors.actuals import Actual
from budget.selectors.amounts import ONE, ZERO
from budget.selectors.planned import Planned


def purchases_of(pieces: Iterable[Planned]) -> dict[str, Decimal]:
    """Return category -> what is to be bought without a task; hours without a price are no purchase."""
    found: dict[str, Decimal] = {}
    for piece in pieces:
        if piece.task_id is None and piece.category not in {Category.LABOUR, Category.CONTINGENCY}:
            found[piece.category] = found.get(piece.category, ZERO) + (piece.cost or ZERO)
    return {category: cost for category, cost in found.items() if cost > 0}


def spent_loose(rows: Iterable[Actual]) -> dict[str, Decimal]:
    """Return category -> approved cost of what has no task."""
    found: dict[str, Decimal] = {}
    for row in rows:
        if row.task_id is None:
            found[row.category] = found.get(row.category, ZERO) + (row.cost or ZERO)
    return found


def bought(purchases: Mapping[str, Decimal], spent: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Return category -> how much of its budget is paid: earned is what is approved, up to the budget."""
    return {
        category: min(max(spent.get(category, ZERO), ZERO) / cost, ONE)
        for category, cost in purchases.items()
    }
