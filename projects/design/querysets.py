"""Chainable questions about the design."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Count, F, Q

from projects.design.choices import ElementState, FeedbackState


class ElementQuerySet(models.QuerySet[Any]):
    """Questions about design elements."""

    def in_scope(self) -> ElementQuerySet:
        """Return what is to be built: all but what was superseded."""
        return self.exclude(status=ElementState.SUPERSEDED)

    def approved(self) -> ElementQuerySet:
        """Return what is approved as it stands."""
        return self.filter(status=ElementState.APPROVED)

    def shown(self) -> ElementQuerySet:
        """Return what the customer has been asked about at least once."""
        return self.exclude(shown_revision=None)

    def to_review(self) -> ElementQuerySet:
        """Return what waits for the review by one of us."""
        reviewed = self.filter(reviewed_revision=F("revision"))
        return self.filter(status=ElementState.REVIEW).exclude(pk__in=reviewed.values("pk"))

    def ready_for_customer(self) -> ElementQuerySet:
        """Return what one of us has approved and nobody has asked the customer about yet."""
        return self.filter(
            status=ElementState.REVIEW, needs_customer=True, with_customer=False, reviewed_revision=F("revision")
        )  # fmt: skip

    def with_blocking(self) -> ElementQuerySet:
        """Return the rows with `blocking`, how much of the customer's feedback must be put right before approval."""
        held = Q(feedback__is_must_fix=True, feedback__deleted_at=None) & ~Q(
            feedback__state=FeedbackState.CLOSED
        )
        return self.annotate(blocking=Count("feedback", filter=held))

    def in_rework(self) -> ElementQuerySet:
        """Return what was approved before, or not agreed with, and is being written anew."""
        return self.filter(status=ElementState.DRAFT).exclude(status_reason="")


class FeedbackQuerySet(models.QuerySet[Any]):
    """Questions about the customer's feedback."""

    def blocking(self) -> FeedbackQuerySet:
        """Return what must be put right before its element is approved."""
        return self.filter(is_must_fix=True).exclude(state=FeedbackState.CLOSED)
