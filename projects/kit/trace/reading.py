"""What a row follows from and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.text import capfirst

from projects.kit import extras, journal
from projects.kit.access import Entry
from projects.kit.extras import Extra
from projects.kit.journal import Event
from projects.kit.trace.declaration import ENDS, End, LinkType, end_of, types_of
from projects.kit.trace.links import rows_of
from projects.models import TraceLink


@dataclass(frozen=True)
class Linked:
    """One link as the page of one of its ends shows it. `changed`: which end is not what it was, in words."""

    link: TraceLink
    row: Any
    url: str
    changed: str


@dataclass(frozen=True)
class LinkedGroup:
    """The links of one type in one direction."""

    label: str
    items: list[Linked]


def links_of(row: models.Model, entry: Entry) -> list[LinkedGroup]:
    """Return the links of a row by type and direction, with the rows that the person may read.

    One query, and one a kind that it is linked with.
    """
    end = end_of(row)
    links = list(TraceLink.objects.filter(project=entry.project).touching(end.kind, [row.pk]))
    rows = rows_of(links, entry.project, row)
    groups = []
    for way in types_of(end.kind):
        for forward in [True] * (way.source == end.kind) + [False] * (way.target == end.kind):
            items = _items(row, end, way, links, rows, entry, forward=forward)
            if items:
                words = way.forward if forward else way.backward
                groups.append(LinkedGroup(capfirst(words), items))
    return groups


def _items(
    row: models.Model,
    end: End,
    way: LinkType,
    links: list[TraceLink],
    rows: Any,
    entry: Entry,
    *,
    forward: bool,
) -> list[Linked]:
    other_end = ENDS[way.target if forward else way.source]
    if not entry.can(other_end.permission):
        return []
    found = []
    for link in links:
        own, other = (link.source_id, link.target_id) if forward else (link.target_id, link.source_id)
        there = rows.get((other_end.kind, other))
        if link.type != way.key or own != row.pk or there is None:
            continue
        own_seen, other_seen = (
            (link.source_revision, link.target_revision)
            if forward
            else (link.target_revision, link.source_revision)
        )
        found.append(
            Linked(
                link=link,
                row=there,
                url=reverse(other_end.place, args=[entry.project.code, there.pk]),
                changed=changed_words(link, [(end, row, own_seen), (other_end, there, other_seen)]),
            )
        )
    return sorted(found, key=lambda one: str(one.row))


def changed_words(link: TraceLink, ends: list[tuple[End, Any, int | None]]) -> str:
    """Return what changed since somebody said that a link holds; empty while it is not in doubt."""
    if link.suspect_since is None:
        return ""
    told = [
        f"{getattr(row, 'key', row)} is in version {end.revision_of(row)} now, was {seen}"
        for end, row, seen in ends
        if end.revision_of(row) != seen
    ]
    told += [f"{row.key} is superseded" for _, row, _ in ends if getattr(row, "superseded_by_id", None)]
    if not told and not all(end.revision for end, _, _ in ends):
        return "one of the two has changed"
    return "; ".join(told) or "changed and changed back"


def section(row: Any, entry: Entry) -> Extra | None:
    """Show on the page of any end what it is linked with, and the way to link it."""
    if not entry.can("trace.view"):
        return None
    end = end_of(row)
    if not types_of(end.kind):
        return None
    here = f"{end.kind}:{row.pk}"
    groups = links_of(row, entry)
    context = {
        "groups": groups,
        "here": here,
        "code": entry.project.code,
        "back": reverse(end.place, args=[entry.project.code, row.pk]),
        "suspects": [item.link.pk for group in groups for item in group.items if item.changed],
        "may_change": entry.can("trace.change"),
        "add_url": f"{reverse('trace_add', args=[entry.project.code])}?from={here}",
    }
    return Extra(template="projects/linked.html", context=context)


def register_end(*ends: End) -> None:
    """Make kinds of rows known; their pages show what they are linked with."""
    for end in ends:
        if end.kind in ENDS:
            raise ValueError(f"There are two ends called {end.kind}.")
        ENDS[end.kind] = end
        extras.on(end.model)(section)
        name, label = end.model._meta.model_name, end.label.lower()
        journal.register(
            Event(f"{name}.linked", f"linked the {label}", is_reported=False),
            Event(f"{name}.unlinked", f"took a link away from the {label}", is_reported=False),
            Event(f"{name}.affirmed", f"affirmed a link of the {label}", is_reported=False),
            Event(f"{name}.suspect", f"put a link in doubt of the {label}", is_reported=False),
        )
