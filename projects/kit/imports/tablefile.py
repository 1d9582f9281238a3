"""What every import of a table asks: which sheet, which column is what, how dates and numbers are written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from implement.core.tabular import (
    AmbiguousNumberError,
    Cell,
    ColumnSpec,
    DateOrder,
    DateOrderError,
    Table,
    TabularError,
    ValueParseError,
    detect_date_order,
    detect_decimal_mark,
    parse_decimal,
    read_table,
    split_datetime,
)
from implement.core.tabular.dates import date_readings
from projects.kit.imports import Choice, Context, Importer, ImportRefused, Outcome, PreviewRow, Question

NO_COLUMN = "none"
POINT, COMMA = "point", "comma"
MARKS = {POINT: ".", COMMA: ","}


def refused(error: TabularError) -> ImportRefused:
    """Return a reader's error as the import's, with its place."""
    return ImportRefused(str(error), line=error.line, column=error.column, value=error.value)


class TableImporter(Importer):
    """An import of one table: a CSV file, or a sheet of a workbook. `read` says what it means."""

    suffixes: ClassVar[tuple[str, ...]] = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm")

    def parse(self, context: Context) -> Any:
        """Read the table, the chosen sheet of a workbook, and what it means. Raises ImportRefused with the place."""
        try:
            sheet = context.answer("sheet") or None
            return self.read(
                context, read_table(context.content(), filename=context.run.filename, sheet=sheet)
            )
        except TabularError as error:
            raise refused(error) from error

    def read(self, context: Context, table: Table) -> Any:
        """Settle what the table's columns, dates and numbers are. Raises TabularError or ImportRefused."""
        raise NotImplementedError


def sheet_question(table: Table) -> Question:
    """Ask which sheet of a workbook is meant; the one that was read is proposed."""
    choices = tuple(Choice(name, name) for name in table.sheets)
    return Question("sheet", "Sheet to read", choices, value=table.sheet or "", section="File")


def column_questions(
    context: Context,
    table: Table,
    specs: Sequence[ColumnSpec],
    *,
    proposal: Mapping[str, int],
    needs: Callable[[ColumnSpec, Mapping[str, int]], bool],
) -> tuple[dict[str, int], list[Question]]:
    """Ask which column is what; return the mapping in force with the questions. `needs`: without it nothing goes on."""
    known = {key: at for key, at in proposal.items() if 0 <= at < len(table.headers)}
    columns = tuple(Choice(str(at), header) for at, header in enumerate(table.headers))
    mapping: dict[str, int] = {}
    for spec in specs:
        chosen = context.answer(
            f"column:{spec.key}", str(known[spec.key]) if spec.key in known else NO_COLUMN
        )
        if chosen.isdecimal() and int(chosen) < len(table.headers):
            mapping[spec.key] = int(chosen)
    questions = []
    for spec in specs:
        is_needed = needs(spec, mapping)
        value = str(mapping[spec.key]) if spec.key in mapping else "" if is_needed else NO_COLUMN
        questions.append(
            Question(
                f"column:{spec.key}",
                spec.label,
                columns if is_needed else (Choice(NO_COLUMN, "Not in the file"), *columns),
                value=value,
                section="Columns",
                is_required=is_needed,
            )
        )
    return mapping, questions


def date_order_question(example: str, given: str, kept: str) -> Question:
    """Ask once for the file in which order its dates are written."""
    choices = (
        Choice(DateOrder.DMY, "day, month, year"),
        Choice(DateOrder.MDY, "month, day, year"),
        Choice(DateOrder.YMD, "year, month, day"),
    )
    before = next((choice.label for choice in choices if choice.value == kept), "")
    return Question(
        "date_order",
        f"In which order is a date such as {example[:40]} written?",
        choices,
        value=given if given in set(DateOrder) else "",
        section="File",
        help=f"The last file of this shape was read as {before}." if before else "",
        is_required=True,
    )


class Unreadable(Exception):
    """A row cannot be read; the column and value that say why."""

    def __init__(self, message: str, *, column: str, value: object) -> None:
        super().__init__(message)
        self.column, self.value = column, str(value)


def refusal(what: str, line: int, column: str, value: str, message: str) -> PreviewRow:
    """Return a row that is not taken, with its place."""
    return PreviewRow(Outcome.REFUSED, what, f"Line {line}", message, line, column, value)


def readable_dates(cells: Iterable[Cell]) -> Iterator[Cell]:
    """Yield the cells that are a date in some order; the others are refused with their line when it is read."""
    for cell in cells:
        day, _ = split_datetime(cell)
        try:
            date_readings(day)
        except DateOrderError:
            continue
        yield day


def settled_order(
    context: Context, cells: Iterable[Cell], kept: Mapping[str, Any]
) -> tuple[DateOrder | None, Question | None]:
    """Return the order of a file's dates, and the question where no date proves it.

    Raises DateOrderError when two dates prove different orders.
    """
    orders = detect_date_order(list(readable_dates(cells)))
    if orders.differing is None:
        return orders.decided, None
    given = context.answer("date_order")
    question = date_order_question(orders.differing, given, kept.get("date_order", ""))
    return (DateOrder(given) if given in set(DateOrder) else None), question


def ambiguous_number(values: Iterable[Cell], mark: str | None) -> str | None:
    """Return the first number that means two, such as 1,500, when the file proves no decimal mark."""
    for value in values if mark is None else ():
        try:
            parse_decimal(value)
        except AmbiguousNumberError as error:
            return str(error.value)
        except ValueParseError:
            continue
    return None


def settled_mark(values: Sequence[Cell], given: str) -> tuple[str | None, Question | None]:
    """Return the decimal mark of a file's numbers, and the question where no number proves it.

    Raises ValueParseError when two numbers prove different marks.
    """
    mark = detect_decimal_mark(values)
    example = ambiguous_number(values, mark)
    if example is None:
        return mark, None
    question = Question(
        "decimal_mark",
        f"What is the decimal mark in {example[:40]}?",
        (Choice(POINT, "The point"), Choice(COMMA, "The comma")),
        value=given if given in MARKS else "",
        section="File",
        is_required=True,
    )
    return MARKS.get(given), question
