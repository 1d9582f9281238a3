"""What the customer may know of the budget, in the form the contract agrees: fees or hours, never cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, F, Q, Sum

from budget.choices import EntryState
from budget.models import BudgetSettings, Expense, TimeEntry
from budget.selectors.actuals import APPROVED
from budget.selectors.amounts import ZERO, hours, minus, plus, ratio, summed_money
from budget.selectors.changes import agreed_changes
from projects.choices import CustomerBudget
from projects.models import Project

IN_APPROVAL = Q(status=EntryState.SUBMITTED)
# What is beyond the day's cap, or on an internal task, is not the customer's.
BILLED = F("seconds") - F("unbilled_seconds")


@dataclass(frozen=True, kw_only=True)
class CustomerBudgetFigures:
    """Agreed and used up to a day: fees in the project's currency, or billable hours. None is n/a.

    agreed = original (the contract) + changes (approved by the customer). pending: what the customer decides on, apart.
    """

    as_of: date
    form: str
    unit: str
    original: Decimal | None
    changes: Decimal
    pending: Decimal | None
    agreed: Decimal | None
    used: Decimal | None
    in_approval: Decimal | None
    remaining: Decimal | None
    share: Decimal | None


def customer_budget(*, project: Project, as_of: date) -> CustomerBudgetFigures | None:
    """Return the agreed budget and what is used; None when the contract shows none. A fixed number of queries.

    Fees: what approved billable hours and expenses are billed at; n/a when a billable hour has no bill rate.
    """
    if project.customer_budget == CustomerBudget.NONE:
        return None
    by_hours = project.customer_budget == CustomerBudget.HOURS
    settings = BudgetSettings.objects.filter(project=project).first()
    time = TimeEntry.objects.filter(project=project, booked_on__lte=as_of, is_billable=True).order_by()
    original: Decimal | None = None
    if settings is not None:
        original = settings.agreed_hours if by_hours else settings.agreed_fees
    found = agreed_changes(project=project, only_shown=True)
    changes = hours(found.seconds) if by_hours else found.price
    pending = hours(found.pending_seconds) if by_hours else found.pending_price
    agreed = plus(original, changes)
    used: Decimal | None
    waiting: Decimal | None
    if by_hours:
        sums = time.aggregate(used=Sum(BILLED, filter=APPROVED), waiting=Sum(BILLED, filter=IN_APPROVAL))
        used, waiting = hours(sums["used"] or 0), hours(sums["waiting"] or 0)
    else:
        asked = {
            "used": Sum("bill", filter=APPROVED),
            "waiting": Sum("bill", filter=IN_APPROVAL),
            "open": Count("pk", filter=APPROVED & Q(bill=None)),
            "open_waiting": Count("pk", filter=IN_APPROVAL & Q(bill=None)),
        }
        sums = time.aggregate(**asked)
        spent = Expense.objects.filter(project=project, spent_on__lte=as_of, is_billable=True).order_by()
        more = spent.aggregate(**asked)
        used = None if sums["open"] else summed_money((sums["used"] or ZERO) + (more["used"] or ZERO))
        waiting = (
            None
            if sums["open_waiting"]
            else summed_money((sums["waiting"] or ZERO) + (more["waiting"] or ZERO))
        )
    return CustomerBudgetFigures(
        as_of=as_of,
        form=project.customer_budget,
        unit="h" if by_hours else project.currency,
        original=original,
        changes=changes,
        pending=pending,
        agreed=agreed,
        used=used,
        in_approval=waiting,
        remaining=minus(agreed, used),
        share=ratio(used, agreed),
    )
