"""Durations and predecessors as people type them: "5d", "4h?", "3FS+2d; 1.2SS-4h". Pure text, no database."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from implement.core.calendars import MINUTES_PER_DAY, WorkingCalendar
from projects.schedule.model import LinkType

MOST_MINUTES = 2**31 - 1
_UNITS = {"m": "m", "min": "m", "h": "h", "hr": "h", "d": "d", "day": "d", "days": "d", "w": "w", "wk": "w"}
_NAMES = "|".join(sorted(_UNITS, key=len, reverse=True))
_DURATION = re.compile(rf"(\d{{1,7}}(?:[.,]\d{{1,4}})?)\s*({_NAMES})?\s*(\?)?", re.IGNORECASE)
_LINK = re.compile(
    rf"(\d{{1,6}}(?:\.\d{{1,6}})*)\s*(FS|SS|FF|SF)?\s*(?:([+\-−])\s*(\d{{1,7}}(?:\.\d{{1,4}})?)\s*(e?)({_NAMES})?)?",
    re.IGNORECASE,
)


class NotationError(ValueError):
    """A text that says no duration or no predecessor. The text of the error is fit to be shown."""


@dataclass(frozen=True)
class WorkUnits:
    """How many working minutes a day and a week of the project hold."""

    day: int = 480
    week: int = 2400

    def minutes(self, amount: Decimal, unit: str, *, elapsed: bool = False) -> int:
        """Return an amount of m, h, d or w as minutes; `elapsed`: round the clock."""
        per = {"m": 1, "h": 60, "d": self.day, "w": self.week}
        if elapsed:
            per |= {"d": MINUTES_PER_DAY, "w": 7 * MINUTES_PER_DAY}
        return round(amount * per[unit])


@dataclass(frozen=True)
class WantedLink:
    """A predecessor as it was typed: the WBS number of the task, and how it holds."""

    wbs: str
    type: LinkType = LinkType.FS
    lag_minutes: int = 0
    is_elapsed: bool = False


def units_of(calendar: WorkingCalendar) -> WorkUnits:
    """Return what "a day" and "a week" mean in a calendar: its commonest working day, and its whole week."""
    days = [minutes for day in calendar.week if (minutes := sum(end - start for start, end in day))]
    if not days:
        return WorkUnits()
    common = Counter(days).most_common()
    return WorkUnits(day=max(day for day, count in common if count == common[0][1]), week=sum(days))


def parse_duration(text: str, units: WorkUnits) -> tuple[int, bool]:
    """Return working minutes of "5d", "2 w", "4h", "30m" or "5" (days), and whether "?" calls it estimated.

    Raises NotationError.
    """
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise NotationError(f"“{text.strip()[:40]}” is no duration. Write 5d, 4h, 2w or 30m.")
    amount, unit, mark = match.groups()
    minutes = units.minutes(Decimal(amount.replace(",", ".")), _UNITS[(unit or "d").lower()])
    if minutes > MOST_MINUTES:
        raise NotationError(f"“{text.strip()[:40]}” is longer than a plan can be.")
    return minutes, mark is not None


def duration_text(minutes: int, units: WorkUnits, *, is_estimated: bool = False) -> str:
    """Return minutes in the largest unit that reads back as exactly them: "5d", "2.5d", "4h", "0.2h", "7m"."""
    sign, size = ("−" if minutes < 0 else ""), abs(minutes)
    text = f"{size}m"
    for unit, per, least in (("d", units.day, units.day), ("h", 60, 1)):
        amount = round(Decimal(size) / per, 2)
        if (size >= least or not size) and round(amount * per) == size:
            text = f"{_plain(amount)}{unit}"
            break
    return f"{sign}{text}{'?' if is_estimated else ''}"


def parse_predecessors(text: str, units: WorkUnits) -> tuple[WantedLink, ...]:
    """Return the links of "3FS+2d; 1.2SS-4h": WBS number, type (FS unless said), lag; "ed" is elapsed days.

    Raises NotationError naming the part that says nothing, or a task that is named twice.
    """
    found: dict[str, WantedLink] = {}
    for part in re.split(r"[;,]", text):
        said = part.strip()
        if not said:
            continue
        match = _LINK.fullmatch(said)
        if match is None:
            raise NotationError(
                f"“{said[:40]}” is no predecessor. Write the task's number, the type and the lag, such as 3FS+2d."
            )
        wbs, kind, sign, amount, elapsed, unit = match.groups()
        lag = 0
        if amount:
            lag = units.minutes(Decimal(amount), _UNITS[(unit or "d").lower()], elapsed=bool(elapsed))
        if lag > MOST_MINUTES:
            raise NotationError(f"The lag of “{said[:40]}” is longer than a plan can be.")
        if wbs in found:
            raise NotationError(f"Task {wbs} is named twice.")
        found[wbs] = WantedLink(
            wbs=wbs,
            type=LinkType((kind or "FS").upper()),
            lag_minutes=-lag if sign and sign != "+" else lag,
            is_elapsed=bool(elapsed) and lag != 0,
        )
    return tuple(found.values())


def parse_lag(text: str, units: WorkUnits) -> tuple[int, bool]:
    """Return the minutes of a lag such as "2d", "-4h" or "3ed" (elapsed), and whether it runs round the clock.

    Raises NotationError.
    """
    said = text.strip() or "0"
    try:
        link = parse_predecessors(f"1{said if said[0] in '+-−' else f'+{said}'}", units)[0]
    except (NotationError, IndexError) as error:
        raise NotationError(f"“{said[:40]}” is no lag. Write 2d, 4h, −1d or 3ed (elapsed days).") from error
    return link.lag_minutes, link.is_elapsed


def lag_text(minutes: int, units: WorkUnits, *, is_elapsed: bool = False) -> str:
    """Return a lag with its sign: "+2d", "-4h", "+3ed"; nothing for none."""
    if not minutes:
        return ""
    by = WorkUnits(day=MINUTES_PER_DAY, week=7 * MINUTES_PER_DAY) if is_elapsed else units
    text = duration_text(abs(minutes), by)
    if is_elapsed:
        text = f"{text[:-1]}e{text[-1]}"
    return f"{'-' if minutes < 0 else '+'}{text}"


def predecessors_text(links: Iterable[WantedLink], units: WorkUnits) -> str:
    """Return links as they would be typed; FS is said only with a lag."""
    parts = []
    for link in links:
        lag = lag_text(link.lag_minutes, units, is_elapsed=link.is_elapsed)
        kind = "" if link.type is LinkType.FS and not lag else link.type.value
        parts.append(f"{link.wbs}{kind}{lag}")
    return ", ".join(parts)


def _plain(amount: Decimal) -> str:
    return format(amount.normalize(), "f")
