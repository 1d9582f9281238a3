"""Chainable questions about requirements."""

from __future__ import annotations

from typing import Any

from django.db import models

from projects.requirements.choices import OUT, SIGNED


class RequirementQuerySet(models.QuerySet[Any]):
    """Questions about requirements."""

    def in_scope(self) -> RequirementQuerySet:
        """Return what is to be delivered: not deferred, rejected or obsolete."""
        return self.exclude(status__in=OUT)

    def signed(self) -> RequirementQuerySet:
        """Return what the customer has signed as it stands."""
        return self.filter(status__in=SIGNED)

    def shown(self) -> RequirementQuerySet:
        """Return what the customer has been asked about at least once."""
        return self.exclude(shown_revision=None)
