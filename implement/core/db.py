"""Abstract tables that every room builds on: versions for optimistic locking, trash with restore."""

from __future__ import annotations

import hashlib
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from operator import attrgetter
from typing import Any, ClassVar

from django.db import connection, models, transaction
from django.db.models import F
from django.utils import timezone

from implement.core.errors import StaleVersion


class AppendOnlyError(TypeError):
    """Somebody tried to rewrite history."""


class AppendOnlyQuerySet(models.QuerySet[Any]):
    """Rows that refuse to be rewritten, in bulk too. They go only with what they belong to."""

    def update(self, **kwargs: Any) -> int:
        raise AppendOnlyError(f"Nothing of the {self.model._meta.verbose_name_plural} is ever changed.")

    def bulk_update(self, *args: Any, **kwargs: Any) -> int:
        return self.update()

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        if kwargs.get("update_conflicts"):
            raise AppendOnlyError(f"Nothing of the {self.model._meta.verbose_name_plural} is ever changed.")
        return super().bulk_create(objs, *args, **kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        raise AppendOnlyError(f"Nothing of the {self.model._meta.verbose_name_plural} is ever deleted.")


class AppendOnlyModel(models.Model):
    """A row that is written once."""

    objects: ClassVar[Any] = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnlyError(f"A {self._meta.verbose_name} is never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise AppendOnlyError(f"A {self._meta.verbose_name} is never deleted.")


class VersionedModel(models.Model):
    """A row that carries a version: a save over a newer one is refused, never silently lost."""

    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True, editable=False)
    updated_at = models.DateTimeField(auto_now=True, editable=False)

    class Meta:
        abstract = True

    def save_version(self, *, expected: int | None = None, fields: list[str] | None = None) -> None:
        """Save over exactly the version that was read and count it up, in one conditional UPDATE.

        `expected` is the version the editor saw (from the form or If-Match); default: the loaded one.
        Raises StaleVersion, with what is stored now, when another save came first.
        """
        seen = self.version if expected is None else expected
        names = fields or [
            field.attname
            for field in self._meta.concrete_fields
            if not (field.primary_key or field.generated or field.name in {"version", "created_at"})
        ]
        self.updated_at = timezone.now()
        values: dict[str, Any] = {}
        for name in {*names, "updated_at"}:
            field: Any = self._meta.get_field(name)
            values[field.attname] = field.pre_save(self, False)
        changed = (
            type(self)
            ._base_manager.filter(pk=self.pk, version=seen)
            .update(**values, version=F("version") + 1)
        )
        if not changed:
            stored = type(self)._base_manager.filter(pk=self.pk).first()
            raise StaleVersion(
                "Somebody saved a newer version while you were editing. Both are shown; nothing is lost.",
                theirs={} if stored is None else {name: getattr(stored, name) for name in names},
            )
        self.version = seen + 1


def most_values() -> int:
    """Return how many values one statement takes: SQLite says it; PostgreSQL gets them as text."""
    if connection.vendor == "sqlite":
        return connection.connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER)
    return sys.maxsize


def update_rows(
    rows: Sequence[Any], fields: Sequence[str], *, model: type[models.Model] | None = None
) -> None:
    """Write some columns of many rows of one table, in one statement as far as the database takes it.

    The same as `bulk_update`, whose CASE per column and row takes ten times as long on thousands of rows. Like it,
    it counts no version up: name `version` and `updated_at` where somebody may be editing the row. `model` names the
    table of rows that are not its instances but have `pk` and the columns as attributes.
    """
    if not rows:
        return
    meta = (model or type(rows[0]))._meta
    columns: list[Any] = [meta.get_field(name) for name in fields]
    sample: list[Any] = [meta.pk, *columns]
    values_of = attrgetter("pk", *(field.attname for field in columns))
    name = connection.ops.quote_name
    # Both databases call the columns of VALUES column1, column2, …; PostgreSQL takes their types from the first row.
    types = [
        field.rel_db_type(connection) if field is meta.pk else field.db_type(connection) for field in sample
    ]
    typed = ", ".join(f"CAST(%s AS {kind})" for kind in types)
    plain = ", ".join(["%s"] * len(sample))
    written = ", ".join(
        f"{name(field.column)} = v.column{number}" for number, field in enumerate(columns, start=2)
    )
    assert meta.pk is not None
    assert meta.pk.column is not None
    table, key = name(meta.db_table), name(meta.pk.column)
    with transaction.atomic(), connection.cursor() as cursor:
        size = most_values() // len(sample)
        for begin in range(0, len(rows), size):
            batch = rows[begin : begin + size]
            first = typed if connection.vendor == "postgresql" else plain
            values = ", ".join([f"({first})", *[f"({plain})"] * (len(batch) - 1)])
            cursor.execute(
                f"UPDATE {table} SET {written} FROM (VALUES {values}) AS v WHERE {table}.{key} = v.column1",  # noqa: S608
                [
                    field.get_db_prep_save(value, connection)
                    for row in batch
                    for field, value in zip(sample, values_of(row), strict=True)
                ],
            )


class LiveManager(models.Manager):
    """The default view of a table with a trash: what has not been thrown away."""

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().filter(deleted_at=None)


class TrashModel(models.Model):
    """A row that is thrown away into a trash, from which it can be restored."""

    deleted_at = models.DateTimeField(null=True, blank=True, editable=False, db_index=True)

    class Meta:
        abstract = True
        base_manager_name = "with_trash"


def hold_together(name: str, *, alone: bool = False) -> None:
    """Let many hold a name at a time, or one alone, until the transaction ends.

    For a rule over rows that are not there yet: nobody can lock those. Take it before any row is locked, or two
    wait for each other. A SQLite transaction that writes is alone anyway.
    """
    if connection.vendor != "postgresql":
        return
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    function = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [key])


@contextmanager
def one_look() -> Iterator[None]:
    """Read everything in the block as it stood at one moment, whatever others write meanwhile.

    PostgreSQL needs its isolation raised before the first question; a SQLite transaction sees one state anyway.
    Inside another transaction the block is that transaction's. Keep it short: SQLite lets nobody write meanwhile.
    """
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if is_outermost and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield
