"""The words of the base: value, label and, where a state is shown, its tone."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from implement.core.choices import TonedChoices


class Role(models.TextChoices):
    """What somebody is on a project. An administrator is one on every project, by their account."""

    MANAGER = "manager", "Project manager"
    TEAM = "team", "Team member"
    FINANCE = "finance", "Finance"
    CUSTOMER = "customer", "Customer"


class Audience(models.TextChoices):
    """Who may read something."""

    INTERNAL = "internal", _("Internal")
    CUSTOMER = "customer", _("Customer")


class Phase(models.TextChoices):
    """The phases of the method; the product covers Implement and keeps the others open."""

    SELL = "sell", _("Sell")
    ONBOARD = "onboard", _("Onboard")
    IMPLEMENT = "implement", _("Implement")
    ADOPT = "adopt", _("Adopt")
    TRANSITION = "transition", _("Transition")
    OPTIMIZE = "optimize", _("Optimize")


class ProjectStatus(TonedChoices):
    PLANNED = "planned", "quiet", "Planned"
    ACTIVE = "active", "moving", "Active"
    ON_HOLD = "on_hold", "watch", "On hold"
    CLOSED = "closed", "done", "Closed"


class CustomerBudget(models.TextChoices):
    """In which form the customer sees the budget, as agreed in the contract."""

    FEES = "fees", "Fees"
    HOURS = "hours", "Hours"
    NONE = "none", "Not shown"


class ProgressRule(models.TextChoices):
    """How it is measured what share of a task is done, and so earned. Only physical % is typed."""

    PHYSICAL = "physical", _("Physical %")
    ZERO_HUNDRED = "0_100", "0/100"
    FIFTY_FIFTY = "50_50", "50/50"
    TWENTY_EIGHTY = "20_80", "20/80"
    STEPS = "steps", _("Weighted milestones")
    UNITS = "units", _("Units done")
    EFFORT = "effort", _("Level of effort")


# What is earned when a task starts; the rest is earned when it is finished.
EARNED_AT_START = {
    ProgressRule.ZERO_HUNDRED: 0, ProgressRule.FIFTY_FIFTY: 50, ProgressRule.TWENTY_EIGHTY: 20,
}  # fmt: skip
# A project's usual rule needs nothing that only one task can say.
USUAL_RULES = [
    (rule.value, rule.label)
    for rule in ProgressRule
    if rule not in (ProgressRule.STEPS, ProgressRule.UNITS, ProgressRule.EFFORT)
]


class Constraint(models.TextChoices):
    """When a task may run, besides its dependencies."""

    ASAP = "ASAP", "As soon as possible"
    ALAP = "ALAP", "As late as possible"
    MSO = "MSO", "Must start on"
    MFO = "MFO", "Must finish on"
    SNET = "SNET", "Start no earlier than"
    SNLT = "SNLT", "Start no later than"
    FNET = "FNET", "Finish no earlier than"
    FNLT = "FNLT", "Finish no later than"


# These hold an end of work: the end of a day or of an interval, where the others hold the beginning of one.
OF_FINISH = frozenset({Constraint.MFO, Constraint.FNET, Constraint.FNLT})


class AbsenceKind(models.TextChoices):
    """Why somebody is away; told to themselves and to who manages them."""

    HOLIDAY = "holiday", "Holiday"
    SICK = "sick", "Sick"
    TRAINING = "training", "Training"
    OTHER = "other", "Other"


class LinkType(models.TextChoices):
    """Which end of the predecessor holds which end of the successor."""

    FS = "FS", "Finish to start"
    SS = "SS", "Start to start"
    FF = "FF", "Finish to finish"
    SF = "SF", "Start to finish"


class JobState(TonedChoices):
    QUEUED = "queued", "quiet", "Waiting"
    RUNNING = "running", "moving", "Running"
    DONE = "done", "done", "Done"
    FAILED = "failed", "trouble", "Failed"
    CANCELLED = "cancelled", "quiet", "Cancelled"


class Channel(models.TextChoices):
    IN_APP = "in_app", "In the product"
    EMAIL = "email", "E-mail"
    WEBHOOK = "webhook", "Webhook"


class DeliveryState(TonedChoices):
    PENDING = "pending", "quiet", "Waiting"
    SENDING = "sending", "moving", "Sending"
    SENT = "sent", "done", "Sent"
    FAILED = "failed", "trouble", "Failed"
    UNCONFIRMED = "unconfirmed", "watch", "Not confirmed"


class PreviewState(models.TextChoices):
    """Whether there is a picture of what somebody uploaded."""

    NONE = "none", "Nothing to draw"
    WAITING = "waiting", "Being drawn"
    READY = "ready", "Drawn"
    FAILED = "failed", "Cannot be drawn"
