"""The Gantt chart: bars, milestones and dependencies in rows that line up with an HTML table beside it."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from implement.core.charts.base import (
    Chart,
    Svg,
    Wording,
    empty_chart,
    finite,
    num,
    shorten,
    spoken,
    text_width,
)
from implement.core.charts.gantt_links import GanttLink, draw_links
from implement.core.charts.gantt_rows import GanttRow, draw_row, span_of, tip_of
from implement.core.charts.scales import TimeScale, TimeUnit, next_start, tick_label, unit_starts
from implement.core.charts.theme import AXIS, MUTED, SHADE, TEXT, Ink, text_ink

Part = Literal["all", "header", "body"]

HEADER_HEIGHT = 40.0
_TODAY = Ink("today", stroke="text", width=1.5)
_STATUS = Ink("status", stroke="info", width=1.25, dash="4 3")
_DIVIDER = Ink("grid", stroke="grid", width=1)


@dataclass(frozen=True)
class _Sheet:
    """What every part of the picture needs to know."""

    x: TimeScale
    left: float
    head: float
    bottom: float
    row_height: float


@dataclass(frozen=True)
class GanttColumn:
    """A further column of a print: its title and width; each row brings its text in ``cells``, in this order."""

    title: str
    width: float
    is_number: bool = False


def gantt(
    *,
    title: str,
    rows: Sequence[GanttRow],
    links: Sequence[GanttLink] = (),
    today: date | None = None,
    begin: int = 0,
    count: int | None = None,
    part: Part = "all",
    per_day: float | None = None,
    width: float = 960,
    row_height: float = 32,
    label_width: float = 0,
    columns: Sequence[GanttColumn] = (),
    window: tuple[date, date] | None = None,
    status_date: date | None = None,
    working_week: Sequence[int] = (0, 1, 2, 3, 4),
    words: Wording | None = None,
    key: str = "",
) -> Chart:
    """Draw rows ``begin`` to ``begin + count`` of the plan; the time scale always covers all ``rows``.

    So the pages of a print, each with its own range, share one scale. ``per_day`` (SVG units) fixes the
    scale and lets the width follow, for a scrolling page; otherwise the plan fills ``width``. ``part``
    draws the month header and the rows apart, for a header that stays while rows scroll.
    ``label_width`` adds a name column on the left for print; on a page the HTML table names the rows, each
    ``row_height`` high. ``working_week`` lists working weekdays (Monday is 0); other days are shaded when
    days are wide enough to see. Links that leave the drawn range are left out. ``columns`` stand between the
    names and the chart. ``window`` draws only the days from the first up to, not including, the last: the sideways
    pages of a wide print.
    """
    words = words or spoken()
    headers = (words.task, words.start, words.finish, words.baseline, words.progress, words.critical)
    spans = [span for row in rows if (span := span_of(row)) is not None]
    if not spans:
        return empty_chart(
            title=title, headers=headers, width=width, height=120, words=words, key=key, classes="chart-fixed"
        )
    shown = list(rows[begin:]) if count is None else list(rows[begin : begin + count])
    days = [day for span in spans for day in span] + ([today] if today else [])
    first, last = window or (min(days) - timedelta(days=3), max(days) + timedelta(days=4))
    left = label_width + sum(column.width for column in columns)
    if per_day is not None:
        width = left + (last - first).days * per_day
    head = 0.0 if part == "body" else HEADER_HEIGHT
    body = 0.0 if part == "header" else row_height * len(shown)
    svg = Svg(width=width, height=head + body, classes="chart-fixed")
    sheet = _Sheet(TimeScale(first, last, left, width), left, head, head + body, row_height)
    is_seen = today is not None and first <= today < last
    badge = _badge_of(sheet, today, words) if head and is_seen else None
    if head:
        _draw_header(svg, sheet, words, badge=badge)
    if body:
        _draw_ground(svg, sheet, len(shown), working_week)
        tops = {row.key: head + index * row_height for index, row in enumerate(shown)}
        cut = nullcontext()
        if window is not None:
            cut = svg.clipped(left, head, width, sheet.bottom, key=f"{key}{begin}{first}")  # type: ignore[assignment]
        with cut:
            if status_date is not None:
                at = sheet.x(status_date)
                svg.line(_STATUS, at, head, at, sheet.bottom)
            if today is not None and is_seen:
                at = sheet.x(today, after=0.5)
                svg.line(_TODAY, at, head, at, sheet.bottom)
            draw_links(svg, sheet.x, {row.key: row for row in shown}, tops, links, row_height=row_height)
            for row in shown:
                draw_row(svg, sheet.x, row, tops[row.key], row_height=row_height, words=words)
        for row in shown:
            if label_width:
                _draw_name(svg, row, tops[row.key], sheet, label_width)
            _draw_cells(svg, row, tops[row.key], sheet, label_width, columns)
    if head and label_width and columns:
        _draw_titles(svg, sheet, words, label_width, columns)
    if badge:
        _draw_badge(svg, sheet, badge, words)
    # The header stands above rows that another part tells.
    table = tuple(_table_row(row, words) for row in shown) if body else ()
    description = f"{words.day(min(days))} – {words.day(max(days))}; {len(shown)} / {len(rows)}"
    return Chart(
        svg=svg.render(title=title, description=description, key=f"{key}{part}{begin}"),
        title=title,
        description=description,
        headers=headers,
        rows=table,
    )


def _tiers(per_day: float) -> tuple[TimeUnit, TimeUnit]:
    """Header units for a scale: the finest pair whose lower labels have room."""
    if per_day >= 18:
        return "month", "day"
    if per_day >= 3.2:
        return "month", "week"
    return ("year", "month") if per_day >= 1 else ("year", "quarter")


def _draw_ground(svg: Svg, sheet: _Sheet, count: int, working_week: Sequence[int]) -> None:
    """Shade days off and rule the rows, each as one path: a thousand rows must stay light."""
    if sheet.x.per_day >= 2.5 and len(set(working_week)) < 7:
        pieces = []
        day = sheet.x.first
        while day < sheet.x.last:
            if day.weekday() not in working_week:
                at, room = sheet.x(day), sheet.x.per_day
                pieces.append(f"M{num(at)} {num(sheet.head)}h{num(room)}V{num(sheet.bottom)}h{num(-room)}Z")
            day += timedelta(days=1)
        svg.path(SHADE, "".join(pieces))
    months = [
        f"M{num(left)} {num(sheet.head)}V{num(sheet.bottom)}" for _, left, _ in _cells(sheet, "month")[1:]
    ]
    if sheet.x.per_day >= 0.8:
        svg.path(Ink("month-line", stroke="axis", width=0.5), "".join(months))
    lines = [
        f"M0 {num(sheet.head + index * sheet.row_height)}H{num(svg.width)}" for index in range(1, count + 1)
    ]
    svg.path(_DIVIDER, "".join(lines))


def _draw_header(svg: Svg, sheet: _Sheet, words: Wording, *, badge: tuple[float, float] | None) -> None:
    """Two tiers of calendar units; a label without room in what is seen of its unit is left out.

    ``badge`` is the strip of the lower tier that the word for today covers.
    """
    upper, lower = _tiers(sheet.x.per_day)
    bold = text_ink(size=11, weight=600)
    for start, left, right in _cells(sheet, upper):
        text = _header_label(start, upper, words, top=True)
        if start > sheet.x.first:
            svg.line(AXIS, left, 4, left, 20)
        if text_width(text, size=11, weight=600) + 10 <= right - left:
            svg.text(text, left + 6, 15, ink=bold)
    for start, left, right in _cells(sheet, lower):
        text = _header_label(start, lower, words, top=False)
        middle, half = (left + right) / 2, text_width(text, size=11) / 2
        covered = badge is not None and middle + half > badge[0] - 2 and middle - half < badge[1] + 2
        if start >= sheet.x.first and half * 2 + 4 <= right - left and not covered:
            svg.text(text, middle, 34, ink=MUTED, anchor="middle")
    svg.line(AXIS, 0, sheet.head - 0.5, svg.width, sheet.head - 0.5)


def _cells(sheet: _Sheet, unit: TimeUnit) -> list[tuple[date, float, float]]:
    """Each unit on the sheet with the left and right edge of what is seen of it."""
    return [
        (start, max(sheet.x(start), sheet.left), min(sheet.x(next_start(start, unit)), sheet.x.end))
        for start in unit_starts(sheet.x.first, sheet.x.last - timedelta(days=1), unit)
    ]


def _header_label(start: date, unit: TimeUnit, words: Wording, *, top: bool) -> str:
    if unit == "week":
        return str(start.day)
    return tick_label(start, unit, words=words, with_year=top and unit == "month")


def _badge_of(sheet: _Sheet, today: date | None, words: Wording) -> tuple[float, float] | None:
    """Left and right edge of the badge that says today, held within the sheet."""
    if today is None:
        return None
    half = text_width(words.today, size=10, weight=600) / 2 + 5
    middle = min(max(sheet.x(today, after=0.5), sheet.left + half), sheet.x.end - half)
    return middle - half, middle + half


def _draw_badge(svg: Svg, sheet: _Sheet, badge: tuple[float, float], words: Wording) -> None:
    left, right = badge
    svg.rect(Ink("today-badge", fill="text"), left, sheet.head - 18, right - left, 16, rx=3)
    ink = Ink("text chart-text-on-badge", fill="surface", size=10, weight=600)
    svg.text(words.today, (left + right) / 2, sheet.head - 6.5, ink=ink, anchor="middle")


def _draw_name(svg: Svg, row: GanttRow, top: float, sheet: _Sheet, room: float) -> None:
    indent = 4.0 + 12.0 * min(row.level, 6)
    ink = text_ink(weight=600) if row.kind == "summary" else TEXT
    text = shorten(row.label, room=room - indent - 8, weight=ink.weight)
    svg.text(text, indent, top + sheet.row_height / 2 + 4, ink=ink)


def _draw_cells(
    svg: Svg, row: GanttRow, top: float, sheet: _Sheet, begin: float, columns: Sequence[GanttColumn]
) -> None:
    ink = text_ink("muted", size=11, weight=600 if row.kind == "summary" else None)
    for column, text in zip(columns, row.cells, strict=False):
        text = shorten(text, room=column.width - 6, size=11, weight=ink.weight)
        at = begin + column.width - 6 if column.is_number else begin
        anchor = "end" if column.is_number else "start"
        svg.text(text, at, top + sheet.row_height / 2 + 4, ink=ink, anchor=anchor)
        begin += column.width


def _draw_titles(
    svg: Svg, sheet: _Sheet, words: Wording, label_width: float, columns: Sequence[GanttColumn]
) -> None:
    """The titles of the columns of a print, and the line between them and the chart."""
    ink = text_ink("muted", size=11, weight=600)
    svg.text(words.task, 4, 34, ink=ink)
    begin = label_width
    for column in columns:
        at = begin + column.width - 6 if column.is_number else begin
        svg.text(column.title, at, 34, ink=ink, anchor="end" if column.is_number else "start")
        begin += column.width
    svg.line(AXIS, sheet.left, 4, sheet.left, sheet.bottom)


def _table_row(row: GanttRow, words: Wording) -> tuple[str, ...]:
    baseline = words.missing
    if row.baseline_finish is not None:
        baseline = words.day(row.baseline_finish)
        if row.baseline_start is not None and row.kind != "milestone":
            baseline = f"{words.day(row.baseline_start)} – {baseline}"
    return (
        row.label,
        words.day(row.start),
        words.day(row.finish),
        baseline,
        words.percent(finite(row.progress)),
        words.yes if row.critical else "",
    )


__all__ = ["HEADER_HEIGHT", "GanttColumn", "GanttLink", "GanttRow", "gantt", "tip_of"]
