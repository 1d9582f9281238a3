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


class AlertRule(models.TextChoices):
    """What is watched."""

    CONSUMED = "consumed", _("Budget consumed")
    GAP = "gap", _("Consumed ahead of the work")
    CPI = "cpi", _("Cost performance (CPI)")
    SPI = "spi", _("Schedule performance (SPI)")
    EAC = "eac", _("Expected cost over budget")
    RUNS_OUT = "runs_out", _("Budget runs out before the finish")
    TIMESHEET = "timesheet", _("Timesheet missing")
    SLIP = "slip", _("Milestone slips")
    OVERDUE = "overdue", _("Milestone overdue")
    DEADLINE = "deadline", _("Deadline missed")


class AlertState(TonedChoices):
    """Where an alert stands. The first three are open; a resolved one was closed by a person, a cleared one by
    its figure."""

    OPEN = "open", "trouble", _("New")
    ACKNOWLEDGED = "acknowledged", "watch", _("Acknowledged")
    PLANNED = "planned", "moving", _("Action planned")
    RESOLVED = "resolved", "done", _("Resolved")
    CLEARED = "cleared", "good", _("Cleared by itself")


ALERT_OPEN = (AlertState.OPEN, AlertState.ACKNOWLEDGED, AlertState.PLANNED)


class Severity(TonedChoices):
    """How bad it is."""

    WATCH = "watch", "watch", _("Watch")
    TROUBLE = "trouble", "trouble", _("In trouble")
