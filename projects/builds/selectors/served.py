"""What build items serve: design elements and requirements; and which of the links are in doubt."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef

from projects.builds.models import BuildItem
from projects.kit.trace import ENDS, rows_of
from projects.models import Project, TraceLink
from projects.requirements.models import Requirement

BUILD, DESIGN, REQUIREMENT = "build", "design", "requirement"
Served = list[dict[str, Any]]


def in_doubt() -> Exists:
    """Return whether a link of an item is in doubt, to annotate items with."""
    return Exists(
        TraceLink.objects.filter(
            project=OuterRef("project"), source_kind=BUILD, source_id=OuterRef("pk")
        ).exclude(suspect_since=None)
    )


def links_from(project: Project, items: Iterable[int]) -> list[TraceLink]:
    """Return the links that begin at items. One query."""
    return list(
        TraceLink.objects.filter(project=project, source_kind=BUILD, source_id__in=list(items)).order_by("pk")
    )


def requirements_served(
    *, project: Project, items: Iterable[int], only_shown: bool = False
) -> dict[int, list[Any]]:
    """Return item id -> the requirements that it implements, or else those of the design that it realises, by number.

    `only_shown`: those only that the customer was shown. At most three queries.
    """
    links = links_from(project, items)
    served: dict[int, set[int]] = {}
    for link in links:
        if link.target_kind == REQUIREMENT:
            served.setdefault(link.source_id, set()).add(link.target_id)
    # An element satisfies more than any one item of it: it speaks only for items that say nothing themselves.
    silent = [link for link in links if link.target_kind == DESIGN and link.source_id not in served]
    below: dict[int, set[int]] = {}
    if silent:
        further = TraceLink.objects.filter(
            project=project,
            source_kind=DESIGN,
            source_id__in=[link.target_id for link in silent],
            target_kind=REQUIREMENT,
        )
        for source, target in further.values_list("source_id", "target_id"):
            below.setdefault(source, set()).add(target)
    for link in silent:
        served.setdefault(link.source_id, set()).update(below.get(link.target_id, ()))
    wanted = set().union(*served.values()) if served else set()
    found_rows = Requirement.objects.filter(project=project, pk__in=wanted)
    rows = {row.pk: row for row in (found_rows.shown() if only_shown else found_rows)} if wanted else {}
    return {
        item: sorted((rows[pk] for pk in pks if pk in rows), key=lambda row: row.number)
        for item, pks in served.items()
    }


def revisions_served(item: BuildItem) -> tuple[Served, Served]:
    """Return the design elements and the requirements of an item as they stand: key, title, revision."""
    links = links_from(item.project, [item.pk])
    rows = rows_of(links, item.project, item)
    designs = [row for (kind, _), row in rows.items() if kind == DESIGN]
    requirements = requirements_served(project=item.project, items=[item.pk]).get(item.pk, [])
    return [_told(DESIGN, row) for row in designs], [_told(REQUIREMENT, row) for row in requirements]


def _told(kind: str, row: models.Model) -> dict[str, Any]:
    """Return a row as a check keeps it."""
    return {
        "key": str(getattr(row, "key", row.pk)),
        "title": str(getattr(row, "title", row)),
        "revision": ENDS[kind].revision_of(row),
    }
