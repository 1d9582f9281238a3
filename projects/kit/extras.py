"""What a later room adds to the page of an earlier room's row: buttons, and sections below its fields.

    @extras.on(Task)
    def acceptance(item: Task, entry: Entry) -> Extra | None: ...

The earlier room never learns of it. Each costs a fixed number of queries and asks the person's grants itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from projects.kit.access import Entry


@dataclass(frozen=True)
class Extra:
    """Buttons as (label, address), and a template with its context."""

    actions: tuple[tuple[str, str], ...] = ()
    template: str = ""
    context: dict[str, Any] = field(default_factory=dict)


Ask = Callable[[Any, Entry], Extra | None]
EXTRAS: dict[type[models.Model], list[Ask]] = {}


def on(model: type[models.Model]) -> Callable[[Ask], Ask]:
    """Make known what a room adds to the page of a model's rows."""

    def register(function: Ask) -> Ask:
        EXTRAS.setdefault(model, []).append(function)
        return function

    return register


def extras_of(item: models.Model, entry: Entry) -> list[Extra]:
    """Return what the rooms add to the page of a row for this person; a proxy's page shows its table's."""
    real = item._meta.concrete_model
    found = (ask(item, entry) for ask in EXTRAS.get(real, []))  # type: ignore[arg-type]
    return [extra for extra in found if extra is not None]
