"""Correcting what is approved: a reversing entry takes hours or an expense back, what is right is booked anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from budget.choices import ACTUAL_STATES, CommitmentState, EntryState, RateOrigin, Verdict
from budget.models import DAY_SECONDS, Commitment, CommitmentPart, EntryDecision, Expense, TimeEntry
from budget.selectors.chain import OWN, chain_of, decision_of
from budget.selectors.periods import BOOKING, first_open_day, require_open
from budget.selectors.pricing import monday_of, prices_for
from budget.selectors.taxes import lines_of
from budget.services.control import booked_of
from budget.services.deciding import checked_reason, entries_decide
from budget.services.expenses import TaxSaid, expense_save
from budget.services.pricing import weeks_price
from budget.services.reimbursements import reimbursements_settle
from budget.services.time import check_bookable, check_day
from implement.accounts.models import User
from implement.core.db import hold_together
from implement.core.errors import DomainError, NotAllowed, StateError
from implement.core.money import format_money, hours_of
from projects.kit.access import Entry
from projects.kit.journal import record
from projects.kit.rows import clean_row, row_save
from projects.models import Person, Task
from projects.planning import today_of

ONCE = "This entry was reversed already: it is corrected once."
GRANTS = {TimeEntry: "time.correct", Expense: "expenses.correct"}
NOUNS = {TimeEntry: "hours", Expense: "expenses"}
# What a reversing entry has of its own; all else is the original's, at its rates.
ITS_OWN = {
    "id", "version", "created_at", "updated_at", "submitted_at", "external_id", "import_run", "replaces",
    "reimbursement", "payment_reference", "reimbursed_on",
}  # fmt: skip
# What of it is below zero.
TAKEN_BACK = {
    TimeEntry: ("seconds", "cost", "bill", "overtime_seconds", "unbilled_seconds"),
    Expense: ("amount", "tax_amount", "quantity", "cost", "bill", "bill_fixed"),
}
# What somebody said of an expense, and the tax that came of it.
SAID = (
    "task", "spent_on", "category", "description", "basis", "quantity", "unit_rate", "amount", "currency",
    "rate_origin", "rate_note", "rate_reason", "taxes", "tax_amount", "is_tax_recoverable", "paid_by",
    "is_reimbursable", "is_billable", "markup_percent", "bill_fixed",
)  # fmt: skip


@dataclass(frozen=True)
class Right:
    """What the hours should have been. They are of the same person and day of work."""

    task: Task | None
    seconds: int
    is_billable: bool = True
    note: str = ""


def _told(seconds: int) -> Decimal:
    """Return seconds as the hours that the journal tells."""
    return hours_of(seconds).quantize(hours_of(36))


def posting_day(entry: TimeEntry | Expense) -> date:
    """Return the day on which a correction of the entry counts: today, never before the entry, in an open period."""
    done_on = entry.worked_on if isinstance(entry, TimeEntry) else entry.spent_on
    return first_open_day(project=entry.project, day=max(today_of(entry.project), entry.booked_day, done_on))


def refusal_of(*, entry: TimeEntry | Expense, access: Entry) -> str | None:
    """Return why this person may not reverse the entry; None when they may. No query but for what is loaded."""
    if entry.status not in ACTUAL_STATES:
        return f"Only approved {NOUNS[type(entry)]} are reversed; what is not approved is edited."
    if entry.reverses_id:
        return f"A reversing entry is not reversed: book the right {NOUNS[type(entry)]} instead."
    if access.person is not None and entry.person_id == access.person.pk:
        return OWN
    return None if access.can(GRANTS[type(entry)]) else "Your role on this project does not allow this."


@transaction.atomic
def time_reverse(
    *, entry: TimeEntry, access: Entry, reason: str, right: Right | None = None
) -> tuple[TimeEntry, TimeEntry | None]:
    """Take approved or locked hours back, and book the right ones if given; return (reversal, right entry).

    The reversal has the entry's day, task, person, rates and amounts, below zero, and counts from its day of
    posting: the first open day from today on. It is approved by itself. The right hours go the way of all hours,
    from submitted on, with the day of the work kept; where the corrector decides their level, that is done at
    once. Raises DomainError without a reason or for hours that cannot be, NotAllowed (one's own, or without the
    grant), StateError when it was reversed already.
    """
    access.require("time.correct")
    reason = checked_reason(reason, needed="A correction needs a reason.")
    hold_together(BOOKING)
    Person.objects.select_for_update().filter(pk=entry.person_id).first()
    entry = TimeEntry.objects.select_related("project", "person", "task").get(pk=entry.pk)
    reversal = _reverse(entry, access, reason, {"hours": (_told(entry.seconds), 0)})
    booked = _book(entry, right, access, reason, reversal.booked_day) if right is not None else None
    weeks_price(book=prices_for(project=entry.project), weeks=[(entry.person_id, monday_of(entry.worked_on))])
    if booked is not None:
        _look_at(booked, access, reason)
    return reversal, booked


@transaction.atomic
def expense_reverse(
    *,
    expense: Expense,
    access: Entry,
    reason: str,
    right: Expense | None = None,
    tax: TaxSaid | None = None,
    receipts: Sequence[UploadedFile] = (),
) -> tuple[Expense, Expense | None]:
    """Take an approved or locked expense back, and book the right one if given; return (reversal, right one).

    The reversal has the expense's day, exchange rate, tax and amounts, below zero, and counts from its day of
    posting; so its project, its customer and its order get back what they bore, whatever rates are now. What was
    paid back is owed back; what was not is owed no more. `right` begins as `right_of`: it is of the same person,
    keeps the receipts beside `receipts`, and goes the way of all expenses, from submitted on; where the corrector
    decides its level, that is done at once. Raises as `time_reverse` and `expense_save` do.
    """
    access.require("expenses.correct")
    reason = checked_reason(reason, needed="A correction needs a reason.")
    hold_together(BOOKING)
    # Held: nobody pays it out meanwhile.
    held = Expense.objects.select_for_update(of=("self",)).select_related("project", "person", "task")
    expense = held.get(pk=expense.pk)
    paid = format_money(expense.amount, expense.currency)
    reversal = _reverse(expense, access, reason, {"amount": (paid, 0)})
    reimbursements_settle(expenses=[expense])
    reversal.refresh_from_db()
    booked = None
    if right is not None:
        right.project, right.person = expense.project, expense.person
        right.posted_on, right.replaces, right.correction_reason = posting_day(right), expense, reason
        right.status, right.submitted_at = EntryState.SUBMITTED, timezone.now()
        kept = [ContentFile(one.file.read(), name=one.name) for one in expense.receipts.all()]
        booked = expense_save(expense=right, access=access, tax=tax, receipts=[*kept, *receipts])  # type: ignore[list-item]
        record(
            action="expense.replaced",
            target=expense,
            actor=access.user,
            project=expense.project,
            changes={
                "amount": (paid, format_money(booked.amount, booked.currency)),
                "task": (expense.task, booked.task),
                "reason": (None, reason),
            },
        )
    _follow_order(expense, [reversal, booked], access.user)
    if booked is not None:
        _look_at(booked, access, reason)
    return reversal, booked


def right_of(expense: Expense) -> Expense:
    """Return a new expense that says what another one says, not yet written: where the right one begins.

    The firm's exchange rate is asked for anew, a rate that somebody said is kept.
    """
    right = Expense(project=expense.project, person=expense.person)
    for name in SAID:
        setattr(right, name, getattr(expense, name))
    if expense.rate_origin == RateOrigin.OWN:
        right.exchange_rate = expense.exchange_rate
    return right


def _reverse(entry: Any, access: Entry, reason: str, told: dict[str, tuple[object, object]]) -> Any:
    """Write the row that takes a row back, with the record of who decided it."""
    if refusal := refusal_of(entry=entry, access=access):
        raise (NotAllowed if refusal == OWN else StateError)(refusal)
    if type(entry).with_trash.filter(reverses=entry).exists():
        raise StateError(ONCE)
    posted_on = posting_day(entry)
    require_open(project=entry.project, days=[posted_on])
    reversal = below_zero(entry)
    reversal.posted_on, reversal.reverses, reversal.correction_reason = posted_on, entry, reason
    reversal.status, reversal.decision_note = EntryState.APPROVED, reason
    reversal.decided_at, reversal.decided_by = timezone.now(), access.user
    try:
        with transaction.atomic():
            reversal.save(force_insert=True)
    except IntegrityError as error:
        raise StateError(ONCE) from error
    chain = chain_of(project=entry.project)
    decision: EntryDecision = decision_of(
        row=reversal, chain=chain, user=access.user, person=access.person, role=access.role,
        verdict=Verdict.REVERSED, comment=reason, at=reversal.decided_at,
    )  # fmt: skip
    decision.level = chain.levels
    decision.save()
    record(
        action=f"{entry._meta.model_name}.reversed",
        target=entry,
        actor=access.user,
        project=entry.project,
        changes={"reason": (None, reason), "posted_on": (None, posted_on), **told},
        notify=[entry.person.user] if entry.person.user else [],
    )
    return reversal


def below_zero(entry: Any) -> Any:
    """Return the row below zero, not yet written: nothing is priced anew, or asked of what was said once."""
    fields = [
        field for field in entry._meta.concrete_fields if not field.generated and field.name not in ITS_OWN
    ]
    reversal = type(entry)(**{field.attname: getattr(entry, field.attname) for field in fields})
    for name in TAKEN_BACK[type(entry)]:
        value = getattr(entry, name)
        setattr(reversal, name, None if value is None else -value)
    if isinstance(entry, Expense):
        lines = lines_of(entry.taxes)
        reversal.taxes = [
            replace(line, gross=-line.gross, net=-line.net, tax=-line.tax).as_json() for line in lines
        ]
    return reversal


def _look_at(booked: Any, access: Entry, reason: str) -> None:
    """Approve what is right at once where the corrector may: they have looked at it, nobody has to press twice."""
    booked.refresh_from_db()
    if chain_of(project=booked.project).refusal(booked, access) is None:
        entries_decide(model=type(booked), ids=[booked.pk], access=access, approve=True, reason=reason)
        booked.refresh_from_db()


def _book(entry: TimeEntry, right: Right, access: Entry, reason: str, posted_on: date) -> TimeEntry:
    """Book the right hours in place of the reversed ones, submitted for approval."""
    if not 0 < right.seconds <= DAY_SECONDS:
        message = "More than 0 and at most 24 hours."
        raise DomainError(message, fields={"seconds": message})
    check_bookable(project=entry.project, task=right.task, worked_on=entry.worked_on)
    check_day(person=entry.person, worked_on=entry.worked_on, added=right.seconds)
    booked = TimeEntry(
        project=entry.project,
        task=right.task,
        build_item=entry.build_item if right.task == entry.task else None,
        person=entry.person,
        worked_on=entry.worked_on,
        posted_on=posted_on,
        seconds=right.seconds,
        is_billable=right.is_billable,
        note=right.note,
        status=EntryState.SUBMITTED,
        submitted_at=timezone.now(),
        replaces=entry,
        correction_reason=reason,
    )
    prices_for(project=entry.project).price(booked)
    clean_row(booked)
    booked.save(force_insert=True)
    record(
        action="timeentry.replaced",
        target=entry,
        actor=access.user,
        project=entry.project,
        changes={
            "hours": (_told(entry.seconds), _told(right.seconds)),
            "task": (entry.task, right.task),
            "reason": (None, reason),
        },
    )
    return booked


def _follow_order(expense: Expense, rows: Sequence[Expense | None], actor: User) -> None:
    """Put rows on the order of which an expense is a part, so that what is open of it is right again."""
    part = CommitmentPart.objects.filter(expense=expense).first()
    if part is None:
        return
    held = Commitment.with_trash.select_for_update(of=("self",)).select_related("project")
    order = held.get(pk=part.commitment_id)
    for row in rows:
        if row is not None:
            row_save(row=CommitmentPart(commitment=order, expense=row), actor=actor)
    booked = booked_of(order)
    if order.status == CommitmentState.ORDERED and booked > order.cost:
        unit = order.project.currency
        message = (
            f"With this {format_money(booked, unit)} of {order.key} would be invoiced, and it is "
            f"{format_money(order.cost, unit)}: raise the order first."
        )
        raise DomainError(message, fields={"amount": message})
