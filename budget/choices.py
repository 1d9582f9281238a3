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


class ExpenseBasis(models.TextChoices):
    """How an expense comes to its amount: paid as on a receipt, or so many of something at a rate."""

    RECEIPT = "receipt", "As on the receipt"
    MILEAGE = "mileage", "Mileage, per km"
    PER_DIEM = "per_diem", "Per diem, per day"


# What a quantity is counted in.
QUANTITY_UNITS = {ExpenseBasis.MILEAGE: "km", ExpenseBasis.PER_DIEM: "days"}


class PaidBy(models.TextChoices):
    """Whose money it was. What the firm paid itself is reimbursed to nobody."""

    PERSON = "person", "Own money"
    CARD = "card", "Company card or account"


class RateOrigin(models.TextChoices):
    """Where the rate of an expense comes from."""

    HOME = "home", "The project's own currency"
    TABLE = "table", "Exchange rates of the firm"
    OWN = "own", "Said by hand"


class ReimbursementState(TonedChoices):
    """How far the money is on its way back to who spent it. It begins with the approval."""

    OPEN = "open", "watch", "To reimburse"
    IN_RUN = "run", "moving", "In a payment run"
    PAID = "paid", "done", "Reimbursed"
    # An expense that was taken back before anybody paid it, and what takes it back.
    SETTLED = "settled", "quiet", "Settled by a correction"


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
    CAP = "cap", _("Agreed limit nearly reached")


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


class ChangeReason(models.TextChoices):
    """Why something is to change."""

    NEW = "new", _("New requirement")
    CHANGED = "changed", _("Changed requirement")
    UNCLEAR = "unclear", _("Unclear or missing in the scope")
    LAW = "law", _("Law or regulation")
    TECHNICAL = "technical", _("Technical finding")
    CUSTOMER = "customer", _("Delay or lack on the customer's side")
    INTERNAL = "internal", _("Our own planning")


class ChangeState(TonedChoices):
    """Where a change request stands. From the customer's decision on, what it says is locked."""

    DRAFT = "draft", "quiet", _("Draft")
    SUBMITTED = "submitted", "moving", _("Submitted")
    ANALYSIS = "analysis", "moving", _("Impact analysis")
    REVIEW = "review", "moving", _("Internal review")
    DECISION = "decision", "watch", _("Customer decides")
    APPROVED = "approved", "good", _("Approved")
    REJECTED = "rejected", "trouble", _("Rejected")
    DEFERRED = "deferred", "quiet", _("Deferred")
    WITHDRAWN = "withdrawn", "quiet", _("Withdrawn")
    IMPLEMENTED = "implemented", "done", _("Implemented")
    CLOSED = "closed", "done", _("Closed")


# What may still become part of the budget; approved but not implemented is not in it yet.
CHANGE_PENDING = (
    ChangeState.SUBMITTED, ChangeState.ANALYSIS, ChangeState.REVIEW, ChangeState.DECISION, ChangeState.APPROVED,
)  # fmt: skip
CHANGE_EDITABLE = (ChangeState.DRAFT, ChangeState.SUBMITTED, ChangeState.ANALYSIS)
# What the contract holds: agreed by the customer.
CHANGE_AGREED = (ChangeState.APPROVED, ChangeState.IMPLEMENTED, ChangeState.CLOSED)
# What the customer has been shown.
CHANGE_SHOWN = (*CHANGE_AGREED, ChangeState.DECISION, ChangeState.REJECTED, ChangeState.DEFERRED)


class Rounding(models.TextChoices):
    """How a timer's time is rounded when it is stopped."""

    NONE = "none", "Not at all, to the second"
    SIX_UP = "up-6", "Up to 6 minutes"
    FIFTEEN_UP = "up-15", "Up to 15 minutes"
    SIX_NEAREST = "near-6", "To the nearest 6 minutes"
    FIFTEEN_NEAREST = "near-15", "To the nearest 15 minutes"


class Weekday(models.IntegerChoices):
    """A day of the week."""

    MONDAY = 0, "Monday"
    TUESDAY = 1, "Tuesday"
    WEDNESDAY = 2, "Wednesday"
    THURSDAY = 3, "Thursday"
    FRIDAY = 4, "Friday"
    SATURDAY = 5, "Saturday"
    SUNDAY = 6, "Sunday"


class Verdict(models.TextChoices):
    """What somebody decided about hours or an expense."""

    APPROVED = "approved", "Approved"
    REJECTED = "rejected", "Rejected"
    REVERSED = "reversed", "Reversed"


class ReminderKind(models.TextChoices):
    """What somebody was reminded of."""

    MISSING = "missing", "Hours are missing"
    APPROVE = "approve", "Hours wait for approval"


class WhatIfState(TonedChoices):
    """Where a what-if stands. Only a draft can be changed."""

    DRAFT = "draft", "moving", "Draft"
    ACCEPTED = "accepted", "done", "Accepted"
    TURNED = "turned", "done", "Turned into a change request"
    DISCARDED = "discarded", "quiet", "Discarded"


class DifferenceKind(models.TextChoices):
    """What a what-if does otherwise."""

    TASK = "task", "Task changed"
    ADDED = "added", "New task"
    REMOVED = "removed", "Task removed"
    LINK = "link", "Link added or changed"
    UNLINK = "unlink", "Link removed"
    HOURS = "hours", "Hours of a person"
    MONEY = "money", "Budget line"


# What moves dates and nothing else: it may be accepted into the plan without a change request.
PLAN_ONLY = (DifferenceKind.TASK, DifferenceKind.LINK, DifferenceKind.UNLINK)


class ContractKind(models.TextChoices):
    """What the customer pays for."""

    FIXED = "fixed", _("Fixed price")
    TIME = "time", _("Time and material")
    CAPPED = "capped", _("Time and material with a limit")


class Recognition(models.TextChoices):
    """When a fixed price counts as earned."""

    PERCENT = "percent", _("By work done")
    MILESTONES = "milestones", _("By accepted milestones")


class CommitmentState(TonedChoices):
    """Where an order stands. Only what is ordered is committed."""

    ORDERED = "ordered", "moving", _("Ordered")
    CLOSED = "closed", "done", _("Settled")
    CANCELLED = "cancelled", "quiet", _("Cancelled")


class ReserveKind(models.TextChoices):
    """Which reserve: contingency is inside the budget, the management reserve on top of it."""

    CONTINGENCY = "contingency", _("Contingency")
    MANAGEMENT = "management", _("Management reserve")


class ReleaseState(TonedChoices):
    """Where a release from a reserve stands."""

    REQUESTED = "requested", "moving", _("Requested")
    RELEASED = "released", "done", _("Released")
    DECLINED = "declined", "quiet", _("Declined")


class RunState(TonedChoices):
    """Where an invoice run stands. Only a final one holds what is on it."""

    DRAFT = "draft", "moving", _("Draft")
    FINAL = "final", "done", _("Final")
    VOID = "void", "quiet", _("Void")


class RunGrouping(models.TextChoices):
    """By what the hours of a statement are added up."""

    TASK = "task", _("Task")
    PERSON = "person", _("Person")
    ROLE = "role", _("Role")
    DAY = "day", _("Day")
    ENTRY = "entry", _("Single entries")


class LineKind(models.TextChoices):
    """What a line of an invoice run bills."""

    TIME = "time", _("Hours")
    EXPENSE = "expense", _("Expense")
    MILESTONE = "milestone", _("Milestone")
    RETENTION = "retention", _("Retention")
    CAP = "cap", _("Agreed limit")
