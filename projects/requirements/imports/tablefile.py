"""The import of requirements from a spreadsheet: which column is what, and what its words mean here."""

from __future__ import annotations

from typing import ClassVar

from implement.core.tabular import ColumnSpec, Row
from projects.kit.imports.rowfile import RowReading, RowsImporter
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


class Reading(RowReading):
    """One pass over one table of requirements."""

    def plain(self, value: str) -> str:
        """Return a text without the quotes that stand around all of it."""
        if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
            value = value[1:-1].strip()
        return super().plain(value)

    def row(self, row: Row) -> Found:
        """Return what a row says. Raises Unreadable."""
        statement = self.text(row, "statement", lines=True)
        if not statement:
            raise self.refuse("statement", "", "The statement is missing.")
        said = {key: self.text(row, key, longest=longest) for key, longest in LONGEST.items()}
        own = said["external_id"]
        self.once(row, "external_id", own, f"The key “{own[:40]}” is already used on line {{line}}.")
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
            estimate_seconds=self.hours(row, "estimate"),
        )


class RequirementImporter(RowsImporter):
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
    what, things = WHAT, "requirements"
    columns, numbers = COLUMNS, ("estimate",)
    reading, drafting, place = Reading, RequirementDraft, "requirement_list"


def title_of(statement: str) -> str:
    """Return the first words of a statement, for a file that gives no titles."""
    words = statement.split()
    told = " ".join(words[:TITLE_WORDS])[:190].rstrip(" .,;:")
    return f"{told} …" if len(words) > TITLE_WORDS else told
