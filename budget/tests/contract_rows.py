"""Contracts with hours, expenses and milestones of known amounts, for the tests about them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone

from budget.choices import ContractKind, EntryState
from budget.models import Contract, Expense, InvoiceRun, TimeEntry
from budget.selectors.contracts import contract_figures
from budget.services.contracts import contract_save, run_save
from budget.workflows import RUN_WORKFLOW
from implement.testkit.cast import STARTS_ON, Cast
from projects.kit.access import Entry, enter
from projects.models import Task
from projects.planning import today_of

D = Decimal


DAY = STARTS_ON + timedelta(days=7)


def fay(cast: Cast) -> Entry:
    return enter(cast.fay, "nordwind", "invoice.make")


def contract(cast: Cast, kind: str = ContractKind.TIME, **values: object) -> Contract:
    row = Contract(**{"project": cast.nordwind, "name": "Main", "kind": kind} | values)
    return contract_save(contract=row, actor=cast.fay)


def worked(cast: Cast, hours: float, *, bill: str | None = None, **values: object) -> TimeEntry:
    """Return approved hours of Tom at 150 an hour."""
    rate = D(150)
    amount = rate * D(str(hours)) if bill is None else D(bill)
    return TimeEntry.objects.create(
        **{
            "project": cast.nordwind, "person": cast.tom.person, "task": cast.setup, "worked_on": DAY,
            "seconds": round(hours * 3600), "status": EntryState.APPROVED, "bill_rate": rate, "bill": amount,
            "cost_rate": D(80), "cost": D(80) * D(str(hours)),
        } | values
    )  # fmt: skip


def spent(cast: Cast, bill: str, **values: object) -> Expense:
    return Expense.objects.create(
        **{
            "project": cast.nordwind, "person": cast.tom.person, "spent_on": DAY, "description": "Train",
            "amount": D(bill), "currency": "EUR", "cost": D("7.77"), "bill": D(bill), "is_billable": True,
            "status": EntryState.APPROVED,
        } | values
    )  # fmt: skip


def run_of(
    cast: Cast, about: Contract, first: date = STARTS_ON, last: date | None = None, **values: object
) -> InvoiceRun:
    row = InvoiceRun(
        project=cast.nordwind, contract=about, period_from=first, period_to=last or today_of(cast.nordwind), **values
    )  # fmt: skip
    return run_save(run=row, access=fay(cast))


def finalise(cast: Cast, run: InvoiceRun) -> InvoiceRun:
    RUN_WORKFLOW.perform(name="finalise", item=run, entry=fay(cast))
    return run


def milestone(
    cast: Cast, amount: str, *, accepted: bool = False, reached: bool = False, **values: object
) -> Task:
    now = timezone.now()
    return Task.objects.create(
        **{
            "project": cast.nordwind, "name": "Built", "position": 9, "is_milestone": True, "is_published": True,
            "payment_amount": D(amount), "percent_complete": 100 if accepted or reached else 0,
            "actual_finish": now if accepted or reached else None, "accepted_at": now if accepted else None,
        } | values
    )  # fmt: skip


def standing(cast: Cast):  # type: ignore[no-untyped-def]
    return contract_figures(project=cast.nordwind, as_of=today_of(cast.nordwind))
