"""Requirements of a file beside what is written down: what its words mean here, and what would change."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import ValidationError

from implement.core.errors import DomainError
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
from projects.requirements.choices import Criticality, Fit, Priority, RequirementKind
from projects.requirements.models import Requirement
from projects.requirements.selectors.texts import content_of
from projects.requirements.services.requirements import requirement_save, why_locked

WHAT = "requirement"
MOST_ASKED = 60
EVERY = 25
WORDS: dict[str, tuple[str, Any, str]] = {
    "kind": ("type", RequirementKind, RequirementKind.FUNCTIONAL),
    "priority": ("priority", Priority, Priority.SHOULD),
    "criticality": ("criticality", Criticality, Criticality.MEDIUM),
    "fit": ("fit", Fit, ""),
}
# As other tools and lists call them; the two letters are those of the PROMISE collection of requirements.
KNOWN: dict[str, dict[str, str]] = {
    "kind": {
        "f": "functional", "fr": "functional", "functional requirement": "functional", "feature": "functional",
        "a": "reliability", "availability": "reliability", "ft": "reliability", "fault tolerance": "reliability",
        "l": "constraint", "legal": "constraint", "lf": "interaction", "look and feel": "interaction",
        "us": "interaction", "usability": "interaction", "mn": "maintainability", "maintenance": "maintainability",
        "o": "compatibility", "operational": "compatibility", "pe": "performance", "performance": "performance",
        "po": "flexibility", "portability": "flexibility", "sc": "flexibility", "scalability": "flexibility",
        "se": "security", "reporting": "report",
    },
    "priority": {
        "m": "must", "must have": "must", "mandatory": "must", "high": "must", "1": "must", "s": "should",
        "should have": "should", "medium": "should", "2": "should", "c": "could", "could have": "could",
        "nice to have": "could", "low": "could", "3": "could", "w": "wont", "won't": "wont", "won't have": "wont",
    },
    "criticality": {"blocker": "critical", "normal": "medium", "minor": "low", "major": "high"},
    "fit": {"fit": "standard", "yes": "standard", "gap": "customise", "customize": "customise", "no": "rejected"},
}  # fmt: skip
SET_BY_FILE = ("title", "statement", "rationale", "kind", "priority", "criticality", "fit", "category", "source",
               "success_criterion", "estimate_seconds")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One requirement of a file. `words` are the file's own for what has words of ours; `criteria` None: not told."""

    line: int | None
    statement: str
    title: str
    external_id: str = ""
    rationale: str = ""
    criteria: list[str] | None = None
    words: Mapping[str, str]
    parent: str = ""
    owner: str = ""
    category: str = ""
    source: str = ""
    success_criterion: str = ""
    estimate_seconds: int | None = None


class RequirementDraft:
    """One comparison of one file of requirements with one project."""

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
        self.todo: list[tuple[Found, Requirement]] = []
        self.seen: dict[str, list[int | None]] = {}

    def draft(self, *, mapping: Mapping[str, int], warnings: Iterable[str]) -> Draft:
        """Return what would happen with every row."""
        self.mapping = dict(mapping)
        self.result.notes += [Note(warning, self.context.run.filename) for warning in warnings]
        self.ask_words()
        if self.result.is_waiting:
            return self.result
        self.find_owners()
        self.compare()
        self.result.write = self.write
        return self.result

    # --- What the file's words mean --------------------------------------------------------------------------
    def ask_words(self) -> None:
        """Decide what each word of the file is here; what is not plainly one of ours is asked, with a proposal."""
        for key, (label, choices, usual) in WORDS.items():
            ours = {folded(value): value for value in choices.values}
            ours |= {folded(str(text)): value for value, text in choices.choices}
            offered = tuple(Choice(value, str(text)) for value, text in choices.choices)
            if not usual:
                offered = (Choice("", "Not said"), *offered)
            self.meanings[key, ""] = usual
            unknown = []
            for word in sorted({row.words.get(key, "") for row in self.rows} - {""}):
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
                proposed = KNOWN[key].get(folded(word), usual)
                question = Question(
                    f"{key}:{_short(word)}",
                    f"“{word[:60]}” is here the {label}",
                    offered,
                    proposed,
                    label.capitalize(),
                )
                self.meanings[key, word] = self.ask(question)

    def ask(self, question: Question) -> str:
        """Add a question; return the answer in force."""
        given = self.context.answer(question.key)
        value = given if given in {choice.value for choice in question.choices} else question.value
        self.result.questions.append(replace(question, value=value))
        return value

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
    def compare(self) -> None:
        """Compare each row with the requirement of the same key."""
        stored = list(Requirement.with_trash.filter(project=self.project).prefetch_related("criteria"))
        self.by_key = {row.key.casefold(): row for row in stored}
        self.by_external = {row.external_id: row for row in stored if row.external_id}
        for found in self.rows:
            self.one(found)
        self.check_parents()

    def one(self, found: Found) -> None:
        """Decide about one row."""
        identity = identity_of(found)
        first = self.seen.setdefault(identity, [])
        first.append(found.line)
        if len(first) > 1:
            # Taken all the same: two lists may ask for the same, and nothing of a file is dropped in silence.
            self.result.notes.append(Note(f"The same text stands on line {first[0]}.", f"line {found.line}"))
            identity = f"{identity}:{len(first)}"
        row = self.by_key.get(found.external_id.casefold()) if found.external_id else None
        row = row or self.by_external.get(identity)
        if row is not None and row.deleted_at is not None:
            self.add(Outcome.UNCHANGED, found, "It is in the trash.")
            return
        before = None if row is None else (self.values_of(row), row.criteria_texts)
        fresh = row if row is not None else Requirement(project=self.project, external_id=identity)
        said = self.said(found, fresh)
        criteria = found.criteria if found.criteria is not None else fresh.criteria_texts if row else []
        is_same = before == (said, criteria)
        if row is not None and is_same:
            self.keep(found, row)
            self.add(Outcome.UNCHANGED, found)
            return
        if row is not None and (locked := why_locked(row)):
            self.add(Outcome.REFUSED, found, locked, key="external_id", value=found.external_id or row.key)
            return
        was = None if row is None else content_of(row)
        for name, value in said.items():
            setattr(fresh, name, value)
        if problem := self.problem(fresh):
            self.add(
                Outcome.REFUSED, found, problem[1], key=problem[0], value=str(getattr(fresh, problem[0], ""))
            )
            return
        self.todo.append((found, fresh))
        self.keep(found, fresh)
        if row is None:
            self.add(Outcome.CREATED, found, str(fresh.get_kind_display()))
        else:
            signed = row.signed_revision is not None and was != content_of(fresh, criteria)
            self.add(Outcome.CHANGED, found, "It was signed: back to rework." if signed else "")

    def keep(self, found: Found, row: Requirement) -> None:
        """Remember which requirement a row is, for those that are part of it."""
        for key in filter(None, (found.external_id.casefold(),)):
            self.by_key.setdefault(key, row)

    def said(self, found: Found, row: Requirement) -> dict[str, Any]:
        """Return field -> value as the file says it; what has no column stays as it is."""
        told: dict[str, Any] = {"statement": found.statement, "title": found.title}
        for key in ("rationale", "source", "success_criterion", "category"):
            told[key] = getattr(found, key) if self.tells(key) else getattr(row, key)
        told["estimate_seconds"] = found.estimate_seconds if self.tells("estimate") else row.estimate_seconds
        for key in WORDS:
            told[key] = self.meanings[key, found.words.get(key, "")] if self.tells(key) else getattr(row, key)
        owner = self.owners.get(found.owner) if self.tells("owner") else row.owner
        told["owner_id"] = (
            (owner.pk if owner else None) if found.owner or not self.tells("owner") else row.owner_id
        )
        return {name: told[name] for name in (*SET_BY_FILE, "owner_id")}

    def tells(self, key: str) -> bool:
        """Return whether the file has a column for a field; the class of a list is its category, too."""
        return key in self.mapping or (key == "category" and "kind" in self.mapping)

    def values_of(self, row: Requirement) -> dict[str, Any]:
        """Return what is stored of the fields that a file sets."""
        return {name: getattr(row, name) for name in (*SET_BY_FILE, "owner_id")}

    def problem(self, row: Requirement) -> tuple[str, str] | None:
        """Return (field, message) of what the table refuses."""
        try:
            row.clean_fields(exclude=["number", "revision"])
        except ValidationError as error:
            name, messages = next(iter(error.message_dict.items()))
            return name, " ".join(messages)
        return None

    def check_parents(self) -> None:
        """Tell which wholes are neither in the file nor in the project."""
        for found in self.rows:
            if found.parent and found.parent.casefold() not in self.by_key:
                message = f"“{found.parent[:60]}” is no requirement: {found.title[:60]} is part of nothing."
                self.result.notes.append(
                    Note(message, f"line {found.line}, {self.headers.get('parent', '')}")
                )

    def add(
        self, outcome: Outcome, found: Found, message: str = "", *, key: str = "", value: str = ""
    ) -> None:
        """Add what happens to a row."""
        label = f"{found.external_id} {found.title}".strip()
        place = self.headers.get(key, "") if key else ""
        self.result.rows.append(PreviewRow(outcome, WHAT, label, message, found.line, place, value))

    # --- Writing ---------------------------------------------------------------------------------------------
    def write(self) -> None:
        """Write the requirements through their service; the caller's transaction makes it all or nothing."""
        entry, count = self.context.entry, len(self.todo)
        reason = f"Import of {self.context.run.filename}"[:255]
        for number, (found, row) in enumerate(self.todo):
            if number % EVERY == 0:
                self.context.progress(100 * number // max(count, 1), f"{number} of {count} requirements")
            requirement_save(requirement=row, entry=entry, criteria=found.criteria, reason=reason)
        self.write_parents()
        remember(
            project=self.project, kind=self.context.run.kind, signature=self.signature,
            options={"mapping": self.mapping},
        )  # fmt: skip

    def write_parents(self) -> None:
        """Put the parts below their wholes, once all are there."""
        for found in self.rows:
            row = self.by_key.get(found.external_id.casefold()) if found.external_id else None
            whole = self.by_key.get(found.parent.casefold()) if found.parent else None
            if (
                row is None
                or whole is None
                or row.pk is None
                or whole.pk is None
                or row.parent_id == whole.pk
            ):
                continue
            if why_locked(row) is None:
                row.parent = whole
                try:
                    requirement_save(requirement=row, entry=self.context.entry)
                except DomainError as error:
                    raise ImportRefused(f"{found.title[:60]}: {error.message}", line=found.line) from error


def identity_of(found: Found) -> str:
    """Return what finds a row again when its file is read anew: its own key, else its text."""
    if found.external_id:
        return f"file:{found.external_id}"[:255]
    text = f"{folded(found.title)}\x1f{folded(found.statement)}"
    return f"text:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _short(word: str) -> str:
    return hashlib.sha256(word.encode("utf-8", "surrogatepass")).hexdigest()[:16]
