"""Columns of the lists of build items, environments, promotions and criteria."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables
from django.utils.html import format_html
from django.utils.safestring import SafeString

from implement.core.tables import BaseTable, HoursColumn, MomentColumn, StateColumn, YesColumn
from implement.core.templatetags.implement import badge
from projects.builds.models import BuildItem, DoneCriterion, Environment, Promotion

NUMBER = {"td": {"class": "number"}, "th": {"class": "number"}}


def _to(name: str, project: str = "project__code") -> tuple[str, dict[str, Any]]:
    return name, {"project": tables.A(project), "pk": tables.A("pk")}


class BuildItemTable(BaseTable):
    number = tables.Column(
        verbose_name="Key", attrs={"td": {"class": "text-nowrap"}}, linkify=_to("builditem_detail")
    )
    title = tables.Column(linkify=_to("builditem_detail"))
    # For the export, which comes back through the import; the page has no room for them.
    description = tables.Column(visible=False)
    release_words = tables.Column(visible=False)
    kind = tables.Column()
    status = StateColumn()
    blocked_reason = tables.Column(verbose_name="Blocked", default="")
    environment = tables.Column(default="")
    priority = tables.Column()
    owner = tables.Column(default="Nobody yet")
    task = tables.Column(visible=False)
    estimate_seconds = HoursColumn(verbose_name="Estimate (h)")
    remaining_seconds = HoursColumn(verbose_name="Remaining (h)")

    class Meta(BaseTable.Meta):
        model = BuildItem
        fields = (
            "number", "title", "description", "release_words", "kind", "status", "blocked_reason", "environment",
            "priority", "owner", "task", "estimate_seconds", "remaining_seconds",
        )  # fmt: skip
        order_by = ("number",)

    def render_number(self, record: BuildItem) -> str:
        return record.key

    def value_number(self, record: BuildItem) -> str:
        return record.key

    def render_blocked_reason(self, value: str) -> SafeString:
        return format_html('{}<span class="visually-hidden"> </span> {}', badge("Blocked", "trouble"), value)

    def value_blocked_reason(self, value: str) -> str:
        return value


class EnvironmentTable(BaseTable):
    position = tables.Column(attrs=NUMBER)
    name = tables.Column(linkify=_to("environment_detail"))
    is_production = YesColumn()
    is_shown = YesColumn()

    class Meta(BaseTable.Meta):
        model = Environment
        fields = ("position", "name", "is_production", "is_shown")
        order_by = ("position",)


class PromotionTable(BaseTable):
    build_id = tables.Column(linkify=_to("promotion_detail", "environment__project__code"))
    environment = tables.Column()
    at = MomentColumn(verbose_name="Brought in")
    by = tables.Column(default="Implement")
    carried = tables.Column(verbose_name="Items", attrs=NUMBER)

    class Meta(BaseTable.Meta):
        model = Promotion
        fields = ("build_id", "environment", "at", "by", "carried")
        order_by = ("-at",)


class DoneCriterionTable(BaseTable):
    position = tables.Column(attrs=NUMBER)
    text = tables.Column(linkify=_to("donecriterion_detail"))
    kind = tables.Column(verbose_name="For", empty_values=(), default="Every kind")

    class Meta(BaseTable.Meta):
        model = DoneCriterion
        fields = ("position", "text", "kind")
        order_by = ("position",)

    def render_kind(self, record: DoneCriterion) -> str:
        return str(record.get_kind_display()) or "Every kind"

    def value_kind(self, record: DoneCriterion) -> str:
        return str(record.get_kind_display())
