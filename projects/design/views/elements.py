"""The pages of design elements."""

from __future__ import annotations

from typing import Any

from django.forms import ModelForm
from django.urls import URLPattern, path

from projects.design.filtersets import ElementFilterSet
from projects.design.forms import ElementForm
from projects.design.models import DesignElement
from projects.design.selectors.texts import differences_of
from projects.design.services import elements as services
from projects.design.tables import ElementTable
from projects.design.views.tabs import tabs_of
from projects.design.workflows import ELEMENT_WORKFLOW
from projects.kit.access import Entry
from projects.kit.pages import ModelPages, VersionsPage
from projects.kit.texts import Content, Difference


class ElementVersions(VersionsPage):
    """The versions of what the customer reads of a design element."""

    marks = (
        ("reviewed_revision", "Reviewed", "good"),
        ("shown_revision", "Shown", "moving"),
        ("signed_revision", "Signed", "good"),
    )

    def differences(self, before: Content, after: Content) -> list[Difference]:
        return differences_of(before, after)


class ElementPages(ModelPages):
    """The design elements of a project."""

    model, table, filterset, form = DesignElement, ElementTable, ElementFilterSet, ElementForm
    room = "design"
    workflow = ELEMENT_WORKFLOW
    select_related = ("project", "parent", "owner", "reviewer", "superseded_by")
    fields = ("kind", "owner", "parent", "needs_customer", "status_reason", "purpose", "description")
    teach = (
        "Write down how requirements are met: components, integrations, data, reports, roles, environments."
    )

    @classmethod
    def list_context(cls, entry: Entry) -> dict[str, Any]:
        return {"tabs": tabs_of(entry, "design")}

    @classmethod
    def may_change(cls, item: Any, entry: Entry) -> bool:
        return super().may_change(item, entry) and services.why_locked(item) is None

    @classmethod
    def may_delete(cls, item: Any, entry: Entry) -> bool:
        return super().may_change(item, entry) and services.why_kept(item) is None

    @classmethod
    def save(cls, *, row: Any, entry: Entry, expected_version: int | None, form: ModelForm) -> Any:
        return services.element_save(
            element=row, entry=entry, expected_version=expected_version,
            reason=form.cleaned_data.get("reason", ""),
        )  # fmt: skip

    @classmethod
    def delete(cls, *, row: Any, entry: Entry) -> None:
        services.element_delete(element=row, entry=entry)

    @classmethod
    def restore(cls, *, row: Any, entry: Entry) -> None:
        services.element_restore(element=row, entry=entry)

    @classmethod
    def urls(cls, prefix: str) -> list[URLPattern]:
        root = f"projects/<slug:project>/{prefix}/<int:pk>/"
        return [
            *super().urls(prefix),
            path(f"{root}versions/", ElementVersions.as_view(pages=cls), name="designelement_versions"),
        ]
