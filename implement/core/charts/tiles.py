"""Small charts for tiles: a progress ring, and a bullet that sets a figure against limits and target."""

import math
from collections.abc import Sequence

from implement.core.charts.base import Chart, Number, Svg, Wording, empty_chart, finite, num, spoken
from implement.core.charts.scales import LinearScale
from implement.core.charts.theme import MUTED, Ink, fill_ink, text_ink


def progress_ring(
    *,
    title: str,
    fraction: Number | None,
    tone: str = "info",
    size: float = 72,
    words: Wording | None = None,
    key: str = "",
) -> Chart:
    """A ring filled clockwise to ``fraction`` (0..1; more is drawn full, the figure stays true).

    ``tone`` is good, watch, trouble, info or neutral. None reads as n/a with an empty ring.
    """
    words = words or spoken()
    share = finite(fraction)
    text = words.percent(fraction)
    middle, radius = size / 2, size / 2 - 5
    svg = Svg(width=size, height=size, classes="chart-inline")
    svg.circle(Ink("ring-track", stroke="planned-soft", width=6), middle, middle, radius)
    drawn = min(max(share or 0.0, 0.0), 1.0)
    if drawn >= 0.9995:
        svg.circle(Ink(f"ring chart-stroke-{tone}", stroke=tone, width=6), middle, middle, radius)
    elif drawn > 0:
        angle = 2 * math.pi * drawn
        x, y = middle + radius * math.sin(angle), middle - radius * math.cos(angle)
        arc = f"M{num(middle)} {num(middle - radius)}A{num(radius)} {num(radius)} 0 {int(drawn > 0.5)} 1"
        svg.path(Ink(f"ring chart-stroke-{tone}", stroke=tone, width=6), f"{arc} {num(x)} {num(y)}")
    letters = round(size * 0.22, 1)
    svg.text(text, middle, middle + letters * 0.36, ink=text_ink(size=letters, weight=600), anchor="middle")
    return Chart(
        svg=svg.render(title=title, description=text, key=key),
        title=title,
        description=text,
        headers=(words.item, words.progress),
        rows=((title, text),),
    )


def bullet(
    *,
    title: str,
    value: Number | None,
    limits: Sequence[Number] = (),
    target: Number | None = None,
    low: Number = 0,
    high: Number | None = None,
    tone: str = "info",
    decimals: int | None = None,
    unit: str = "",
    width: float = 220,
    words: Wording | None = None,
    key: str = "",
) -> Chart:
    """A bar for ``value`` on bands between ``limits`` with a tick at ``target``, such as CPI against 1.

    The scale runs from ``low`` to ``high`` (by default a little past the greatest figure); a value outside
    is drawn to the edge and written in full.
    """
    words = words or spoken()
    height = 44.0
    headers = (words.item, words.value, words.target)
    amount = finite(value)
    if amount is None:
        return empty_chart(
            title=title, headers=headers, width=width, height=height, words=words, key=key, classes=""
        )
    marks = [mark for mark in map(finite, limits) if mark is not None]
    aim, floor = finite(target), float(low)
    top = finite(high) or max([amount, *marks, *([aim] if aim is not None else [])]) * 1.15
    if top <= floor:
        top = floor + 1
    x = LinearScale(floor, top, 0, width)

    def at(figure: float) -> float:
        return min(max(x(figure), 0.0), width)

    svg = Svg(width=width, height=height, classes="chart-inline")
    edges = [0.0, *sorted(at(mark) for mark in marks), width]
    for index in range(len(edges) - 1):
        band = Ink(f"band-{min(index, 2) + 1}", fill=("planned-soft", "grid", "shade")[min(index, 2)])
        svg.rect(band, edges[index], 8, edges[index + 1] - edges[index], 16)
    written = words.number(value, decimals=decimals, unit=unit)
    tip = f"{title} {written}"
    svg.rect(fill_ink(tone), 0, 13, max(at(amount), 1.5), 6, tip=tip)
    if aim is not None:
        svg.line(Ink("target", stroke="text", width=2), at(aim), 5, at(aim), 27)
    for mark in marks:
        middle = min(max(at(mark), 10), width - 10)
        svg.text(words.compact(mark), middle, 39, ink=MUTED, anchor="middle")
    aimed = words.number(target, decimals=decimals, unit=unit)
    description = written if aim is None else f"{written}; {words.target} {aimed}"
    return Chart(
        svg=svg.render(title=title, description=description, key=key),
        title=title,
        description=description,
        headers=headers,
        rows=((title, written, aimed),),
    )
