"""The budget in words: its total as tiles, its rows as plain JSON."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from budget.presenting.words import amount_text, percent_text, ratio_text, sign_tone, text_of, tile
from budget.selectors import FigureRow
from budget.selectors.figure_rows import MIXED, TYPED
from implement.core.money import day_text

FIGURE_COLUMNS = (
    "original",
    "changes",
    "released",
    "current",
    "pending",
    "actual",
    "unapproved",
    "committed",
    "remaining",
    "etc",
    "eac",
    "variance",
)


def budget_tiles(total: FigureRow, unit: str, as_of: date) -> list[dict[str, Any]]:
    """Return the budget's total as tiles."""
    until = _("Up to {day}.").format(day=day_text(as_of))
    over = "trouble" if total.variance is not None and total.variance < 0 else ""
    return [
        tile(
            "current",
            _("Budget"),
            amount_text(total.current, unit, digits=0),
            explanation=_("Budget lines, and planned hours at their rates where a task has no labour line."),
            note=_("Original {amount}").format(amount=amount_text(total.original, unit, digits=0)),
            amount=text_of(total.current),
        ),
        tile(
            "changes",
            _("Approved changes"),
            amount_text(total.changes, unit, digits=0),
            explanation=_("What implemented change requests brought into the budget."),
            amount=text_of(total.changes),
        ),
        tile(
            "pending",
            _("Pending changes"),
            amount_text(total.pending, unit, digits=0),
            explanation=_(
                "What change requests would bring that are not in the budget yet; in no other figure."
            ),
            amount=text_of(total.pending),
        ),
        tile(
            "actual",
            _("Used"),
            amount_text(total.actual, unit, digits=0),
            explanation=_("Approved hours and expenses.") + f" {until}",
            note=_("{share} of the budget").format(share=percent_text(total.consumed)),
            amount=text_of(total.actual),
        ),
        tile(
            "unapproved",
            _("Not approved yet"),
            amount_text(total.unapproved, unit, digits=0),
            explanation=_("Draft and submitted hours and expenses; not in any other figure.") + f" {until}",
            amount=text_of(total.unapproved),
        ),
        tile(
            "remaining",
            _("Remaining"),
            amount_text(total.remaining, unit, digits=0),
            explanation=_("Budget − used.") + f" {until}",
            tone=sign_tone(total.remaining),
            amount=text_of(total.remaining),
        ),
        tile(
            "physical",
            _("Work done"),
            percent_text(total.physical),
            explanation=_("Physical progress of the tasks, weighed by their budget.") + f" {until}",
            note=_("{share} of the budget used").format(share=percent_text(total.consumed)),
            amount=text_of(total.physical),
        ),
        tile(
            "eac",
            _("Expected in the end"),
            amount_text(total.eac, unit, digits=0),
            explanation=_rest_words(total.etc_basis) + f" {until}",
            note=f"{_against(total.variance, unit)}; {_rest_note(total.etc_basis)}",
            tone=over,
            amount=text_of(total.eac),
        ),
    ]


def _rest_words(basis: str) -> str:
    """Return how the expectation came about."""
    if basis == TYPED:
        return _("Used + what remains, as it was estimated.")
    if basis == MIXED:
        return _(
            "Used + what remains, as it was estimated; where nobody did, the budget of the work not done."
        )
    return _("Used + the budget of the work that is not done (the rest goes to plan).")


def _rest_note(basis: str) -> str:
    """Return the same in a few words, for where another assumption stands beside it."""
    if basis == TYPED:
        return _("the rest as estimated")
    return _("the rest partly as estimated") if basis == MIXED else _("the rest to plan")


def _against(variance: Decimal | None, unit: str) -> str:
    """Return a variance in words: below zero is over the budget."""
    if variance is None:
        return _("Against the budget: n/a")
    if not variance:
        return _("On budget")
    words = _("{amount} under budget") if variance > 0 else _("{amount} over budget")
    return words.format(amount=amount_text(abs(variance), unit, digits=0))


def figure_data(rows: Iterable[FigureRow]) -> list[dict[str, Any]]:
    """Return budget rows as plain JSON: amounts as exact text, shares as text."""
    return [
        {
            "key": row.key,
            "name": row.label,
            "level": row.level,
            "is_rollup": row.is_rollup,
            **{column: text_of(getattr(row, column)) for column in FIGURE_COLUMNS},
            **{column: ratio_text(getattr(row, column)) for column in ("consumed", "physical")},
            "etc_basis": row.etc_basis,
        }
        for row in rows
    ]
