#!/usr/bin/env python3
"""Django's command line; the first call in a fresh checkout installs all it needs, with nothing to set up."""

import os
import runpy
import sys
from pathlib import Path


def main() -> None:
    """Make sure everything is installed, then hand over to Django."""
    # Loaded by path: importing the package would already need Celery, which is what gets installed here.
    bootstrap = runpy.run_path(str(Path(__file__).resolve().parent / "implement" / "bootstrap.py"))
    bootstrap["enter"]()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "implement.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415 - absent before the line above

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
