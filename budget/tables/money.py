"""Columns of the lists of budget lines and baselines."""

from __future__ import annotations

import django_tables2 as tables

from budget.models import BudgetLine
from implement.core.tables import BaseTable, HoursColumn, MoneyColumn


class BudgetLineTable(BaseTable):
    category = tables.Column(
        linkify=("budgetline_detail", {"project": tables.A("project__code"), "pk": tables.A("pk")})
    )
    task = tables.Column(default="Whole project", order_by=("task__position",))
    person = tables.Column(default="–")
    job_role = tables.Column(default="–", empty_values=(None, ""))
    planned_seconds = HoursColumn(verbose_name="Hours")
    cost = MoneyColumn()
    bill = MoneyColumn()
    change_request = tables.Column(
        verbose_name="Change", default="–", accessor="change_request__key", orderable=False
    )

    class Meta(BaseTable.Meta):
        model = BudgetLine
        fields = (
            "category",
            "task",
            "person",
            "job_role",
            "description",
            "planned_seconds",
            "cost",
            "bill",
            "change_request",
        )
