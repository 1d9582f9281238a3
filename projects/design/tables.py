"""Columns of the lists of design elements, decisions, targets and feedback."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables

from implement.core.tables import BaseTable, DayColumn, MomentColumn, StateColumn, YesColumn
from projects.design.models import ArchitectureDecision, DesignElement, DesignFeedback, NfrTarget
from projects.design.presenting import waits_for


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
    needs_customer = YesColumn(verbose_name="Customer signs", visible=False)
    status = StateColumn()
    waits = tables.Column(verbose_name="Waits for", accessor="pk", orderable=False)
    revision = tables.Column(
        verbose_name="Version", attrs={"td": {"class": "number"}, "th": {"class": "number"}}
    )
    owner = tables.Column(default="Nobody yet")

    class Meta(BaseTable.Meta):
        model = DesignElement
        fields = (
            "number", "title", "kind", "purpose", "description", "diagram", "notes", "parent", "needs_customer",
            "status", "waits", "revision", "owner",
        )  # fmt: skip
        order_by = ("number",)

    def render_waits(self, record: DesignElement) -> str:
        return waits_for(record) or "–"

    def value_waits(self, record: DesignElement) -> str:
        return waits_for(record)

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


class TargetTable(BaseTable):
    requirement = tables.Column()
    metric = tables.Column(linkify=_to("nfrtarget_detail"))
    target = tables.Column(verbose_name="Target", attrs={"td": {"class": "text-nowrap"}})
    threshold = tables.Column(verbose_name="Threshold", attrs={"td": {"class": "text-nowrap"}})
    operator = tables.Column(visible=False)
    unit = tables.Column(visible=False)
    load_profile = tables.Column(visible=False)
    test = tables.Column(verbose_name="Test", default="None yet")
    due_on = DayColumn(verbose_name="Measured by")
    owner = tables.Column(default="Nobody yet")

    class Meta(BaseTable.Meta):
        model = NfrTarget
        fields = (
            "requirement", "metric", "operator", "target", "threshold", "unit", "load_profile", "test", "due_on",
            "owner",
        )  # fmt: skip
        order_by = ("requirement",)

    def render_target(self, record: NfrTarget) -> str:
        return record.target_text

    def render_threshold(self, record: NfrTarget) -> str:
        return record.threshold_text

    def value_target(self, value: Any) -> Any:
        return value

    def value_threshold(self, value: Any) -> Any:
        return value


class FeedbackTable(BaseTable):
    text = tables.Column(
        linkify=(
            "designfeedback_detail",
            {"project": tables.A("element__project__code"), "pk": tables.A("pk")},
        )
    )
    element = tables.Column(
        accessor="element__key", order_by="element__number", attrs={"td": {"class": "text-nowrap"}}
    )
    revision = tables.Column(
        verbose_name="Version", attrs={"td": {"class": "number"}, "th": {"class": "number"}}
    )
    person = tables.Column(verbose_name="Who")
    at = MomentColumn(verbose_name="When")
    source = tables.Column(visible=False)
    is_must_fix = YesColumn(verbose_name="Must be put right")
    state = StateColumn()
    answer = tables.Column(visible=False)

    class Meta(BaseTable.Meta):
        model = DesignFeedback
        fields = ("text", "element", "revision", "person", "at", "source", "is_must_fix", "state", "answer")
        order_by = ("-at",)
