"""Baselines: the list, taking one, and two plans side by side."""

from __future__ import annotations

import io
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.db.models import Count, Sum
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse

from budget.forms import money as forms
from budget.selectors.amounts import hours, total
from budget.selectors.compared import TODAY, ComparedRow, Comparison, PlanState, compare_asked
from budget.services import baselines as baseline_services
from budget.views.money import tabs_of
from implement.core.errors import DomainError
from implement.core.money import day_text, format_money, format_number
from implement.core.tabular import Value, iter_csv, write_xlsx
from projects.kit.exports import CONTENT_TYPES
from projects.kit.pages import ProjectView
from projects.models import Baseline
from projects.planning import zone_of

WORDS = {
    "added": ("New", "moving"),
    "removed": ("Removed", "watch"),
    "changed": ("Changed", "watch"),
    "same": ("Same", "quiet"),
}


class BaselineListView(ProjectView):
    """The baselines, newest first; taking the next one."""

    permission = "budget.view"
    room = "budget"

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        return self.answer(forms.BaselineForm())

    def post(self, request: HttpRequest, project: str) -> HttpResponse:
        self.entry.require("plan.change")
        form = forms.BaselineForm(request.POST)
        if not form.is_valid():
            return self.answer(form, status=422)
        try:
            baseline = baseline_services.baseline_with_budget(
                project=self.project, name=form.cleaned_data["name"], actor=self.entry.user
            )
        except DomainError as error:
            form.add_error("name", error.message)
            return self.answer(form, status=422)
        messages.success(request, f"{baseline} taken.")
        return HttpResponseRedirect(reverse("baseline_detail", args=[self.project.code, baseline.pk]))

    def answer(self, form: forms.BaselineForm, *, status: int = 200) -> HttpResponse:
        rows = (
            self.entry.visible(Baseline.objects.select_related("taken_by"))
            .annotate(
                tasks_count=Count("tasks"), seconds=Sum("tasks__planned_seconds"), cost=Sum("tasks__cost")
            )
            .order_by("-number")
        )
        for row in rows:
            row.whole_seconds = (row.seconds or 0) + row.untasked_seconds
            row.whole_cost = total((row.cost, row.untasked_cost))
        return self.page(
            "budget/baselines.html",
            {"form": form, "baselines": rows, "tabs": tabs_of(self.entry, "baselines")},
            status=status,
        )


def moved(days: int | None) -> str:
    """Return by how many working days a finish moved, in words."""
    if days is None:
        return "n/a"
    words = f"{abs(days)} working day{'' if abs(days) == 1 else 's'}"
    return f"{words} later" if days > 0 else f"{words} earlier" if days else "On the same day"


def more(amount: Decimal | None, unit: str) -> str:
    """Return a difference in words."""
    if amount is None:
        return "n/a"
    words = f"{format_number(abs(amount))} {unit}"
    return f"{words} more" if amount > 0 else f"{words} less" if amount else "No difference"


class ComparedView(ProjectView):
    """A baseline beside another one, or beside today; the address says which: `?with=2`, `?with=today`."""

    permission = "budget.view"
    room = "budget"

    def comparison(self) -> Comparison:
        """Return what the address asks for. Raises Http404 for a baseline that is none of the project's."""
        rows = self.entry.visible(Baseline.objects.select_related("taken_by"))
        before = get_object_or_404(rows, pk=self.kwargs["pk"])
        return compare_asked(project=self.project, before=before, said=self.request.GET.get("with", TODAY))

    @property
    def only_changed(self) -> bool:
        """Return whether the address asks for changes only."""
        return self.request.GET.get("show") == "changed"


class BaselineDetailView(ComparedView):
    """What differs between a baseline and another one, or today's plan and budget."""

    def get(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        found = self.comparison()
        with_cost = self.entry.can("cost.view")
        shown = found.shown(only_changed=self.only_changed, with_cost=with_cost)
        others = self.entry.visible(Baseline.objects.exclude(pk=found.before.pk)).order_by("-number")
        return self.page(
            "budget/baseline.html",
            {
                "found": found,
                "rows": [(row, *self.words(row, with_cost)) for row in shown],
                "others": others,
                "tiles": self.tiles(found, with_cost),
                "only_changed": self.only_changed,
                "query": request.GET.urlencode(),
                "tabs": tabs_of(self.entry, "baselines"),
            },
        )

    def tiles(self, found: Comparison, with_cost: bool) -> list[tuple[str, str, str, str]]:
        """Return (label, value, explanation, note) of what differs in all."""
        whole = found.total
        before, after = whole.before, whole.after
        assert before is not None
        assert after is not None
        finish = after.finish.astimezone(zone_of(self.project)).date() if after.finish else None
        tiles = [
            (
                "Finish",
                day_text(finish),
                "The last finish of the second plan, and by how many working days it differs from the first.",
                moved(whole.finish_days),
            ),
            (
                "Hours",
                format_number(hours(after.seconds)),
                "All planned hours of the second plan, and the difference to the first.",
                more(hours(whole.seconds), "h"),
            ),
        ]
        if with_cost:
            currency = self.project.currency
            tiles.append(
                (
                    "Cost",
                    format_money(after.cost, currency, digits=0),
                    "All planned cost of the second plan that is known, and the difference to the first.",
                    more(whole.cost, currency),
                )
            )
        tiles.append(
            (
                "Tasks",
                f"{found.added} new, {found.removed} removed",
                "Tasks that only the second plan has, and those that only the first one has.",
                "",
            )
        )
        return tiles

    def words(self, row: ComparedRow, with_cost: bool) -> tuple[str, str]:
        """Return what happened to a task, for who does or does not see cost."""
        return WORDS[row.kind if row.differs(with_cost=with_cost) else "same"]


class BaselineExportView(ComparedView):
    """The comparison as CSV or XLSX."""

    permission = "budget.export"

    def get(self, request: HttpRequest, project: str, pk: int, format: str) -> HttpResponseBase:
        if format not in CONTENT_TYPES:
            raise Http404
        found = self.comparison()
        with_cost = self.entry.can("cost.view")
        names = ["Start", "Finish", "Hours", *([f"Cost ({self.project.currency})"] if with_cost else [])]
        headers = [
            "Task",
            "What",
            *(f"{name} before" for name in names),
            *(f"{name} after" for name in names),
            "Start moved (working days)",
            "Finish moved (working days)",
            "Duration more (hours)",
            "Hours more",
            *(["Cost more"] if with_cost else []),
        ]
        lines = self.lines(found, with_cost)
        file = io.BytesIO()
        if format == "csv":
            file.write(b"".join(iter_csv(headers=headers, rows=lines)))
        else:
            write_xlsx(file, headers=headers, rows=lines, sheet_name="Comparison")
        file.seek(0)
        after = f"baseline-{found.after.number}" if found.after else TODAY
        name = f"{self.project.code}-baseline-{found.before.number}-and-{after}.{format}"
        return FileResponse(file, as_attachment=True, filename=name, content_type=CONTENT_TYPES[format])

    def lines(self, found: Comparison, with_cost: bool) -> Iterator[list[Value]]:
        """Yield a line for each task, then the project's."""
        for row in [*found.shown(only_changed=self.only_changed, with_cost=with_cost), found.total]:
            kind = row.kind if row.differs(with_cost=with_cost) else "same"
            yield [
                str(row.task) if row.task else "Project",
                WORDS[kind][0],
                *self.state(row.before, with_cost),
                *self.state(row.after, with_cost),
                row.start_days,
                row.finish_days,
                None if row.duration_hours is None else round(row.duration_hours, 4),
                round(hours(row.seconds), 4),
                *([row.cost] if with_cost else []),
            ]

    def state(self, state: PlanState | None, with_cost: bool) -> list[Any]:
        """Return dates (the project's clock), hours and cost of one side."""
        if state is None:
            return [None] * (4 if with_cost else 3)
        zone = zone_of(self.project)
        dates = [
            moment.astimezone(zone).replace(tzinfo=None) if moment else None
            for moment in (state.start, state.finish)
        ]
        return [*dates, round(hours(state.seconds), 4), *([state.cost] if with_cost else [])]
