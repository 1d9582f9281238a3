"""What one form of a what-if's page says, written as differences: a value as it is today is no difference."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from budget.choices import DifferenceKind
from budget.models import Difference, WhatIf
from budget.selectors.whatif import live_plan
from budget.services.whatif import difference_save, difference_undo
from projects.kit.access import Entry
from projects.models import Dependency, Person, Task


@transaction.atomic
def task_write(
    *,
    what_if: WhatIf,
    task: Task,
    entry: Entry,
    minutes: int | None,
    constraint: str,
    constraint_at: datetime | None,
    hours: Mapping[Person, int],
) -> None:
    """Say how long a task takes, when it may run, and how many seconds people are planned on it.

    `minutes` None: as it is. What says the same as the plan takes its difference back. Raises as difference_save does.
    """
    live = live_plan(project=what_if.project)
    stored = live.by_id.get(task.pk, task)
    is_time = minutes is not None and minutes != stored.duration_minutes
    is_date = (constraint, constraint_at) != (stored.constraint, stored.constraint_at)
    row = what_if.differences.filter(kind=DifferenceKind.TASK, task=task).first()
    if is_time or is_date:
        row = row or Difference(what_if=what_if, kind=DifferenceKind.TASK, task=task)
        row.duration_minutes = minutes if is_time else None
        row.constraint, row.constraint_at = (constraint, constraint_at) if is_date else ("", None)
        difference_save(row=row, entry=entry)
    elif row is not None:
        difference_undo(row=row, entry=entry)
    for person, seconds in hours.items():
        _hours(what_if, entry, person, seconds, task=task, stored=live.hours.get((task.pk, person.pk), 0))


@transaction.atomic
def added_write(
    *, row: Difference, entry: Entry, hours: Mapping[Person, int], is_waiting: bool
) -> Difference:
    """Add a task, or change one that this what-if adds, with people's hours; `is_waiting`: it waits for its place.

    Raises as difference_save does.
    """
    is_new = row.pk is None
    difference_save(row=row, entry=entry)
    if is_new and is_waiting and (row.task or row.added):
        link = Difference(
            what_if=row.what_if,
            kind=DifferenceKind.LINK,
            predecessor=row.task,
            added_predecessor=row.added,
            added=row,
        )
        difference_save(row=link, entry=entry)
    for person, seconds in hours.items():
        _hours(row.what_if, entry, person, seconds, added=row, stored=0)
    return row


def _hours(
    what_if: WhatIf,
    entry: Entry,
    person: Person,
    seconds: int,
    *,
    stored: int,
    task: Task | None = None,
    added: Difference | None = None,
) -> None:
    row = what_if.differences.filter(kind=DifferenceKind.HOURS, task=task, added=added, person=person).first()
    if seconds == stored:
        if row is not None:
            difference_undo(row=row, entry=entry)
        return
    row = row or Difference(what_if=what_if, kind=DifferenceKind.HOURS, task=task, added=added, person=person)
    row.planned_seconds = seconds
    difference_save(row=row, entry=entry)


@transaction.atomic
def task_remove(*, what_if: WhatIf, task: Task, entry: Entry) -> Difference:
    """Leave a task out; what else this what-if does to it is taken back. Raises as difference_save does."""
    for row in what_if.differences.filter(task=task).exclude(kind=DifferenceKind.MONEY):
        difference_undo(row=row, entry=entry)
    for row in what_if.differences.filter(predecessor=task):
        difference_undo(row=row, entry=entry)
    row = Difference(what_if=what_if, kind=DifferenceKind.REMOVED, task=task)
    return difference_save(row=row, entry=entry)


@transaction.atomic
def link_write(*, row: Difference, entry: Entry) -> Difference:
    """Add or change a link, in place of what this what-if does to it already. Raises as difference_save does."""
    row.kind = DifferenceKind.LINK
    _forget_link(row, entry)
    return difference_save(row=row, entry=entry)


@transaction.atomic
def link_remove(*, what_if: WhatIf, link: Dependency, entry: Entry) -> Difference:
    """Leave a link of the plan out. Raises as difference_save does."""
    row = Difference(
        what_if=what_if, kind=DifferenceKind.UNLINK, predecessor=link.predecessor, task=link.successor
    )
    _forget_link(row, entry)
    return difference_save(row=row, entry=entry)


def _forget_link(row: Difference, entry: Entry) -> None:
    earlier = row.what_if.differences.filter(
        kind__in=[DifferenceKind.LINK, DifferenceKind.UNLINK], task=row.task, added=row.added,
        predecessor=row.predecessor, added_predecessor=row.added_predecessor,
    ).exclude(pk=row.pk)  # fmt: skip
    for one in earlier:
        difference_undo(row=one, entry=entry)
