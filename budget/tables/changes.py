"""Columns of the list of change requests."""

from __future__ import annotations

import django_tables2 as tables

from budget.models import ChangeRequest
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
    price = MoneyColumn()
    schedule_days = tables.Column(
        verbose_name="Days on the finish", attrs={"td": {"class": "number"}, "th": {"class": "number"}}
    )
    requested_on = DayColumn()
    needed_by = DayColumn(verbose_name="Decision by")

    class Meta(BaseTable.Meta):
        model = ChangeRequest
        fields = ("number", "title", "status", "owner", "price", "schedule_days", "requested_on", "needed_by")
        order_by = ("-number",)

    def render_number(self, record: ChangeRequest) -> str:
        return record.key

    def value_number(self, record: ChangeRequest) -> str:
        return record.key
