"""What is agreed, contract by contract, and what of it is earned, handed over and left."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum

from budget.choices import CHANGE_AGREED, ContractKind, EntryState, LineKind, Recognition, RunState
from budget.models import BudgetSettings, ChangeRequest, Contract, Expense, InvoiceLine, TimeEntry
from budget.selectors.actuals import APPROVED
from budget.selectors.amounts import ONE, ZERO, minus, plus, ratio, summed_money, total
from budget.selectors.changes import changes_of, sums_by_change
from budget.selectors.figures import figures_known
from budget.selectors.tasks import tasks_of
from implement.core.asked import answered_once
from implement.core.money import round_money
from projects.models import Project, Task
from projects.planning import end_of_day

HUNDRED = Decimal(100)
IN_APPROVAL = Q(status=EntryState.SUBMITTED)


@answered_once
def contracts_of(*, project: Project) -> tuple[Contract, ...]:
    """Return a project's contracts in the order of the plan, the one about the rest last; one query."""
    rows = list(Contract.objects.filter(project=project).select_related("task"))
    for row in rows:
        row.project = project
    return tuple(sorted(rows, key=lambda row: (row.task is None, row.task.position if row.task else 0)))


@dataclass(frozen=True)
class Scopes:
    """Which contract each task is under: that of the nearest part of the plan above it, else the one about the rest."""

    rest: Contract | None
    by_task: dict[int, Contract | None]

    def of(self, task_id: int | None) -> Contract | None:
        """Return the contract of a task, or of what has none."""
        return self.rest if task_id is None else self.by_task.get(task_id, self.rest)


def scopes_of(project: Project) -> Scopes:
    """Return which contract each task is under; two queries."""
    contracts = contracts_of(project=project)
    own = {row.task_id: row for row in contracts if row.task_id is not None}
    rest = next((row for row in contracts if row.task_id is None), None)
    found: dict[int, Contract | None] = {}
    # Parents come first in the outline; one in the trash may not.
    for task in sorted(tasks_of(project).values(), key=lambda task: task.level):
        above = found.get(task.parent_id, rest) if task.parent_id else rest
        found[task.pk] = own.get(task.pk, above)
    return Scopes(rest, found)


def original_fees(*, project: Project) -> Decimal | None:
    """Return what was agreed at first, in money: the contracts' amounts, else the agreed fees of the settings.

    n/a when one of the contracts has none.
    """
    contracts = contracts_of(project=project)
    if not contracts:
        settings = BudgetSettings.objects.filter(project=project).first()
        return settings.agreed_fees if settings else None
    amounts = [row.amount for row in contracts]
    return None if None in amounts else total(amounts)


@dataclass
class Value:
    """Money of one contract while it is added up. None is n/a: hours without a rate."""

    billable: Decimal | None = ZERO
    waiting: Decimal | None = ZERO
    cost: Decimal | None = ZERO
    expenses: Decimal | None = ZERO


@dataclass(frozen=True, kw_only=True)
class ContractFigures:
    """One contract at the end of a day, in the project's currency. None is n/a.

    agreed = original + approved changes. billable: approved billable hours and expenses; waiting: those in approval.
    accepted: the payments of accepted milestones. extras: billable expenses on top of a fixed price. earned: the
    revenue so far, by the contract's type. over: what is billable beyond the limit, and is not billed. handed_over: on
    final invoice runs. cost and margin are internal.
    """

    contract: Contract
    original: Decimal | None
    changes: Decimal
    billable: Decimal | None
    waiting: Decimal | None
    payments: Decimal
    accepted: Decimal
    reached: Decimal
    physical: Decimal | None
    handed_over: Decimal
    cost: Decimal | None
    expenses: Decimal | None = ZERO

    @property
    def agreed(self) -> Decimal | None:
        """Return the amount with the approved changes."""
        return None if self.original is None else self.original + self.changes

    @property
    def is_fixed(self) -> bool:
        return self.contract.kind == ContractKind.FIXED

    @property
    def is_capped(self) -> bool:
        return self.contract.kind == ContractKind.CAPPED

    @property
    def over(self) -> Decimal:
        """Return what is billable beyond the agreed limit."""
        if not self.is_capped or self.billable is None or self.agreed is None:
            return ZERO
        return max(self.billable - self.agreed, ZERO)

    @property
    def extras(self) -> Decimal | None:
        """Return the expenses that are billed on top of a fixed price; of the other types they are among the rest."""
        return self.expenses if self.is_fixed else ZERO

    @property
    def earned_of_agreed(self) -> Decimal | None:
        """Return what of the agreed amount is earned: by work done or accepted milestones, else what is billed."""
        if not self.is_fixed:
            return None if self.billable is None else self.billable - self.over
        if self.contract.recognition == Recognition.MILESTONES:
            return self.accepted
        if self.agreed is None or self.physical is None:
            return None
        return round_money(self.agreed * self.physical, self.contract.project.currency)

    @property
    def earned(self) -> Decimal | None:
        """Return the revenue so far, with what comes on top of a fixed price."""
        return plus(self.earned_of_agreed, self.extras)

    @property
    def left(self) -> Decimal | None:
        """Return what of the agreed amount is not earned yet."""
        return minus(self.agreed, self.earned_of_agreed)

    @property
    def used(self) -> Decimal | None:
        """Return which share of the agreed amount is earned or, with a limit, billable: that may be above 1."""
        return ratio(self.billable if self.is_capped else self.earned_of_agreed, self.agreed)

    @property
    def margin(self) -> Decimal | None:
        """Return earned - cost."""
        return minus(self.earned, self.cost)

    @property
    def margin_share(self) -> Decimal | None:
        return ratio(self.margin, self.earned)


@dataclass
class _Sums:
    values: dict[int, Value] = field(default_factory=dict)

    def of(self, contract: Contract) -> Value:
        return self.values.setdefault(contract.pk, Value())


@answered_once
def contract_figures(*, project: Project, as_of: date) -> tuple[ContractFigures, ...]:
    """Return every contract of a project at the end of a day; a fixed number of queries."""
    contracts = contracts_of(project=project)
    if not contracts:
        return ()
    scopes = scopes_of(project)
    sums = _Sums()
    _add_entries(project, as_of, scopes, sums)
    changes = _changes_by_contract(project)
    physical = _physical_by_contract(project, as_of, scopes)
    paid = _payments_by_contract(project, as_of, scopes)
    lines = InvoiceLine.objects.filter(
        run__project=project, run__status=RunState.FINAL, run__period_to__lte=as_of
    ).order_by()
    handed = dict(lines.values_list("run__contract").annotate(total=Sum("amount")))
    found = []
    for contract in contracts:
        value = sums.of(contract)
        payments, reached, accepted = paid.get(contract.pk, (ZERO, ZERO, ZERO))
        found.append(
            ContractFigures(
                contract=contract,
                original=contract.amount,
                changes=changes.get(contract.pk, ZERO),
                billable=value.billable,
                waiting=value.waiting,
                payments=payments,
                accepted=accepted,
                reached=reached,
                physical=physical.get(contract.pk),
                handed_over=summed_money(handed.get(contract.pk)) or ZERO,
                cost=value.cost,
                expenses=value.expenses,
            )
        )
    return tuple(found)


def _add_entries(project: Project, as_of: date, scopes: Scopes, sums: _Sums) -> None:
    """Add up what is billable and what it cost, per contract; two queries."""
    billed, waits = APPROVED & Q(is_billable=True), IN_APPROVAL & Q(is_billable=True)
    asked = {
        "billed": Sum("bill", filter=billed),
        "unbilled": Count("pk", filter=billed & Q(bill=None)),
        "waits": Sum("bill", filter=waits),
        "unpriced": Count("pk", filter=waits & Q(bill=None)),
        "paid": Sum("cost", filter=APPROVED),
        "costless": Count("pk", filter=APPROVED & Q(cost=None)),
    }
    names = (
        ("billable", "billed", "unbilled"),
        ("waiting", "waits", "unpriced"),
        ("cost", "paid", "costless"),
    )
    for rows, more in (
        (TimeEntry.objects.filter(project=project, booked_on__lte=as_of), ()),
        (
            Expense.objects.filter(project=project, booked_on__lte=as_of),
            (("expenses", "billed", "unbilled"),),
        ),
    ):
        found: Any = rows.order_by().values("task_id").annotate(**asked)
        for row in found:
            contract = scopes.of(row["task_id"])
            if contract is None:
                continue
            value = sums.of(contract)
            for name, amount, missing in (*names, *more):
                before = getattr(value, name)
                known = None if row[missing] else (summed_money(row[amount]) or ZERO)
                setattr(value, name, None if before is None or known is None else before + known)


def contract_of_change(change: ChangeRequest) -> Contract | None:
    """Return the contract that a change amends: the one it names, else the only one, else the one about the rest.

    None when all of several are about parts of the plan and nobody has said which one it is.
    """
    contracts = contracts_of(project=change.project)
    named = [row for row in contracts if row.pk == change.contract_id]
    rest = [row for row in contracts if len(contracts) == 1 or row.task_id is None]
    return next(iter(named or rest), None)


def _changes_by_contract(project: Project) -> dict[int, Decimal]:
    """Return the price of the approved changes per contract."""
    rows = [row for row in changes_of(project=project) if row.status in CHANGE_AGREED]
    known = sums_by_change(project=project) if rows else {}
    found: dict[int, Decimal] = {}
    for row in rows:
        contract = contract_of_change(row)
        price = known[row.pk].price
        if contract is not None and price is not None:
            found[contract.pk] = found.get(contract.pk, ZERO) + price
    return found


def unassigned_changes(*, project: Project) -> list[ChangeRequest]:
    """Return the approved changes that amend none of the contracts, though there are some."""
    agreed = [row for row in changes_of(project=project) if row.status in CHANGE_AGREED]
    return [row for row in agreed if contracts_of(project=project) and contract_of_change(row) is None]


def _physical_by_contract(project: Project, as_of: date, scopes: Scopes) -> dict[int, Decimal]:
    """Return the share of the work that is done per contract, weighed by the budget; what has no task left out."""
    figures = figures_known(project=project, as_of=as_of)
    done: dict[int, tuple[Decimal, Decimal]] = {}
    for piece in figures.sources.planned:
        amount = piece.amount(figures.measure)
        contract = scopes.of(piece.task_id)
        if amount is None or contract is None or piece.task_id is None:
            continue
        share = figures.sources.reached.of(piece)
        part, whole = done.get(contract.pk, (ZERO, ZERO))
        done[contract.pk] = (part + amount * share, whole + amount)
    return {pk: min(part / whole, ONE) for pk, (part, whole) in done.items() if whole > 0}


def is_reached(task: Task, end: datetime) -> bool:
    """Return whether a milestone was done by a moment."""
    return task.percent_complete == HUNDRED and (task.actual_finish is None or task.actual_finish < end)


def is_accepted(task: Task, end: datetime) -> bool:
    """Return whether the customer had accepted a milestone by a moment."""
    return task.accepted_at is not None and task.accepted_at < end


def payments_in(tasks: Iterable[Task]) -> list[Task]:
    """Return the milestones with a payment."""
    return [
        task
        for task in tasks
        if task.is_milestone and task.deleted_at is None and task.payment_amount is not None
    ]


def _payments_by_contract(
    project: Project, as_of: date, scopes: Scopes
) -> dict[int, tuple[Decimal, Decimal, Decimal]]:
    """Return per contract the payments of its milestones: all, reached and not accepted, accepted."""
    end = end_of_day(project, as_of)
    found: dict[int, tuple[Decimal, Decimal, Decimal]] = {}
    for task in payments_in(tasks_of(project).values()):
        contract = scopes.of(task.pk)
        if contract is None:
            continue
        amount = task.payment_amount or ZERO
        has_yes = is_accepted(task, end)
        whole, reached, accepted = found.get(contract.pk, (ZERO, ZERO, ZERO))
        found[contract.pk] = (
            whole + amount,
            reached + (amount if is_reached(task, end) and not has_yes else ZERO),
            accepted + (amount if has_yes else ZERO),
        )
    return found


def whole_of(figures: Iterable[ContractFigures], name: str) -> Decimal | None:
    """Return the sum of a figure over contracts; n/a when one of them is."""
    values = [getattr(one, name) for one in figures]
    return None if None in values or not values else total(values)


def beside_agreed(contract: Contract) -> tuple[LineKind, ...]:
    """Return the kinds of invoice lines that are billed, or kept back, beside what a contract agrees."""
    if contract.kind == ContractKind.FIXED:
        return (LineKind.RETENTION, LineKind.EXPENSE)
    return (LineKind.RETENTION,)


def held_amount(*, contract: Contract, without: int | None = None, until: datetime | None = None) -> Decimal:
    """Return what final invoice runs, of those final before a moment, have billed of what a contract agrees.

    Retention is left out, and so are the expenses on top of a fixed price.
    """
    lines = InvoiceLine.objects.filter(run__contract=contract, is_held=True).exclude(run=without)
    if until is not None:
        lines = lines.filter(run__finalised_at__lt=until)
    lines = lines.exclude(kind__in=beside_agreed(contract))
    return summed_money(lines.order_by().aggregate(total=Sum("amount"))["total"]) or ZERO
