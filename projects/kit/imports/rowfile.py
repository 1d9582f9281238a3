"""An import of a table with a row a thing: everything but what the columns are and what a row of them says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.urls import reverse

from implement.core.tabular import (
    ColumnSpec,
    Row,
    Table,
    ValueParseError,
    as_it_was,
    guess_mapping,
    parse_decimal,
    signature,
)
from projects.kit.imports import Context, Draft, ImportRefused, PreviewRow, Question, remembered
from projects.kit.imports.tablefile import (
    TableImporter,
    Unreadable,
    column_questions,
    refusal,
    settled_mark,
    sheet_question,
)

MOST_HOURS = 100_000


@dataclass
class ParsedRows:
    """A file as read with the answers so far. `rows` is what the readable ones say."""

    table: Table
    signature: str
    mapping: dict[str, int] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)
    rows: list[Any] = field(default_factory=list)
    refusals: list[PreviewRow] = field(default_factory=list)


@dataclass
class RowReading:
    """One pass over one table. `mark` is the decimal mark of its numbers."""

    table: Table
    mapping: Mapping[str, int]
    mark: Any = "auto"
    seen: dict[str, int] = field(default_factory=dict)

    def row(self, row: Row) -> Any:
        """Return what a row says. Raises Unreadable."""
        raise NotImplementedError

    def plain(self, value: str) -> str:
        """Return a cell's text as it was meant."""
        return as_it_was(value)

    def text(self, row: Row, key: str, *, lines: bool = False, longest: int | None = None) -> str:
        """Return a field as text, on one line unless its lines matter. Raises Unreadable when it is too long."""
        value = str(row.values[self.mapping[key]] if key in self.mapping else "").replace("\x00", "").strip()
        value = self.plain(value)
        if not lines:
            value = " ".join(value.split())
        if longest is not None and len(value) > longest:
            raise self.refuse(key, value, f"{len(value):,} characters; at most {longest:,} fit.")
        return value

    def refuse(self, key: str, value: object, message: str) -> Unreadable:
        """Return the refusal of a row for the value of a field."""
        column = self.table.headers[self.mapping[key]] if key in self.mapping else ""
        return Unreadable(message, column=column, value=value)

    def once(self, row: Row, key: str, value: str, message: str) -> None:
        """Raise Unreadable when an earlier row says the same; `message` has a blank for its {line}."""
        first = (
            self.seen.setdefault(f"{key}:{' '.join(value.split()).casefold()}", row.line)
            if value
            else row.line
        )
        if first != row.line:
            raise self.refuse(key, value, message.replace("{line}", str(first)))

    def hours(self, row: Row, key: str) -> int | None:
        """Return hours in seconds, None where there are none. Raises Unreadable."""
        value = row.values[self.mapping[key]] if key in self.mapping else ""
        if value == "" or (isinstance(value, str) and not value.strip()):
            return None
        try:
            hours = parse_decimal(value, decimal_mark=self.mark)
        except ValueParseError as error:
            raise self.refuse(key, value, error.message) from error
        if not 0 <= hours <= MOST_HOURS:
            raise self.refuse(key, value, f"{hours} hours are too many, or too few.")
        return int(hours * 3600)


class RowsImporter(TableImporter):
    """The declaration: `what` a row is and `things` are called, `columns` with those of `numbers`, how a row is read,
    what compares the rows with what is written down, and the `place` to look at them afterwards.
    """

    what: ClassVar[str]
    things: ClassVar[str]
    columns: ClassVar[tuple[ColumnSpec, ...]]
    numbers: ClassVar[tuple[str, ...]] = ()
    reading: ClassVar[type[RowReading]]
    drafting: ClassVar[Callable[..., Any]]
    place: ClassVar[str]

    def read(self, context: Context, table: Table) -> ParsedRows:
        """Settle its columns and numbers, and read its rows. Raises TabularError."""
        parsed = ParsedRows(table, signature(table.headers))
        kept = remembered(project=context.project, kind=self.kind, signature=parsed.signature)
        if len(table.sheets) > 1:
            parsed.questions.append(sheet_question(table))
        proposal = kept.get("mapping") or guess_mapping(table.headers, self.columns)
        parsed.mapping, asked = column_questions(
            context, table, self.columns, proposal=proposal, needs=lambda spec, _: spec.required
        )
        parsed.questions += asked
        if any(question.is_open for question in asked):
            return parsed
        parsed.refusals += [refusal(self.what, row.line, "", "", row.problem or "") for row in table.bad_rows]
        cells = [
            row.values[parsed.mapping[key]]
            for key in self.numbers
            if key in parsed.mapping
            for row in table.good_rows
        ]
        mark, question = settled_mark(cells, context.answer("decimal_mark"))
        if question is not None:
            parsed.questions.append(question)
            if question.is_open:
                return parsed
        reading = self.reading(table, parsed.mapping, mark or "auto")
        for row in table.good_rows:
            try:
                parsed.rows.append(reading.row(row))
            except Unreadable as error:
                parsed.refusals.append(refusal(self.what, row.line, error.column, error.value, str(error)))
        return parsed

    def plan(self, context: Context, parsed: Any) -> Draft:
        """Compare the rows with what is written down. Nothing is compared while columns or numbers are open."""
        draft = Draft(questions=list(parsed.questions), rows=list(parsed.refusals))
        if draft.is_waiting:
            return draft
        if not parsed.rows and not parsed.refusals:
            raise ImportRefused(f"The file holds no {self.things}.")
        headers = {key: parsed.table.headers[at] for key, at in parsed.mapping.items()}
        made = type(self).drafting(
            context, parsed.rows, draft, headers=headers, remembered_as=parsed.signature
        )
        return made.draft(mapping=parsed.mapping, warnings=parsed.table.warnings)

    def applied(self, context: Context) -> str:
        """Return the address of the list."""
        return reverse(self.place, kwargs={"project": context.project.code})
