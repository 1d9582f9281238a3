"""Requirements of a file beside what is written down: what its words mean here, and what would change."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import translation

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
from projects.requirements.choices import OPEN_RELEASES, OUT, Criticality, Fit, Priority, RequirementKind
from projects.requirements.imports.goals import GoalBook
from projects.requirements.models import Release, Requirement, SuccessCriterion
from projects.requirements.selectors.texts import content_of
from projects.requirements.services.goals import goal_save
from projects.requirements.services.requirements import checked_criteria, requirement_save, why_locked
from projects.requirements.services.roadmap import requirements_place

WHAT, GOAL = "requirement", "goal"
MOST_ASKED = 60
# What our own list writes for a requirement in no release; a file that says nothing leaves it where it is.
UNPLACED = {"", "not placed"}
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
        "essential": "must", "muss": "must", "hoch": "must", "very desirable": "should", "soll": "should",
        "mittel": "should", "desirable": "could", "optional": "could", "luxury": "could", "kann": "could",
        "niedrig": "could",
    },
    "criticality": {"blocker": "critical", "normal": "medium", "minor": "low", "major": "high"},
    "fit": {"fit": "standard", "yes": "standard", "gap": "customise", "customize": "customise", "no": "rejected"},
}  # fmt: skip
SET_BY_FILE = ("title", "statement", "rationale", "kind", "priority", "criticality", "fit", "category", "source",
               "success_criterion", "estimate_seconds")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One requirement of a file. `words` are the file's own for what has words of ours; `criteria` None: not told.

    `parent` names the `external_id` of its whole; `label` is what the preview calls it, if not by these.
    """

    line: int | None
    statement: str
    title: str
    external_id: str = ""
    label: str = ""
    rationale: str = ""
    criteria: list[str] | None = None
    words: Mapping[str, str]
    parent: str = ""
    owner: str = ""
    release: str = ""
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
        self.new_goals: list[SuccessCriterion] = []
        self.todo: list[tuple[Found, Requirement, list[str]]] = []
        self.seen: dict[str, list[int | None]] = {}
        self.places: dict[int, int] = {}
        self.releases: dict[str, Release] = {}
        self.matched: list[tuple[Found, Requirement]] = []

    def draft(self, *, mapping: Mapping[str, int], warnings: Iterable[str]) -> Draft:
        """Return what would happen with every row."""
        self.mapping = dict(mapping)
        self.result.notes += [Note(warning, self.context.run.filename) for warning in warnings]
        self.ask_words()
        if self.result.is_waiting:
            return self.result
        self.find_owners()
        self.find_releases()
        self.goals = GoalBook(self.project, (row.success_criterion for row in self.rows), self.goal_key)
        self.compare()
        self.tell_goals()
        self.result.write = self.write
        return self.result

    # --- What the file's words mean --------------------------------------------------------------------------
    def ask_words(self) -> None:
        """Decide what each word of the file is here; what is not plainly one of ours is asked, with a proposal."""
        for key, (label, choices, usual) in WORDS.items():
            ours = {folded(value): value for value in choices.values}
            for language in {translation.get_language() or "en", "en"}:
                # Our own files are in English, whoever reads them.
                with translation.override(language):
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

    def find_releases(self) -> None:
        """Find the releases of the file by their names."""
        rows = Release.objects.filter(project=self.project)
        self.releases = {folded(row.name): row for row in rows} if self.tells("release") else {}

    def release_of(self, found: Found) -> Release | None:
        """Return the release that a row is put into; None when it says nothing, which leaves it where it is."""
        return None if folded(found.release) in UNPLACED else self.releases.get(folded(found.release))

    def release_problem(self, found: Found, row: Requirement) -> str:
        """Return why a row cannot be put into the release that it names; empty when it can, or stands there."""
        if folded(found.release) in UNPLACED:
            return ""
        release = self.release_of(found)
        if release is None:
            name = found.release[:60]
            return (
                f"There is no release called “{name}”: add it on the roadmap first, or leave the cell empty."
            )
        if release.pk == row.release_id:
            return ""
        if release.status not in OPEN_RELEASES:
            return f"{release} is {str(release.get_status_display()).lower()}: nothing is added to it."
        if row.status in OUT:
            return f"{row.key} is {str(row.get_status_display()).lower()}: only what is in scope is placed."
        return ""

    def placing(self) -> list[tuple[Found, Requirement, Release]]:
        """Return what is put into another release, with that."""
        placed = []
        for found, row in self.matched:
            release = self.release_of(found)
            if release is not None and release.pk != row.release_id:
                placed.append((found, row, release))
        return placed

    def goal_key(self, title: str) -> str:
        """Return a goal's title as it is compared."""
        return folded(title)

    def tell_goals(self) -> None:
        """Show the goals that would be written, above the requirements that name them."""
        self.new_goals = self.goals.fresh(row for _, row, _ in self.todo)
        told = "No goal of the project is called so."
        self.result.rows[:0] = [
            PreviewRow(Outcome.CREATED, GOAL, goal.title, told) for goal in self.new_goals
        ]

    # --- Comparing -------------------------------------------------------------------------------------------
    def compare(self) -> None:
        """Compare each row with the requirement of the same key."""
        found = Requirement.with_trash.filter(project=self.project)
        stored = list(found.select_related("success_criterion").prefetch_related("criteria"))
        self.by_key, self.by_external = self.known(stored)
        for found in self.rows:
            self.one(found)
        self.check_parents()

    def known(self, stored: list[Requirement]) -> tuple[dict[str, Requirement], dict[str, Requirement]]:
        """Return what is stored by the key that a file may name it by, and by its identity in an earlier file."""
        return (
            {self.key(row.key): row for row in stored},
            {row.external_id: row for row in stored if row.external_id},
        )

    def key(self, said: str) -> str:
        """Return a key of the file as it is compared."""
        return said.casefold()

    def identity(self, found: Found) -> str:
        """Return what finds a row again when its file is read anew."""
        return identity_of(found)

    def told(self, stored: str, said: str, *, is_line: bool = False) -> str:
        """Return a text as the file has it; a format that cannot hold every text keeps what is stored."""
        return said

    def told_criteria(self, stored: list[str], said: list[str]) -> list[str]:
        """Return acceptance criteria as the file has them."""
        return said

    def one(self, found: Found) -> None:
        """Decide about one row."""
        identity = self.identity(found)
        first = self.seen.setdefault(identity, [])
        first.append(found.line)
        if len(first) > 1:
            # Taken all the same: two lists may ask for the same, and nothing of a file is dropped in silence.
            self.result.notes.append(Note(f"The same text stands on line {first[0]}.", f"line {found.line}"))
            identity = f"{identity}:{len(first)}"
        row = self.by_key.get(self.key(found.external_id)) if found.external_id else None
        row = row or self.by_external.get(identity)
        if row is not None and row.deleted_at is not None:
            self.add(Outcome.UNCHANGED, found, "It is in the trash.")
            return
        if problem := self.release_problem(found, row or Requirement()):
            self.add(Outcome.REFUSED, found, problem, key="release", value=found.release)
            return
        before = None if row is None else (self.values_of(row), row.criteria_texts)
        fresh = row if row is not None else Requirement(project=self.project, external_id=identity)
        said = self.said(found, fresh)
        stored = fresh.criteria_texts if row else []
        criteria = stored if found.criteria is None else self.told_criteria(stored, found.criteria)
        is_same = before == (said, criteria)
        if row is not None and is_same:
            self.keep(found, row)
            self.matched.append((found, row))
            release = self.release_of(found)
            if release is not None and release.pk != row.release_id:
                self.add(Outcome.CHANGED, found, f"Into {release}.")
            else:
                self.add(Outcome.UNCHANGED, found)
            return
        if row is not None and (locked := why_locked(row)):
            self.keep(found, row)
            self.add(Outcome.REFUSED, found, locked, key="external_id", value=found.external_id or row.key)
            return
        was = None if row is None else content_of(row)
        for name, value in said.items():
            setattr(fresh, name, value)
        if problem := self.problem(fresh, criteria):
            self.add(
                Outcome.REFUSED, found, problem[1], key=problem[0], value=str(getattr(fresh, problem[0], ""))
            )
            return
        self.todo.append((found, fresh, criteria))
        self.matched.append((found, fresh))
        self.keep(found, fresh)
        if row is None:
            self.add(Outcome.CREATED, found, str(fresh.get_kind_display()))
        else:
            signed = row.signed_revision is not None and was != content_of(fresh, criteria)
            self.add(Outcome.CHANGED, found, "It was signed: back to rework." if signed else "")

    def keep(self, found: Found, row: Requirement) -> None:
        """Remember which requirement a row is, for those that are part of it."""
        if found.external_id:
            self.by_key.setdefault(self.key(found.external_id), row)

    def said(self, found: Found, row: Requirement) -> dict[str, Any]:
        """Return field -> value as the file says it; what has no column stays as it is."""
        told: dict[str, Any] = {
            "statement": self.told(row.statement, found.statement),
            "title": self.told(row.title, found.title, is_line=True),
        }
        told["success_criterion"] = row.success_criterion
        if self.tells("success_criterion"):
            told["success_criterion"] = self.goals.said(row.success_criterion, found.success_criterion)
        for key in ("rationale", "source", "category"):
            stored, is_line = getattr(row, key), key != "rationale"
            told[key] = self.told(stored, getattr(found, key), is_line=is_line) if self.tells(key) else stored
        told["estimate_seconds"] = found.estimate_seconds if self.tells("estimate") else row.estimate_seconds
        for key in WORDS:
            told[key] = self.meanings[key, found.words.get(key, "")] if self.tells(key) else getattr(row, key)
        owner = self.owners.get(found.owner) if self.tells("owner") else row.owner
        # Who is nobody of ours does not take the requirement from who has it.
        told["owner_id"] = owner.pk if owner else row.owner_id
        return {name: told[name] for name in (*SET_BY_FILE, "owner_id")}

    def tells(self, key: str) -> bool:
        """Return whether the file has a column for a field; the class of a list is its category, too."""
        return key in self.mapping or (key == "category" and "kind" in self.mapping)

    def values_of(self, row: Requirement) -> dict[str, Any]:
        """Return what is stored of the fields that a file sets."""
        return {name: getattr(row, name) for name in (*SET_BY_FILE, "owner_id")}

    def problem(self, row: Requirement, criteria: list[str]) -> tuple[str, str] | None:
        """Return (field, message) of what the table or the service refuses."""
        try:
            row.clean_fields(exclude=["number", "revision"])
            checked_criteria(criteria)
        except ValidationError as error:
            name, messages = next(iter(error.message_dict.items()))
            return name, " ".join(messages)
        except DomainError as error:
            return "criteria", error.message
        for name in ("statement", "rationale"):
            # A column of text has no limit of its own in the database.
            longest, length = Requirement._meta.get_field(name).max_length, len(getattr(row, name))
            if longest is not None and length > longest:
                return name, f"{length:,} characters; at most {longest:,} fit."
        return None

    def whole_of(self, found: Found) -> Requirement | None:
        """Return what a row is part of; None when it is told nothing, or nothing that is there."""
        whole = self.by_key.get(self.key(found.parent)) if found.parent else None
        return whole if whole is not None and whole.deleted_at is None else None

    def check_parents(self) -> None:
        """Tell which wholes are neither in the file nor in the project; show what only moves as changed."""
        for found in self.rows:
            if found.parent and self.whole_of(found) is None:
                message = f"“{found.parent[:60]}” is no requirement: {found.title[:60]} is part of nothing."
                where = ", ".join(filter(None, (f"line {found.line}", self.headers.get("parent"))))
                self.result.notes.append(Note(message, where))
        for found, _, whole in self.moves():
            at = self.places[id(found)]
            if self.result.rows[at].outcome == Outcome.UNCHANGED:
                message = f"It moves below “{whole.title[:60]}”."
                self.result.rows[at] = replace(self.result.rows[at], outcome=Outcome.CHANGED, message=message)

    def moves(self) -> list[tuple[Found, Requirement, Requirement]]:
        """Return what is not part of what the file says, with that."""
        moving = []
        for found in self.rows:
            row = self.by_key.get(self.key(found.external_id)) if found.external_id else None
            whole = self.whole_of(found)
            if row is None or whole is None or row.deleted_at is not None:
                continue
            if (whole.pk is None or row.parent_id != whole.pk) and why_locked(row) is None:
                moving.append((found, row, whole))
        return moving

    def add(
        self, outcome: Outcome, found: Found, message: str = "", *, key: str = "", value: str = ""
    ) -> None:
        """Add what happens to a row."""
        label = found.label or f"{found.external_id} {found.title}".strip()
        self.places[id(found)] = len(self.result.rows)
        place = self.headers.get(key, "") if key else ""
        self.result.rows.append(PreviewRow(outcome, WHAT, label, message, found.line, place, value))

    # --- Writing ---------------------------------------------------------------------------------------------
    def write(self) -> None:
        """Write the requirements through their service; the caller's transaction makes it all or nothing."""
        reason = f"Import of {self.context.run.filename}"[:255]
        for goal in self.new_goals:
            goal_save(goal=goal, entry=self.context.entry)
        # No progress is told from here on: the job counts as done within this transaction.
        for found, row, criteria in self.todo:
            # What was new in the preview has its number only now.
            row.success_criterion = row.success_criterion
            whole = self.whole_of(found)
            if whole is not None and whole.pk is not None:
                row.parent = whole
            self.save(found, row, criteria=criteria if found.criteria is not None else None, reason=reason)
        # What is part of something further down.
        for found, row, whole in self.moves():
            row.parent = whole
            self.save(found, row)
        self.place()
        remember(
            project=self.project, kind=self.context.run.kind, signature=self.signature,
            options={"mapping": self.mapping},
        )  # fmt: skip

    def place(self) -> None:
        """Put requirements into the releases that the file names. Raises ImportRefused with the line of the first."""
        by_release: dict[Release, list[tuple[Found, Requirement]]] = {}
        for found, row, release in self.placing():
            by_release.setdefault(release, []).append((found, row))
        for release, pairs in by_release.items():
            try:
                requirements_place(
                    requirements=[row for _, row in pairs], release=release, entry=self.context.entry
                )
            except DomainError as error:
                line = pairs[0][0].line
                raise ImportRefused(f"Line {line}, {release}: {error.message}", line=line) from error

    def save(
        self, found: Found, row: Requirement, *, criteria: list[str] | None = None, reason: str = ""
    ) -> None:
        """Save a requirement. Raises ImportRefused with its line."""
        try:
            requirement_save(requirement=row, entry=self.context.entry, criteria=criteria, reason=reason)
        except DomainError as error:
            raise ImportRefused(
                f"Line {found.line}, {found.title[:60]}: {error.message}", line=found.line
            ) from error


def identity_of(found: Found) -> str:
    """Return what finds a row again when its file is read anew: its own key, else its text."""
    if found.external_id:
        return f"file:{found.external_id}"[:255]
    text = f"{folded(found.title)}\x1f{folded(found.statement)}"
    return f"text:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _short(word: str) -> str:
    return hashlib.sha256(word.encode("utf-8", "surrogatepass")).hexdigest()[:16]
