"""The import of build items from a spreadsheet: which column is what, and what its words mean here."""

from __future__ import annotations

from typing import ClassVar

from implement.core.tabular import ColumnSpec, Row
from projects.builds.imports.draft import WHAT, BuildDraft, Found
from projects.kit.imports.rowfile import RowReading, RowsImporter

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
LINED = ("description", "release_words")


class Reading(RowReading):
    """One pass over one table of build items."""

    def row(self, row: Row) -> Found:
        """Return what a row says. Raises Unreadable."""
        said = {
            key: self.text(row, key, lines=key in LINED, longest=longest) for key, longest in LONGEST.items()
        }
        if not said["title"]:
            raise self.refuse("title", "", "The title is missing.")
        own = said["external_id"]
        self.once(row, "external_id", own, f"The key “{own[:40]}” is already used on line {{line}}.")
        return Found(
            line=row.line,
            words={key: self.text(row, key) for key in ("kind", "priority")},
            owner=self.text(row, "owner"),
            task=self.text(row, "task"),
            estimate_seconds=self.hours(row, "estimate"),
            remaining_seconds=self.hours(row, "remaining"),
            **said,
        )


class BuildItemImporter(RowsImporter):
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
    what, things = WHAT, "build items"
    columns, numbers = COLUMNS, ("estimate", "remaining")
    reading, drafting, place = Reading, BuildDraft, "builditem_list"
