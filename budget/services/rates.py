"""Writing rates, and giving open hours the rates in force. How a rate is found: budget.selectors.rates."""

from __future__ import annotations

from django.db import transaction

from budget.choices import EntryState
from budget.models import RateCard, TimeEntry
from budget.selectors.rates import PRICED, rates_for
from implement.accounts.models import User
from implement.core.db import update_rows
from projects.kit.rows import row_delete, row_save
from projects.models import Project


def entries_reprice(*, project: Project) -> int:
    """Give every entry that is not approved yet the rates now in force; return how many changed.

    Approved and locked hours are history: their rates were frozen and never move.
    """
    book = rates_for(project=project)
    open_entries = TimeEntry.objects.filter(
        project=project, status__in=[EntryState.DRAFT, EntryState.SUBMITTED, EntryState.REJECTED]
    ).select_related("person")
    changed = []
    for entry in open_entries.iterator(chunk_size=2000):
        before = [getattr(entry, name) for name in PRICED]
        book.price(entry)
        if before != [getattr(entry, name) for name in PRICED]:
            changed.append(entry)
    update_rows(changed, PRICED)
    return len(changed)


@transaction.atomic
def rate_save(*, card: RateCard, actor: User | None, expected_version: int | None = None) -> RateCard:
    """Add or change a rate card, then reprice what is not approved.

    Raises DomainError, by field, or StaleVersion.
    """
    row_save(row=card, actor=actor, expected_version=expected_version)
    entries_reprice(project=card.project)
    return card


@transaction.atomic
def rate_delete(*, card: RateCard, actor: User | None, expected_version: int | None = None) -> None:
    """Remove a rate card, then reprice what is not approved."""
    project = card.project
    row_delete(row=card, actor=actor, expected_version=expected_version)
    entries_reprice(project=project)
