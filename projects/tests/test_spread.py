"""Work is spread in one way: nothing gets lost, and weeks are the sums of their days."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from implement.core.calendars import WorkingCalendar
from projects.selectors import periods_from
from projects.spread import Stretches

OFFICE = WorkingCalendar.standard()
WEEKEND = WorkingCalendar(name="Weekend", week=((),) * 5 + (((540, 780),),) * 2)
MONDAY = datetime(2026, 3, 9)


def between(days: list[date]) -> Stretches:
    return Stretches([datetime.combine(day, time()) for day in days])


class SpreadTests:
    @given(
        seconds=st.integers(0, 10**7),
        begin=st.datetimes(datetime(2026, 1, 1), datetime(2026, 6, 1)),
        length=st.integers(0, 60 * 24 * 100),
        away=st.sets(st.integers(0, 120), max_size=60),
        zoom=st.sampled_from(["week", "month", "quarter"]),
    )
    @settings(max_examples=150)
    def test_nothing_gets_lost_and_longer_stretches_are_sums_of_days(
        self, seconds: int, begin: datetime, length: int, away: set[int], zoom: str
    ) -> None:
        begin = begin.replace(second=0, microsecond=0)
        end = begin + timedelta(minutes=length)
        off = {date(2026, 1, 1) + timedelta(days=number): () for number in away}
        calendars = (OFFICE.overlaid(name="Person", exceptions=off), OFFICE)
        periods = periods_from(zoom=zoom, day=date(2026, 1, 1), count=40)
        firsts = [period.first for period in periods]
        parts = dict(between([*firsts, periods[-1].last]).spread(seconds, begin, end, calendars))
        assert sum(parts.values()) == seconds
        assert all(part > 0 for part in parts.values()) or not seconds
        days = [
            firsts[0] + timedelta(days=number) for number in range((periods[-1].last - firsts[0]).days + 1)
        ]
        summed: Counter[int] = Counter()
        for number, part in between(days).spread(seconds, begin, end, calendars):
            summed[sum(first <= days[number] for first in firsts) - 1] += part
        assert summed == Counter(parts)

    def test_work_without_any_time_falls_where_it_begins(self) -> None:
        weeks = Stretches([MONDAY + timedelta(weeks=number) for number in range(3)])
        tuesday = datetime(2026, 3, 17, 9)
        assert list(weeks.spread(60, tuesday, tuesday + timedelta(hours=1), (WEEKEND,))) == [(1, 60)]

    def test_what_lies_outside_is_left_out(self) -> None:
        week = Stretches([MONDAY, MONDAY + timedelta(weeks=1)])
        begin, end = MONDAY - timedelta(days=3), MONDAY + timedelta(days=2)
        # Friday, Monday and Tuesday.
        assert list(week.spread(30, begin, end, (OFFICE,))) == [(0, 20)]
        assert list(week.spread(30, begin - timedelta(days=7), begin, (OFFICE,))) == []
        assert list(week.spread(30, MONDAY - timedelta(days=2), MONDAY, (OFFICE,))) == []
