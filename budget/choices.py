"""The words of time and money."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from implement.core.choices import TonedChoices


class EntryState(TonedChoices):
    """Where an hour or an expense stands. Only approved and locked ones are actual."""

    DRAFT = "draft", "quiet", "Draft"
    SUBMITTED = "submitted", "moving", "Submitted"
    APPROVED = "approved", "good", "Approved"
    REJECTED = "rejected", "trouble", "Rejected"
    LOCKED = "locked", "done", "Locked"


ACTUAL_STATES = (EntryState.APPROVED, EntryState.LOCKED)
OPEN_STATES = (EntryState.DRAFT, EntryState.REJECTED)


class Category(models.TextChoices):
    """What a budget line pays for."""

    LABOUR = "labour", _("Labour")
    EXPENSE = "expense", _("Expenses")
    LICENCE = "licence", _("Licences")
    TRAVEL = "travel", _("Travel")
    SUBCONTRACT = "subcontract", _("Subcontracting")
    CONTINGENCY = "contingency", _("Contingency")


class Measure(models.TextChoices):
    """In what earned value is counted."""

    COST = "cost", "Cost"
    HOURS = "hours", "Hours"
