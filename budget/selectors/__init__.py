"""The figures of time and money: each computed in one place, at a stated date."""

from budget.selectors.curve import CurvePoint, SCurve, s_curve
from budget.selectors.earned import EarnedFigures, earned_value
from budget.selectors.earned_rows import EarnedRow
from budget.selectors.figure_rows import FigureRow
from budget.selectors.figures import BudgetFigures, budget_figures
from budget.selectors.planned import Budget, Planned, budgets_by_task, planned_of
from budget.selectors.rates import NO_RATE, Rate, RateBook, rates_for
from budget.selectors.yardstick import BaselineUsed

__all__ = [
    "NO_RATE",
    "BaselineUsed",
    "Budget",
    "BudgetFigures",
    "CurvePoint",
    "EarnedFigures",
    "EarnedRow",
    "FigureRow",
    "Planned",
    "Rate",
    "RateBook",
    "SCurve",
    "budget_figures",
    "budgets_by_task",
    "earned_value",
    "planned_of",
    "rates_for",
    "s_curve",
]
