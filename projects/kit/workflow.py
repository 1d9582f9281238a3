"""Workflows as tables: from one declaration come buttons, API actions, journal names and the docs' diagrams."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import models, transaction
from django.db.models import F
from django.utils import timezone

from implement.accounts.models import User
from implement.core.errors import DomainError, StateError
from projects.choices import Audience
from projects.kit.access import Entry
from projects.kit.journal import record
from projects.kit.rows import project_of

Guard = Callable[[Any, Entry], str | None]
Effect = Callable[[Any, User, str], dict[str, Any]]


@dataclass(frozen=True)
class Transition:
    """One step. `guard` returns why it may not be done (or None); `effect` the columns that change with it.

    Where a step is one of several on the way to its target, the effect names the state that it reaches by itself.
    """

    name: str
    sources: tuple[str, ...]
    target: str
    permission: str
    label: str
    tone: str = "quiet"
    guard: Guard | None = None
    effect: Effect | None = None
    needs_reason: bool = False
    audience: str = Audience.INTERNAL


@dataclass(frozen=True)
class Workflow:
    """The steps of one model's state column."""

    model: type[models.Model]
    transitions: tuple[Transition, ...]
    column: str = "status"
    by_name: dict[str, Transition] = field(
        init=False, repr=False, compare=False, hash=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        self.by_name.update({step.name: step for step in self.transitions})

    @property
    def choices(self) -> list[tuple[str, str]]:
        """Return every step with its label."""
        return [(step.name, step.label) for step in self.transitions]

    def available(self, item: models.Model, entry: Entry) -> list[Transition]:
        """Return the steps this person may take from the item's state, and its guards allow, in declared order."""
        state = getattr(item, self.column)
        return [
            step
            for step in self.transitions
            if state in step.sources
            and entry.can(step.permission)
            and (step.guard is None or step.guard(item, entry) is None)
        ]

    @transaction.atomic
    def perform(self, *, name: str, item: Any, entry: Entry, reason: str = "") -> None:
        """Take a step: permission, guard, one conditional UPDATE, journal; all or nothing.

        Raises DomainError for a step that is none or lacks its reason, NotAllowed without the permission,
        StateError when the item is not (or no longer) in a source state or the guard refuses.
        """
        step = self.by_name.get(name)
        if step is None:
            message = f"There is no step called “{name}”."
            raise DomainError(message, fields={"step": message})
        entry.require(step.permission)
        if step.needs_reason and not reason.strip():
            message = f"{step.label} needs a reason."
            raise DomainError(message, fields={"reason": message})
        before = getattr(item, self.column)
        if before not in step.sources:
            raise StateError(
                f"“{item}” is {item_state(item, self.column)}: “{step.label}” is not possible now."
            )
        refusal = step.guard(item, entry) if step.guard else None
        if refusal:
            raise StateError(refusal)
        values = {self.column: step.target, "updated_at": timezone.now(), "version": F("version") + 1}
        values |= step.effect(item, entry.user, reason) if step.effect else {}
        changed = (
            type(item)
            ._base_manager.filter(pk=item.pk, **{f"{self.column}__in": step.sources})
            .update(**values)
        )
        if changed != 1:
            raise StateError("Somebody else has just decided this.")
        item.refresh_from_db()
        record(
            action=f"{item._meta.model_name}.{step.name}",
            target=item,
            actor=entry.user,
            project=project_of(item),
            changes={self.column: (before, values[self.column])}
            | ({"reason": ("", reason)} if reason else {}),
            audience=step.audience,
        )


def item_state(item: models.Model, column: str) -> str:
    """Return the state's label in running text."""
    return str(getattr(item, f"get_{column}_display")()).lower()


WORKFLOWS: list[Workflow] = []


def register(*workflows: Workflow) -> Iterable[Workflow]:
    """Make workflows known to the docs and to the architecture tests."""
    WORKFLOWS.extend(workflows)
    return workflows
