"""What the customer pays for, and what of it was handed over to be invoiced."""

from __future__ import annotations

import uuid
from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from budget.choices import ContractKind, LineKind, Recognition, RunGrouping, RunState
from budget.models.entries import TimeEntry
from budget.models.expenses import Expense
from budget.models.money import NOT_NEGATIVE
from implement.core.choices import StateField
from implement.core.db import LiveManager, TrashModel, VersionedModel
from implement.core.money import MoneyField
from projects.models import Project, Task

SHARE = [MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))]


class Contract(VersionedModel, TrashModel):
    """What is agreed for the project, or for one part of its plan. Approved changes come on top of its amount."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="contracts")
    name = models.CharField(max_length=120)
    reference = models.CharField("contract number", max_length=60, blank=True)
    kind = models.CharField("type", max_length=6, choices=ContractKind, default=ContractKind.TIME)
    task = models.ForeignKey(
        Task, models.PROTECT, null=True, blank=True, related_name="contracts", verbose_name="part of the plan",
        help_text="Empty: everything that no other contract is about.",
    )  # fmt: skip
    amount = MoneyField(
        null=True, blank=True, validators=NOT_NEGATIVE,
        help_text="The price, or the most that is billed. Without a limit: what is expected, or empty.",
    )  # fmt: skip
    recognition = models.CharField(
        "a fixed price is earned", max_length=10, choices=Recognition, default=Recognition.PERCENT
    )
    payment_days = models.PositiveSmallIntegerField(
        "payable within, in days", default=30, validators=[MaxValueValidator(365)]
    )
    retention_share = models.DecimalField(
        "kept back until the last milestone is accepted, in %", max_digits=5, decimal_places=2,
        default=Decimal(0), validators=SHARE,
    )  # fmt: skip
    signed_on = models.DateField("signed on", null=True, blank=True)

    untold = frozenset({"amount", "retention_share"})

    objects = LiveManager()
    with_trash = models.Manager()

    class Meta(TrashModel.Meta):
        abstract = False
        ordering = ["project", "task__position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "task"],
                name="contract_of_part_once",
                condition=Q(task__isnull=False, deleted_at=None),
                violation_error_message="There is a contract about this part of the plan already.",
            ),
            models.UniqueConstraint(
                fields=["project"],
                name="contract_of_rest_once",
                condition=Q(task=None, deleted_at=None),
                violation_error_message="There is a contract about the whole project already: say which part this is.",
            ),
            models.CheckConstraint(
                condition=Q(kind=ContractKind.TIME) | Q(amount__isnull=False),
                name="contract_amount_said",
                violation_error_message="A fixed price or a limit needs its amount.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


def statement_path(run: InvoiceRun, filename: str) -> str:
    """Return a path that cannot be guessed."""
    return f"statements/{run.project_id}/{uuid.uuid4().hex}.pdf"


class InvoiceRun(VersionedModel):
    """What of one contract and period is handed over to be invoiced. Final, its lines are frozen and held."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="invoice_runs")
    number = models.PositiveIntegerField(editable=False)
    contract = models.ForeignKey(Contract, models.PROTECT, related_name="invoice_runs")
    period_from = models.DateField("from")
    period_to = models.DateField("to")
    grouping = models.CharField(
        "hours added up by", max_length=6, choices=RunGrouping, default=RunGrouping.TASK
    )
    language = models.CharField(
        max_length=8, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE, help_text="Of the PDF."
    )
    note = models.CharField(
        "a word to the customer", max_length=500, blank=True, help_text="Printed on the statement."
    )
    status = StateField(states=RunState, default=RunState.DRAFT)
    total = MoneyField(default=Decimal(0), editable=False)
    sha256 = models.CharField(max_length=64, blank=True, editable=False)
    collected_at = models.DateTimeField(null=True, blank=True, editable=False)
    finalised_at = models.DateTimeField("final since", null=True, blank=True, editable=False)
    finalised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    voided_at = models.DateTimeField("void since", null=True, blank=True, editable=False)
    job = models.ForeignKey(
        "projects.Job", models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    pdf = models.FileField(upload_to=statement_path, max_length=200, blank=True, editable=False)

    untold = frozenset({"total", "pdf"})

    class Meta:
        ordering = ["-number"]
        verbose_name = "invoice run"
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="invoice_run_number_once"),
            models.CheckConstraint(
                condition=Q(period_to__gte=models.F("period_from")),
                name="invoice_run_period",
                violation_error_message="The period ends before it begins.",
            ),
            models.CheckConstraint(
                condition=~Q(status=RunState.FINAL) | ~Q(sha256=""), name="invoice_run_final_is_sealed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.contract}"

    @property
    def key(self) -> str:
        """Return what it is called by, such as IR-001."""
        return f"IR-{self.number:03d}"


class InvoiceLine(models.Model):
    """One hour, expense or milestone as it stood when it was collected.

    `is_held`: the run is final. The database lets one row be held once, whoever finalises at the same moment.
    """

    run = models.ForeignKey(InvoiceRun, models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=LineKind)
    time_entry = models.ForeignKey(
        TimeEntry, models.PROTECT, null=True, blank=True, related_name="invoice_lines"
    )
    expense = models.ForeignKey(Expense, models.PROTECT, null=True, blank=True, related_name="invoice_lines")
    milestone = models.ForeignKey(Task, models.PROTECT, null=True, blank=True, related_name="invoice_lines")
    day = models.DateField(null=True)
    task_name = models.CharField("task", max_length=330, blank=True)
    person_name = models.CharField("person", max_length=200, blank=True)
    job_role = models.CharField("role", max_length=80, blank=True)
    description = models.CharField(max_length=500, blank=True)
    seconds = models.IntegerField("hours", default=0)
    rate = MoneyField("per hour", null=True)
    amount = MoneyField()
    is_held = models.BooleanField(default=False)

    project_lookup = "run__project"

    class Meta:
        ordering = ["run", "position"]
        constraints = [
            models.UniqueConstraint(fields=["run", "position"], name="invoice_line_position"),
            models.UniqueConstraint(
                fields=["time_entry"], name="hours_invoiced_once", condition=Q(is_held=True)
            ),
            models.UniqueConstraint(
                fields=["expense"], name="expense_invoiced_once", condition=Q(is_held=True)
            ),
            models.UniqueConstraint(
                fields=["milestone"],
                name="milestone_invoiced_once",
                condition=Q(is_held=True, kind=LineKind.MILESTONE),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} in {self.run}"
