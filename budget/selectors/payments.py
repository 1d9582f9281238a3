"""The payment plan: which milestone lets which amount fall due, and whether the customer has accepted it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from budget.choices import LineKind
from budget.models import Contract, InvoiceLine
from budget.selectors.amounts import ZERO, ratio
from budget.selectors.contracts import (
    ContractFigures,
    contract_figures,
    is_accepted,
    is_reached,
    payments_in,
    scopes_of,
)
from budget.selectors.tasks import tasks_of
from implement.core.asked import answered_once
from projects.models import Project, Task
from projects.planning import end_of_day, zone_of


@dataclass(frozen=True, kw_only=True)
class Payment:
    """A milestone with its payment, in the project's currency.

    share: of what its contract agrees, 0 to 1. due_on: the contract's days after the acceptance; None before it.
    state: planned, late, reached (done but not accepted: nothing falls due), accepted, handed_over, revoked (handed
    over, and the acceptance taken back since: no longer possible, but it was).
    """

    task_id: int
    name: str
    customer_name: str
    is_published: bool
    contract: Contract | None
    amount: Decimal
    share: Decimal | None
    expected_on: date | None
    reached_on: date | None
    accepted_on: date | None
    due_on: date | None
    run: str
    state: str


@dataclass(frozen=True, kw_only=True)
class PaymentPlan:
    """The payments in the order of their dates, and how far the plan of each fixed price is from its amount."""

    as_of: date
    currency: str
    rows: tuple[Payment, ...]
    gaps: tuple[tuple[ContractFigures, Decimal], ...]

    def total(self, *states: str) -> Decimal:
        """Return the sum of the payments in some states; without any: of all."""
        return sum((row.amount for row in self.rows if not states or row.state in states), ZERO)


def _day(moment: datetime | None, zone: ZoneInfo) -> date | None:
    return None if moment is None else moment.astimezone(zone).date()


@answered_once
def payment_plan(*, project: Project, as_of: date) -> PaymentPlan:
    """Return the payment plan at the end of a day.

    `gaps`: contract of a fixed price -> its payments less what is agreed, where they differ (above 0: more is
    planned to be paid than was agreed).
    """
    figures = contract_figures(project=project, as_of=as_of)
    agreed = {one.contract.pk: one.agreed for one in figures}
    scopes = scopes_of(project)
    held = dict(
        InvoiceLine.objects.filter(
            run__project=project, is_held=True, kind=LineKind.MILESTONE, run__period_to__lte=as_of
        )
        .select_related("run")
        .values_list("milestone_id", "run__number")
    )
    rows = [
        _payment(project, task, scopes.of(task.pk), agreed, held.get(task.pk), as_of)
        for task in payments_in(tasks_of(project).values())
    ]
    rows.sort(key=lambda row: (row.reached_on or row.expected_on or date.max, row.task_id))
    gaps = [
        (one, one.payments - one.agreed)
        for one in figures
        if one.is_fixed and one.agreed is not None and one.payments != one.agreed
    ]
    return PaymentPlan(as_of=as_of, currency=project.currency, rows=tuple(rows), gaps=tuple(gaps))


def _payment(
    project: Project,
    task: Task,
    contract: Contract | None,
    agreed: dict[int, Decimal | None],
    run: int | None,
    as_of: date,
) -> Payment:
    zone, end = zone_of(project), end_of_day(project, as_of)
    has_yes, is_done = is_accepted(task, end), is_reached(task, end)
    accepted_on, expected_on = _day(task.accepted_at if has_yes else None, zone), _day(task.finish, zone)
    state = "planned"
    if run is not None:
        state = "handed_over" if has_yes else "revoked"
    elif has_yes:
        state = "accepted"
    elif is_done:
        state = "reached"
    elif expected_on is not None and expected_on < as_of:
        state = "late"
    terms = timedelta(days=contract.payment_days) if contract else timedelta(0)
    return Payment(
        task_id=task.pk,
        name=task.name,
        customer_name=task.title_for_customer,
        is_published=task.is_published,
        contract=contract,
        amount=task.payment_amount or ZERO,
        share=ratio(task.payment_amount, agreed.get(contract.pk) if contract else None),
        expected_on=expected_on,
        reached_on=_day(task.actual_finish, zone) if is_done else None,
        accepted_on=accepted_on,
        due_on=accepted_on + terms if accepted_on else None,
        run=f"IR-{run:03d}" if run is not None else "",
        state=state,
    )
