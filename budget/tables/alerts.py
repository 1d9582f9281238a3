"""Columns of the list of alerts."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables
from django.db.models import Case, When

from budget.models import Alert
from budget.models.alerts import BYGONE, AlertQuerySet
from budget.selectors.alerts import sentence_of, title_of
from implement.core.tables import BaseTable, DayColumn, MomentColumn, StateColumn


class AlertTable(BaseTable):
    rule = tables.Column(
        verbose_name="Alert",
        linkify=("alert_detail", {"project": tables.A("project__code"), "pk": tables.A("pk")}),
    )
    value = tables.Column(verbose_name="What was found")
    severity = StateColumn()
    state = StateColumn()
    owner = tables.Column(default="Nobody yet")
    due_on = DayColumn(verbose_name="Due", default="–")
    first_seen = MomentColumn()

    class Meta(BaseTable.Meta):
        model = Alert
        fields = ("rule", "value", "severity", "state", "owner", "due_on", "first_seen")
        # "trouble" comes before "watch".
        order_by = ("severity",)

    def order_severity(self, queryset: AlertQuerySet, is_descending: bool) -> tuple[Any, bool]:
        """Order by how bad it is, what can still be helped before what cannot, the latest first."""
        worst = "-severity" if is_descending else "severity"
        past = Case(When(BYGONE, then=1), default=0)
        return queryset.order_by(worst, past, "-first_seen"), True

    def render_rule(self, record: Any) -> str:
        return title_of(record)

    def render_value(self, record: Any) -> str:
        return sentence_of(record)

    def value_rule(self, record: Any) -> str:
        return title_of(record)

    def value_value(self, record: Any) -> str:
        return sentence_of(record)
