"""The import of design elements from a spreadsheet: which column is what, and what its words mean here."""

from __future__ import annotations

from typing import ClassVar

from implement.core.tabular import ColumnSpec, Row
from projects.design.imports.draft import WHAT, ElementDraft, Found
from projects.imports.people import folded
from projects.kit.imports.rowfile import RowReading, RowsImporter

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


class Reading(RowReading):
    """One pass over one table of design elements."""

    def row(self, row: Row) -> Found:
        """Return what a row says. Raises Unreadable."""
        said = {key: self.text(row, key, longest=longest) for key, longest in LINES.items()}
        said |= {key: self.text(row, key, lines=True, longest=longest) for key, longest in TEXTS.items()}
        for key in ("title", "purpose"):
            if not said[key]:
                raise self.refuse(key, "", f"The {key} is missing.")
        for key in ("key", "title"):
            self.once(row, key, said[key], f"“{said[key][:60]}” stands on line {{line}} already.")
        signs = said.pop("needs_customer")
        if folded(signs) not in YES | NO:
            raise self.refuse("needs_customer", signs, f"“{signs}” is neither yes nor no.")
        is_told = "needs_customer" in self.mapping
        return Found(line=row.line, needs_customer=folded(signs) in YES if is_told else None, **said)


class ElementImporter(RowsImporter):
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
    what, things = WHAT, "design elements"
    columns = COLUMNS
    reading, drafting, place = Reading, ElementDraft, "designelement_list"
