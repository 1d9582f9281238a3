"""Writing rates, and giving open hours the rates in force. How a rate is found: budget.selectors.rates."""

from __future__ import annotations

from django.db import transaction

from budget.models import RateCard
from budget.services.pricing import entries_reprice
from implement.accounts.models import User
from projects.kit.rows import row_delete, row_save


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
