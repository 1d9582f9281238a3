"""Logging, submitting and deciding hours."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone

from budget.choices import OPEN_STATES, EntryState
from budget.models import DAY_SECONDS, Expense, TimeEntry
from budget.selectors.chain import chain_of
from budget.selectors.periods import BOOKING, closing_of, require_open
from budget.selectors.pricing import PRICED, monday_of, prices_for
from budget.services.pricing import weeks_price
from implement.accounts.models import User
from implement.core.db import hold_together, update_rows
from implement.core.errors import DomainError, StateError
from implement.core.money import format_number, hours_of
from projects.kit.access import Entry
from projects.kit.journal import record
from projects.kit.rows import row_delete, row_restore, row_save
from projects.models import Membership, Person, Project, Task

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
DAYS = 7
LONG_AGO = timedelta(days=366)
SOON = timedelta(days=31)


def check_day(*, person: Person, worked_on: date, added: int, without: Iterable[int] = ()) -> None:
    """Raise DomainError when a person's day would have more than 24 hours, over all projects."""
    booked = (
        TimeEntry.objects.filter(person=person, worked_on=worked_on)
        .exclude(pk__in=list(without))
        .aggregate(total=Sum("seconds"))["total"]
        or 0
    )
    if booked + added > DAY_SECONDS:
        total = format_number(hours_of(booked + added))
        message = f"{person} would have {total} hours on {worked_on:%d %b %Y}: a day has 24."
        raise DomainError(message, fields={"seconds": message})


def check_bookable(*, project: Project, task: Task | None, worked_on: date) -> None:
    """Raise DomainError when hours or money cannot be booked there or then."""
    if task is not None:
        if task.project_id != project.pk:
            raise DomainError(
                "The task is of another project.", fields={"task": "Choose a task of this project."}
            )
        if task.is_summary or task.is_milestone:
            kind = "summary" if task.is_summary else "milestone"
            message = f"“{task}” is a {kind}: book on a task below it."
            raise DomainError(message, fields={"task": message})
    if worked_on < project.starts_on - LONG_AGO:
        message = f"{worked_on:%d %b %Y} is more than a year before the project starts."
        raise DomainError(message, fields={"worked_on": message})
    if worked_on > timezone.localdate() + SOON:
        message = f"{worked_on:%d %b %Y} is too far ahead to have been worked."
        raise DomainError(message, fields={"worked_on": message})


def check_item(entry: TimeEntry) -> None:
    """Raise DomainError when hours name a build item of another task."""
    item = entry.build_item
    if item is None:
        return
    message = ""
    if item.project_id != entry.project_id or item.deleted_at:
        message = "Choose a build item of this project."
    elif item.task_id is None or item.task_id != entry.task_id:
        of = f"of “{item.task}”" if item.task else "of no task"
        message = f"{item.key} is {of}: choose an item of the task, or none."
    if message:
        raise DomainError(message, fields={"build_item": message})


def check_owner(
    *, entry: TimeEntry | Expense, access: Entry, log_permission: str, others_permission: str
) -> None:
    """Raise NotAllowed unless the row is one's own, or one may act for others; StateError when closed."""
    is_own = access.person is not None and entry.person_id == access.person.pk
    access.require(log_permission if is_own else others_permission)
    if not entry._state.adding and entry.status not in OPEN_STATES:
        raise StateError(
            f"This is {entry.get_status_display().lower()}: only a draft or a rejected one can be changed."
        )
    if (
        not is_own
        and not Membership.objects.filter(project=entry.project, person_id=entry.person_id).exists()
    ):
        raise DomainError(
            "This person is not on the project.", fields={"person": "Choose somebody on the project."}
        )


def is_changeable(*, entry: TimeEntry | Expense, access: Entry, others_permission: str) -> bool:
    """Return whether a row is open, and one's own or of somebody one may act for."""
    is_own = access.person is not None and entry.person_id == access.person.pk
    return entry.status in OPEN_STATES and (is_own or access.can(others_permission))


@transaction.atomic
def time_save(*, entry: TimeEntry, access: Entry, expected_version: int | None = None) -> TimeEntry:
    """Log time, or change a draft or rejected entry; a rejected one becomes a draft again.

    Raises DomainError (by field), NotAllowed, StateError (a closed period among its reasons) or StaleVersion.
    """
    before = (
        None
        if entry._state.adding
        else TimeEntry.with_trash.filter(pk=entry.pk)
        .values_list("person_id", "worked_on", "booked_on")
        .first()
    )
    # Neither into a closed period nor out of one.
    require_open(project=entry.project, days={entry.booked_day, before[2] if before else entry.booked_day})
    check_owner(entry=entry, access=access, log_permission="time.log", others_permission="time.approve")
    # One writer per person at a time, or two requests could fill the same day past 24 hours.
    Person.objects.select_for_update().filter(pk=entry.person_id).first()
    check_bookable(project=entry.project, task=entry.task, worked_on=entry.worked_on)
    check_item(entry)
    if entry.seconds:
        check_day(
            person=entry.person,
            worked_on=entry.worked_on,
            added=entry.seconds,
            without=[entry.pk] if entry.pk else [],
        )
    if entry.status == EntryState.REJECTED:
        entry.status = EntryState.DRAFT
    book = prices_for(project=entry.project)
    book.price(entry)
    row_save(row=entry, actor=access.user, expected_version=expected_version)
    touched = {(entry.person_id, monday_of(entry.worked_on))} | (
        {(before[0], monday_of(before[1]))} if before else set()
    )
    if weeks_price(book=book, weeks=touched):
        entry.refresh_from_db(fields=PRICED)
    return entry


@transaction.atomic
def time_delete(*, entry: TimeEntry, access: Entry, expected_version: int | None = None) -> None:
    """Throw a draft or rejected entry away.

    Raises NotAllowed or StateError.
    """
    require_open(project=entry.project, days=[entry.booked_day])
    check_owner(entry=entry, access=access, log_permission="time.log", others_permission="time.approve")
    row_delete(row=entry, actor=access.user, expected_version=expected_version)
    _others_follow(entry)


@transaction.atomic
def time_restore(*, entry: TimeEntry, access: Entry) -> None:
    """Take an entry back out of the trash.

    Raises DomainError when its day is full meanwhile, NotAllowed or StateError.
    """
    require_open(project=entry.project, days=[entry.booked_day])
    check_owner(entry=entry, access=access, log_permission="time.log", others_permission="time.approve")
    Person.objects.select_for_update().filter(pk=entry.person_id).first()
    check_day(person=entry.person, worked_on=entry.worked_on, added=entry.seconds)
    row_restore(row=entry, actor=access.user)
    # Rates may have moved while it lay in the trash.
    prices_for(project=entry.project).price(entry)
    update_rows([entry], PRICED)
    _others_follow(entry)


def _others_follow(entry: TimeEntry) -> None:
    """Reckon the week of an entry that came or went anew."""
    book = prices_for(project=entry.project)
    weeks_price(book=book, weeks=[(entry.person_id, monday_of(entry.worked_on))])


@dataclass(frozen=True)
class Cell:
    """One cell of the weekly grid: what it should hold. 0 seconds empties it."""

    task: Task
    day: date
    seconds: int
    note: str = ""
    is_billable: bool = True


@transaction.atomic
def cells_save(*, access: Entry, person: Person, cells: Iterable[Cell]) -> int:
    """Make one person's drafts of a project match the grid's cells; return how many changed.

    A cell stands for all of the person's open entries on that task and day: one is kept, the others join it. Entries
    on build items stay as they are when there are others: what the cell has more or less is of these others.
    Hours that correct earlier ones have a day of posting of their own and are left alone.
    Raises DomainError naming the task and the day; nothing is saved then.
    """
    access.require("time.log")
    cells = list(cells)
    days = {cell.day for cell in cells}
    require_open(project=access.project, days=days)
    Person.objects.select_for_update().filter(pk=person.pk).first()
    book = prices_for(project=access.project)
    changed = 0
    stored: dict[tuple[int | None, date], list[TimeEntry]] = {}
    for entry in TimeEntry.objects.filter(
        project=access.project, person=person, worked_on__in=days, status__in=OPEN_STATES, posted_on=None
    ).select_related("person", "task", "project"):
        stored.setdefault((entry.task_id, entry.worked_on), []).append(entry)
    for cell in cells:
        found = stored.get((cell.task.pk, cell.day), [])
        total = sum(entry.seconds for entry in found)
        same_note = not found or found[0].note == cell.note
        if total == cell.seconds and same_note and (not found or found[0].is_billable == cell.is_billable):
            continue
        changed += 1
        if cell.seconds and len(found) > 1:
            found, cell = without_items(found, cell)
        for extra in found[1:] if cell.seconds else found:
            row_delete(row=extra, actor=access.user)
        if not cell.seconds:
            continue
        entry = (
            found[0]
            if found
            else TimeEntry(project=access.project, person=person, task=cell.task, worked_on=cell.day)
        )
        entry.seconds, entry.note, entry.is_billable = cell.seconds, cell.note, cell.is_billable
        entry.status = EntryState.DRAFT
        try:
            if not 0 < cell.seconds <= DAY_SECONDS:
                raise DomainError("A cell holds more than 0 and at most 24 hours.")
            check_bookable(project=access.project, task=cell.task, worked_on=cell.day)
            book.price(entry)
            row_save(row=entry, actor=access.user)
        except DomainError as error:
            raise DomainError(f"{cell.task.name}, {cell.day:%A %d %b}: {error.message}") from error
    for day in sorted(days):
        check_day(person=person, worked_on=day, added=0)
    weeks_price(book=book, weeks={(person.pk, monday_of(day)) for day in days})
    return changed


def without_items(found: list[TimeEntry], cell: Cell) -> tuple[list[TimeEntry], Cell]:
    """Return the entries of a cell that name no build item, and what the cell asks of these.

    Raises DomainError when it asks for less than what is on the items.
    """
    named = sum(entry.seconds for entry in found if entry.build_item_id is not None)
    if cell.seconds < named:
        told = f"{format_number(hours_of(named))} h of it are on build items"
        raise DomainError(f"{cell.task.name}, {cell.day:%A %d %b}: {told}. Change these entries themselves.")
    plain = [entry for entry in found if entry.build_item_id is None]
    return plain, replace(cell, seconds=cell.seconds - named)


@transaction.atomic
def week_submit(*, access: Entry, person: Person, monday: date) -> int:
    """Submit a person's drafts of a week on one project for approval; return how many.

    Raises DomainError when there is nothing to submit.
    """
    access.require("time.log")
    hold_together(BOOKING)
    entries = TimeEntry.objects.filter(
        project=access.project, person=person, worked_on__gte=monday, worked_on__lt=monday + WEEK,
        status__in=OPEN_STATES,
    )  # fmt: skip
    require_open(project=access.project, days=entries.order_by().values_list("booked_on", flat=True))
    total = entries.aggregate(total=Sum("seconds"))["total"] or 0
    now = timezone.now()
    count = entries.update(
        status=EntryState.SUBMITTED,
        approved_level=0,
        submitted_at=now,
        updated_at=now,
        version=F("version") + 1,
    )
    if not count:
        raise DomainError("There are no drafts in this week.")
    managers = User.objects.filter(
        person__memberships__project=access.project, person__memberships__role="manager",
        person__memberships__is_active=True,
    )  # fmt: skip
    chain = chain_of(project=access.project)
    named = chain.next_people(TimeEntry(person=person)) if chain.named_for(person.pk, 1) else []
    record(
        action="timesheet.submitted",
        target=person,
        actor=access.user,
        project=access.project,
        changes={"week": (None, monday), "hours": (None, hours_of(total).quantize(hours_of(36)))},
        notify=[one.user for one in named if one.user is not None] or managers,
    )
    return count


def copy_week(*, person: Person, access: Entry, monday: date) -> int:
    """Copy last week's hours of a project into the empty cells of a week, as drafts; return how many.

    Tasks that cannot be booked any more, and closed days, are left out. Raises DomainError as `cells_save` does.
    """
    pairs = [(monday - WEEK + DAY * number, monday + DAY * number) for number in range(DAYS)]
    return _copy(person=person, access=access, pairs=pairs)


def copy_day(*, person: Person, access: Entry, source: date, target: date) -> int:
    """Copy a day's hours of a project into the empty cells of another day, as drafts; return how many.

    As `copy_week` does. Raises DomainError for a day onto itself.
    """
    if source == target:
        raise DomainError("Choose two different days.", fields={"target": "Choose another day."})
    return _copy(person=person, access=access, pairs=[(source, target)])


def _copy(*, person: Person, access: Entry, pairs: list[tuple[date, date]]) -> int:
    targets = dict(pairs)
    standing = TimeEntry.objects.filter(
        project=access.project,
        person=person,
        worked_on__in=list(targets),
        task__deleted_at=None,
        task__is_summary=False,
        task__is_milestone=False,
        # Neither what was taken back nor what takes back.
        reverses=None,
        reversal=None,
    ).select_related("task")
    taken = set(
        TimeEntry.objects.filter(
            project=access.project, person=person, worked_on__in=list(targets.values())
        ).values_list("task_id", "worked_on")
    )
    is_closed = {
        day: closing_of(project=access.project, days=[day]) is not None
        for day in {targets[entry.worked_on] for entry in standing}
    }
    sums: dict[tuple[int | None, date], Cell] = {}
    for entry in standing:
        day = targets[entry.worked_on]
        key = (entry.task_id, day)
        if entry.task is None or key in taken or is_closed[day]:
            continue
        before = sums.get(key)
        sums[key] = Cell(
            task=entry.task,
            day=day,
            seconds=entry.seconds + (before.seconds if before else 0),
            is_billable=entry.is_billable,
        )
    return cells_save(access=access, person=person, cells=sums.values())
