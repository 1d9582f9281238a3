"""Columns of the list of what-ifs."""

from __future__ import annotations

import django_tables2 as tables

from budget.models import WhatIf
from implement.core.tables import BaseTable, DayColumn, StateColumn


class WhatIfTable(BaseTable):
    name = tables.Column(
        linkify=("whatif_detail", {"project": tables.A("project__code"), "pk": tables.A("pk")})
    )
    status = StateColumn()
    owner = tables.Column(default="–")
    changes = tables.Column(
        verbose_name="Differences",
        attrs={"td": {"class": "number"}, "th": {"class": "number"}},
        order_by="changes",
    )
    created_at = DayColumn(verbose_name="Begun")

    class Meta(BaseTable.Meta):
        model = WhatIf
        fields = ("name", "status", "owner", "changes", "created_at")
        order_by = ("-created_at",)
