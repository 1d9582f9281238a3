"""Planning releases, and placing requirements in them. What the customer signs is not touched by it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone

from implement.core.errors import DomainError, StaleVersion, StateError
from projects.kit.access import Entry
from projects.kit.journal import record, record_many
from projects.kit.rows import row_delete, row_restore, row_save
from projects.requirements.choices import OPEN_RELEASES, OUT, ReleaseState
from projects.requirements.models import Release, Requirement
from projects.services import plan_lock

Direction = Literal["earlier", "later"]


@transaction.atomic
def release_save(*, release: Release, entry: Entry, expected_version: int | None = None) -> Release:
    """Add a release after the others, or change one. Raises DomainError by field, NotAllowed or StaleVersion."""
    entry.require("requirements.plan")
    release.name = " ".join(release.name.split())
    milestone = release.milestone
    if milestone is not None and (
        milestone.project_id != release.project_id or not milestone.is_milestone or milestone.deleted_at
    ):
        message = "Choose a milestone of this project."
        raise DomainError(message, fields={"milestone": message})
    if release._state.adding:
        # One after the other, or two would get the same number.
        plan_lock(release.project)
        last = Release.with_trash.filter(project=release.project).aggregate(
            number=Max("number"), position=Max("position")
        )
        release.number = (last["number"] or 0) + 1
        release.position = (last["position"] or 0) + 1
    row_save(row=release, actor=entry.user, expected_version=expected_version)
    return release


@transaction.atomic
def release_move(*, release: Release, direction: Direction, entry: Entry) -> None:
    """Move a release one place earlier or later. Raises StateError at the end of the row."""
    entry.require("requirements.plan")
    plan_lock(release.project)
    rows = list(Release.objects.filter(project=release.project).order_by("position", "number"))
    at = next((number for number, row in enumerate(rows) if row.pk == release.pk), None)
    to = None if at is None else at + (-1 if direction == "earlier" else 1)
    if at is None or to is None or not 0 <= to < len(rows):
        raise StateError(f"{release} is the {'first' if direction == 'earlier' else 'last'} already.")
    rows[at], rows[to] = rows[to], rows[at]
    for number, row in enumerate(rows, start=1):
        if row.position != number:
            row.position = number
            row.save_version(fields=["position"])
    record(
        action="release.moved", target=release, actor=entry.user, project=release.project,
        changes={"place": (at + 1, to + 1)},
    )  # fmt: skip


def why_release_kept(release: Release) -> str | None:
    """Return why a release cannot be thrown away, or None."""
    count = release.requirements.filter(deleted_at=None).count()
    if not count:
        return None
    return f"{release} holds {count} requirement{'s' if count != 1 else ''}: put them elsewhere first."


@transaction.atomic
def release_delete(*, release: Release, entry: Entry, expected_version: int | None = None) -> None:
    """Throw an empty release away. Raises StateError while it holds requirements."""
    entry.require("requirements.plan")
    Release.with_trash.select_for_update(of=("self",)).get(pk=release.pk)
    kept = why_release_kept(release)
    if kept:
        raise StateError(kept)
    row_delete(row=release, actor=entry.user, expected_version=expected_version)


@transaction.atomic
def release_restore(*, release: Release, entry: Entry) -> None:
    """Take a release back out of the trash. Raises DomainError when its name is taken."""
    entry.require("requirements.plan")
    row_restore(row=release, actor=entry.user)


@transaction.atomic
def requirements_place(
    *,
    requirements: Sequence[Requirement],
    release: Release | None,
    entry: Entry,
    expected_version: int | None = None,
) -> list[Requirement]:
    """Put requirements into a release, or (None) take them out; all or none. Returns those that moved.

    The parts of one that stood where it stood go with it. `expected_version` is of a single one. Raises DomainError
    for what is out of scope or of another project, StateError for a release that is handed over or dropped,
    NotAllowed or StaleVersion.
    """
    entry.require("requirements.plan")
    project = entry.project
    # Releases first, then requirements: whoever holds both takes them in this order.
    held = {row.pk: row for row in Release.with_trash.filter(project=project).select_for_update(of=("self",))}
    if release is not None:
        release = _open(held.get(release.pk))
    asked = {row.pk for row in requirements}
    chosen = list(
        Requirement.objects.filter(project=project, pk__in=asked)
        .order_by("number")
        .select_for_update(of=("self",))
    )
    if len(chosen) != len(asked):
        message = "Choose requirements of this project."
        raise DomainError(message, fields={"requirements": message})
    if expected_version is not None and [row.version for row in chosen] != [expected_version]:
        raise StaleVersion("Somebody saved a newer version of it in the meantime.")
    out = next((row for row in chosen if row.status in OUT), None)
    if out is not None:
        message = f"{out.key} is {str(out.get_status_display()).lower()}: only what is in scope is placed."
        raise DomainError(message, fields={"requirements": message})
    moving = [row for row in with_parts(chosen) if row.release_id != _pk(release)]
    for row in moving:
        if row.release_id is not None:
            _open(held.get(row.release_id), leaving=row)
    Requirement.objects.filter(pk__in=[row.pk for row in moving]).update(
        release=release, version=F("version") + 1, updated_at=timezone.now()
    )
    record_many(
        actor=entry.user,
        project=project,
        entries=[
            ("requirement.placed", row, {"release": (held.get(row.release_id or 0), release)})
            for row in moving
        ],
    )
    for row in moving:
        row.release, row.version = release, row.version + 1
    return moving


def _pk(release: Release | None) -> int | None:
    return release.pk if release is not None else None


def _open(release: Release | None, *, leaving: Requirement | None = None) -> Release:
    """Return a release that can still be changed. Raises DomainError or StateError for another."""
    if release is None or (release.deleted_at is not None and leaving is None):
        message = "Choose a release of this project."
        raise DomainError(message, fields={"release": message})
    if release.status not in OPEN_RELEASES and leaving is None:
        message = f"{release} is {str(release.get_status_display()).lower()}: nothing is added to it."
        raise StateError(message, fields={"release": message})
    if release.status == ReleaseState.RELEASED and release.deleted_at is None:
        raise StateError(f"{leaving} was handed over with {release}: it stays there.")
    return release


def with_parts(chosen: Sequence[Requirement]) -> list[Requirement]:
    """Return requirements with those of their parts, at any depth, that stand in the same release and are in scope.

    One query a level of the tree; the parts are locked.
    """
    found = {row.pk: row for row in chosen}
    level = list(chosen)
    while level:
        where = {row.pk: row.release_id for row in level}
        parts = Requirement.objects.filter(parent__in=where).in_scope().order_by("number")
        level = [
            part
            for part in parts.select_for_update(of=("self",))
            if part.pk not in found and part.parent_id and part.release_id == where[part.parent_id]
        ]
        found |= {part.pk: part for part in level}
    return list(found.values())
