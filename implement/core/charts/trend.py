"""Milestone trend: what was expected of each milestone, over the days on which it was expected."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from implement.core.charts.base import (
    Chart,
    Svg,
    Wording,
    empty_chart,
    polyline,
    shorten,
    spoken,
    spread_labels,
)
from implement.core.charts.scales import TimeScale, tick_label, time_ticks, unit_starts
from implement.core.charts.theme import AXIS, BUDGET_LINE, GRID, MUTED, SERIES, fill_ink, line_ink, text_ink

_LEFT, _TOP, _BOTTOM, _LINE = 66.0, 26.0, 52.0, 16.0
_NAMES = 190.0
_LEAST_DAYS = 14
_TICKS = 8


@dataclass(frozen=True, kw_only=True)
class TrendLine:
    """A milestone: (reported on, expected on) wherever the expected day changed, and when it was reached."""

    label: str
    points: Sequence[tuple[date, date]]
    reached_on: date | None = None


@dataclass(frozen=True)
class _Frame:
    """The drawing area: reports run to the right, expected days upwards."""

    x: TimeScale
    y: TimeScale
    right: float
    bottom: float


def milestone_trend(
    *,
    title: str,
    lines: Sequence[TrendLine],
    as_of: date | None = None,
    width: float = 760,
    height: float = 380,
    words: Wording | None = None,
    key: str = "",
) -> Chart:
    """Draw how the expected days of milestones moved (milestone trend analysis).

    A level line keeps its day, a rising one slips. The dotted diagonal is where report and milestone meet: a line that
    ends there was reached. Each line is named at its end, with its number of series; never two names on each other.
    """
    words = words or spoken()
    headers = (words.milestone, words.reported, words.forecast)
    lines = [line for line in lines if line.points]
    if not lines:
        return empty_chart(title=title, headers=headers, width=width, height=height, words=words, key=key)
    frame = _frame(lines, as_of, width=width, height=height)
    svg = Svg(width=width, height=height, classes="chart-fluid")
    _draw_axes(svg, frame, words)
    last = frame.x.last
    ends = []
    for number, line in enumerate(lines):
        colour = SERIES[number % len(SERIES)]
        for piece in polyline(_steps(frame, line, last)):
            svg.path(line_ink(colour), piece)
        for day, expected in line.points:
            tip = f"{line.label}\n{words.reported}: {words.day(day)}\n{words.forecast}: {words.day(expected)}"
            svg.circle(fill_ink(colour), frame.x(day), frame.y(expected), 3.5, tip=tip)
        ends.append(frame.y(line.points[-1][1]))
    places = spread_labels([end + 4 for end in ends], gap=_LINE, low=_TOP, high=frame.bottom + 2)
    for number, (line, place) in enumerate(zip(lines, places, strict=True)):
        name = shorten(line.label, room=_NAMES - 20, size=11)
        svg.circle(fill_ink(SERIES[number % len(SERIES)]), frame.right + 12, place - 4, 3.5)
        svg.text(name, frame.right + 20, place, ink=text_ink(size=11))
    rows = tuple(
        (line.label, words.day(day), words.day(expected)) for line in lines for day, expected in line.points
    )
    description = "; ".join(_told(line, words) for line in lines)
    return Chart(
        svg=svg.render(title=title, description=description, key=key),
        title=title,
        description=description,
        headers=headers,
        rows=rows,
    )


def _frame(lines: Sequence[TrendLine], as_of: date | None, *, width: float, height: float) -> _Frame:
    reported = [day for line in lines for day, _ in line.points]
    reported += [as_of] if as_of else []
    expected = [day for line in lines for _, day in line.points]
    first, last = min(reported), max(reported)
    low, high = min(expected), max(expected)
    # A plan of one day still needs room; a week above and below keeps the lines off the edges.
    last = max(last, first + timedelta(days=_LEAST_DAYS))
    margin = timedelta(days=max(7, (high - low).days // 12))
    right, bottom = width - _NAMES, height - _BOTTOM
    return _Frame(
        x=TimeScale(first, last, _LEFT, right),
        y=TimeScale(low - margin, high + margin, bottom, _TOP),
        right=right,
        bottom=bottom,
    )


def _draw_axes(svg: Svg, frame: _Frame, words: Wording) -> None:
    year = ""
    for day in _upward(frame.y):
        y = frame.y(day)
        svg.line(GRID, _LEFT, y, frame.right, y)
        label = tick_label(day, "week" if (frame.y.last - frame.y.first).days < 70 else "month", words=words)
        now = str(day.year)
        svg.text(label if now == year else f"{label} {now}", _LEFT - 8, y + 4, ink=MUTED, anchor="end")
        year = now
    svg.line(AXIS, _LEFT, frame.bottom, frame.right, frame.bottom)
    for mark in time_ticks(frame.x, words=words):
        svg.line(AXIS, mark.x, frame.bottom, mark.x, frame.bottom + 4)
        svg.text(mark.label, mark.x, frame.bottom + 18, ink=MUTED, anchor="middle")
        if mark.year:
            svg.text(mark.year, mark.x, frame.bottom + 32, ink=MUTED, anchor="middle")
    svg.text(words.forecast, _LEFT - 8, _TOP - 12, ink=MUTED, anchor="end")
    svg.text(words.reported, frame.right, frame.bottom + 46, ink=MUTED, anchor="end")
    begin, end = max(frame.x.first, frame.y.first), min(frame.x.last, frame.y.last)
    if begin < end:
        svg.line(BUDGET_LINE, frame.x(begin), frame.y(begin), frame.x(end), frame.y(end))


def _upward(scale: TimeScale) -> list[date]:
    """The days that are named on the upward axis: weeks of a short plan, months of a longer one, never too many."""
    unit = "week" if (scale.last - scale.first).days < 70 else "month"
    days = [day for day in unit_starts(scale.first, scale.last, unit) if day >= scale.first]  # type: ignore[arg-type]
    step = max(1, -(-len(days) // _TICKS))
    return days[::step]


def _steps(frame: _Frame, line: TrendLine, last: date) -> list[tuple[float, float]]:
    """A day is expected until another one is: level to the next report, then up or down."""
    path: list[tuple[float, float]] = []
    for day, expected in line.points:
        if path:
            path.append((frame.x(day), path[-1][1]))
        path.append((frame.x(day), frame.y(expected)))
    until = min(last, line.reached_on) if line.reached_on else last
    if until > line.points[-1][0]:
        path.append((frame.x(until), path[-1][1]))
    return path


def _told(line: TrendLine, words: Wording) -> str:
    first, latest = line.points[0][1], line.points[-1][1]
    if first == latest:
        return f"{line.label}: {words.day(latest)}"
    return f"{line.label}: {words.day(first)} → {words.day(latest)}"
