"""When a schedule's reports are due: pure date arithmetic in the schedule's own zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext

from implement.core.money import day_text
from implement.reports.choices import Frequency

# After a longer pause of the whole product only this many periods are made up for.
CATCH_UP = 4
DAYS = {Frequency.WEEKLY: 7, Frequency.BIWEEKLY: 14}


def period_words(first: date, last: date) -> str:
    """Return "2 to 8 Mar 2026", or "23 Feb to 8 Mar 2026": the days a report covers, both included."""
    end = day_text(last)
    if first == last:
        return end
    start = day_text(first)
    if first.year == last.year:
        start = start.removesuffix(f" {first.year}")
    if (first.year, first.month) == (last.year, last.month):
        # "2" of "2 Mar", and "2." of "2. März".
        start = start.split(" ")[0]
    return gettext("{start} to {end}").format(start=start, end=end)


@dataclass(frozen=True, order=True)
class Period:
    """Whole days from `start` until `end`, the first day that is no longer in it; `due_at` is in UTC."""

    start: date
    end: date
    due_at: datetime

    @property
    def last_day(self) -> date:
        """Return the last day that belongs to the period."""
        return self.end - timedelta(days=1)


@dataclass(frozen=True)
class Rhythm:
    """What a schedule says about time: the first period starts on `anchor`, a report is made on the first
    `weekday` (0 is Monday) on or after the end of its period, at `at` on the clocks of `zone`."""

    frequency: str
    anchor: date
    weekday: int
    at: time
    zone: ZoneInfo

    @property
    def days(self) -> int:
        """Return how many days a period has."""
        return DAYS[Frequency(self.frequency)]

    def period(self, number: int) -> Period:
        """Return the period with a number, 0 being the one that starts on the anchor."""
        start = self.anchor + timedelta(days=number * self.days)
        end = start + timedelta(days=self.days)
        made_on = end + timedelta(days=(self.weekday - end.weekday()) % 7)
        return Period(start=start, end=end, due_at=moment(made_on, self.at, self.zone))

    def last_due(self, now: datetime) -> int:
        """Return the number of the last period that is due at `now`; negative before the first is."""
        number = (now.astimezone(self.zone).date() - self.anchor).days // self.days
        while self.period(number).due_at > now:
            number -= 1
        return number


def moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return a wall clock time as a moment in UTC.

    An hour that the change to summer time skips is taken as the hour after it; of an hour that comes twice
    the first one counts. Either way there is exactly one moment, so nothing is made twice or left out.
    """
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


def due_periods(rhythm: Rhythm, *, since: datetime, now: datetime) -> list[Period]:
    """Return the periods that became due after `since` and until `now`, oldest first, at most CATCH_UP."""
    last = rhythm.last_due(now)
    periods = [rhythm.period(number) for number in range(max(0, last - CATCH_UP + 1), last + 1)]
    return [period for period in periods if since < period.due_at <= now]


def next_period(rhythm: Rhythm, *, now: datetime) -> Period:
    """Return the next period whose report will be made after `now`."""
    return rhythm.period(max(0, rhythm.last_due(now) + 1))
