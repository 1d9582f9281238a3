"""How healthy a project is, its earned value, and where it may end: in money, or in hours for who sees no cost."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from budget.choices import Measure
from budget.panels.shared import EVERYWHERE, ONLY_TEAM, REPORTS, Data
from budget.presenting import (
    HEALTH_WORDS,
    curve_chart,
    curve_data,
    earned_tiles,
    number_of,
    shown,
    time_tiles,
)
from budget.presenting.outlook import (
    WHY_SPI_RETURNS,
    assumption_rows,
    assumption_words,
    forecast_data,
    forecast_lines,
    forecast_tiles,
    trend_chart,
    trend_data,
)
from budget.selectors import EarnedFigures, earned_value, s_curve
from budget.selectors.earned import settings_of
from budget.selectors.forecast import forecast
from budget.selectors.health import measure_for, project_health
from budget.selectors.trend import index_trend
from implement.core.money import not_available
from implement.core.tabular import SheetOut
from projects.kit import panels
from projects.kit.panels import Panel
from projects.models import Project


def health_panel(project: Project, as_of: date) -> Data:
    """Return the verdict per dimension; `health` is what a report's cover says, None for n/a."""
    found = project_health(project=project, as_of=as_of)
    health = None
    if found.overall:
        label, tone = HEALTH_WORDS[found.overall]
        worst = next(item for item in found.dimensions if item.state == found.overall)
        health = {"label": _(label), "tone": tone, "reason": f"{worst.label}: {worst.reason}."}
    return {
        "health": health,
        "rows": [
            {
                "name": item.label,
                "state": item.state,
                "words": _(HEALTH_WORDS[item.state][0]) if item.state else not_available(),
                "tone": HEALTH_WORDS[item.state][1] if item.state else "quiet",
                "reason": item.reason,
            }
            for item in found.dimensions
        ],
    }


def health_figures(data: Data) -> panels.Figures:
    """Return the verdict over all and per dimension, to be compared with the period before."""
    overall = data["health"]["label"] if data["health"] else not_available()
    said = _("Health: {dimension}")
    return [
        (_("Health"), overall),
        *((said.format(dimension=row["name"]), row["words"]) for row in data["rows"]),
    ]


def health_sheets(data: Data) -> list[SheetOut]:
    """Return the verdict per dimension as a table."""
    rows = [(row["name"], row["words"], row["reason"]) for row in data["rows"]]
    return [SheetOut(name=_("Health"), headers=(_("Dimension"), _("State"), _("Why")), rows=rows)]


def _earned(project: Project, as_of: date, measure: str) -> Data:
    figures = earned_value(project=project, as_of=as_of, measure=measure)
    return _earned_data(figures, earned_tiles(figures, brief=True))


def _earned_data(figures: EarnedFigures, tiles: list[Data]) -> Data:
    return {
        "unit": figures.unit,
        "reason": figures.reason,
        "baseline": figures.baseline.number if figures.baseline else None,
        "tiles": tiles,
        "notes": list(figures.notes),
    }


def earned_cost(project: Project, as_of: date) -> Data:
    """Return earned value in money, or in hours where the baseline holds no money."""
    return _earned(project, as_of, measure_for(project, as_of))


def earned_whole(project: Project, as_of: date) -> Data:
    """Return every figure of earned value, those in time with them."""
    figures = earned_value(project=project, as_of=as_of, measure=measure_for(project, as_of))
    return _earned_data(figures, [*earned_tiles(figures), *time_tiles(figures)])


def earned_hours(project: Project, as_of: date) -> Data:
    """Return earned value in hours."""
    return _earned(project, as_of, Measure.HOURS)


def _curve(project: Project, as_of: date, measure: str) -> Data | None:
    curve = s_curve(project=project, as_of=as_of, measure=measure)
    if not curve.points:
        return None
    return curve_data(curve, forecast(project=project, as_of=as_of, measure=measure))


def curve_cost(project: Project, as_of: date) -> Data | None:
    """Return the S-curve in money, or in hours where the baseline holds no money; None without a baseline."""
    return _curve(project, as_of, measure_for(project, as_of))


def curve_hours(project: Project, as_of: date) -> Data | None:
    """Return the S-curve in hours; None without a baseline."""
    return _curve(project, as_of, Measure.HOURS)


def present_curve(data: Data) -> Data:
    """Return the drawn S-curve."""
    return shown(data, chart=curve_chart(data))


def curve_sheets(data: Data) -> list[SheetOut]:
    """Return the points of the S-curve."""
    rows = [(date.fromisoformat(day), *map(number_of, values)) for day, *values in data["points"]]
    headers = (_("Day"), *(f"{name} ({data['unit']})" for name in ("PV", "EV", "AC")))
    return [SheetOut(name=_("Curve"), headers=headers, rows=rows)]


def outlook_cost(project: Project, as_of: date) -> Data | None:
    """Return where it may end, in money or, where the baseline holds none, in hours; None without a forecast."""
    measure = measure_for(project, as_of)
    found = forecast_data(forecast(project=project, as_of=as_of, measure=measure))
    if found["reason"]:
        return None
    return found | {
        "tiles": forecast_tiles(found),
        "lines": forecast_lines(found),
        "words": assumption_words(found),
        "estimates": assumption_rows(earned_value(project=project, as_of=as_of, measure=measure)),
    }


def outlook_sheets(data: Data) -> list[SheetOut]:
    """Return the levels of the forecast as exact numbers."""
    rows = [
        (
            row["percent"],
            number_of(row["cost"]),
            date.fromisoformat(row["finishes_on"]) if row["finishes_on"] else None,
        )
        for row in data["levels"]
    ]
    headers = (
        _("Runs that stay below in %"),
        _("Final cost in {unit}").format(unit=data["unit"]),
        _("Finish"),
    )
    return [SheetOut(name=_("Forecast"), headers=headers, rows=rows)]


def _trend(project: Project, as_of: date, measure: str) -> Data | None:
    points = index_trend(project=project, as_of=as_of, measure=measure)
    if not points:
        return None
    return trend_data(points, as_of=as_of, settings=settings_of(project))


def trend_cost(project: Project, as_of: date) -> Data | None:
    """Return the indices over time, in money or, where the baseline holds none, in hours."""
    return _trend(project, as_of, measure_for(project, as_of))


def present_trend(data: Data) -> Data:
    """Return the drawn indices with the words that explain them."""
    return shown(data, chart=trend_chart(data), note=_(WHY_SPI_RETURNS))


def trend_sheets(data: Data) -> list[SheetOut]:
    """Return the indices as a table."""
    rows = [(date.fromisoformat(day), *map(number_of, values)) for day, *values in data["points"]]
    headers = (_("Day"), "CPI", "SPI", "SPI(t)", _("SV(t) in weeks"))
    return [SheetOut(name=_("Indices"), headers=headers, rows=rows)]


EARNED_PANELS = (
    Panel(
        key="health",
        title=lazy("Health"),
        template="panels/health.html",
        audiences=ONLY_TEAM,
        places=EVERYWHERE,
        order=10,
        permission="cost.view",
        data=health_panel,
        figures=health_figures,
        sheets=health_sheets,
        present=shown,
    ),
    Panel(
        key="earned_value",
        title=lazy("Earned value"),
        template="panels/tiles.html",
        audiences=ONLY_TEAM,
        places=frozenset({"home", "status"}),
        order=30,
        permission="cost.view",
        data=earned_cost,
        present=shown,
        is_wide=True,
    ),
    Panel(
        key="earned_value_whole",
        title=lazy("Earned value"),
        template="panels/tiles.html",
        audiences=ONLY_TEAM,
        places=frozenset({"budget"}),
        order=30,
        permission="cost.view",
        data=earned_whole,
        present=shown,
        is_wide=True,
    ),
    Panel(
        key="earned_value_hours",
        title=lazy("Earned value in hours"),
        template="panels/tiles.html",
        audiences=ONLY_TEAM,
        places=frozenset({"home"}),
        order=30,
        permission="budget.view",
        unless="cost.view",
        data=earned_hours,
        present=shown,
        is_wide=True,
    ),
    Panel(
        key="s_curve",
        title=lazy("Planned, earned and actual"),
        template="panels/chart.html",
        audiences=ONLY_TEAM,
        places=EVERYWHERE,
        order=40,
        permission="cost.view",
        data=curve_cost,
        present=present_curve,
        sheets=curve_sheets,
        is_wide=True,
    ),
    Panel(
        key="s_curve_hours",
        title=lazy("Planned, earned and actual hours"),
        template="panels/chart.html",
        audiences=ONLY_TEAM,
        places=frozenset({"home"}),
        order=40,
        permission="budget.view",
        unless="cost.view",
        data=curve_hours,
        present=present_curve,
        sheets=curve_sheets,
        is_wide=True,
    ),
    Panel(
        key="outlook",
        title=lazy("Where it may end"),
        template="panels/outlook.html",
        audiences=ONLY_TEAM,
        places=REPORTS,
        order=42,
        permission="cost.view",
        data=outlook_cost,
        present=shown,
        sheets=outlook_sheets,
        is_wide=True,
    ),
    Panel(
        key="index_trend",
        title=lazy("CPI, SPI and SPI(t) over time"),
        template="panels/trend.html",
        audiences=ONLY_TEAM,
        places=frozenset({"budget", "status"}),
        order=44,
        permission="cost.view",
        data=trend_cost,
        present=present_trend,
        sheets=trend_sheets,
        is_wide=True,
    ),
)
