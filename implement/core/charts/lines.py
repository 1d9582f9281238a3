"""The S-curve: cumulative planned, earned and actual value, with the forecast of the final cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

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
    text_width,
)
from implement.core.charts.scales import LinearScale, TimeScale, nice_ticks, time_ticks
from implement.core.charts.theme import (
    AS_OF,
    AXIS,
    BUDGET_LINE,
    GRID,
    HIT,
    LEADER,
    MUTED,
    Ink,
    fill_ink,
    line_ink,
    text_ink,
)

_LEFT, _TOP, _BOTTOM, _LINE = 52.0, 40.0, 40.0, 17.0
_CONE = Ink("cone", fill="actual-soft")


@dataclass(frozen=True, kw_only=True)
class CurvePoint:
    """Cumulative amounts at the end of ``day``, in one currency or in hours; None leaves a gap."""

    day: date
    planned: Number | None = None
    earned: Number | None = None
    actual: Number | None = None


@dataclass(frozen=True, kw_only=True)
class FanPoint:
    """Where the actual cost may be at the end of a day to come; most outcomes lie between ``low`` and ``high``."""

    day: date
    low: Number
    middle: Number
    high: Number


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """Where the actual cost is heading: ``amount`` at ``day``, optionally between ``low`` and ``high``.

    ``fan`` draws how the spread opens from day to day instead of one triangle; ``name`` is said at its end.
    """

    day: date
    amount: Number
    low: Number | None = None
    high: Number | None = None
    fan: Sequence[FanPoint] = ()
    name: str = ""


_Line = list[tuple[float, float]]


@dataclass(frozen=True)
class _Label:
    """A name for the line end at (x, y)."""

    text: str
    colour: str
    x: float
    y: float

    @property
    def room(self) -> float:
        """Width with a margin, in SVG units."""
        return text_width(self.text, weight=600) + 14


@dataclass(frozen=True)
class _Frame:
    """The drawing area and its scales."""

    x: TimeScale
    y: LinearScale
    right: float
    bottom: float
    ticks: Sequence[float]


def s_curve(
    *,
    title: str,
    points: Sequence[CurvePoint],
    as_of: date | None = None,
    budget: Number | None = None,
    forecast: Forecast | None = None,
    unit: str = "",
    width: float = 760,
    height: float = 320,
    words: Wording | None = None,
    key: str = "",
) -> Chart:
    """Draw the S-curve of ``points`` (any order, one per date).

    Amounts are cumulative in ``unit``. ``budget`` draws the budget at completion as a dotted line. The
    lines are named at their ends; end labels sit where no line runs, and never on each other.
    """
    words = words or spoken()
    headers = (words.when, words.planned, words.earned, words.actual)
    points = sorted(points, key=lambda point: point.day)
    amounts = [
        amount
        for point in points
        for amount in (finite(point.planned), finite(point.earned), finite(point.actual))
        if amount is not None
    ]
    if not amounts:
        return empty_chart(title=title, headers=headers, width=width, height=height, words=words, key=key)
    ahead = _finite_forecast(forecast)
    frame = _frame(points, amounts, as_of, finite(budget), ahead, width=width, height=height)
    svg = Svg(width=width, height=height, classes="chart-fluid")
    _draw_axes(svg, frame, unit=unit, words=words)
    gutter = _draw_budget(svg, frame, points, budget, words)
    _draw_as_of(svg, frame, as_of, words)
    lines = {name: _line(frame, points, name) for name in ("planned", "actual", "earned")}
    ahead_line: _Line = []
    if ahead and lines["actual"]:
        ahead_line = [lines["actual"][-1], (frame.x(ahead.day), frame.y(float(ahead.amount)))]
        if ahead.fan:
            ahead_line = [(frame.x(point.day), frame.y(float(point.middle))) for point in ahead.fan]
        gutter.append(_draw_forecast(svg, frame, lines["actual"][-1], ahead, words))
    for name, ends in lines.items():
        dash = "6 3" if name == "planned" else None
        for piece in polyline(_positions(frame, points, name)):
            svg.path(line_ink(name, dash=dash, width=1.75 if dash else 2.25), piece)
        if ends:
            svg.circle(fill_ink(name), *ends[-1], 3.5)
    latest = {name: _last(points, name) for name in lines}
    _draw_end_labels(svg, frame, latest, lines, ahead_line, gutter, as_of, words)
    _draw_hits(svg, frame, points, unit=unit, words=words)
    description = _describe(points, as_of, budget, ahead, unit=unit, words=words)
    rows = tuple(
        (
            words.day(point.day),
            *(words.number(amount, unit=unit) for amount in (point.planned, point.earned, point.actual)),
        )
        for point in points
    )
    return Chart(
        svg=svg.render(title=title, description=description, key=key),
        title=title,
        description=description,
        headers=headers,
        rows=rows,
    )


def _finite_forecast(forecast: Forecast | None) -> Forecast | None:
    if forecast is None or finite(forecast.amount) is None:
        return None
    amounts = [amount for point in forecast.fan for amount in (point.low, point.middle, point.high)]
    return forecast if all(finite(amount) is not None for amount in amounts) else replace(forecast, fan=())


def _frame(
    points: Sequence[CurvePoint],
    amounts: list[float],
    as_of: date | None,
    budget: float | None,
    ahead: Forecast | None,
    *,
    width: float,
    height: float,
) -> _Frame:
    days = [point.day for point in points]
    if as_of:
        days.append(as_of)
    extremes = [*amounts, 0.0]
    if budget is not None:
        extremes.append(budget)
    if ahead:
        days.append(ahead.day)
        extremes += [
            amount for amount in map(finite, (ahead.amount, ahead.low, ahead.high)) if amount is not None
        ]
        days += [point.day for point in ahead.fan]
        extremes += [float(amount) for point in ahead.fan for amount in (point.low, point.high)]
    ticks = nice_ticks(min(extremes), max(extremes))
    right, bottom = width - 124.0, height - _BOTTOM
    return _Frame(
        x=TimeScale(min(days), max(days), _LEFT, right),
        y=LinearScale(ticks[0], ticks[-1], bottom, _TOP),
        right=right,
        bottom=bottom,
        ticks=ticks,
    )


def _draw_axes(svg: Svg, frame: _Frame, *, unit: str, words: Wording) -> None:
    for tick in frame.ticks:
        y = frame.y(tick)
        svg.line(AXIS if tick == 0 else GRID, _LEFT, y, frame.right, y)
        svg.text(words.compact(tick), _LEFT - 8, y + 4, ink=MUTED, anchor="end")
    if unit:
        svg.text(unit, _LEFT - 8, _TOP - 16, ink=MUTED, anchor="end")
    for mark in time_ticks(frame.x, words=words):
        svg.line(AXIS, mark.x, frame.bottom, mark.x, frame.bottom + 4)
        svg.text(mark.label, mark.x, frame.bottom + 18, ink=MUTED, anchor="middle")
        if mark.year:
            svg.text(mark.year, mark.x, frame.bottom + 33, ink=MUTED, anchor="middle")


def _draw_budget(
    svg: Svg, frame: _Frame, points: Sequence[CurvePoint], budget: Number | None, words: Wording
) -> list[_Label]:
    level = finite(budget)
    if level is None:
        return []
    y = frame.y(level)
    svg.line(BUDGET_LINE, _LEFT, y, frame.right, y)
    planned = [amount for point in points if (amount := finite(point.planned)) is not None]
    if planned and abs(planned[-1] - level) <= abs(level) * 0.005:
        return []  # the planned line ends on the budget and says the same figure
    return [_Label(f"{words.budget} {words.compact(budget)}", "muted", frame.right, y)]


def _draw_as_of(svg: Svg, frame: _Frame, as_of: date | None, words: Wording) -> None:
    if as_of is None:
        return
    x, text = frame.x(as_of), words.as_of.format(date=words.day(as_of))
    half = text_width(text, size=11) / 2
    svg.line(AS_OF, x, _TOP - 10, x, frame.bottom)
    svg.text(
        text,
        min(max(x, _LEFT + half), svg.width - half - 4),
        _TOP - 18,
        ink=text_ink(size=11),
        anchor="middle",
    )


def _positions(frame: _Frame, points: Sequence[CurvePoint], name: str) -> list[tuple[float, float] | None]:
    values = [(point.day, finite(getattr(point, name))) for point in points]
    return [None if value is None else (frame.x(day), frame.y(value)) for day, value in values]


def _line(frame: _Frame, points: Sequence[CurvePoint], name: str) -> list[tuple[float, float]]:
    return [position for position in _positions(frame, points, name) if position is not None]


def _draw_forecast(
    svg: Svg, frame: _Frame, begin: tuple[float, float], ahead: Forecast, words: Wording
) -> _Label:
    x, y = frame.x(ahead.day), frame.y(float(ahead.amount))
    low, high = finite(ahead.low), finite(ahead.high)
    if ahead.fan:
        upper = [f"{num(frame.x(point.day))} {num(frame.y(float(point.high)))}" for point in ahead.fan]
        lower = [
            f"{num(frame.x(point.day))} {num(frame.y(float(point.low)))}" for point in reversed(ahead.fan)
        ]
        svg.path(_CONE, f"M{'L'.join([*upper, *lower])}Z")
        middle = [(frame.x(point.day), frame.y(float(point.middle))) for point in ahead.fan]
        for piece in polyline(middle):
            svg.path(line_ink("actual", dash="2 4", width=2), piece)
        x, y = middle[-1]
        svg.circle(Ink("dot-forecast", fill="surface", stroke="actual", width=1.75), x, y, 3.5)
        name = ahead.name or words.forecast
        return _Label(f"{name} {words.compact(ahead.fan[-1].middle)}", "actual", x, y)
    if low is not None and high is not None:
        cone = f"M{num(begin[0])} {num(begin[1])}L{num(x)} {num(frame.y(high))}V{num(frame.y(low))}Z"
        svg.path(_CONE, cone)
    for piece in polyline([begin, (x, y)]):
        svg.path(line_ink("actual", dash="2 4", width=2), piece)
    svg.circle(Ink("dot-forecast", fill="surface", stroke="actual", width=1.75), x, y, 3.5)
    return _Label(f"{words.forecast} {words.compact(ahead.amount)}", "actual", x, y)


def _draw_end_labels(
    svg: Svg,
    frame: _Frame,
    latest: Mapping[str, Number | None],
    lines: Mapping[str, _Line],
    forecast: _Line,
    gutter: list[_Label],
    as_of: date | None,
    words: Wording,
) -> None:
    """Name each line at its end.

    Cumulative lines rise, so the space above left of the highest end and below right of the lowest end is
    free: lines above the plan are named up there, lines below it down there. At the beginning of a project
    there is room for neither, and the names stand above whatever runs on to the right. Ends near the right
    edge go to the gutter, with a leader where a label had to move.
    """
    above: list[_Label] = []
    below: list[_Label] = []
    for name, ends in lines.items():
        if not ends:
            continue
        label = _Label(f"{getattr(words, name)} {words.compact(latest[name])}", name, *ends[-1])
        if label.x + label.room > frame.right:
            gutter.append(label)
        elif label.y <= _height_at(lines["planned"], label.x, frame.bottom) and label.x - label.room > _LEFT:
            above.append(label)
        else:
            below.append(label)
    line_of_date = None if as_of is None else frame.x(as_of)
    if above:
        above.sort(key=lambda label: -label.y)
        top = min(label.y for label in above) - 8
        _stack(
            svg, above, begin=max(top, _TOP + 8 + _LINE * (len(above) - 1)), step=-_LINE, avoid=line_of_date
        )
    if below:
        below.sort(key=lambda label: label.y)
        begin = max(label.y for label in below) + 16
        if begin + _LINE * (len(below) - 1) > frame.bottom - 6:
            below.reverse()
            begin = _clear_above([*lines.values(), forecast], below, frame) - 8
            _stack(svg, below, begin=begin, step=-_LINE, side=1, avoid=line_of_date)
        else:
            _stack(svg, below, begin=begin, step=_LINE, side=1, avoid=line_of_date)
    places = spread_labels([label.y for label in gutter], gap=_LINE, low=_TOP, high=frame.bottom)
    for label, y in zip(gutter, places, strict=True):
        if abs(y - label.y) > 2 or frame.right - label.x > 6:
            svg.path(LEADER, f"M{num(label.x + 6)} {num(label.y)}L{num(frame.right + 8)} {num(y)}")
        svg.text(label.text, frame.right + 12, y + 4, ink=text_ink(label.colour, weight=600))


def _stack(
    svg: Svg, labels: list[_Label], *, begin: float, step: float, side: int = -1, avoid: float | None = None
) -> None:
    """Write labels one over (or under) the other beside their ends, clear of the upright ``avoid``."""
    for index, label in enumerate(labels):
        x = label.x + 8 * side
        if (
            avoid is not None
            and min(x, x + side * label.room) - 6 < avoid < max(x, x + side * label.room) + 6
        ):
            x = avoid + 6 * side if abs(avoid - label.x) < label.room / 2 else x
        anchor = "end" if side < 0 else "start"
        svg.text(label.text, x, begin + step * index, ink=text_ink(label.colour, weight=600), anchor=anchor)


def _height_at(line: _Line, x: float, otherwise: float) -> float:
    """The y of ``line`` at ``x``, between its points; its nearest end beyond them."""
    if not line:
        return otherwise
    for (x1, y1), (x2, y2) in pairwise(line):
        if x1 <= x <= x2 and x2 > x1:
            return y1 + (y2 - y1) * (x - x1) / (x2 - x1)
    return line[0][1] if x < line[0][0] else line[-1][1]


def _clear_above(lines: Sequence[_Line], labels: Sequence[_Label], frame: _Frame) -> float:
    """The highest that any line reaches over the width of the labels."""
    left, right = min(label.x for label in labels), max(label.x + label.room + 16 for label in labels)
    heights = [y for line in lines for x, y in line if left <= x <= right]
    heights += [_height_at(line, right, frame.bottom) for line in lines if line and line[-1][0] >= right]
    return min([*heights, frame.bottom])


def _last(points: Sequence[CurvePoint], name: str) -> Number | None:
    known = [value for point in points if finite(value := getattr(point, name)) is not None]
    return known[-1] if known else None


def _draw_hits(svg: Svg, frame: _Frame, points: Sequence[CurvePoint], *, unit: str, words: Wording) -> None:
    """Invisible bands, one per date, that carry the tooltip of that date."""
    places = [frame.x(point.day) for point in points]
    for index, point in enumerate(points):
        left = (places[index - 1] + places[index]) / 2 if index else places[index] - 6
        right = (places[index] + places[index + 1]) / 2 if index + 1 < len(places) else places[index] + 6
        tip = [words.day(point.day)]
        for name in ("planned", "earned", "actual"):
            amount = getattr(point, name)
            if finite(amount) is not None:
                tip.append(f"{getattr(words, name)} {words.number(amount, unit=unit)}")
        svg.mark(
            "rect",
            HIT,
            x=left,
            y=_TOP,
            width=max(right - left, 0.0),
            height=frame.bottom - _TOP,
            pointer_events="all",
            tip="\n".join(tip),
        )


def _describe(
    points: Sequence[CurvePoint],
    as_of: date | None,
    budget: Number | None,
    ahead: Forecast | None,
    *,
    unit: str,
    words: Wording,
) -> str:
    parts = [
        f"{getattr(words, name)} {words.number(amount, unit=unit)}"
        for name in ("planned", "earned", "actual")
        if (amount := _last(points, name)) is not None
    ]
    if finite(budget) is not None:
        parts.append(f"{words.budget} {words.number(budget, unit=unit)}")
    if ahead and ahead.fan:
        last = ahead.fan[-1]
        spread = f"{words.number(last.low, unit=unit)} – {words.number(last.high, unit=unit)}"
        parts.append(f"{words.forecast} {spread}, {words.day(last.day)}")
    elif ahead:
        parts.append(f"{words.forecast} {words.number(ahead.amount, unit=unit)}, {words.day(ahead.day)}")
    begin = [words.as_of.format(date=words.day(as_of))] if as_of else []
    return "; ".join([*begin, *parts])
