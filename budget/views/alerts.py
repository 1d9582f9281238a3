"""The pages of alerts."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse

from budget.choices import ALERT_OPEN, AlertRule
from budget.filtersets.alerts import AlertFilterSet
from budget.forms.alerts import AlertPlanForm, AlertSettingsForm
from budget.models import Alert, AlertSettings
from budget.panels.alerts import promptness_tiles
from budget.selectors.alerts import sentence_of, title_of, visible_alerts, where_of
from budget.selectors.earned import settings_of
from budget.services import alerts as services
from budget.tables.alerts import AlertTable
from budget.views.settings import SettingsPage
from budget.workflows import ALERT_WORKFLOW
from implement.core.errors import DomainError
from implement.core.forms import show_errors
from projects.kit.access import Entry
from projects.kit.pages import (
    BulkPage,
    ExportPage,
    HistoryPage,
    ModelPages,
    ProjectView,
    SaveViewPage,
    StepPage,
)
from projects.kit.rows import row_save
from projects.planning import today_of


class AlertPages(ModelPages):
    """The alerts of a project: found by rules, never typed."""

    model, table, filterset, form = Alert, AlertTable, AlertFilterSet, AlertPlanForm
    room = "alerts"
    workflow = ALERT_WORKFLOW
    fields = ("severity", "first_seen", "last_seen", "acknowledged_by", "acknowledged_at", "escalated_at")
    list_template = "budget/alerts.html"
    detail_template = "budget/alert.html"
    teach = "Nothing is beyond its line. Alerts come by themselves as soon as a figure is."

    @classmethod
    def visible(cls, entry: Entry) -> models.QuerySet[Any]:
        return visible_alerts(entry)

    @classmethod
    def permission(cls, verb: str) -> str:
        # Found by rules: nobody adds one or edits it, whatever their role.
        return "nobody.may" if verb == "change" else super().permission(verb)

    @classmethod
    def may_change(cls, item: Any, entry: Entry) -> bool:
        return False

    @classmethod
    def list_context(cls, entry: Entry) -> dict[str, Any]:
        return {
            "tiles": promptness_tiles(
                entry.project, today_of(entry.project), needs_cost=entry.can("cost.view")
            )
        }

    @classmethod
    def detail_fields(cls, item: Any, entry: Entry) -> list[tuple[str, Any]]:
        return [row for row in super().detail_fields(item, entry) if row[1] not in (None, "")]

    @classmethod
    def detail_context(cls, item: Any, entry: Entry) -> dict[str, Any]:
        name, label = where_of(item)
        may_plan = entry.can("alerts.change") and item.state in ALERT_OPEN
        return {
            "title": title_of(item),
            "sentence": sentence_of(item),
            "assumption": settings_of(entry.project).get_eac_assumption_display()
            if item.rule == AlertRule.EAC
            else "",
            "where": {"url": reverse(name, args=[entry.project.code]), "label": label},
            "plan_form": AlertPlanForm(entry=entry, alert=item) if may_plan else None,
        }

    @classmethod
    def urls(cls, prefix: str) -> list[URLPattern]:
        root = f"projects/<slug:project>/{prefix}/"
        return [
            path(root, cls.list_page.as_view(pages=cls), name="alert_list"),
            path(f"{root}export.<str:format>", ExportPage.as_view(pages=cls), name="alert_export"),
            path(f"{root}views/", SaveViewPage.as_view(pages=cls), name="alert_views"),
            path(f"{root}bulk/", BulkPage.as_view(pages=cls), name="alert_bulk"),
            path(f"{root}settings/", AlertSettingsView.as_view(), name="alert_settings"),
            path(f"{root}<int:pk>/", cls.detail_page.as_view(pages=cls), name="alert_detail"),
            path(f"{root}<int:pk>/plan/", AlertPlanView.as_view(), name="alert_plan"),
            path(f"{root}<int:pk>/history/", HistoryPage.as_view(pages=cls), name="alert_history"),
            path(f"{root}<int:pk>/do/<slug:step>/", StepPage.as_view(pages=cls), name="alert_step"),
        ]


class AlertPlanView(ProjectView):
    """Say what is done about an alert."""

    permission = "alerts.change"
    room = "alerts"

    def post(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        alert = get_object_or_404(visible_alerts(self.entry), pk=pk)
        form = AlertPlanForm(request.POST, entry=self.entry, alert=alert)
        if form.is_valid():
            try:
                services.alert_plan(alert=alert, entry=self.entry, **form.cleaned_data)
            except DomainError as error:
                show_errors(form, error)
            else:
                messages.success(request, "The action is planned.")
                return HttpResponseRedirect(AlertPages.url("detail", self.project, pk=alert.pk))
        return self.page(
            "budget/alert_plan.html", {"form": form, "item": alert, "title": title_of(alert)}, status=422
        )


class AlertSettingsView(SettingsPage):
    """From where on a project's figures are alerts."""

    permission = change = "alerts.change"
    room = "alerts"
    form = AlertSettingsForm
    template = "budget/alert_settings.html"
    saved = "The lines are saved. Alerts follow in a moment."
    done = "alert_list"

    def save(self, row: AlertSettings, expected_version: int | None) -> None:
        row_save(row=row, actor=self.entry.user, expected_version=expected_version)
