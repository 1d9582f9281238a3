"""The import of build items from a spreadsheet: which column is what, and what its words mean here."""

from __future__ import annotations

from collections.abc import Mapping
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
from projects.builds.imports.draft import WHAT, BuildDraft, Found
from projects.imports.people import folded
from projects.kit.imports import Context, Draft, ImportRefused, PreviewRow, Question, remembered
from projects.kit.imports.tablefile import (
    TableImporter,
    Unreadable,
    column_questions,
    refusal,
    settled_mark,
    sheet_question,
)

COLUMNS = (
    ColumnSpec(key="title", label="Title", required=True, aliases=("Name", "Summary", "Subject", "Build item")),
    ColumnSpec(key="external_id", label="Key", aliases=("Id", "Identifier", "Issue key", "Number", "WRICEF ID")),
    ColumnSpec(key="kind", label="Kind", aliases=("Type", "WRICEF", "RICEFW", "Category", "Issue type")),
    ColumnSpec(key="description", label="Description", aliases=("Details", "Text", "What")),
    ColumnSpec(key="release_words", label="For the release notes", aliases=("Release notes", "Release note")),
    ColumnSpec(key="owner", label="Owner", aliases=("Assignee", "Assigned to", "Developer", "Responsible")),
    ColumnSpec(key="task", label="Task of the plan", aliases=("Task", "Plan task", "WBS", "Activity")),
    ColumnSpec(key="priority", label="Priority", aliases=("Prio", "Importance")),
    ColumnSpec(
        key="estimate", label="Estimate (h)", aliases=("Estimate", "Hours", "Effort", "Effort (h)"), kind="decimal"
    ),
    ColumnSpec(
        key="remaining", label="Remaining (h)", aliases=("Remaining", "Left", "Remaining effort"), kind="decimal"
    ),
)  # fmt: skip
LONGEST = {"title": 200, "external_id": 200, "description": 20_000, "release_words": 2000}
MOST_HOURS = 100_000


@dataclass
class ParsedBuildItems:
    """A file as read with the answers so far."""

    table: Table
    mapping: dict[str, int] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)
    rows: list[Found] = field(default_factory=list)
    refusals: list[PreviewRow] = field(default_factory=list)
    signature: str = ""


class BuildItemImporter(TableImporter):
    """Build items of a spreadsheet, such as a WRICEF list, or of another tool's export."""

    kind: ClassVar[str] = "builds.file"
    label: ClassVar[str] = "Build items from a file"
    permission: ClassVar[str] = "builds.import"
    also: ClassVar[tuple[str, ...]] = ("builds.change",)
    icon: ClassVar[str] = "hammer"
    order: ClassVar[int] = 12
    teach: ClassVar[str] = (
        "Any CSV or Excel table with a title a row. What its kinds and priorities mean here is asked once. Every new "
        "item begins in To do, whatever the file says; our own export comes back by its keys."
    )

    def read(self, context: Context, table: Table) -> ParsedBuildItems:
        """Settle its columns. Raises TabularError."""
        parsed = ParsedBuildItems(table, signature=signature(table.headers))
        kept = remembered(project=context.project, kind=self.kind, signature=parsed.signature)
        if len(table.sheets) > 1:
            parsed.questions.append(sheet_question(table))
        proposal = kept.get("mapping") or guess_mapping(table.headers, COLUMNS)
        parsed.mapping, asked = column_questions(
            context, table, COLUMNS, proposal=proposal, needs=lambda spec, _: spec.required
        )
        parsed.questions += asked
        if any(question.is_open for question in asked):
            return parsed
        parsed.refusals += [refusal(WHAT, row.line, "", "", row.problem or "") for row in table.bad_rows]
        hours = [
            row.values[parsed.mapping[key]]
            for key in ("estimate", "remaining")
            if key in parsed.mapping
            for row in table.good_rows
        ]
        mark, question = settled_mark(hours, context.answer("decimal_mark"))
        if question is not None:
            parsed.questions.append(question)
            if question.is_open:
                return parsed
        reading = Reading(table, parsed.mapping, mark or "auto")
        for row in table.good_rows:
            try:
                parsed.rows.append(reading.row(row))
            except Unreadable as error:
                parsed.refusals.append(refusal(WHAT, row.line, error.column, error.value, str(error)))
        return parsed

    def plan(self, context: Context, parsed: Any) -> Draft:
        """Compare the rows with what is written down. Nothing is compared while columns or numbers are open."""
        draft = Draft(questions=list(parsed.questions), rows=list(parsed.refusals))
        if draft.is_waiting:
            return draft
        if not parsed.rows and not parsed.refusals:
            raise ImportRefused("The file holds no build items.")
        headers = {key: parsed.table.headers[at] for key, at in parsed.mapping.items()}
        made = BuildDraft(context, parsed.rows, draft, headers=headers, remembered_as=parsed.signature)
        return made.draft(mapping=parsed.mapping, warnings=parsed.table.warnings)

    def applied(self, context: Context) -> str:
        """Return the address of the build items."""
        return reverse("builditem_list", kwargs={"project": context.project.code})


@dataclass
class Reading:
    """One pass over one table of build items."""

    table: Table
    mapping: Mapping[str, int]
    mark: Any
    ids: dict[str, int] = field(default_factory=dict)

    def text(self, row: Row, key: str, *, lines: bool = False) -> str:
        """Return a field as text, on one line unless its lines matter."""
        value = str(row.values[self.mapping[key]] if key in self.mapping else "").replace("\x00", "").strip()
        value = as_it_was(value)
        return value if lines else " ".join(value.split())

    def refuse(self, key: str, value: object, message: str) -> Unreadable:
        """Return the refusal of a row for the value of a field."""
        column = self.table.headers[self.mapping[key]] if key in self.mapping else ""
        return Unreadable(message, column=column, value=value)

    def row(self, row: Row) -> Found:
        """Return what a row says. Raises Unreadable."""
        said = {key: self.text(row, key, lines=key in ("description", "release_words")) for key in LONGEST}
        if not said["title"]:
            raise self.refuse("title", "", "The title is missing.")
        for key, longest in LONGEST.items():
            if len(said[key]) > longest:
                message = f"{len(said[key]):,} characters; at most {longest:,} fit."
                raise self.refuse(key, said[key], message)
        own = said["external_id"]
        first = self.ids.setdefault(folded(own), row.line) if own else row.line
        if first != row.line:
            raise self.refuse("external_id", own, f"The key “{own[:40]}” is already used on line {first}.")
        return Found(
            line=row.line,
            words={key: self.text(row, key) for key in ("kind", "priority")},
            owner=self.text(row, "owner"),
            task=self.text(row, "task"),
            estimate_seconds=self.hours(row, "estimate"),
            remaining_seconds=self.hours(row, "remaining"),
            **said,
        )

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
