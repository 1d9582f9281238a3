"""Filters of the lists of reports and schedules."""

from __future__ import annotations

from implement.core.filters import BaseFilterSet, DateFromFilter, DateToFilter
from implement.reports.models import Report, ReportSchedule


class ReportFilterSet(BaseFilterSet):
    search_fields = ("summary", "achievements", "next_steps", "risks", "decisions")

    period_from = DateFromFilter(field_name="period_to", label="Period from")
    period_to = DateToFilter(field_name="period_from", label="Period to")

    class Meta:
        model = Report
        fields = ["kind", "audience", "state"]


class ScheduleFilterSet(BaseFilterSet):
    search_fields = ("recipients__name", "recipients__email")

    class Meta:
        model = ReportSchedule
        fields = ["kind", "audience", "is_active"]
