"""Working time, to the minute, on naive local datetimes.

A calendar numbers its working minutes: minute 0, 1, 2, ... since 1 January of the year 1. Every question is a
conversion between an instant and that number ("position"), so adding and subtracting working time is integer
arithmetic, and no call walks day by day.

17:00 on Thursday and 08:00 on Friday share one position when no work lies between. A start is shown at the
later of the two edges (the beginning of the next interval), a finish at the earlier one (the end of the
previous interval).

Seconds are dropped: a time is taken at the beginning of its minute.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import accumulate, pairwise

import holidays

MINUTES_PER_DAY = 24 * 60
DEFAULT_YEARS = range(2000, 2051)

Interval = tuple[int, int]
"""Minutes after midnight, ``(start, end)`` with ``0 <= start < end <= 1440``."""
Intervals = tuple[Interval, ...]

STANDARD_HOURS: Intervals = ((9 * 60, 13 * 60), (14 * 60, 18 * 60))


class CalendarError(ValueError):
    """A calendar that cannot be used, or a question it has no answer to. The text is fit to be shown."""


def _day_index(day: date) -> int:
    """Days since Monday, 1 January of the year 1; its remainder by 7 is the weekday, Monday = 0."""
    return day.toordinal() - 1


def _checked(*, name: str, where: str, intervals: Iterable[Interval]) -> Intervals:
    """The intervals in order, or CalendarError when one is outside the day or overlaps another."""
    ordered = tuple(sorted((start, end) for start, end in intervals))
    for start, end in ordered:
        if not 0 <= start < end <= MINUTES_PER_DAY:
            raise CalendarError(f"Calendar “{name}”, {where}: {start} to {end} is not within a day.")
    for before, after in pairwise(ordered):
        if after[0] < before[1]:
            raise CalendarError(f"Calendar “{name}”, {where}: the intervals {before} and {after} overlap.")
    return ordered


def _total(intervals: Intervals) -> int:
    return sum(end - start for start, end in intervals)


def united(days: Sequence[Intervals]) -> Intervals:
    """The times of a day that are in at least one of the lists of intervals."""
    found: list[Interval] = []
    for start, end in sorted(interval for day in days for interval in day):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return tuple(found)


def shared(days: Sequence[Intervals]) -> Intervals:
    """The times of a day that are in all of the lists of intervals."""
    common = days[0]
    for day in days[1:]:
        spans = ((max(a[0], b[0]), min(a[1], b[1])) for a in common for b in day)
        common = united([tuple(span for span in spans if span[0] < span[1])])
    return common


def without(day: Intervals, gone: Intervals) -> Intervals:
    """The times of a day less other times of it."""
    left = day
    for start, end in gone:
        spans = (part for own in left for part in ((own[0], min(own[1], start)), (max(own[0], end), own[1])))
        left = tuple(span for span in spans if span[0] < span[1])
    return left


def shortened(day: Intervals, minutes: int) -> Intervals:
    """The times of a day less that many working minutes at its end."""
    left = max(_total(day) - minutes, 0)
    kept: list[Interval] = []
    for start, end in day:
        if left > 0:
            kept.append((start, min(end, start + left)))
        left -= end - start
    return tuple(kept)


@lru_cache(maxsize=64)
def _public_holidays(country: str, subdivision: str | None, first: int, last: int) -> tuple[date, ...]:
    """The public holidays of a country (ISO 3166 code) for whole years, both ends included, in order.

    Raises CalendarError for a country or subdivision nobody knows.
    """
    try:
        found = holidays.country_holidays(country, subdiv=subdivision, years=range(first, last + 1))
    except NotImplementedError as error:
        place = country if subdivision is None else f"{country}, {subdivision}"
        raise CalendarError(f"No public holidays are known for “{place}”.") from error
    return tuple(sorted(found))


def holiday_names(country: str, subdivision: str, year: int) -> dict[date, str]:
    """Return day -> name of a year's public holidays, in English where the names are known in it."""
    english = next((name for name in ("en_US", "en_GB", "en") if name in _languages(country)), None)
    return dict(holidays.country_holidays(country, subdiv=subdivision or None, years=year, language=english))


def _languages(country: str) -> list[str]:
    return holidays.list_localized_countries().get(country, [])


@dataclass(frozen=True)
class WorkingCalendar:
    """A working week, and the dates that differ from it.

    ``week`` holds seven tuples of intervals, Monday first. ``exceptions`` maps a date to the intervals that
    replace the week's on that date; an empty tuple is a day off. Raises CalendarError when the shape is
    wrong, intervals overlap, or there is no working time at all.
    """

    name: str
    week: tuple[Intervals, ...]
    exceptions: Mapping[date, Intervals] = field(default_factory=dict, hash=False)

    _week_minutes: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _week_days: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _exception_index: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _minute_shift: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _day_shift: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _exception_from: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _exception_to: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _by_index: dict[int, Intervals] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.week) != 7:
            raise CalendarError(f"Calendar “{self.name}”: a week has 7 days, not {len(self.week)}.")
        week = tuple(
            _checked(name=self.name, where=f"weekday {number}", intervals=day)
            for number, day in enumerate(self.week, start=1)
        )
        exceptions = {
            day: _checked(name=self.name, where=day.isoformat(), intervals=self.exceptions[day])
            for day in sorted(self.exceptions)
        }
        if not any(week) and not any(exceptions.values()):
            raise CalendarError(f"Calendar “{self.name}” has no working time at all.")
        minutes = [_total(day) for day in week]
        index = tuple(_day_index(day) for day in exceptions)
        gained = [_total(own) - minutes[i % 7] for i, own in zip(index, exceptions.values(), strict=True)]
        days = [bool(own) - bool(minutes[i % 7]) for i, own in zip(index, exceptions.values(), strict=True)]
        put = object.__setattr__
        put(self, "week", week)
        put(self, "exceptions", exceptions)
        put(self, "_week_minutes", tuple(accumulate(minutes, initial=0)))
        put(self, "_week_days", tuple(accumulate((bool(m) for m in minutes), initial=0)))
        put(self, "_exception_index", index)
        put(self, "_minute_shift", tuple(accumulate(gained, initial=0)))
        put(self, "_day_shift", tuple(accumulate(days, initial=0)))
        put(self, "_exception_from", tuple(self._minutes_before(i) for i in index))
        put(self, "_exception_to", tuple(self._minutes_before(i + 1) for i in index))
        put(self, "_by_index", dict(zip(index, exceptions.values(), strict=True)))

    # --- builders --------------------------------------------------------------------------------

    @classmethod
    def standard(
        cls,
        country: str | None = None,
        *,
        subdivision: str | None = None,
        hours: Intervals = STANDARD_HOURS,
        years: range = DEFAULT_YEARS,
        name: str = "",
    ) -> WorkingCalendar:
        """Monday to Friday at ``hours``, without the public holidays of a country over ``years``.

        ``country`` and ``subdivision`` are ISO 3166 codes ("IT", "BZ"); no country means no holidays.
        Raises CalendarError for an unknown place or an empty range of years.
        """
        off: dict[date, Intervals] = {}
        if country is not None:
            if not len(years):
                raise CalendarError("The public holidays need at least one year.")
            off = dict.fromkeys(_public_holidays(country, subdivision, min(years), max(years)), ())
        place = " ".join(part for part in ("Standard", country, subdivision) if part)
        return cls(name=name or place, week=(hours,) * 5 + ((), ()), exceptions=off)

    @classmethod
    def around_the_clock(cls, *, name: str = "24 hours") -> WorkingCalendar:
        """Every minute of every day: the calendar of elapsed time."""
        return cls(name=name, week=(((0, MINUTES_PER_DAY),),) * 7)

    def overlaid(self, *, name: str, exceptions: Mapping[date, Intervals]) -> WorkingCalendar:
        """This calendar with further exceptions on top, such as one person's absences. The new ones win."""
        return WorkingCalendar(name=name, week=self.week, exceptions={**self.exceptions, **exceptions})

    @classmethod
    def union(cls, calendars: Sequence[WorkingCalendar], *, name: str) -> WorkingCalendar:
        """The time at which at least one of the calendars works. Raises CalendarError for no calendar."""
        return cls._combined(calendars, name=name, combine=united)

    @classmethod
    def intersection(cls, calendars: Sequence[WorkingCalendar], *, name: str) -> WorkingCalendar:
        """The time at which all of the calendars work.

        Raises CalendarError for no calendar, and when they have no working week in common: a few days that only
        exceptions share would leave a plan without an end.
        """
        return cls._combined(calendars, name=name, combine=shared)

    @classmethod
    def _combined(
        cls,
        calendars: Sequence[WorkingCalendar],
        *,
        name: str,
        combine: Callable[[Sequence[Intervals]], Intervals],
    ) -> WorkingCalendar:
        if not calendars:
            raise CalendarError(f"Calendar “{name}” is made of no calendar.")
        if len(calendars) == 1:
            return calendars[0]
        week = tuple(combine([one.week[number] for one in calendars]) for number in range(7))
        if not any(week):
            raise CalendarError(f"Calendar “{name}” has no working week.")
        exceptions: dict[date, Intervals] = {}
        for day in {day for one in calendars for day in one.exceptions}:
            usual = [one.week[day.weekday()] for one in calendars]
            times = combine(
                [one.exceptions.get(day, week) for one, week in zip(calendars, usual, strict=True)]
            )
            if times != week[day.weekday()]:
                exceptions[day] = times
        return cls(name=name, week=week, exceptions=exceptions)

    # --- days ------------------------------------------------------------------------------------

    def intervals(self, day: date) -> Intervals:
        """The working intervals of a day, in order; empty on a day off."""
        return self._intervals_at(_day_index(day))

    def minutes_on(self, day: date) -> int:
        """Working minutes of a day."""
        return _total(self.intervals(day))

    def is_working_day(self, day: date) -> bool:
        """Whether the day holds any working time."""
        return bool(self.intervals(day))

    def working_days_between(self, a: date, b: date) -> int:
        """Working days from ``a`` (included) to ``b`` (excluded); negative when ``b`` comes first.

        From Friday to the following Monday is 1 in a Monday-to-Friday week: the slip of a date that moved
        from the one to the other.
        """
        return self._days_before(_day_index(b)) - self._days_before(_day_index(a))

    # --- instants --------------------------------------------------------------------------------

    def position(self, at: datetime) -> int:
        """How many working minutes of this calendar lie before an instant, counted from the year 1.

        Raises CalendarError for an instant with a time zone: this arithmetic is on local wall-clock time.
        """
        if at.tzinfo is not None:
            raise CalendarError(f"{at.isoformat()} has a time zone; working time is local time.")
        index = _day_index(at)
        minute = at.hour * 60 + at.minute
        total = self._minutes_before(index)
        for start, end in self._intervals_at(index):
            if minute <= start:
                break
            total += min(minute, end) - start
        return total

    def start_at(self, position: int) -> datetime:
        """The instant at which the working minute of that number begins: how a start is shown.

        Raises CalendarError when the calendar has no working time there.
        """
        index, minute = self._locate(position)
        for start, end in self._intervals_at(index):
            if minute < end - start:
                return self._instant(index, start + minute)
            minute -= end - start
        raise AssertionError("a working minute outside its day")  # pragma: no cover

    def finish_at(self, position: int) -> datetime:
        """The instant at which that many working minutes are done: how a finish is shown.

        Raises CalendarError when the calendar has no working time there.
        """
        try:
            return self.start_at(position - 1) + timedelta(minutes=1)
        except OverflowError as error:
            raise self._no_time() from error

    def next_working_instant(self, at: datetime) -> datetime:
        """``at`` when work goes on from it, else the beginning of the next interval."""
        return self.start_at(self.position(at))

    def previous_working_instant(self, at: datetime) -> datetime:
        """``at`` when work leads up to it, else the end of the previous interval."""
        return self.finish_at(self.position(at))

    def add(self, at: datetime, minutes: int) -> datetime:
        """The instant that many working minutes after ``at``, or before it when negative.

        Going forwards gives a finish (the end of an interval rather than the beginning of the next), going
        backwards a start; zero gives ``next_working_instant``. Raises CalendarError when the calendar runs
        out of time.
        """
        position = self.position(at) + minutes
        return self.finish_at(position) if minutes > 0 else self.start_at(position)

    def minutes_between(self, a: datetime, b: datetime) -> int:
        """Working minutes from ``a`` to ``b``; negative when ``b`` comes first."""
        return self.position(b) - self.position(a)

    def fraction_elapsed(self, start: datetime, finish: datetime, at: datetime) -> Decimal:
        """How much of the working time from ``start`` to ``finish`` has passed at ``at``: 0 to 1, even pace.

        For time-phasing a budget or an effort. A span without working time, such as a milestone, has passed
        entirely once ``finish`` is reached. Raises CalendarError when the finish comes before the start.
        """
        first, last, now = self.position(start), self.position(finish), self.position(at)
        if last < first:
            raise CalendarError(f"Finish {finish.isoformat()} comes before start {start.isoformat()}.")
        if first == last:
            return Decimal(at >= finish)
        return Decimal(min(max(now - first, 0), last - first)) / Decimal(last - first)

    # --- the numbering ---------------------------------------------------------------------------

    def _intervals_at(self, index: int) -> Intervals:
        own = self._by_index.get(index)
        return self.week[index % 7] if own is None else own

    def _minutes_before(self, index: int) -> int:
        """Working minutes before the beginning of a day."""
        weeks, weekday = divmod(index, 7)
        earlier = bisect_left(self._exception_index, index)
        return weeks * self._week_minutes[7] + self._week_minutes[weekday] + self._minute_shift[earlier]

    def _days_before(self, index: int) -> int:
        """Working days before a day."""
        weeks, weekday = divmod(index, 7)
        earlier = bisect_left(self._exception_index, index)
        return weeks * self._week_days[7] + self._week_days[weekday] + self._day_shift[earlier]

    def _locate(self, position: int) -> tuple[int, int]:
        """The day that holds the working minute of that number, and its rank among that day's minutes."""
        passed = bisect_right(self._exception_to, position)
        if passed < len(self._exception_index) and self._exception_from[passed] <= position:
            return self._exception_index[passed], position - self._exception_from[passed]
        per_week = self._week_minutes[7]
        if not per_week:
            raise self._no_time()
        weeks, rest = divmod(position - self._minute_shift[passed], per_week)
        weekday = bisect_right(self._week_minutes, rest) - 1
        return weeks * 7 + weekday, rest - self._week_minutes[weekday]

    def _instant(self, index: int, minute: int) -> datetime:
        try:
            return datetime.fromordinal(index + 1) + timedelta(minutes=minute)
        except (ValueError, OverflowError) as error:
            raise self._no_time() from error

    def _no_time(self) -> CalendarError:
        return CalendarError(f"Calendar “{self.name}” has no working time that far away.")
