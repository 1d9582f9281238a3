"""Pages of the reserves and of the lines of cost control."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse

from budget.choices import ReleaseState
from budget.forms import control as forms
from budget.models import CostControl, ReserveRelease
from budget.panels.control import present_reserves, reserves_data
from budget.presenting import amount_text
from budget.selectors.etc import control_of
from budget.selectors.reserves import reserves_of
from budget.services import control as services
from budget.views.money import asked_of, sheets_response, tabs_of
from budget.views.settings import SettingsPage
from implement.core.errors import DomainError
from implement.core.forms import show_errors
from implement.core.money import format_money
from implement.core.tabular import SheetOut
from projects.kit.once import new_nonce, once
from projects.kit.pages import ProjectView
from projects.planning import today_of, zone_of


class ReservesView(ProjectView):
    """Both reserves: set aside, released and left, with every release."""

    permission = "cost.view"
    room = "budget"

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        asked = asked_of(request, self.entry)
        data = reserves_data(self.project, asked.as_of)
        reserves = reserves_of(project=self.project, as_of=asked.as_of)
        return self.page(
            "budget/reserves.html",
            {
                "tabs": tabs_of(self.entry, "reserves"),
                "asked": asked,
                "shown": present_reserves(data) if data else None,
                "releases": [
                    {"item": row, "amount": format_money(row.amount, self.project.currency)}
                    for row in reversed(reserves.releases)
                ],
                "waiting": ReleaseState.REQUESTED,
            },
        )


class ReservesExportView(ProjectView):
    """The releases as CSV or XLSX."""

    permission = "cost.view"
    room = "budget"

    def get(self, request: HttpRequest, project: str, format: str) -> HttpResponseBase:
        self.entry.require("budget.export")
        asked = asked_of(request, self.entry)
        reserves, zone = reserves_of(project=self.project, as_of=asked.as_of), zone_of(self.project)
        releases = SheetOut(
            name="Releases",
            headers=(
                "Key", "Reserve", f"Amount ({self.project.currency})", "Task", "Category", "Reason", "State",
                "Asked by", "Decided by", "Decided", "Note",
            ),
            rows=[
                (
                    row.key,
                    str(row.get_reserve_display()),
                    row.amount,
                    str(row.task or "Whole project"),
                    str(row.get_category_display()),
                    row.reason,
                    str(row.get_status_display()),
                    str(row.requested_by or ""),
                    str(row.decided_by or ""),
                    row.decided_at.astimezone(zone).date() if row.decided_at else None,
                    row.decision_note,
                )
                for row in reserves.releases
            ],
        )  # fmt: skip
        burn = SheetOut(
            name="What was left",
            headers=("Day", "Contingency", "Management reserve"),
            rows=[(step.day, step.contingency, step.management) for step in reserves.burn],
        )
        return sheets_response(
            [releases, burn], format=format, name=f"{self.project.code}-reserves-{asked.as_of.isoformat()}"
        )


class ReleaseAddView(ProjectView):
    """Ask for money out of a reserve."""

    permission = "budget.change"
    room = "budget"

    def form(self, data: Any = None) -> forms.ReleaseForm:
        return forms.ReleaseForm(data, instance=ReserveRelease(project=self.project), entry=self.entry)

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        return self.answer(self.form())

    def post(self, request: HttpRequest, project: str) -> HttpResponse:
        form = self.form(request.POST)
        if not form.is_valid():
            return self.answer(form, status=422)

        def save() -> str:
            release = services.release_request(release=form.save(commit=False), access=self.entry)
            said = (
                "is released" if release.status == ReleaseState.RELEASED else "waits for somebody else's yes"
            )
            messages.success(request, f"{release.key} {said}.")
            return reverse("reserves", args=[self.project.code])

        try:
            url, _ = once(user=self.entry.user, form="release", nonce=request.POST.get("nonce", ""), act=save)
        except DomainError as error:
            show_errors(form, error)
            return self.answer(form, status=422)
        return HttpResponseRedirect(url)

    def answer(self, form: Any, *, status: int = 200) -> HttpResponse:
        control = control_of(project=self.project)
        reserves = reserves_of(project=self.project, as_of=today_of(self.project))
        unit = self.project.currency
        return self.page(
            "budget/release.html",
            {
                "form": form,
                "nonce": self.request.POST.get("nonce") or new_nonce(),
                "limit": amount_text(control.release_limit, unit) if control.release_limit else "",
                "contingency": amount_text(reserves.contingency.left, unit),
                "management": amount_text(reserves.management.left, unit),
            },
            status=status,
        )


class ReleaseDecideView(ProjectView):
    """Release what was asked for, or decline it."""

    permission = "reserves.approve"
    room = "budget"

    def post(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        release = get_object_or_404(
            self.entry.visible(ReserveRelease.objects.select_related("project", "task")), pk=pk
        )
        is_approved = request.POST.get("verdict") == "release"
        services.release_decide(
            release=release,
            is_approved=is_approved,
            access=self.entry,
            note=request.POST.get("note", "").replace("\x00", "")[:255],
        )
        messages.success(request, f"{release.key} is {'released' if is_approved else 'declined'}.")
        return HttpResponseRedirect(reverse("reserves", args=[self.project.code]))


class CostControlView(SettingsPage):
    """The management reserve and the lines of cost control."""

    permission, change = "cost.view", "budget.change"
    room = "budget"
    form = forms.CostControlForm
    template = "budget/cost_control.html"
    saved = "Cost control is saved."
    done = "reserves"

    def save(self, row: CostControl, expected_version: int | None) -> None:
        services.control_save(control=row, actor=self.entry.user, expected_version=expected_version)

    def context(self) -> dict[str, Any]:
        return {"tabs": tabs_of(self.entry, "reserves")}
