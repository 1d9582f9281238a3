"""A line the size of a word: the trend of one figure, for table cells and tiles."""

from collections.abc import Sequence

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
)
from implement.core.charts.scales import LinearScale
from implement.core.charts.theme import AXIS, fill_ink, line_ink

_PAD = 4.0


def sparkline(
    *,
    title: str,
    values: Sequence[Number | None],
    labels: Sequence[str] = (),
    reference: Number | None = None,
    colour: str = "earned",
    unit: str = "",
    width: float = 120,
    height: float = 28,
    words: Wording | None = None,
    key: str = "",
) -> Chart:
    """Draw ``values`` in order, evenly spaced; the last one ends in a dot.

    ``labels`` name the values in the data table (their number by default); ``reference`` draws a thin
    level, such as 1 for an index; ``colour`` is a palette name. None leaves a gap.
    """
    words = words or spoken()
    headers = (words.item, words.value)
    known = [amount for amount in map(finite, values) if amount is not None]
    if not known:
        return empty_chart(
            title=title, headers=headers, width=width, height=height, words=words, key=key, classes=""
        )
    level = finite(reference)
    low, high = min([*known, *([] if level is None else [level])]), max([*known, *([level] if level else [])])
    if low == high:
        low, high = low - 1, high + 1
    y = LinearScale(low, high, height - _PAD, _PAD)
    step = (width - 2 * _PAD) / max(len(values) - 1, 1)
    places = [
        None if amount is None else (_PAD + index * step, y(amount))
        for index, amount in enumerate(map(finite, values))
    ]
    svg = Svg(width=width, height=height, classes="chart-inline")
    if level is not None:
        svg.line(AXIS, _PAD, y(level), width - _PAD, y(level))
    for piece in polyline(places):
        svg.path(line_ink(colour, width=1.75), piece)
    last = [place for place in places if place is not None][-1]
    svg.circle(fill_ink(colour), last[0], last[1], 2.75)
    names = [labels[index] if index < len(labels) else num(index + 1) for index in range(len(values))]
    rows = tuple((name, words.number(value, unit=unit)) for name, value in zip(names, values, strict=True))
    description = f"{rows[0][1]} – {words.number(_last_known(values), unit=unit)}"
    return Chart(
        svg=svg.render(title=title, description=description, key=key),
        title=title,
        description=description,
        headers=headers,
        rows=rows,
    )


def _last_known(values: Sequence[Number | None]) -> Number | None:
    return next((value for value in reversed(values) if finite(value) is not None), None)
