"""Design elements of a file beside what is written down: what its words mean here, and what would change."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from implement.core.diagrams import why_broken
from implement.core.errors import DomainError
from projects.design.choices import ElementKind, ElementState
from projects.design.models import DesignElement
from projects.design.selectors.texts import content_of
from projects.design.services.elements import element_save, why_locked
from projects.imports.people import PeopleBook, folded
from projects.kit.imports import (
    Choice,
    Context,
    Draft,
    ImportRefused,
    Note,
    Outcome,
    PreviewRow,
    Question,
    remember,
)
from projects.models import Person, Project

WHAT = "design element"
MOST_ASKED = 60
# As other tools and lists call them.
KNOWN = {
    "application": "component", "app": "component", "module": "component", "service": "component",
    "system": "component", "function": "component", "interface": "integration", "api": "integration",
    "connector": "integration", "entity": "data", "data": "data", "table": "data", "object": "data",
    "dashboard": "report", "form": "report", "role": "role", "security": "role", "permission": "role",
    "infrastructure": "environment", "server": "environment", "node": "environment", "schnittstelle": "integration",
    "bericht": "report", "rolle": "role", "umgebung": "environment", "komponente": "component",
}  # fmt: skip
SET_BY_FILE = ("title", "purpose", "kind", "description", "diagram", "notes", "needs_customer", "owner_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One element of a file, in its words. `parent` names a key or a title; `needs_customer` None: not told."""

    line: int
    title: str
    purpose: str
    key: str
    kind: str
    description: str
    diagram: str
    notes: str
    parent: str
    owner: str
    needs_customer: bool | None


class ElementDraft:
    """One comparison of one file of design elements with one project."""

    def __init__(
        self,
        context: Context,
        rows: list[Found],
        draft: Draft,
        *,
        headers: Mapping[str, str],
        remembered_as: str,
    ) -> None:
        self.context, self.rows, self.result = context, rows, draft
        self.headers, self.signature = headers, remembered_as
        self.project = Project.objects.get(pk=context.project.pk)
        self.kinds: dict[str, str] = {"": ElementKind.COMPONENT}
        self.owners: dict[str, Person | None] = {}
        self.todo: list[tuple[Found, DesignElement]] = []
        self.known: dict[str, DesignElement] = {}
        self.places: dict[int, int] = {}

    def draft(self, *, mapping: Mapping[str, int], warnings: Iterable[str]) -> Draft:
        """Return what would happen with every row."""
        self.mapping = dict(mapping)
        self.result.notes += [Note(warning, self.context.run.filename) for warning in warnings]
        self.ask_kinds()
        if self.result.is_waiting:
            return self.result
        self.find_owners()
        stored = DesignElement.with_trash.filter(project=self.project).order_by("-deleted_at", "-number")
        for row in stored:
            # Of two with one title the first that is not in the trash is meant.
            self.known[folded(row.title)] = row
        self.known |= {folded(row.key): row for row in stored}
        for found in self.rows:
            self.one(found)
        self.check_parents()
        self.result.write = self.write
        return self.result

    # --- What the file's words mean --------------------------------------------------------------------------
    def ask_kinds(self) -> None:
        """Decide what each type of the file is here; what is not plainly one of ours is asked, with a proposal."""
        ours = {folded(str(text)): value for value, text in ElementKind.choices}
        ours |= {folded(value): value for value in ElementKind.values}
        unknown = []
        for word in sorted({row.kind for row in self.rows} - {""}):
            if folded(word) in ours:
                self.kinds[word] = ours[folded(word)]
            else:
                unknown.append(word)
        if len(unknown) > MOST_ASKED:
            column = self.headers.get("kind")
            raise ImportRefused(
                f"The column “{column}” has {len(unknown)} different words: it is no type. Choose another, or none.",
                column=column,
            )
        offered = tuple(Choice(value, str(text)) for value, text in ElementKind.choices)
        for word in unknown:
            proposed = KNOWN.get(folded(word), ElementKind.COMPONENT)
            key = hashlib.sha256(word.encode("utf-8", "surrogatepass")).hexdigest()[:16]
            question = Question(f"kind:{key}", f"“{word[:60]}” is here the type", offered, proposed, "Type")
            self.kinds[word] = self.result.ask(question, context=self.context)

    def find_owners(self) -> None:
        """Find who each owner of the file is; who is nobody of ours is told, and left away."""
        book = PeopleBook.of(self.project)
        for name in sorted({row.owner for row in self.rows} - {""}):
            found = [
                one
                for one in book.matches(name=name, email=name if "@" in name else "")
                if one.pk in book.members and one.customer_id is None
            ]
            self.owners[name] = found[0] if len(found) == 1 else None
            if len(found) != 1:
                self.result.notes.append(
                    Note(f"“{name[:60]}” is nobody of the team: the owner is left away.")
                )

    # --- Comparing -------------------------------------------------------------------------------------------
    def one(self, found: Found) -> None:
        """Decide about one row."""
        row = (self.known.get(folded(found.key)) if found.key else None) or self.known.get(
            folded(found.title)
        )
        if row is not None and row.deleted_at is not None:
            self.add(Outcome.UNCHANGED, found, "It is in the trash.")
            return
        said = self.said(found, row)
        if row is not None and said == {name: getattr(row, name) for name in SET_BY_FILE}:
            self.keep(found, row)
            self.add(Outcome.UNCHANGED, found)
            return
        if row is not None and (locked := why_locked(row)):
            self.keep(found, row)
            self.add(Outcome.REFUSED, found, locked, key="key", value=found.key or row.key)
            return
        if said["diagram"] and (row is None or said["diagram"] != row.diagram):
            broken = why_broken(said["diagram"])
            if broken:
                self.add(Outcome.REFUSED, found, broken, key="diagram", value=said["diagram"])
                return
        fresh = row if row is not None else DesignElement(project=self.project)
        before = None if row is None else content_of(row)
        for name, value in said.items():
            setattr(fresh, name, value)
        self.todo.append((found, fresh))
        self.keep(found, fresh)
        if row is None:
            self.add(Outcome.CREATED, found, str(fresh.get_kind_display()))
        else:
            ends = row.status == ElementState.APPROVED and before != content_of(fresh)
            self.add(Outcome.CHANGED, found, "It was approved: back to the draft." if ends else "")

    def said(self, found: Found, row: DesignElement | None) -> dict[str, Any]:
        """Return field -> value as the file says it; what has no column stays as it is."""
        blank = row or DesignElement()
        told: dict[str, Any] = {"title": found.title, "purpose": found.purpose}
        for key in ("description", "diagram", "notes"):
            told[key] = getattr(found, key) if key in self.mapping else getattr(blank, key)
        told["kind"] = self.kinds[found.kind] if "kind" in self.mapping else blank.kind
        signs = found.needs_customer
        told["needs_customer"] = blank.needs_customer if signs is None else signs
        owner = self.owners.get(found.owner)
        # Who is nobody of ours does not take the element from who has it.
        told["owner_id"] = owner.pk if owner else blank.owner_id
        return {name: told[name] for name in SET_BY_FILE}

    def keep(self, found: Found, row: DesignElement) -> None:
        """Remember which element a row is, for those that are part of it."""
        for name in (found.key, found.title):
            if name:
                self.known[folded(name)] = row

    def whole_of(self, found: Found) -> DesignElement | None:
        """Return what a row is part of; None when it is told nothing, or nothing that is there."""
        whole = self.known.get(folded(found.parent)) if found.parent else None
        return whole if whole is not None and whole.deleted_at is None else None

    def check_parents(self) -> None:
        """Tell which wholes are neither in the file nor in the project; show what only moves as changed."""
        for found in self.rows:
            if found.parent and self.whole_of(found) is None:
                message = (
                    f"“{found.parent[:60]}” is no design element: {found.title[:60]} is part of nothing."
                )
                self.result.notes.append(Note(message, f"line {found.line}"))
        for found, _, whole in self.moves():
            at = self.places[id(found)]
            if self.result.rows[at].outcome == Outcome.UNCHANGED:
                message = f"It moves below “{whole.title[:60]}”."
                self.result.rows[at] = replace(self.result.rows[at], outcome=Outcome.CHANGED, message=message)

    def moves(self) -> list[tuple[Found, DesignElement, DesignElement]]:
        """Return what is not part of what the file says, with that."""
        moving = []
        for found in self.rows:
            row, whole = self.known.get(folded(found.title)), self.whole_of(found)
            if row is None or whole is None or row.deleted_at is not None or row is whole:
                continue
            if (whole.pk is None or row.parent_id != whole.pk) and why_locked(row) is None:
                moving.append((found, row, whole))
        return moving

    def add(
        self, outcome: Outcome, found: Found, message: str = "", *, key: str = "", value: str = ""
    ) -> None:
        """Add what happens to a row."""
        self.places[id(found)] = len(self.result.rows)
        label, place = f"{found.key} {found.title}".strip(), self.headers.get(key, "") if key else ""
        self.result.rows.append(PreviewRow(outcome, WHAT, label, message, found.line, place, value))

    # --- Writing ---------------------------------------------------------------------------------------------
    def write(self) -> None:
        """Write the elements through their service; the caller's transaction makes it all or nothing."""
        reason = f"Import of {self.context.run.filename}"[:255]
        for found, row in self.todo:
            whole = self.whole_of(found)
            if whole is not None and whole.pk is not None and whole is not row:
                row.parent = whole
            self.save(found, row, reason)
        # What is part of something further down.
        for found, row, whole in self.moves():
            row.parent = whole
            self.save(found, row, reason)
        remember(
            project=self.project, kind=self.context.run.kind, signature=self.signature,
            options={"mapping": self.mapping},
        )  # fmt: skip

    def save(self, found: Found, row: DesignElement, reason: str) -> None:
        """Save an element. Raises ImportRefused with its line."""
        try:
            element_save(element=row, entry=self.context.entry, reason=reason)
        except DomainError as error:
            raise ImportRefused(
                f"Line {found.line}, {found.title[:60]}: {error.message}", line=found.line
            ) from error
