"""The trace matrix: requirements against what satisfies, delivers, implements and later tests them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q

from implement.core.asked import answered_once
from projects.kit import trace
from projects.kit.access import Entry
from projects.kit.trace import End, Followed
from projects.models import Project
from projects.requirements.models import Requirement
from projects.requirements.selectors.figures import share

ROOT = "requirement"


@dataclass(frozen=True)
class Coverage:
    """Of the requirements in scope: how many something of a kind follows from, and for how many all of it is done."""

    end: End
    total: int
    covered: int
    done: int

    @property
    def percent(self) -> Decimal | None:
        """Return the covered ones in percent of those in scope; None without any."""
        return share(self.covered, self.total)

    @property
    def holes(self) -> int:
        """Return from how many nothing follows."""
        return self.total - self.covered


@dataclass(frozen=True)
class Thread:
    """How whole the thread is: coverage by kind along the phase, and requirements with a link in doubt."""

    columns: tuple[Coverage, ...]
    suspect: int


@dataclass(frozen=True)
class MatrixRow:
    """One requirement and, for each column, what follows from it."""

    requirement: Requirement
    cells: list[list[Followed]]
    is_suspect: bool

    @property
    def doubt(self) -> str:
        """Return that a link is in doubt in words, and where when no cell shows it; empty when none is."""
        if not self.is_suspect:
            return ""
        is_shown = any(item.is_suspect for cell in self.cells for item in cell)
        return "In doubt" if is_shown else "In doubt: link with a requirement"


def columns_for(entry: Entry) -> list[End]:
    """Return the columns that a person may read."""
    return [end for end in trace.wanted_of(ROOT) if entry.can(end.permission)]


def has_hole(project: Project, end: End) -> Q:
    """Return the condition on requirements from which nothing of a kind follows."""
    return ~trace.reached(project=project, root=ROOT, by=end.kind)


def all_done(project: Project, end: End) -> Q:
    """Return the condition on requirements of which everything of a kind is done, and there is something."""
    whole = trace.reached(project=project, root=ROOT, by=end.kind)
    return whole & ~trace.reached(project=project, root=ROOT, by=end.kind, only=~end.done)


@answered_once
def thread_of(*, project: Project, kinds: tuple[str, ...], only_shown: bool = False) -> Thread:
    """Return how whole the thread of a project is over these kinds, now; one query, whatever the number of links.

    `only_shown`: of the requirements that the customer was shown.
    """
    rows = Requirement.objects.filter(project=project).in_scope()
    if only_shown:
        rows = rows.shown()
    ends = [trace.ENDS[kind] for kind in kinds]
    counts: dict[str, Any] = {"total": Count("pk")}
    counts["suspect"] = Count("pk", filter=trace.in_doubt(project=project, root=ROOT))
    for end in ends:
        counts[f"{end.kind}_covered"] = Count(
            "pk", filter=trace.reached(project=project, root=ROOT, by=end.kind)
        )
        counts[f"{end.kind}_done"] = Count("pk", filter=all_done(project, end))
    found = rows.aggregate(**counts)
    return Thread(
        columns=tuple(
            Coverage(end, found["total"], found[f"{end.kind}_covered"], found[f"{end.kind}_done"])
            for end in ends
        ),
        suspect=found["suspect"],
    )


def matrix_rows(
    *, project: Project, requirements: Iterable[Requirement], columns: Sequence[End]
) -> list[MatrixRow]:
    """Return a row for each requirement; what counts no more is left out of its cells.

    Two queries a step of the thread and kind, and one for what is in doubt: as the figures and the filter count it.
    """
    roots = list(requirements)
    doubted = Requirement.objects.filter(pk__in=[row.pk for row in roots])
    suspect = set(doubted.filter(trace.in_doubt(project=project, root=ROOT)).values_list("pk", flat=True))
    places = {end.kind: number for number, end in enumerate(columns)}
    cells: dict[int, list[list[Followed]]] = {row.pk: [[] for _ in columns] for row in roots}
    for one in trace.followed(project=project, kind=ROOT, pks=[row.pk for row in roots], kinds=set(places)):
        if not one.is_out:
            cells[one.root][places[one.kind]].append(one)
    return [MatrixRow(row, cells[row.pk], row.pk in suspect) for row in roots]
