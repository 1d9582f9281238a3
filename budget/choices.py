"""The words of time and money."""

from __future__ import annotations

from django.db import models

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

    LABOUR = "labour", "Labour"
    EXPENSE = "expense", "Expenses"
    LICENCE = "licence", "Licences"
    TRAVEL = "travel", "Travel"
    SUBCONTRACT = "subcontract", "Subcontracting"
    CONTINGENCY = "contingency", "Contingency"


class Measure(models.TextChoices):
    """In what earned value is counted."""

    COST = "cost", "Cost"
    HOURS = "hours", "Hours"
