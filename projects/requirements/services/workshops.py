"""Writing workshops down, with who was there."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from implement.accounts.models import User
from projects.kit.journal import record
from projects.kit.rows import row_save
from projects.models import Person
from projects.requirements.models import Workshop


@transaction.atomic
def workshop_save(
    *,
    workshop: Workshop,
    attendees: Iterable[Person] | None,
    actor: User | None,
    expected_version: int | None = None,
) -> Workshop:
    """Add a workshop or edit one; `attendees` None leaves them as they are. Raises DomainError or StaleVersion."""
    is_new = workshop._state.adding
    row_save(row=workshop, actor=actor, expected_version=expected_version)
    if attendees is None:
        return workshop
    before = sorted(str(person) for person in workshop.attendees.all())
    workshop.attendees.set(attendees)
    after = sorted(str(person) for person in workshop.attendees.all())
    if before != after and not is_new:
        record(
            action="workshop.changed", target=workshop, actor=actor, project=workshop.project,
            changes={"attendees": (", ".join(before), ", ".join(after))},
        )  # fmt: skip
    return workshop
