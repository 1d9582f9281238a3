"""The rules of time: overtime, approval in levels, closed periods, the running timer, who was reminded."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce

from budget.choices import ReminderKind, Rounding, Verdict, Weekday
from budget.models.entries import TimeEntry
from budget.models.expenses import Expense
from implement.core.db import AppendOnlyModel, VersionedModel
from implement.core.money import day_text
from projects.models import Person, Project, Task

LEVELS = 2


def _at_most(hours: int) -> list[MinValueValidator | MaxValueValidator]:
    return [MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(hours))]


FACTORS = [MinValueValidator(Decimal("0.5")), MaxValueValidator(Decimal(5))]


class TimeRules(VersionedModel):
    """How hours are counted, approved and asked for on a project; without a project: on all that say nothing."""

    project = models.OneToOneField(
        Project, models.CASCADE, null=True, blank=True, related_name="time_rules", editable=False
    )
    levels = models.PositiveSmallIntegerField(
        "levels of approval", default=1, choices=[(1, "One"), (2, "Two: then finance")],
        help_text="With two, another person decides at the second.",
    )  # fmt: skip
    overtime_day = models.DecimalField(
        "overtime beyond, in hours a day", max_digits=4, decimal_places=2, null=True, blank=True,
        validators=_at_most(24), help_text="Of one person on this project. Empty: no overtime by the day.",
    )  # fmt: skip
    overtime_week = models.DecimalField(
        "overtime beyond, in hours a week", max_digits=5, decimal_places=2, null=True, blank=True,
        validators=_at_most(168), help_text="What is overtime by the day already is not counted again.",
    )  # fmt: skip
    overtime_free_days = models.BooleanField(
        "weekends and holidays are overtime",
        default=False,
        help_text="Days on which the project's calendar has no work.",
    )
    overtime_cost = models.DecimalField(
        "overtime costs, as a factor", max_digits=4, decimal_places=3, default=Decimal(1), validators=FACTORS
    )
    overtime_bill = models.DecimalField(
        "overtime is billed at, as a factor", max_digits=4, decimal_places=3, default=Decimal(1),
        validators=FACTORS,
    )  # fmt: skip
    billable_day = models.DecimalField(
        "billed at most, in hours a day", max_digits=4, decimal_places=2, null=True, blank=True,
        validators=_at_most(24), help_text="Of one person on this project; what is beyond is not billed.",
    )  # fmt: skip
    rounding = models.CharField("the timer rounds", max_length=8, choices=Rounding, default=Rounding.NONE)
    reminds = models.BooleanField("remind people of missing hours", default=True)
    remind_weekday = models.PositiveSmallIntegerField(
        "on", choices=Weekday, default=Weekday.MONDAY,
        help_text="Friday to Sunday: of the week that ends; Monday to Thursday: of the last one.",
    )  # fmt: skip
    remind_at = models.TimeField("from, in the project's time zone", default=time(10))
    remind_share = models.DecimalField(
        "below this share of their week, in %", max_digits=5, decimal_places=2, default=Decimal(80),
        validators=[MinValueValidator(Decimal(1)), MaxValueValidator(Decimal(100))],
    )  # fmt: skip
    approve_within = models.PositiveSmallIntegerField(
        "remind approvers after, in days", default=3, validators=[MaxValueValidator(60)],
        help_text="0: never.",
    )  # fmt: skip

    class Meta:
        verbose_name_plural = "time rules"
        constraints = [
            # A null is equal to nothing, so two rows of the firm would be let in.
            models.UniqueConstraint(Coalesce("project", Value(0)), name="time_rules_once"),
            models.CheckConstraint(condition=Q(levels__gte=1, levels__lte=LEVELS), name="time_rules_levels"),
        ]

    def __str__(self) -> str:
        return f"Time rules of {self.project or 'the firm'}"

    @property
    def has_overtime(self) -> bool:
        """Return whether any hour can be overtime."""
        return self.overtime_day is not None or self.overtime_week is not None or self.overtime_free_days

    @property
    def looks_at_days(self) -> bool:
        """Return whether what an entry is worth depends on the others of its day or week."""
        return self.has_overtime or self.billable_day is not None


class Approver(VersionedModel):
    """Who decides somebody's hours and expenses at a level; without a person: everybody's who has no other."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="approvers")
    person = models.ForeignKey(
        Person, models.CASCADE, null=True, blank=True, related_name="+", verbose_name="hours of",
        help_text="Empty: of everybody without an approver of their own.",
    )  # fmt: skip
    level = models.PositiveSmallIntegerField(default=1, choices=[(1, "First"), (2, "Second")])
    approver = models.ForeignKey(Person, models.CASCADE, related_name="approves", verbose_name="decided by")

    class Meta:
        ordering = ["project", "level", "person__name", "pk"]
        constraints = [
            models.UniqueConstraint(
                "project", "level", Coalesce("person", Value(0)), "approver", name="approver_once",
                violation_error_message="This is said already.",
            ),
            models.CheckConstraint(
                condition=Q(person=None) | ~Q(person=F("approver")),
                name="approver_not_oneself",
                violation_error_message="Nobody approves their own hours.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.approver} decides the hours and expenses of {self.person or 'everybody'}"


class StandIn(VersionedModel):
    """Who decides in an approver's place while they are away."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="stand_ins")
    approver = models.ForeignKey(Person, models.CASCADE, related_name="stand_ins", verbose_name="instead of")
    delegate = models.ForeignKey(Person, models.CASCADE, related_name="stands_in_for", verbose_name="decides")
    starts_on = models.DateField("from")
    ends_on = models.DateField("to")

    class Meta:
        ordering = ["project", "starts_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="stand_in_days",
                violation_error_message="The last day is not before the first.",
            ),
            models.CheckConstraint(
                condition=~Q(approver=F("delegate")),
                name="stand_in_other",
                violation_error_message="Choose somebody else.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.delegate} for {self.approver}, {day_text(self.starts_on)} to {day_text(self.ends_on)}"


class ClosedPeriod(VersionedModel):
    """Days in which nothing is booked, changed or approved any more; without a project: on every project.

    Reopened, it stays as a record of who closed and who opened it, and why.
    """

    project = models.ForeignKey(
        Project, models.CASCADE, null=True, blank=True, related_name="closed_periods", editable=False
    )
    starts_on = models.DateField("from")
    ends_on = models.DateField("to")
    closed_at = models.DateTimeField(editable=False)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", editable=False
    )
    reopened_at = models.DateTimeField(null=True, blank=True, editable=False)
    reopened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", editable=False
    )
    reason = models.CharField(max_length=255, blank=True, editable=False)

    class Meta:
        ordering = ["-starts_on", "-pk"]
        indexes = [models.Index(fields=["project", "ends_on"], name="closed_period_of")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="closed_period_days",
                violation_error_message="The last day is not before the first.",
            ),
            models.CheckConstraint(
                condition=Q(reopened_at=None) | ~Q(reason=""), name="closed_period_reopened_why"
            ),
        ]

    def __str__(self) -> str:
        return f"{day_text(self.starts_on)} to {day_text(self.ends_on)}"

    def holds(self, day: date) -> bool:
        """Return whether a day is closed by it."""
        return self.reopened_at is None and self.starts_on <= day <= self.ends_on


class EntryDecision(AppendOnlyModel):
    """Who decided what about an entry or an expense, at which level, when and with which words."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="+")
    time_entry = models.ForeignKey(TimeEntry, models.CASCADE, null=True, blank=True, related_name="decisions")
    expense = models.ForeignKey(Expense, models.CASCADE, null=True, blank=True, related_name="decisions")
    level = models.PositiveSmallIntegerField()
    levels = models.PositiveSmallIntegerField("of levels")
    verdict = models.CharField(max_length=8, choices=Verdict)
    comment = models.CharField(max_length=255, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    actor_name = models.CharField(max_length=120)
    role = models.CharField(max_length=20)
    instead_of = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(time_entry__isnull=False, expense=None)
                | Q(time_entry=None, expense__isnull=False),
                name="decision_of_one",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_verdict_display()} by {self.actor_name}"


class Timer(VersionedModel):
    """What somebody works on right now. Stopping it books the time; at most one runs per person."""

    person = models.OneToOneField(Person, models.CASCADE, related_name="timer")
    project = models.ForeignKey(Project, models.CASCADE, related_name="+")
    task = models.ForeignKey(Task, models.CASCADE, related_name="+")
    note = models.CharField(max_length=500, blank=True)
    started_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.person} on {self.task}"

    def clean(self) -> None:
        """Refuse a task of another project."""
        if self.task_id and self.project_id and self.task.project_id != self.project_id:
            raise ValidationError({"task": "Choose a task of this project."})


class TimeReminder(models.Model):
    """That somebody was reminded of a week; the unique key lets it be once, whatever beats run."""

    kind = models.CharField(max_length=8, choices=ReminderKind)
    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    monday = models.DateField()
    project = models.ForeignKey(Project, models.CASCADE, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "kind", "person", "monday", Coalesce("project", Value(0)), name="time_reminder_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.person}, week of {self.monday}"


class ReminderChoice(VersionedModel):
    """Somebody who wants reminders in the product only, not by mail."""

    person = models.OneToOneField(Person, models.CASCADE, related_name="reminder_choice")
    by_mail = models.BooleanField("by mail too", default=True)

    def __str__(self) -> str:
        return f"Reminders of {self.person}"
