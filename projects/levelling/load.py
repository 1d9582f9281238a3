"""Who works how much on which day, and where that is more than there is of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from implement.core.calendars import CalendarError, WorkingCalendar

# A minute or two over a day's hours is rounding, not overwork.
TOLERANCE = 5


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Minutes that somebody works between two instants, evenly over their own working time."""

    person: Hashable
    start: datetime
    finish: datetime
    minutes: float
    label: str = ""


@dataclass(frozen=True, kw_only=True)
class DayLoad:
    """What somebody has to do on a day, and has time for; in minutes."""

    planned: float
    capacity: int

    @property
    def is_over(self) -> bool:
        """Return whether it is more than there is time for."""
        return self.planned > self.capacity + TOLERANCE


@dataclass(frozen=True, kw_only=True)
class Overload:
    """Somebody's days with more work than time. Shares are of the day's capacity; None on a day off."""

    person: Hashable
    days: int
    minutes: float
    worst: date
    worst_planned: float
    worst_capacity: int


def day_loads(
    pieces: Iterable[Piece], calendars: Mapping[Hashable, WorkingCalendar]
) -> dict[Hashable, dict[date, DayLoad]]:
    """Return person -> day -> load. A piece of whose time the person works none lies on its first day."""
    planned: dict[Hashable, dict[date, float]] = defaultdict(lambda: defaultdict(float))
    for piece in pieces:
        calendar = calendars[piece.person]
        shares = _shares(piece, calendar)
        whole = sum(shares.values())
        if not whole:
            planned[piece.person][piece.start.date()] += piece.minutes
        for day, minutes in shares.items():
            planned[piece.person][day] += piece.minutes * minutes / whole
    return {
        person: {
            day: DayLoad(planned=minutes, capacity=calendars[person].minutes_on(day))
            for day, minutes in sorted(days.items())
        }
        for person, days in planned.items()
    }


def _shares(piece: Piece, calendar: WorkingCalendar) -> dict[date, int]:
    """Return day -> the person's working minutes between a piece's start and finish."""
    found: dict[date, int] = {}
    day = piece.start.date()
    while day <= piece.finish.date():
        morning = datetime.combine(day, datetime.min.time())
        begin, end = max(piece.start, morning), min(piece.finish, morning + timedelta(days=1))
        try:
            minutes = calendar.minutes_between(begin, end)
        except CalendarError:
            minutes = 0
        if minutes > 0:
            found[day] = minutes
        day += timedelta(days=1)
    return found


def overloads(loads: Mapping[Hashable, Mapping[date, DayLoad]], *, since: date) -> list[Overload]:
    """Return who has too much to do on some day from a day on, the most first."""
    found = []
    for person, days in loads.items():
        over = {day: load for day, load in days.items() if day >= since and load.is_over}
        if not over:
            continue
        worst = max(over, key=lambda day: (over[day].planned - over[day].capacity, -day.toordinal()))
        found.append(
            Overload(
                person=person,
                days=len(over),
                minutes=sum(load.planned - load.capacity for load in over.values()),
                worst=worst,
                worst_planned=over[worst].planned,
                worst_capacity=over[worst].capacity,
            )
        )
    return sorted(found, key=lambda row: (-row.minutes, str(row.person)))
