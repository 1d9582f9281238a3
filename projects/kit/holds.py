"""What of a project stays as it is once something hangs on it: each room says so of what it keeps.

    @holds.on("currency")
    def amounts(project: Project) -> str | None: ...

The earlier room never learns of it. A hold returns why the field stays, or None.
"""

from __future__ import annotations

from collections.abc import Callable

from projects.models import Project

Hold = Callable[[Project], str | None]
HOLDS: dict[str, list[Hold]] = {}


def on(field: str) -> Callable[[Hold], Hold]:
    """Make known what holds a field of the project."""

    def register(function: Hold) -> Hold:
        HOLDS.setdefault(field, []).append(function)
        return function

    return register


def held(project: Project, field: str) -> str | None:
    """Return why a field of the project stays as it is, or None."""
    return next((why for hold in HOLDS.get(field, ()) if (why := hold(project))), None)
