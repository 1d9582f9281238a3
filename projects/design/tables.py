"""Columns of the lists of design elements, decisions, targets and feedback."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables

from implement.core.tables import BaseTable, DayColumn, StateColumn
from projects.design.models import ArchitectureDecision, DesignElement


def _to(name: str) -> tuple[str, dict[str, Any]]:
    return name, {"project": tables.A("project__code"), "pk": tables.A("pk")}


class ElementTable(BaseTable):
    number = tables.Column(
        verbose_name="Key", attrs={"td": {"class": "text-nowrap"}}, linkify=_to("designelement_detail")
    )
    title = tables.Column(linkify=_to("designelement_detail"))
    kind = tables.Column(verbose_name="Type")
    # For the export, which comes back through the import; the page has no room for them.
    purpose = tables.Column(visible=False)
    description = tables.Column(visible=False)
    diagram = tables.Column(visible=False)
    notes = tables.Column(visible=False)
    parent = tables.Column(verbose_name="Part of", accessor="parent__key", visible=False)
    needs_customer = tables.BooleanColumn(verbose_name="Customer signs", yesno="yes,no", visible=False)
    status = StateColumn()
    revision = tables.Column(
        verbose_name="Version", attrs={"td": {"class": "number"}, "th": {"class": "number"}}
    )
    owner = tables.Column(default="Nobody yet")

    class Meta(BaseTable.Meta):
        model = DesignElement
        fields = (
            "number", "title", "kind", "purpose", "description", "diagram", "notes", "parent", "needs_customer",
            "status", "revision", "owner",
        )  # fmt: skip
        order_by = ("number",)

    def render_number(self, record: DesignElement) -> str:
        return record.key

    def value_number(self, record: DesignElement) -> str:
        return record.key


class DecisionTable(BaseTable):
    number = tables.Column(
        verbose_name="Key", attrs={"td": {"class": "text-nowrap"}}, linkify=_to("architecturedecision_detail")
    )
    title = tables.Column(linkify=_to("architecturedecision_detail"))
    context = tables.Column(visible=False)
    options = tables.Column(visible=False)
    decision = tables.Column(visible=False)
    consequences = tables.Column(visible=False)
    status = StateColumn()
    decided_on = DayColumn(verbose_name="Decided")
    decided_by = tables.Column(verbose_name="By")

    class Meta(BaseTable.Meta):
        model = ArchitectureDecision
        fields = (
            "number", "title", "context", "options", "decision", "consequences", "status", "decided_on", "decided_by",
        )  # fmt: skip
        order_by = ("number",)

    def render_number(self, record: ArchitectureDecision) -> str:
        return record.key

    def value_number(self, record: ArchitectureDecision) -> str:
        return record.key
