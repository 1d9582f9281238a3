"""Scales: figures and dates to positions, with ticks at values a person would choose."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal

from implement.core.charts.base import Wording, spoken, text_width

TimeUnit = Literal["day", "week", "month", "quarter", "year"]
_UNITS: tuple[TimeUnit, ...] = ("day", "week", "month", "quarter", "year")


def nice_ticks(low: float, high: float, *, count: int = 5) -> list[float]:
    """About ``count`` round ticks (steps of 1, 2, 2.5 or 5 times a power of ten) that cover low..high."""
    if high <= low:
        high = low + (abs(low) or 1.0)
    raw = (high - low) / max(count, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(base * power for base in (1, 2, 2.5, 5, 10) if base * power >= raw * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(index * step, 10) for index in range(first, last + 1)]


@dataclass(frozen=True)
class LinearScale:
    """Maps low..high of the data onto start..end of the picture (end may lie above start)."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        span = self.high - self.low or 1.0
        return self.start + (value - self.low) / span * (self.end - self.start)


@dataclass(frozen=True)
class TimeScale:
    """Maps first..last (dates at their start of day) onto start..end of the picture."""

    first: date
    last: date
    start: float
    end: float

    def __call__(self, day: date, *, after: float = 0.0) -> float:
        """Position of ``day``; ``after`` adds part of a day (1.0 is the end of the day)."""
        span = (self.last - self.first).days or 1
        return self.start + ((day - self.first).days + after) / span * (self.end - self.start)

    @property
    def per_day(self) -> float:
        """Width of one day in SVG units."""
        return (self.end - self.start) / ((self.last - self.first).days or 1)


def unit_start(day: date, unit: TimeUnit) -> date:
    """The first day of the week (Monday), month, quarter or year that ``day`` lies in."""
    match unit:
        case "day":
            return day
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "quarter":
            return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
        case _:
            return date(day.year, 1, 1)


def next_start(day: date, unit: TimeUnit) -> date:
    """The first day of the unit after the one that begins on ``day``."""
    if unit in ("day", "week"):
        return day + timedelta(days=1 if unit == "day" else 7)
    months = {"month": 1, "quarter": 3}.get(unit, 12)
    month = day.month - 1 + months
    return date(day.year + month // 12, month % 12 + 1, 1)


def unit_starts(first: date, last: date, unit: TimeUnit) -> list[date]:
    """Starts of every unit that touches first..last; the first may lie before ``first``."""
    starts = [unit_start(first, unit)]
    while (following := next_start(starts[-1], unit)) <= last:
        starts.append(following)
    return starts


def tick_label(day: date, unit: TimeUnit, *, words: Wording | None = None, with_year: bool = False) -> str:
    """The label of a unit: "2" for a day, "2 Mar" for a week, "Mar", "Q1" or "2026"."""
    words = words or spoken()
    month = words.months[day.month - 1]
    match unit:
        case "day":
            text = str(day.day)
        case "week":
            text = f"{day.day} {month}"
        case "month":
            text = month
        case "quarter":
            text = words.quarter.format(number=(day.month - 1) // 3 + 1)
        case _:
            return str(day.year)
    return f"{text} {day.year}" if with_year else text


@dataclass(frozen=True)
class Tick:
    """A labelled position on the time axis; ``year`` belongs on a line below, where it begins."""

    day: date
    x: float
    label: str
    year: str = ""


def time_ticks(
    scale: TimeScale, *, words: Wording | None = None, size: float = 11, gap: float = 14
) -> list[Tick]:
    """Ticks in the finest unit from week to year whose centred labels all keep ``gap`` from each other.

    The year stands apart from the label, at the first tick and at each change of year. A label that would
    still come too close is left out, never drawn over another.
    """
    words = words or spoken()
    for unit in _UNITS[1:]:
        ticks = _ticks_of(scale, unit, words)
        widest = max((text_width(tick.label, size=size) for tick in ticks), default=0.0)
        steps = [after.x - before.x for before, after in pairwise(ticks)]
        if unit == "year" or (steps and min(steps) >= widest + gap) or (unit == "week" and not steps):
            return _thinned(ticks, size=size, gap=gap)
    raise AssertionError("the year is always accepted")  # pragma: no cover


def _ticks_of(scale: TimeScale, unit: TimeUnit, words: Wording) -> list[Tick]:
    ticks: list[Tick] = []
    year = ""
    starts = [day for day in unit_starts(scale.first, scale.last, unit) if day >= scale.first]
    for day in starts or [scale.first]:
        label, now = tick_label(day, unit, words=words), str(day.year)
        ticks.append(Tick(day, scale(day), label, "" if now in (year, label) else now))
        year = now
    return ticks


def _thinned(ticks: Sequence[Tick], *, size: float, gap: float) -> list[Tick]:
    kept: list[Tick] = []
    edge = -math.inf
    for tick in ticks:
        half = max(text_width(tick.label, size=size), text_width(tick.year, size=size)) / 2
        if tick.x - half >= edge:
            kept.append(tick)
            edge = tick.x + half + gap
    return kept
