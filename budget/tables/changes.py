"""Columns of the list of change requests."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import django_tables2 as tables

from budget.models import ChangeRequest
from budget.selectors.changes import ChangeSums
from implement.core.money import format_money, not_available
from implement.core.tables import BaseTable, DayColumn, MoneyColumn, StateColumn


class ChangeTable(BaseTable):
    number = tables.Column(
        verbose_name="Key",
        attrs={"td": {"class": "text-nowrap"}},
        linkify=("changerequest_detail", {"project": tables.A("project__code"), "pk": tables.A("pk")}),
    )
    title = tables.Column(
        linkify=("changerequest_detail", {"project": tables.A("project__code"), "pk": tables.A("pk")})
    )
    status = StateColumn()
    owner = tables.Column(default="Nobody yet")
    # Of the option that counts, as its page, the reports and the contract have it; not what was typed alone.
    price = MoneyColumn(empty_values=(), orderable=False)
    schedule_days = tables.Column(
        verbose_name="Days on the finish",
        attrs={"td": {"class": "number"}, "th": {"class": "number"}},
        empty_values=(),
        orderable=False,
    )
    requested_on = DayColumn()
    needed_by = DayColumn(verbose_name="Decision by")

    class Meta(BaseTable.Meta):
        model = ChangeRequest
        fields = ("number", "title", "status", "owner", "price", "schedule_days", "requested_on", "needed_by")
        order_by = ("-number",)

    def __init__(self, *args: Any, sums: Mapping[int, ChangeSums], **kwargs: Any) -> None:
        self.sums = sums
        super().__init__(*args, **kwargs)

    def value_price(self, record: ChangeRequest) -> Decimal | None:
        return self.sums[record.pk].price

    def render_price(self, record: ChangeRequest) -> str:
        return format_money(self.value_price(record), record.project.currency)

    def value_schedule_days(self, record: ChangeRequest) -> int | None:
        return self.sums[record.pk].days

    def render_schedule_days(self, record: ChangeRequest) -> str:
        days = self.value_schedule_days(record)
        return not_available() if days is None else str(days)

    def render_number(self, record: ChangeRequest) -> str:
        return record.key

    def value_number(self, record: ChangeRequest) -> str:
        return record.key
