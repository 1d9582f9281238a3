"""Indices over time: a few lines about a level that means "as planned", with the line that warns."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from implement.core.charts.base import (
    Chart,
    Number,
    Svg,
    Wording,
    empty_chart,
    finite,
    num,
    polyline,
    spoken,
    spread_labels,
)
from implement.core.charts.scales import LinearScale, TimeScale, nice_ticks, time_ticks
from implement.core.charts.theme import (
    AXIS,
    BUDGET_LINE,
    GRID,
    HIT,
    LEADER,
    MUTED,
    fill_ink,
    line_ink,
    text_ink,
)

_LEFT, _TOP, _BOTTOM, _RIGHT, _GAP = 52.0, 16.0, 40.0, 124.0, 17.0
_COLOURS = ("actual", "earned", "planned")
_DASHES = (None, None, "6 3")


@dataclass(frozen=True, kw_only=True)
class IndexLine:
    """One index: its values in the order of the days; None leaves a gap."""

    label: str
    values: Sequence[Number | None]


def index_trend(
    *,
    title: str,
    days: Sequence[date],
    lines: Sequence[IndexLine],
    level: Number = 1,
    warnings: Sequence[Number | None] = (),
    width: float = 760,
    height: float = 240,
    words: Wording | None = None,
    key: str = "",
) -> Chart:
    """Draw up to three indices over ``days`` (ascending), each named at its end with its last value.

    ``level`` is drawn as the axis; ``warnings`` as dotted lines. Values far off the others (an index of the first
    days of a project) are cut at three times the level, and read in full in the table.
    """
    words = words or spoken()
    headers = (words.when, *(line.label for line in lines))
    top = float(level) * 3
    cut = [
        [None if (value := finite(each)) is None else min(value, top) for each in line.values]
        for line in lines
    ]
    known = [value for line in cut for value in line if value is not None]
    if not known or not days:
        return empty_chart(title=title, headers=headers, width=width, height=height, words=words, key=key)
    low, high = min([*known, float(level)]), max([*known, float(level)])
    limits = [limit for limit in map(finite, warnings) if limit is not None]
    low = min([low, *limits])
    ticks = nice_ticks(max(low - 0.05, 0.0), high + 0.05, count=4)
    right, bottom = width - _RIGHT, height - _BOTTOM
    x = TimeScale(days[0], days[-1], _LEFT, right)
    y = LinearScale(ticks[0], ticks[-1], bottom, _TOP)
    svg = Svg(width=width, height=height, classes="chart-fluid")
    for tick in ticks:
        svg.line(GRID, _LEFT, y(tick), right, y(tick))
        svg.text(words.number(tick, decimals=2), _LEFT - 8, y(tick) + 4, ink=MUTED, anchor="end")
    svg.line(AXIS, _LEFT, y(float(level)), right, y(float(level)))
    for limit in limits:
        svg.line(BUDGET_LINE, _LEFT, y(limit), right, y(limit))
    for mark in time_ticks(x, words=words):
        svg.line(AXIS, mark.x, bottom, mark.x, bottom + 4)
        svg.text(mark.label, mark.x, bottom + 18, ink=MUTED, anchor="middle")
        if mark.year:
            svg.text(mark.year, mark.x, bottom + 33, ink=MUTED, anchor="middle")
    ends: list[tuple[str, str, float, float]] = []
    for line, values, colour, dash in zip(lines, cut, _COLOURS, _DASHES, strict=False):
        places = [
            None if value is None else (x(day), y(value)) for day, value in zip(days, values, strict=True)
        ]
        for piece in polyline(places):
            svg.path(line_ink(colour, dash=dash), piece)
        drawn = [place for place in places if place is not None]
        if drawn:
            svg.circle(fill_ink(colour), *drawn[-1], 3.5)
            last = next(value for value in reversed(line.values) if finite(value) is not None)
            ends.append((f"{line.label} {words.number(last, decimals=2)}", colour, *drawn[-1]))
    spots = spread_labels([end[3] for end in ends], gap=_GAP, low=_TOP + 4, high=bottom)
    for (text, colour, end_x, end_y), spot in zip(ends, spots, strict=True):
        if abs(spot - end_y) > 2 or right - end_x > 6:
            svg.path(LEADER, f"M{num(end_x + 6)} {num(end_y)}L{num(right + 8)} {num(spot)}")
        svg.text(text, right + 12, spot + 4, ink=text_ink(colour, weight=600))
    _draw_hits(svg, x, days, lines, bottom, words)
    said = "; ".join(text for text, *_rest in ends)
    rows = tuple(
        (words.day(day), *(words.number(line.values[index], decimals=2) for line in lines))
        for index, day in enumerate(days)
    )
    return Chart(
        svg=svg.render(title=title, description=said, key=key),
        title=title,
        description=said,
        headers=headers,
        rows=rows,
    )


def _draw_hits(
    svg: Svg, x: TimeScale, days: Sequence[date], lines: Sequence[IndexLine], bottom: float, words: Wording
) -> None:
    """Invisible bands, one per day, that carry the tooltip of that day."""
    places = [x(day) for day in days]
    for index, day in enumerate(days):
        left = (places[index - 1] + places[index]) / 2 if index else places[index] - 6
        right = (places[index] + places[index + 1]) / 2 if index + 1 < len(places) else places[index] + 6
        tip = [words.day(day)]
        tip += [
            f"{line.label} {words.number(line.values[index], decimals=2)}"
            for line in lines
            if finite(line.values[index]) is not None
        ]
        svg.mark(
            "rect",
            HIT,
            x=left,
            y=_TOP,
            width=max(right - left, 0.0),
            height=bottom - _TOP,
            pointer_events="all",
            tip="\n".join(tip),
        )
