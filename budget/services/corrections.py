"""Correcting approved hours: a reversing entry takes them back, the right hours are booked anew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone

from budget.choices import ACTUAL_STATES, EntryState, Verdict
from budget.models import DAY_SECONDS, EntryDecision, TimeEntry
from budget.selectors.chain import OWN, chain_of, decision_of
from budget.selectors.periods import BOOKING, first_open_day, require_open
from budget.selectors.pricing import PRICED, monday_of, prices_for
from budget.services.deciding import checked_reason, entries_decide
from budget.services.pricing import weeks_price
from budget.services.time import check_bookable, check_day
from implement.core.db import hold_together
from implement.core.errors import DomainError, NotAllowed, StateError
from implement.core.money import hours_of
from projects.kit.access import Entry
from projects.kit.journal import record
from projects.kit.rows import clean_row
from projects.models import Person, Task
from projects.planning import today_of

ONCE = "This entry was reversed already: it is corrected once."


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


def posting_day(entry: TimeEntry) -> date:
    """Return the day on which a correction of the entry counts: today, never before the entry, in an open period."""
    return first_open_day(
        project=entry.project, day=max(today_of(entry.project), entry.booked_day, entry.worked_on)
    )


def refusal_of(*, entry: TimeEntry, access: Entry) -> str | None:
    """Return why this person may not reverse the entry; None when they may. No query but for what is loaded."""
    if entry.status not in ACTUAL_STATES:
        return "Only approved hours are reversed; what is not approved is edited."
    if entry.reverses_id:
        return "A reversing entry is not reversed: book the right hours instead."
    if access.person is not None and entry.person_id == access.person.pk:
        return OWN
    return None if access.can("time.correct") else "Your role on this project does not allow this."


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
    if refusal := refusal_of(entry=entry, access=access):
        raise (NotAllowed if refusal == OWN else StateError)(refusal)
    if TimeEntry.with_trash.filter(reverses=entry).exists():
        raise StateError(ONCE)
    now, posted_on = timezone.now(), posting_day(entry)
    require_open(project=entry.project, days=[posted_on])
    reversal = _reversal(entry, access, reason, posted_on)
    clean_row(reversal)
    try:
        with transaction.atomic():
            reversal.save(force_insert=True)
    except IntegrityError as error:
        raise StateError(ONCE) from error
    chain = chain_of(project=entry.project)
    decision: EntryDecision = decision_of(
        row=reversal, chain=chain, user=access.user, person=access.person, role=access.role,
        verdict=Verdict.REVERSED, comment=reason, at=now,
    )  # fmt: skip
    decision.level = chain.levels
    decision.save()
    record(
        action="timeentry.reversed",
        target=entry,
        actor=access.user,
        project=entry.project,
        changes={
            "reason": (None, reason),
            "posted_on": (None, posted_on),
            "hours": (_told(entry.seconds), 0),
        },
        notify=[entry.person.user] if entry.person.user else [],
    )
    booked = _book(entry, right, access, reason, posted_on) if right is not None else None
    weeks_price(book=prices_for(project=entry.project), weeks=[(entry.person_id, monday_of(entry.worked_on))])
    if booked is not None:
        booked.refresh_from_db()
        if chain.refusal(booked, access) is None:
            # Who corrects and may decide has looked at it: nobody has to press twice.
            entries_decide(model=TimeEntry, ids=[booked.pk], access=access, approve=True, reason=reason)
            booked.refresh_from_db()
    return reversal, booked


def _reversal(entry: TimeEntry, access: Entry, reason: str, posted_on: date) -> TimeEntry:
    """Return the entry below zero, not yet written: nothing is priced anew."""
    reversal = TimeEntry(
        project=entry.project,
        task=entry.task,
        build_item=entry.build_item,
        person=entry.person,
        worked_on=entry.worked_on,
        started_at=entry.started_at,
        posted_on=posted_on,
        is_billable=entry.is_billable,
        note=entry.note,
        seconds=-entry.seconds,
        status=EntryState.APPROVED,
        approved_level=entry.approved_level,
        decided_at=timezone.now(),
        decided_by=access.user,
        decision_note=reason,
        reverses=entry,
        correction_reason=reason,
    )
    for name in PRICED:
        setattr(reversal, name, getattr(entry, name))
    for name in ("cost", "bill", "overtime_seconds", "unbilled_seconds"):
        value = getattr(entry, name)
        setattr(reversal, name, None if value is None else -value)
    return reversal


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
