"""Dates, whose order is settled once per file."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from implement.core.tabular import DateOrder, DateOrderError, ValueParseError, detect_date_order, parse_date

YMD, DMY, MDY = DateOrder.YMD, DateOrder.DMY, DateOrder.MDY


class ParseDateTests:
    @pytest.mark.parametrize("order", list(DateOrder))
    @pytest.mark.parametrize(
        "text",
        [
            "2024-03-04",
            "2024/3/4",
            "20240304",
            "04-Mar-24",
            "4 March 2024",
            "Mar 4, 2024",
            "March 4 2024",
            "4. Mar. 2024",
        ],
    )
    def test_texts_that_read_alike_in_every_order(self, text: str, order: DateOrder) -> None:
        assert parse_date(text, order) == date(2024, 3, 4)

    def test_the_order_decides(self) -> None:
        assert parse_date("03/04/2024", DMY) == date(2024, 4, 3)
        assert parse_date("03/04/2024", MDY) == date(2024, 3, 4)
        assert parse_date("03.04.2024", DMY) == date(2024, 4, 3)
        assert parse_date("03-04-05", YMD) == date(2003, 4, 5)

    def test_two_digit_years(self) -> None:
        assert parse_date("02-Nov-04", DMY) == date(2004, 11, 2)
        assert parse_date("02-Nov-68", DMY) == date(2068, 11, 2)
        assert parse_date("02-Nov-69", DMY) == date(1969, 11, 2)

    def test_typed_cells(self) -> None:
        assert (
            parse_date(date(2024, 3, 4), DMY) == parse_date(datetime(2024, 3, 4, 9), MDY) == date(2024, 3, 4)
        )

    @pytest.mark.parametrize(
        "value",
        [
            "13/15/2024",
            "2024-15-03",
            "30-Feb-04",
            "02-Foo-04",
            "Foo 2, 2004",
            "0004-03-04",
            "1/2",
            "",
            "x" * 50,
            "1/2-2024",
            "٠٣/٠٤/٢٠٢٤",
            Decimal(45000),
        ],
    )
    def test_no_date_in_any_order(self, value: object) -> None:
        with pytest.raises(DateOrderError) as caught:
            parse_date(value, DMY)
        assert caught.value.value == str(value)

    def test_a_date_outside_the_order(self) -> None:
        with pytest.raises(ValueParseError, match='"13/04/2024" is not a date in the order month-day-year'):
            parse_date("13/04/2024", MDY)

    @given(st.dates(min_value=date(1000, 1, 1)))
    def test_round_trips(self, day: date) -> None:
        for order, form in ((YMD, "%Y-%m-%d"), (DMY, "%d/%m/%Y"), (MDY, "%m/%d/%Y"), (DMY, "%d-%b-%Y")):
            assert parse_date(day.strftime(form), order) == day

    @given(st.text(max_size=20))
    def test_only_value_errors(self, text: str) -> None:
        try:
            parse_date(text, DMY)
        except ValueParseError:
            pass


class DetectOrderTests:
    def test_one_witness_decides_for_the_file(self) -> None:
        found = detect_date_order(["03/04/2024", "10/15/2024"])
        assert (found.possible, found.decided, found.ambiguous) == ({MDY}, MDY, False)
        assert found.evidence == {YMD: "03/04/2024", DMY: "10/15/2024"}

    def test_day_first(self) -> None:
        assert detect_date_order(["", " ", "13/04/2024"]).decided is DMY

    def test_ambiguous_files_are_asked_about(self) -> None:
        found = detect_date_order(["04/04/2024", "03/04/2024"])
        assert (found.ambiguous, found.decided, found.differing) == (True, None, "03/04/2024")
        assert found.possible == {DMY, MDY}

    def test_two_digit_years_may_stand_first(self) -> None:
        assert detect_date_order(["03-04-05"]).possible == set(DateOrder)
        assert detect_date_order(["69-12-31"]).decided is YMD

    def test_dates_that_mean_the_same_need_no_question(self) -> None:
        assert detect_date_order(["04/04/2024", "05/05/2024"]).decided is DMY
        assert detect_date_order(["2024-03-04", "02-Nov-04", date(2024, 1, 2)]).decided is YMD
        assert detect_date_order([]).decided is YMD

    def test_a_value_that_fits_no_order_is_named(self) -> None:
        with pytest.raises(DateOrderError) as caught:
            detect_date_order(["10/15/2024", "13/15/2024"])
        assert caught.value.value == "13/15/2024"

    def test_values_that_contradict_are_both_named(self) -> None:
        with pytest.raises(DateOrderError, match="same order") as caught:
            detect_date_order(["13/04/2024", "04/13/2024"])
        assert (caught.value.value, caught.value.other) == ("04/13/2024", "13/04/2024")
        with pytest.raises(DateOrderError) as caught:
            detect_date_order(["69-12-31", "31/12/2024"])
        assert (caught.value.value, caught.value.other) == ("31/12/2024", "69-12-31")

    @given(st.lists(st.dates(min_value=date(1000, 1, 1)), min_size=1), st.sampled_from([DMY, MDY]))
    def test_the_true_order_is_always_possible(self, days: list[date], order: DateOrder) -> None:
        form = "%d/%m/%Y" if order is DMY else "%m/%d/%Y"
        texts = [day.strftime(form) for day in days]
        found = detect_date_order(texts)
        assert order in found.possible
        if found.decided is not None:
            assert [parse_date(text, found.decided) for text in texts] == days
