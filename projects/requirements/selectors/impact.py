"""What a change of a requirement touches: everything that follows from it and from its parts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from projects.kit import trace
from projects.kit.access import Entry
from projects.kit.trace import End, Followed
from projects.models import Person
from projects.requirements.models import BaselinedRequirement, Release, Requirement, RequirementBaseline
from projects.requirements.selectors.matrix import ROOT
from projects.signoffs.models import ResponseRequest
from projects.signoffs.selectors import SignOff, signoffs_of


@dataclass(frozen=True)
class ImpactItem:
    """One thing that is touched: itself, or through what."""

    item: Followed
    through: str


@dataclass(frozen=True)
class Impact:
    """All that is touched when a requirement changes. `people`: whose things these are, who of them the most first.

    `targets`: the figures that it is held to; `request`: the customer reads it now, and has not answered.
    """

    parts: tuple[Requirement, ...]
    groups: tuple[tuple[End, tuple[ImpactItem, ...]], ...]
    signoffs: tuple[SignOff, ...]
    baselines: tuple[RequirementBaseline, ...]
    people: tuple[tuple[Person, int], ...]
    targets: tuple[Any, ...]
    request: ResponseRequest | None
    release: Release | None

    @property
    def count(self) -> int:
        """Return how many things follow."""
        return sum(len(items) for _end, items in self.groups)


def parts_of(requirement: Requirement) -> list[Requirement]:
    """Return everything below a requirement in the tree, the nearest first; a query a level."""
    found: list[Requirement] = []
    seen = {requirement.pk}
    ahead = [requirement.pk]
    while ahead:
        rows = (
            Requirement.objects.filter(parent__in=ahead)
            .exclude(pk__in=seen)
            .select_related("owner", "project")
        )
        level = list(rows.order_by("number"))
        found += level
        ahead = [row.pk for row in level]
        seen |= set(ahead)
    return found


def impact_of(requirement: Requirement, entry: Entry) -> Impact:
    """Return what a change of a requirement touches, as far as the person may read it."""
    parts = parts_of(requirement)
    kinds = {kind for kind, end in trace.ENDS.items() if kind != ROOT and entry.can(end.permission)}
    by_root = {row.pk: row for row in (requirement, *parts)}
    groups: dict[str, dict[int, ImpactItem]] = defaultdict(dict)
    owners: dict[Person, int] = defaultdict(int)
    found = trace.followed(project=entry.project, kind=ROOT, pks=list(by_root), kinds=kinds)
    for one in sorted(found, key=lambda one: one.root != requirement.pk):
        if one.is_out or one.row.pk in groups[one.kind]:
            continue
        way = [str(step) for step in one.via]
        if one.root != requirement.pk:
            way.insert(0, str(by_root[one.root]))
        groups[one.kind][one.row.pk] = ImpactItem(one, " → ".join(way))
    targets = tuple(_targets(requirement)) if entry.can("design.view") else ()
    touched = (item.item.row for items in groups.values() for item in items.values())
    for row in (*parts, *touched, *targets):
        owner = getattr(row, "owner", None)
        if owner is not None:
            owners[owner] += 1
    held = BaselinedRequirement.objects.filter(requirement=requirement, revision=requirement.revision)
    release = requirement.release
    may_read_answers = entry.can("signoffs.view")
    asked = ResponseRequest.objects.open().about(requirement).select_related("person")
    return Impact(
        parts=tuple(parts),
        groups=tuple(
            (end, tuple(groups[end.kind].values())) for end in trace.in_order() if groups.get(end.kind)
        ),
        signoffs=tuple(one for one in signoffs_of(requirement) if not one.is_stale)
        if may_read_answers
        else (),
        baselines=tuple(one.baseline for one in held.select_related("baseline")),
        people=tuple(sorted(owners.items(), key=lambda pair: (-pair[1], pair[0].name))),
        targets=targets,
        request=asked.first() if may_read_answers else None,
        release=release if release is not None and release.deleted_at is None else None,
    )


def _targets(requirement: Any) -> QuerySet[Any]:
    """Return what the design holds a requirement to: rows of a later room, which names itself on the requirement."""
    found: QuerySet[Any] = requirement.nfr_targets.select_related("owner")
    return found
