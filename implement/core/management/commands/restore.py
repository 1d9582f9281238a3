"""`manage.py restore FILE`: put a backup back."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError

from implement.core.archive import ArchiveError, media_folder, restore_archive


class Command(BaseCommand):
    """Verify an archive and restore database and media files from it."""

    help = "Restores an archive written by `backup`, after checking every hash."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", type=Path, help="the archive")
        parser.add_argument("--force", action="store_true", help="replace a database that is not empty")

    def handle(self, *, source: Path, force: bool, **options: Any) -> None:
        try:
            summary = restore_archive(source, media_root=media_folder(), force=force)
        except ArchiveError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"Restored the backup of {summary.created}: database and {summary.media_files} media files. "
            "Run `manage.py migrate` if the backup is of an older version."
        )
