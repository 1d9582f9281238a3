"""The budget's tables. Import them from here."""

from budget.models.alerts import WHOLE, Alert, AlertDigest, AlertSettings, percents_of
from budget.models.changes import ChangeLine, ChangeOption, ChangeRequest, ChangeText
from budget.models.contracts import Contract, InvoiceLine, InvoiceRun, statement_path
from budget.models.control import (
    BaselineReserve,
    BaselineShare,
    Commitment,
    CommitmentPart,
    CostControl,
    Estimate,
    ReserveRelease,
)
from budget.models.entries import DAY_SECONDS, TimeEntry, WorkedEntry
from budget.models.exchange import ExchangeRate
from budget.models.expenses import Expense, ExpenseSettings, Receipt, preview_path, receipt_path
from budget.models.forecast import Experience
from budget.models.hours import (
    LEVELS,
    Approver,
    ClosedPeriod,
    EntryDecision,
    ReminderChoice,
    StandIn,
    Timer,
    TimeReminder,
    TimeRules,
)
from budget.models.money import NOT_NEGATIVE, BudgetLine, BudgetSettings, RateCard
from budget.models.whatif import Difference, WhatIf

__all__ = [
    "DAY_SECONDS",
    "LEVELS",
    "NOT_NEGATIVE",
    "WHOLE",
    "Alert",
    "AlertDigest",
    "AlertSettings",
    "Approver",
    "BaselineReserve",
    "BaselineShare",
    "BudgetLine",
    "BudgetSettings",
    "ChangeLine",
    "ChangeOption",
    "ChangeRequest",
    "ChangeText",
    "ClosedPeriod",
    "Commitment",
    "CommitmentPart",
    "Contract",
    "CostControl",
    "Difference",
    "EntryDecision",
    "Estimate",
    "ExchangeRate",
    "Expense",
    "ExpenseSettings",
    "Experience",
    "InvoiceLine",
    "InvoiceRun",
    "RateCard",
    "Receipt",
    "ReminderChoice",
    "ReserveRelease",
    "StandIn",
    "TimeEntry",
    "TimeReminder",
    "TimeRules",
    "Timer",
    "WhatIf",
    "WorkedEntry",
    "percents_of",
    "preview_path",
    "receipt_path",
    "statement_path",
]
