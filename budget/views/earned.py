"""Earned value: tiles that explain themselves, the curve with its cone, by task and by person to the same cent."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse

from budget.evm import figure_names
from budget.presenting import (
    HEALTH_WORDS,
    amount_text,
    cell,
    curve_chart,
    curve_data,
    earned_tiles,
    index_tone,
    percent_text,
    sign_tone,
    time_tiles,
)
from budget.presenting.outlook import (
    WHY_SPI_RETURNS,
    assumption_rows,
    assumption_words,
    forecast_data,
    forecast_lines,
    forecast_tiles,
    tcpi_explanation,
    tcpi_words,
    trend_chart,
    trend_data,
)
from budget.selectors import EarnedFigures, EarnedRow, earned_value, ledger, s_curve
from budget.selectors.amounts import ratio
from budget.selectors.earned import settings_of
from budget.selectors.forecast import forecast
from budget.selectors.trend import index_trend
from budget.views.money import MOST_TREE_ROWS, Asked, asked_of, tabs_of
from implement.core.money import format_number
from implement.core.tabular import SheetOut, write_workbook
from projects.choices import ProgressRule
from projects.kit.pages import ProjectView
from projects.progress import rule_in

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class EarnedValueView(ProjectView):
    """Earned value at a day, where it may end, and how it came there."""

    permission = "budget.view"
    room = "budget"

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        asked = asked_of(request, self.entry)
        question: dict[str, Any] = {"project": self.project, "as_of": asked.as_of, "measure": asked.measure}
        figures = earned_value(**question)
        curve = s_curve(**question)
        ahead = forecast(**question)
        outlook = forecast_data(ahead)
        points = index_trend(**question)
        verdict = HEALTH_WORDS[figures.health] if figures.health else ("n/a", "quiet")
        shown = figures.by_task
        for level in sorted({row.level for row in figures.by_task}, reverse=True):
            shown = tuple(row for row in figures.by_task if row.level <= level)
            if len(shown) <= MOST_TREE_ROWS:
                break
        trend = trend_data(points, as_of=asked.as_of, settings=settings_of(self.project))
        return self.page(
            "budget/earned.html",
            {
                "tabs": tabs_of(self.entry, "earned"),
                "asked": asked,
                "figures": figures,
                "verdict": verdict,
                "tiles": earned_tiles(figures),
                "times": time_tiles(figures),
                "outlook": outlook,
                "outlook_tiles": forecast_tiles(outlook),
                "outlook_lines": forecast_lines(outlook),
                "outlook_words": assumption_words(outlook),
                "assumptions": assumption_rows(figures),
                "tcpi": tcpi_words(figures),
                "tcpi_how": tcpi_explanation(figures),
                "chart": curve_chart(curve_data(curve, ahead)) if curve.points else None,
                "trend": trend_chart(trend) if points else None,
                "why": WHY_SPI_RETURNS,
                "by_task": [self.line(row, figures, asked) for row in shown],
                "is_folded": len(shown) < len(figures.by_task),
                "by_person": [self.line(row, figures, asked) for row in figures.by_person],
                "untasked": untasked_words(figures),
                "sum": self.sum(figures),
                "export": f"{reverse('earned_export', args=[self.project.code])}?{_query(asked)}",
            },
        )

    def line(self, row: EarnedRow, figures: EarnedFigures, asked: Asked) -> dict[str, Any]:
        """Return a row as its table shows it, with the way to the entries behind its cost."""
        value = row.value
        shown = _cells(row, value, figures) | {"physical": percent_text(row.physical), "row": row}
        table = figures.table
        task = table.tasks.get(row.task_id) if table and row.task_id and not row.is_rollup else None
        if task is not None and row.key.startswith("task-"):
            shown["rule"] = ProgressRule(rule_in(task, self.project)).label
        if row.ac and self.entry.can("time.view_all"):
            where = reverse("budget_entries", args=[self.project.code])
            shown["ac_url"] = f"{where}?{_query(asked, of=row.key, state=ledger.ACTUAL)}"
        return shown

    def sum(self, figures: EarnedFigures) -> dict[str, Any]:
        """Return the project's row."""
        value = figures.value
        done = value.ev / value.bac if value.bac and value.ev is not None else None
        return _cells(value, value, figures) | {"physical": percent_text(done)}


def untasked_words(figures: EarnedFigures) -> str:
    """Return how much of the budget has no task and how it earns, and what stands beside BAC."""
    value, said = figures.value, []
    if figures.untasked:
        amount = amount_text(figures.untasked, figures.unit)
        share = percent_text(ratio(figures.untasked, value.bac))
        said.append(
            f"{amount} of BAC ({share}) has no task: labour earns as the baseline's time passes, what is bought earns "
            "what is approved of it, up to its budget; neither shows a delay."
        )
    if figures.contingency:
        said.append(
            f"Contingency of {amount_text(figures.contingency, figures.unit)} stands beside BAC: it is planned and "
            "earned once it is released to work and a baseline is taken."
        )
    return " ".join(said) or "All of BAC has a task."


def _query(asked: Asked, **more: str) -> str:
    return urlencode({**more, "as_of": asked.as_of.isoformat(), "measure": asked.measure})


def _cells(amounts: Any, value: Any, figures: EarnedFigures) -> dict[str, Any]:
    unit = figures.unit
    return {
        "amounts": [cell(getattr(amounts, name), unit) for name in ("bac", "pv", "ev", "ac")],
        "variances": [
            {"text": cell(amount, unit), "tone": sign_tone(amount)} for amount in (value.cv, value.sv)
        ],
        "indices": [
            {"text": format_number(index), "tone": index_tone(index, limits)}
            for index, limits in ((value.cpi, figures.limits), (value.spi, figures.schedule_limits))
        ],
    }


class EarnedExportView(ProjectView):
    """Everything on the earned value page as one workbook, in exact numbers."""

    permission = "budget.export"
    room = "budget"

    def get(self, request: HttpRequest, project: str) -> HttpResponseBase:
        asked = asked_of(request, self.entry)
        question: dict[str, Any] = {"project": self.project, "as_of": asked.as_of, "measure": asked.measure}
        figures = earned_value(**question)
        file = io.BytesIO()
        write_workbook(file, self.sheets(figures, question))
        file.seek(0)
        name = f"{self.project.code}-earned-value-{asked.as_of.isoformat()}.xlsx"
        return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX)

    def sheets(self, figures: EarnedFigures, question: dict[str, Any]) -> list[SheetOut]:
        """Return a sheet each for the figures, both tables, the curve, the indices and the forecast."""
        unit = figures.unit
        heads = ("BAC", "PV", "EV", "AC", "CV", "SV", "CPI", "SPI", "Done")
        explained = [figures.value.explain(name) for name in figure_names()]
        curve, points, ahead = s_curve(**question), index_trend(**question), forecast(**question)

        def rows(found: Iterable[EarnedRow]) -> list[tuple[Any, ...]]:
            return [
                (
                    row.label, row.level, "yes" if row.is_rollup else "", row.bac, row.pv, row.ev, row.ac,
                    row.value.cv, row.value.sv, row.value.cpi, row.value.spi, row.physical,
                )
                for row in found
            ]  # fmt: skip

        return [
            SheetOut(
                name="Figures",
                headers=("Figure", "Words", "Formula", f"Value ({unit} or index)", "Note"),
                rows=[(said.name, said.label, said.formula, said.value, said.note) for said in explained],
            ),
            SheetOut(
                name="By task",
                headers=("Task", "Level", "Repeats rows below", *heads),
                rows=rows(figures.by_task),
            ),
            SheetOut(
                name="By person",
                headers=("Person", "Level", "Repeats rows below", *heads),
                rows=rows(figures.by_person),
            ),
            SheetOut(
                name="Curve",
                headers=("Day", *(f"{name} ({unit})" for name in ("PV", "EV", "AC"))),
                rows=[(point.day, point.pv, point.ev, point.ac) for point in curve.points],
            ),
            SheetOut(
                name="Indices",
                headers=("Day", "CPI", "SPI", "SPI(t)", "SV(t) in weeks"),
                rows=[(point.day, point.cpi, point.spi, point.spi_t, point.sv_t) for point in points],
            ),
            SheetOut(
                name="Forecast",
                headers=("Runs that stay below in %", f"Final cost ({unit})", "Finish"),
                rows=[(level.percent, level.cost, level.finishes_on) for level in ahead.levels],
            ),
        ]
