"""Approving and rejecting hours and expenses, level by level; each decision is a record that stays."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone

from budget.choices import EntryState, Verdict
from budget.models import EntryDecision, Expense, TimeEntry
from budget.selectors.chain import Chain, chain_of, decision_of
from budget.selectors.periods import BOOKING, require_open
from budget.selectors.pricing import PRICED, monday_of, prices_for
from budget.services.pricing import weeks_price
from implement.core.db import hold_together, update_rows
from implement.core.errors import DomainError, NotAllowed, StateError
from implement.core.money import hours_of
from projects.kit.access import Entry
from projects.kit.journal import record
from projects.models import Person

REASON_LENGTH = 255
DECIDED = [
    "status", "approved_level", "decided_at", "decided_by", "decision_note", "version", "updated_at",
]  # fmt: skip


def checked_reason(reason: str, *, needed: str = "") -> str:
    """Return a reason as it is kept. Raises DomainError when it is too long, or empty where it is `needed`."""
    reason = reason.replace("\x00", "").strip()
    if len(reason) > REASON_LENGTH:
        raise DomainError(
            f"The reason has {len(reason):,} characters: at most {REASON_LENGTH} are kept.",
            fields={"reason": f"At most {REASON_LENGTH} characters."},
        )
    if needed and not reason:
        raise DomainError(needed, fields={"reason": "Say why."})
    return reason


@transaction.atomic
def entries_decide(
    *,
    model: type[TimeEntry] | type[Expense],
    ids: Iterable[int],
    access: Entry,
    approve: bool,
    reason: str = "",
) -> int:
    """Approve or reject submitted hours or expenses in one go; return how many.

    An approval counts for the level that is next; the last one freezes rates and amounts. Raises DomainError for
    a rejection without a reason, NotAllowed for one's own rows and those that somebody else decides, StateError
    for rows that are decided already or in a closed period; nothing is decided then.
    """
    access.require("time.decide" if model is TimeEntry else "expenses.decide")
    wanted = set(ids)
    if not wanted:
        raise DomainError("Nothing is selected.")
    reason = checked_reason(reason, needed="" if approve else "A rejection needs a reason.")
    hold_together(BOOKING)
    rows: list[Any] = list(
        model.objects.select_for_update(of=("self",))
        .filter(project=access.project, pk__in=wanted, status=EntryState.SUBMITTED)
        .select_related("person__user", "project", "task")
    )
    if len(rows) != len(wanted):
        raise StateError("Some of these are not waiting any more. Reload and look again.")
    require_open(project=access.project, days={row.booked_day for row in rows})
    chain = chain_of(project=access.project)
    for row in rows:
        if refusal := chain.refusal(row, access):
            raise NotAllowed(refusal)
    if approve and model is TimeEntry:
        _price(rows, access)
    _write(rows, access=access, chain=chain, approve=approve, reason=reason)
    return len(rows)


def _price(rows: list[TimeEntry], access: Entry) -> None:
    """Give the rows the rates and rules in force, as the last thing before they freeze."""
    book = prices_for(project=access.project)
    if not book.rules.looks_at_days:
        for row in rows:
            book.price(row)
        return
    weeks_price(book=book, weeks={(row.person_id, monday_of(row.worked_on)) for row in rows})
    stored = TimeEntry.objects.in_bulk([row.pk for row in rows])
    for row in rows:
        for name in PRICED:
            setattr(row, name, getattr(stored[row.pk], name))


def _write(rows: list[Any], *, access: Entry, chain: Chain, approve: bool, reason: str) -> None:
    """Write rows, decisions and journal."""
    now = timezone.now()
    verdict = Verdict.APPROVED if approve else Verdict.REJECTED
    decisions = []
    by_person: dict[tuple[Person, bool], list[Any]] = defaultdict(list)
    for row in rows:
        decisions.append(
            decision_of(
                row=row,
                chain=chain,
                user=access.user,
                person=access.person,
                role=access.role,
                verdict=verdict,
                comment=reason,
                at=now,
            )
        )
        is_last = chain.is_last(row)
        if approve:
            row.approved_level = chain.level_of(row)
            row.status = EntryState.APPROVED if is_last else EntryState.SUBMITTED
        else:
            row.approved_level, row.status = 0, EntryState.REJECTED
        row.decided_at, row.decided_by, row.decision_note = now, access.user, reason
        row.version += 1
        row.updated_at = now
        by_person[row.person, is_last].append(row)
    is_time = isinstance(rows[0], TimeEntry)
    update_rows(rows, DECIDED + (PRICED if is_time and approve else []))
    EntryDecision.objects.bulk_create(decisions, batch_size=500)
    room = "time" if is_time else "expenses"
    for (person, is_last), theirs in by_person.items():
        changes: dict[str, tuple[object, object]] = {"rows": (None, len(theirs))}
        if is_time:
            hours = hours_of(sum(row.seconds for row in theirs))
            changes["hours"] = (None, hours.quantize(hours_of(36)))
        if chain.levels > 1:
            changes["level"] = (None, f"{chain.levels if is_last else 1} of {chain.levels}")
        if reason:
            changes["reason"] = (None, reason)
        told = [person.user] if person.user and not approve else []
        if approve and not is_last:
            told = [one.user for one in chain.next_people(theirs[0]) if one.user is not None]
        record(
            action=f"{room}.{'passed' if approve and not is_last else verdict}",
            target=person,
            actor=access.user,
            project=access.project,
            changes=changes,
            notify=told,
        )
