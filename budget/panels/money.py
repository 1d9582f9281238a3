"""What of the budget is used and what is left, in all, by task, by person and by week."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import gettext_noop as noop

from budget.choices import Measure
from budget.panels.shared import EVERYWHERE, ONLY_TEAM, Data
from budget.presenting import (
    FIGURE_COLUMNS,
    budget_tiles,
    cell,
    figure_data,
    largest,
    number_of,
    percent_text,
    shown,
    text_of,
)
from budget.selectors import BudgetFigures, budget_figures
from budget.selectors.burn import burn_by_week
from budget.selectors.figures import figures_known
from implement.core import charts
from implement.core.tabular import SheetOut
from projects.kit.panels import Panel
from projects.models import Project

TOP_LEVEL = 1


MOST_OVER = 8


COLUMN_WORDS = {
    "original": noop("Original"),
    "changes": noop("Approved changes"),
    "released": noop("Released from reserves"),
    "current": noop("Current"),
    "pending": noop("Pending changes"),
    "actual": noop("Actual"),
    "unapproved": noop("Not approved"),
    "committed": noop("Committed"),
    "remaining": noop("Remaining"),
    "etc": "ETC",
    "eac": "EAC",
    "variance": noop("Variance"),
    "consumed": noop("Used %"),
    "physical": noop("Done %"),
}


def cost_tiles(project: Project, as_of: date) -> Data:
    """Return the budget's total in money, or in hours where no money is planned."""
    return _tiles(figures_known(project=project, as_of=as_of))


def hour_tiles(project: Project, as_of: date) -> Data:
    """Return the budget's total in hours."""
    return _tiles(budget_figures(project=project, as_of=as_of, measure=Measure.HOURS))


def _tiles(figures: BudgetFigures) -> Data:
    return {
        "unit": figures.unit,
        "tiles": budget_tiles(figures.total, figures.unit, figures.as_of),
        "notes": list(figures.notes),
    }


def by_task(project: Project, as_of: date) -> Data | None:
    """Return the top level of the plan, and the tasks below that are or will be over their budget."""
    figures = figures_known(project=project, as_of=as_of)
    top = [row for row in figures.by_task if row.level == TOP_LEVEL and (row.current or row.actual)]
    over = [row for row in figures.by_task if row.level > TOP_LEVEL and not row.is_rollup and row.is_over]
    over.sort(key=lambda row: (row.variance is None, row.variance))
    if not top:
        return None
    return {
        "unit": figures.unit,
        "rows": figure_data(top),
        "total": figure_data([figures.total])[0],
        "over": figure_data(over[:MOST_OVER]),
        "over_count": len(over),
    }


def by_person(project: Project, as_of: date) -> Data | None:
    """Return budget against actual by person; for the workbook also by role, category and month."""
    figures = figures_known(project=project, as_of=as_of)
    if not figures.by_person:
        return None
    return {
        "unit": figures.unit,
        "rows": figure_data(figures.by_person),
        "total": figure_data([figures.total])[0],
        "over": [],
        "over_count": 0,
        "views": [
            ["role", figure_data(figures.by_role)],
            ["category", figure_data(figures.by_category)],
            ["month", figure_data(figures.by_month)],
        ],
    }


def burn(project: Project, as_of: date) -> Data | None:
    """Return planned and worked hours per week."""
    weeks = burn_by_week(project=project, as_of=as_of)
    if not weeks:
        return None
    return {
        "as_of": as_of.isoformat(),
        "weeks": [[week.monday.isoformat(), text_of(week.planned), text_of(week.actual)] for week in weeks],
    }


def present_rows(data: Data) -> Data:
    """Return the largest rows with their amounts in words, and their bars; the sum is of all."""
    unit = data["unit"]
    kept, more = largest(data["rows"], "current", "actual")
    told = [*data["rows"], data["total"]]
    optional = [name for name in ("changes", "pending") if any(number_of(row.get(name)) for row in told)]

    def words(row: Data) -> Data:
        amounts = {
            name: cell(number_of(row[name]), unit)
            for name in ("current", "actual", "unapproved", "remaining", "eac", "variance")
        }
        # A report that was frozen before a column was there has none.
        amounts |= {name: cell(number_of(row.get(name)), unit) for name in optional}
        variance = number_of(row["variance"])
        return {
            "name": row["name"],
            "is_over": variance is not None and variance < 0,
            **amounts,
            "consumed": percent_text(number_of(row["consumed"])),
            "physical": percent_text(number_of(row["physical"])),
        }

    bars = [
        charts.BudgetRow(
            label=row["name"],
            budget=number_of(row["current"]),
            actual=number_of(row["actual"]),
            forecast=number_of(row["eac"]),
        )
        for row in kept
    ]
    return shown(
        data,
        lines=[words(row) for row in kept],
        more=more,
        with_changes="changes" in optional,
        with_pending="pending" in optional,
        sum=words(data["total"]),
        over_lines=[words(row) for row in data["over"]],
        chart=charts.budget_bars(title=_("Budget and actual"), rows=bars, unit=unit),
    )


def present_burn(data: Data) -> Data:
    """Return the drawn weeks."""
    weeks = [
        charts.WeekBurn(start=date.fromisoformat(day), planned=number_of(planned), actual=number_of(actual))
        for day, planned, actual in data["weeks"]
    ]
    as_of = date.fromisoformat(data["as_of"])
    return shown(data, chart=charts.burn_columns(title=_("Hours per week"), weeks=weeks, as_of=as_of))


def _numbers(row: Data, names: Iterable[str]) -> tuple[Any, ...]:
    # A report that was frozen before a column was there has none.
    return tuple(number_of(row.get(name)) for name in names)


VIEW_WORDS = {"role": noop("By role"), "category": noop("By category"), "month": noop("By month")}


def row_sheets(data: Data) -> list[SheetOut]:
    """Return budget rows with all their columns as exact numbers."""
    names = (*FIGURE_COLUMNS, "consumed", "physical")
    heads = (_("In {unit}").format(unit=data["unit"]), *(_(COLUMN_WORDS[name]) for name in names))

    def sheet(name: str, rows: list[Data]) -> SheetOut:
        return SheetOut(name=name, headers=heads, rows=[(row["name"], *_numbers(row, names)) for row in rows])

    sheets = [sheet(_("All"), [*data["rows"], data["total"]])]
    if data["over"]:
        sheets.append(sheet(_("Over budget"), data["over"]))
    # A report that was frozen before there were views has none.
    return [
        *sheets,
        *(sheet(_(VIEW_WORDS[key]), [*rows, data["total"]]) for key, rows in data.get("views", [])),
    ]


def burn_sheets(data: Data) -> list[SheetOut]:
    """Return planned and worked hours per week."""
    rows = [
        (date.fromisoformat(day), number_of(planned), number_of(actual))
        for day, planned, actual in data["weeks"]
    ]
    return [
        SheetOut(name=_("Weeks"), headers=(_("Week from"), _("Planned hours"), _("Worked hours")), rows=rows)
    ]


MONEY_PANELS = (
    Panel(
        key="budget_tiles",
        title=lazy("Budget"),
        template="panels/tiles.html",
        audiences=ONLY_TEAM,
        places=EVERYWHERE,
        order=20,
        permission="cost.view",
        data=cost_tiles,
        present=shown,
        is_wide=True,
    ),
    Panel(
        key="budget_tiles_hours",
        title=lazy("Hours"),
        template="panels/tiles.html",
        audiences=ONLY_TEAM,
        places=frozenset({"home"}),
        order=20,
        permission="budget.view",
        unless="cost.view",
        data=hour_tiles,
        present=shown,
        is_wide=True,
    ),
    Panel(
        key="burn",
        title=lazy("Hours per week"),
        template="panels/chart.html",
        audiences=ONLY_TEAM,
        places=EVERYWHERE,
        order=50,
        permission="budget.view",
        data=burn,
        present=present_burn,
        sheets=burn_sheets,
        is_wide=True,
    ),
    Panel(
        key="budget_by_task",
        title=lazy("Budget by task"),
        template="panels/budget_rows.html",
        audiences=ONLY_TEAM,
        places=frozenset({"budget"}),
        order=70,
        permission="cost.view",
        data=by_task,
        present=present_rows,
        sheets=row_sheets,
        is_wide=True,
    ),
    Panel(
        key="budget_by_person",
        title=lazy("Budget by person"),
        template="panels/budget_rows.html",
        audiences=ONLY_TEAM,
        places=frozenset({"budget"}),
        order=80,
        permission="cost.view",
        data=by_person,
        present=present_rows,
        sheets=row_sheets,
        is_wide=True,
    ),
)
