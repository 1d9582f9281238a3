"""What a service says when it cannot do what was asked; each face turns these into its own answer.

| error | page | API |
|---|---|---|
| `DomainError` | 400 or the form with the message beside its field | 400 |
| `NotAllowed` | 403 | 403 |
| `StateError` | 409 | 409 |
| `StaleVersion` | 409, both versions shown | 412 |
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class DomainError(Exception):
    """A rule of the domain refuses the input; `fields` maps a field name to its message."""

    status = 400

    def __init__(self, message: str, *, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fields = dict(fields or {})


class NotAllowed(DomainError):
    """The person may see the thing but not do this to it."""

    status = 403


class StateError(DomainError):
    """The thing is not in a state from which this can be done."""

    status = 409


class StaleVersion(DomainError):
    """Somebody saved a newer version in the meantime; `theirs` holds what is stored now, by field."""

    status = 409

    def __init__(self, message: str, *, theirs: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.theirs = dict(theirs or {})
