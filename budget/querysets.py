"""Chainable questions about hours and expenses."""

from __future__ import annotations

from django.db import models

from budget.choices import ACTUAL_STATES, OPEN_STATES, EntryState


class EntryQuerySet(models.QuerySet):
    """Questions that hours and expenses answer alike."""

    def actual(self) -> EntryQuerySet:
        """Return what is approved: it counts as actual cost."""
        return self.filter(status__in=ACTUAL_STATES)

    def unapproved(self) -> EntryQuerySet:
        """Return what is neither approved nor rejected yet: shown apart."""
        return self.filter(status__in=[EntryState.DRAFT, EntryState.SUBMITTED])

    def waiting(self) -> EntryQuerySet:
        """Return what waits for somebody's approval."""
        return self.filter(status=EntryState.SUBMITTED)

    def editable(self) -> EntryQuerySet:
        """Return what its person may still change."""
        return self.filter(status__in=OPEN_STATES)
