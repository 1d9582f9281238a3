"""Figures in words: the tiles, tables and charts that pages, panels and reports share. Plain JSON values."""

from budget.presenting.earned import (
    curve_chart,
    curve_data,
    earned_data,
    earned_tiles,
    explanation_of,
    input_text,
    time_tiles,
)
from budget.presenting.money import FIGURE_COLUMNS, budget_tiles, figure_data
from budget.presenting.words import (
    HEALTH_WORDS,
    HOUR_UNIT,
    MOST_ROWS,
    amount_text,
    cell,
    index_tone,
    largest,
    number_of,
    percent_text,
    shown,
    sign_tone,
    text_of,
    tile,
)

__all__ = [
    "FIGURE_COLUMNS",
    "HEALTH_WORDS",
    "HOUR_UNIT",
    "MOST_ROWS",
    "amount_text",
    "budget_tiles",
    "cell",
    "curve_chart",
    "curve_data",
    "earned_data",
    "earned_tiles",
    "explanation_of",
    "figure_data",
    "index_tone",
    "input_text",
    "largest",
    "number_of",
    "percent_text",
    "shown",
    "sign_tone",
    "text_of",
    "tile",
    "time_tiles",
]
