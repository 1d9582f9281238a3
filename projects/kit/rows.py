"""The plain verbs on a row: save, throw away, restore. Every room's services are built from these.

Each is one transaction with its journal entry; a save goes over exactly the version that was read.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from implement.accounts.models import User
from implement.core.db import TrashModel, VersionedModel
from implement.core.errors import DomainError, StateError
from projects.choices import Audience
from projects.kit.access import project_lookup
from projects.kit.journal import record
from projects.models import Project

UNTOLD = {"version", "created_at", "updated_at", "deleted_at"}


def project_of(row: models.Model) -> Project | None:
    """Return the project a row belongs to, along its declared path; None for a row of the firm."""
    if isinstance(row, Project):
        return row
    value: Any = row
    for name in project_lookup(type(row)).split("__"):
        value = getattr(value, name, None)
    return value


def action_name(row: models.Model, verb: str) -> str:
    """Return the journal's name for a plain verb, such as `task.changed`."""
    return f"{row._meta.model_name}.{verb}"


def changes_of(row: models.Model, stored: models.Model | None) -> dict[str, tuple[Any, Any]]:
    """Return field -> (before, after) of what a save would change; `stored` None: everything that is set."""
    changes: dict[str, tuple[Any, Any]] = {}
    for field in row._meta.concrete_fields:
        if field.primary_key or field.generated or field.name in UNTOLD:
            continue
        after = getattr(row, field.attname)
        before = getattr(stored, field.attname) if stored else None
        if before != after and not (stored is None and after in (None, "")):
            is_link = field.is_relation
            changes[field.name] = (
                (getattr(stored, field.name) if stored and is_link else before),
                (getattr(row, field.name) if is_link else after),
            )
    return changes


def clean_row(row: models.Model) -> None:
    """Check a row as its form would, so that API and import obey the same rules.

    Raises DomainError with a message per field.
    """
    with _told_by_field():
        row.full_clean()


def clean_columns(row: models.Model) -> None:
    """Check that each column can hold its value, without a query: for rows that a file writes in bulk.

    Raises DomainError with a message per field.
    """
    with _told_by_field():
        row.clean_fields(exclude={field.name for field in row._meta.concrete_fields if field.is_relation})


@contextmanager
def _told_by_field() -> Iterator[None]:
    try:
        yield
    except ValidationError as error:
        fields = {name: " ".join(messages) for name, messages in error.message_dict.items()}
        raise DomainError(" ".join(fields.values()), fields=fields) from error


@transaction.atomic
def row_save(
    *,
    row: VersionedModel,
    actor: User | None,
    expected_version: int | None = None,
    audience: str = Audience.INTERNAL,
    action: str | None = None,
) -> VersionedModel:
    """Add a row, or save it over exactly `expected_version` (default: the version it was loaded with).

    Raises DomainError (a rule or constraint refuses it, by field) or StaleVersion (somebody was faster).
    A save that changes nothing writes nothing.
    """
    clean_row(row)
    stored = None if row._state.adding else type(row)._base_manager.filter(pk=row.pk).first()
    changes = changes_of(row, stored)
    if stored is not None and not changes and expected_version in (None, stored.version):
        return row
    try:
        if stored is None:
            row.save(force_insert=True)
        else:
            row.save_version(expected=expected_version)
    except IntegrityError as error:
        # Two people passed the check at the same time; the constraint settles it.
        raise DomainError(
            "This has just been saved by somebody else, or breaks a rule of its table."
        ) from error
    verb = action or action_name(row, "added" if stored is None else "changed")
    # A row's readers are not always readers of its money: the model names what its history must not tell.
    untold: frozenset[str] = getattr(row, "untold", frozenset())
    told = {name: change for name, change in changes.items() if name not in untold}
    record(action=verb, target=row, actor=actor, project=project_of(row), changes=told, audience=audience)
    return row


@transaction.atomic
def row_delete(*, row: VersionedModel, actor: User | None, expected_version: int | None = None) -> None:
    """Throw a row into the trash, or, for a table without one, remove it; the journal keeps its name.

    Raises StateError when other rows hold on to it, StaleVersion when somebody changed it meanwhile.
    """
    project = project_of(row)
    if isinstance(row, TrashModel):
        row.deleted_at = timezone.now()
        row.save_version(expected=expected_version, fields=["deleted_at"])
        record(action=action_name(row, "trashed"), target=row, actor=actor, project=project)
        return
    record(action=action_name(row, "deleted"), target=row, actor=actor, project=project)
    try:
        row.delete()
    except (models.ProtectedError, models.RestrictedError) as error:
        held = (
            error.protected_objects if isinstance(error, models.ProtectedError) else error.restricted_objects
        )
        held_by = sorted({str(item._meta.verbose_name_plural) for item in held})
        raise StateError(f"“{row}” is still used by {', '.join(held_by)}.") from error


@transaction.atomic
def row_restore(*, row: VersionedModel, actor: User | None) -> None:
    """Take a row back out of the trash.

    Raises DomainError when its place has been taken meanwhile (a key that must be unique).
    """
    row.deleted_at = None  # type: ignore[attr-defined]
    clean_row(row)
    row.save_version(fields=["deleted_at"])
    record(action=action_name(row, "restored"), target=row, actor=actor, project=project_of(row))
