"""Build items of a file beside those of the project: what its words mean here, and what would change."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError

from implement.core.errors import DomainError
from projects.builds.choices import BuildKind, BuildPriority
from projects.builds.models import BuildItem
from projects.builds.services.items import item_save
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
from projects.models import Person, Project, Task

WHAT = "build item"
MOST_ASKED = 40
WORDS: dict[str, tuple[str, Any, str]] = {
    "kind": ("kind", BuildKind, BuildKind.CONFIGURATION),
    "priority": ("priority", BuildPriority, str(BuildPriority.NORMAL)),
}
# As WRICEF lists and other tools call them.
KNOWN: dict[str, dict[str, str]] = {
    "kind": {
        "w": "workflow", "r": "report", "i": "interface", "c": "conversion", "e": "enhancement", "f": "form",
        "config": "configuration", "customizing": "configuration", "setup": "configuration",
        "integration": "interface", "migration": "conversion", "data conversion": "conversion",
        "development": "enhancement", "extension": "enhancement", "custom code": "enhancement", "story": "enhancement",
        "screen": "form", "page": "form", "automation": "workflow", "authorisation": "role", "authorization": "role",
        "security role": "role", "dashboard": "report", "analytics": "report",
    },
    "priority": {
        "highest": "1", "critical": "1", "blocker": "1", "p1": "1", "must": "2", "major": "2", "p2": "2",
        "medium": "3", "should": "3", "p3": "3", "lowest": "4", "minor": "4", "could": "4", "p4": "4",
    },
}  # fmt: skip
SET_BY_FILE = (
    "title", "description", "release_words", "kind", "priority", "estimate_seconds", "remaining_seconds",
    "owner_id", "task_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One build item of a file. `words` are the file's own for what has words of ours."""

    line: int
    title: str
    external_id: str
    description: str
    release_words: str
    words: Mapping[str, str]
    owner: str
    task: str
    estimate_seconds: int | None
    remaining_seconds: int | None


class BuildDraft:
    """One comparison of one file of build items with one project."""

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
        self.meanings: dict[tuple[str, str], str] = {}
        self.owners: dict[str, Person | None] = {}
        self.tasks: dict[str, Task | None] = {}
        self.todo: list[tuple[Found, BuildItem]] = []

    def draft(self, *, mapping: Mapping[str, int], warnings: Iterable[str]) -> Draft:
        """Return what would happen with every row."""
        self.mapping = dict(mapping)
        self.result.notes += [Note(warning, self.context.run.filename) for warning in warnings]
        for key in WORDS:
            self.ask_words(key)
        if self.result.is_waiting:
            return self.result
        self.find_owners()
        self.find_tasks()
        self.compare()
        self.result.write = self.write
        return self.result

    # --- What the file's words mean --------------------------------------------------------------------------
    def ask_words(self, key: str) -> None:
        """Decide what each word of the file is here; what is not plainly one of ours is asked, with a proposal."""
        label, choices, usual = WORDS[key]
        ours = {folded(str(text)): str(value) for value, text in choices.choices}
        ours |= {folded(str(value)): str(value) for value in choices.values}
        offered = tuple(Choice(str(value), str(text)) for value, text in choices.choices)
        self.meanings[key, ""] = usual
        unknown = []
        for word in sorted({row.words[key] for row in self.rows} - {""}):
            if folded(word) in ours:
                self.meanings[key, word] = ours[folded(word)]
            else:
                unknown.append(word)
        if len(unknown) > MOST_ASKED:
            raise ImportRefused(
                f"The column “{self.headers.get(key, label)}” has {len(unknown)} different words: it is no {label}."
                " Choose another column for it, or none.",
                column=self.headers.get(key),
            )
        for word in unknown:
            short = hashlib.sha256(word.encode("utf-8", "surrogatepass")).hexdigest()[:16]
            question = Question(
                f"{key}:{short}",
                f"“{word[:60]}” is here the {label}",
                offered,
                KNOWN[key].get(folded(word), usual),
                label.capitalize(),
            )
            self.meanings[key, word] = self.result.ask(question, context=self.context)

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

    def find_tasks(self) -> None:
        """Find which task of the plan each row names, by its number, its key, its name or both; else it has none."""
        book: dict[str, list[Task]] = {}
        leaves = Task.objects.leaves().filter(project=self.project, is_milestone=False)
        for task in leaves if "task" in self.mapping else ():
            for name in {task.wbs, task.code, task.name, str(task)} - {""}:
                book.setdefault(folded(name), []).append(task)
        for name in sorted({row.task for row in self.rows} - {""}):
            found = book.get(folded(name), [])
            self.tasks[name] = found[0] if len(found) == 1 else None
            if len(found) != 1:
                several = "several tasks" if found else "no task"
                self.result.notes.append(Note(f"“{name[:60]}” is {several} of the plan: it is left away."))

    # --- Comparing -------------------------------------------------------------------------------------------
    def compare(self) -> None:
        """Compare each row with the item of the same key, or of the same row in an earlier import."""
        stored = list(BuildItem.with_trash.filter(project=self.project).select_related("project"))
        by_key = {row.key.casefold(): row for row in stored}
        by_external = {row.external_id: row for row in stored if row.external_id}
        seen: dict[str, int] = {}
        for found in self.rows:
            identity = identity_of(found)
            if identity in seen:
                place = f"line {found.line}"
                self.result.notes.append(Note(f"The same item stands on line {seen[identity]}.", place))
                identity = f"{identity}:{found.line}"
            seen.setdefault(identity, found.line)
            self.one(found, by_key.get(found.external_id.casefold()) or by_external.get(identity), identity)

    def one(self, found: Found, row: BuildItem | None, identity: str) -> None:
        """Decide about one row."""
        if row is not None and row.deleted_at is not None:
            self.add(Outcome.UNCHANGED, found, "It is in the trash.")
            return
        fresh = row if row is not None else BuildItem(project=self.project, external_id=identity)
        said = self.said(found, fresh)
        if row is not None and all(getattr(row, name) == value for name, value in said.items()):
            self.add(Outcome.UNCHANGED, found)
            return
        for name, value in said.items():
            setattr(fresh, name, value)
        try:
            fresh.clean_fields(exclude=["number", "status_since", "owner", "task", "project"])
        except ValidationError as error:
            name, messages = next(iter(error.message_dict.items()))
            self.add(
                Outcome.REFUSED, found, " ".join(messages), key=name, value=str(getattr(fresh, name, ""))
            )
            return
        self.todo.append((found, fresh))
        kind = str(fresh.get_kind_display())
        self.add(Outcome.CREATED if row is None else Outcome.CHANGED, found, kind if row is None else "")

    def said(self, found: Found, row: BuildItem) -> dict[str, Any]:
        """Return field -> value as the file says it; what has no column stays as it is."""
        told: dict[str, Any] = {"title": found.title}
        for key in ("description", "release_words"):
            told[key] = getattr(found, key) if key in self.mapping else getattr(row, key)
        for key in ("estimate", "remaining"):
            name = f"{key}_seconds"
            # An empty cell says nothing; what is estimated or left stays.
            told[name] = getattr(row, name) if getattr(found, name) is None else getattr(found, name)
        told["kind"] = self.meanings["kind", found.words["kind"]] if "kind" in self.mapping else row.kind
        priority = int(self.meanings["priority", found.words["priority"]])
        told["priority"] = priority if "priority" in self.mapping else row.priority
        owner, task = self.owners.get(found.owner), self.tasks.get(found.task)
        # Who is nobody of ours, and what is no task, take nothing from what is there.
        told["owner_id"] = owner.pk if owner else row.owner_id
        told["task_id"] = task.pk if task else row.task_id
        return {name: told[name] for name in SET_BY_FILE}

    def add(
        self, outcome: Outcome, found: Found, message: str = "", *, key: str = "", value: str = ""
    ) -> None:
        """Add what happens to a row."""
        label = f"{found.external_id} {found.title}".strip()
        place = self.headers.get(key, "") if key else ""
        self.result.rows.append(PreviewRow(outcome, WHAT, label, message, found.line, place, value))

    # --- Writing ---------------------------------------------------------------------------------------------
    def write(self) -> None:
        """Write the items through their service; the caller's transaction makes it all or nothing."""
        for found, row in self.todo:
            try:
                item_save(item=row, entry=self.context.entry)
            except DomainError as error:
                raise ImportRefused(
                    f"Line {found.line}, {found.title[:60]}: {error.message}", line=found.line
                ) from error
        remember(
            project=self.project, kind=self.context.run.kind, signature=self.signature,
            options={"mapping": self.mapping},
        )  # fmt: skip


def identity_of(found: Found) -> str:
    """Return what finds a row again when its file is read anew: its own key, else its title."""
    if found.external_id:
        return f"file:{found.external_id}"[:255]
    return f"text:{hashlib.sha256(folded(found.title).encode('utf-8', 'surrogatepass')).hexdigest()}"
