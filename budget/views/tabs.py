"""The neighbouring pages of hours and expenses."""

from __future__ import annotations

from typing import Any

from budget.selectors.chain import chain_of, is_approver
from projects.kit.access import Entry
from projects.kit.tabs import neighbours

TABS = (
    ("time", "Time", "timeentry_list", "time.view"),
    ("expenses", "Expenses", "expense_list", "expenses.view"),
    ("approvals", "Approvals", "approvals", "time.decide"),
    ("periods", "Closed periods", "time_periods", "time.lock"),
    ("reimbursements", "Reimbursements", "reimbursements", "expenses.view_all"),
    ("rates", "Rates", "ratecard_list", "rates.view"),
    ("rules", "Rules", "time_rules", "time.rules"),
    ("exchange", "Exchange rates", "exchange_rates", "exchange.view"),
)


def tabs_of(entry: Entry, current: str) -> list[dict[str, Any]]:
    """Return the neighbouring pages of hours and expenses that the person may open."""
    decides = _decides(entry)
    return neighbours(entry, [tab for tab in TABS if tab[0] != "approvals" or decides], current)


def _decides(entry: Entry) -> bool:
    """Return whether the person decides hours here: by their role, or named by the chain of approval."""
    return entry.can("time.approve") or is_approver(access=entry, chain=chain_of(project=entry.project))
