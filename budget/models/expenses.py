"""Money spent for a project, and how a project treats it."""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce

from budget.choices import (
    ACTUAL_STATES,
    Category,
    ExpenseBasis,
    PaidBy,
    RateOrigin,
    ReimbursementState,
)
from budget.models.entries import WorkedEntry
from budget.models.exchange import RATE_DECIMALS, RATE_DIGITS, SMALLEST_RATE
from implement.core.choices import StateField
from implement.core.db import VersionedModel
from implement.core.money import CurrencyField, MoneyField
from projects.models import Previewed, Project

NOT_NEGATIVE = [MinValueValidator(Decimal(0))]
PERCENT = [*NOT_NEGATIVE, MaxValueValidator(Decimal(100))]
MARKUP = [MinValueValidator(Decimal(-100)), MaxValueValidator(Decimal(1000))]


def receipt_path(receipt: Receipt, filename: str) -> str:
    """Return a path without the uploader's words."""
    return f"receipts/{receipt.expense.project_id}/{uuid.uuid4().hex}"


def preview_path(receipt: Receipt, filename: str) -> str:
    """Return where the picture of a receipt's first page is kept."""
    return f"receipts/{receipt.expense.project_id}/{uuid.uuid4().hex}.png"


class Expense(WorkedEntry):
    """Money spent for the project, in its own currency at the rate of its day. `amount` is gross: what was paid.

    The validators are for what somebody types; of a reversing entry every amount is below zero.
    """

    spent_on = models.DateField("date", db_index=True)
    category = models.CharField(max_length=12, choices=Category, default=Category.TRAVEL)
    description = models.CharField(max_length=255)
    basis = models.CharField(
        "how it is counted", max_length=10, choices=ExpenseBasis, default=ExpenseBasis.RECEIPT
    )
    quantity = models.DecimalField(
        max_digits=9, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(Decimal("0.01"))]
    )
    unit_rate = models.DecimalField(
        "rate per unit", max_digits=10, decimal_places=4, null=True, blank=True,
        validators=[MinValueValidator(Decimal("0.0001"))],
    )  # fmt: skip
    amount = MoneyField(validators=[MinValueValidator(Decimal("0.01"))])
    currency = CurrencyField()
    # No default: a rate that nobody knows is asked for, it is never 1.
    exchange_rate = models.DecimalField(
        "rate to the project's currency",
        max_digits=RATE_DIGITS,
        decimal_places=RATE_DECIMALS,
        blank=True,
        validators=[MinValueValidator(SMALLEST_RATE)],
    )
    rate_origin = models.CharField(max_length=5, choices=RateOrigin, default=RateOrigin.HOME, editable=False)
    # Why it is this rate, as it was found: "rate of 12 Nov 2026: 1 CHF = 1.0842 EUR (ECB)".
    rate_note = models.CharField(max_length=200, blank=True, editable=False)
    rate_reason = models.CharField(
        "why another rate", max_length=120, blank=True, help_text="Such as: as charged on the card."
    )
    # [{"rate": "19", "gross": "119.00", "net": "100.00", "tax": "19.00"}, …] in the expense's currency; the gross
    # amounts add up to `amount`, the taxes to `tax_amount`. Empty: no tax was said.
    taxes = models.JSONField(default=list, blank=True, editable=False)
    tax_amount = MoneyField("tax", default=Decimal(0), editable=False)
    is_tax_recoverable = models.BooleanField("tax is recovered", default=True)
    paid_by = models.CharField("paid with", max_length=6, choices=PaidBy, default=PaidBy.PERSON)
    is_reimbursable = models.BooleanField("to be reimbursed", default=True)
    reimbursement = StateField(
        "reimbursement", states=ReimbursementState, default=ReimbursementState.OPEN, max_length=8
    )
    payment_reference = models.CharField(max_length=60, blank=True, editable=False)
    reimbursed_on = models.DateField("reimbursed", null=True, blank=True, editable=False)
    is_billable = models.BooleanField("billable", default=False)
    markup_percent = models.DecimalField(
        "markup in %", max_digits=6, decimal_places=2, null=True, blank=True, validators=MARKUP
    )
    bill_fixed = MoneyField("billed at a fixed amount", null=True, blank=True, validators=NOT_NEGATIVE)
    booked_on = models.GeneratedField(
        expression=Coalesce("posted_on", "spent_on"), output_field=models.DateField(), db_persist=True
    )
    import_run = models.ForeignKey(
        "projects.ImportRun", models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )

    # Of what is worked out, the history tells nothing; of what is billed neither.
    untold = WorkedEntry.untold | {"bill_fixed", "markup_percent", "taxes"}

    class Meta(WorkedEntry.Meta):
        abstract = False
        ordering = ["-spent_on", "-pk"]
        indexes = [
            models.Index(fields=["project", "status", "booked_on"], name="expense_by_status"),
            models.Index(fields=["person", "reimbursement"], name="expense_to_reimburse"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "external_id"], name="expense_external_once", condition=~Q(external_id="")
            ),
            models.CheckConstraint(
                condition=Q(reverses=None, amount__gt=0) | Q(reverses__isnull=False, amount__lt=0),
                name="expense_positive",
                violation_error_message="An expense is more than 0.",
            ),
            models.CheckConstraint(
                condition=Q(reverses=None, tax_amount__gte=0, tax_amount__lte=models.F("amount"))
                | Q(reverses__isnull=False, tax_amount__lte=0, tax_amount__gte=models.F("amount")),
                name="expense_tax_within",
                violation_error_message="The tax is part of the amount.",
            ),
            models.CheckConstraint(
                condition=Q(paid_by=PaidBy.PERSON) | Q(is_reimbursable=False),
                name="expense_card_not_reimbursed",
                violation_error_message="What the firm paid itself is reimbursed to nobody.",
            ),
            models.CheckConstraint(
                condition=~Q(reimbursement=ReimbursementState.PAID) | Q(reimbursed_on__isnull=False),
                name="expense_reimbursed_dated",
                violation_error_message="What is reimbursed has its day.",
            ),
            models.CheckConstraint(
                condition=Q(reverses=None) | (Q(status__in=ACTUAL_STATES) & ~Q(correction_reason="")),
                name="expense_reversal_stands",
                violation_error_message="A reversing entry is approved and has a reason.",
            ),
        ]

    def __str__(self) -> str:
        return self.description + (", reversed" if self.reverses_id else "")

    @property
    def booked_day(self) -> date:
        """Return the day from which the figures hold it, of an unsaved row as well."""
        return self.posted_on or self.spent_on

    def save(self, *args: Any, **kwargs: Any) -> None:
        # In the project's own currency there is nothing to ask.
        if self.exchange_rate is None and self.currency == self.project.currency:
            self.exchange_rate = Decimal(1)
        super().save(*args, **kwargs)

    @property
    def net_amount(self) -> Decimal:
        """Return what is left without tax, in the expense's currency."""
        return self.amount - self.tax_amount


class Receipt(Previewed):
    """A file that shows what was spent, and the picture of its first page, which is drawn apart."""

    project_lookup = "expense__project"

    expense = models.ForeignKey(Expense, models.CASCADE, related_name="receipts")
    file = models.FileField(upload_to=receipt_path, max_length=200)
    preview = models.FileField(upload_to=preview_path, max_length=200, blank=True, editable=False)
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name


class ExpenseSettings(VersionedModel):
    """How a project treats what is spent for it."""

    project = models.OneToOneField(Project, models.CASCADE, related_name="expense_settings")
    recovers_tax = models.BooleanField(
        "tax is recovered", default=True, help_text="Then an expense costs the project its net amount."
    )
    receipt_limit = MoneyField(
        "a receipt is asked for from", default=Decimal(25), validators=NOT_NEGATIVE,
        help_text="In the project's currency. Mileage and per diems need none.",
    )  # fmt: skip
    mileage_rate = models.DecimalField(
        "per km", max_digits=10, decimal_places=4, null=True, blank=True, validators=NOT_NEGATIVE
    )
    per_diem_rate = models.DecimalField(
        "per day", max_digits=10, decimal_places=4, null=True, blank=True, validators=NOT_NEGATIVE
    )
    markup_percent = models.DecimalField(
        "markup on what is billed, in %",
        max_digits=6,
        decimal_places=2,
        default=Decimal(0),
        validators=MARKUP,
    )

    class Meta:
        verbose_name_plural = "expense settings"

    def __str__(self) -> str:
        return f"Expense settings of {self.project}"
