"""Reading the values of an edit: each is what it must be, or refused by its name."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from implement.core.errors import DomainError

Edit = dict[str, Any]
LARGEST_KEY = 2**63 - 1
FIRST_YEAR, LAST_YEAR = 1900, 2199
STALE = "Somebody saved a newer version while you were editing. Both are shown; nothing is lost."


def refused(name: str, text: str) -> DomainError:
    """Return the refusal of one value of an edit."""
    return DomainError(text, fields={name: text})


def whole(edit: Edit, name: str) -> int:
    """Return a value that must be the id of something; raises DomainError."""
    value = edit.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LARGEST_KEY:
        raise refused(name, f"“{name}” must be the id of a row.")
    return value


def text_of(edit: Edit, name: str) -> str:
    """Return a value that must be a text; raises DomainError."""
    value = edit.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if value is not None and not isinstance(value, str):
        raise refused(name, f"“{name}” must be a text.")
    return (value or "").strip()


def moment_of(edit: Edit, name: str) -> date | datetime | None:
    """Return a day or a local date and time, None for an empty text; raises DomainError."""
    said = text_of(edit, name)
    if not said:
        return None
    try:
        found = date.fromisoformat(said) if len(said) == 10 else datetime.fromisoformat(said)
    except ValueError as error:
        raise refused(name, f"“{said[:40]}” is no date. Write it as 2026-03-31.") from error
    if not FIRST_YEAR <= found.year <= LAST_YEAR or getattr(found, "tzinfo", None) is not None:
        raise refused(
            name, f"“{said[:40]}” is no date of a project: years are from {FIRST_YEAR} to {LAST_YEAR}."
        )
    return found


def day_of(edit: Edit, name: str) -> date | None:
    """Return a day, None for an empty text; raises DomainError."""
    found = moment_of(edit, name)
    return found.date() if isinstance(found, datetime) else found
