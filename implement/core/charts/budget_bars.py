"""Horizontal budget-against-actual bars, one row per task, resource or category."""

from collections.abc import Sequence
from dataclasses import dataclass

from implement.core.charts.base import (
    Chart,
    Number,
    Svg,
    Wording,
    empty_chart,
    finite,
    num,
    shorten,
    spoken,
    text_width,
)
from implement.core.charts.scales import LinearScale
from implement.core.charts.theme import MUTED, Ink, fill_ink, text_ink

_ROW, _HEAD = 30.0, 22.0
_TRACK = Ink("bar-track", fill="planned-soft")
_FORECAST = Ink("forecast-mark", stroke="text", width=1.5)
_EDGE = Ink("budget-edge", stroke="planned", width=1.5)


@dataclass(frozen=True, kw_only=True)
class BudgetRow:
    """One line: ``budget`` and ``actual`` in one currency (or hours), and optionally the ``forecast``."""

    label: str
    budget: Number | None
    actual: Number | None
    forecast: Number | None = None


def budget_bars(
    *,
    title: str,
    rows: Sequence[BudgetRow],
    unit: str = "",
    width: float = 760,
    words: Wording | None = None,
    key: str = "",
) -> Chart:
    """Draw each row's budget as a track, the actual upon it and what lies beyond in another tone.

    An overrun also shows as a cut at the budget's end and as "12k over" in words. A forecast is a short
    upright stroke. Figures stand right-aligned in columns of their own.
    """
    words = words or spoken()
    headers = (words.item, words.budget, words.actual, words.forecast, words.used)
    figures = [
        amount
        for row in rows
        for amount in map(finite, (row.budget, row.actual, row.forecast))
        if amount is not None
    ]
    if not figures:
        return empty_chart(title=title, headers=headers, width=width, height=96, words=words, key=key)
    height = _HEAD + _ROW * len(rows) + 4
    svg = Svg(width=width, height=height, classes="chart-fluid")
    label_room = min(max(text_width(row.label) for row in rows) + 16, width * 0.3)
    right = width - 240.0
    x = LinearScale(0.0, max(*figures, 0.0) or 1.0, label_room, right)
    at_budget, at_actual, at_used = width - 166, width - 96, width - 4
    columns = ((words.budget, at_budget), (words.actual, at_actual), (words.used, at_used))
    for name, at in columns:
        svg.text(name, at, 12, ink=MUTED, anchor="end")
    svg.text(unit, label_room, 12, ink=MUTED)
    if any(finite(row.forecast) is not None for row in rows):
        sign = right - text_width(words.forecast, size=11) - 6
        svg.line(_FORECAST, sign, 2, sign, 14)
        svg.text(words.forecast, right, 12, ink=MUTED, anchor="end")
    table = []
    for index, row in enumerate(rows):
        middle = _HEAD + _ROW * (index + 0.5)
        used = _used(row)
        note = _over(row, words)
        svg.text(shorten(row.label, room=label_room - 12), 0, middle + 4)
        _draw_row(svg, row, x, middle, unit=unit, words=words)
        tone = "trouble" if note else "text"
        svg.text(words.compact(row.actual), at_actual, middle + 4, anchor="end")
        svg.text(words.compact(row.budget), at_budget, middle + 4, anchor="end")
        shown = note or words.percent(used)
        ink = text_ink(tone, weight=600 if note else None)
        svg.text(shown, at_used, middle + 4, ink=ink, anchor="end")
        amounts = (words.number(amount, unit=unit) for amount in (row.budget, row.actual, row.forecast))
        table.append((row.label, *amounts, words.percent(used)))
    over = sum(1 for row in rows if _over(row, words))
    description = f"{len(rows)} × {words.budget}, {words.actual}; {words.over.format(amount=over)}"
    return Chart(
        svg=svg.render(title=title, description=description, key=key),
        title=title,
        description=description,
        headers=headers,
        rows=tuple(table),
    )


def _draw_row(svg: Svg, row: BudgetRow, x: LinearScale, middle: float, *, unit: str, words: Wording) -> None:
    budget, actual, forecast = finite(row.budget), finite(row.actual), finite(row.forecast)
    lines = [row.label]
    for name, amount in (
        (words.budget, row.budget),
        (words.actual, row.actual),
        (words.forecast, row.forecast),
    ):
        if finite(amount) is not None:
            lines.append(f"{name} {words.number(amount, unit=unit)}")
    tip, begin = "\n".join(lines), x(0.0)
    if budget is not None and budget > 0:
        svg.rect(_TRACK, begin, middle - 7, x(budget) - begin, 14, rx=2, tip=tip)
    if actual is not None and actual > 0:
        known = max(budget, 0.0) if budget is not None else actual
        ink = fill_ink("neutral" if budget is None else "actual-fill")
        svg.rect(ink, begin, middle - 4, x(min(actual, known)) - begin, 8, tip=tip)
        if actual > known:
            edge = x(known)
            svg.rect(fill_ink("trouble"), edge, middle - 7, x(actual) - edge, 14, tip=tip)
            svg.line(_EDGE, edge, middle - 10, edge, middle + 10)
    if forecast is not None and forecast > 0:
        at = x(forecast)
        svg.path(_FORECAST, f"M{num(at)} {num(middle - 10)}V{num(middle + 10)}", tip=tip)


def _used(row: BudgetRow) -> float | None:
    budget, actual = finite(row.budget), finite(row.actual)
    return None if budget is None or actual is None or budget <= 0 else actual / budget


def _over(row: BudgetRow, words: Wording) -> str:
    """The overrun in words, empty within budget or when either figure is missing."""
    budget, actual = finite(row.budget), finite(row.actual)
    if budget is None or actual is None or actual <= budget:
        return ""
    return words.over.format(amount=words.compact(actual - budget))
