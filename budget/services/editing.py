"""Changing open hours by more than one at a time: split an entry, change many at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from budget.choices import OPEN_STATES, EntryState
from budget.models import DAY_SECONDS, TimeEntry
from budget.selectors.periods import require_open
from budget.services.time import check_owner, time_save
from implement.core.errors import DomainError, StateError
from implement.core.money import format_number, hours_of
from projects.kit.access import Entry
from projects.kit.journal import record
from projects.models import Task

MOST_PARTS = 20
MOST_ROWS = 500
UNSAID: Any = object()


@dataclass(frozen=True)
class Part:
    """A part of an entry: on what, when, and how much of it."""

    task: Task | None
    worked_on: date
    seconds: int
    note: str | None = None


@transaction.atomic
def entry_split(
    *, entry: TimeEntry, parts: Sequence[Part], access: Entry, expected_version: int | None = None
) -> list[TimeEntry]:
    """Split a draft or rejected entry over tasks and days; return the entries, the old one first.

    The parts add up to the entry to the second. Raises DomainError (by part), StateError, NotAllowed or
    StaleVersion; nothing is saved then.
    """
    if not 2 <= len(parts) <= MOST_PARTS:
        raise DomainError(f"An entry is split into 2 to {MOST_PARTS} parts.")
    for number, part in enumerate(parts, start=1):
        if not 0 < part.seconds <= DAY_SECONDS:
            raise DomainError(f"Part {number}: more than 0 and at most 24 hours.")
    total = sum(part.seconds for part in parts)
    if total != entry.seconds:
        told, had = format_number(hours_of(total)), format_number(hours_of(entry.seconds))
        off = total - entry.seconds
        raise DomainError(
            f"The parts add up to {told} h, the entry has {had} h: {abs(off):,} s "
            f"{'too many' if off > 0 else 'are missing'}."
        )
    require_open(project=entry.project, days={entry.booked_day, *(part.worked_on for part in parts)})
    check_owner(entry=entry, access=access, log_permission="time.log", others_permission="time.approve")
    before = entry.seconds
    first, *others = parts
    item, of = entry.build_item, entry.task
    entry.build_item = item if first.task == of else None
    entry.task, entry.worked_on, entry.seconds = first.task, first.worked_on, first.seconds
    if first.note is not None:
        entry.note = first.note
    saved = [time_save(entry=entry, access=access, expected_version=expected_version)]
    for number, part in enumerate(others, start=2):
        more = TimeEntry(
            project=entry.project,
            person=entry.person,
            task=part.task,
            build_item=item if part.task == of else None,
            worked_on=part.worked_on,
            seconds=part.seconds,
            posted_on=entry.posted_on,
            replaces_id=entry.replaces_id,
            correction_reason=entry.correction_reason,
            is_billable=entry.is_billable,
            note=entry.note if part.note is None else part.note,
        )
        try:
            saved.append(time_save(entry=more, access=access))
        except DomainError as error:
            raise type(error)(f"Part {number}: {error.message}") from error
    record(
        action="timeentry.split",
        target=entry,
        actor=access.user,
        project=entry.project,
        changes={"seconds": (before, ", ".join(str(row.seconds) for row in saved))},
    )
    return saved


@transaction.atomic
def entries_change(
    *,
    ids: Iterable[int],
    access: Entry,
    task: Task | None = UNSAID,
    is_billable: bool = UNSAID,
    note: str = UNSAID,
) -> int:
    """Give many open entries another task, billing or note, all or none; return how many.

    What is not said stays. Raises DomainError, StateError when one is not open (any more) or in a closed period,
    NotAllowed for somebody else's.
    """
    wanted = set(ids)
    if not wanted or len(wanted) > MOST_ROWS:
        raise DomainError("Choose the rows first." if not wanted else f"At most {MOST_ROWS} rows at a time.")
    values = {
        name: value
        for name, value in (("task", task), ("is_billable", is_billable), ("note", note))
        if value is not UNSAID
    }
    if not values:
        raise DomainError("Say what is to change: the task, the billing or the note.")
    rows = list(
        TimeEntry.objects.filter(project=access.project, pk__in=wanted).select_related(
            "project", "person", "task"
        )
    )
    if len(rows) != len(wanted):
        raise StateError("Some of these are not there any more. Reload and look again.")
    require_open(project=access.project, days={row.booked_day for row in rows})
    closed = [row for row in rows if row.status not in OPEN_STATES]
    if closed:
        states = ", ".join(sorted({str(EntryState(row.status).label).lower() for row in closed}))
        raise StateError(
            f"{len(closed)} of {len(rows)} {'is' if len(closed) == 1 else 'are'} {states}: "
            "only drafts and rejected ones can be changed."
        )
    for row in sorted(rows, key=lambda one: one.person_id):
        if values.get("task", row.task) != row.task:
            row.build_item = None
        for name, value in values.items():
            setattr(row, name, value)
        time_save(entry=row, access=access)
    return len(rows)
