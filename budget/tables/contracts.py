"""Columns of the lists of contracts and invoice runs."""

from __future__ import annotations

import django_tables2 as tables

from budget.models import Contract, InvoiceRun
from implement.core.tables import BaseTable, DayColumn, MoneyColumn, PercentColumn, StateColumn


class ContractTable(BaseTable):
    name = tables.Column(
        linkify=("contract_detail", {"project": tables.A("project__code"), "pk": tables.A("pk")})
    )
    task = tables.Column(
        default="All the rest", order_by=("task__position",), verbose_name="Part of the plan"
    )
    amount = MoneyColumn()
    retention_share = PercentColumn(verbose_name="Kept back")
    signed_on = DayColumn(default="–")

    class Meta(BaseTable.Meta):
        model = Contract
        fields = ("name", "reference", "kind", "task", "amount", "retention_share", "signed_on")


class InvoiceRunTable(BaseTable):
    number = tables.Column(
        verbose_name="Key",
        attrs={"td": {"class": "text-nowrap"}},
        linkify=("invoicerun_detail", {"project": tables.A("project__code"), "pk": tables.A("pk")}),
    )
    status = StateColumn()
    period_from = DayColumn()
    period_to = DayColumn()
    total = MoneyColumn()
    finalised_at = DayColumn(default="–")

    class Meta(BaseTable.Meta):
        model = InvoiceRun
        fields = ("number", "contract", "period_from", "period_to", "status", "total", "finalised_at")
        order_by = ("-number",)

    def render_number(self, record: InvoiceRun) -> str:
        return record.key

    def value_number(self, record: InvoiceRun) -> str:
        return record.key
