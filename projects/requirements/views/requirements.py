"""The pages of requirements."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.forms import ModelForm
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import get_language

from projects.kit import prints
from projects.kit.access import Entry
from projects.kit.forms import ManyForm
from projects.kit.pages import (
    BulkAction,
    ChangeManyView,
    ModelPages,
    ProjectView,
    VersionsPage,
)
from projects.kit.purposes import Purpose
from projects.kit.texts import Content, Difference
from projects.planning import today_of
from projects.requirements.choices import RequirementState
from projects.requirements.filtersets import RequirementFilterSet
from projects.requirements.forms import BulkForm, RequirementForm, SpecificationForm, VerifyForm
from projects.requirements.models import Requirement
from projects.requirements.presenting import estimate_text, source_of, tiles_of
from projects.requirements.prints import SPECIFICATION
from projects.requirements.purposes import ACCEPT, VALIDATE
from projects.requirements.selectors.outline import outline_of
from projects.requirements.selectors.texts import differences_of, hints_for, versions_of
from projects.requirements.services import requirements as services
from projects.requirements.services.verification import requirements_verify, why_unverifiable
from projects.requirements.specfile import reqif_response
from projects.requirements.tables import RequirementTable
from projects.requirements.views.roadmap import roadmap_actions, roadmap_links
from projects.requirements.views.tabs import tabs_of
from projects.requirements.workflows import REQUIREMENT_WORKFLOW
from projects.signoffs.models import ResponseRequest
from projects.signoffs.selectors import signoffs_of
from projects.signoffs.views.rooms import AskManyView


class RequirementVersions(VersionsPage):
    """The versions of what the customer reads of a requirement."""

    def differences(self, before: Content, after: Content) -> list[Difference]:
        return differences_of(before, after)


class RequirementPages(ModelPages):
    """The requirements of a project."""

    model, table, filterset, form = Requirement, RequirementTable, RequirementFilterSet, RequirementForm
    room = "requirements"
    workflow = REQUIREMENT_WORKFLOW
    select_related = (
        "project", "parent", "owner", "source_person", "workshop", "release", "success_criterion",
    )  # fmt: skip
    fields = (
        "kind",
        "priority",
        "fit",
        "category",
        "criticality",
        "success_criterion",
        "owner",
        "parent",
        "release",
        "status_reason",
    )
    list_template = "requirements/index.html"
    detail_template = "requirements/requirement.html"
    form_template = "requirements/form.html"
    teach = "Write the first one down, capture some from a workshop's notes, or import those of another tool."

    @classmethod
    def exported(cls, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        return queryset.prefetch_related("criteria")

    @classmethod
    def bulk_actions(cls, entry: Entry) -> list[BulkAction]:
        more = []
        if entry.can("signoffs.change"):
            more.append(BulkAction("ask", "Ask the customer to validate or accept", place="requirement_ask"))
        if entry.can("requirements.change"):
            more.append(BulkAction("change", "Change owner, priority, fit …", place="requirement_change"))
        if entry.can("requirements.verify"):
            more.append(BulkAction("verify", "Verify", place="requirement_verify"))
        return [*more, *roadmap_actions(entry), *super().bulk_actions(entry)]

    @classmethod
    def list_context(cls, entry: Entry) -> dict[str, Any]:
        tiles = tiles_of(project=entry.project, as_of=today_of(entry.project))
        return {"tiles": tiles, "tabs": tabs_of(entry, "requirements")}

    @classmethod
    def may_change(cls, item: Any, entry: Entry) -> bool:
        return super().may_change(item, entry) and services.why_locked(item) is None

    @classmethod
    def may_delete(cls, item: Any, entry: Entry) -> bool:
        return super().may_change(item, entry) and services.why_kept(item) is None

    @classmethod
    def detail_fields(cls, item: Any, entry: Entry) -> list[tuple[str, Any]]:
        shown = dict(super().detail_fields(item, entry))
        if goal := item.success_criterion:
            url = reverse("successcriterion_detail", args=[entry.project.code, goal.pk])
            shown["success criterion"] = format_html('<a href="{}">{}</a>', url, goal)
        return [
            *shown.items(),
            ("source", source_of(item)),
            ("estimate", estimate_text(item.estimate_seconds)),
        ]

    @classmethod
    def detail_context(cls, item: Any, entry: Entry) -> dict[str, Any]:
        criteria = item.criteria_texts
        can_ask = entry.can("signoffs.change") and (
            VALIDATE.guard(item, entry) is None or ACCEPT.guard(item, entry) is None
        )
        return {
            "criteria": criteria,
            "hints": hints_for(statement=item.statement, kind=item.kind, criteria=criteria),
            "versions": versions_of(item),
            "children": item.children.order_by("number"),
            "questions": item.questions.select_related("owner"),
            "locked": services.why_locked(item),
            "asked": asked_of(item, entry),
            "verifications": item.verifications.select_related("by"),
            "can_verify": entry.can("requirements.verify") and why_unverifiable(item, entry) is None,
            "roadmap_links": roadmap_links(item, entry),
            "ask_url": f"{reverse('requirement_ask', args=[entry.project.code])}?rows={item.pk}"
            if can_ask
            else "",
        }

    @classmethod
    def save(cls, *, row: Any, entry: Entry, expected_version: int | None, form: ModelForm) -> Any:
        return services.requirement_save(
            requirement=row, entry=entry, criteria=form.cleaned_data["criteria"], expected_version=expected_version,
            reason=form.cleaned_data.get("reason", ""),
        )  # fmt: skip

    @classmethod
    def delete(cls, *, row: Any, entry: Entry) -> None:
        services.requirement_delete(requirement=row, entry=entry)

    @classmethod
    def restore(cls, *, row: Any, entry: Entry) -> None:
        services.requirement_restore(requirement=row, entry=entry)

    @classmethod
    def urls(cls, prefix: str) -> list[URLPattern]:
        root = f"projects/<slug:project>/{prefix}/<int:pk>/"
        return [
            *super().urls(prefix),
            path(f"{root}versions/", RequirementVersions.as_view(pages=cls), name="requirement_versions"),
        ]


def asked_of(requirement: Requirement, entry: Entry) -> dict[str, Any] | None:
    """Return what the customer was asked and decided, for who may read it."""
    if not entry.can("signoffs.view"):
        return None
    requests = list(ResponseRequest.objects.about(requirement).select_related("person"))
    if not requests:
        return None
    return {"requests": requests, "signoffs": signoffs_of(requirement), "code": entry.project.code}


class ValidationAskView(AskManyView):
    """Ask the customer to validate the chosen requirements, all in one request; to accept them once verified."""

    room = "requirements"
    model = Requirement
    list_name = "requirement_list"

    @property
    def purpose(self) -> Purpose:
        """Return what is asked."""
        rows = self.rows()
        is_verified = bool(rows) and all(row.status == RequirementState.VERIFIED for row in rows)
        return ACCEPT if is_verified else VALIDATE

    @cached_property
    def chosen(self) -> list[Any]:
        """Return the rows of the address or the form."""
        return super().rows()

    def rows(self) -> list[Any]:
        return self.chosen

    def choice(self) -> models.QuerySet[Any]:
        return super().choice().select_related("success_criterion").prefetch_related("criteria")


class BulkChangeView(ChangeManyView):
    """Say the same of many requirements."""

    pages, form = RequirementPages, BulkForm
    told, icon = "priority", "list-check"

    def keep(self, row: Any, form: ManyForm) -> None:
        services.requirement_save(requirement=row, entry=self.entry, reason=form.cleaned_data["reason"])


class VerifyView(ChangeManyView):
    """Say how requirements were looked at, and whether they are met."""

    pages, form, verb = RequirementPages, VerifyForm, "verify"
    told, icon = "priority", "checklist"
    action, done = "Verify", "looked at"
    hint = "What you say is kept of each, with the version of its text. All of them or none."

    def change(self, rows: list[Any], form: ManyForm) -> None:
        requirements_verify(requirements=rows, entry=self.entry, **form.cleaned_data)

    def next_url(self, rows: list[Any]) -> str:
        return (
            self.pages.url("detail", self.project, pk=rows[0].pk)
            if len(rows) == 1
            else super().next_url(rows)
        )


class HintsView(ProjectView):
    """What could be clearer in a text that is being written; nothing is stored."""

    permission = "requirements.change"
    room = "requirements"

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        form = RequirementForm(request.GET, entry=self.entry)
        form.is_valid()
        said = form.cleaned_data
        hints = hints_for(
            statement=said.get("statement", ""), kind=said.get("kind", ""), criteria=said.get("criteria", [])
        )
        return self.page("requirements/hints.html", {"hints": hints, "is_empty": not said.get("statement")})


class TreeView(ProjectView):
    """The requirements as a tree, with the effort of everything below each."""

    permission = "requirements.view"
    room = "requirements"

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        show_all = "all" in request.GET
        rows = outline_of(project=self.project, is_whole=show_all)
        return self.page(
            "requirements/tree.html",
            {"rows": rows, "show_all": show_all, "tabs": tabs_of(self.entry, "tree")},
        )


class SpecificationView(ProjectView):
    """The requirements as one document to read and to print."""

    permission = "requirements.view"
    room = "requirements"

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        rows = outline_of(project=self.project, is_whole=False, with_criteria=True)
        return self.page(
            "requirements/specification.html",
            {
                "rows": rows,
                "terms": self.project.glossary.all(),
                "as_of": timezone.now(),
                "tabs": tabs_of(self.entry, "specification"),
            },
        )


class SpecificationPrintView(ProjectView):
    """Ask for the specification as a PDF: what of it, for whom, in which language."""

    permission = "requirements.export"
    room = "requirements"

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        chosen = {"language": get_language()}
        return self.page("requirements/print.html", {"form": SpecificationForm(initial=chosen)})

    def post(self, request: HttpRequest, project: str) -> HttpResponse:
        form = SpecificationForm(request.POST)
        if not form.is_valid():
            return self.page("requirements/print.html", {"form": form}, status=422)
        job = prints.ask(SPECIFICATION, entry=self.entry, wishes=form.cleaned_data)
        return HttpResponseRedirect(reverse("job", args=[self.project.code, job.pk]))


class ReqifView(ProjectView):
    """All requirements as a ReqIF file, alone or with what is attached to them."""

    permission = "requirements.export"
    room = "requirements"
    with_files = False

    def get(self, request: HttpRequest, project: str) -> HttpResponse | FileResponse:
        return reqif_response(self.entry, with_files=self.with_files)
