"""Everything that follows from rows: what a change of them touches, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, Case, Value, When
from django.urls import reverse

from projects.kit.trace.declaration import ENDS, TYPES
from projects.models import Project, TraceLink

DEEPEST = 6
Key = tuple[str, int]


@dataclass(frozen=True)
class Followed:
    """One row that follows from one of the roots.

    `via`: the rows between, the nearest to the root first; empty when it is linked itself. `is_suspect`: a link on
    a way to it is in doubt. `is_done`: it is what it was to become.
    """

    kind: str
    row: Any
    url: str
    root: int
    via: tuple[Any, ...]
    is_suspect: bool
    is_done: bool
    is_out: bool

    @property
    def key(self) -> str:
        """Return what it is called by in a narrow place."""
        return getattr(self.row, "key", "") or getattr(self.row, "wbs", "") or str(self.row)


def followed(*, project: Project, kind: str, pks: Sequence[int], kinds: set[str]) -> list[Followed]:
    """Return what follows from rows of a kind, of these kinds only, each once a root by its shortest way.

    Two queries a step of the thread and kind, however many rows there are. What is out is told and leads no further;
    what is in the trash is not there.
    """
    paths: dict[int, dict[Key, tuple[tuple[Key, ...], bool]]] = {pk: {} for pk in pks}
    ahead: dict[Key, set[int]] = {(kind, pk): {pk} for pk in pks}
    rows: dict[Key, Any] = {}
    for _step in range(DEEPEST):
        if not ahead:
            break
        links = TraceLink.objects.filter(
            project=project, target_kind__in={key[0] for key in ahead}, source_kind__in=kinds - {kind}
        )
        by_kind: dict[str, list[int]] = {}
        for name, pk in ahead:
            if any(way.target == name and way.source in kinds for way in TYPES.values()):
                by_kind.setdefault(name, []).append(pk)
        found: dict[Key, set[int]] = {}
        for name, ids in by_kind.items():
            for link in links.filter(target_kind=name, target_id__in=ids):
                source: Key = (link.source_kind, link.source_id)
                for root in ahead[name, link.target_id]:
                    way, doubt = paths[root].get((name, link.target_id), ((), False))
                    doubt = doubt or link.suspect_since is not None
                    if source in paths[root]:
                        shortest, was = paths[root][source]
                        paths[root][source] = (shortest, was or doubt)
                        continue
                    here = () if (name, link.target_id) == (kind, root) else (*way, (name, link.target_id))
                    paths[root][source] = (here, doubt)
                    found.setdefault(source, set()).add(root)
        rows |= _rows(project, found.keys() - rows.keys())
        ahead = {key: roots for key, roots in found.items() if key in rows and not rows[key].counts_no_more}
    result = []
    for root, ways in paths.items():
        for key, (way, doubt) in ways.items():
            row = rows.get(key)
            if row is None:
                continue
            result.append(
                Followed(
                    kind=key[0],
                    row=row,
                    url=reverse(ENDS[key[0]].place, args=[project.code, row.pk]),
                    root=root,
                    via=tuple(rows[step] for step in way),
                    is_suspect=doubt,
                    is_done=row.is_at_its_end,
                    is_out=row.counts_no_more,
                )
            )
    result.sort(key=lambda one: (ENDS[one.kind].order, len(one.via), str(one.row)))
    return result


def _rows(project: Project, keys: set[Key]) -> dict[Key, Any]:
    """Return the rows with whether they are done or out; one query a kind."""
    by_kind: dict[str, list[int]] = {}
    for kind, pk in keys:
        by_kind.setdefault(kind, []).append(pk)
    yes, no = Value(True), Value(False)
    found: dict[Key, Any] = {}
    for kind, pks in by_kind.items():
        end = ENDS[kind]
        rows = (
            end.rows(project)
            .filter(pk__in=pks)
            .annotate(
                is_at_its_end=Case(When(end.done, then=yes), default=no, output_field=BooleanField()),
                counts_no_more=Case(When(end.out, then=yes), default=no, output_field=BooleanField()),
            )
        )
        if any(field.name == "owner" for field in end.model._meta.fields):
            rows = rows.select_related("owner")
        found |= {(kind, row.pk): row for row in rows}
    return found
