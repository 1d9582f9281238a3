"""Linking, saying that a link still holds, and noticing that it may not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db import models, transaction
from django.utils import timezone

from implement.accounts.models import User
from implement.core.db import VersionedModel
from implement.core.errors import DomainError
from projects.kit.access import Entry
from projects.kit.journal import record_many
from projects.kit.rows import clean_row, project_of, row_save
from projects.kit.trace.declaration import ENDS, TYPES, end_of
from projects.models import Project, TraceLink

MOST_AT_ONCE = 500
Rows = dict[tuple[str, int], models.Model]


def rows_of(links: Iterable[TraceLink], project: Project, *known: models.Model) -> Rows:
    """Return the rows at the ends of links that are still there, by kind and id; one query a kind.

    What is `known` is not read again.
    """
    found: Rows = {(end_of(row).kind, row.pk): row for row in known}
    wanted: dict[str, set[int]] = defaultdict(set)
    for link in links:
        for kind, pk in ((link.source_kind, link.source_id), (link.target_kind, link.target_id)):
            if kind in ENDS and (kind, pk) not in found:
                wanted[kind].add(pk)
    for kind, pks in wanted.items():
        found |= {(kind, row.pk): row for row in ENDS[kind].rows(project).filter(pk__in=pks)}
    return found


@transaction.atomic
def link_add(
    *,
    entry: Entry,
    type: str,
    source: models.Model,
    target: models.Model,
    note: str = "",
    needs: str = "trace.change",
) -> TraceLink:
    """Say that a later thing (source) follows from an earlier one (target), in the versions that stand now.

    Raises DomainError for a type that is none or does not fit, another project's rows, the same link twice, or a
    circle; NotAllowed without the grant that it `needs`: of a verb that links by itself, the verb's own.
    """
    entry.require(needs)
    way = TYPES.get(type)
    ends = end_of(source), end_of(target)
    if way is None or (way.source, way.target) != (ends[0].kind, ends[1].kind):
        message = f"A {ends[0].label.lower()} and a {ends[1].label.lower()} are not linked by “{type}”."
        raise DomainError(message, fields={"type": message})
    for row, end in zip((source, target), ends, strict=True):
        if not end.rows(entry.project).filter(pk=row.pk).exists():
            raise DomainError(f"“{row}” is not on this project.")
    link = TraceLink(
        project=entry.project, type=type, note=note.strip(), made_by=entry.user,
        source_kind=way.source, source_id=source.pk, source_revision=ends[0].revision_of(source),
        target_kind=way.target, target_id=target.pk, target_revision=ends[1].revision_of(target),
    )  # fmt: skip
    clean_row(link)
    if way.source == way.target and not way.may_circle and _leads_to(link):
        raise DomainError(f"“{target}” follows from “{source}” already: it would be a circle.")
    link.save(force_insert=True)
    _tell("linked", entry.user, [(link, source, target)])
    return link


def _leads_to(link: TraceLink) -> bool:
    """Return whether the target follows from the source by links of the same type."""
    steps: dict[int, list[int]] = defaultdict(list)
    found = TraceLink.objects.filter(project=link.project, type=link.type)
    for source, target in found.values_list("source_id", "target_id"):
        steps[source].append(target)
    seen, ahead = set(), [link.target_id]
    while ahead:
        one = ahead.pop()
        if one == link.source_id:
            return True
        if one not in seen:
            seen.add(one)
            ahead += steps[one]
    return False


@transaction.atomic
def links_remove(*, links: Sequence[TraceLink], entry: Entry, needs: str = "trace.change") -> int:
    """Take links away; the history of both ends keeps that they were there. Returns how many."""
    entry.require(needs)
    rows = rows_of(links, entry.project)
    _tell("unlinked", entry.user, _both(links, rows))
    return TraceLink.objects.filter(project=entry.project, pk__in=[link.pk for link in links]).delete()[0]


@transaction.atomic
def links_affirm(*, links: Sequence[TraceLink], entry: Entry, needs: str = "trace.change") -> int:
    """Say that links hold in the versions that stand now; return of how many that was in doubt.

    The rows are read again under a lock on the links: what changes meanwhile is in doubt again.
    """
    entry.require(needs)
    held = list(
        TraceLink.objects.filter(project=entry.project, pk__in=[link.pk for link in links])
        .suspect()
        .select_for_update()
    )
    rows = rows_of(held, entry.project)
    known = _both(held, rows)
    for link, source, target in known:
        link.source_revision = ENDS[link.source_kind].revision_of(source)
        link.target_revision = ENDS[link.target_kind].revision_of(target)
        link.suspect_since = None
        link.save_version(fields=["source_revision", "target_revision", "suspect_since"])
    _tell("affirmed", entry.user, known)
    return len(known)


@transaction.atomic
def text_save(*, row: VersionedModel, actor: User | None, expected_version: int | None = None) -> None:
    """Save a row; a change of its `text` is its next version, and puts its links in doubt. Raises as `row_save`."""
    end = end_of(row)
    stored = None if row._state.adding else type(row)._base_manager.filter(pk=row.pk).first()
    is_new_text = stored is not None and any(getattr(row, name) != getattr(stored, name) for name in end.text)
    if stored is not None:
        setattr(row, end.revision, getattr(stored, end.revision) + is_new_text)
    row_save(row=row, actor=actor, expected_version=expected_version)
    if is_new_text:
        mark_suspect(rows=[row], actor=actor)


def mark_suspect(*, rows: Sequence[models.Model], actor: User | None) -> int:
    """Put every link in doubt of rows, of one kind and project, whose text has a new version.

    The history of each other end tells it. Returns how many links did not stand so yet. Call it in the transaction of
    the change.
    """
    if not rows:
        return 0
    end, project = end_of(rows[0]), project_of(rows[0])
    assert project is not None
    links = list(
        TraceLink.objects.filter(project=project, suspect_since=None)
        .touching(end.kind, [row.pk for row in rows])
        .select_for_update()
    )
    if not links:
        return 0
    TraceLink.objects.filter(pk__in=[link.pk for link in links]).update(
        suspect_since=timezone.now(), version=models.F("version") + 1
    )
    changed = {(end.kind, row.pk) for row in rows}
    told = dict.fromkeys(
        (other, row)
        for _, source, target in _both(links, rows_of(links, project, *rows))
        for row, other in ((source, target), (target, source))
        if (end_of(row).kind, row.pk) in changed
    )
    record_many(
        actor=actor,
        project=project,
        entries=((f"{other._meta.model_name}.suspect", other, {"link": (None, row)}) for other, row in told),
    )
    return len(links)


def _both(links: Iterable[TraceLink], rows: Rows) -> list[tuple[TraceLink, models.Model, models.Model]]:
    """Return the links of which both ends are there, with these."""
    found = []
    for link in links:
        source = rows.get((link.source_kind, link.source_id))
        target = rows.get((link.target_kind, link.target_id))
        if source is not None and target is not None:
            found.append((link, source, target))
    return found


def _tell(verb: str, actor: User, found: Iterable[tuple[TraceLink, models.Model, models.Model]]) -> None:
    """Write into the history of both ends what became of a link."""
    entries = []
    for link, source, target in found:
        way = TYPES[link.type]
        for row, words, other in ((source, way.forward, target), (target, way.backward, source)):
            told = f"{words} {other}"
            change = (told, None) if verb == "unlinked" else (None, told)
            entries.append((f"{row._meta.model_name}.{verb}", row, {"link": change}))
    if entries:
        record_many(actor=actor, project=project_of(entries[0][1]), entries=entries)
