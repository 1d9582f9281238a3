"""Bars across time: weekly burn and stacked columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from implement.core.charts.base import (
    Chart,
    Number,
    Svg,
    Wording,
    empty_chart,
    finite,
    spoken,
    text_width,
    total,
)
from implement.core.charts.scales import LinearScale, TimeScale, nice_ticks, time_ticks
from implement.core.charts.theme import (
    AS_OF,
    AXIS,
    GRID,
    MUTED,
    ON_TONE,
    SERIES,
    TONES,
    Ink,
    fill_ink,
    line_ink,
    text_ink,
)

_LEFT, _TOP, _BOTTOM = 52.0, 40.0, 30.0
_ACTUAL = fill_ink("actual-fill")
_LIMIT = line_ink("text", width=2)
_PLAN = Ink("bar-planned", fill="planned-soft", stroke="planned", width=1)


@dataclass(frozen=True, kw_only=True)
class WeekBurn:
    """Planned and actual effort of the week that begins on ``start`` (hours, or money)."""

    start: date
    planned: Number | None = None
    actual: Number | None = None


@dataclass(frozen=True, kw_only=True)
class Series:
    """One layer of a stack; ``values`` follow the categories, ``tone`` is a tone or "series-1" to "-6"."""

    label: str
    values: Sequence[Number | None]
    tone: str = ""


@dataclass(frozen=True, kw_only=True)
class Segment:
    """One part of a single stacked bar."""

    label: str
    value: Number | None
    tone: str = ""


def colour_of(tone: str, index: int) -> str:
    """The palette name of a tone, or of the series at ``index`` when none is given."""
    return tone if tone in TONES or tone in SERIES else SERIES[index % len(SERIES)]


def draw_key(svg: Svg, entries: Sequence[tuple[str, Ink]], *, x: float, y: float) -> None:
    """A one-line key of swatch and word, from ``x`` on; an entry without room is left to the table."""
    for label, ink in entries:
        room = text_width(label, size=11) + 16
        if x + room > svg.width:
            return
        svg.rect(ink, x, y - 9, 10, 10, rx=2)
        svg.text(label, x + 15, y, ink=text_ink(size=11))
        x += room + 16


def draw_scale(svg: Svg, y: LinearScale, ticks: Sequence[float], *, unit: str, words: Wording) -> None:
    """Horizontal gridlines with right-aligned figures and the unit above them."""
    for tick in ticks:
        svg.line(AXIS if tick == 0 else GRID, _LEFT, y(tick), svg.width - 12, y(tick))
        svg.text(words.compact(tick), _LEFT - 8, y(tick) + 4, ink=MUTED, anchor="end")
    if unit:
        svg.text(unit, _LEFT - 8, 14, ink=MUTED, anchor="end")


def burn_columns(
    *,
    title: str,
    weeks: Sequence[WeekBurn],
    unit: str = "h",
    as_of: date | None = None,
    width: float = 760,
    height: float = 260,
    words: Wording | None = None,
    key: str = "",
) -> Chart:
    """Weekly columns: the plan as an outlined ghost, the actual as a solid column before it.

    ``weeks`` in any order, one per week; a missing week leaves its place empty. ``as_of`` draws a line.
    """
    words = words or spoken()
    headers = (words.when, words.planned, words.actual)
    weeks = sorted(weeks, key=lambda week: week.start)
    amounts = [a for week in weeks for a in (finite(week.planned), finite(week.actual)) if a is not None]
    if not amounts:
        return empty_chart(title=title, headers=headers, width=width, height=height, words=words, key=key)
    ticks = nice_ticks(min(0.0, *amounts), max(0.0, *amounts), count=4)
    x = TimeScale(weeks[0].start, weeks[-1].start + timedelta(days=7), _LEFT, width - 12)
    bottom = height - _BOTTOM - 12  # the year has a line of its own
    y = LinearScale(ticks[0], ticks[-1], bottom, _TOP)
    svg = Svg(width=width, height=height, classes="chart-fluid")
    draw_scale(svg, y, ticks, unit=unit, words=words)
    draw_key(svg, [(words.planned, _PLAN), (words.actual, _ACTUAL)], x=_LEFT, y=14)
    slot = x.per_day * 7
    ghost, solid = min(slot * 0.72, 46.0), min(slot * 0.44, 28.0)
    for week in weeks:
        middle = x(week.start) + slot / 2
        figures = [
            f"{name} {words.number(amount, unit=unit)}"
            for name, amount in ((words.planned, week.planned), (words.actual, week.actual))
        ]
        tip = "\n".join([words.week_of.format(date=words.day(week.start)), *figures])
        _column(svg, _PLAN, y, week.planned, middle, ghost, tip)
        _column(svg, _ACTUAL, y, week.actual, middle, solid, tip)
    _draw_weeks(svg, x, slot, bottom, words)
    if as_of is not None and weeks[0].start <= as_of <= x.last:
        at = x(as_of, after=1.0)
        text = words.as_of.format(date=words.day(as_of))
        svg.line(AS_OF, at, _TOP - 8, at, bottom)
        left = min(at + text_width(text, size=11) / 2, width - 4)
        svg.text(text, left, _TOP - 14, ink=text_ink(size=11), anchor="end")
    rows = tuple(
        (
            words.week_of.format(date=words.day(week.start)),
            words.number(week.planned, unit=unit),
            words.number(week.actual, unit=unit),
        )
        for week in weeks
    )
    sums = (
        (words.planned, total(week.planned for week in weeks)),
        (words.actual, total(week.actual for week in weeks)),
    )
    description = "; ".join(f"{name} {words.number(amount, unit=unit)}" for name, amount in sums)
    return Chart(
        svg=svg.render(title=title, description=description, key=key),
        title=title,
        description=description,
        headers=headers,
        rows=rows,
    )


def _column(
    svg: Svg, ink: Ink, y: LinearScale, amount: Number | None, middle: float, breadth: float, tip: str
) -> None:
    value = finite(amount)
    if value is None:
        return
    top, bottom = min(y(value), y(0.0)), max(y(value), y(0.0))
    svg.rect(ink, middle - breadth / 2, top, breadth, bottom - top, rx=min(2.0, breadth / 4), tip=tip)


def _draw_weeks(svg: Svg, x: TimeScale, slot: float, bottom: float, words: Wording) -> None:
    """Labels below: under the middle of its column for a week, at its beginning for a longer unit."""
    ticks = [tick for tick in time_ticks(x, words=words) if tick.day < x.last]
    weekly = all((after.day - before.day).days == 7 for before, after in pairwise(ticks))
    for tick in ticks:
        at = tick.x + (slot / 2 if weekly else 0)
        svg.text(tick.label, at, bottom + 18, ink=MUTED, anchor="middle")
        if tick.year:
            svg.text(tick.year, at, bottom + 33, ink=MUTED, anchor="middle")


def stacked_columns(
    *,
    title: str,
    categories: Sequence[str],
    series: Sequence[Series],
    line: Series | None = None,
    unit: str = "",
    width: float = 760,
    height: float = 280,
    words: Wording | None = None,
    key: str = "",
) -> Chart:
    """Columns of stacked amounts, such as cost by category and month.

    Each series gives one amount per category (a shorter one is missing at the end). Negative amounts hang
    below the axis. ``line`` is drawn across each column: what it is measured against, such as a capacity. Raises
    nothing for missing figures; they are n/a in the table.
    """
    words = words or spoken()
    headers = (words.item, *(layer.label for layer in series), words.total, *([line.label] if line else []))
    table = [[_at(layer, index) for layer in series] for index in range(len(categories))]
    known = [amount for row in table for cell in row if (amount := finite(cell)) is not None]
    if not known:
        return empty_chart(title=title, headers=headers, width=width, height=height, words=words, key=key)
    highs = [sum(amount for cell in row if (amount := finite(cell) or 0.0) > 0) for row in table]
    lows = [sum(amount for cell in row if (amount := finite(cell) or 0.0) < 0) for row in table]
    limits = [finite(_at(line, index)) if line else None for index in range(len(categories))]
    ticks = nice_ticks(min(lows), max(*highs, *(limit or 0.0 for limit in limits), 0.0), count=4)
    y = LinearScale(ticks[0], ticks[-1], height - _BOTTOM, _TOP)
    svg = Svg(width=width, height=height, classes="chart-fluid")
    draw_scale(svg, y, ticks, unit=unit, words=words)
    inks = [fill_ink(colour_of(layer.tone, index)) for index, layer in enumerate(series)]
    keys = [(layer.label, ink) for layer, ink in zip(series, inks, strict=True)]
    draw_key(svg, [*keys, *([(line.label, _LIMIT)] if line else [])], x=_LEFT, y=14)
    slot = (width - 12 - _LEFT) / len(categories)
    breadth, free = min(slot * 0.62, 44.0), 0.0
    rows = []
    for index, (category, cells) in enumerate(zip(categories, table, strict=True)):
        middle = _LEFT + slot * (index + 0.5)
        up = down = 0.0
        for layer, ink, cell in zip(series, inks, cells, strict=True):
            amount = finite(cell)
            if not amount:
                continue
            base = up if amount > 0 else down
            top, bottom = sorted((y(base), y(base + amount)))
            tip = f"{category}\n{layer.label} {words.number(cell, unit=unit)}"
            gap = (
                1.0 if bottom - top > 3 else 0.0
            )  # a hairline between layers tells them apart without colour
            svg.rect(ink, middle - breadth / 2, top, breadth, bottom - top - gap, tip=tip)
            up, down = (up + amount, down) if amount > 0 else (up, down + amount)
        limit = limits[index]
        if limit is not None:
            svg.line(_LIMIT, middle - slot / 2, y(limit), middle + slot / 2, y(limit))
        half = text_width(category, size=11) / 2
        if middle - half >= free:
            svg.text(category, middle, height - _BOTTOM + 18, ink=MUTED, anchor="middle")
            free = middle + half + 8
        figures = [words.number(cell, unit=unit) for cell in cells]
        against = [words.number(_at(line, index), unit=unit)] if line else []
        rows.append((category, *figures, words.number(total(cells), unit=unit), *against))
    description = "; ".join(
        f"{layer.label} {words.number(total(layer.values), unit=unit)}"
        for layer in (*series, *([line] if line else []))
    )
    return Chart(
        svg=svg.render(title=title, description=description, key=key),
        title=title,
        description=description,
        headers=headers,
        rows=tuple(rows),
    )


def _at(layer: Series, index: int) -> Number | None:
    return layer.values[index] if index < len(layer.values) else None


def stacked_bar(
    *,
    title: str,
    segments: Sequence[Segment],
    unit: str = "",
    width: float = 760,
    words: Wording | None = None,
    key: str = "",
) -> Chart:
    """One bar cut into parts of a whole, such as test cases by result, with its key below.

    Parts of zero keep their place in the key; negative and missing ones are not drawn.
    """
    words = words or spoken()
    headers = (words.item, words.value, words.share)
    height = 48.0
    parts = [max(finite(segment.value) or 0.0, 0.0) for segment in segments]
    whole = sum(parts)
    if whole <= 0:
        return empty_chart(title=title, headers=headers, width=width, height=height, words=words, key=key)
    svg = Svg(width=width, height=height, classes="chart-fluid")
    x, rows, entries = 0.0, [], []
    for index, (segment, part) in enumerate(zip(segments, parts, strict=True)):
        ink, share = fill_ink(colour_of(segment.tone, index)), part / whole
        written = words.number(segment.value, unit=unit)
        rows.append((segment.label, written, words.percent(share)))
        entries.append((f"{segment.label} {written}", ink))
        length = share * width
        if length > 0:
            tip = f"{segment.label} {written} ({words.percent(share)})"
            svg.rect(ink, x, 0, max(length - 2, 0.5), 20, rx=2, tip=tip)
            figure = words.number(segment.value)
            if text_width(figure, size=11, weight=600) + 12 < length:
                svg.text(figure, x + length / 2 - 1, 14, ink=ON_TONE, anchor="middle")
        x += length
    draw_key(svg, entries, x=0, y=40)
    description = "; ".join(f"{label} {written}" for label, written, _ in rows)
    return Chart(
        svg=svg.render(title=title, description=description, key=key),
        title=title,
        description=description,
        headers=headers,
        rows=tuple(rows),
    )
