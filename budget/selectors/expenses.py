"""What a project says about expenses, and what waits to be reimbursed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Exists, OuterRef, QuerySet

from budget.choices import ACTUAL_STATES, ExpenseBasis, PaidBy, ReimbursementState
from budget.models import Expense, ExpenseSettings, Receipt
from implement.core.asked import answered_once
from implement.core.money import round_money
from projects.models import Person, Project

ZERO = Decimal(0)
# How far the money is on its way of what takes back an expense that was reimbursed: the person owes it.
GOING_BACK = {
    ReimbursementState.OPEN: ("Owed back", "watch"),
    ReimbursementState.PAID: ("Given back", "done"),
}


@answered_once
def expense_settings(*, project: Project) -> ExpenseSettings:
    """Return how a project treats expenses, the usual way when nobody has said; one query."""
    return ExpenseSettings.objects.filter(project=project).first() or ExpenseSettings(project=project)


def with_receipts(rows: QuerySet[Expense]) -> QuerySet[Expense]:
    """Return expenses that know whether they have a receipt, for lists: no query per row."""
    return rows.annotate(has_receipt=Exists(Receipt.objects.filter(expense=OuterRef("pk"))))


def has_receipt(expense: Expense) -> bool:
    """Return whether an expense has a receipt; no query for one of `with_receipts` or with its receipts at hand."""
    known = getattr(expense, "has_receipt", None)
    return bool(expense.receipts.all()) if known is None else bool(known)


def lacks_receipt(expense: Expense, settings: ExpenseSettings) -> bool:
    """Return whether a receipt is asked for and none is there."""
    if expense.basis != ExpenseBasis.RECEIPT or expense.exchange_rate is None:
        return False
    home = round_money(expense.amount * expense.exchange_rate, expense.project.currency)
    return home >= settings.receipt_limit and not has_receipt(expense)


def reimbursable(rows: QuerySet[Expense]) -> QuerySet[Expense]:
    """Return what the firm owes, or has paid back, to who spent it: approved, and paid with their own money."""
    return rows.filter(status__in=ACTUAL_STATES, is_reimbursable=True, paid_by=PaidBy.PERSON)


@dataclass(frozen=True)
class Owed:
    """What one person gets, by currency, in the currencies' order; `rows` are the expenses behind it."""

    person: Person
    rows: tuple[Expense, ...]
    sums: tuple[tuple[str, Decimal], ...]


def sums_of(rows: Iterable[Expense]) -> tuple[tuple[str, Decimal], ...]:
    """Return (currency, gross amount) of expenses; different currencies are never added up."""
    sums: dict[str, Decimal] = {}
    for row in rows:
        sums[row.currency] = sums.get(row.currency, ZERO) + row.amount
    return tuple(sorted(sums.items()))


def owed_by_person(rows: Iterable[Expense]) -> tuple[Owed, ...]:
    """Return expenses by person, in the order in which the people come."""
    grouped: dict[int, list[Expense]] = {}
    for row in rows:
        grouped.setdefault(row.person_id, []).append(row)
    return tuple(Owed(theirs[0].person, tuple(theirs), sums_of(theirs)) for theirs in grouped.values())


def reimbursement_words(expense: Expense) -> tuple[str, str]:
    """Return how far an expense's money is on its way back, in words and with a tone."""
    if expense.paid_by == PaidBy.CARD:
        return "Paid by the firm", "quiet"
    if not expense.is_reimbursable:
        return "Not reimbursed", "quiet"
    if expense.status not in ACTUAL_STATES:
        return "After the approval", "quiet"
    state = ReimbursementState(expense.reimbursement)
    if expense.reverses_id and state in GOING_BACK:
        return GOING_BACK[state]
    return str(state.label), state.tone
