"""Chainable questions about requirements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import models
from django.db.models import Count, Q

from projects.requirements.choices import DELIVERED, IN_SCOPE, OPEN_RELEASES, OUT, SIGNED, ReleaseState


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
        """Return what stands in a release that is on the roadmap."""
        return self.filter(release__deleted_at=None, release__isnull=False).exclude(
            release__status=ReleaseState.DROPPED
        )

    def unplaced(self) -> RequirementQuerySet:
        """Return what stands in none."""
        return self.exclude(pk__in=self.model.objects.placed().values("pk"))


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


class SuccessCriterionQuerySet(models.QuerySet[Any]):
    """Questions about goals."""

    def with_standing(self) -> SuccessCriterionQuerySet:
        """Return goals with how many requirements in scope serve each, how many are signed, and delivered."""

        def counted(states: Sequence[str]) -> Count:
            return Count(
                "requirements",
                filter=Q(requirements__deleted_at=None, requirements__status__in=states),
            )

        return self.annotate(
            serving=counted(IN_SCOPE), serving_signed=counted(SIGNED), serving_delivered=counted(DELIVERED)
        )
