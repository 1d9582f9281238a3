"""The pages of architecture decisions."""

from __future__ import annotations

from typing import Any

from django.forms import ModelForm
from django.urls import URLPattern, path

from projects.design.choices import DecisionState
from projects.design.filtersets import DecisionFilterSet
from projects.design.forms import DecisionForm
from projects.design.models import ArchitectureDecision
from projects.design.services import decisions as services
from projects.design.tables import DecisionTable
from projects.design.views.approval import DecisionSupersedeView
from projects.design.views.tabs import tabs_of
from projects.design.workflows import DECISION_WORKFLOW
from projects.kit.access import Entry
from projects.kit.pages import ModelPages


class DecisionPages(ModelPages):
    """The architecture decisions of a project."""

    model, table, filterset, form = ArchitectureDecision, DecisionTable, DecisionFilterSet, DecisionForm
    room = "design"
    workflow = DECISION_WORKFLOW
    select_related = ("project", "decided_by", "superseded_by")
    fields = ("decided_on", "decided_by", "status_reason")
    detail_template = "design/decision.html"
    teach = "Write down what shapes the design: what forced it, what was weighed, what was chosen and what follows."

    @classmethod
    def list_context(cls, entry: Entry) -> dict[str, Any]:
        return {"tabs": tabs_of(entry, "decisions")}

    @classmethod
    def may_change(cls, item: Any, entry: Entry) -> bool:
        return super().may_change(item, entry) and services.why_decision_locked(item) is None

    @classmethod
    def may_delete(cls, item: Any, entry: Entry) -> bool:
        return super().may_change(item, entry) and item.status == DecisionState.PROPOSED

    @classmethod
    def detail_context(cls, item: Any, entry: Entry) -> dict[str, Any]:
        return {
            "locked": services.why_decision_locked(item),
            "supersedes": item.supersedes.order_by("number"),
            "can_supersede": item.status == DecisionState.ACCEPTED and entry.can("design.decide"),
        }

    @classmethod
    def save(cls, *, row: Any, entry: Entry, expected_version: int | None, form: ModelForm) -> Any:
        return services.decision_save(decision=row, entry=entry, expected_version=expected_version)

    @classmethod
    def delete(cls, *, row: Any, entry: Entry) -> None:
        services.decision_delete(decision=row, entry=entry)

    @classmethod
    def urls(cls, prefix: str) -> list[URLPattern]:
        address = f"projects/<slug:project>/{prefix}/<int:pk>/supersede/"
        return [
            *super().urls(prefix),
            path(address, DecisionSupersedeView.as_view(), name="architecturedecision_supersede"),
        ]
