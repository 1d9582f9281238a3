"""What can be linked, and how: each room says it once, in its `trace.py`.

    trace.register_end(End(kind="design", model=DesignElement, ...))
    trace.register_type(LinkType("satisfies", source="design", target="requirement", ...))

A later room attaches its rows to the thread with these two lines; pages, matrix and API follow from them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import models
from django.db.models import Q

from implement.core.errors import DomainError
from projects.kit.access import project_lookup
from projects.models import Project


@dataclass(frozen=True)
class End:
    """A kind of row that links begin or end at. A kind names one for ever: links refer to it.

    `revision`: the column that counts the versions of its text; empty when it has none. `text`: the columns of that
    text, when `text_save` counts them; empty when the room keeps whole versions itself. `done`: when it is what it
    was to become; `out`: when it counts no more. `place`: the URL name of its page. `order`: its column in the
    matrix, along the phase. `search`: where words are looked for. `is_shared`: the customer reads how much there is.
    `is_wanted`: one without it is a hole in the matrix. `makes`: what it follows from is implemented once it is done;
    `proves`: verified once it is done.
    """

    kind: str
    model: type[models.Model]
    label: str
    plural: str
    place: str
    permission: str
    order: int
    revision: str = ""
    text: tuple[str, ...] = ()
    done: Q = field(default_factory=lambda: Q(pk__in=[]))
    out: Q = field(default_factory=lambda: Q(pk__in=[]))
    search: tuple[str, ...] = ("title",)
    is_shared: bool = False
    is_wanted: bool = True
    makes: bool = False
    proves: bool = False

    def rows(self, project: Project) -> models.QuerySet[models.Model]:
        """Return the rows of a project that can be linked: not what is in the trash."""
        return self.model._default_manager.filter(**{project_lookup(self.model): project})

    def revision_of(self, row: models.Model) -> int | None:
        """Return the version of a row's text."""
        return getattr(row, self.revision) if self.revision else None


@dataclass(frozen=True)
class LinkType:
    """One way in which a later thing follows from an earlier one, read in both directions.

    `may_circle`: of rows of one kind, where it says nothing about which came first.
    """

    key: str
    source: str
    target: str
    forward: str
    backward: str
    may_circle: bool = False


ENDS: dict[str, End] = {}
TYPES: dict[str, LinkType] = {}


def register_type(*types: LinkType) -> None:
    """Make ways to link known."""
    for one in types:
        if one.key in TYPES:
            raise ValueError(f"There are two types of links called {one.key}.")
        TYPES[one.key] = one


def end_of(row: models.Model) -> End:
    """Return the end that a row is. Raises DomainError for what cannot be linked."""
    real = row._meta.concrete_model
    for end in ENDS.values():
        if end.model._meta.concrete_model is real:
            return end
    raise DomainError(f"A {row._meta.verbose_name} cannot be linked.")


def types_of(kind: str) -> list[LinkType]:
    """Return the ways in which rows of a kind can be linked: to earlier things, to later ones, among themselves."""
    return sorted(
        (one for one in TYPES.values() if kind in (one.source, one.target)),
        key=lambda one: (
            one.source == one.target,
            one.target == kind,
            ENDS[one.target].order,
            ENDS[one.source].order,
        ),
    )


def in_order() -> list[End]:
    """Return every kind along the phase."""
    return sorted(ENDS.values(), key=lambda end: (end.order, end.kind))
