"""Sample data for the chart tests: a believable project, and the golden charts drawn from it."""

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from implement.core.charts import (
    BudgetRow,
    Chart,
    CurvePoint,
    FanPoint,
    Forecast,
    GanttColumn,
    GanttLink,
    GanttRow,
    IndexLine,
    Segment,
    Series,
    TrendLine,
    WeekBurn,
    budget_bars,
    bullet,
    burn_columns,
    gantt,
    index_trend,
    milestone_trend,
    progress_ring,
    s_curve,
    sparkline,
    stacked_bar,
    stacked_columns,
)

KICKOFF = date(2026, 1, 26)
AS_OF = date(2026, 6, 5)


def curve_points(weeks: int = 40, *, pace: float = 0.86, price: float = 1.22) -> list[CurvePoint]:
    """A plan of ``weeks`` weeks to 480,000, earned at ``pace`` and costing ``price`` per earned unit."""
    points = []
    for week in range(weeks + 1):
        day = KICKOFF + timedelta(weeks=week)
        share = (1 - math.cos(math.pi * week / weeks)) / 2 if weeks else 1
        planned = Decimal(round(480_000 * share))
        known = day <= AS_OF
        earned = Decimal(round(480_000 * share * pace)) if known else None
        actual = Decimal(round(480_000 * share * pace * price)) if known else None
        points.append(CurvePoint(day=day, planned=planned, earned=earned, actual=actual))
    return points


def fan_points() -> list[FanPoint]:
    """A forecast that opens from the date of the figures."""
    spent = float(next(point.actual for point in reversed(curve_points()) if point.actual is not None))
    shares = (0, 0.3, 0.6, 0.85, 0.97, 1)
    return [
        FanPoint(
            day=AS_OF + timedelta(weeks=6 * number),
            low=spent + (520_000 - spent) * min(1, share * 1.2),
            middle=spent + (590_000 - spent) * share,
            high=spent + (690_000 - spent) * share,
        )
        for number, share in enumerate(shares)
    ]


def plan_rows() -> list[GanttRow]:
    """A plan of two phases with a slipped, critical middle."""

    def row(key, label, first, days, **more):
        start = KICKOFF + timedelta(days=first)
        finish = start + timedelta(days=days - 1)
        slip = more.pop("slip", 0)
        planned = start - timedelta(days=slip), finish - timedelta(days=slip)
        if more.get("kind") == "milestone":
            start = finish
        return GanttRow(
            key=key,
            label=label,
            start=start,
            finish=finish,
            baseline_start=planned[0],
            baseline_finish=planned[1],
            **more,
        )

    return [
        row("1", "Requirements", 0, 40, kind="summary", progress=Decimal("0.9")),
        row("1.1", "Interviews with the plant teams", 0, 12, progress=1, level=1),
        row("1.2", "Requirements workshop & review", 14, 12, progress=1, level=1, critical=True),
        row("1.3", "Sign-off pack", 28, 12, progress=Decimal("0.6"), level=1, critical=True, slip=4),
        row("1.4", "Requirements signed off", 28, 12, kind="milestone", level=1, critical=True, slip=4),
        row("2", "Design and build", 42, 75, kind="summary", progress=Decimal("0.35")),
        row("2.1", "Solution design", 42, 19, progress=Decimal("0.7"), level=1, critical=True, slip=5),
        row("2.2", "Integration to the ERP", 49, 26, progress=Decimal("0.2"), level=1),
        row("2.3", "Configuration sprint 1", 63, 12, level=1, critical=True, slip=5),
        row("2.4", "Configuration sprint 2", 77, 12, level=1, critical=True, slip=5),
        row("2.5", "Data cleansing", 56, 40, progress=Decimal("0.1"), level=1),
        row("2.6", "Build accepted", 105, 12, kind="milestone", level=1, critical=True, slip=7),
        row("2.7", "Kick-off held", 0, 1, kind="milestone", level=1, progress=1),
        GanttRow(key="2.8", label="Not yet dated", start=None, finish=None, level=1),
    ]


LINKS = [
    GanttLink(source="1.1", target="1.2"),
    GanttLink(source="1.2", target="1.3", critical=True),
    GanttLink(source="1.3", target="1.4", critical=True),
    GanttLink(source="1.4", target="2.1", critical=True),
    GanttLink(source="2.1", target="2.2", kind="SS"),
    GanttLink(source="2.1", target="2.3", critical=True),
    GanttLink(source="2.3", target="2.4", critical=True),
    GanttLink(source="2.2", target="2.5", kind="FF"),
    GanttLink(source="2.4", target="2.6", critical=True),
    GanttLink(source="2.5", target="2.3"),
    GanttLink(source="2.7", target="2.1", kind="SF"),
    GanttLink(source="2.8", target="2.6"),
    GanttLink(source="gone", target="2.6"),
    GanttLink(source="2.6", target="2.6"),
]


def weeks() -> list[WeekBurn]:
    planned = (40, 64, 80, 96, 96, 104, 104, 96, 88, 80, 72, 64, 40)
    actual = (38, 70, 92, 88, 110, 121, None, 84, 90, None, None, None, None)
    return [
        WeekBurn(start=KICKOFF + timedelta(weeks=week), planned=p, actual=a)
        for week, (p, a) in enumerate(zip(planned, actual, strict=True))
    ]


BUDGET = [
    BudgetRow(label="Requirements", budget=Decimal(42_000), actual=Decimal(41_300), forecast=Decimal(41_300)),
    BudgetRow(label="Design", budget=Decimal(58_000), actual=Decimal(66_450), forecast=Decimal(71_000)),
    BudgetRow(
        label="Build and configuration",
        budget=Decimal(186_000),
        actual=Decimal(74_200),
        forecast=Decimal(201_000),
    ),
    BudgetRow(
        label="Data migration", budget=Decimal(74_000), actual=Decimal(12_000), forecast=Decimal(72_500)
    ),
    BudgetRow(label="Training", budget=Decimal(38_000), actual=None),
    BudgetRow(label="Travel, not budgeted", budget=Decimal(0), actual=Decimal(3_900)),
]

SERIES = [
    Series(label="Labour", values=[21, 28, 34, 41, 38, 44, 40, 36, 33, 28, 22, 12]),
    Series(label="Licences", values=[0, 0, 18, 0, 0, 18, 0, 0, 18, 0, 0, 18]),
    Series(label="Travel", values=[2, 4, 3, 1, 2, 5, 2, 1, 3, 2, 1, 1]),
    Series(label="Subcontract", values=[0, 6, 9, 12, 10, 8, 8, 6, 4, 2, 0, 0]),
]
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

RESULTS = [
    Segment(label="Passed", value=142, tone="good"),
    Segment(label="Failed", value=17, tone="trouble"),
    Segment(label="Blocked", value=6, tone="watch"),
    Segment(label="Not run", value=55, tone="neutral"),
]

TREND = [
    TrendLine(
        label="Design approved",
        points=[(KICKOFF, date(2026, 3, 20)), (date(2026, 3, 9), date(2026, 4, 2))],
        reached_on=date(2026, 4, 2),
    ),
    TrendLine(
        label="Acceptance signed by the customer",
        points=[
            (KICKOFF, date(2026, 7, 10)), (date(2026, 3, 16), date(2026, 7, 24)),
            (date(2026, 4, 20), date(2026, 8, 14)), (date(2026, 5, 18), date(2026, 9, 4)),
        ],
    ),
    TrendLine(label="Users trained", points=[(KICKOFF, date(2026, 8, 28)), (AS_OF, date(2026, 8, 21))]),
    TrendLine(label="Go-live", points=[(KICKOFF, date(2026, 8, 31)), (date(2026, 5, 18), date(2026, 9, 14))]),
]  # fmt: skip

GOLDEN: dict[str, Callable[[], Chart]] = {
    "s_curve": lambda: s_curve(
        title="Earned value",
        points=curve_points(),
        as_of=AS_OF,
        budget=480_000,
        forecast=Forecast(day=date(2026, 12, 18), amount=585_600, low=541_000, high=640_000),
        unit="EUR",
    ),
    "s_curve_fan": lambda: s_curve(
        title="Earned value with its forecast",
        points=curve_points(),
        as_of=AS_OF,
        budget=480_000,
        forecast=Forecast(day=date(2026, 12, 18), amount=585_600, fan=fan_points(), name="P50"),
        unit="EUR",
    ),
    "index_trend": lambda: index_trend(
        title="Indices",
        days=[KICKOFF + timedelta(weeks=week) for week in range(19)],
        lines=[
            IndexLine(
                label="CPI", values=[None, *(Decimal("1.02") - Decimal(week) / 90 for week in range(18))]
            ),
            IndexLine(
                label="SPI", values=[None, *(Decimal("0.8") + Decimal(week) / 90 for week in range(18))]
            ),
            IndexLine(label="SPI(t)", values=[None, None, *(Decimal("0.86") for week in range(17))]),
        ],
        warnings=[Decimal("0.9")],
    ),
    "burn_columns": lambda: burn_columns(title="Hours by week", weeks=weeks(), as_of=date(2026, 3, 27)),
    "budget_bars": lambda: budget_bars(title="Budget by phase", rows=BUDGET, unit="EUR"),
    "stacked_columns": lambda: stacked_columns(
        title="Cost by category", categories=MONTHS, series=SERIES, unit="k EUR"
    ),
    "stacked_bar": lambda: stacked_bar(title="Test cases by result", segments=RESULTS),
    "sparkline": lambda: sparkline(
        title="CPI", values=[1.02, 1.01, 0.98, None, 0.95, 0.93, 0.9, 0.92], reference=1
    ),
    "progress_ring": lambda: progress_ring(title="Scope done", fraction=Decimal("0.64")),
    "bullet": lambda: bullet(
        title="CPI",
        value=Decimal("0.87"),
        limits=[Decimal("0.9"), Decimal("1.0")],
        target=1,
        low=Decimal("0.6"),
        high=Decimal("1.2"),
        tone="trouble",
        decimals=2,
    ),
    "milestone_trend": lambda: milestone_trend(title="Milestone trend", lines=TREND, as_of=AS_OF),
    "gantt": lambda: gantt(
        title="Plan", rows=plan_rows(), links=LINKS, today=date(2026, 3, 18), label_width=230
    ),
    "gantt_print": lambda: gantt(
        title="Plan, page 2",
        rows=[
            replace(
                row,
                cells=("2 Mar 26", f"{at} d"),
                deadline=date(2026, 4, 10) if at == 5 else None,
                float_until=row.finish + timedelta(days=9) if row.finish and not row.critical else None,
            )
            for at, row in enumerate(plan_rows())
        ],
        links=LINKS,
        today=date(2026, 3, 18),
        status_date=date(2026, 3, 16),
        label_width=200,
        columns=[GanttColumn("Start", 60), GanttColumn("Float", 50, is_number=True)],
        window=(date(2026, 3, 2), date(2026, 5, 4)),
        begin=2,
        count=9,
    ),
}
