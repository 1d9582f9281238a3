"""Columns of the list of orders."""

from __future__ import annotations

import django_tables2 as tables

from budget.models import Commitment
from implement.core.tables import BaseTable, DayColumn, MoneyColumn, StateColumn


class CommitmentTable(BaseTable):
    number = tables.Column(
        verbose_name="Key",
        attrs={"td": {"class": "text-nowrap"}},
        linkify=("commitment_detail", {"project": tables.A("project__code"), "pk": tables.A("pk")}),
    )
    supplier = tables.Column(
        linkify=("commitment_detail", {"project": tables.A("project__code"), "pk": tables.A("pk")})
    )
    task = tables.Column(default="Whole project", order_by=("task__position",))
    status = StateColumn()
    amount = MoneyColumn(currency="currency")
    cost = MoneyColumn(verbose_name="Ordered")
    booked = MoneyColumn(verbose_name="Invoiced", orderable=False)
    open = MoneyColumn(verbose_name="Open", orderable=False)
    ordered_on = DayColumn()
    expected_on = DayColumn(default="–")

    class Meta(BaseTable.Meta):
        model = Commitment
        fields = (
            "number", "supplier", "description", "task", "category", "status", "amount", "cost", "booked", "open",
            "ordered_on", "expected_on",
        )  # fmt: skip
        order_by = ("-number",)

    def render_number(self, record: Commitment) -> str:
        return record.key

    def value_number(self, record: Commitment) -> str:
        return record.key
