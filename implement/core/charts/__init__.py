"""Charts: pure data in, accessible SVG and a data table out; one definition for page and print."""

from implement.core.charts.bars import (
    Segment,
    Series,
    WeekBurn,
    burn_columns,
    stacked_bar,
    stacked_columns,
)
from implement.core.charts.base import Chart, Number, Wording
from implement.core.charts.budget_bars import BudgetRow, budget_bars
from implement.core.charts.gantt import HEADER_HEIGHT, GanttColumn, GanttLink, GanttRow, gantt
from implement.core.charts.indices import IndexLine, index_trend
from implement.core.charts.lines import CurvePoint, FanPoint, Forecast, s_curve
from implement.core.charts.sparkline import sparkline
from implement.core.charts.tiles import bullet, progress_ring
from implement.core.charts.trend import TrendLine, milestone_trend

__all__ = [
    "HEADER_HEIGHT",
    "BudgetRow",
    "Chart",
    "CurvePoint",
    "FanPoint",
    "Forecast",
    "GanttColumn",
    "GanttLink",
    "GanttRow",
    "IndexLine",
    "Number",
    "Segment",
    "Series",
    "TrendLine",
    "WeekBurn",
    "Wording",
    "budget_bars",
    "bullet",
    "burn_columns",
    "gantt",
    "index_trend",
    "milestone_trend",
    "progress_ring",
    "s_curve",
    "sparkline",
    "stacked_bar",
    "stacked_columns",
]
