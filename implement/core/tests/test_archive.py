"""A backup restores to what was backed up, and a damaged or foreign archive changes nothing."""

from __future__ import annotations

import json
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from implement.core.archive import MANIFEST, ArchiveError, first_filled_table, unpack_verified

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def media(tmp_path: Path, settings: Any) -> Path:
    """A media folder with two files, and a table with two rows that only this test knows."""
    settings.MEDIA_ROOT = tmp_path / "media"
    (settings.MEDIA_ROOT / "a" / "b").mkdir(parents=True)
    (settings.MEDIA_ROOT / "a" / "b" / "plan.pdf").write_bytes(bytes(range(256)) * 400)
    (settings.MEDIA_ROOT / "Übergabe.txt").write_text("signed")
    return settings.MEDIA_ROOT


@pytest.fixture
def notes() -> Iterator[None]:
    """Stand-ins for the rooms' tables, so that the test needs no room."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE archive_note (id integer PRIMARY KEY, text varchar(50) NOT NULL)")
        cursor.execute("INSERT INTO archive_note VALUES (1, 'first'), (2, 'Größe')")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE archive_note")


def stored_notes() -> list[tuple[int, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, text FROM archive_note ORDER BY id")
        return [tuple(row) for row in cursor.fetchall()]


def every_row() -> dict[str, list[str]]:
    """All rows of all tables, in an order of their own."""
    with connection.cursor() as cursor:
        found = {}
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            found[table] = sorted(map(repr, cursor.fetchall()))
        return found


@pytest.fixture
def archive(media: Path, notes: None, tmp_path: Path) -> Path:
    path = tmp_path / "backups" / "one.tar"
    call_command("backup", str(path))
    return path


class BackupTests:
    def test_restored_equals_the_original(self, archive: Path, media: Path) -> None:
        before = every_row()
        with connection.cursor() as cursor:
            cursor.execute("UPDATE archive_note SET text = 'changed'")
            cursor.execute("INSERT INTO archive_note VALUES (3, 'later')")
        (media / "a" / "b" / "plan.pdf").unlink()
        (media / "Übergabe.txt").write_text("overwritten")
        (media / "later.txt").write_text("of a row that goes")
        call_command("restore", str(archive), force=True)
        assert stored_notes() == [(1, "first"), (2, "Größe")]
        assert every_row() == before
        stored = {
            str(path.relative_to(media)): path.read_bytes() for path in media.rglob("*") if path.is_file()
        }
        assert stored == {"a/b/plan.pdf": bytes(range(256)) * 400, "Übergabe.txt": b"signed"}

    def test_what_was_restored_can_be_backed_up_and_restored_again(
        self, archive: Path, tmp_path: Path
    ) -> None:
        call_command("restore", str(archive), force=True)
        call_command("backup", str(tmp_path / "two.tar"))
        call_command("restore", str(tmp_path / "two.tar"), force=True)
        assert stored_notes() == [(1, "first"), (2, "Größe")]

    def test_a_folder_gets_a_dated_file(self, media: Path, tmp_path: Path) -> None:
        call_command("backup", str(tmp_path / "nightly"))
        (written,) = (tmp_path / "nightly").iterdir()
        assert written.name.startswith("implement-2")
        assert written.suffix == ".tar"

    def test_only_the_owner_can_read_it(self, archive: Path) -> None:
        assert os.stat(archive).st_mode & 0o077 == 0

    def test_never_overwrites_another_backup(self, archive: Path) -> None:
        before = archive.read_bytes()
        with pytest.raises(CommandError, match="exists already"):
            call_command("backup", str(archive))
        assert archive.read_bytes() == before

    def test_manifest_names_versions_migrations_and_hashes(self, archive: Path) -> None:
        with tarfile.open(archive) as tar:
            manifest = json.load(tar.extractfile(MANIFEST))
        assert manifest["database"] == connection.vendor
        assert "contenttypes.0001_initial" in manifest["migrations"]
        assert set(manifest["versions"]) == {"python", "django"}
        assert {"media/Übergabe.txt", "media/a/b/plan.pdf"} < set(manifest["files"])
        assert all(len(line["sha256"]) == 64 for line in manifest["files"].values())


class RefusalTests:
    """Whatever is refused leaves the database as it is."""

    def refuses(self, archive: Path, match: str, *, force: bool = True) -> None:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE archive_note SET text = 'newer' WHERE id = 1")
        with pytest.raises(CommandError, match=match):
            call_command("restore", str(archive), force=force)
        assert stored_notes()[0] == (1, "newer")

    def test_a_database_with_rows(self, archive: Path) -> None:
        assert first_filled_table()
        self.refuses(archive, "database is not empty", force=False)

    def test_a_folder_with_media_files(self, archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("implement.core.archive.first_filled_table", lambda: "")
        self.refuses(archive, "media folder is not empty", force=False)

    def test_a_changed_byte(self, archive: Path) -> None:
        content = bytearray(archive.read_bytes())
        at = content.index(b"signed")
        content[at] ^= 1
        archive.write_bytes(content)
        self.refuses(archive, "has not the hash")

    def test_an_archive_that_was_cut_off(self, archive: Path) -> None:
        archive.write_bytes(archive.read_bytes()[: archive.stat().st_size // 2])
        self.refuses(archive, "cannot be read|no manifest|no plain file")

    def test_something_else(self, archive: Path, tmp_path: Path) -> None:
        other = tmp_path / "other.tar"
        with tarfile.open(other, "w") as tar:
            tar.add(archive, "x")
        self.refuses(other, "no manifest")
        other.write_text("not a tar")
        self.refuses(other, "cannot be read")
        self.refuses(tmp_path / "absent.tar", "cannot be read")

    def test_a_file_that_the_manifest_does_not_name(self, archive: Path, tmp_path: Path) -> None:
        (tmp_path / "extra").write_text("?")
        with tarfile.open(archive, "a") as tar:
            tar.add(tmp_path / "extra", "media/extra")
        self.refuses(archive, "disagree about: media/extra")

    @pytest.mark.parametrize("change", [{"format": 99}, {"database": "oracle"}])
    def test_another_kind(self, archive: Path, change: dict[str, object], tmp_path: Path) -> None:
        self.refuses(rewritten(archive, tmp_path / "new.tar", change), "format 99|oracle")

    def test_a_path_that_leads_out_of_the_folder(self, tmp_path: Path) -> None:
        (tmp_path / "evil").write_text("x")
        line = {"sha256": "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881", "size": 1}
        (tmp_path / MANIFEST).write_text(json.dumps({"format": 1, "files": {"../out": line}}))
        with tarfile.open(tmp_path / "evil.tar", "w") as tar:
            tar.add(tmp_path / "evil", "../out")
            tar.add(tmp_path / MANIFEST, MANIFEST)
        (tmp_path / "in").mkdir()
        with pytest.raises(ArchiveError, match="no plain file"):
            unpack_verified(tmp_path / "evil.tar", tmp_path / "in")
        assert not (tmp_path / "out").exists()


def rewritten(archive: Path, target: Path, change: dict[str, object]) -> Path:
    """Copy the archive with a changed manifest."""
    folder = target.with_suffix("")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    manifest = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(manifest | change))
    with tarfile.open(target, "w") as tar:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                tar.add(path, str(path.relative_to(folder)))
    return target
