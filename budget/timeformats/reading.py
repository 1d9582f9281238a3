"""One pass over one table of worked time, row by row."""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from budget.timeformats.rows import RowProblem, Severity, TimeRow
from implement.core.tabular.errors import AmbiguousNumberError, DateOrderError, ValueParseError
from implement.core.tabular.model import Cell, Row, Table, shown
from implement.core.tabular.parse import (
    DateOrder,
    DecimalMark,
    date_readings,
    detect_date_order,
    detect_decimal_mark,
    parse_bool,
    parse_clock,
    parse_date,
    parse_decimal,
    parse_duration_seconds,
    split_datetime,
)

DAY_SECONDS = 24 * 3600
NUMBERS = ("duration", "duration_decimal", "bill_rate", "cost_rate")
MOST_PER_HOUR = Decimal(10) ** 6
# An end time without seconds may differ from the exact duration by almost a minute at either end.
_CLOCK_TOLERANCE = 60
_DECIMAL_TOLERANCE = 36


class _Refusal(Exception):
    """Carries the problem of one row out of the depths of its reading."""

    def __init__(self, key: str | None, value: Cell | None, message: str) -> None:
        super().__init__(message)
        self.key, self.value, self.message = key, value, message


class Reading:
    """One pass over one table: the settled date order, the decimal mark, and the problems gathered on the
    way.
    """

    def __init__(self, *, table: Table, columns: Mapping[str, int]) -> None:
        self.table = table
        self.columns = columns
        self.problems: list[RowProblem] = []
        self.order: DateOrder | None = None
        self.example: str | None = None
        self.mark: DecimalMark = "auto"
        self.refused: set[int] = set()
        self.occurrences: Counter[str] = Counter()
        self.own_ids: dict[str, int] = {}
        for row in table.bad_rows:
            self.problems.append(
                RowProblem(line=row.line, column=None, value=None, message=row.problem or "")
            )

    def cell(self, row: Row, key: str) -> Cell:
        """The row's cell for a field, "" where the field has no column; text without blanks around it."""
        value = row.values[self.columns[key]] if key in self.columns else ""
        return value.strip() if isinstance(value, str) else value

    def text(self, row: Row, key: str) -> str:
        """The cell as text with its inner line breaks kept."""
        return str(self.cell(row, key))

    def header(self, key: str | None) -> str | None:
        """The file's own name for a field."""
        return self.table.headers[self.columns[key]] if key is not None and key in self.columns else None

    def note(self, row: Row, key: str | None, value: Cell | None, message: str, severity: Severity) -> None:
        """Add a problem; an error also keeps the row from being taken."""
        if severity == "error":
            self.refused.add(row.line)
        self.problems.append(
            RowProblem(
                line=row.line,
                column=self.header(key),
                value=None if value is None else str(value),
                message=message,
                severity=severity,
            )
        )

    def settle_dates(self, given: DateOrder | None) -> None:
        """Find the order of day, month and year from every date of the file, or take the one given."""
        values: list[Cell] = []
        places: dict[str, tuple[Row, str]] = {}
        for row in self.table.good_rows:
            for key in ("date", "end_date"):
                value, _ = split_datetime(self.cell(row, key))
                if value == "":
                    continue
                try:
                    date_readings(value)
                except DateOrderError as error:
                    self.note(row, key, value, error.message, "error")
                    continue
                values.append(value)
                places.setdefault(str(value), (row, key))
        if given is not None:
            self.order = given
            return
        try:
            orders = detect_date_order(values)
        except DateOrderError as error:
            row, key = places[error.value]
            self.note(row, key, error.value, error.message, "error")
            return
        self.order, self.example = orders.decided, orders.differing

    def read(self) -> list[TimeRow]:
        """The rows that can be taken, in file order."""
        self.mark = self.decimal_mark()
        rows: list[TimeRow] = []
        for row in self.table.good_rows:
            if row.line in self.refused:
                continue
            try:
                taken = self.row(row)
            except _Refusal as refusal:
                self.note(row, refusal.key, refusal.value, refusal.message, "error")
                continue
            if taken is not None:
                rows.append(taken)
        return rows

    def decimal_mark(self) -> DecimalMark:
        """The decimal mark of the file's hours and rates, "auto" where none is proved or where they contradict one
        another.
        """
        keys = [key for key in NUMBERS if key in self.columns]
        try:
            return (
                detect_decimal_mark(self.cell(row, key) for row in self.table.good_rows for key in keys)
                or "auto"
            )
        except ValueParseError:
            return "auto"

    def row(self, row: Row) -> TimeRow | None:
        """One row, or None where there is nothing to import; raises _Refusal."""
        assert self.order is not None
        day_cell, clock_cell = split_datetime(self.cell(row, "date"))
        if day_cell == "":
            raise _Refusal("date", "", "The date is missing.")
        day = self.day(row, "date", day_cell)
        start = self.clock(row, "start_time", clock_cell)
        end = self.end(row, day=day)
        start_at = None if start is None else datetime.combine(day, start)
        seconds = self.seconds(row, start_at=start_at, end=end)
        name, email = self.person(row)
        billable = self.billable(row)
        if seconds == 0:
            self.note(row, "duration", self.cell(row, "duration"), "0 s: nothing to import.", "notice")
            return None
        found = TimeRow(
            line=row.line,
            date=day,
            seconds=seconds,
            person_name=name,
            person_email=email,
            task_name=self.text(row, "task_name"),
            project_name=self.text(row, "project_name"),
            client_name=self.text(row, "client_name"),
            note=self.text(row, "note"),
            billable=billable,
            start_at=start_at,
            tags=tuple(tag.strip() for tag in self.text(row, "tags").split(",") if tag.strip()),
            external_id="",
            bill_rate=self.rate(row, "bill_rate"),
            cost_rate=self.rate(row, "cost_rate"),
            currency=self.text(row, "currency"),
        )
        return replace(found, external_id=self.identify(row, found))

    def day(self, row: Row, key: str, value: Cell) -> date:
        """The date of a cell in the file's order."""
        assert self.order is not None
        try:
            return parse_date(value, self.order)
        except ValueParseError as error:
            raise _Refusal(key, value, error.message) from error

    def clock(self, row: Row, key: str, beside_date: Cell | None) -> time | None:
        """The time of day of a column, else the one that stood beside the date."""
        value = self.cell(row, key)
        _, clock = split_datetime(value)
        chosen = clock if clock is not None else value
        if chosen == "":
            chosen = "" if beside_date is None else beside_date
        if chosen == "":
            return None
        try:
            return parse_clock(chosen)
        except ValueParseError as error:
            raise _Refusal(key, chosen, error.message) from error

    def end(self, row: Row, *, day: date) -> tuple[datetime, bool] | None:
        """When the work ended and whether the file names that day itself; None where it names no end time."""
        day_cell, clock_cell = split_datetime(self.cell(row, "end_date"))
        end_time = self.clock(row, "end_time", clock_cell)
        named = day_cell != ""
        end_day = self.day(row, "end_date", day_cell) if named else day
        if end_day < day:
            raise _Refusal(
                "end_date", day_cell, f"The end {shown(day_cell)} is before the start {day.isoformat()}."
            )
        return None if end_time is None else (datetime.combine(end_day, end_time), named)

    def duration(self, row: Row, key: str) -> int | None:
        """The seconds of a duration column, None where it is absent or empty."""
        value = self.cell(row, key)
        if value == "":
            return None
        try:
            return parse_duration_seconds(value, decimal_mark=self.mark)
        except AmbiguousNumberError:
            # Read with thousands it would be 1,000 hours or more in one row, which is refused anyway.
            return parse_duration_seconds(value, decimal_mark="," if "," in str(value) else ".")
        except ValueParseError as error:
            raise _Refusal(key, value, error.message) from error

    def seconds(self, row: Row, *, start_at: datetime | None, end: tuple[datetime, bool] | None) -> int:
        """The row's seconds: the exact column, else the decimal one, else end minus start; all are
        compared.
        """
        exact, rounded = self.duration(row, "duration"), self.duration(row, "duration_decimal")
        stated = exact if exact is not None else rounded
        key = "duration_decimal" if exact is None and rounded is not None else "duration"
        if stated is not None and stated < 0:
            raise _Refusal(key, self.cell(row, key), f"Negative time {shown(self.cell(row, key))}.")
        span = self.span(row, start_at=start_at, end=end, stated=stated)
        seconds = stated if stated is not None else span
        if seconds is None:
            raise _Refusal(key, "", "The duration is missing.")
        if seconds > DAY_SECONDS:
            value = self.cell(row, key) if stated is not None else f"{seconds} s"
            raise _Refusal(key, value, f"{shown(value)} is more than 24 hours in one row.")
        if exact is not None and rounded is not None and abs(exact - rounded) > _DECIMAL_TOLERANCE:
            value = self.cell(row, "duration_decimal")
            told = (
                f"{shown(value)} differs from the exact {shown(self.cell(row, 'duration'))}, which was taken."
            )
            self.note(row, "duration_decimal", value, told, "notice")
        if stated is not None and span is not None and abs(stated - span) >= _CLOCK_TOLERANCE:
            told = f"From start to end it is {span} s; the duration {shown(self.cell(row, key))} was taken."
            self.note(row, key, self.cell(row, key), told, "notice")
        return seconds

    def span(
        self, row: Row, *, start_at: datetime | None, end: tuple[datetime, bool] | None, stated: int | None
    ) -> int | None:
        """Seconds from start to end, None without both. Without an end date, work may run past midnight."""
        if start_at is None or end is None:
            return None
        end_at, named = end
        seconds = (end_at - start_at) // timedelta(seconds=1)
        past_midnight = seconds + DAY_SECONDS
        if (
            seconds < 0
            and not named
            and stated is not None
            and abs(stated - past_midnight) < _CLOCK_TOLERANCE
        ):
            return past_midnight
        if seconds < 0:
            key = "end_time" if "end_time" in self.columns else "end_date"
            value = self.cell(row, key)
            raise _Refusal(key, value, f"The end {shown(end_at)} is before the start {shown(start_at)}.")
        return seconds

    def person(self, row: Row) -> tuple[str, str]:
        """Name and e-mail address; a file with a person column must fill it in every row."""
        first_last = f"{self.text(row, 'first_name')} {self.text(row, 'last_name')}".strip()
        name, email = self.text(row, "person_name") or first_last, self.text(row, "person_email")
        keys = [
            key for key in ("person_name", "person_email", "first_name", "last_name") if key in self.columns
        ]
        if keys and not (name or email):
            raise _Refusal(keys[0], "", "The person is missing.")
        return " ".join(name.split()), email.lower()

    def billable(self, row: Row) -> bool | None:
        """Whether the row is billable, None where the file does not say."""
        value = self.cell(row, "billable")
        if value == "":
            return None
        try:
            return parse_bool(value)
        except ValueParseError as error:
            raise _Refusal("billable", value, error.message) from error

    def rate(self, row: Row, key: str) -> Decimal | None:
        """Money per hour, None where the file has none; a rate that cannot be read keeps no hours away."""
        value = self.cell(row, key)
        if value == "":
            return None
        try:
            rate = parse_decimal(value, decimal_mark=self.mark)
        except ValueParseError as error:
            self.note(row, key, value, f"{error.message} The rate is left out.", "notice")
            return None
        if not 0 <= rate < MOST_PER_HOUR:
            self.note(row, key, value, f"{shown(value)} is no rate per hour; it is left out.", "notice")
            return None
        return rate

    def identify(self, row: Row, found: TimeRow) -> str:
        """A key from the content alone, so that a file read twice, or in another order, gives the same keys.

        Equal rows are numbered as they come; being equal, they may change places. Project and client count,
        so that an import of one project only does not renumber the rows of another.
        """
        if own := self.text(row, "external_id"):
            first = self.own_ids.setdefault(own, row.line)
            if first != row.line:
                raise _Refusal("external_id", own, f"The id {shown(own)} is already used on line {first}.")
            return _digest("id", own)
        parts = (
            found.person_email or found.person_name,
            found.date.isoformat(),
            found.start_at.time().isoformat() if found.start_at else "",
            found.client_name,
            found.project_name,
            found.task_name,
            found.note,
            str(found.seconds),
        )
        content = _digest(*parts)
        self.occurrences[content] += 1
        return _digest(content, str(self.occurrences[content]))


def _digest(*parts: str) -> str:
    normal = (" ".join(unicodedata.normalize("NFC", part).casefold().split()) for part in parts)
    return hashlib.sha256("\x1f".join(normal).encode("utf-8", "surrogatepass")).hexdigest()
