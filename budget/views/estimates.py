"""Pages of what the open tasks still take."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase

from budget.forms import control as forms
from budget.models import Estimate
from budget.selectors.amounts import hours
from budget.selectors.etc import EstimateRow, control_of, estimates_of
from budget.services import control as services
from budget.views.money import asked_of, sheets_response, tabs_of
from implement.core.errors import DomainError
from implement.core.forms import show_errors
from implement.core.money import format_money, format_number
from implement.core.tabular import SheetOut
from projects.kit.once import new_nonce, once
from projects.kit.pages import ProjectView

LATEST = 40


class EstimatesView(ProjectView):
    """What the open tasks still take: as people said it, else by the rule; and saying it."""

    permission = "budget.view"
    room = "budget"

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        initial = {name: request.GET[name] for name in ("task", "person") if name in request.GET}
        return self.answer(self.form(initial=initial))

    def form(self, data: Any = None, initial: Any = None) -> forms.EstimateForm:
        blank = Estimate(project=self.project)
        return forms.EstimateForm(data, instance=blank, entry=self.entry, initial=initial)

    def post(self, request: HttpRequest, project: str) -> HttpResponse:
        self.entry.require("budget.estimate")
        form = self.form(request.POST)
        if not form.is_valid():
            return self.answer(form, status=422)

        def save() -> str:
            estimate = services.estimate_add(estimate=form.save(commit=False), access=self.entry)
            messages.success(request, f"What remains of “{estimate.task}” is noted.")
            return request.path

        try:
            url, _ = once(
                user=self.entry.user, form="estimate", nonce=request.POST.get("nonce", ""), act=save
            )
        except DomainError as error:
            show_errors(form, error)
            return self.answer(form, status=422 if error.status == 400 else error.status)
        return HttpResponseRedirect(url)

    def answer(self, form: forms.EstimateForm, *, status: int = 200) -> HttpResponse:
        asked = asked_of(self.request, self.entry)
        with_cost = self.entry.can("cost.view")
        rows = estimates_of(project=self.project, as_of=asked.as_of, with_cost=with_cost)
        latest = Estimate.objects.filter(project=self.project, estimated_on__lte=asked.as_of)
        return self.page(
            "budget/estimates.html",
            {
                "form": form,
                "nonce": self.request.POST.get("nonce") or new_nonce(),
                "tabs": tabs_of(self.entry, "estimates"),
                "asked": asked,
                "with_cost": with_cost,
                "rows": [estimate_line(row, self.project.currency) for row in rows],
                "stale": sum(row.is_stale for row in rows),
                "stale_weeks": control_of(project=self.project).stale_weeks,
                "latest": latest.select_related("task", "person", "made_by")[:LATEST],
                "may_estimate": self.entry.can("budget.estimate"),
            },
            status=status,
        )


def estimate_line(row: EstimateRow, unit: str) -> dict[str, Any]:
    """Return an estimate as its table shows it."""
    words = {"rule": "Rule", "typed": "Estimated", "mixed": "Partly estimated"}
    return {
        "row": row,
        "basis": words[row.row.etc_basis if row.row.etc_basis != "rule" or not row.latest else "typed"],
        "remaining": format_number(row.row.remaining),
        "etc": format_number(row.row.etc),
        "eac": format_number(row.row.eac),
        "cost": format_money(row.cost.etc if row.cost else None, unit).removesuffix(f" {unit}"),
        "who": ", ".join(dict.fromkeys(str(one.person or one.made_by or "") for one in row.latest if one)),
    }


class EstimatesExportView(ProjectView):
    """Estimates of what remains, and every one that was ever made, as CSV or XLSX."""

    permission = "budget.export"
    room = "budget"

    def get(self, request: HttpRequest, project: str, format: str) -> HttpResponseBase:
        asked = asked_of(request, self.entry)
        with_cost = self.entry.can("cost.view")
        unit = self.project.currency
        rows = estimates_of(project=self.project, as_of=asked.as_of, with_cost=with_cost)
        money = [f"Cost to complete ({unit})"] if with_cost else []
        now = SheetOut(
            name="What remains",
            headers=("Task", "Basis", "Remaining hours", "Hours to complete", *money, "Estimated on"),
            rows=[
                (
                    row.row.label,
                    row.row.etc_basis,
                    row.row.remaining,
                    row.row.etc,
                    *([row.cost.etc if row.cost else None] if with_cost else []),
                    row.estimated_on,
                )
                for row in rows
            ],
        )
        said = Estimate.objects.filter(project=self.project).select_related("task", "person", "made_by")
        ever = SheetOut(
            name="Every estimate",
            headers=(
                "Estimated on", "Task", "Person", "Hours",
                *([f"Cost ({unit})"] if with_cost else []), "Note", "By",
            ),
            rows=[
                (
                    one.estimated_on,
                    str(one.task),
                    str(one.person or ""),
                    None if one.seconds is None else hours(one.seconds),
                    *([one.cost] if with_cost else []),
                    one.note,
                    str(one.made_by or ""),
                )
                for one in said
            ],
        )  # fmt: skip
        return sheets_response(
            [now, ever], format=format, name=f"{self.project.code}-estimates-{asked.as_of.isoformat()}"
        )
