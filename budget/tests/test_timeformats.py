"""Time exports of several programs, read exactly or refused by line, column and value."""

from __future__ import annotations

import io
import random
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budget.timeformats import TimeFile, TimeLayout, detect_layout, read_time_rows
from implement.core.tabular import DateOrder, TabularError, read_table, write_xlsx

TIMESHEETS = Path(__file__).resolve().parents[3] / "shared" / "data" / "timesheets"

TOGGL = (
    "User,Email,Client,Project,Task,Description,Billable,Start date,Start time,End date,End time,"
    "Duration,Tags,Amount ()\n"
)
CLOCKIFY = (
    "Project,Client,Description,Task,User,Group,Email,Tags,Billable,Start Date,Start Time,End Date,End Time,"
    "Duration (h),Duration (decimal),Billable Rate (USD),Billable Amount (USD)\n"
)
CLOCKIFY_LONG = (
    "Project,Client,Description,Task,User,Group,Email,Tags,Type,Billable,Invoiced,Invoice ID,Start Date,"
    "Start Time,End Date,End Time,Duration (h),Duration (decimal),Billable Rate (EUR),Billable Amount (EUR),"
    "Date of creation\n"
)
HARVEST = (
    "Date,Client,Project,Project Code,Task,Notes,Hours,Billable?,Invoiced?,Approved?,First Name,Last Name,"
    "Roles,Employee?,Billable Rate,Billable Amount,Cost Rate,Cost Amount,Currency,External Reference URL\n"
)
GENERAL = "Date,Person,Hours,Note\n"


def read(text: str, **options: object) -> TimeFile:
    return read_time_rows(table=read_table(text.encode(), filename="time.csv"), **options)


def clockify(start: str, end: str, duration: str, rounded: str = "") -> str:
    return f'P,C,note,T,Ada,,a@b.c,"x, y",Yes,{start},{end},{duration},{rounded},0,0\n'


def said(found: TimeFile) -> list[tuple[int, str | None, str | None, str]]:
    return [(problem.line, problem.column, problem.value, problem.severity) for problem in found.problems]


class LayoutTests:
    def test_each_program_is_known_by_its_headers(self) -> None:
        for header, layout in (
            (TOGGL, TimeLayout.TOGGL),
            (CLOCKIFY, TimeLayout.CLOCKIFY),
            (CLOCKIFY_LONG, TimeLayout.CLOCKIFY),
            (HARVEST, TimeLayout.HARVEST),
            (GENERAL, None),
        ):
            assert detect_layout(header.strip().split(",")) is layout

    def test_toggl(self) -> None:
        moments = "2024-03-04,10:23:00,2024-03-04,11:23:01,01:00:01"
        row = f'Ada Low,A@b.c,Big,Site,Task 1,Working,Yes,{moments},"x, y",9\n'
        found = read(TOGGL + row)
        assert (found.layout, found.date_order, found.problems) == (TimeLayout.TOGGL, DateOrder.YMD, ())
        taken = found.rows[0]
        assert (taken.line, taken.date, taken.seconds) == (2, date(2024, 3, 4), 3601)
        assert taken.start_at == datetime(2024, 3, 4, 10, 23)
        assert (taken.person_name, taken.person_email) == ("Ada Low", "a@b.c")
        assert (taken.client_name, taken.project_name, taken.task_name, taken.note) == (
            "Big",
            "Site",
            "Task 1",
            "Working",
        )
        assert (taken.billable, taken.tags) == (True, ("x", "y"))
        assert [(seen.name, seen.email, seen.rows, seen.seconds) for seen in found.people] == [
            ("Ada Low", "a@b.c", 1, 3601)
        ]
        assert [(seen.name, seen.client, seen.rows, seen.seconds) for seen in found.projects] == [
            ("Site", "Big", 1, 3601)
        ]

    def test_clockify_exact_before_decimal(self) -> None:
        found = read(CLOCKIFY + clockify("10/15/2024,10:23 AM", "10/15/2024,11:23:01 AM", "01:00:01", "0.00"))
        assert found.seconds == 3601
        assert said(found) == [(2, "Duration (decimal)", "0.00", "notice")]
        assert found.errors == ()

    def test_clockify_decimal_where_nothing_else_is(self) -> None:
        found = read(CLOCKIFY + clockify("10/15/2024,10:00 AM", "10/15/2024,11:30 AM", "", "1.5"))
        assert found.seconds == 5400

    def test_clockify_long(self) -> None:
        moments = "15/10/2024,11:00,15/10/2024,11:30,00:30:00,0.50"
        row = f"P,C,n,T,Ada,,a@b.c,,Regular,No,Yes,I1,{moments},1,1,15/10/2024\n"
        found = read(CLOCKIFY_LONG + row)
        assert (found.date_order, found.rows[0].date, found.seconds) == (
            DateOrder.DMY,
            date(2024, 10, 15),
            1800,
        )
        assert found.rows[0].billable is False

    def test_harvest_with_its_local_numbers(self) -> None:
        row = '2024-03-04,Big,Site,S,Dev,note,"{}",Yes,No,No,Ada,Low,,Yes,"100,00","1,00","1,0","1,0",EUR,\n'
        found = read(HARVEST + row.format("7,5") + row.format("1,125"))
        assert [taken.seconds for taken in found.rows] == [27_000, 4050]
        assert (found.rows[0].person_name, found.rows[0].person_email) == ("Ada Low", "")
        assert found.rows[0].start_at is None

    def test_hours_that_prove_no_decimal_mark(self) -> None:
        assert read(GENERAL + '2024-03-04,Ada,"1,125",x\n').seconds == 4050
        assert read(GENERAL + "2024-03-04,Ada,1.125,x\n").seconds == 4050

    def test_hours_that_contradict_one_another_are_read_one_by_one(self) -> None:
        assert read(GENERAL + '2024-03-04,Ada,"1,5",x\n2024-03-04,Ada,2.5,x\n').seconds == 14_400

    def test_general_with_a_mapping(self) -> None:
        text = "Wann,Wer,Wieviel\n04.03.2024 09:30,Ada,1h 30m\n13.03.2024 9:00,Ada,0:15\n"
        found = read(text, mapping={"date": 0, "person_name": 1, "duration": 2})
        assert (found.layout, found.date_order) == (TimeLayout.GENERAL, DateOrder.DMY)
        assert [(taken.start_at, taken.seconds) for taken in found.rows] == [
            (datetime(2024, 3, 4, 9, 30), 5400),
            (datetime(2024, 3, 13, 9), 900),
        ]

    def test_general_from_start_to_end(self) -> None:
        found = read("Start,End\n2024-03-04 22:00,2024-03-05 01:30\n")
        assert (found.seconds, found.rows[0].person_name) == (12_600, "")

    def test_a_workbook(self) -> None:
        stream = io.BytesIO()
        rows = [
            [date(2024, 3, 4), "Ada", Decimal("7.5"), time(9)],
            [date(2024, 3, 5), "Ada", timedelta(hours=2), None],
            [datetime(2024, 3, 5, 8, 15), "Ada", timedelta(minutes=30), None],
        ]
        write_xlsx(stream, headers=["Date", "Person", "Hours", "Start time"], rows=rows)
        found = read_time_rows(table=read_table(stream.getvalue(), filename="x.xlsx"))
        assert [taken.seconds for taken in found.rows] == [27_000, 7200, 1800]
        assert [taken.start_at for taken in found.rows] == [
            datetime(2024, 3, 4, 9),
            None,
            datetime(2024, 3, 5, 8, 15),
        ]

    def test_columns_that_are_needed(self) -> None:
        with pytest.raises(TabularError, match="No column holds the date"):
            read("Person,Hours\nAda,1\n")
        with pytest.raises(TabularError, match="No column holds a duration"):
            read("Date,Person\n2024-01-01,Ada\n")
        with pytest.raises(TabularError, match="does not exist"):
            read(GENERAL, mapping={"date": 9})
        with pytest.raises(TabularError, match="no field 'when'"):
            read(GENERAL, mapping={"when": 0})


class DateOrderTests:
    def test_an_ambiguous_order_is_asked_once(self) -> None:
        text = CLOCKIFY + clockify("03/04/2024,10:00 AM", "03/04/2024,11:00 AM", "01:00:00")
        asked = read(text)
        assert (asked.needs_date_order, asked.date_example, asked.rows, asked.date_order) == (
            True,
            "03/04/2024",
            (),
            None,
        )
        assert read(text, date_order=DateOrder.MDY).rows[0].date == date(2024, 3, 4)
        assert read(text, date_order=DateOrder.DMY).rows[0].date == date(2024, 4, 3)

    def test_the_end_dates_witness_too(self) -> None:
        text = CLOCKIFY + clockify("03/12/2024,10:00 PM", "03/13/2024,1:00 AM", "03:00:00")
        found = read(text)
        assert (found.date_order, found.seconds, found.problems) == (DateOrder.MDY, 10_800, ())

    def test_a_date_in_no_order_is_refused_by_value(self) -> None:
        found = read(
            CLOCKIFY
            + clockify("13/15/2024,11:00 AM", "10/15/2024,11:30 AM", "00:30:00")
            + clockify("10/15/2024,11:00 AM", "10/15/2024,11:30 AM", "00:30:00")
        )
        assert said(found) == [(2, "Start Date", "13/15/2024", "error")]
        assert "13/15/2024" in found.problems[0].message
        assert [taken.line for taken in found.rows] == [3]

    def test_dates_that_contradict_take_the_file(self) -> None:
        text = GENERAL + "13/04/2024,Ada,1,x\n04/13/2024,Ada,1,x\n"
        found = read(text)
        assert (found.rows, found.needs_date_order) == ((), False)
        assert said(found) == [(3, "Date", "04/13/2024", "error")]
        assert '"13/04/2024"' in found.problems[0].message

    def test_a_given_order_refuses_what_does_not_fit(self) -> None:
        found = read(GENERAL + "13/04/2024,Ada,1,x\n04/12/2024,Ada,1,x\n", date_order=DateOrder.MDY)
        assert said(found) == [(2, "Date", "13/04/2024", "error")]
        assert [taken.date for taken in found.rows] == [date(2024, 4, 12)]


class RowProblemTests:
    @pytest.mark.parametrize(
        ("row", "column", "value"),
        [
            (",Ada,1,x", "Date", ""),
            ("2024-03-04,,1,x", "Person", ""),
            ("2024-03-04,Ada,,x", "Hours", ""),
            ("2024-03-04,Ada,-1,x", "Hours", "-1"),
            ("2024-03-04,Ada,24.01,x", "Hours", "24.01"),
            ("2024-03-04,Ada,soon,x", "Hours", "soon"),
            ("2024-02-30,Ada,1,x", "Date", "2024-02-30"),
            ("2024-03-04,Ada,1", None, None),
        ],
    )
    def test_refusals_name_the_place(self, row: str, column: str | None, value: str | None) -> None:
        found = read(GENERAL + "2024-03-04,Ada,24,x\n" + row + "\n")
        assert said(found) == [(3, column, value, "error")]
        assert [taken.seconds for taken in found.rows] == [86_400]

    @pytest.mark.parametrize(
        ("row", "column", "value"),
        [
            (clockify("10/15/2024,11:00 AM", "10/14/2024,11:30 AM", "00:30:00"), "End Date", "10/14/2024"),
            (clockify("10/15/2024,11:00 AM", "10/15/2024,10:30 AM", "00:30:00"), "End Time", "10:30 AM"),
            (clockify("10/15/2024,13:00 AM", "10/15/2024,10:30 AM", "00:30:00"), "Start Time", "13:00 AM"),
            (clockify("10/15/2024,1:00 AM", "10/15/2024,25:30", "00:30:00"), "End Time", "25:30"),
            (clockify("10/15/2024,1:00 AM", "10/16/2024,2:00 AM", ""), "Duration (h)", "90000 s"),
            (clockify("10/15/2024,1:00 AM", "10/15/2024,", "", "-1"), "Duration (decimal)", "-1"),
        ],
    )
    def test_refusals_of_the_clock(self, row: str, column: str, value: str) -> None:
        found = read(CLOCKIFY + row)
        assert said(found) == [(2, column, value, "error")]

    def test_an_odd_billable_is_refused(self) -> None:
        row = clockify("10/15/2024,1:00 AM", "10/15/2024,2:00 AM", "01:00:00").replace("Yes", "perhaps")
        assert said(read(CLOCKIFY + row)) == [(2, "Billable", "perhaps", "error")]

    def test_zero_seconds_is_a_notice(self) -> None:
        found = read(GENERAL + "2024-03-04,Ada,0,x\n")
        assert said(found) == [(2, "Hours", "0", "notice")]
        assert (found.problems[0].message, found.rows, found.errors) == ("0 s: nothing to import.", (), ())

    def test_a_span_that_differs_is_a_notice(self) -> None:
        found = read(CLOCKIFY + clockify("10/15/2024,1:00 AM", "10/15/2024,4:00 AM", "02:00:00"))
        assert (found.seconds, said(found)) == (7200, [(2, "Duration (h)", "02:00:00", "notice")])

    def test_work_past_midnight_without_an_end_date(self) -> None:
        text = "Date,Start time,End time,Hours\n2024-03-04,22:00,01:00,{}\n"
        assert read(text.format("3:00")).problems == ()
        assert said(read(text.format("2:00"))) == [(2, "End time", "01:00", "error")]
        ends = read("Start,Ended,Hours\n2024-03-04 10:00,2024-03-04 9:00,1\n")
        assert said(ends) == [(2, "Ended", "2024-03-04 9:00", "error")]

    def test_no_person_column_is_no_problem(self) -> None:
        assert read("Date,Hours\n2024-03-04,1\n").rows[0].person_name == ""


class IdentityTests:
    TEXT = (
        "2024-03-04,Ada,1,x",
        "2024-03-04,Ada,1,x",
        "2024-03-04,Ada,2,x",
        "2024-03-05,Ada,1,x",
        "2024-03-04,Bo,1,x",
        "2024-03-04,Ada,1,y",
    )

    def ids(self, lines: list[str] | tuple[str, ...]) -> list[str]:
        return [taken.external_id for taken in read(GENERAL + "\n".join(lines) + "\n").rows]

    def test_keys_differ_and_stay(self) -> None:
        first = self.ids(self.TEXT)
        assert len(set(first)) == len(self.TEXT)
        assert self.ids(self.TEXT) == first
        assert all(len(key) == 64 for key in first)

    def test_keys_survive_another_order(self) -> None:
        lines = list(self.TEXT)
        random.Random(7).shuffle(lines)
        assert set(self.ids(lines)) == set(self.ids(self.TEXT))

    def test_case_and_blanks_do_not_matter(self) -> None:
        assert self.ids(["2024-03-04,ADA ,1:00,  X"]) == self.ids(["2024-03-04,Ada,1,x"])

    def test_each_project_counts_for_itself(self) -> None:
        header = "Date,Project,Hours\n"
        both = read(header + "2024-03-04,One,1\n2024-03-04,Two,1\n").rows
        alone = read(header + "2024-03-04,Two,1\n").rows
        assert both[1].external_id == alone[0].external_id != both[0].external_id

    def test_an_own_id_is_used_and_must_be_unique(self) -> None:
        header = "Date,Hours,External id\n"
        found = read(header + "2024-03-04,1,A7\n2024-03-05,1,A7\n2024-03-05,1,\n")
        assert said(found) == [(3, "External id", "A7", "error")]
        again = read(header + "2024-03-09,5,A7\n")
        assert found.rows[0].external_id == again.rows[0].external_id

    @given(
        st.lists(
            st.tuples(st.dates(min_value=date(2000, 1, 1)), st.sampled_from("AB"), st.integers(1, 86_400)),
            max_size=8,
        ),
        st.randoms(),
    )
    def test_any_file_in_any_order(
        self, entries: list[tuple[date, str, int]], shuffler: random.Random
    ) -> None:
        lines = [f"{day},{who},{s // 3600}:{s % 3600 // 60:02d}:{s % 60:02d},x" for day, who, s in entries]
        found = read(GENERAL + "\n".join(lines) + "\n")
        assert found.seconds == sum(seconds for _, _, seconds in entries)
        assert sum(seen.seconds for seen in found.people) == found.seconds
        keys = self.ids(lines)
        shuffler.shuffle(lines)
        assert sorted(self.ids(lines)) == sorted(keys)


class AnyTextTests:
    @given(
        st.lists(
            st.lists(st.text(alphabet="0123456789:/-,. hAPM", max_size=12), min_size=6, max_size=6),
            max_size=5,
        )
    )
    def test_cells_of_any_content_never_break_the_reading(self, cells: list[list[str]]) -> None:
        header = "Date,Start time,End date,End time,Hours,Billable\n"
        body = "".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in cells)
        for order in (None, DateOrder.DMY):
            found = read(header + body, date_order=order)
            assert all(0 < taken.seconds <= 86_400 for taken in found.rows)


@pytest.mark.skipif(not TIMESHEETS.is_dir(), reason="the shared data folder is not here")
class RealExportTests:
    def read(self, name: str, **options: object) -> TimeFile:
        return read_time_rows(table=read_table(TIMESHEETS / name, filename=name), **options)

    def test_clockify_1(self) -> None:
        name = "clockify_time_entries_import_test_1.csv"
        assert self.read(name).needs_date_order
        found = self.read(name, date_order=DateOrder.MDY)
        assert [(taken.line, taken.seconds, taken.date) for taken in found.rows] == [
            (3, 3601, date(2024, 3, 4))
        ]
        assert [problem.message for problem in found.problems if problem.line == 2] == [
            "0 s: nothing to import."
        ]

    def test_clockify_2(self) -> None:
        found = self.read("clockify_time_entries_import_test_2.csv")
        assert (found.seconds, found.date_order, found.problems) == (1800, DateOrder.MDY, ())
        assert found.rows[0].note.startswith("\\\\ 🔥 Special characters")

    def test_clockify_3(self) -> None:
        found = self.read("clockify_time_entries_import_test_3.csv")
        assert (found.rows, said(found)) == ((), [(2, "Start Date", "13/15/2024", "error")])

    def test_toggl(self) -> None:
        found = self.read("toggl_time_entries_import_test_1.csv")
        assert (found.layout, found.seconds, found.errors) == (TimeLayout.TOGGL, 3601, ())

    def test_both_programs_tell_the_same(self) -> None:
        toggl = self.read("toggl_time_entries_import_test_1.csv")
        clockify_file = self.read("clockify_time_entries_import_test_1.csv", date_order=DateOrder.MDY)
        assert [taken.external_id for taken in toggl.rows] == [
            taken.external_id for taken in clockify_file.rows
        ]
