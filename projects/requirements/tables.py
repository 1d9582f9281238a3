"""Columns of the lists of requirements, workshops, terms and questions."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import django_tables2 as tables

from implement.core.money import day_text
from implement.core.tables import BaseTable, DayColumn, HoursColumn, StateColumn
from projects.requirements.models import (
    GlossaryTerm,
    OpenQuestion,
    Release,
    Requirement,
    SuccessCriterion,
    Workshop,
)
from projects.requirements.presenting import measured
from projects.requirements.selectors.texts import criteria_text


def _to(name: str) -> tuple[str, dict[str, Any]]:
    return name, {"project": tables.A("project__code"), "pk": tables.A("pk")}


class RequirementTable(BaseTable):
    number = tables.Column(
        verbose_name="Key", attrs={"td": {"class": "text-nowrap"}}, linkify=_to("requirement_detail")
    )
    title = tables.Column(linkify=_to("requirement_detail"))
    # For the export, which comes back through the import; the page has no room for them.
    statement = tables.Column(visible=False)
    rationale = tables.Column(visible=False)
    criteria = tables.Column(verbose_name="Acceptance criteria", accessor="criteria_texts", visible=False)
    success_criterion = tables.Column(visible=False)
    category = tables.Column(visible=False)
    criticality = tables.Column(visible=False)
    parent = tables.Column(verbose_name="Part of", accessor="parent__key", visible=False)
    source = tables.Column(visible=False)
    kind = tables.Column(verbose_name="Type")
    priority = tables.Column()
    status = StateColumn()
    fit = tables.Column()
    estimate_seconds = HoursColumn(verbose_name="Estimate (h)")
    release = tables.Column(default="Not placed")
    owner = tables.Column(default="Nobody yet")

    class Meta(BaseTable.Meta):
        model = Requirement
        fields = (
            "number", "title", "statement", "rationale", "criteria", "kind", "priority", "status", "fit",
            "success_criterion", "category", "criticality", "parent", "source", "estimate_seconds",
            "release", "owner",
        )  # fmt: skip
        order_by = ("number",)

    def render_number(self, record: Requirement) -> str:
        return record.key

    def value_number(self, record: Requirement) -> str:
        return record.key

    def value_release(self, value: Release) -> str:
        return str(value)

    def value_criteria(self, value: list[str]) -> str:
        return criteria_text(value)


class WorkshopTable(BaseTable):
    title = tables.Column(linkify=_to("workshop_detail"))
    held_on = DayColumn(verbose_name="Date")
    place = tables.Column()
    lead = tables.Column(verbose_name="Led by")
    captured = tables.Column(
        verbose_name="Requirements", attrs={"td": {"class": "number"}, "th": {"class": "number"}}
    )

    class Meta(BaseTable.Meta):
        model = Workshop
        fields = ("title", "held_on", "place", "lead", "captured")
        order_by = ("-held_on",)


class GlossaryTable(BaseTable):
    term = tables.Column(linkify=_to("glossaryterm_detail"))
    definition = tables.Column()
    synonyms = tables.Column()

    class Meta(BaseTable.Meta):
        model = GlossaryTerm
        fields = ("term", "definition", "synonyms")
        order_by = ("term",)


NUMBER = {"td": {"class": "number"}, "th": {"class": "number"}}


class GoalTable(BaseTable):
    title = tables.Column(verbose_name="Goal", linkify=_to("successcriterion_detail"))
    measure = tables.Column(visible=False)
    baseline_value = tables.Column(verbose_name="Today", attrs=NUMBER)
    target_value = tables.Column(verbose_name="Target", attrs=NUMBER)
    unit = tables.Column()
    due_on = tables.Column(verbose_name="Reached by", empty_values=())
    due_words = tables.Column(verbose_name="Or at", visible=False)
    owner = tables.Column(default="Nobody yet")
    audience = tables.Column(verbose_name="Who reads it")
    serving = tables.Column(verbose_name="Requirements", attrs=NUMBER)
    serving_signed = tables.Column(verbose_name="Validated", attrs=NUMBER)
    serving_delivered = tables.Column(verbose_name="Delivered", attrs=NUMBER)

    class Meta(BaseTable.Meta):
        model = SuccessCriterion
        fields = (
            "title", "measure", "baseline_value", "target_value", "unit", "due_on", "due_words", "owner", "audience",
            "serving", "serving_signed", "serving_delivered",
        )  # fmt: skip
        order_by = ("title",)

    def render_baseline_value(self, value: Decimal) -> str:
        return measured(value)

    def render_target_value(self, value: Decimal) -> str:
        return measured(value)

    def render_due_on(self, record: SuccessCriterion) -> str:
        return record.due_words if record.due_on is None and record.due_words else day_text(record.due_on)

    def value_due_on(self, record: SuccessCriterion) -> date | None:
        return record.due_on

    def value_baseline_value(self, value: Decimal) -> Decimal:
        return value

    def value_target_value(self, value: Decimal) -> Decimal:
        return value


class QuestionTable(BaseTable):
    text = tables.Column(linkify=_to("openquestion_detail"))
    owner = tables.Column(verbose_name="Who answers", default="Nobody yet")
    due_on = DayColumn(verbose_name="Needed by")
    status = StateColumn()
    workshop = tables.Column()
    requirement = tables.Column()

    class Meta(BaseTable.Meta):
        model = OpenQuestion
        fields = ("text", "owner", "due_on", "status", "workshop", "requirement")
        order_by = ("due_on",)


class ReleaseTable(BaseTable):
    name = tables.Column(linkify=_to("release_detail"))
    title = tables.Column(verbose_name="In the customer's words")
    milestone = tables.Column(default="None")
    target_on = DayColumn(verbose_name="Target day")
    status = StateColumn()
    is_published = tables.Column(verbose_name="Shown to the customer")
    held = tables.Column(
        verbose_name="Requirements", attrs={"td": {"class": "number"}, "th": {"class": "number"}}
    )

    class Meta(BaseTable.Meta):
        model = Release
        fields = ("name", "title", "milestone", "target_on", "status", "is_published", "held")

    def render_is_published(self, value: bool) -> str:
        return "Yes" if value else "No"
