"""The pages of goals."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.forms import ModelForm

from projects.kit.access import Entry
from projects.kit.pages import ModelPages
from projects.requirements.filtersets import GoalFilterSet
from projects.requirements.forms import GoalForm
from projects.requirements.models import SuccessCriterion
from projects.requirements.presenting import goal_tiles, measured
from projects.requirements.selectors.goals import goal_standing
from projects.requirements.services.goals import goal_delete, goal_save
from projects.requirements.tables import GoalTable
from projects.requirements.views.tabs import tabs_of


class GoalPages(ModelPages):
    """What both sides judge the project by, with the requirements that serve it."""

    model, table, filterset, form = SuccessCriterion, GoalTable, GoalFilterSet, GoalForm
    room = "requirements"
    select_related = ("project", "owner")
    fields = ("measure", "due_on", "due_words", "owner", "audience")
    detail_template = "requirements/goal.html"
    form_template = "requirements/goal_form.html"
    teach = "Write down what is better afterwards, how it is measured, and from which value to which."

    @classmethod
    def visible(cls, entry: Entry) -> models.QuerySet[Any]:
        rows: Any = super().visible(entry)
        return rows.with_standing()

    @classmethod
    def list_context(cls, entry: Entry) -> dict[str, Any]:
        return {"tabs": tabs_of(entry, "goals")}

    @classmethod
    def detail_fields(cls, item: Any, entry: Entry) -> list[tuple[str, Any]]:
        values = [
            ("today", measured(item.baseline_value, item.unit)),
            ("target", measured(item.target_value, item.unit)),
        ]
        return [*values, *super().detail_fields(item, entry)]

    @classmethod
    def detail_context(cls, item: Any, entry: Entry) -> dict[str, Any]:
        return {
            "tiles": goal_tiles(goal_standing(item)),
            "serving": item.requirements.select_related("owner").order_by("number"),
        }

    @classmethod
    def save(cls, *, row: Any, entry: Entry, expected_version: int | None, form: ModelForm) -> Any:
        return goal_save(
            goal=row,
            entry=entry,
            expected_version=expected_version,
            reason=form.cleaned_data.get("reason", ""),
        )

    @classmethod
    def delete(cls, *, row: Any, entry: Entry) -> None:
        goal_delete(goal=row, entry=entry)
