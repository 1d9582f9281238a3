"""Who works how much on which day, and where that is more than there is of them. All in seconds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from implement.core.calendars import WorkingCalendar
from projects.spread import Stretches

# A minute or two over a day's hours is rounding, not overwork.
TOLERANCE = 5 * 60


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Work of somebody between two instants, spread over the first of the calendars that has working time there."""

    person: Hashable
    start: datetime
    finish: datetime
    seconds: int
    calendars: tuple[WorkingCalendar, ...]
    label: str = ""


@dataclass(frozen=True, kw_only=True)
class DayLoad:
    """What somebody has to do on a day, and has time for."""

    planned: int
    capacity: int

    @property
    def is_over(self) -> bool:
        """Return whether it is more than there is time for."""
        return self.planned > self.capacity + TOLERANCE


@dataclass(frozen=True, kw_only=True)
class Overload:
    """Somebody's days with more work than time, what is too much in all, and the worst of them."""

    person: Hashable
    days: int
    seconds: int
    worst: date
    worst_planned: int
    worst_capacity: int


def day_loads(
    pieces: Iterable[Piece], capacity: Callable[[Hashable, date], int]
) -> dict[Hashable, dict[date, DayLoad]]:
    """Return person -> day -> load, for the days with work; `capacity` says for how much of it there is time."""
    rows = list(pieces)
    if not rows:
        return {}
    first = min(piece.start for piece in rows).date()
    count = (max(piece.finish for piece in rows).date() - first).days + 1
    days = [first + timedelta(days=number) for number in range(count + 1)]
    stretches = Stretches([datetime.combine(day, time()) for day in days])
    planned: dict[Hashable, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    for piece in rows:
        for number, seconds in stretches.spread(piece.seconds, piece.start, piece.finish, piece.calendars):
            planned[piece.person][days[number]] += seconds
    return {
        person: {
            day: DayLoad(planned=seconds, capacity=capacity(person, day))
            for day, seconds in sorted(found.items())
        }
        for person, found in planned.items()
    }


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
                seconds=sum(load.planned - load.capacity for load in over.values()),
                worst=worst,
                worst_planned=over[worst].planned,
                worst_capacity=over[worst].capacity,
            )
        )
    return sorted(found, key=lambda row: (-row.seconds, str(row.person)))
