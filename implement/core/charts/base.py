"""The ground every chart stands on: the Chart result, the Svg builder, words, numbers and text widths."""

import hashlib
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from functools import lru_cache
from html import escape
from itertools import pairwise
from unicodedata import east_asian_width

from babel.core import Locale
from django.utils import translation
from django.utils.translation import gettext_noop as _

from implement.core.charts.theme import FONT, TEXT, Ink, text_ink

Number = Decimal | float | int

# Control characters are not XML; a stray one in a task name must not break the page or the PDF.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_NARROW, _SLIM, _WIDE = frozenset("iIjl.,:;'|! ·"), frozenset('frt()[]{}-/"*'), frozenset("mwMW@%—")
MINUS = "\N{MINUS SIGN}"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A drawn chart and the same data as a table, which the template shows in a ``<details>`` beside it.

    ``svg`` is complete, escaped markup (safe to output as is); ``headers`` and ``rows`` are plain strings.
    """

    svg: str
    title: str
    description: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Wording:
    """Every word and sign a chart writes by itself; pass a translated one for another language."""

    months: tuple[str, ...] = MONTHS
    quarter: str = _("Q{number}")
    date_format: str = "{day} {month} {year}"
    group_mark: str = ","
    decimal_mark: str = "."
    no_data: str = _("No data yet")
    missing: str = _("n/a")
    as_of: str = _("As of {date}")
    today: str = _("Today")
    when: str = _("Date")
    week_of: str = _("Week of {date}")
    item: str = _("Item")
    value: str = _("Value")
    share: str = _("Share")
    total: str = _("Total")
    planned: str = _("Planned")
    earned: str = _("Earned")
    actual: str = _("Actual")
    forecast: str = _("Forecast")
    budget: str = _("Budget")
    used: str = _("Used")
    over: str = _("{amount} over")
    target: str = _("Target")
    task: str = _("Task")
    start: str = _("Start")
    finish: str = _("Finish")
    baseline: str = _("Baseline")
    progress: str = _("Progress")
    critical: str = _("Critical path")
    deadline: str = _("Deadline")
    status_date: str = _("Status date")
    yes: str = _("yes")
    good: str = _("good")
    watch: str = _("watch")
    trouble: str = _("trouble")
    milestone: str = _("Milestone")
    reported: str = _("Reported")

    def day(self, value: date | None) -> str:
        """A date as the reader writes it, or the word for missing."""
        if value is None:
            return self.missing
        return self.date_format.format(day=value.day, month=self.months[value.month - 1], year=value.year)

    def number(self, value: Number | None, *, decimals: int | None = None, unit: str = "") -> str:
        """A figure with digit groups and a true minus sign; None, NaN and infinity read as missing.

        Without ``decimals`` a figure keeps up to two, and whole figures none.
        """
        if value is None or not math.isfinite(value):
            return self.missing
        exact = value if isinstance(value, Decimal) else Decimal(str(value))
        text = f"{exact:,.{2 if decimals is None else decimals}f}"
        if decimals is None:
            text = text.removesuffix(".00")
        if text.startswith("-"):
            text = MINUS + text[1:] if text.strip("-0.,") else text[1:]
        return f"{self._marked(text)} {unit}".strip()

    def compact(self, value: Number | None) -> str:
        """A short figure for axes and end labels: 950, 1.2k, 35k, 2.4M, 1.1bn."""
        if value is None or not math.isfinite(value):
            return self.missing
        size = abs(float(value))
        for limit, mark in ((1e9, "bn"), (1e6, "M"), (1e3, "k")):
            if size >= limit * 0.9995:
                scaled = float(value) / limit
                text = f"{scaled:,.0f}" if abs(scaled) >= 99.95 else f"{scaled:.1f}".removesuffix(".0")
                return self._localised(text) + mark
        text = f"{float(value):.2f}".rstrip("0").rstrip(".") if size < 10 else f"{float(value):.0f}"
        return self._localised(text)

    def percent(self, fraction: Number | None) -> str:
        """A share of one as whole per cent."""
        if fraction is None or not math.isfinite(fraction):
            return self.missing
        return f"{self.number(float(fraction) * 100, decimals=0)} %"

    def _localised(self, text: str) -> str:
        if text in {"-0", "-0.0"}:
            return "0"
        return self._marked(text.replace("-", MINUS))

    def _marked(self, text: str) -> str:
        return "".join({",": self.group_mark, ".": self.decimal_mark}.get(char, char) for char in text)


ENGLISH = Wording()
DATE_ORDER = {"de": "{day}. {month} {year}"}
SIGNS = {"date_format", "group_mark", "decimal_mark", "months"}


@lru_cache(maxsize=8)
def _wording(language: str) -> Wording:
    """Return the wording of a language, its words from the catalogue and its signs from the CLDR."""
    if language == "en":
        return ENGLISH
    said = Locale.parse(language, sep="-")
    signs = said.number_symbols["latn"]
    with translation.override(language):
        words = {
            field.name: translation.gettext(str(field.default))
            for field in fields(Wording)
            if field.name not in SIGNS
        }
    return Wording(
        months=tuple(said.months["format"]["abbreviated"].values()),
        date_format=DATE_ORDER.get(language, ENGLISH.date_format),
        group_mark=signs["group"],
        decimal_mark=signs["decimal"],
        **words,
    )


def spoken() -> Wording:
    """Return the wording of the language that is active."""
    return _wording(translation.get_language() or "en")


def finite(value: Number | None) -> float | None:
    """A figure for geometry only: a float, or None for missing, NaN and infinity."""
    if value is None:
        return None
    number = float(value)
    return number if math.isfinite(number) else None


def total(values: Iterable[Number | None]) -> Decimal | None:
    """The exact sum of the figures that are known, of whatever kinds; None when none is."""
    known = [Decimal(str(value)) for value in values if finite(value) is not None]
    return sum(known, Decimal(0)) if known else None


def clean(text: object) -> str:
    """Escape text for markup and attributes, without characters that are no XML."""
    return escape(_NOT_XML.sub("", str(text)), quote=True).replace("\n", "&#10;")


def num(value: float) -> str:
    """A coordinate, to a hundredth, as short as it gets."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def text_width(text: str, *, size: float = 12, weight: int | None = None) -> float:
    """Estimated width of ``text`` in SVG units, a little generous so that labels keep their distance."""
    total = 0.0
    for char in text:
        if east_asian_width(char) in "WF":
            total += 1.0
        elif char in _NARROW:
            total += 0.29
        elif char in _SLIM:
            total += 0.4
        elif char in _WIDE:
            total += 0.9
        else:
            total += 0.68 if char.isupper() or char.isdigit() else 0.6
    return total * size * (1.05 if weight and weight >= 600 else 1.0)


def shorten(text: str, *, room: float, size: float = 12, weight: int | None = None) -> str:
    """Cut ``text`` with an ellipsis so that it fits ``room`` units."""
    if text_width(text, size=size, weight=weight) <= room:
        return text
    while text and text_width(text + "…", size=size, weight=weight) > room:
        text = text[:-1]
    return f"{text.rstrip()}…"


def polyline(points: Iterable[tuple[float, float] | None]) -> list[str]:
    """Path data for a line through ``points``, one piece per unbroken run; None breaks the line."""
    pieces: list[str] = []
    run: list[str] = []
    for point in [*points, None]:
        if point is None:
            if len(run) > 1:
                pieces.append("M" + "L".join(run))
            run = []
        else:
            run.append(f"{num(point[0])} {num(point[1])}")
    return pieces


def spread_labels(wanted: Sequence[float], *, gap: float, low: float, high: float) -> list[float]:
    """Move label positions as little as needed so that neighbours keep ``gap`` and stay in low..high.

    Keeps the order of equal positions. When the room is too small for all, the gap still holds and the
    last labels pass ``high``: a label out of place reads better than two on top of each other.
    """
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    places = [min(max(wanted[index], low), high) for index in order]
    for here, after in pairwise(range(len(places))):
        places[after] = max(places[after], places[here] + gap)
    if places and places[-1] > high:
        places[-1] = high
        for after, here in pairwise(range(len(places) - 1, -1, -1)):
            places[here] = min(places[here], places[after] - gap)
        if places[0] < low:
            places = [low + step * gap for step in range(len(places))]
    result = [0.0] * len(wanted)
    for index, place in zip(order, places, strict=True):
        result[index] = place
    return result


class Svg:
    """Collects marks and renders one accessible, CSP-clean ``<svg>`` (no style attributes, no script)."""

    def __init__(self, *, width: float, height: float, classes: str = "") -> None:
        self.width, self.height = width, height
        self.classes = f"chart {classes}".strip()
        self._parts: list[str] = []

    def mark(self, tag: str, ink: Ink, *, tip: str = "", text: str = "", **attributes: object) -> None:
        """Add one element; ``tip`` becomes hover data and, without scripts, a native title."""
        known = {**ink.attributes(), **{key.replace("_", "-"): value for key, value in attributes.items()}}
        if tip:
            known["data-tip"] = tip
        pairs = "".join(
            f' {key}="{num(value) if isinstance(value, int | float) else clean(value)}"'
            for key, value in known.items()
            if value is not None
        )
        inner = clean(text) + (f"<title>{clean(tip)}</title>" if tip else "")
        self._parts.append(f"<{tag}{pairs}>{inner}</{tag}>" if inner else f"<{tag}{pairs}/>")

    def line(self, ink: Ink, x1: float, y1: float, x2: float, y2: float) -> None:
        """A straight line."""
        self.mark("line", ink, x1=x1, y1=y1, x2=x2, y2=y2)

    def rect(
        self, ink: Ink, x: float, y: float, width: float, height: float, *, rx: float = 0, tip: str = ""
    ) -> None:
        """A rectangle; negative sizes are drawn as nothing."""
        self.mark(
            "rect", ink, x=x, y=y, width=max(width, 0.0), height=max(height, 0.0), rx=rx or None, tip=tip
        )

    def path(self, ink: Ink, data: str, *, tip: str = "") -> None:
        """A path from ready path data."""
        self.mark("path", ink, d=data, tip=tip)

    def circle(self, ink: Ink, x: float, y: float, radius: float, *, tip: str = "") -> None:
        """A circle about (x, y)."""
        self.mark("circle", ink, cx=x, cy=y, r=radius, tip=tip)

    def text(self, text: str, x: float, y: float, *, ink: Ink = TEXT, anchor: str = "start") -> None:
        """One line of text with its baseline at ``y``; ``anchor`` is start, middle or end."""
        self.mark("text", ink, x=x, y=y, text=text, text_anchor=None if anchor == "start" else anchor)

    @contextmanager
    def clipped(self, left: float, top: float, right: float, bottom: float, *, key: str) -> Iterator[None]:
        """Cut what is drawn inside to a rectangle; ``key`` makes its id unique on the page."""
        name = f"clip-{hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()[:10]}"
        box = f"M{num(left)} {num(top)}H{num(right)}V{num(bottom)}H{num(left)}Z"
        self._parts.append(f'<clipPath id="{name}"><path d="{box}"/></clipPath><g clip-path="url(#{name})">')
        yield
        self._parts.append("</g>")

    def render(self, *, title: str, description: str, key: str = "") -> str:
        """The finished markup. Ids follow from the content and ``key``, so that a page keeps them unique."""
        body = "".join(self._parts)
        seed = "\0".join((key, title, description, body)).encode("utf-8", "replace")
        uid = f"chart-{hashlib.sha256(seed).hexdigest()[:10]}"
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="{self.classes}" role="img" '
            f'aria-labelledby="{uid}-title {uid}-desc" viewBox="0 0 {num(self.width)} {num(self.height)}" '
            f'width="{num(self.width)}" height="{num(self.height)}" font-family="{clean(FONT)}">'
            f'<title id="{uid}-title">{clean(title)}</title>'
            f'<desc id="{uid}-desc">{clean(description)}</desc>{body}</svg>'
        )


def empty_chart(
    *,
    title: str,
    headers: Sequence[str],
    width: float,
    height: float,
    words: Wording | None = None,
    key: str = "",
    classes: str = "chart-fluid",
) -> Chart:
    """The chart of no data: a calm sentence in its place, never an exception."""
    words = words or spoken()
    svg = Svg(width=width, height=height, classes=classes)
    size = 13 if height >= 60 else 11
    svg.text(
        words.no_data, width / 2, height / 2 + size / 3, ink=text_ink("muted", size=size), anchor="middle"
    )
    return Chart(
        svg=svg.render(title=title, description=words.no_data, key=key),
        title=title,
        description=words.no_data,
        headers=tuple(headers),
        rows=(),
    )
