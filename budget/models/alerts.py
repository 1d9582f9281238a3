"""Alerts: what is watched, what was found, who deals with it, and who was told."""

from __future__ import annotations

import re
from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from budget.choices import ALERT_OPEN, AlertRule, AlertState, Severity
from implement.core.choices import StateField
from implement.core.db import VersionedModel
from projects.choices import ProjectStatus
from projects.models import Outgoing, Person, Project, Task

WHOLE = "project"
# What a finished task has taken: to be known, but nothing can be done about it any more.
BYGONE = Q(rule=AlertRule.CONSUMED, task__isnull=False, task__percent_complete=100)


def percents_of(text: str) -> list[Decimal]:
    """Return "50, 75, 90, 100" as rising numbers. Raises ValueError naming the word that is no percentage."""
    found = []
    for word in re.split(r"[\s,;]+", text.strip()):
        if not re.fullmatch(r"\d{1,3}(\.\d{1,2})?", word) or not 0 < Decimal(word) <= 500:
            raise ValueError(f"“{word[:20]}” is no percentage between 0 and 500.")
        found.append(Decimal(word))
    return sorted(set(found))


def validate_percents(text: str) -> None:
    """Raise ValidationError unless the text is a list of percentages."""
    try:
        percents_of(text)
    except ValueError as error:
        raise ValidationError(str(error)) from error


# What of the settings a manager sets beside the rules that are off; form, template and API show the same.
ALERT_LINES = (
    "consumed_limits",
    "consumed_trouble",
    "gap_points",
    "runs_out_watch_days",
    "runs_out_trouble_days",
    "slip_watch_days",
    "slip_trouble_days",
    "timesheet_share",
    "escalate_hours",
    "act_hours",
)


class AlertSettings(VersionedModel):
    """From where on a project's figures are alerts, and how fast they are to be dealt with.

    The lines for CPI, SPI and EAC are those of the budget settings: one place for one line.
    """

    project = models.OneToOneField(Project, models.CASCADE, related_name="alert_settings")
    off = models.JSONField("rules that are off", default=list, blank=True)
    consumed_limits = models.CharField(
        "budget consumed, in %", max_length=60, default="50, 75, 90, 100", validators=[validate_percents],
        help_text="An alert at each of these.",
    )  # fmt: skip
    consumed_trouble = models.DecimalField(
        "budget consumed in trouble from, in %", max_digits=5, decimal_places=2, default=Decimal(90),
        validators=[MinValueValidator(Decimal(1)), MaxValueValidator(Decimal(500))],
        help_text="Of an agreed limit that is nearly reached, too.",
    )  # fmt: skip
    gap_points = models.DecimalField(
        "consumed ahead of work done, in points", max_digits=5, decimal_places=2, default=Decimal(10),
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
    )  # fmt: skip
    runs_out_watch_days = models.PositiveSmallIntegerField(
        "early end of the budget to watch, in days", default=0
    )
    runs_out_trouble_days = models.PositiveSmallIntegerField(
        "early end of the budget in trouble, in days", default=14
    )
    slip_watch_days = models.PositiveSmallIntegerField("milestone slip to watch, in working days", default=0)
    slip_trouble_days = models.PositiveSmallIntegerField(
        "milestone slip in trouble, in working days", default=5
    )
    timesheet_share = models.DecimalField(
        "timesheet is missing below this share of the week, in %", max_digits=5, decimal_places=2,
        default=Decimal(80), validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
    )  # fmt: skip
    escalate_hours = models.PositiveSmallIntegerField(
        "escalate when not acknowledged within, in hours", default=48, validators=[MinValueValidator(1)]
    )
    act_hours = models.PositiveSmallIntegerField(
        "an action is to be planned within, in hours", default=72, validators=[MinValueValidator(1)]
    )
    # The last journal entry that an evaluation has seen, when its day is over in the project's time zone, and until
    # when a worker is at it.
    journal_seen = models.BigIntegerField(default=0, editable=False)
    day_ends_at = models.DateTimeField(null=True, editable=False)
    evaluated_at = models.DateTimeField(null=True, editable=False)
    claimed_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name_plural = "alert settings"
        constraints = [
            models.CheckConstraint(
                condition=Q(slip_trouble_days__gte=models.F("slip_watch_days")),
                name="alert_slip_order",
                violation_error_message="The slip in trouble is not below the slip to watch.",
            ),
            models.CheckConstraint(
                condition=Q(runs_out_trouble_days__gte=models.F("runs_out_watch_days")),
                name="alert_runs_out_order",
                violation_error_message="The days in trouble are not below the days to watch.",
            ),
        ]

    def __str__(self) -> str:
        return f"Alert settings of {self.project}"


class AlertQuerySet(models.QuerySet["Alert"]):
    """Questions about alerts."""

    def open(self) -> AlertQuerySet:
        """Return the alerts that nobody and nothing has closed."""
        return self.filter(state__in=ALERT_OPEN)

    def of_running(self) -> AlertQuerySet:
        """Return the open alerts of projects that are not closed: those that somebody can act on."""
        return self.open().exclude(project__status=ProjectStatus.CLOSED)

    def acting(self) -> AlertQuerySet:
        """Return those about which something can be done."""
        return self.exclude(BYGONE)


class Alert(VersionedModel):
    """One figure beyond its line: first and last seen, and what was done about it."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="alerts")
    rule = models.CharField(max_length=12, choices=AlertRule)
    # What it is about: "project", "task-12", "person-3". One open alert per rule and subject.
    subject = models.CharField(max_length=40, editable=False)
    task = models.ForeignKey(Task, models.CASCADE, null=True, blank=True, related_name="alerts")
    person = models.ForeignKey(Person, models.CASCADE, null=True, blank=True, related_name="+")
    severity = StateField(states=Severity, default=Severity.WATCH)
    value = models.DecimalField(max_digits=16, decimal_places=4, null=True)
    limit = models.DecimalField(max_digits=16, decimal_places=4, null=True)
    needs_cost = models.BooleanField(default=False, editable=False)
    state = StateField(states=AlertState, default=AlertState.OPEN)
    first_seen = models.DateTimeField(db_index=True)
    last_seen = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True, blank=True, editable=False)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    owner = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="alerts_owned")
    action = models.CharField(max_length=500, blank=True)
    due_on = models.DateField("due", null=True, blank=True)
    planned_at = models.DateTimeField(null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)
    escalated_at = models.DateTimeField(null=True, blank=True, editable=False)
    notified_at = models.DateTimeField(null=True, blank=True, editable=False)

    # The journal of a cost alert is for who may see cost; its figures never stand in it.
    untold = frozenset({"value", "limit"})

    objects = AlertQuerySet.as_manager()

    class Meta:
        # "trouble" comes before "watch".
        ordering = ["severity", "-first_seen", "-pk"]
        indexes = [models.Index(fields=["project", "state"], name="alert_by_state")]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "rule", "subject"],
                name="alert_open_once",
                condition=Q(state__in=ALERT_OPEN),
            ),
            models.CheckConstraint(
                condition=~Q(state=AlertState.PLANNED)
                | (Q(owner__isnull=False, due_on__isnull=False) & ~Q(action="")),
                name="alert_action_whole",
                violation_error_message="A planned action has an owner, words and a due date.",
            ),
        ]

    @property
    def is_bygone(self) -> bool:
        """Return whether it tells what a finished task has taken; see BYGONE."""
        return self.rule == AlertRule.CONSUMED and self.task is not None and self.task.percent_complete == 100

    def __str__(self) -> str:
        about = self.task or self.person
        return f"{self.get_rule_display()}: {about}" if about else str(self.get_rule_display())


class AlertDigest(Outgoing):
    """One mail a day to one person about the alerts that are new to them."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="alert_digests")
    day = models.DateField()
    since = models.DateTimeField()

    class Meta:
        ordering = ["-day", "user"]
        constraints = [models.UniqueConstraint(fields=["user", "day"], name="alert_digest_once")]

    def __str__(self) -> str:
        return f"Alerts of {self.day} to {self.user}"
