"""The words of the design."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from implement.core.choices import TonedChoices


class ElementKind(models.TextChoices):
    """What sort of thing is designed."""

    COMPONENT = "component", _("Component")
    INTEGRATION = "integration", _("Integration")
    DATA = "data", _("Data object")
    REPORT = "report", _("Report")
    ROLE = "role", _("Role and security")
    ENVIRONMENT = "environment", _("Environment")


class ElementState(TonedChoices):
    """From the draft to what both sides have agreed. Approved is reached by review and signature only."""

    DRAFT = "draft", "quiet", _("Draft")
    REVIEW = "review", "moving", _("In review")
    APPROVED = "approved", "good", _("Approved")
    SUPERSEDED = "superseded", "quiet", _("Superseded")


# What the customer reads of a state.
CUSTOMER_WORDS = {
    ElementState.DRAFT: _("Being written"),
    ElementState.REVIEW: _("In review with us"),
    ElementState.APPROVED: _("Agreed"),
    ElementState.SUPERSEDED: _("Replaced"),
}

CUSTOMER_WAITS = _("Waits for your answer")


class ReviewVerdict(TonedChoices):
    """What an internal review says."""

    APPROVED = "approved", "good", _("Approved")
    CHANGES = "changes", "trouble", _("Changes wanted")


class DecisionState(TonedChoices):
    """Whether an architecture decision holds."""

    PROPOSED = "proposed", "moving", _("Proposed")
    ACCEPTED = "accepted", "good", _("Accepted")
    SUPERSEDED = "superseded", "quiet", _("Superseded")
    REJECTED = "rejected", "trouble", _("Rejected")


class Operator(models.TextChoices):
    """On which side of its target a measured value is good."""

    AT_MOST = "lte", _("at most")
    AT_LEAST = "gte", _("at least")


SIGNS = {Operator.AT_MOST: "≤", Operator.AT_LEAST: "≥"}


class FeedbackSource(models.TextChoices):
    """How the customer's word came to us."""

    SIGNOFF = "signoff", _("Answer to a request")
    NOTED = "noted", _("Noted by us")


class FeedbackState(TonedChoices):
    """Whether feedback waits for us."""

    OPEN = "open", "watch", _("Open")
    ANSWERED = "answered", "moving", _("Answered")
    CLOSED = "closed", "good", _("Closed")
