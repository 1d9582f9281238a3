"""Working time: edges, exceptions, inverses."""

import pickle
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from implement.core.calendars import (
    MINUTES_PER_DAY,
    CalendarError,
    WorkingCalendar,
    shared,
    shortened,
    without,
)

DAY = ((8 * 60, 12 * 60), (13 * 60, 17 * 60))
OFFICE = WorkingCalendar(name="Office", week=(DAY,) * 5 + ((), ()))
# 5 March 2026 is a Thursday.
THURSDAY, FRIDAY, SATURDAY, MONDAY = (date(2026, 3, day) for day in (5, 6, 7, 9))


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute)


class InstantTests:
    def test_evening_and_next_morning_are_one_instant(self):
        assert OFFICE.position(at(THURSDAY, 17)) == OFFICE.position(at(FRIDAY, 8))
        assert OFFICE.minutes_between(at(THURSDAY, 17), at(FRIDAY, 8)) == 0

    def test_a_start_is_shown_at_the_next_interval_and_a_finish_at_the_previous_one(self):
        assert OFFICE.next_working_instant(at(THURSDAY, 17)) == at(FRIDAY, 8)
        assert OFFICE.previous_working_instant(at(FRIDAY, 8)) == at(THURSDAY, 17)
        assert OFFICE.next_working_instant(at(THURSDAY, 12)) == at(THURSDAY, 13)
        assert OFFICE.previous_working_instant(at(THURSDAY, 13)) == at(THURSDAY, 12)

    def test_inside_an_interval_nothing_moves_but_the_seconds(self):
        moment = datetime(2026, 3, 5, 9, 30, 59)
        assert OFFICE.next_working_instant(moment) == at(THURSDAY, 9, 30)
        assert OFFICE.previous_working_instant(moment) == at(THURSDAY, 9, 30)

    def test_the_weekend_is_skipped(self):
        assert OFFICE.next_working_instant(at(SATURDAY, 10)) == at(MONDAY, 8)
        assert OFFICE.previous_working_instant(at(SATURDAY, 10)) == at(FRIDAY, 17)

    @pytest.mark.parametrize(
        ("start", "minutes", "expected"),
        [
            (at(THURSDAY, 8), 480, at(THURSDAY, 17)),
            (at(THURSDAY, 8), 481, at(FRIDAY, 8, 1)),
            (at(THURSDAY, 17), 480, at(FRIDAY, 17)),
            (at(FRIDAY, 17), 1, at(MONDAY, 8, 1)),
            (at(FRIDAY, 17), -480, at(FRIDAY, 8)),
            (at(MONDAY, 8), -480, at(FRIDAY, 8)),
            (at(THURSDAY, 11), 120, at(THURSDAY, 14)),
            (at(THURSDAY, 12), 0, at(THURSDAY, 13)),
        ],
    )
    def test_add(self, start, minutes, expected):
        assert OFFICE.add(start, minutes) == expected

    def test_minutes_between_is_signed(self):
        assert OFFICE.minutes_between(at(THURSDAY, 8), at(MONDAY, 12)) == 2 * 480 + 240
        assert OFFICE.minutes_between(at(MONDAY, 12), at(THURSDAY, 8)) == -(2 * 480 + 240)

    def test_a_day_that_ends_at_midnight_finishes_at_the_next_midnight(self):
        clock = WorkingCalendar.around_the_clock()
        assert clock.add(at(THURSDAY, 0), MINUTES_PER_DAY) == at(FRIDAY, 0)
        assert clock.minutes_on(SATURDAY) == MINUTES_PER_DAY

    def test_a_time_zone_is_refused(self):
        with pytest.raises(CalendarError, match="time zone"):
            OFFICE.position(datetime(2026, 3, 5, tzinfo=UTC))


class DayTests:
    def test_questions_about_a_day(self):
        assert OFFICE.intervals(THURSDAY) == DAY
        assert OFFICE.minutes_on(THURSDAY) == 480
        assert OFFICE.is_working_day(THURSDAY)
        assert not OFFICE.is_working_day(SATURDAY)

    def test_working_days_between_is_signed_and_ignores_the_weekend(self):
        assert OFFICE.working_days_between(FRIDAY, MONDAY) == 1
        assert OFFICE.working_days_between(MONDAY, FRIDAY) == -1
        assert OFFICE.working_days_between(SATURDAY, MONDAY) == 0
        assert OFFICE.working_days_between(THURSDAY, THURSDAY) == 0

    def test_exceptions_replace_the_week(self):
        changed = OFFICE.overlaid(name="Ada", exceptions={FRIDAY: (), SATURDAY: ((600, 660),)})
        assert changed.name == "Ada"
        assert changed.next_working_instant(at(THURSDAY, 17)) == at(SATURDAY, 10)
        assert changed.working_days_between(THURSDAY, MONDAY) == 2
        assert changed.minutes_between(at(THURSDAY, 8), at(MONDAY, 8)) == 480 + 60
        assert changed.add(at(THURSDAY, 17), 61) == at(MONDAY, 8, 1)

    def test_an_overlay_wins_over_what_was_there(self):
        off = OFFICE.overlaid(name="Off", exceptions={FRIDAY: ()})
        assert off.overlaid(name="On", exceptions={FRIDAY: DAY}).minutes_on(FRIDAY) == 480


class StandardTests:
    def test_monday_to_friday_without_a_country(self):
        standard = WorkingCalendar.standard()
        assert standard.name == "Standard"
        assert standard.intervals(THURSDAY) == ((540, 780), (840, 1080))
        assert not standard.exceptions

    def test_public_holidays_of_a_country_and_of_a_part_of_it(self):
        italy = WorkingCalendar.standard("IT", years=range(2026, 2027))
        bolzano = WorkingCalendar.standard(
            "IT", subdivision="BZ", years=range(2026, 2027), name="South Tyrol"
        )
        whit_monday = date(2026, 5, 25)
        assert not italy.is_working_day(date(2026, 6, 2))
        assert italy.is_working_day(whit_monday)
        assert not bolzano.is_working_day(whit_monday)
        assert (italy.name, bolzano.name) == ("Standard IT", "South Tyrol")

    def test_own_hours(self):
        assert WorkingCalendar.standard(hours=((480, 960),)).minutes_on(THURSDAY) == 480

    def test_an_unknown_country_subdivision_or_no_year_is_refused(self):
        with pytest.raises(CalendarError, match="“XX”"):
            WorkingCalendar.standard("XX")
        with pytest.raises(CalendarError, match="IT, XX"):
            WorkingCalendar.standard("IT", subdivision="XX")
        with pytest.raises(CalendarError, match="year"):
            WorkingCalendar.standard("IT", years=range(0))


class FractionTests:
    def test_the_share_of_working_time_that_has_passed(self):
        start, finish = at(THURSDAY, 8), at(FRIDAY, 17)
        assert OFFICE.fraction_elapsed(start, finish, at(THURSDAY, 17)) == Decimal("0.5")
        assert OFFICE.fraction_elapsed(start, finish, at(THURSDAY, 12)) == Decimal("0.25")
        assert OFFICE.fraction_elapsed(start, finish, start - timedelta(days=9)) == 0
        assert OFFICE.fraction_elapsed(start, finish, finish + timedelta(days=9)) == 1

    def test_a_milestone_has_passed_once_it_is_reached(self):
        moment = at(THURSDAY, 17)
        assert OFFICE.fraction_elapsed(moment, moment, at(THURSDAY, 16)) == 0
        assert OFFICE.fraction_elapsed(moment, moment, moment) == 1

    def test_a_finish_before_the_start_is_refused(self):
        with pytest.raises(CalendarError, match="before"):
            OFFICE.fraction_elapsed(at(FRIDAY, 9), at(THURSDAY, 9), at(FRIDAY, 9))


class CombinationTests:
    MORNINGS = WorkingCalendar(name="Mornings", week=((DAY[0],),) * 7)
    WEEKEND = WorkingCalendar(name="Weekend", week=((),) * 5 + (DAY, DAY), exceptions={FRIDAY: DAY})

    def test_together_is_when_at_least_one_works(self):
        both = WorkingCalendar.union(
            [OFFICE, self.WEEKEND.overlaid(name="Away", exceptions={SATURDAY: ()})], name="Both"
        )
        assert [both.minutes_on(day) for day in (THURSDAY, FRIDAY, SATURDAY, MONDAY)] == [480, 480, 0, 480]
        assert both.minutes_on(date(2026, 3, 8)) == 480

    def test_in_common_is_when_all_work(self):
        common = WorkingCalendar.intersection([OFFICE, self.MORNINGS], name="Mornings in the office")
        assert common.intervals(THURSDAY) == (DAY[0],)
        assert not common.is_working_day(SATURDAY)

    def test_no_week_in_common_is_refused_although_a_day_is(self):
        with pytest.raises(CalendarError, match="“Never” has no working week"):
            WorkingCalendar.intersection([OFFICE, self.WEEKEND], name="Never")

    def test_of_nothing_is_refused(self):
        with pytest.raises(CalendarError, match="made of no calendar"):
            WorkingCalendar.union([], name="Nobody")

    def test_a_day_less_times_and_less_minutes_at_its_end(self):
        assert without(DAY, ((600, 840),)) == ((480, 600), (840, 1020))
        assert without(DAY, ((0, 1440),)) == ()
        assert shortened(DAY, 120) == ((480, 720), (780, 900))
        assert shortened(DAY, 300) == ((480, 660),)
        assert shortened(DAY, 600) == ()


class RefusalTests:
    def test_a_calendar_without_working_time(self):
        with pytest.raises(CalendarError, match="no working time at all"):
            WorkingCalendar(name="Never", week=((),) * 7, exceptions={THURSDAY: ()})

    def test_a_week_of_the_wrong_length(self):
        with pytest.raises(CalendarError, match="7 days"):
            WorkingCalendar(name="Short", week=(DAY,) * 5)

    @pytest.mark.parametrize("wrong", [(600, 600), (700, 600), (-1, 60), (1400, 1441)])
    def test_an_impossible_interval(self, wrong):
        with pytest.raises(CalendarError, match="not within a day"):
            WorkingCalendar(name="Odd", week=((wrong,),) * 7)

    def test_overlapping_intervals(self):
        with pytest.raises(CalendarError, match=r"2026-03-05.*overlap"):
            OFFICE.overlaid(name="Odd", exceptions={THURSDAY: ((60, 120), (119, 180))})

    def test_a_calendar_of_exceptions_only_ends_with_them(self):
        once = WorkingCalendar(name="Once", week=((),) * 7, exceptions={THURSDAY: DAY, MONDAY: DAY})
        assert once.add(at(THURSDAY, 0), 480) == at(THURSDAY, 17)
        assert once.next_working_instant(at(FRIDAY, 0)) == at(MONDAY, 8)
        with pytest.raises(CalendarError, match="that far away"):
            once.add(at(THURSDAY, 0), 961)
        with pytest.raises(CalendarError, match="that far away"):
            once.add(at(THURSDAY, 0), -1)

    def test_the_end_of_the_datable_world(self):
        with pytest.raises(CalendarError, match="that far away"):
            OFFICE.add(at(THURSDAY, 8), 10**12)
        with pytest.raises(CalendarError, match="that far away"):
            OFFICE.add(at(THURSDAY, 8), -(10**12))
        clock = WorkingCalendar.around_the_clock()
        with pytest.raises(CalendarError, match="that far away"):
            clock.add(datetime(9999, 12, 31, 23, 59), 1)


def test_a_calendar_can_be_compared_hashed_and_pickled():
    one = OFFICE.overlaid(name="Ada", exceptions={FRIDAY: ()})
    two = OFFICE.overlaid(name="Ada", exceptions={FRIDAY: ()})
    assert one == two
    assert hash(one) == hash(two)
    assert one != OFFICE
    assert pickle.loads(pickle.dumps(one)).add(at(THURSDAY, 8), 481) == at(MONDAY, 8, 1)


hours = st.lists(st.integers(0, MINUTES_PER_DAY), max_size=6, unique=True).map(
    lambda marks: tuple(zip(sorted(marks)[::2], sorted(marks)[1::2], strict=False))
)
calendars = st.builds(
    lambda week, exceptions: WorkingCalendar(name="Any", week=(((0, 60),), *week), exceptions=exceptions),
    st.tuples(*[hours] * 6),
    st.dictionaries(st.dates(date(2026, 1, 1), date(2026, 2, 28)), hours, max_size=15),
)
moments = st.datetimes(datetime(2025, 12, 1), datetime(2026, 4, 1)).map(
    lambda t: t.replace(second=0, microsecond=0)
)


class PropertyTests:
    @given(calendar=calendars, start=moments, minutes=st.integers(-9000, 9000))
    def test_adding_is_undone_by_measuring(self, calendar, start, minutes):
        assert calendar.minutes_between(start, calendar.add(start, minutes)) == minutes

    @given(calendar=calendars, a=moments, b=moments)
    def test_measuring_is_undone_by_adding(self, calendar, a, b):
        reached = calendar.add(a, calendar.minutes_between(a, b))
        assert calendar.position(reached) == calendar.position(b)
        assert calendar.minutes_between(a, b) == -calendar.minutes_between(b, a)

    @given(calendar=calendars, a=moments, b=moments)
    def test_the_numbering_agrees_with_counting_day_by_day(self, calendar, a, b):
        a, b = min(a, b), max(a, b)
        minutes = days = 0
        day = a.date()
        while day <= b.date():
            low = a.hour * 60 + a.minute if day == a.date() else 0
            high = b.hour * 60 + b.minute if day == b.date() else MINUTES_PER_DAY
            minutes += sum(max(0, min(e, high) - max(s, low)) for s, e in calendar.intervals(day))
            days += calendar.is_working_day(day) and day < b.date()
            day += timedelta(days=1)
        assert calendar.minutes_between(a, b) == minutes
        assert calendar.working_days_between(a.date(), b.date()) == days

    @given(one=calendars, two=calendars, a=moments, b=moments)
    def test_minutes_together_and_in_common_add_up(self, one, two, a, b):
        a, b = min(a, b), max(a, b)
        union = WorkingCalendar.union([one, two], name="Union").minutes_between(a, b)
        common = WorkingCalendar.intersection([one, two], name="Common").minutes_between(a, b)
        own = one.minutes_between(a, b), two.minutes_between(a, b)
        assert union + common == sum(own)
        assert common <= min(own) <= max(own) <= union

    @given(calendar=calendars, day=st.dates(date(2026, 1, 1), date(2026, 2, 28)), gone=hours)
    def test_a_day_less_times_keeps_the_rest(self, calendar, day, gone):
        times = calendar.intervals(day)
        left = without(times, gone)
        assert sum(e - s for s, e in left) + sum(e - s for s, e in shared([times, gone])) == sum(
            e - s for s, e in times
        )

    @given(calendar=calendars, moment=moments)
    def test_the_two_edges_enclose_the_instant(self, calendar, moment):
        before, after = calendar.previous_working_instant(moment), calendar.next_working_instant(moment)
        assert before <= moment <= after
        assert calendar.minutes_between(before, after) == 0
