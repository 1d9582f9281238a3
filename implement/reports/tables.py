"""Columns of the lists of reports and schedules."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables

from implement.core.money import NOT_AVAILABLE
from implement.core.tables import BaseTable, DayColumn, MomentColumn, StateColumn, YesColumn
from implement.reports.models import Report, ReportSchedule


class ReportTable(BaseTable):
    """The reports of a project, newest period first."""

    kind = tables.Column(
        verbose_name="Report",
        linkify=("report_detail", {"project": tables.A("project__code"), "pk": tables.A("pk")}),
    )
    audience = tables.Column(verbose_name="Edition")
    period_from = DayColumn(verbose_name="From")
    last_day = DayColumn(verbose_name="To", order_by=("period_to",))
    state = StateColumn()
    mails_sent = tables.Column(verbose_name="Mails sent", attrs={"td": {"class": "number"}})
    sent_at = MomentColumn(verbose_name="Sent")

    class Meta(BaseTable.Meta):
        model = Report
        fields = ("kind", "audience", "period_from", "last_day", "state", "mails_sent", "sent_at")
        order_by = ("-last_day",)

    def render_mails_sent(self, value: int, record: Any) -> str:
        return f"{value} of {record.mails}" if record.mails else NOT_AVAILABLE


class ScheduleTable(BaseTable):
    """When which edition is made."""

    kind = tables.Column(
        verbose_name="Report",
        linkify=("reportschedule_detail", {"project": tables.A("project__code"), "pk": tables.A("pk")}),
    )
    audience = tables.Column(verbose_name="Edition")
    weekday = tables.Column(verbose_name="Made on")
    time = tables.TimeColumn(verbose_name="At", format="H:i")
    review_first = YesColumn(verbose_name="Review first")
    is_active = YesColumn(verbose_name="Active")

    class Meta(BaseTable.Meta):
        model = ReportSchedule
        fields = (
            "kind",
            "audience",
            "frequency",
            "weekday",
            "time",
            "time_zone",
            "review_first",
            "is_active",
        )
