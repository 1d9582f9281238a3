"""The budget's tables. Import them from here."""

from budget.models.entries import DAY_SECONDS, Expense, TimeEntry, WorkedEntry, receipt_path
from budget.models.money import NOT_NEGATIVE, BudgetLine, BudgetSettings, RateCard

__all__ = [
    "DAY_SECONDS",
    "NOT_NEGATIVE",
    "BudgetLine",
    "BudgetSettings",
    "Expense",
    "RateCard",
    "TimeEntry",
    "WorkedEntry",
    "receipt_path",
]
