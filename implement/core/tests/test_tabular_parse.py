"""Numbers, durations, clock times, yes and no."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from implement.core.tabular import (
    AmbiguousNumberError,
    ValueParseError,
    detect_decimal_mark,
    parse_bool,
    parse_clock,
    parse_decimal,
    parse_duration_seconds,
    split_datetime,
)


class DecimalTests:
    @pytest.mark.parametrize(
        ("text", "number"),
        [
            ("7,5", "7.5"),
            ("7.5", "7.5"),
            ("1.234,56", "1234.56"),
            ("1,234.56", "1234.56"),
            ("1'234.5", "1234.5"),
            ("1’234’567.5", "1234567.5"),
            ("1 234,5", "1234.5"),
            ("1\u202f234", "1234"),
            ("1 234,500", "1234.5"),
            ("1,234,567", "1234567"),
            ("1.234.567,8", "1234567.8"),
            ("(12.5)", "-12.5"),
            ("-3", "-3"),
            ("−3", "-3"),
            ("+3", "3"),
            ("0,125", "0.125"),
            ("1234,567", "1234.567"),
            (".5", "0.5"),
            ("5.", "5"),
            (" 42 ", "42"),
        ],
    )
    def test_readings(self, text: str, number: str) -> None:
        assert parse_decimal(text) == Decimal(number)

    @pytest.mark.parametrize("text", ["1,500", "12.345", "-1,500", "(1.500)"])
    def test_ambiguity_is_not_guessed(self, text: str) -> None:
        with pytest.raises(AmbiguousNumberError) as caught:
            parse_decimal(text)
        assert text in caught.value.message

    def test_a_given_mark_settles_it(self) -> None:
        assert parse_decimal("1,500", decimal_mark=",") == Decimal("1.5")
        assert parse_decimal("1,500", decimal_mark=".") == Decimal(1500)
        assert parse_decimal("1.500", decimal_mark=",") == Decimal(1500)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "  ",
            "x",
            "1e5",
            "12%",
            "$5",
            "1,23,456",
            "1,2345.6",
            "1'23.4",
            "1.2.3,4,5",
            "--1",
            "-",
            "()",
            ".",
            "٣",
            "1,234'567.8",
            "1 234'567",
            ",",
            "9" * 65,
            "1'.5",
        ],
    )
    def test_refusals(self, text: str) -> None:
        with pytest.raises(ValueParseError) as caught:
            parse_decimal(text)
        assert caught.value.value == text or caught.value.value == text.strip()

    def test_typed_cells(self) -> None:
        assert parse_decimal(Decimal("1.50")) == Decimal("1.5")
        for cell in (Decimal("NaN"), True, date(2024, 1, 1)):
            with pytest.raises(ValueParseError):
                parse_decimal(cell)

    @given(st.decimals(min_value=-(10**9), max_value=10**9, places=2))
    def test_both_locales_round_trip(self, number: Decimal) -> None:
        english = f"{number:,.2f}"
        german = english.translate(str.maketrans(",.", ".,"))
        assert parse_decimal(english) == parse_decimal(german) == number

    @given(st.text(max_size=20))
    def test_only_value_errors(self, text: str) -> None:
        for function in (parse_decimal, parse_duration_seconds, parse_clock, parse_bool):
            try:
                function(text)
            except ValueParseError:
                pass


class DecimalMarkTests:
    def test_one_proof_is_enough(self) -> None:
        assert detect_decimal_mark(["1,500", "7,5", "", Decimal(3)]) == ","
        assert detect_decimal_mark(["1.500", "7.25"]) == "."
        assert detect_decimal_mark(["1.234.567"]) == ","

    def test_no_proof(self) -> None:
        assert detect_decimal_mark(["1,500", "12", "1:30", "a.b"]) is None

    def test_contradiction_names_both(self) -> None:
        with pytest.raises(ValueParseError, match=r'"7\.5" and "7,5"'):
            detect_decimal_mark(["7,5", "7.5"])


class DurationTests:
    @pytest.mark.parametrize(
        ("text", "seconds"),
        [
            ("01:00:01", 3601),
            ("1:30", 5400),
            ("30:15:00", 108_900),
            ("00:00:01.5", 2),
            ("1h 30m", 5400),
            ("1h30", 5400),
            ("1 h 5 min 3 s", 3903),
            ("1.5h", 5400),
            ("1,5 hours", 5400),
            ("90m", 5400),
            ("45 sec", 45),
            ("PT1H30M", 5400),
            ("pt0.5h", 1800),
            ("PT90S", 90),
            ("1.5", 5400),
            ("7,5", 27_000),
            ("0.01", 36),
            ("0.3333333", 1200),
            ("8", 28_800),
            ("-1:30", -5400),
            ("-0.5", -1800),
            ("(0.5)", -1800),
        ],
    )
    def test_readings(self, text: str, seconds: int) -> None:
        assert parse_duration_seconds(text) == seconds

    def test_typed_cells(self) -> None:
        assert parse_duration_seconds(timedelta(hours=30, microseconds=600_000)) == 108_001
        assert parse_duration_seconds(time(1, 30, 1)) == 5401
        assert parse_duration_seconds(Decimal("7.5")) == 27_000
        with pytest.raises(ValueParseError):
            parse_duration_seconds(datetime(1900, 1, 2, 12))

    @pytest.mark.parametrize(
        "text", ["1:60", "1:30:99", "1h75", "P1D", "PT", "1d", "abc", "", "-", "1:3", "1h 2h"]
    )
    def test_refusals(self, text: str) -> None:
        with pytest.raises(ValueParseError):
            parse_duration_seconds(text)

    def test_ambiguous_hours(self) -> None:
        with pytest.raises(AmbiguousNumberError):
            parse_duration_seconds("1,125")
        assert parse_duration_seconds("1,125", decimal_mark=",") == 4050

    @given(st.integers(min_value=0, max_value=10**6))
    def test_every_way_of_writing_gives_the_same_seconds(self, seconds: int) -> None:
        hours, minutes, rest = seconds // 3600, seconds % 3600 // 60, seconds % 60
        for text in (
            f"{hours}:{minutes:02d}:{rest:02d}",
            f"{hours}h {minutes}m {rest}s",
            f"PT{hours}H{minutes}M{rest}S",
        ):
            assert parse_duration_seconds(text) == seconds
        assert parse_duration_seconds(timedelta(seconds=seconds)) == seconds

    @given(st.integers(min_value=0, max_value=100_000))
    def test_hundredths_of_an_hour_are_exact(self, hundredths: int) -> None:
        assert parse_duration_seconds(Decimal(hundredths) / 100) == hundredths * 36


class ClockTests:
    @pytest.mark.parametrize(
        ("text", "clock"),
        [
            ("10:23", time(10, 23)),
            ("9:05:07", time(9, 5, 7)),
            ("10:23:52 AM", time(10, 23, 52)),
            ("10:23\u202fPM", time(22, 23)),
            ("12:00 am", time(0)),
            ("12:00 p.m.", time(12)),
            ("10 pm", time(22)),
            ("23:59:59.25", time(23, 59, 59, 250_000)),
        ],
    )
    def test_readings(self, text: str, clock: time) -> None:
        assert parse_clock(text) == clock

    @pytest.mark.parametrize("text", ["24:00", "10", "13:00 PM", "0:30 AM", "10:60", "x", "", "10:2"])
    def test_refusals(self, text: str) -> None:
        with pytest.raises(ValueParseError):
            parse_clock(text)

    def test_typed_cells(self) -> None:
        assert parse_clock(datetime(2024, 1, 1, 9, 30)) == parse_clock(time(9, 30)) == time(9, 30)
        with pytest.raises(ValueParseError):
            parse_clock(Decimal("0.5"))


class BoolTests:
    def test_readings(self) -> None:
        assert all(parse_bool(text) for text in ("Yes", "TRUE", "y", "1", "ja", "oui", True, Decimal(1)))
        assert not any(
            parse_bool(text) for text in ("No", "false", "N", "0", "nein", "non", False, Decimal(0))
        )

    @pytest.mark.parametrize("text", ["", "maybe", Decimal(2)])
    def test_refusals(self, text: object) -> None:
        with pytest.raises(ValueParseError):
            parse_bool(text)


class SplitTests:
    def test_parts(self) -> None:
        assert split_datetime("2024-03-04 10:23:52") == ("2024-03-04", "10:23:52")
        assert split_datetime("2024-03-04T10:23") == ("2024-03-04", "10:23")
        assert split_datetime("Mar 4, 2024, 10:23 AM") == ("Mar 4, 2024", "10:23 AM")
        assert split_datetime("03/04/2024") == ("03/04/2024", None)
        assert split_datetime(datetime(2024, 3, 4, 10)) == (date(2024, 3, 4), time(10))
        assert split_datetime(date(2024, 3, 4)) == (date(2024, 3, 4), None)
        assert split_datetime("x" * 100) == ("x" * 100, None)
