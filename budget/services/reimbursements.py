"""Giving people back what they spent: into a payment run, paid, or taken out of the run again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from budget.choices import ReimbursementState
from budget.models import Expense
from budget.selectors.expenses import owed_by_person, reimbursable
from implement.core.db import update_rows
from implement.core.errors import DomainError, NotAllowed, StateError
from implement.core.money import day_text, format_money
from projects.kit.access import Entry
from projects.kit.journal import record

SOON = timedelta(days=92)
REFERENCE_LENGTH = 60
COLUMNS = ["reimbursement", "payment_reference", "reimbursed_on", "version", "updated_at"]
# Step -> from which states, to which, and what the journal calls it.
STEPS = {
    "run": ((ReimbursementState.OPEN,), ReimbursementState.IN_RUN, "expenses.in_run"),
    "paid": (
        (ReimbursementState.OPEN, ReimbursementState.IN_RUN),
        ReimbursementState.PAID,
        "expenses.reimbursed",
    ),
    "back": ((ReimbursementState.IN_RUN,), ReimbursementState.OPEN, "expenses.out_of_run"),
}


def _check(step: str, on: date | None, reference: str) -> str:
    if step not in STEPS:
        raise DomainError(f"“{step[:20]}” is no step of a reimbursement.", fields={"step": "Choose a step."})
    reference = reference.replace("\x00", "").strip()
    if len(reference) > REFERENCE_LENGTH:
        raise DomainError(
            f"The reference has {len(reference):,} characters.",
            fields={"reference": f"At most {REFERENCE_LENGTH} characters."},
        )
    if step == "run" and not reference:
        message = "Name the payment run, such as 2026-11 or the bank's reference."
        raise DomainError(message, fields={"reference": message})
    if step == "paid" and on is None:
        raise DomainError(
            "Say on which day it was paid.", fields={"paid_on": "Say on which day it was paid."}
        )
    if on is not None and not date(2000, 1, 1) <= on <= timezone.localdate() + SOON:
        message = f"{day_text(on)} is no day on which this can have been paid."
        raise DomainError(message, fields={"paid_on": message})
    return reference


@transaction.atomic
def reimbursements_move(
    *, ids: Iterable[int], step: str, access: Entry, on: date | None = None, reference: str = ""
) -> int:
    """Take approved expenses of one's own money a step further ("run", "paid", "back"), all or none; return how many.

    `on` is the day it was paid. What is paid tells its person. Raises DomainError by field, NotAllowed for one's own
    money, StateError for expenses that are not in the step's states.
    """
    access.require("expenses.pay")
    reference = _check(step, on, reference)
    sources, target, action = STEPS[step]
    wanted = set(ids)
    if not wanted:
        raise DomainError("Nothing is selected.")
    rows = list(
        reimbursable(Expense.objects.filter(project=access.project, pk__in=wanted, reimbursement__in=sources))
        .select_for_update(of=("self",))
        .select_related("person__user", "project")
        .order_by("person__name", "person_id", "spent_on", "pk")
    )
    if len(rows) != len(wanted):
        raise StateError("Some of these are not waiting for this any more. Reload and look again.")
    if access.person is not None and any(row.person_id == access.person.pk for row in rows):
        raise NotAllowed("Nobody pays out their own expenses: ask somebody else of the finances.")
    now = timezone.now()
    for row in rows:
        row.reimbursement = target
        row.reimbursed_on = on if target == ReimbursementState.PAID else None
        if target == ReimbursementState.OPEN:
            row.payment_reference = ""
        elif reference:
            row.payment_reference = reference
        row.version += 1
        row.updated_at = now
    update_rows(rows, COLUMNS)
    if target == ReimbursementState.OPEN:
        reimbursements_settle(expenses=rows)
    for owed in owed_by_person(rows):
        amounts = ", ".join(format_money(amount, currency) for currency, amount in owed.sums)
        said = {"rows": (None, len(owed.rows)), "amount": (None, amounts)}
        if owed.rows[0].payment_reference:
            said["reference"] = (None, owed.rows[0].payment_reference)
        if on is not None and target == ReimbursementState.PAID:
            said["paid on"] = (None, on.isoformat())
        is_told = target == ReimbursementState.PAID and owed.person.user is not None
        record(
            action=action,
            target=owed.person,
            actor=access.user,
            project=access.project,
            changes=said,
            notify=[owed.person.user] if is_told and owed.person.user else [],
        )
    return len(rows)


def reimbursements_settle(*, expenses: Iterable[Expense]) -> None:
    """Let what was taken back before anybody paid it be owed to nobody, in the caller's transaction.

    Of each of the expenses that waits for its money beside what takes it back, both are settled.
    """
    pairs = reimbursable(
        Expense.objects.filter(
            reverses__in=expenses,
            reimbursement=ReimbursementState.OPEN,
            reverses__reimbursement=ReimbursementState.OPEN,
        )
    ).values_list("pk", "reverses_id")
    Expense.objects.filter(pk__in=[pk for pair in pairs for pk in pair]).update(
        reimbursement=ReimbursementState.SETTLED, version=F("version") + 1, updated_at=timezone.now()
    )
