"""Chainable questions about requirements."""

from __future__ import annotations

from typing import Any

from django.db import models

from projects.requirements.choices import OPEN_RELEASES, OUT, SIGNED, ReleaseState


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

    def placed(self) -> RequirementQuerySet:
        """Return what stands in a release."""
        return self.exclude(release=None)


class ReleaseQuerySet(models.QuerySet[Any]):
    """Questions about releases."""

    def open(self) -> ReleaseQuerySet:
        """Return those to which requirements can still be added."""
        return self.filter(status__in=OPEN_RELEASES)

    def standing(self) -> ReleaseQuerySet:
        """Return those that are on the roadmap: not dropped."""
        return self.exclude(status=ReleaseState.DROPPED)

    def shown(self) -> ReleaseQuerySet:
        """Return those that the customer reads of."""
        return self.standing().filter(is_published=True)
