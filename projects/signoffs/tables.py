"""Columns of the list of requests."""

from __future__ import annotations

import django_tables2 as tables

from implement.core.tables import BaseTable, DayColumn, MomentColumn, StateColumn
from projects.signoffs.models import ResponseRequest


class RequestTable(BaseTable):
    title = tables.Column(
        linkify=("responserequest_detail", {"project": tables.A("project__code"), "pk": tables.A("pk")})
    )
    person = tables.Column(verbose_name="Addressed to")
    state = StateColumn()
    due_on = DayColumn(verbose_name="Answer by")
    created_at = MomentColumn(verbose_name="Asked")
    closed_at = MomentColumn(verbose_name="Closed")

    class Meta(BaseTable.Meta):
        model = ResponseRequest
        fields = ("title", "person", "state", "due_on", "created_at", "closed_at")
        order_by = ("-created_at",)
