"""Columns of the lists of hours and rates."""

from __future__ import annotations

import django_tables2 as tables

from budget.models import RateCard, TimeEntry
from implement.core.tables import (
    NUMBER,
    BaseTable,
    DayColumn,
    HoursColumn,
    MoneyColumn,
    StateColumn,
    YesColumn,
)


class TimeEntryTable(BaseTable):
    worked_on = DayColumn(
        linkify=("timeentry_detail", {"project": tables.A("project__code"), "pk": tables.A("pk")})
    )
    # For the export; the page has no room for it.
    build_item = tables.Column(visible=False)
    seconds = HoursColumn(verbose_name="Hours")
    cost = MoneyColumn()
    bill = MoneyColumn(verbose_name="Billed")
    is_billable = YesColumn(verbose_name="Billable")
    status = StateColumn()

    class Meta(BaseTable.Meta):
        model = TimeEntry
        fields = (
            "worked_on",
            "person",
            "task",
            "build_item",
            "seconds",
            "is_billable",
            "cost",
            "bill",
            "status",
            "note",
        )
        order_by = ("-worked_on",)


class RateCardTable(BaseTable):
    effective_from = DayColumn(
        linkify=("ratecard_detail", {"project": tables.A("project__code"), "pk": tables.A("pk")})
    )
    person = tables.Column(default="Everybody")
    job_role = tables.Column(verbose_name="Role", default="Any role")
    cost_rate = MoneyColumn(attrs=NUMBER)
    bill_rate = MoneyColumn(attrs=NUMBER)

    class Meta(BaseTable.Meta):
        model = RateCard
        fields = ("effective_from", "person", "job_role", "cost_rate", "bill_rate")
        order_by = ("-effective_from",)
