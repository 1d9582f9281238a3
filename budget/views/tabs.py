"""The neighbouring pages of hours and expenses."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from budget.selectors.chain import chain_of, is_approver
from projects.kit.access import Entry


def tabs_of(entry: Entry, current: str) -> list[dict[str, Any]]:
    """Return the neighbouring pages of hours and expenses that the person may open."""
    named = [
        ("time", "Time", "timeentry_list", "time.view"),
        ("expenses", "Expenses", "expense_list", "expenses.view"),
        ("approvals", "Approvals", "approvals", "time.decide"),
        ("periods", "Closed periods", "time_periods", "time.lock"),
        ("reimbursements", "Reimbursements", "reimbursements", "expenses.view_all"),
        ("rates", "Rates", "ratecard_list", "rates.view"),
        ("rules", "Rules", "time_rules", "time.rules"),
        ("exchange", "Exchange rates", "exchange_rates", "exchange.view"),
    ]
    return [
        {"label": label, "url": reverse(name, args=[entry.project.code]), "is_current": key == current}
        for key, label, name, permission in named
        if entry.can(permission) and (key != "approvals" or _decides(entry))
    ]


def _decides(entry: Entry) -> bool:
    """Return whether the person decides hours here: by their role, or named by the chain of approval."""
    return entry.can("time.approve") or is_approver(access=entry, chain=chain_of(project=entry.project))
