"""Backup and restore: one tar with the database, the media files and a manifest of their hashes."""

from __future__ import annotations

import hashlib
import io
import json
import os
import platform
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

import django
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

FORMAT = 1
MANIFEST = "manifest.json"
DATABASES = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}
MEDIA = "media"

# Rows in these are made by `migrate` itself: a database that has no others counts as empty.
BOOKKEEPING = frozenset({"django_migrations", "django_content_type", "auth_permission", "cache"})


class ArchiveError(Exception):
    """A backup that cannot be made or must not be restored; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What an archive holds: its file, the number of media files and when it was made (UTC)."""

    path: Path
    media_files: int
    created: str


def media_folder() -> Path | None:
    """Return the folder of the media files; None when a bucket keeps them."""
    return Path(default_storage.location) if isinstance(default_storage, FileSystemStorage) else None


# --- Making ---------------------------------------------------------------------------------------------
def write_archive(target: Path, *, media_root: Path | None) -> Summary:
    """Write the whole product's data to `target`; it exists only when it is complete.

    The database is copied first: a media file is never changed or removed while a row names it, so that
    every file the copied rows name is still there when its turn comes. `media_root` is None where the
    files live in a bucket, which has backups of its own.
    """
    if target.exists():
        raise ArchiveError(f"{target} exists already; a backup never overwrites another.")
    target.parent.mkdir(parents=True, exist_ok=True)
    created = datetime.now(UTC).isoformat(timespec="seconds")
    partial = target.with_name(f".{target.name}.partial")
    try:
        with tempfile.TemporaryDirectory(prefix="implement-backup-") as folder:
            # It holds all that customers wrote: only the owner may read it.
            os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
            with tarfile.open(partial, "w") as tar:
                database = Path(folder) / DATABASES[connection.vendor]
                dump_database(database)
                files = {database.name: add_file(tar, database, database.name)}
                for path in media_files(media_root):
                    name = str(PurePosixPath(MEDIA, *path.relative_to(media_root or path).parts))
                    files[name] = add_file(tar, path, name)
                add_manifest(tar, files=files, created=created, media_root=media_root)
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)
    return Summary(path=target, media_files=len(files) - 1, created=created)


def media_files(root: Path | None) -> Iterator[Path]:
    """Yield every file below the media folder, in a stable order."""
    if root is not None and root.is_dir():
        yield from sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink())


class HashingReader:
    """A file that is hashed as it is read, so that the hash is of what went into the archive."""

    def __init__(self, file: io.BufferedIOBase | Any) -> None:
        self.file = file
        self.hash = hashlib.sha256()
        self.size = 0

    def read(self, count: int = -1) -> bytes:
        block: bytes = self.file.read(count)
        self.hash.update(block)
        self.size += len(block)
        return block


def add_file(tar: tarfile.TarFile, path: Path, name: str) -> dict[str, Any]:
    """Add one file and return its line of the manifest."""
    with path.open("rb") as file:
        info = tar.gettarinfo(arcname=name, fileobj=file)
        reader = HashingReader(file)
        tar.addfile(info, reader)
    return {"sha256": reader.hash.hexdigest(), "size": reader.size}


def add_manifest(
    tar: tarfile.TarFile, *, files: Mapping[str, Any], created: str, media_root: Path | None
) -> None:
    """Add the manifest: what made the archive, and the hash of every file in it."""
    applied = MigrationRecorder(connection).applied_migrations()
    content = {
        "format": FORMAT,
        "created": created,
        "database": connection.vendor,
        "media": "archive" if media_root is not None else "elsewhere",
        "versions": {"python": platform.python_version(), "django": django.get_version()},
        "migrations": sorted(f"{app}.{name}" for app, name in applied),
        "files": files,
    }
    text = json.dumps(content, indent=1).encode()
    info = tarfile.TarInfo(MANIFEST)
    info.size, info.mode = len(text), 0o600
    tar.addfile(info, io.BytesIO(text))


# --- Restoring ------------------------------------------------------------------------------------------
def restore_archive(source: Path, *, media_root: Path | None, force: bool) -> Summary:
    """Verify the archive, then replace the database by it and put its media files in place.

    Nothing is touched before every hash fits. Media files that the archive does not know go with the
    database that named them. Raises ArchiveError for a damaged archive, another kind of database, or, unless
    `force`, a database that holds rows or a folder that holds media files.
    """
    if not force and (table := first_filled_table()):
        raise ArchiveError(
            f"The database is not empty (there are rows in {table}). --force replaces everything in it."
        )
    if not force and (stray := next(media_files(media_root), None)):
        raise ArchiveError(
            f"The media folder is not empty (it holds {stray}). --force replaces everything in it."
        )
    with tempfile.TemporaryDirectory(prefix="implement-restore-") as folder:
        manifest = unpack_verified(source, Path(folder))
        if manifest["database"] != connection.vendor:
            raise ArchiveError(
                f"The archive is of {manifest['database']}, DATABASE_URL names {connection.vendor}."
            )
        media = Path(folder) / MEDIA
        restored = list(media_files(media))
        if restored and media_root is None:
            raise ArchiveError("The archive holds media files, but the settings keep them in a bucket.")
        load_database(Path(folder) / DATABASES[connection.vendor])
        if media_root is not None and manifest["media"] == "archive":
            replace_media(media_root, {media_root / path.relative_to(media): path for path in restored})
    return Summary(path=source, media_files=len(restored), created=manifest["created"])


def unpack_verified(source: Path, folder: Path) -> dict[str, Any]:
    """Unpack into `folder` exactly what the manifest names, with the hashes it names; return the manifest."""
    try:
        with tarfile.open(source, "r:") as tar:
            members = {member.name: member for member in tar.getmembers()}
            manifest = read_manifest(tar, members)
            named = set(manifest["files"])
            if named != members.keys() - {MANIFEST}:
                strays = sorted(named ^ (members.keys() - {MANIFEST}))
                raise ArchiveError(f"The archive and its manifest disagree about: {', '.join(strays[:5])}")
            for name, line in manifest["files"].items():
                unpack_file(tar, members[name], folder, line)
    except (tarfile.TarError, OSError, EOFError) as error:
        raise ArchiveError(f"{source} cannot be read as a backup: {error}") from error
    return manifest


def read_manifest(tar: tarfile.TarFile, members: Mapping[str, tarfile.TarInfo]) -> dict[str, Any]:
    """Return the manifest of an archive that this version can read."""
    file = tar.extractfile(members[MANIFEST]) if MANIFEST in members else None
    if file is None:
        raise ArchiveError("This is no backup of Implement: it has no manifest.")
    try:
        manifest: dict[str, Any] = json.load(file)
    except ValueError as error:
        raise ArchiveError("The archive's manifest is damaged.") from error
    if manifest.get("format") != FORMAT:
        raise ArchiveError(f"The archive has format {manifest.get('format')!r}; this version reads {FORMAT}.")
    return manifest


def unpack_file(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path, line: Mapping[str, Any]) -> None:
    """Write one file below `folder`, checking its hash; a name that leads elsewhere is refused."""
    target = folder / member.name
    # An archive may come from anybody: a path with `..` or a link could write over any file of the server.
    if not member.isfile() or not target.resolve().is_relative_to(folder.resolve()):
        raise ArchiveError(f"The archive holds something that is no plain file: {member.name}")
    content = tar.extractfile(member)
    target.parent.mkdir(parents=True, exist_ok=True)
    reader = HashingReader(content)
    with target.open("wb") as file:
        shutil.copyfileobj(reader, file)
    if reader.hash.hexdigest() != line["sha256"]:
        raise ArchiveError(f"The archive is damaged: {member.name} has not the hash of the manifest.")


def replace_media(root: Path, restored: Mapping[Path, Path]) -> None:
    """Put each restored file in place, whole, and then remove what else lies below `root`.

    `restored` names the unpacked file by its place.
    """
    for target, path in restored.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f".{target.name}.partial")
        shutil.copyfile(path, partial)
        os.replace(partial, target)
    for path in list(media_files(root)):
        if path not in restored:
            path.unlink()


def first_filled_table() -> str:
    """Return a table that holds rows of somebody's work; empty when there is none."""
    with connection.cursor() as cursor:
        for table in sorted(set(connection.introspection.table_names(cursor)) - BOOKKEEPING):
            cursor.execute(f"SELECT 1 FROM {connection.ops.quote_name(table)} LIMIT 1")  # noqa: S608 - quoted
            if cursor.fetchone():
                return table
    return ""


# --- Databases ------------------------------------------------------------------------------------------
def dump_database(target: Path) -> None:
    """Copy the database, consistent at one moment, while others go on writing."""
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        with closing(sqlite3.connect(target)) as copy:
            connection.connection.backup(copy)
        return
    options = ("--format=custom", "--no-owner", "--no-privileges")
    postgres(["pg_dump", *options, f"--file={target}", connection.settings_dict["NAME"]])


def load_database(source: Path) -> None:
    """Replace the whole database, in one transaction: it is the old one or the new one, never a mixture."""
    if connection.vendor == "sqlite":
        load_sqlite(source)
        return
    # An own connection would wait for itself: it may hold locks on the tables that go.
    connection.close()
    script = source.with_suffix(".sql")
    postgres(["pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(source)])
    fresh = "DROP SCHEMA public CASCADE; CREATE SCHEMA public;"
    switches = (
        "--quiet",
        "--no-psqlrc",
        "--single-transaction",
        "--set=ON_ERROR_STOP=1",
        "--output=/dev/null",
    )
    database = connection.settings_dict["NAME"]
    postgres(["psql", *switches, f"--command={fresh}", f"--file={script}", database])


def load_sqlite(source: Path) -> None:
    """Copy the restored file over the live one page by page: other processes see it whole or wait."""
    with closing(sqlite3.connect(source)) as copy:
        verdict = copy.execute("PRAGMA integrity_check").fetchone()[0]
        if verdict != "ok":
            raise ArchiveError(f"The database in the archive is damaged: {verdict}")
        connection.ensure_connection()
        copy.backup(connection.connection)


def postgres(command: Sequence[str]) -> None:
    """Run one of PostgreSQL's programs against the database of the settings."""
    program = shutil.which(command[0])
    if program is None:
        raise ArchiveError(
            f"{command[0]} is not installed on this computer: install PostgreSQL's client programs "
            "(Debian: apt-get install postgresql-client), of the server's version or newer."
        )
    settings = connection.settings_dict
    places = {
        "PGHOST": settings["HOST"],
        "PGPORT": settings["PORT"],
        "PGUSER": settings["USER"],
        # Through the environment: every user of the computer can read a command line.
        "PGPASSWORD": settings["PASSWORD"],
        "PGSSLMODE": settings["OPTIONS"].get("sslmode", ""),
    }
    result = subprocess.run(  # noqa: S603 - a known program, no shell
        [program, *command[1:]],
        env={**os.environ, **{key: str(value) for key, value in places.items() if value}},
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise ArchiveError(f"{command[0]} failed: {result.stderr.strip()}")
