"""Panels of a believable project, for looking at documents and for proving what a customer never reads."""

from __future__ import annotations

from datetime import date, timedelta
from math import cos, pi
from typing import Any

from implement.core.charts import CurvePoint, WeekBurn, burn_columns, s_curve
from projects.kit.panels import CUSTOMER, TEAM, Data, Panel
from projects.models import Project

# Nothing else in the product looks like these; a customer's document must not hold a byte of them.
SECRETS = ("987654.32", "COSTRATE777", "MARGIN-31.4159", "Sentinel grumble")
BOTH, INSIDE = frozenset({TEAM, CUSTOMER}), frozenset({TEAM})
START = date(2026, 7, 6)
TASKS = [
    "Process workshops and fit-gap",
    "Configuration of sales and service",
    "Interfaces to the warehouse",
    "Migration of customers and open orders, with two rehearsals",
    "Reports and forms",
    "Roles and permissions",
    "Integration test",
    "Training of the key users",
]


def _tiles(project: Project, as_of: date) -> Data:
    return {
        "health": {"label": "Needs attention", "tone": "watch", "reason": "Two milestones are late."},
        "figures": [
            {"label": "Progress", "value": "54 %", "note": "58 % planned", "tone": "watch"},
            {"label": "Fees used", "value": "84,210 EUR", "note": "of 152,000 EUR", "explanation": "Sum."},
            {"label": "Hours", "value": "612.5", "note": "of 1,040"},
            {"label": "Forecast finish", "value": "11 Dec 2026", "note": "9 days late", "tone": "trouble"},
        ],
    }


def _money(project: Project, as_of: date) -> Data:
    return {
        "figures": [
            {"label": "Cost to date", "value": "987654.32 EUR"},
            {"label": "Margin", "value": "MARGIN-31.4159 %", "tone": "good"},
            {"label": "CPI", "value": "0.94", "tone": "watch"},
            {"label": "SPI", "value": "0.91", "tone": "watch"},
        ]
    }


def _curve(project: Project, as_of: date) -> Data:
    points = []
    for week in range(24):
        planned = 76_000 * (1 - cos(pi * week / 23))
        is_past = week <= 13
        points.append(
            {
                "day": (START + timedelta(weeks=week)).isoformat(),
                "planned": round(planned),
                "earned": round(planned * 0.93) if is_past else None,
                "actual": round(planned * 0.99) if is_past else None,
            }
        )
    return {"points": points, "as_of": as_of.isoformat()}


def _draw_curve(data: Data) -> Data:
    points = [CurvePoint(**{**point, "day": date.fromisoformat(point["day"])}) for point in data["points"]]
    chart = s_curve(
        title="Planned, earned and actual value", points=points, as_of=START + timedelta(weeks=13), unit="EUR"
    )
    return {"chart": chart}


def _burn(project: Project, as_of: date) -> Data:
    return {"weeks": [[40 + 8 * (week % 5), 36 + 11 * (week % 4)] for week in range(16)]}


def _draw_burn(data: Data) -> Data:
    weeks = [
        WeekBurn(start=START + timedelta(weeks=number), planned=planned, actual=actual)
        for number, (planned, actual) in enumerate(data["weeks"])
    ]
    return {"chart": burn_columns(title="Hours by week", weeks=weeks)}


def _by_task(project: Project, as_of: date) -> Data:
    rows = [
        [
            name,
            f"{12_000 + 900 * number:,}",
            f"{6_400 + 1_210 * number:,}",
            f"{5_600 - 310 * number:,}",
            "54 %",
        ]
        for number, name in enumerate(TASKS * 4)
    ]
    return {
        "heads": ["Task", "Budget (EUR)", "Used (EUR)", "Left (EUR)", "Done"],
        "rows": rows,
        "total": ["Total", "152,000", "84,210", "67,790", "54 %"],
    }


def _by_person(project: Project, as_of: date) -> Data:
    return {
        "heads": ["Person", "Cost rate", "Hours", "Cost (EUR)"],
        "rows": [
            ["Tom Team", "COSTRATE777", "120.5", "9,640.00"],
            ["Tess Team", "80.00", "98.0", "7,840.00"],
        ],
        "total": ["Total", "", "218.5", "17,480.00"],
    }


def _milestones(project: Project, as_of: date) -> Data:
    return {
        "heads": ["Milestone", "Agreed", "Forecast", "Slip"],
        "rows": [
            ["Design approved", "14 Aug 2026", "14 Aug 2026", "none"],
            ["Migration rehearsed", "2 Oct 2026", "9 Oct 2026", "5 days"],
            ["Go-live", "30 Nov 2026", "11 Dec 2026", "9 days"],
        ],
    }


def _panel(key: str, title: str, template: str, audiences: frozenset[str], order: int, **more: Any) -> Panel:
    return Panel(
        key=f"sample.{key}",
        title=title,
        template=f"samples/{template}.html",
        audiences=audiences,
        places=frozenset({"status", "budget"}),
        order=order,
        **more,
    )


PANELS = (
    _panel("tiles", "At a glance", "tiles", BOTH, 10, data=_tiles),
    _panel("money", "Cost and margin", "tiles", INSIDE, 15, data=_money, permission="cost.view"),
    _panel("curve", "Planned, earned and actual value", "chart", BOTH, 20, data=_curve, present=_draw_curve),
    _panel("burn", "Hours by week", "chart", BOTH, 30, data=_burn, present=_draw_burn),
    _panel("task", "Budget by task", "table", BOTH, 40, data=_by_task),
    _panel("person", "Cost by person", "table", INSIDE, 50, data=_by_person, permission="cost.view"),
    _panel("milestones", "Milestones", "table", BOTH, 60, data=_milestones),
)
