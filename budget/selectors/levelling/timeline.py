"""Slots of working time, numbered: the time in which levelling counts."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from implement.core.calendars import Intervals, WorkingCalendar
from projects.planning import local_start


@dataclass
class Timeline:
    """Slots of one length in which any of the calendars works."""

    calendars: Sequence[WorkingCalendar]
    begin: datetime
    minutes: int
    starts: list[datetime] = field(default_factory=list)

    def reach(self, count: int) -> None:
        """Number at least so many slots, as far as there is any working time."""
        day = self.starts[-1].date() + timedelta(days=1) if self.starts else self.begin.date()
        idle = 0
        while len(self.starts) < count and idle < 400:
            found = [at for at in _cuts(self.calendars, day, self.minutes) if at >= self.begin]
            idle = 0 if found else idle + 1
            self.starts += found
            day += timedelta(days=1)
        del self.starts[max(count, 0) :]

    def first_from(self, at: datetime) -> int:
        """Return the first slot that begins at an instant or later."""
        return bisect_left(self.starts, at)

    def holding(self, at: datetime) -> int:
        """Return the slot that holds an instant, or the one before it."""
        return max(bisect_right(self.starts, at) - 1, 0)

    def works(self, calendar: WorkingCalendar) -> list[bool]:
        """Return in which slots a calendar works from end to end."""
        size = timedelta(minutes=self.minutes)
        found: list[bool] = []
        day: date | None = None
        intervals: Intervals = ()
        for start in self.starts:
            if start.date() != day:
                day, intervals = start.date(), calendar.intervals(start.date())
            begin = start.hour * 60 + start.minute
            end = begin + size.seconds // 60
            found.append(any(low <= begin and end <= high for low, high in intervals))
        return found


def _cuts(calendars: Iterable[WorkingCalendar], day: date, size: int) -> list[datetime]:
    """Return where slots begin on a day: cut from the start of each stretch in which any calendar works."""
    stretches: list[list[int]] = []
    for low, high in sorted(interval for calendar in calendars for interval in calendar.intervals(day)):
        if stretches and low < stretches[-1][1]:
            stretches[-1][1] = max(stretches[-1][1], high)
        else:
            stretches.append([low, high])
    morning = local_start(day)
    return [
        morning + timedelta(minutes=begin)
        for low, high in stretches
        for begin in range(low, high - size + 1, size)
    ]
