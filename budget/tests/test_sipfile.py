"""The SiP work log: tasks and hours per person, joined with their dates."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from budget.sipfile import SipProject, read_sip_project, sip_project_codes
from implement.core.tabular import Table, TabularError, read_table

SIP = Path(__file__).resolve().parents[3] / "shared" / "data" / "sip"

HEADER = (
    "TaskNumber,Summary,StatusCode,ProjectCode,Category,SubCategory,HoursEstimate,HoursActual,DeveloperID,"
    "DeveloperHoursActual"
)
TASKS = (
    "1,Alpha,FINISHED,PC1,Development,Bug,7,3.52,13,1.75",
    "1,Alpha,FINISHED,PC1,Development,Bug,7,3.52,2,1.77",
    "2,Beta,CANCELLED,PC1,Management,Staff,0.7,0.01,13,0.01",
    "3,Gamma,FINISHED,PC2,Operational,Support,1,1,13,1",
)
DATES = (
    "1,02-Nov-04,03-Nov-04,",
    "1,01-Nov-04,,16-Nov-04",
    "2,05-Nov-04,,",
    "3,05-Nov-04,05-Nov-04,05-Nov-04",
)


def table(header: str, lines: tuple[str, ...]) -> Table:
    return read_table("\n".join((header, *lines, "")).encode("cp1252"), filename="sip.csv")


def read(tasks: tuple[str, ...] = TASKS, dates: tuple[str, ...] = DATES, code: str = "PC1") -> SipProject:
    return read_sip_project(
        tasks=table(HEADER, tasks),
        dates=table("TaskNumber,EstimateOn,StartedOn,CompletedOn", dates),
        project_code=code,
    )


def refused(
    tasks: tuple[str, ...] = TASKS, dates: tuple[str, ...] = DATES, code: str = "PC1"
) -> TabularError:
    with pytest.raises(TabularError) as caught:
        read(tasks, dates, code)
    return caught.value


class SipReadingTests:
    def test_tasks_with_hours_per_person_and_dates(self) -> None:
        project = read()
        first, second = project.tasks
        assert (first.number, first.summary, first.category, first.subcategory, first.status) == (
            "1",
            "Alpha",
            "Development",
            "Bug",
            "FINISHED",
        )
        assert first.estimated_hours == 7
        assert [(part.line, part.person, part.hours, part.seconds) for part in first.actual] == [
            (2, "13", Decimal("1.75"), 6300),
            (3, "2", Decimal("1.77"), 6372),
        ]
        assert (first.estimate_on, first.started_on, first.completed_on) == (
            date(2004, 11, 1),
            date(2004, 11, 3),
            date(2004, 11, 16),
        )
        assert (second.started_on, second.completed_on, second.seconds) == (None, None, 36)

    def test_sums_agree(self) -> None:
        project = read()
        assert (project.rows, project.people, project.hours, project.seconds) == (
            3,
            ("2", "13"),
            Decimal("3.53"),
            12_708,
        )
        assert project.seconds_by_person() == {"2": 6372, "13": 6336}
        assert sum(task.hours for task in project.tasks) == project.hours
        assert project.notices == ()

    def test_codes(self) -> None:
        assert sip_project_codes(tasks=table(HEADER, TASKS)) == ("PC1", "PC2")

    def test_two_wordings_are_a_notice(self) -> None:
        project = read((TASKS[0], TASKS[1].replace("Alpha", "Other"), *TASKS[2:]))
        assert [(notice.line, notice.task) for notice in project.notices] == [(3, "1")]
        assert project.tasks[0].summary == "Alpha"

    def test_dates_that_run_backwards_are_a_notice(self) -> None:
        project = read(dates=("1,02-Nov-04,01-Nov-04,", *DATES[2:]))
        assert "2004-11-02, 2004-11-01" in project.notices[0].message


class SipRefusalTests:
    def test_an_unknown_project(self) -> None:
        error = refused(code="PC9")
        assert error.value == "PC9"
        assert "the file has PC1, PC2" in error.message

    @pytest.mark.parametrize(
        ("old", "new", "line", "column"),
        [
            (",1.75", ",1.76", 2, "HoursActual"),
            (",1.75", ",1.751", 2, "DeveloperHoursActual"),
            (",1.75", ",-1.75", 2, "DeveloperHoursActual"),
            (",1.75", ",x", 2, "DeveloperHoursActual"),
            (",1.75", ",", 2, "DeveloperHoursActual"),
            ("0.7", "NA", 4, "HoursEstimate"),
            ("3.52,2,", "3.52,13,", 3, "DeveloperID"),
            ("PC1,Development,Bug,7,3.52,2", "PC2,Development,Bug,7,3.52,2", 3, "ProjectCode"),
            ("7,3.52,2", "8,3.52,2", 3, "HoursEstimate"),
        ],
    )
    def test_rows_are_named(self, old: str, new: str, line: int, column: str) -> None:
        error = refused(tuple(row.replace(old, new) for row in TASKS))
        assert (error.line, error.column) == (line, column)

    def test_a_date_that_is_none(self) -> None:
        error = refused(dates=("1,31-Feb-04,,", *DATES[2:]))
        assert (error.line, error.column, error.value) == (2, "EstimateOn", "31-Feb-04")

    def test_a_task_without_dates(self) -> None:
        error = refused(dates=DATES[:2])
        assert (error.line, error.column) == (4, "TaskNumber")
        assert "no row in the file of dates" in error.message

    def test_a_damaged_row(self) -> None:
        assert refused((*TASKS, "4,x")).line == 6
        assert refused(dates=(*DATES, "4,x")).line == 6

    def test_a_missing_column(self) -> None:
        with pytest.raises(TabularError, match="The column Summary is missing"):
            sip_project_codes(tasks=table("TaskNumber,x", ()))


@pytest.fixture(scope="module")
def published() -> tuple[Table, Table]:
    if not SIP.is_dir():
        pytest.skip("the shared data folder is not here")
    names = ("Sip-task-info.csv", "est-act-dates.csv")
    tasks, dates = (read_table(SIP / name, filename=name) for name in names)
    return tasks, dates


class PublishedDataTests:
    @pytest.mark.parametrize(
        ("code", "rows", "people", "hours"),
        [("PC9", 1755, 14, "13962.30"), ("PC2", 4553, 16, "21667.39"), ("PC18", 2888, 15, "26865.49")],
    )
    def test_known_answers(
        self, published: tuple[Table, Table], code: str, rows: int, people: int, hours: str
    ) -> None:
        project = read_sip_project(tasks=published[0], dates=published[1], project_code=code)
        assert (project.rows, len(project.people), project.hours) == (rows, people, Decimal(hours))
        assert project.seconds == Decimal(hours) * 3600
        assert sum(project.seconds_by_person().values()) == project.seconds
        assert sum(task.seconds for task in project.tasks) == project.seconds

    def test_every_project_can_be_read(self, published: tuple[Table, Table]) -> None:
        tasks, dates = published
        codes = sip_project_codes(tasks=tasks)
        projects = [read_sip_project(tasks=tasks, dates=dates, project_code=code) for code in codes]
        assert len(codes) == 20
        assert sum(project.rows for project in projects) == 12_299
        assert sum(len(project.tasks) for project in projects) == 10_266
        assert len({person for project in projects for person in project.people}) == 22

    def test_typographic_signs_are_read(self, published: tuple[Table, Table]) -> None:
        assert published[0].encoding == "cp1252"
        at = published[0].headers.index("Summary")
        assert any("’" in str(row.values[at]) for row in published[0].rows)
