"""What people type for durations and predecessors: read back exactly, refused with the part that says nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from implement.core.calendars import WorkingCalendar
from projects.schedule import (
    LinkType,
    NotationError,
    WantedLink,
    WorkUnits,
    duration_text,
    lag_text,
    parse_duration,
    parse_lag,
    parse_predecessors,
    predecessors_text,
    units_of,
)

UNITS = WorkUnits(day=480, week=2400)
minutes = st.integers(0, 600_000)
links = st.lists(
    st.builds(
        WantedLink,
        wbs=st.lists(st.integers(1, 40), min_size=1, max_size=4).map(lambda parts: ".".join(map(str, parts))),
        type=st.sampled_from(LinkType),
        lag_minutes=st.integers(-50_000, 50_000),
    ),
    max_size=5,
    unique_by=lambda link: link.wbs,
)


class DurationTests:
    @pytest.mark.parametrize(
        ("said", "wanted"),
        [
            ("5d", (2400, False)),
            ("5", (2400, False)),
            ("2.5 d", (1200, False)),
            ("2,5d", (1200, False)),
            ("4h?", (240, True)),
            ("22.1d", (10608, False)),
            ("1w", (2400, False)),
            ("90m", (90, False)),
            ("0", (0, False)),
        ],
    )
    def test_is_read_as_people_write_it(self, said: str, wanted: tuple[int, bool]) -> None:
        assert parse_duration(said, UNITS) == wanted

    @pytest.mark.parametrize("said", ["", "d", "-5d", "5x", "5d 3h", "1e9", "9999999w", "٣d" * 20])
    def test_what_is_none_is_refused_by_name(self, said: str) -> None:
        with pytest.raises(NotationError):
            parse_duration(said, UNITS)

    @given(
        minutes, st.sampled_from([WorkUnits(), WorkUnits(day=450, week=2250), WorkUnits(day=432, week=1728)])
    )
    def test_what_is_shown_is_read_back_exactly(self, size: int, units: WorkUnits) -> None:
        assert parse_duration(duration_text(size, units), units) == (size, False)

    def test_a_day_is_the_commonest_working_day(self) -> None:
        part_time = WorkingCalendar(name="Part time", week=(((480, 960),),) * 3 + (((480, 720),), (), (), ()))
        assert units_of(part_time) == WorkUnits(day=480, week=1680)


class PredecessorTests:
    def test_type_lag_and_elapsed_time(self) -> None:
        assert parse_predecessors("3FS+2d; 1.2ss-4h, 4, 5FF + 3ed", UNITS) == (
            WantedLink("3", LinkType.FS, 960),
            WantedLink("1.2", LinkType.SS, -240),
            WantedLink("4"),
            WantedLink("5", LinkType.FF, 3 * 1440, is_elapsed=True),
        )
        assert parse_predecessors(" ; ", UNITS) == ()

    @pytest.mark.parametrize(
        ("said", "named"),
        [("3XS", "3XS"), ("3FS+", "3FS+"), ("FS", "FS"), ("3; 3SS", "3 is named twice"), ("2 3", "2 3")],
    )
    def test_the_part_that_says_nothing_is_named(self, said: str, named: str) -> None:
        with pytest.raises(NotationError, match=named.replace("+", r"\+")):
            parse_predecessors(said, UNITS)

    @given(links)
    def test_what_is_shown_is_read_back_exactly(self, wanted: list[WantedLink]) -> None:
        assert parse_predecessors(predecessors_text(wanted, UNITS), UNITS) == tuple(wanted)

    @given(st.integers(-90_000, 90_000), st.booleans())
    def test_a_lag_too(self, size: int, is_elapsed: bool) -> None:
        read = parse_lag(lag_text(size, UNITS, is_elapsed=is_elapsed), UNITS)
        assert read == (size, is_elapsed and size != 0)
