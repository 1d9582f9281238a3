"""Reads a work log of the SiP form: one file of tasks and hours per person, one of the tasks' dates.

The task file repeats a task once per person, with that person's part in `DeveloperHoursActual`; the date
file repeats its rows likewise. Every hour in the published data is a whole number of seconds (0.01 h is 36
s), so the sums by task and by person agree exactly; a file where that fails is refused rather than rounded.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from implement.core.tabular.errors import TabularError, ValueParseError
from implement.core.tabular.model import Row, Table, shown
from implement.core.tabular.parse import DateOrder, parse_date, parse_decimal

TASK_COLUMNS = (
    "TaskNumber",
    "Summary",
    "StatusCode",
    "ProjectCode",
    "Category",
    "SubCategory",
    "HoursEstimate",
    "HoursActual",
    "DeveloperID",
    "DeveloperHoursActual",
)
DATE_COLUMNS = ("TaskNumber", "EstimateOn", "StartedOn", "CompletedOn")
_SAME_IN_A_TASK = ("StatusCode", "ProjectCode", "Category", "SubCategory", "HoursEstimate", "HoursActual")
_HOUR = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class SipHours:
    """The hours one person spent on one task. `seconds` is exactly `hours` times 3,600."""

    line: int
    person: str
    hours: Decimal
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SipTask:
    """One task. Estimated and started are the first such dates on file, completed the last; None where
    open.
    """

    number: str
    summary: str
    category: str
    subcategory: str
    status: str
    estimated_hours: Decimal
    actual: tuple[SipHours, ...]
    estimate_on: date | None
    started_on: date | None
    completed_on: date | None

    @property
    def hours(self) -> Decimal:
        """Actual hours of all people."""
        return sum((part.hours for part in self.actual), Decimal(0))

    @property
    def seconds(self) -> int:
        """Actual seconds of all people."""
        return sum(part.seconds for part in self.actual)


@dataclass(frozen=True, slots=True, kw_only=True)
class SipNotice:
    """Something odd that was taken nevertheless: two wordings of one task, dates that run backwards."""

    line: int
    task: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SipProject:
    """All work of one project, tasks in file order, people by id. `rows` counts lines of the task file."""

    code: str
    tasks: tuple[SipTask, ...]
    people: tuple[str, ...]
    rows: int
    notices: tuple[SipNotice, ...]

    @property
    def hours(self) -> Decimal:
        """Actual hours of the project."""
        return sum((task.hours for task in self.tasks), Decimal(0))

    @property
    def seconds(self) -> int:
        """Actual seconds of the project."""
        return sum(task.seconds for task in self.tasks)

    def seconds_by_person(self) -> dict[str, int]:
        """Person -> actual seconds; the values sum to `seconds`."""
        totals: dict[str, int] = dict.fromkeys(self.people, 0)
        for task in self.tasks:
            for part in task.actual:
                totals[part.person] += part.seconds
        return totals


def sip_project_codes(*, tasks: Table) -> tuple[str, ...]:
    """The project codes of a task file, sorted by their text."""
    _require(tasks, TASK_COLUMNS)
    at = tasks.headers.index("ProjectCode")
    return tuple(sorted({str(row.values[at]) for row in _sound(tasks)}))


def read_sip_project(*, tasks: Table, dates: Table, project_code: str) -> SipProject:
    """Read one project from a task table and a date table, joined by TaskNumber.

    Raises TabularError with line, column and value for a missing column, a damaged row, an unknown project,
    a task whose rows contradict one another, a person twice in one task, people's hours that do not sum to
    the task's, hours that are negative or no whole seconds, and a task without dates.
    """
    _require(tasks, TASK_COLUMNS)
    _require(dates, DATE_COLUMNS)
    groups: dict[str, list[_Line]] = {}
    for line in _lines(tasks, TASK_COLUMNS):
        groups.setdefault(line.text("TaskNumber"), []).append(line)
    chosen = {
        number: lines
        for number, lines in groups.items()
        if any(line.text("ProjectCode") == project_code for line in lines)
    }
    if not chosen:
        known = ", ".join(sip_project_codes(tasks=tasks)[:30])
        raise TabularError(
            f"There is no project {shown(project_code)}; the file has {known}.", value=project_code
        )
    dated: dict[str, list[_Line]] = defaultdict(list)
    for line in _lines(dates, DATE_COLUMNS):
        number = line.text("TaskNumber")
        if number in chosen:
            dated[number].append(line)
    notices: list[SipNotice] = []
    found = tuple(
        _task(number, lines, dated=dated.get(number, []), notices=notices) for number, lines in chosen.items()
    )
    people = {part.person for task in found for part in task.actual}
    return SipProject(
        code=project_code,
        tasks=found,
        people=tuple(sorted(people, key=lambda person: (len(person), person))),
        rows=sum(len(lines) for lines in chosen.values()),
        notices=tuple(notices),
    )


@dataclass(frozen=True, slots=True)
class _Line:
    """One row with its cells by header; every fault names the line and the column."""

    line: int
    cells: dict[str, str]

    def text(self, column: str) -> str:
        """The cell, which must not be empty."""
        value = self.cells[column].strip()
        if not value:
            raise TabularError("The cell is empty.", line=self.line, column=column, value="")
        return value

    def hours(self, column: str) -> Decimal:
        """The cell as hours, zero or more and whole seconds."""
        value = self.text(column)
        try:
            hours = parse_decimal(value, decimal_mark=".")
        except ValueParseError as error:
            raise self.fault(column, error.message) from error
        if hours < 0:
            raise self.fault(column, f"Negative hours {shown(value)}.")
        if (hours * _HOUR) % 1:
            raise self.fault(column, f"{shown(value)} hours are not a whole number of seconds.")
        return hours

    def day(self, column: str) -> date | None:
        """The cell as a date such as 02-Nov-04, None where it is empty."""
        value = self.cells[column].strip()
        if not value:
            return None
        try:
            return parse_date(value, DateOrder.DMY)
        except ValueParseError as error:
            raise self.fault(column, error.message) from error

    def fault(self, column: str, message: str) -> TabularError:
        """An error at this line and column, with the value found there."""
        return TabularError(message, line=self.line, column=column, value=self.cells[column])


def _require(table: Table, columns: Iterable[str]) -> None:
    for column in columns:
        if column not in table.headers:
            raise TabularError(f"The column {column} is missing.", line=table.header_line, column=column)


def _sound(table: Table) -> tuple[Row, ...]:
    for row in table.bad_rows:
        raise TabularError(row.problem or "", line=row.line)
    return table.rows


def _lines(table: Table, columns: tuple[str, ...]) -> Iterable[_Line]:
    places = [(column, table.headers.index(column)) for column in columns]
    for row in _sound(table):
        yield _Line(row.line, {column: str(row.values[at]) for column, at in places})


def _task(number: str, lines: list[_Line], *, dated: list[_Line], notices: list[SipNotice]) -> SipTask:
    first = lines[0]
    seen: dict[str, int] = {}
    parts: list[SipHours] = []
    for line in lines:
        for column in _SAME_IN_A_TASK:
            if line.text(column) != first.text(column):
                other = f"{shown(first.cells[column])} on line {first.line}"
                raise line.fault(column, f"Task {number} has {shown(line.cells[column])} here and {other}.")
        person, hours = line.text("DeveloperID"), line.hours("DeveloperHoursActual")
        if seen.setdefault(person, line.line) != line.line:
            raise line.fault(
                "DeveloperID", f"Task {number} names person {person} on line {seen[person]} already."
            )
        parts.append(SipHours(line=line.line, person=person, hours=hours, seconds=int(hours * _HOUR)))
        if line.cells["Summary"] != first.cells["Summary"]:
            told = (
                f"The summary {shown(line.cells['Summary'])} differs from line {first.line}, which was taken."
            )
            notices.append(SipNotice(line=line.line, task=number, message=told))
    total = sum((part.hours for part in parts), Decimal(0))
    if total != first.hours("HoursActual"):
        raise first.fault("HoursActual", f"The people's hours of task {number} sum to {total}.")
    estimate_on, started_on, completed_on = _dates(number, first, dated, notices)
    return SipTask(
        number=number,
        summary=first.text("Summary"),
        category=first.text("Category"),
        subcategory=first.text("SubCategory"),
        status=first.text("StatusCode"),
        estimated_hours=first.hours("HoursEstimate"),
        actual=tuple(parts),
        estimate_on=estimate_on,
        started_on=started_on,
        completed_on=completed_on,
    )


def _dates(
    number: str, first: _Line, dated: list[_Line], notices: list[SipNotice]
) -> tuple[date | None, date | None, date | None]:
    if not dated:
        raise first.fault("TaskNumber", f"Task {number} has no row in the file of dates.")
    estimates, starts, ends = (
        [day for line in dated if (day := line.day(column)) is not None] for column in DATE_COLUMNS[1:]
    )
    estimate_on = min(estimates, default=None)
    started_on = min(starts, default=None)
    completed_on = max(ends, default=None)
    known = [day for day in (estimate_on, started_on, completed_on) if day is not None]
    if known != sorted(known):
        told = (
            "Estimated, started and completed do not follow one another: " + ", ".join(map(str, known)) + "."
        )
        notices.append(SipNotice(line=dated[0].line, task=number, message=told))
    return estimate_on, started_on, completed_on
