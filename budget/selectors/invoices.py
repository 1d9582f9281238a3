"""What can be handed over to be invoiced, what is on a run, and the one way to write it down."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from budget.choices import ACTUAL_STATES, ContractKind, LineKind, RunGrouping, RunState
from budget.models import Contract, Expense, InvoiceLine, InvoiceRun, TimeEntry
from budget.selectors.amounts import ZERO, summed_money, total
from budget.selectors.contracts import contract_figures, held_amount, is_accepted, payments_in, scopes_of
from budget.selectors.tasks import tasks_of
from implement.core.money import day_text, round_money
from implement.core.sealing import canonical, digest
from projects.models import Project, Task
from projects.planning import end_of_day, zone_of

FROZEN = (
    "position", "kind", "time_entry_id", "expense_id", "milestone_id", "day", "task_name", "person_name", "job_role",
    "description", "seconds", "rate", "amount",
)  # fmt: skip
HUNDRED = Decimal(100)


@dataclass(frozen=True, kw_only=True)
class Collected:
    """The lines that a run of now would have. unpriced: approved billable hours without a rate, left out."""

    lines: list[InvoiceLine]
    unpriced_seconds: int

    @property
    def total(self) -> Decimal:
        """Return what they come to."""
        return sum((line.amount for line in self.lines), ZERO)


def tasks_under(contract: Contract) -> Q:
    """Return the condition on an hour or expense that it is under a contract."""
    scopes = scopes_of(contract.project)
    if contract.task_id is None:
        others = [pk for pk, own in scopes.by_task.items() if own is not None and own.pk != contract.pk]
        return ~Q(task__in=others) | Q(task=None)
    return Q(task__in=[pk for pk, own in scopes.by_task.items() if own is not None and own.pk == contract.pk])


def hours_of_contract(contract: Contract) -> QuerySet[TimeEntry]:
    """Return the approved billable hours under a contract that no final run holds."""
    return TimeEntry.objects.filter(
        tasks_under(contract), project=contract.project, status__in=ACTUAL_STATES, is_billable=True
    ).exclude(invoice_lines__is_held=True)


def expenses_of_contract(contract: Contract) -> QuerySet[Expense]:
    """Return the approved billable expenses under a contract that no final run holds."""
    return Expense.objects.filter(
        tasks_under(contract), project=contract.project, status__in=ACTUAL_STATES, is_billable=True
    ).exclude(invoice_lines__is_held=True)


def size_of(run: InvoiceRun) -> int:
    """Return how many hours and expenses a run would collect."""
    period = (run.period_from, run.period_to)
    spent = expenses_of_contract(run.contract).filter(booked_on__range=period).count()
    if run.contract.kind == ContractKind.FIXED:
        return spent
    return spent + hours_of_contract(run.contract).filter(booked_on__range=period).count()


def collect(run: InvoiceRun) -> Collected:
    """Return the lines of a run as they would be now, unsaved; nothing that a final run holds.

    An entry counts on the day it was booked: a correction of one that was handed over comes into the next run.

    A fixed price bills its accepted milestones; the other types bill hours at the rates frozen with their
    approval. Expenses are billed as approved, with their markup. What goes beyond an agreed limit is taken off in
    one line, and billed in one when the limit, or a correction, makes room for it.
    """
    contract = run.contract
    lines: list[InvoiceLine] = []
    unpriced = 0
    if contract.kind != ContractKind.FIXED:
        rows = hours_of_contract(contract).filter(booked_on__range=(run.period_from, run.period_to))
        unpriced = rows.filter(bill=None).aggregate(total=Sum("seconds"))["total"] or 0
        lines += [_hour_line(row) for row in _sorted_hours(rows.exclude(bill=None))]
    spent = expenses_of_contract(contract).filter(booked_on__range=(run.period_from, run.period_to))
    spent = spent.exclude(bill=None).select_related("task", "person").order_by("booked_on", "pk")
    lines += [_expense_line(row) for row in spent]
    if contract.kind == ContractKind.FIXED:
        lines += _milestone_lines(run)
    if contract.kind == ContractKind.CAPPED:
        lines += _cap_line(run, sum((line.amount for line in lines), ZERO))
    for position, line in enumerate(lines, start=1):
        line.run, line.position = run, position
    return Collected(lines=lines, unpriced_seconds=unpriced)


def _sorted_hours(rows: QuerySet[TimeEntry]) -> Iterable[TimeEntry]:
    return rows.select_related("task", "person").order_by("booked_on", "person__name", "pk")


def _hour_line(row: TimeEntry) -> InvoiceLine:
    return InvoiceLine(
        kind=LineKind.TIME,
        time_entry=row,
        day=row.booked_on,
        task_name=customer_words(row.task),
        person_name=row.person.name,
        job_role=row.person.job_role,
        description=row.note,
        seconds=row.seconds - row.unbilled_seconds,
        rate=row.bill_rate,
        amount=row.bill or ZERO,
    )


def _expense_line(row: Expense) -> InvoiceLine:
    return InvoiceLine(
        kind=LineKind.EXPENSE,
        expense=row,
        day=row.booked_on,
        task_name=customer_words(row.task),
        person_name=row.person.name,
        job_role=row.person.job_role,
        description=row.description[:500],
        amount=row.bill or ZERO,
    )


def customer_words(task: Task | None) -> str:
    """Return what a statement calls a task."""
    return "" if task is None else f"{task.wbs} {task.title_for_customer}".strip()


def _milestone_lines(run: InvoiceRun) -> list[InvoiceLine]:
    """Return the payments accepted by the end of the period that no final run holds, and what is kept back of them.

    With the last payment of the contract comes what was kept back of all of them.
    """
    contract = run.contract
    project, zone = run.project, zone_of(run.project)
    scopes, end = scopes_of(project), end_of_day(project, run.period_to)
    own = [
        task
        for task in payments_in(tasks_of(project).values())
        if (found := scopes.of(task.pk)) is not None and found.pk == contract.pk
    ]
    held = set(
        InvoiceLine.objects.filter(milestone__in=own, is_held=True, kind=LineKind.MILESTONE).values_list(
            "milestone_id", flat=True
        )
    )
    accepted = [task for task in own if is_accepted(task, end)]
    lines, kept = [], []
    for task in accepted:
        if task.pk in held:
            continue
        day = task.accepted_at.astimezone(zone).date() if task.accepted_at else None
        words = {"milestone": task, "day": day, "task_name": customer_words(task)}
        amount = task.payment_amount or ZERO
        lines.append(InvoiceLine(kind=LineKind.MILESTONE, amount=amount, **words))
        share = round_money(amount * contract.retention_share / HUNDRED, project.currency)
        if share:
            kept.append(InvoiceLine(kind=LineKind.RETENTION, amount=-share, **words))
    before = InvoiceLine.objects.filter(run__contract=contract, is_held=True, kind=LineKind.RETENTION)
    back = -(summed_money(before.order_by().aggregate(total=Sum("amount"))["total"]) or ZERO)
    back -= sum((line.amount for line in kept), ZERO)
    if own and len(accepted) == len(own) and back > 0:
        return [*lines, *kept, InvoiceLine(kind=LineKind.RETENTION, amount=back, day=run.period_to)]
    return [*lines, *kept]


def _cap_line(run: InvoiceRun, amount: Decimal) -> list[InvoiceLine]:
    """Return the line that takes off what goes beyond the agreed limit, or bills what earlier runs took off.

    All runs together bill what is billable up to the limit, whatever was corrected or agreed since.
    """
    agreed = next(
        (
            one.agreed
            for one in contract_figures(project=run.project, as_of=run.period_to)
            if one.contract.pk == run.contract_id
        ),
        None,
    )
    if agreed is None:
        return []
    held = InvoiceLine.objects.filter(run__contract=run.contract_id, is_held=True).exclude(run=run)
    taken = held.filter(kind=LineKind.CAP).order_by().aggregate(total=Sum("amount"))["total"]
    room = max(agreed - held_amount(contract=run.contract, without=run.pk), ZERO)
    line = min(amount - (summed_money(taken) or ZERO), room) - amount
    return [InvoiceLine(kind=LineKind.CAP, amount=line, day=run.period_to)] if line else []


# --- What a run says ---
@dataclass(frozen=True, kw_only=True)
class StatementRow:
    """A line of the statement: hours and their amount by the run's grouping, or one of the other lines."""

    kind: str
    label: str
    detail: str
    day: date | None
    seconds: int
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class Statement:
    """A run as the customer reads it; the rows add up to `total`, which is what its lines come to."""

    hours: tuple[StatementRow, ...]
    expenses: tuple[StatementRow, ...]
    milestones: tuple[StatementRow, ...]
    seconds: int
    total: Decimal

    @property
    def sections(self) -> tuple[tuple[StatementRow, ...], ...]:
        return (self.hours, self.expenses, self.milestones)

    @property
    def rows(self) -> tuple[StatementRow, ...]:
        return (*self.hours, *self.expenses, *self.milestones)


def statement_of(run: InvoiceRun) -> Statement:
    """Return what is on a run, its hours added up by its grouping; one query."""
    lines = list(run.lines.order_by("position"))
    hours = [line for line in lines if line.kind == LineKind.TIME]
    grouped: dict[Any, list[InvoiceLine]] = {}
    for line in hours:
        grouped.setdefault(_group_of(line, run.grouping), []).append(line)
    keys = sorted(grouped, key=lambda key: (key is None or key == "", key)) if grouped else []
    is_single = run.grouping == RunGrouping.ENTRY
    rows = tuple(
        StatementRow(
            kind=LineKind.TIME,
            label=_label_of(grouped[key][0], run.grouping),
            detail=_detail_of(grouped[key][0]) if is_single else "",
            day=grouped[key][0].day if run.grouping in {RunGrouping.DAY, RunGrouping.ENTRY} else None,
            seconds=sum(line.seconds for line in grouped[key]),
            amount=sum((line.amount for line in grouped[key]), ZERO),
        )
        for key in keys
    )
    return Statement(
        hours=rows,
        expenses=_others(lines, (LineKind.EXPENSE,)),
        milestones=_others(lines, (LineKind.MILESTONE, LineKind.RETENTION, LineKind.CAP)),
        seconds=sum(line.seconds for line in hours),
        total=total(line.amount for line in lines) or ZERO,
    )


def _group_of(line: InvoiceLine, grouping: str) -> Any:
    return {
        RunGrouping.TASK: line.task_name,
        RunGrouping.PERSON: line.person_name,
        RunGrouping.ROLE: line.job_role,
        RunGrouping.DAY: line.day,
        RunGrouping.ENTRY: line.position,
    }[RunGrouping(grouping)]


def _label_of(line: InvoiceLine, grouping: str) -> str:
    if grouping == RunGrouping.DAY:
        return ""
    if grouping == RunGrouping.ENTRY:
        return line.task_name
    return str(_group_of(line, grouping))


def _detail_of(line: InvoiceLine) -> str:
    return ", ".join(part for part in (line.person_name, line.description) if part)


def _others(lines: Iterable[InvoiceLine], kinds: tuple[LineKind, ...]) -> tuple[StatementRow, ...]:
    return tuple(
        StatementRow(
            kind=line.kind,
            label=line.description or line.task_name,
            detail=line.person_name if line.kind == LineKind.EXPENSE else "",
            day=line.day,
            seconds=0,
            amount=line.amount,
        )
        for line in lines
        if line.kind in kinds
    )


def row_words(row: StatementRow) -> str:
    """Return what a line is called, in the active language."""
    if row.kind == LineKind.CAP:
        over, back = _("Over the limit, not billed"), _("Within the limit now, not billed before")
        return over if row.amount < 0 else back
    if row.kind == LineKind.RETENTION:
        kept, back = _("Kept back: {milestone}"), _("What was kept back")
        return kept.format(milestone=row.label) if row.amount < 0 else back
    if row.label:
        return row.label
    return day_text(row.day) if row.day else _("Without a task")


def frozen_lines(lines: Iterable[InvoiceLine]) -> list[list[Any]]:
    """Return lines as plain JSON, in the order of FROZEN."""

    def plain(value: Any) -> Any:
        if isinstance(value, Decimal):
            return f"{value:.2f}"
        return value.isoformat() if isinstance(value, date) else value

    return [[plain(getattr(line, name)) for name in FROZEN] for line in lines]


def seal_of(run: InvoiceRun, lines: Iterable[InvoiceLine]) -> str:
    """Return the SHA-256 over what a run bills."""
    document = {
        "project": run.project.code,
        "run": run.key,
        "contract": run.contract_id,
        "currency": run.project.currency,
        "period": [run.period_from.isoformat(), run.period_to.isoformat()],
        "lines": frozen_lines(lines),
    }
    return digest(canonical(document))


def is_intact(run: InvoiceRun) -> bool:
    """Return whether a final run's lines are, value for value, what was sealed."""
    return run.sha256 == seal_of(run, run.lines.order_by("position"))


@dataclass(frozen=True, kw_only=True)
class Uncollected:
    """What is approved and billable and on no final run, before a day."""

    count: int
    seconds: int
    amount: Decimal
    first: date | None
    last: date | None


def uncollected_before(*, contract: Contract, day: date) -> Uncollected:
    """Return the hours before a day that nobody has handed over: a period that begins later forgets them."""
    rows = hours_of_contract(contract).filter(booked_on__lt=day).values("pk")
    found = TimeEntry.objects.filter(pk__in=rows).aggregate(
        count=Count("pk"),
        seconds=Sum("seconds"),
        amount=Sum("bill"),
        first=Min("booked_on"),
        last=Max("booked_on"),
    )
    return Uncollected(
        count=found["count"],
        seconds=found["seconds"] or 0,
        amount=summed_money(found["amount"]) or ZERO,
        first=found["first"],
        last=found["last"],
    )


def next_period(*, project: Project, contract: Contract | None, today: date) -> tuple[date, date]:
    """Return the period that a new run begins with: from behind the last one, to the end of last month."""
    runs = InvoiceRun.objects.filter(project=project).exclude(status=RunState.VOID)
    if contract is not None:
        runs = runs.filter(contract=contract)
    last = runs.aggregate(last=Max("period_to"))["last"]
    end = today.replace(day=1)
    first = date.fromordinal(last.toordinal() + 1) if last else project.starts_on
    before = date.fromordinal(end.toordinal() - 1)
    return first, max(first, before)
