"""The budget's tables. Import them from here."""

from budget.models.alerts import WHOLE, Alert, AlertDigest, AlertSettings, percents_of
from budget.models.changes import ChangeLine, ChangeOption, ChangeRequest
from budget.models.entries import DAY_SECONDS, TimeEntry, WorkedEntry
from budget.models.exchange import ExchangeRate
from budget.models.expenses import Expense, ExpenseSettings, preview_path, receipt_path
from budget.models.money import NOT_NEGATIVE, BudgetLine, BudgetSettings, RateCard

__all__ = [
    "DAY_SECONDS",
    "NOT_NEGATIVE",
    "WHOLE",
    "Alert",
    "AlertDigest",
    "AlertSettings",
    "BudgetLine",
    "BudgetSettings",
    "ChangeLine",
    "ChangeOption",
    "ChangeRequest",
    "ExchangeRate",
    "Expense",
    "ExpenseSettings",
    "RateCard",
    "TimeEntry",
    "WorkedEntry",
    "percents_of",
    "preview_path",
    "receipt_path",
]
