"""What a room says about an import: the kind of file, the questions it asks, and what it would do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, ClassVar, Protocol

from django.conf import settings
from django.http import Http404

from implement.core.errors import DomainError
from projects.kit.access import Entry
from projects.models import ColumnMapping, ImportRun, Person, Project

ROWS_KEPT = 20_000
SHOWN_VALUE = 120
SHOWN_MESSAGE = 500


class Outcome(StrEnum):
    """What happens to one thing of a file."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class ImportRefused(DomainError):
    """A file, or what it asks for, cannot be taken. The place is None where it has none."""

    def __init__(
        self, message: str, *, line: int | None = None, column: str | None = None, value: str | None = None
    ) -> None:
        super().__init__(message)
        self.line = line
        self.column = column
        self.value = value


@dataclass(frozen=True)
class Choice:
    """One answer. `permission`: the grant without which it cannot be chosen."""

    value: str
    label: str
    permission: str = ""


@dataclass(frozen=True)
class Question:
    """Something only a person can decide. Without choices it is a box to tick.

    `value` is the answer in force: theirs, else the proposed one. A required question without one holds the
    import up.
    """

    key: str
    label: str
    choices: tuple[Choice, ...] = ()
    value: str = ""
    section: str = ""
    help: str = ""
    is_required: bool = False

    @property
    def is_open(self) -> bool:
        """Return whether the import waits for this answer."""
        return self.is_required and not self.value

    def as_json(self) -> dict[str, Any]:
        """Return the question as the preview keeps it."""
        return {
            "key": self.key,
            "label": self.label,
            "choices": [[choice.value, choice.label, choice.permission] for choice in self.choices],
            "value": self.value,
            "section": self.section,
            "help": self.help,
            "required": self.is_required,
            "open": self.is_open,
        }


@dataclass(frozen=True)
class PreviewRow:
    """One thing that would be created, changed, left or refused. `line` is where it stands in the file."""

    outcome: Outcome
    what: str
    label: str
    message: str = ""
    line: int | None = None
    column: str = ""
    value: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the row as the preview keeps it, shortened so that a hostile cell cannot fill the page."""
        return {
            "outcome": self.outcome.value,
            "what": self.what,
            "label": self.label[:SHOWN_VALUE],
            "message": self.message[:SHOWN_MESSAGE],
            "line": self.line,
            "column": self.column[:SHOWN_VALUE],
            "value": self.value[:SHOWN_VALUE],
        }


@dataclass(frozen=True)
class Note:
    """Something of the file that was not understood or is left behind. `count` is how often."""

    message: str
    place: str = ""
    count: int = 1

    def as_json(self) -> dict[str, Any]:
        """Return the note as the preview keeps it."""
        return {
            "message": self.message[:SHOWN_MESSAGE],
            "place": self.place[: 2 * SHOWN_VALUE],
            "count": self.count,
        }


def nothing() -> None:
    """Write nothing: the draft of an import that still asks."""


@dataclass
class Draft:
    """What an import would do. `write` does it, in the caller's transaction; `totals` are (label, text)."""

    questions: list[Question] = field(default_factory=list)
    rows: list[PreviewRow] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    totals: list[tuple[str, str]] = field(default_factory=list)
    write: Callable[[], None] = nothing

    def ask(self, question: Question, *, context: Context) -> str:
        """Add a question; return the answer in force: theirs when it is still one, else the proposed one."""
        given = context.answer(question.key)
        allowed = {choice.value for choice in question.choices} or {"yes"}
        value = given if given in allowed else question.value
        self.questions.append(replace(question, value=value))
        return value

    @property
    def is_waiting(self) -> bool:
        """Return whether a question is open."""
        return any(question.is_open for question in self.questions)

    def counts(self) -> dict[str, int]:
        """Return outcome -> how many."""
        counted = Counter(row.outcome.value for row in self.rows)
        return {outcome.value: counted[outcome.value] for outcome in Outcome}

    def by_kind(self) -> list[dict[str, Any]]:
        """Return per kind of thing how many are created, changed, unchanged and refused."""
        table: dict[str, Counter[str]] = {}
        for row in self.rows:
            table.setdefault(row.what, Counter())[row.outcome.value] += 1
        return [
            {"what": what, **{one.value: counted[one.value] for one in Outcome}}
            for what, counted in table.items()
        ]

    def as_json(self) -> dict[str, Any]:
        """Return the preview as the run keeps it: all rows, or the refused and the first of the others."""
        kept = self.rows
        if len(kept) > ROWS_KEPT:
            refused = [row for row in kept if row.outcome == Outcome.REFUSED]
            others = [row for row in kept if row.outcome != Outcome.REFUSED]
            kept = [*refused, *others][:ROWS_KEPT]
        return {
            "questions": [question.as_json() for question in self.questions],
            "rows": [row.as_json() for row in kept],
            "all_rows": len(self.rows),
            "notes": [note.as_json() for note in self.notes],
            "totals": [list(total) for total in self.totals],
            "counts": self.counts(),
            "by_kind": self.by_kind(),
        }


@dataclass(frozen=True)
class Context:
    """An import at work: who, where, which file, which answers. `progress` takes percent and a message."""

    entry: Entry
    run: ImportRun
    progress: Callable[[int, str], None]
    # True inside the writing transaction, where rows that must not change meanwhile can be locked.
    is_writing: bool = False

    @property
    def project(self) -> Project:
        """Return the project that is imported into."""
        return self.entry.project

    @property
    def answers(self) -> Mapping[str, str]:
        """Return question key -> answer."""
        return self.run.options.get("answers", {})

    def answer(self, key: str, default: str = "") -> str:
        """Return the answer to a question, or `default`."""
        return str(self.answers.get(key) or default)

    def content(self) -> bytes:
        """Return the bytes of the file."""
        with self.run.file.open("rb") as stream:
            return bytes(stream.read())

    def companion(self) -> bytes:
        """Return the bytes of the second file; empty when there is none."""
        if not self.run.companion:
            return b""
        with self.run.companion.open("rb") as stream:
            return bytes(stream.read())


class Importer:
    """A kind of import. `permission` and `also` are the grants it needs, `suffixes` the names it takes."""

    kind: ClassVar[str]
    label: ClassVar[str]
    permission: ClassVar[str]
    also: ClassVar[tuple[str, ...]] = ()
    suffixes: ClassVar[tuple[str, ...]] = ()
    teach: ClassVar[str] = ""
    icon: ClassVar[str] = "file-import"
    file_label: ClassVar[str] = "File"
    companion_label: ClassVar[str] = ""
    order: ClassVar[int] = 100

    @property
    def max_bytes(self) -> int:
        """Return how large a file may be."""
        return int(settings.UPLOAD_MAX_BYTES)

    def allowed(self, entry: Entry) -> bool:
        """Return whether somebody may import this."""
        return all(entry.can(permission) for permission in (self.permission, *self.also))

    def parse(self, context: Context) -> Any:
        """Return what the file says; nothing is looked up or written. Raises ImportRefused."""
        raise NotImplementedError

    def plan(self, context: Context, parsed: Any) -> Draft:
        """Return what would happen, compared with what is stored now. Raises ImportRefused."""
        raise NotImplementedError

    def applied(self, context: Context) -> str:
        """Return the address where the imported things are seen."""
        return context.project.get_absolute_url()


IMPORTERS: dict[str, Importer] = {}


def register(importer: Importer) -> None:
    """Make a kind of import known."""
    IMPORTERS[importer.kind] = importer


def importer_of(kind: str) -> Importer:
    """Return a kind of import, or raise Http404."""
    try:
        return IMPORTERS[kind]
    except KeyError:
        raise Http404 from None


def importers_for(entry: Entry) -> list[Importer]:
    """Return what somebody may import here."""
    allowed = [importer for importer in IMPORTERS.values() if importer.allowed(entry)]
    return sorted(allowed, key=lambda importer: (importer.order, importer.label))


# --- A later room adds to the import of a plan -------------------------------------------------------------
@dataclass
class ExtraDraft:
    """What a later room would take from a plan's file; `write` runs after the plan itself is written."""

    rows: list[PreviewRow] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    write: Callable[[], None] = nothing


class PlanExtra(Protocol):
    """`source` is the parsed file, `people` resource UID -> Person (unsaved while it is to be created)."""

    def __call__(self, *, context: Context, source: Any, people: Mapping[int, Person]) -> ExtraDraft: ...


PLAN_EXTRAS: list[PlanExtra] = []


def plan_import_extra(extra: PlanExtra) -> PlanExtra:
    """Register what a later room takes from an imported plan, such as the resources' cost rates."""
    PLAN_EXTRAS.append(extra)
    return extra


# --- Answers remembered for the next file with the same columns ---------------------------------------------
def remembered(*, project: Project, kind: str, signature: str) -> dict[str, Any]:
    """Return what was chosen for the last file with these columns."""
    kept = ColumnMapping.objects.filter(project=project, kind=kind, signature=signature).first()
    return dict(kept.options) if kept else {}


def remember(*, project: Project, kind: str, signature: str, options: Mapping[str, Any]) -> None:
    """Keep what was chosen for the next file with these columns."""
    ColumnMapping.objects.update_or_create(
        project=project, kind=kind, signature=signature, defaults={"options": dict(options)}
    )


def choices_of(pairs: Iterable[tuple[Any, str]]) -> tuple[Choice, ...]:
    """Return (value, label) pairs as choices."""
    return tuple(Choice(str(value), label) for value, label in pairs)
