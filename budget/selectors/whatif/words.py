"""Differences in words, as their page, their line of a change request and the journal tell them."""

from __future__ import annotations

from budget.choices import DifferenceKind
from budget.models import Difference
from budget.selectors.whatif.sketch import days
from implement.core.money import day_text, format_number, hours_of
from projects.choices import Constraint
from projects.planning import zone_of


def words_of(row: Difference) -> str:
    """Return what a difference does, without money: "Working time 5 d → 7 d; start no earlier than 4 May 2026"."""
    if row.kind in {DifferenceKind.TASK, DifferenceKind.ADDED}:
        return "; ".join(filter(None, [_working_time(row), _constraint(row)]))
    if row.kind == DifferenceKind.REMOVED:
        return "Removed from the plan"
    if row.kind in {DifferenceKind.LINK, DifferenceKind.UNLINK}:
        return _link(row)
    if row.kind == DifferenceKind.HOURS:
        before = _hours(int(row.base.get("planned_seconds", 0)))
        return f"{row.person}: {before} → {_hours(row.planned_seconds or 0)}"
    what = "Changed budget line" if row.line else "New budget line"
    return ": ".join(filter(None, [what, row.description or str(row.get_category_display())]))


def _working_time(row: Difference) -> str:
    if row.duration_minutes is None:
        return ""
    if row.kind == DifferenceKind.ADDED:
        return "New milestone" if not row.duration_minutes else f"New task of {days(row.duration_minutes)}"
    return f"Working time {days(int(row.base.get('duration_minutes', 0)))} → {days(row.duration_minutes)}"


def _constraint(row: Difference) -> str:
    if not row.constraint:
        return ""
    label = Constraint(row.constraint).label
    if row.constraint_at is None:
        return label
    return f"{label} {day_text(row.constraint_at.astimezone(zone_of(row.what_if.project)).date())}"


def _link(row: Difference) -> str:
    before = row.predecessor or (row.added_predecessor.name if row.added_predecessor else "")
    if row.kind == DifferenceKind.UNLINK:
        return f"No longer waits for {before}"
    lag = f" {'+' if row.lag_minutes > 0 else '−'}{days(abs(row.lag_minutes))}" if row.lag_minutes else ""
    return f"Waits for {before} ({row.link_type}{lag})"


def _hours(seconds: int) -> str:
    return f"{format_number(hours_of(seconds))} h"
