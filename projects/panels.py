"""What the base shows elsewhere, and its places on the rail."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import gettext_noop as noop

from implement.core import charts
from implement.core.money import day_text, format_number
from implement.core.tabular import SheetOut
from projects.kit import panels, places
from projects.models import Project, Task
from projects.planning import zone_of
from projects.selectors import MilestoneStanding, MilestoneTrend, milestone_trends, milestones_of

places.register(
    places.Place("overview", "Overview", "home", "project", "project.view", 0),
    places.Place("plan", "Plan", "timeline", "plan", "plan.view", 20),
    places.Place("imports", "Imports", "file-import", "import_list", "time.import", 890),
    places.Place("members", "People", "users", "membership_list", "members.view", 900),
)

# Where the customer's words are not the team's.
CUSTOMER_WORDS = {
    "late": noop("Later than agreed"),
    "unknown": noop("Planned"),
    "reached": noop("Reached, to be accepted"),
}


def _row(row: MilestoneStanding, *, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "baseline_on": row.baseline_on.isoformat() if row.baseline_on else None,
        "forecast_on": row.forecast_on.isoformat() if row.forecast_on else None,
        "reached_on": row.reached_on.isoformat() if row.reached_on else None,
        "slip_days": row.slip_days,
        "state": row.state,
        "words": row.words,
        "tone": row.tone,
    }


def milestones(project: Project, as_of: date) -> dict[str, Any] | None:
    """Return every milestone with its slip in working days; None without any."""
    rows = [_row(row, name=row.name) for row in milestones_of(project=project, as_of=as_of)]
    return {"rows": rows} if rows else None


def customer_milestones(project: Project, as_of: date) -> dict[str, Any] | None:
    """Return the published milestones in the customer's words; None without any."""
    found = milestones_of(project=project, as_of=as_of, only_published=True)
    rows = [_row(row, name=row.customer_name) for row in found]
    for row in rows:
        if row["state"] in CUSTOMER_WORDS:
            row["words"] = _(CUSTOMER_WORDS[row["state"]])
    return {"rows": rows} if rows else None


def _days(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows with their dates as dates again."""
    names = ("baseline_on", "forecast_on", "reached_on")
    return [
        row | {name: date.fromisoformat(row[name]) if row[name] else None for name in names} for row in rows
    ]


def milestone_figures(data: dict[str, Any]) -> panels.Figures:
    """Return what each milestone is expected for, to be compared with the period before."""
    return [
        (_("{name}: expected").format(name=row["name"]), day_text(row["forecast_on"]))
        for row in _days(data["rows"])
        if not row["reached_on"]
    ]


def milestone_things(data: dict[str, Any]) -> panels.Figures:
    """Return how each milestone stands: which are new or gone is told, too."""
    return [(_("{name}: state").format(name=row["name"]), row["words"]) for row in data["rows"]]


def milestone_sheets(data: dict[str, Any]) -> list[SheetOut]:
    """Return the milestones as a table."""
    names = ("name", "baseline_on", "forecast_on", "reached_on", "slip_days", "words")
    rows = [tuple(row[name] for name in names) for row in _days(data["rows"])]
    headers = (
        _("Milestone"),
        _("Baseline"),
        _("Forecast"),
        _("Actual"),
        _("Slip (working days)"),
        _("State"),
    )
    return [SheetOut(name=_("Milestones"), headers=headers, rows=rows)]


def present_milestones(data: dict[str, Any]) -> dict[str, Any]:
    """Return the rows as the template draws them."""
    shown = data | {"rows": _days(data["rows"])}
    return shown | {"data": shown}


MOST_LINES = 8


def _trend_data(
    found: Iterable[MilestoneTrend], *, name: Callable[[MilestoneTrend], str]
) -> dict[str, Any] | None:
    rows = [
        {
            "name": name(row),
            "points": [[day.isoformat(), expected.isoformat()] for day, expected in row.points],
            "reached_on": row.reached_on.isoformat() if row.reached_on else None,
            "moved_days": row.moved_days,
            "slips": row.slips,
        }
        for row in found
    ]
    # Where nothing has moved yet there is no trend to look at.
    return {"rows": rows} if any(len(row["points"]) > 1 for row in rows) else None


def milestone_trend(project: Project, as_of: date) -> dict[str, Any] | None:
    """Return how every milestone's forecast moved; None while none has."""
    found = milestone_trends(project=project, as_of=as_of)
    return _trend_data(found, name=lambda row: row.name)


def customer_milestone_trend(project: Project, as_of: date) -> dict[str, Any] | None:
    """Return how the published milestones moved, in the customer's words; None while none has."""
    found = milestone_trends(project=project, as_of=as_of, only_published=True)
    return _trend_data(found, name=lambda row: row.customer_name)


def present_trend(data: dict[str, Any]) -> dict[str, Any]:
    """Return the chart and the rows as the template draws them: those that moved most, the newest dates last."""
    rows = [
        {
            "name": row["name"],
            "points": [tuple(map(date.fromisoformat, point)) for point in row["points"]],
            "reached_on": date.fromisoformat(row["reached_on"]) if row["reached_on"] else None,
            "first_on": date.fromisoformat(row["points"][0][1]),
            "latest_on": date.fromisoformat(row["points"][-1][1]),
            "moved_days": row["moved_days"],
            "slips": row["slips"],
        }
        for row in data["rows"]
    ]
    most = sorted(rows, key=lambda row: (-len(row["points"]), row["latest_on"]))[:MOST_LINES]
    lines = [
        charts.TrendLine(label=row["name"], points=row["points"], reached_on=row["reached_on"])
        for row in rows
        if row in most
    ]
    chart = charts.milestone_trend(title=_("Milestone trend"), lines=lines)
    shown = data | {"rows": rows, "chart": chart, "left_out": len(rows) - len(lines)}
    return shown | {"data": shown}


def trend_figures(data: dict[str, Any]) -> panels.Figures:
    """Return how often each milestone has slipped, to be compared with the period before."""
    return [(_("{name}: slips").format(name=row["name"]), str(row["slips"])) for row in data["rows"]]


def trend_sheets(data: dict[str, Any]) -> list[SheetOut]:
    """Return every change of every forecast as a table."""
    rows = [
        (row["name"], date.fromisoformat(day), date.fromisoformat(expected))
        for row in data["rows"]
        for day, expected in row["points"]
    ]
    return [
        SheetOut(name=_("Milestone trend"), headers=(_("Milestone"), _("Reported"), _("Forecast")), rows=rows)
    ]


MOST_CRITICAL = 8


def critical_path(project: Project, as_of: date) -> dict[str, Any] | None:
    """Return the open tasks that have no float, in the order of their dates; None without any."""
    zone = zone_of(project)
    tasks = Task.objects.filter(
        project=project, is_critical=True, is_summary=False, percent_complete__lt=100, start__isnull=False
    )
    rows = [
        {
            "name": str(task),
            "starts_on": task.start.astimezone(zone).date().isoformat() if task.start else None,
            "finishes_on": task.finish.astimezone(zone).date().isoformat() if task.finish else None,
            "percent": str(task.percent_complete),
        }
        for task in tasks.order_by("start", "finish", "position")
    ]
    return {"rows": rows} if rows else None


def _critical_rows(data: dict[str, Any]) -> list[dict[str, Any]]:
    days = ("starts_on", "finishes_on")
    return [
        row | {name: date.fromisoformat(row[name]) if row[name] else None for name in days}
        for row in data["rows"]
    ]


def present_critical(data: dict[str, Any]) -> dict[str, Any]:
    """Return the next tasks of the critical path as the template draws them."""
    rows = [
        row | {"done": f"{format_number(Decimal(row['percent']), digits=0)} %"}
        for row in _critical_rows(data)[:MOST_CRITICAL]
    ]
    shown = {"rows": rows, "count": len(data["rows"]), "more": len(data["rows"]) - len(rows)}
    return shown | {"data": shown}


def critical_sheets(data: dict[str, Any]) -> list[SheetOut]:
    """Return the critical path as a table."""
    rows = [
        (row["name"], row["starts_on"], row["finishes_on"], Decimal(row["percent"]))
        for row in _critical_rows(data)
    ]
    headers = (_("Task"), _("Start"), _("Finish"), _("Done %"))
    return [SheetOut(name=_("Critical path"), headers=headers, rows=rows)]


panels.register(
    panels.Panel(
        key="critical_path",
        title=lazy("Critical path"),
        template="panels/critical_path.html",
        audiences=frozenset({panels.TEAM}),
        places=frozenset({"status"}),
        order=63,
        is_of_now=True,
        permission="plan.view",
        data=critical_path,
        present=present_critical,
        sheets=critical_sheets,
        is_wide=True,
    ),
    panels.Panel(
        key="milestone_trend",
        title=lazy("Milestone trend"),
        template="panels/milestone_trend.html",
        audiences=frozenset({panels.TEAM}),
        places=frozenset({"status"}),
        order=62,
        permission="plan.view",
        data=milestone_trend,
        present=present_trend,
        figures=trend_figures,
        sheets=trend_sheets,
        is_wide=True,
    ),
    panels.Panel(
        key="customer_milestone_trend",
        title=lazy("Milestone trend"),
        template="panels/milestone_trend.html",
        audiences=frozenset({panels.CUSTOMER}),
        places=frozenset({"status"}),
        order=62,
        data=customer_milestone_trend,
        present=present_trend,
        figures=trend_figures,
        sheets=trend_sheets,
        is_wide=True,
    ),
    panels.Panel(
        key="milestones",
        title=lazy("Milestones"),
        template="panels/milestones.html",
        audiences=frozenset({panels.TEAM}),
        places=frozenset({"home", "budget", "status"}),
        order=60,
        permission="plan.view",
        data=milestones,
        present=present_milestones,
        figures=milestone_figures,
        things=milestone_things,
        sheets=milestone_sheets,
        is_wide=True,
    ),
    panels.Panel(
        key="customer_milestones",
        title=lazy("Milestones"),
        template="panels/customer_milestones.html",
        audiences=frozenset({panels.CUSTOMER}),
        places=frozenset({"portal", "status", "budget"}),
        order=60,
        data=customer_milestones,
        present=present_milestones,
        figures=milestone_figures,
        things=milestone_things,
        sheets=milestone_sheets,
        is_wide=True,
    ),
)
