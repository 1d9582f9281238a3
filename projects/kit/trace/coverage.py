"""Which rows of an earlier kind are reached by rows of a later one: directly, or through what lies between.

A build item that realises a design element serves the requirements that the element satisfies. What lies between is
of a kind that the matrix has a column for: a decision that answers a requirement delivers nothing of it.
Everything is a condition for the database: nothing is read here.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from implement.core.db import TrashModel
from projects.kit.access import project_lookup
from projects.kit.trace.declaration import ENDS, TYPES, End, in_order
from projects.models import Project, TraceLink

Ids = models.QuerySet[Any, Any]


def columns_of(root: str) -> list[End]:
    """Return the kinds that follow from a kind by a link of their own, along the phase."""
    kinds = {way.source for way in TYPES.values() if way.target == root and way.source != root}
    return [end for end in in_order() if end.kind in kinds]


def wanted_of(root: str) -> list[End]:
    """Return the kinds of which every row of `root` should have one: the columns of its matrix."""
    return [end for end in columns_of(root) if end.is_wanted]


def reached(*, project: Project, root: str, by: str, only: Q | None = None) -> Q:
    """Return the condition on rows of `root` that rows of `by` follow from; `only`: from these of them.

    What is out or in the trash reaches nothing.
    """
    return Q(pk__in=_reached(project, root, by, only))


def in_doubt(*, project: Project, root: str) -> Q:
    """Return the condition on rows of `root` with a link in doubt: below them, or among themselves.

    What is out or in the trash doubts nothing, nor does what the matrix has no column for.
    """
    gone = _gone(root, project)
    beside = TraceLink.objects.filter(project=project, source_kind=root, target_kind=root).suspect()
    return (
        Q(pk__in=_in_doubt(project, root))
        | Q(pk__in=beside.exclude(target_id__in=gone).values("source_id"))
        | Q(pk__in=beside.exclude(source_id__in=gone).values("target_id"))
    )


def rootless(*, project: Project, kind: str, root: str) -> models.QuerySet[Any, Any]:
    """Return the rows of a kind that count and follow from no row of `root`, in their own order."""
    end = ENDS[kind]
    led = _leading(project, kind, root)
    return end.rows(project).exclude(end.out).exclude(pk__in=led)


def _leading(project: Project, kind: str, root: str) -> Ids:
    """Return the ids of rows of a kind from which a thread leads back to a row of `root`."""
    links = TraceLink.objects.filter(project=project, source_kind=kind)
    to_these = Q(target_kind=root) & ~Q(target_id__in=_gone(root, project))
    for way in TYPES.values():
        if way.source == kind and way.target not in (kind, root) and kind in _below(root):
            to_these |= Q(target_kind=way.target, target_id__in=_leading(project, way.target, root))
    return links.filter(to_these).values("source_id")


def _reached(project: Project, root: str, by: str, only: Q | None) -> Ids:
    """Return the ids of rows of `root` that rows of `by` follow from."""
    from_these = Q(source_kind=by) & ~Q(source_id__in=_gone(by, project, only))
    for end in wanted_of(root):
        if end.kind != by and by in _below(end.kind):
            between = Q(source_kind=end.kind) & ~Q(source_id__in=_gone(end.kind, project))
            from_these |= between & Q(source_id__in=_reached(project, end.kind, by, only))
    return TraceLink.objects.filter(from_these, project=project, target_kind=root).values("target_id")


def _in_doubt(project: Project, root: str) -> Ids:
    """Return the ids of rows of `root` below which a link is in doubt."""
    doubted = Q(pk__in=[])
    for end in wanted_of(root):
        is_doubted = Q(suspect_since__isnull=False)
        if wanted_of(end.kind):
            is_doubted |= Q(source_id__in=_in_doubt(project, end.kind))
        doubted |= Q(source_kind=end.kind) & ~Q(source_id__in=_gone(end.kind, project)) & is_doubted
    return TraceLink.objects.filter(doubted, project=project, target_kind=root).values("target_id")


def _below(kind: str) -> set[str]:
    """Return every kind that can follow from a kind, at whatever distance."""
    found: set[str] = set()
    ahead = [kind]
    while ahead:
        new = {end.kind for end in columns_of(ahead.pop())} - found
        found |= new
        ahead += new
    return found


def _gone(kind: str, project: Project, only: Q | None = None) -> Ids:
    """Return the ids of the rows of a kind that do not count: in the trash, out, or not `only` these.

    Asked in this way round, PostgreSQL is quick right after an import, too, before it has counted anything: it
    hashes what is not in a list, but walks what is in one again and again when it takes it for a handful.
    """
    end = ENDS[kind]
    gone = end.out
    if issubclass(end.model, TrashModel):
        gone |= Q(deleted_at__isnull=False)
    if only is not None:
        gone |= ~only
    rows = end.model._base_manager.filter(gone, **{project_lookup(end.model): project})
    return rows.order_by().values("pk")
