"""Columns of the list of expenses."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html

from budget.models import Expense
from budget.selectors.expenses import expense_settings, has_receipt, lacks_receipt, reimbursement_words
from implement.core.tables import BaseTable, DayColumn, MoneyColumn, StateColumn, YesColumn
from implement.core.templatetags.implement import icon

NO_RECEIPT, NONE = "Missing", "–"


class ReceiptColumn(tables.Column):
    """Whether there is a receipt, or one is asked for."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(accessor="pk", orderable=False, empty_values=(), **kwargs)

    def render(self, record: Any) -> str:
        word = self.value(record)
        if word == NO_RECEIPT:
            return format_html(
                '<span class="tone-text tone-watch">{} {}</span>', icon("alert-triangle"), word
            )
        return word

    def value(self, record: Any) -> str:
        if has_receipt(record):
            return "Yes"
        return NO_RECEIPT if lacks_receipt(record, self.settings_of(record)) else NONE

    def settings_of(self, record: Any) -> Any:
        """Return the project's settings, read once for the whole table."""
        if getattr(self, "_settings", None) is None:
            self._settings = expense_settings(project=record.project)
        return self._settings


class ReimbursementColumn(tables.Column):
    """How far the money is on its way back."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(accessor="reimbursement", order_by=("reimbursement",), **kwargs)

    def render(self, record: Any) -> str:
        return reimbursement_words(record)[0]

    def value(self, record: Any) -> str:
        return reimbursement_words(record)[0]


class CorrectedColumn(tables.Column):
    """What was spent, and for a correction the way to what it corrects or is corrected by."""

    def render(self, record: Any, value: str) -> str:
        other, words = corrected(record)
        if other is None:
            return value
        url = reverse("expense_detail", args=[record.project.code, other])
        return format_html('{} <a class="badge tone-quiet" href="{}">{}</a>', value, url, words)

    def value(self, record: Any, value: str) -> str:
        return value


def corrected(expense: Expense) -> tuple[int | None, str]:
    """Return the expense that stands against this one, and what this one is: no query for rows with `reversal`."""
    if expense.reverses_id:
        return expense.reverses_id, "Takes back"
    if reversal := getattr(expense, "reversal", None):
        return reversal.pk, "Reversed"
    return (expense.replaces_id, "Corrected") if expense.replaces_id else (None, "")


class ExpenseTable(BaseTable):
    spent_on = DayColumn(
        linkify=("expense_detail", {"project": tables.A("project__code"), "pk": tables.A("pk")})
    )
    description = CorrectedColumn()
    amount = MoneyColumn(currency="currency")
    cost = MoneyColumn(verbose_name="In project currency")
    status = StateColumn()
    receipt = ReceiptColumn(verbose_name="Receipt")
    reimbursement = ReimbursementColumn(verbose_name="Reimbursement")

    class Meta(BaseTable.Meta):
        model = Expense
        fields = (
            "spent_on",
            "description",
            "person",
            "category",
            "amount",
            "cost",
            "receipt",
            "status",
            "reimbursement",
        )
        order_by = ("-spent_on",)


class ExpenseSheet(ExpenseTable):
    """What the export holds besides: currency and rate, net and tax, what is billed, how it was paid."""

    booked_on = DayColumn(verbose_name="Counts from")
    corrects = tables.Column(verbose_name="Correction", accessor="pk", orderable=False)
    correction_reason = tables.Column(verbose_name="Why corrected")
    task = tables.Column()
    basis = tables.Column()
    currency = tables.Column()
    exchange_rate = tables.Column(verbose_name="Rate")
    rate_note = tables.Column(verbose_name="Rate comes from")
    net_amount = MoneyColumn(currency="currency", verbose_name="Net", orderable=False)
    tax_amount = MoneyColumn(currency="currency", verbose_name="Tax")
    tax_rates = tables.Column(accessor="taxes", verbose_name="Tax rates", orderable=False)
    is_tax_recoverable = YesColumn(verbose_name="Tax is recovered")
    paid_by = tables.Column(verbose_name="Paid with")
    is_reimbursable = YesColumn(verbose_name="To be reimbursed")
    payment_reference = tables.Column(verbose_name="Payment reference")
    reimbursed_on = DayColumn(verbose_name="Reimbursed")
    is_billable = YesColumn(verbose_name="Billable")
    bill = MoneyColumn(verbose_name="Billed")

    class Meta(ExpenseTable.Meta):
        fields = (
            *ExpenseTable.Meta.fields,
            "booked_on",
            "corrects",
            "correction_reason",
            "task",
            "basis",
            "currency",
            "exchange_rate",
            "rate_note",
            "net_amount",
            "tax_amount",
            "tax_rates",
            "is_tax_recoverable",
            "paid_by",
            "is_reimbursable",
            "payment_reference",
            "reimbursed_on",
            "is_billable",
            "bill",
        )

    def value_corrects(self, record: Any) -> str:
        """Return "Reversed", "Takes back" or "Corrected"."""
        return corrected(record)[1]

    def value_tax_rates(self, value: list[dict[str, str]]) -> str:
        """Return "19 %: 19.00; 7 %: 1.40"."""
        return "; ".join(f"{line['rate']} %: {line['tax']}" for line in value or [])
