"""`manage.py backup DIR_OR_FILE`: the whole product's data in one file."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError

from implement.core.archive import ArchiveError, media_folder, write_archive


class Command(BaseCommand):
    """Write database, media files and a manifest of hashes to one tar."""

    help = "Writes one archive with the database, the media files and a manifest of their hashes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("target", type=Path, help="a folder, or the file to write (ending in .tar)")

    def handle(self, *, target: Path, **options: Any) -> None:
        if target.suffix != ".tar":
            target = target / f"implement-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.tar"
        media_root = media_folder()
        try:
            summary = write_archive(target, media_root=media_root)
        except (ArchiveError, OSError) as error:
            raise CommandError(str(error)) from error
        size = summary.path.stat().st_size / 1_000_000
        self.stdout.write(f"{summary.path}: {size:.1f} MB, database and {summary.media_files} media files")
        if media_root is None:
            self.stdout.write(
                "Media files live in a bucket and are not in the archive: back the bucket up too."
            )
