"""Rates, budget lines, hours and expenses. Amounts are in the project's currency unless a row names its own."""

from __future__ import annotations

import uuid
from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from budget.choices import Category, EntryState
from budget.querysets import EntryQuerySet
from implement.core.choices import StateField
from implement.core.db import LiveManager, TrashModel, VersionedModel
from implement.core.money import CurrencyField, MoneyField
from projects.models import Person, Project, Task

NOT_NEGATIVE = [MinValueValidator(Decimal(0))]
DAY_SECONDS = 24 * 3600


class BudgetSettings(VersionedModel):
    """What the contract agrees and where the project's warning lines are."""

    project = models.OneToOneField(Project, models.CASCADE, related_name="budget_settings")
    agreed_fees = MoneyField(null=True, blank=True, validators=NOT_NEGATIVE)
    agreed_hours = models.DecimalField(
        max_digits=10, decimal_places=2, null=True, blank=True, validators=NOT_NEGATIVE
    )
    index_limit = models.DecimalField(
        "CPI and SPI warning line",
        max_digits=3,
        decimal_places=2,
        default=Decimal("0.90"),
        validators=[MinValueValidator(Decimal("0.1")), MaxValueValidator(Decimal(1))],
    )
    overrun_limit = models.DecimalField(
        "EAC over BAC warning line in %",
        max_digits=5,
        decimal_places=2,
        default=Decimal(5),
        validators=NOT_NEGATIVE,
    )

    class Meta:
        verbose_name_plural = "budget settings"

    def __str__(self) -> str:
        return f"Budget settings of {self.project}"


class RateCard(VersionedModel):
    """An hourly cost and bill rate from a date on: for a person, else a role, else the whole project.

    The most specific card wins, and of those the latest one that is effective on the day worked.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="rate_cards")
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="rate_cards")
    job_role = models.CharField("role", max_length=80, blank=True)
    effective_from = models.DateField()
    cost_rate = MoneyField("cost per hour", null=True, blank=True, validators=NOT_NEGATIVE)
    bill_rate = MoneyField("bill per hour", null=True, blank=True, validators=NOT_NEGATIVE)

    class Meta:
        ordering = ["project", "-effective_from", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "person", "effective_from"],
                name="rate_of_person_once",
                condition=Q(person__isnull=False),
                violation_error_message="This person has a rate from this date on already.",
            ),
            models.UniqueConstraint(
                fields=["project", "job_role", "effective_from"],
                name="rate_of_role_once",
                condition=Q(person__isnull=True),
                violation_error_message="This role (or the whole project) has a rate from this date on already.",
            ),
            models.CheckConstraint(
                condition=Q(person__isnull=True) | Q(job_role=""),
                name="rate_person_or_role",
                violation_error_message="A rate is for a person or for a role, not for both.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person or self.job_role or 'Everybody'} from {self.effective_from}"


class BudgetLine(VersionedModel, TrashModel):
    """Money and hours planned for a task and a person or role, in one category."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="budget_lines")
    task = models.ForeignKey(Task, models.PROTECT, null=True, blank=True, related_name="budget_lines")
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="budget_lines")
    job_role = models.CharField("role", max_length=80, blank=True)
    category = models.CharField(max_length=12, choices=Category, default=Category.LABOUR)
    description = models.CharField(max_length=255, blank=True)
    planned_seconds = models.PositiveIntegerField("hours", default=0)
    cost = MoneyField(null=True, blank=True, validators=NOT_NEGATIVE)
    bill = MoneyField(null=True, blank=True, validators=NOT_NEGATIVE)
    external_id = models.CharField(max_length=80, blank=True, editable=False)

    with_trash = models.Manager()
    objects = LiveManager()

    class Meta(TrashModel.Meta):
        abstract = False
        ordering = ["task__position", "category", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "external_id"],
                name="budget_line_external_once",
                condition=~Q(external_id=""),
            ),
            models.CheckConstraint(
                condition=(Q(cost=None) | Q(cost__gte=0)) & (Q(bill=None) | Q(bill__gte=0)),
                name="budget_line_not_negative",
                violation_error_message="A budget line is not negative.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_category_display()}: {self.task or 'whole project'}"


class WorkedEntry(VersionedModel, TrashModel):
    """What hours and expenses share: whose, on what, and where its approval stands."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="%(class)ss")
    task = models.ForeignKey(Task, models.PROTECT, null=True, blank=True, related_name="%(class)ss")
    person = models.ForeignKey(Person, models.PROTECT, related_name="%(class)ss")
    status = StateField(states=EntryState, default=EntryState.DRAFT)
    submitted_at = models.DateTimeField(null=True, blank=True, editable=False)
    decided_at = models.DateTimeField(null=True, blank=True, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    decision_note = models.CharField(max_length=255, blank=True, editable=False)
    # In the project's currency. Before approval they follow the rates; approval freezes them.
    cost = MoneyField(null=True, blank=True, editable=False)
    bill = MoneyField(null=True, blank=True, editable=False)
    external_id = models.CharField(max_length=80, blank=True, editable=False)

    # Who worked or spent it reads its history, but not what it costs the firm or what is billed.
    untold = frozenset({"cost_rate", "bill_rate", "cost", "bill"})

    with_trash = models.Manager.from_queryset(EntryQuerySet)()
    objects = LiveManager.from_queryset(EntryQuerySet)()

    class Meta(TrashModel.Meta):
        abstract = True


class TimeEntry(WorkedEntry):
    """Time worked by one person on one day. Seconds, so that 0.01 h (36 s) and 1:00:01 stay exact."""

    worked_on = models.DateField("date", db_index=True)
    seconds = models.PositiveIntegerField("time")
    started_at = models.TimeField("from", null=True, blank=True)
    is_billable = models.BooleanField("billable", default=True)
    note = models.CharField(max_length=500, blank=True)
    cost_rate = MoneyField(null=True, blank=True, editable=False)
    bill_rate = MoneyField(null=True, blank=True, editable=False)
    import_run = models.ForeignKey(
        "projects.ImportRun", models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )

    class Meta(WorkedEntry.Meta):
        abstract = False
        ordering = ["-worked_on", "-pk"]
        verbose_name_plural = "time entries"
        indexes = [
            models.Index(fields=["project", "worked_on"], name="time_of_project"),
            models.Index(fields=["person", "worked_on"], name="time_of_person"),
            models.Index(fields=["project", "status", "worked_on"], name="time_by_status"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "external_id"], name="time_external_once", condition=~Q(external_id="")
            ),
            models.CheckConstraint(
                condition=Q(seconds__gt=0, seconds__lte=DAY_SECONDS),
                name="time_within_a_day",
                violation_error_message="A time entry has more than 0 and at most 24 hours.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} on {self.worked_on}"


def receipt_path(expense: Expense, filename: str) -> str:
    """Return a path without the uploader's words."""
    return f"receipts/{expense.project_id}/{uuid.uuid4().hex}"


class Expense(WorkedEntry):
    """Money spent for the project, in its own currency at the rate of its day."""

    spent_on = models.DateField("date", db_index=True)
    category = models.CharField(max_length=12, choices=Category, default=Category.TRAVEL)
    description = models.CharField(max_length=255)
    amount = MoneyField(validators=[MinValueValidator(Decimal("0.01"))])
    currency = CurrencyField()
    exchange_rate = models.DecimalField(
        "rate to the project's currency",
        max_digits=16,
        decimal_places=8,
        default=Decimal(1),
        validators=[MinValueValidator(Decimal("0.00000001"))],
    )
    is_reimbursable = models.BooleanField("to be reimbursed", default=True)
    is_billable = models.BooleanField("billable", default=False)
    receipt = models.FileField(upload_to=receipt_path, max_length=200, blank=True)
    receipt_name = models.CharField(max_length=200, blank=True, editable=False)

    class Meta(WorkedEntry.Meta):
        abstract = False
        ordering = ["-spent_on", "-pk"]
        indexes = [models.Index(fields=["project", "status", "spent_on"], name="expense_by_status")]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "external_id"], name="expense_external_once", condition=~Q(external_id="")
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0),
                name="expense_positive",
                violation_error_message="An expense is more than 0.",
            ),
        ]

    def __str__(self) -> str:
        return self.description
