"""`make lint`: every check of the code that needs no test run; all run, then a list says which failed.

python -m implement.testkit.lint
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from implement.bootstrap import ROOT

APPS = ("implement", "projects", "budget")
BIN = Path(sys.executable).parent


@dataclass(frozen=True, kw_only=True)
class Check:
    """One check: its name, its words, what it adds to the environment; no words: nothing to check."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


def checks() -> list[Check]:
    """Return the checks of the checkout as it is."""
    python = sys.executable
    manage = [python, str(ROOT / "manage.py")]
    templates = [str(path) for path in [ROOT / "templates"] if any(path.rglob("*.html"))]
    typed = typed_files()
    return [
        Check(name="ruff check", command=[str(BIN / "ruff"), "check", "."]),
        Check(name="ruff format", command=[str(BIN / "ruff"), "format", "--check", "."]),
        Check(name="layers of imports", command=[python, "-m", "implement.testkit.layers"]),
        Check(
            name="types",
            command=[python, "-m", "mypy", "--explicit-package-bases", "--exclude", "/tests/", *typed]
            if typed
            else [],
        ),
        Check(
            name="templates",
            command=[str(BIN / "djlint"), "--lint", "--quiet", *templates] if templates else [],
        ),
        Check(name="migrations", command=[*manage, "makemigrations", "--check", "--dry-run"]),
        Check(
            name="deployment settings",
            command=[*manage, "check", "--deploy", "--fail-level", "WARNING"],
            environment=production_environment(),
        ),
    ]


def typed_files() -> list[str]:
    """Return what mypy reads: the shared machinery, and the verbs and figures of every room."""
    folders = [
        path for path in (ROOT / "implement" / "core", ROOT / "projects" / "kit") if any(path.glob("*.py"))
    ]
    rooms = [
        path
        for app in APPS
        for name in ("services", "selectors")
        for path in [*(ROOT / app).rglob(f"{name}.py"), *(ROOT / app).rglob(f"{name}/*.py")]
    ]
    inside = [path for path in rooms if not any(path.is_relative_to(folder) for folder in folders)]
    return [str(path.relative_to(ROOT)) for path in [*folders, *sorted(inside)]]


def production_environment() -> dict[str, str]:
    """Return throw-away values under which production's settings can be checked; nothing is connected."""
    return {
        "IMPLEMENT_ENV": "production",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "ALLOWED_HOSTS": "implement.example",
        "PUBLIC_URL": "https://implement.example",
        "DATABASE_URL": "postgres://implement@127.0.0.1:1/implement",
        "REDIS_URL": "redis://127.0.0.1:1/0",
    }


def main() -> int:
    """Run all checks; return 0 only when none failed."""
    failed = []
    for check in checks():
        if not check.command:
            say(f"--- {check.name}: nothing to check yet")
            continue
        say(f"--- {check.name}")
        began = time.monotonic()
        variables = {**os.environ, "IMPLEMENT_BOOTSTRAP": "0", **check.environment}
        if subprocess.run(check.command, cwd=ROOT, env=variables, check=False).returncode:
            failed.append(check.name)
        say(f"    {'FAILED' if check.name in failed else 'passed'} in {time.monotonic() - began:.1f} s")
    say(f"FAILED: {', '.join(failed)}" if failed else "All checks passed.")
    return 1 if failed else 0


def say(text: str) -> None:
    """Print a line at its place among those of the checks."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
