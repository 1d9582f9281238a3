"""The import of requirements from a spreadsheet: which column is what, and what its words mean here."""

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
from projects.requirements.imports.draft import WHAT, Found, RequirementDraft
from projects.requirements.selectors.texts import criteria_of

COLUMNS = (
    ColumnSpec(
        key="statement", label="Statement", required=True,
        aliases=("Requirement text", "RequirementText", "Text", "Description", "Requirement", "Object text"),
    ),
    ColumnSpec(key="title", label="Title", aliases=("Name", "Summary", "Subject", "Heading")),
    ColumnSpec(key="external_id", label="Key", aliases=("Id", "Identifier", "Requirement ID", "Req ID", "Number")),
    ColumnSpec(key="rationale", label="Rationale", aliases=("Why", "Reason", "Justification")),
    ColumnSpec(key="criteria", label="Acceptance criteria", aliases=("Acceptance", "Criteria", "Fit criterion")),
    ColumnSpec(key="kind", label="Type", aliases=("Class", "Kind", "Category type", "Requirement type")),
    ColumnSpec(key="priority", label="Priority", aliases=("MoSCoW", "Prio", "Importance")),
    ColumnSpec(key="criticality", label="Criticality", aliases=("Business criticality", "Severity")),
    ColumnSpec(key="fit", label="Fit", aliases=("Fit gap", "Fit/gap", "Gap", "How it is met")),
    ColumnSpec(key="parent", label="Part of", aliases=("Parent", "Parent ID", "Epic")),
    ColumnSpec(key="owner", label="Owner", aliases=("Assigned to", "Responsible", "Assignee")),
    ColumnSpec(key="category", label="Category", aliases=("Group", "Area", "Module", "Component", "Tag")),
    ColumnSpec(key="source", label="Source", aliases=("Origin", "Source in words", "Reference", "ProjectID")),
    ColumnSpec(key="success_criterion", label="Success criterion", aliases=("Goal", "Business goal", "Objective")),
    ColumnSpec(key="release", label="Release", aliases=("Target release", "Fix version", "Planned for", "Iteration")),
    ColumnSpec(
        key="estimate", label="Estimate (h)", aliases=("Estimate", "Hours", "Effort", "Effort (h)"), kind="decimal"
    ),
)  # fmt: skip
LONGEST = {"title": 200, "source": 255, "success_criterion": 255, "category": 80, "external_id": 200}
TITLE_WORDS = 10
MOST_HOURS = 100_000


@dataclass
class ParsedRequirements:
    """A file as read with the answers so far."""

    table: Table
    mapping: dict[str, int] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)
    rows: list[Found] = field(default_factory=list)
    refusals: list[PreviewRow] = field(default_factory=list)
    signature: str = ""


class RequirementImporter(TableImporter):
    """Requirements of a spreadsheet or of another tool's export."""

    kind: ClassVar[str] = "requirements.file"
    label: ClassVar[str] = "Requirements from a file"
    permission: ClassVar[str] = "requirements.import"
    also: ClassVar[tuple[str, ...]] = ("requirements.change",)
    icon: ClassVar[str] = "list-check"
    order: ClassVar[int] = 8
    teach: ClassVar[str] = (
        "Any CSV or Excel table with a text a row. What its types and priorities mean here is asked once. "
        "Importing the same file again adds nothing twice; our own export comes back by its keys."
    )

    def read(self, context: Context, table: Table) -> ParsedRequirements:
        """Settle its columns. Raises TabularError."""
        parsed = ParsedRequirements(table, signature=signature(table.headers))
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
        hours = (
            [row.values[parsed.mapping["estimate"]] for row in table.good_rows]
            if "estimate" in parsed.mapping
            else []
        )
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
            raise ImportRefused("The file holds no requirements.")
        headers = {key: parsed.table.headers[at] for key, at in parsed.mapping.items()}
        made = RequirementDraft(context, parsed.rows, draft, headers=headers, remembered_as=parsed.signature)
        return made.draft(mapping=parsed.mapping, warnings=parsed.table.warnings)

    def applied(self, context: Context) -> str:
        """Return the address of the requirements."""
        return reverse("requirement_list", kwargs={"project": context.project.code})


@dataclass
class Reading:
    """One pass over one table of requirements."""

    table: Table
    mapping: Mapping[str, int]
    mark: Any
    ids: dict[str, int] = field(default_factory=dict)

    def text(self, row: Row, key: str, *, lines: bool = False) -> str:
        """Return a field as text, on one line unless its lines matter; without the quotes around all of it."""
        value = str(row.values[self.mapping[key]] if key in self.mapping else "").replace("\x00", "").strip()
        if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
            value = value[1:-1].strip()
        value = as_it_was(value)
        return value if lines else " ".join(value.split())

    def refuse(self, key: str, value: object, message: str) -> Unreadable:
        """Return the refusal of a row for the value of a field."""
        column = self.table.headers[self.mapping[key]] if key in self.mapping else ""
        return Unreadable(message, column=column, value=value)

    def row(self, row: Row) -> Found:
        """Return what a row says. Raises Unreadable."""
        statement = self.text(row, "statement", lines=True)
        if not statement:
            raise self.refuse("statement", "", "The statement is missing.")
        said = {key: self.text(row, key) for key in LONGEST}
        for key, longest in LONGEST.items():
            if len(said[key]) > longest:
                message = f"{len(said[key]):,} characters; at most {longest} fit."
                raise self.refuse(key, said[key], message)
        own = said["external_id"]
        if own:
            first = self.ids.setdefault(folded(own), row.line)
            if first != row.line:
                raise self.refuse(
                    "external_id", own, f"The key “{own[:40]}” is already used on line {first}."
                )
        return Found(
            line=row.line,
            statement=statement,
            title=said["title"] or title_of(statement),
            external_id=own,
            rationale=self.text(row, "rationale", lines=True),
            criteria=criteria_of(self.text(row, "criteria", lines=True))
            if "criteria" in self.mapping
            else None,
            words={key: self.text(row, key) for key in ("kind", "priority", "criticality", "fit")},
            parent=self.text(row, "parent"),
            owner=self.text(row, "owner"),
            release=self.text(row, "release"),
            # The class of a list that knows no other grouping stays readable beside what it means here.
            category=said["category"]
            if "category" in self.mapping
            else self.text(row, "kind")[: LONGEST["category"]],
            source=said["source"],
            success_criterion=said["success_criterion"],
            estimate_seconds=self.hours(row),
        )

    def hours(self, row: Row) -> int | None:
        """Return the estimate in seconds, None where there is none. Raises Unreadable."""
        value = row.values[self.mapping["estimate"]] if "estimate" in self.mapping else ""
        if value == "" or (isinstance(value, str) and not value.strip()):
            return None
        try:
            hours = parse_decimal(value, decimal_mark=self.mark)
        except ValueParseError as error:
            raise self.refuse("estimate", value, error.message) from error
        if not 0 <= hours <= MOST_HOURS:
            raise self.refuse("estimate", value, f"{hours} hours are no estimate.")
        return int(hours * 3600)


def title_of(statement: str) -> str:
    """Return the first words of a statement, for a file that gives no titles."""
    words = statement.split()
    told = " ".join(words[:TITLE_WORDS])[:190].rstrip(" .,;:")
    return f"{told} …" if len(words) > TITLE_WORDS else told
