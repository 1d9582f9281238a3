"""Writing the journal: one entry and its deliveries, in the transaction of the change itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, models
from django.utils import timezone

from implement.accounts.models import User
from projects.choices import Audience, Channel
from projects.models import Delivery, JournalEntry, Project

SYSTEM = "Implement"
LABEL_LENGTH = 255


@dataclass(frozen=True)
class Event:
    """A journal name with the sentence people read: "{actor} {verb} {target}".

    `is_reported`: worth a line under "what happened" in a report.
    """

    action: str
    verb: str
    is_shared: bool = False
    is_reported: bool = True


EVENTS: dict[str, Event] = {}


def register(*events: Event) -> None:
    """Make a room's events known; their names are public vocabulary (API, webhooks)."""
    for event in events:
        EVENTS[event.action] = event


def plain(value: Any) -> Any:
    """Return a value as JSON keeps it: exact numbers as text, dates as ISO, rows as their label."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, models.Model):
        return str(value)
    if isinstance(value, bool | int | float | str) or value is None:
        return value
    return str(value)


def record(
    *,
    action: str,
    target: models.Model,
    actor: User | None,
    project: Project | None,
    changes: Mapping[str, tuple[Any, Any]] | None = None,
    audience: str = Audience.INTERNAL,
    notify: Iterable[User] = (),
    by_email: bool = False,
    label: str = "",
) -> JournalEntry:
    """Append an entry and one delivery per person to tell (in the product, and by e-mail if asked).

    Must be called inside the transaction that makes the change, so that neither exists without the other.
    `changes` is field -> (before, after). `label` is what the readers call the target, where that is not its own
    name. The actor is never told of their own doing.
    """
    if not connection.in_atomic_block:
        raise RuntimeError(f"{action} was recorded outside the transaction of its change.")
    now = timezone.now()
    entry = JournalEntry.objects.create(
        project=project,
        at=now,
        actor=actor,
        actor_name=str(actor) if actor else SYSTEM,
        action=action,
        target_type=target._meta.label_lower,
        target_id=str(target.pk),
        target_label=(label or str(target))[:LABEL_LENGTH],
        changes={field: [plain(before), plain(after)] for field, (before, after) in (changes or {}).items()},
        audience=audience,
    )
    channels = [Channel.IN_APP, Channel.EMAIL] if by_email else [Channel.IN_APP]
    Delivery.objects.bulk_create(
        Delivery(entry=entry, channel=channel, user=user, address=user.email, due_at=now)
        for user in dict.fromkeys(notify)
        if user != actor
        for channel in channels
    )
    return entry


def record_many(
    *,
    actor: User | None,
    project: Project | None,
    entries: Iterable[tuple[str, models.Model, Mapping[str, tuple[Any, Any]]]],
) -> None:
    """Append (action, target, changes) entries in bulk and tell nobody: for imports, in their transaction."""
    if not connection.in_atomic_block:
        raise RuntimeError("Entries were recorded outside the transaction of their changes.")
    now = timezone.now()
    JournalEntry.objects.bulk_create(
        (
            JournalEntry(
                project=project,
                at=now,
                actor=actor,
                actor_name=str(actor) if actor else SYSTEM,
                action=action,
                target_type=target._meta.label_lower,
                target_id=str(target.pk),
                target_label=str(target)[:LABEL_LENGTH],
                changes={field: [plain(before), plain(after)] for field, (before, after) in changes.items()},
            )
            for action, target, changes in entries
        ),
        batch_size=500,
    )
