"""The pages of design elements."""

from __future__ import annotations

from typing import Any

from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse

from projects.design.filtersets import ElementFilterSet
from projects.design.forms import ElementBulkForm, ElementForm
from projects.design.models import DesignElement
from projects.design.presenting import stage_of, tiles_of
from projects.design.purposes import APPROVE_DESIGN
from projects.design.selectors.texts import differences_of
from projects.design.services import elements as services
from projects.design.services import reviews
from projects.design.tables import ElementTable
from projects.design.views.approval import ReviewView, SupersedeView
from projects.design.views.tabs import tabs_of
from projects.design.workflows import ELEMENT_WORKFLOW
from projects.kit.access import Entry
from projects.kit.forms import ManyForm
from projects.kit.pages import (
    BulkAction,
    ChangeManyView,
    ModelPages,
    ProjectView,
    VersionsPage,
)
from projects.kit.texts import Content, Difference
from projects.signoffs.models import ResponseRequest
from projects.signoffs.selectors import signoffs_of


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
    fields = ("kind", "owner", "reviewer", "parent")
    list_template = "design/index.html"
    detail_template = "design/element.html"
    form_template = "design/form.html"
    teach = (
        "Write down how requirements are met: components, integrations, data, reports, roles, environments."
    )

    @classmethod
    def bulk_actions(cls, entry: Entry) -> list[BulkAction]:
        more = []
        if entry.can("design.change"):
            more.append(BulkAction("submit", "Send to review", place="designelement_submit"))
        if entry.can("signoffs.change"):
            more.append(BulkAction("ask", "Ask the customer to approve", place="designelement_ask"))
        if entry.can("design.change"):
            more.append(BulkAction("change", "Change owner, type …", place="designelement_change"))
        return [*more, *super().bulk_actions(entry)]

    @classmethod
    def list_context(cls, entry: Entry) -> dict[str, Any]:
        return {"tiles": tiles_of(project=entry.project), "tabs": tabs_of(entry, "design")}

    @classmethod
    def may_change(cls, item: Any, entry: Entry) -> bool:
        return super().may_change(item, entry) and services.why_locked(item) is None

    @classmethod
    def may_delete(cls, item: Any, entry: Entry) -> bool:
        return super().may_change(item, entry) and services.why_kept(item) is None

    @classmethod
    def detail_context(cls, item: Any, entry: Entry) -> dict[str, Any]:
        code, chosen = entry.project.code, f"?rows={item.pk}"
        versions = list(item.versions.select_related("by"))
        writer = next((one.by_id for one in versions if one.number == item.revision), None)
        can_submit = entry.can("design.change") and reviews.why_not_submitted(item) is None
        can_review = entry.can("design.review") and (
            reviews.why_not_reviewed(item, entry, writer_id=writer) is None
        )
        can_ask = entry.can("signoffs.change") and APPROVE_DESIGN.guard(item, entry) is None
        can_supersede = entry.can("design.decide") and reviews.why_not_superseded(item) is None
        return {
            "stage": stage_of(item),
            "versions": versions,
            "children": item.children.order_by("number"),
            "supersedes": item.supersedes.order_by("number"),
            "reviews": item.reviews.all(),
            "feedback": item.feedback.select_related("person"),
            "locked": services.why_locked(item),
            "asked": asked_of(item, entry),
            "submit_url": reverse("designelement_submit", args=[code]) + chosen if can_submit else "",
            "review_url": reverse("designelement_review", args=[code, item.pk]) if can_review else "",
            "ask_url": reverse("designelement_ask", args=[code]) + chosen if can_ask else "",
            "supersede_url": reverse("designelement_supersede", args=[code, item.pk])
            if can_supersede
            else "",
        }

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
            path(f"{root}review/", ReviewView.as_view(), name="designelement_review"),
            path(f"{root}supersede/", SupersedeView.as_view(), name="designelement_supersede"),
        ]


def asked_of(element: DesignElement, entry: Entry) -> dict[str, Any] | None:
    """Return what the customer was asked and decided, for who may read it."""
    if not entry.can("signoffs.view"):
        return None
    requests = list(ResponseRequest.objects.about(element).select_related("person"))
    if not requests:
        return None
    return {"requests": requests, "signoffs": signoffs_of(element), "code": entry.project.code}


class BulkChangeView(ChangeManyView):
    """Say the same of many design elements."""

    pages, form = ElementPages, ElementBulkForm
    told, icon = "kind", "sitemap"

    def keep(self, row: Any, form: ManyForm) -> None:
        services.element_save(element=row, entry=self.entry, reason=form.cleaned_data["reason"])


class DiagramView(ProjectView):
    """The picture of a text that is being written; nothing is stored."""

    permission = "design.change"
    room = "design"

    def post(self, request: HttpRequest, project: str) -> HttpResponse:
        return self.page("design/diagram.html", {"source": request.POST.get("diagram", "").strip()})
