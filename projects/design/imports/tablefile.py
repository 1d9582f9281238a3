"""The import of design elements from a spreadsheet: which column is what, and what its words mean here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.urls import reverse

from implement.core.tabular import ColumnSpec, Row, Table, as_it_was, guess_mapping, signature
from projects.design.imports.draft import WHAT, ElementDraft, Found
from projects.imports.people import folded
from projects.kit.imports import Context, Draft, ImportRefused, PreviewRow, Question, remembered
from projects.kit.imports.tablefile import (
    TableImporter,
    Unreadable,
    column_questions,
    refusal,
    sheet_question,
)

COLUMNS = (
    ColumnSpec(key="title", label="Title", required=True, aliases=("Name", "Element", "Component", "Summary")),
    ColumnSpec(
        key="purpose", label="Purpose", required=True, aliases=("Goal", "Responsibility", "Short description", "Why")
    ),
    ColumnSpec(key="key", label="Key", aliases=("Id", "Identifier", "Element ID", "Number")),
    ColumnSpec(key="kind", label="Type", aliases=("Kind", "Class", "Category")),
    ColumnSpec(key="description", label="Description", aliases=("How it works", "Details", "Text", "Design")),
    ColumnSpec(key="diagram", label="Diagram as text", aliases=("Diagram", "Graph", "Dot")),
    ColumnSpec(key="notes", label="Internal notes", aliases=("Notes", "Remarks")),
    ColumnSpec(key="parent", label="Part of", aliases=("Parent", "Parent ID", "System")),
    ColumnSpec(key="owner", label="Owner", aliases=("Assigned to", "Responsible", "Architect")),
    ColumnSpec(key="needs_customer", label="Customer signs", aliases=("Needs customer", "The customer signs it")),
)  # fmt: skip
LINES = {"title": 200, "key": 80, "kind": 80, "parent": 200, "owner": 150, "needs_customer": 20}
TEXTS = {"purpose": 10_000, "description": 50_000, "diagram": 20_000, "notes": 50_000}
YES = {"yes", "y", "true", "1", "x", "ja", "wahr"}
NO = {"no", "n", "false", "0", "", "-", "nein", "falsch"}


@dataclass
class ParsedElements:
    """A file as read with the answers so far."""

    table: Table
    mapping: dict[str, int] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)
    rows: list[Found] = field(default_factory=list)
    refusals: list[PreviewRow] = field(default_factory=list)
    signature: str = ""


class ElementImporter(TableImporter):
    """Design elements of a spreadsheet."""

    kind: ClassVar[str] = "design.file"
    label: ClassVar[str] = "Design elements from a file"
    permission: ClassVar[str] = "design.import"
    also: ClassVar[tuple[str, ...]] = ("design.change",)
    icon: ClassVar[str] = "sitemap"
    order: ClassVar[int] = 12
    teach: ClassVar[str] = (
        "Any CSV or Excel table with an element a row. What its types mean here is asked once. Importing the same file "
        "again adds nothing twice; our own export comes back by its keys. Nothing is approved by an import."
    )

    def read(self, context: Context, table: Table) -> ParsedElements:
        """Settle its columns. Raises TabularError."""
        parsed = ParsedElements(table, signature=signature(table.headers))
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
        reading = Reading(table, parsed.mapping)
        for row in table.good_rows:
            try:
                parsed.rows.append(reading.row(row))
            except Unreadable as error:
                parsed.refusals.append(refusal(WHAT, row.line, error.column, error.value, str(error)))
        return parsed

    def plan(self, context: Context, parsed: Any) -> Draft:
        """Compare the rows with what is written down. Nothing is compared while columns are open."""
        draft = Draft(questions=list(parsed.questions), rows=list(parsed.refusals))
        if draft.is_waiting:
            return draft
        if not parsed.rows and not parsed.refusals:
            raise ImportRefused("The file holds no design elements.")
        headers = {key: parsed.table.headers[at] for key, at in parsed.mapping.items()}
        made = ElementDraft(context, parsed.rows, draft, headers=headers, remembered_as=parsed.signature)
        return made.draft(mapping=parsed.mapping, warnings=parsed.table.warnings)

    def applied(self, context: Context) -> str:
        """Return the address of the design elements."""
        return reverse("designelement_list", kwargs={"project": context.project.code})


@dataclass
class Reading:
    """One pass over one table of design elements."""

    table: Table
    mapping: Mapping[str, int]
    keys: dict[str, int] = field(default_factory=dict)

    def text(self, row: Row, key: str) -> str:
        """Return a field as text, on one line unless its lines matter. Raises Unreadable when it is too long."""
        value = str(row.values[self.mapping[key]] if key in self.mapping else "").replace("\x00", "").strip()
        value = as_it_was(value)
        if key in LINES:
            value = " ".join(value.split())
        longest = LINES.get(key) or TEXTS[key]
        if len(value) > longest:
            raise self.refuse(key, value, f"{len(value):,} characters; at most {longest:,} fit.")
        return value

    def refuse(self, key: str, value: object, message: str) -> Unreadable:
        """Return the refusal of a row for the value of a field."""
        column = self.table.headers[self.mapping[key]] if key in self.mapping else ""
        return Unreadable(message, column=column, value=value)

    def row(self, row: Row) -> Found:
        """Return what a row says. Raises Unreadable."""
        said = {key: self.text(row, key) for key in (*LINES, *TEXTS)}
        for key, label in (("title", "title"), ("purpose", "purpose")):
            if not said[key]:
                raise self.refuse(key, "", f"The {label} is missing.")
        for key in ("key", "title"):
            name = folded(said[key])
            first = self.keys.setdefault(f"{key}:{name}", row.line) if name else row.line
            if first != row.line:
                raise self.refuse(key, said[key], f"“{said[key][:60]}” stands on line {first} already.")
        signs = said.pop("needs_customer")
        if folded(signs) not in YES | NO:
            raise self.refuse("needs_customer", signs, f"“{signs}” is neither yes nor no.")
        is_told = "needs_customer" in self.mapping
        return Found(line=row.line, needs_customer=folded(signs) in YES if is_told else None, **said)
