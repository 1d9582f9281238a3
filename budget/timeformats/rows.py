"""What a time export holds once read: rows, problems, and the people and projects as the file writes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from budget.timeformats.columns import TimeLayout
from implement.core.tabular.parse import DateOrder

Severity = Literal["error", "notice"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeRow:
    """One piece of worked time. `seconds` is 1 to 86,400.

    `start_at` is the wall clock of the export, without a zone, for the files name none. `billable` is None
    where the file does not say. `bill_rate` and `cost_rate` are per hour in `currency` as the file writes it, None
    without one. `external_id` (64 hex digits) is the same each time the same content is
    read.
    """

    line: int
    date: date
    seconds: int
    person_name: str
    person_email: str
    task_name: str
    project_name: str
    client_name: str
    note: str
    billable: bool | None
    start_at: datetime | None
    tags: tuple[str, ...]
    external_id: str
    bill_rate: Decimal | None = None
    cost_rate: Decimal | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowProblem:
    """Why a row was not taken (error), or what to know about it (notice). `column` is the header as in the
    file.
    """

    line: int
    column: str | None
    value: str | None
    message: str
    severity: Severity = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSeen:
    """A person as the file writes them, with the rows taken and their seconds."""

    name: str
    email: str
    rows: int
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectSeen:
    """A project as the file writes it, with the rows taken and their seconds."""

    name: str
    client: str
    rows: int
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeFile:
    """A read export. With `needs_date_order` no row is taken yet: ask for the order and read again.

    `date_example` is then a value that means two dates. `rows` and `problems` are in file order.
    """

    layout: TimeLayout
    mapping: Mapping[str, int]
    rows: tuple[TimeRow, ...]
    problems: tuple[RowProblem, ...]
    date_order: DateOrder | None
    needs_date_order: bool
    date_example: str | None
    people: tuple[PersonSeen, ...]
    projects: tuple[ProjectSeen, ...]

    @property
    def errors(self) -> tuple[RowProblem, ...]:
        """The problems for which a row was not taken."""
        return tuple(problem for problem in self.problems if problem.severity == "error")

    @property
    def seconds(self) -> int:
        """The sum over all rows taken."""
        return sum(row.seconds for row in self.rows)
