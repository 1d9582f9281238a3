"""What the customer may know of the budget, in the form the contract agrees: fees or hours, never cost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, F, Q, Sum

from budget.choices import EntryState
from budget.models import BudgetSettings, Expense, TimeEntry
from budget.selectors.actuals import APPROVED
from budget.selectors.amounts import ZERO, hours, minus, plus, ratio, summed_money
from budget.selectors.changes import agreed_changes
from budget.selectors.contracts import ContractFigures, contract_figures, original_fees
from projects.choices import CustomerBudget
from projects.models import Project

IN_APPROVAL = Q(status=EntryState.SUBMITTED)
# What is beyond the day's cap, or on an internal task, is not the customer's.
BILLED = F("seconds") - F("unbilled_seconds")


@dataclass(frozen=True, kw_only=True)
class CustomerBudgetFigures:
    """Agreed and used up to a day: fees in the project's currency, or billable hours. None is n/a.

    agreed = original (the contracts) + changes (approved by the customer). pending: what the customer decides on,
    apart. used: what is billed, of a fixed price what was accepted; in_approval: what waits for that. over: what was
    done beyond an agreed limit, and is not billed. is_fixed: every contract is one of a fixed price.
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
    over: Decimal = ZERO
    is_fixed: bool = False


def customer_budget(*, project: Project, as_of: date) -> CustomerBudgetFigures | None:
    """Return the agreed budget and what is used; None when the contract shows none. A fixed number of queries.

    Fees: what approved billable hours and expenses are billed at; n/a when a billable hour has no bill rate.
    """
    if project.customer_budget == CustomerBudget.NONE:
        return None
    by_hours = project.customer_budget == CustomerBudget.HOURS
    time = TimeEntry.objects.filter(project=project, booked_on__lte=as_of, is_billable=True).order_by()
    contracts = () if by_hours else contract_figures(project=project, as_of=as_of)
    original = agreed_hours(project) if by_hours else original_fees(project=project)
    found = agreed_changes(project=project, only_shown=True)
    changes = hours(found.seconds) if by_hours else found.price
    pending = hours(found.pending_seconds) if by_hours else found.pending_price
    agreed = plus(original, changes)
    used: Decimal | None
    waiting: Decimal | None
    if by_hours:
        sums = time.aggregate(used=Sum(BILLED, filter=APPROVED), waiting=Sum(BILLED, filter=IN_APPROVAL))
        used, waiting = hours(sums["used"] or 0), hours(sums["waiting"] or 0)
    elif contracts:
        used, waiting = _of_contracts(contracts)
    else:
        asked = {
            "used": Sum("bill", filter=APPROVED),
            "waiting": Sum("bill", filter=IN_APPROVAL),
            "open": Count("pk", filter=APPROVED & Q(bill=None)),
            "open_waiting": Count("pk", filter=IN_APPROVAL & Q(bill=None)),
        }
        sums = time.aggregate(**asked)
        spent = Expense.objects.filter(project=project, booked_on__lte=as_of, is_billable=True).order_by()
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
        over=sum((one.over for one in contracts), ZERO),
        is_fixed=bool(contracts) and all(one.is_fixed for one in contracts),
    )


def agreed_hours(project: Project) -> Decimal | None:
    """Return how many hours the contract holds; None when it says none."""
    settings = BudgetSettings.objects.filter(project=project).first()
    return settings.agreed_hours if settings else None


def _of_contracts(contracts: Iterable[ContractFigures]) -> tuple[Decimal | None, Decimal | None]:
    """Return what is used and what waits for the customer's yes, by the type of each contract; n/a when one is."""
    used: Decimal | None = ZERO
    waiting: Decimal | None = ZERO
    for one in contracts:
        used = plus(used, one.accepted if one.is_fixed else minus(one.billable, one.over))
        waiting = plus(waiting, one.reached if one.is_fixed else one.waiting)
    return used, waiting
