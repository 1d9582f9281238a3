"""Scales, ticks, figures and label placing beneath the charts."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from implement.core.charts.base import ENGLISH, num, polyline, shorten, spread_labels, text_width, total
from implement.core.charts.scales import (
    LinearScale,
    TimeScale,
    next_start,
    nice_ticks,
    tick_label,
    time_ticks,
    unit_start,
    unit_starts,
)

numbers = st.floats(min_value=-1e12, max_value=1e12)


class TickTests:
    @pytest.mark.parametrize(
        ("low", "high", "expected"),
        [
            (0, 100, [0, 20, 40, 60, 80, 100]),
            (0, 0, [0, 0.2, 0.4, 0.6, 0.8, 1]),
            (-30, 70, [-40, -20, 0, 20, 40, 60, 80]),
            (0, 1.3, [0, 0.5, 1, 1.5]),
        ],
    )
    def test_round_values(self, low, high, expected):
        assert nice_ticks(low, high) == expected

    @given(one=numbers, two=numbers)
    def test_ticks_cover_the_data_and_stay_few(self, one, two):
        low, high = sorted((one, two))
        if high - low < 1e-6 * max(abs(low), abs(high), 1):
            high = low + max(abs(low), 1)
        ticks = nice_ticks(low, high)
        slack = (high - low) * 1e-6
        assert ticks[0] <= low + slack
        assert ticks[-1] >= high - slack
        assert 2 <= len(ticks) <= 8

    @given(
        first=st.dates(min_value=date(1990, 1, 1), max_value=date(2080, 1, 1)),
        days=st.integers(min_value=0, max_value=9000),
        width=st.integers(min_value=60, max_value=1600),
    )
    def test_time_labels_never_overlap(self, first, days, width):
        ticks = time_ticks(TimeScale(first, first + timedelta(days=days), 0, width))
        assert ticks
        assert ticks[0].year or ticks[0].label.isdigit()
        for before, after in pairwise(ticks):
            room = (text_width(before.label, size=11) + text_width(after.label, size=11)) / 2
            assert after.x - before.x >= room + 10

    def test_units(self):
        day = date(2026, 5, 14)
        starts = [unit_start(day, unit) for unit in ("day", "week", "month", "quarter", "year")]
        assert starts == [day, date(2026, 5, 11), date(2026, 5, 1), date(2026, 4, 1), date(2026, 1, 1)]
        assert next_start(date(2026, 12, 1), "month") == date(2027, 1, 1)
        assert next_start(date(2026, 10, 1), "quarter") == date(2027, 1, 1)
        assert next_start(date(2026, 1, 1), "year") == date(2027, 1, 1)
        assert unit_starts(day, date(2026, 5, 26), "week") == [
            date(2026, 5, 11),
            date(2026, 5, 18),
            date(2026, 5, 25),
        ]

    def test_labels(self):
        day = date(2026, 4, 6)
        labels = [tick_label(day, unit) for unit in ("day", "week", "month", "quarter", "year")]
        assert labels == ["6", "6 Apr", "Apr", "Q2", "2026"]
        assert tick_label(day, "month", with_year=True) == "Apr 2026"

    def test_a_scale_of_one_value_or_one_day_has_a_place(self):
        assert LinearScale(5, 5, 100, 0)(5) == 100
        day = date(2026, 1, 1)
        assert TimeScale(day, day, 10, 50)(day) == 10
        assert TimeScale(day, day, 10, 50).per_day == 40


class FigureTests:
    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (0, "0"),
            (-0.001, "0"),
            (Decimal("0.875"), "0.88"),
            (12.4, "12"),
            (999, "999"),
            (999.9, "1k"),
            (1_200, "1.2k"),
            (142_857, "143k"),
            (999_999, "1M"),
            (-2_500_000, "−2.5M"),
            (3e9, "3bn"),
            (None, "n/a"),
            (float("nan"), "n/a"),
        ],
    )
    def test_compact(self, value, expected):
        assert ENGLISH.compact(value) == expected

    @pytest.mark.parametrize(
        ("value", "more", "expected"),
        [
            (Decimal("1234.5"), {}, "1,234.50"),
            (Decimal("1234.00"), {"unit": "EUR"}, "1,234 EUR"),
            (Decimal("-0.004"), {}, "0"),
            (-3, {"decimals": 1}, "−3.0"),
            (float("inf"), {"unit": "EUR"}, "n/a"),
        ],
    )
    def test_full(self, value, more, expected):
        assert ENGLISH.number(value, **more) == expected

    def test_percent_and_dates(self):
        assert ENGLISH.percent(Decimal("0.644")) == "64 %"
        assert ENGLISH.percent(None) == "n/a"
        assert ENGLISH.day(None) == "n/a"

    def test_total_is_exact_and_leaves_out_the_missing(self):
        assert total([0.1, Decimal("0.2"), None, 3]) == Decimal("3.3")
        assert total([None, float("nan")]) is None


class PlacingTests:
    @given(
        wanted=st.lists(st.floats(min_value=0, max_value=300), max_size=8),
        gap=st.floats(min_value=1, max_value=30),
    )
    def test_spread_labels_keep_gap_and_order(self, wanted, gap):
        places = spread_labels(wanted, gap=gap, low=10, high=290)
        assert len(places) == len(wanted)
        ordered = sorted(places)
        assert all(after - before >= gap - 1e-6 for before, after in pairwise(ordered))
        assert [place for _, place in sorted(zip(wanted, places, strict=True))] == ordered
        assert all(10 <= place <= 290 for place in places)

    def test_too_many_labels_still_keep_their_distance(self):
        assert spread_labels([5, 5, 5], gap=10, low=0, high=15) == [0, 10, 20]

    def test_text_is_cut_to_its_room(self):
        assert shorten("short", room=100) == "short"
        cut = shorten("A very long name of a task", room=80)
        assert cut.endswith("…")
        assert text_width(cut) <= 80
        assert shorten("wide", room=1) == "…"
        assert text_width("漢字", size=10) == 20

    def test_coordinates_and_lines(self):
        assert [num(value) for value in (1.0, 1.005, -0.001, 100)] == ["1", "1", "0", "100"]
        assert polyline([(0, 0), (1, 1), None, (2, 2), None]) == ["M0 0L1 1"]
        assert polyline([]) == []
