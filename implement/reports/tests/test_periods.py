"""When reports are due: whole days, the schedule's own clock, never twice, never left out."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from implement.reports.choices import Frequency
from implement.reports.periods import CATCH_UP, Rhythm, due_periods, next_period, period_words

BERLIN = ZoneInfo("Europe/Berlin")
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def rhythm(**changes: object) -> Rhythm:
    """Return a weekly rhythm from Monday 2 March 2026, made on Mondays at 8 in Berlin."""
    values = {
        "frequency": Frequency.WEEKLY,
        "anchor": date(2026, 3, 2),
        "weekday": 0,
        "at": time(8),
        "zone": BERLIN,
    }
    return Rhythm(**(values | changes))  # type: ignore[arg-type]


class DuePeriodsTests:
    def test_the_week_is_reported_on_the_monday_after_it(self) -> None:
        period = rhythm().period(0)
        assert (period.start, period.last_day) == (date(2026, 3, 2), date(2026, 3, 8))
        assert period.due_at == datetime(2026, 3, 9, 7, tzinfo=UTC)

    def test_eight_o_clock_stays_eight_o_clock_when_the_clocks_change(self) -> None:
        before, after = rhythm().period(2), rhythm().period(3)
        assert before.due_at == datetime(2026, 3, 23, 7, tzinfo=UTC)
        assert after.due_at == datetime(2026, 3, 30, 6, tzinfo=UTC)

    def test_an_hour_that_is_skipped_is_taken_once(self) -> None:
        # On Sunday 29 March 2026 there is no half past two in Berlin.
        sunday = rhythm(weekday=6, at=time(2, 30), anchor=date(2026, 3, 16))
        assert sunday.period(0).due_at == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)

    def test_an_hour_that_comes_twice_counts_the_first_time(self) -> None:
        sunday = rhythm(weekday=6, at=time(2, 30), anchor=date(2026, 10, 12))
        assert sunday.period(0).due_at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)

    def test_every_two_weeks_is_counted_from_the_first_period(self) -> None:
        fortnight = rhythm(frequency=Frequency.BIWEEKLY)
        assert fortnight.period(0).last_day == date(2026, 3, 15)
        assert fortnight.period(1).start == date(2026, 3, 16)

    def test_nothing_is_due_before_the_first_period_is_over(self) -> None:
        now = datetime(2026, 3, 9, 6, 59, tzinfo=UTC)
        assert due_periods(rhythm(), since=LONG_AGO, now=now) == []
        assert next_period(rhythm(), now=now) == rhythm().period(0)

    def test_after_a_long_silence_only_some_are_made_up_for(self) -> None:
        now = datetime(2026, 12, 1, tzinfo=UTC)
        found = due_periods(rhythm(), since=LONG_AGO, now=now)
        assert len(found) == CATCH_UP
        assert found[-1].end == date(2026, 11, 30)

    def test_what_was_due_before_the_schedule_began_is_not_made(self) -> None:
        now = datetime(2026, 3, 17, tzinfo=UTC)
        assert [
            period.end for period in due_periods(rhythm(), since=datetime(2026, 3, 10, tzinfo=UTC), now=now)
        ] == [date(2026, 3, 16)]

    @given(
        frequency=st.sampled_from(list(Frequency)),
        weekday=st.integers(0, 6),
        at=st.times().map(lambda value: value.replace(tzinfo=None, second=0, microsecond=0)),
        zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Asia/Kathmandu"]),
        anchor=st.dates(date(2024, 1, 1), date(2028, 1, 1)),
        ticks=st.lists(st.integers(1, 30 * 24), min_size=1, max_size=12),
    )
    def test_ticks_at_any_times_find_every_period_exactly_once(
        self, frequency: str, weekday: int, at: time, zone: str, anchor: date, ticks: list[int]
    ) -> None:
        """Ticks less than CATCH_UP periods apart: each report is made once, in order, and not early."""
        own = rhythm(frequency=frequency, weekday=weekday, at=at, zone=ZoneInfo(zone), anchor=anchor)
        since = now = datetime.combine(anchor, time(), tzinfo=UTC)
        seen: list[date] = []
        for hours in ticks:
            now += timedelta(hours=min(hours, own.days * 24 * (CATCH_UP - 1)))
            for period in due_periods(own, since=since, now=now):
                assert period.due_at <= now
                if period.end not in seen:
                    seen.append(period.end)
        assert seen == [
            own.period(number).end
            for number in range(own.last_due(now) + 1)
            if own.period(number).due_at > since
        ]
        assert all(later - earlier == timedelta(days=own.days) for earlier, later in pairwise(seen))


class WordsTests:
    def test_a_period_is_written_with_both_its_days(self) -> None:
        assert period_words(date(2026, 3, 2), date(2026, 3, 8)) == "2 to 8 Mar 2026"
        assert period_words(date(2026, 2, 23), date(2026, 3, 8)) == "23 Feb to 8 Mar 2026"
        assert period_words(date(2025, 12, 29), date(2026, 1, 4)) == "29 Dec 2025 to 4 Jan 2026"
        assert period_words(date(2026, 3, 2), date(2026, 3, 2)) == "2 Mar 2026"
