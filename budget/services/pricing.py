"""Giving open hours the rates and rules in force. What is approved is history and never moves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from budget.choices import EntryState
from budget.models import TimeEntry
from budget.selectors.pricing import (
    NOTHING,
    PRICED,
    PriceBook,
    Reckoned,
    is_frozen,
    monday_of,
    prices_for,
    week_entries,
)
from implement.core.db import update_rows
from projects.models import Project

OPEN = [EntryState.DRAFT, EntryState.SUBMITTED, EntryState.REJECTED]
# A person's id and a Monday.
PersonWeek = tuple[int, date]


def _reprice(
    book: PriceBook, entries: Iterable[TimeEntry], reckoned: dict[int, Reckoned], fresh: frozenset[int]
) -> list[TimeEntry]:
    """Price what is not frozen; return what has changed."""
    changed = []
    for entry in entries:
        if is_frozen(entry, fresh):
            continue
        before = [getattr(entry, name) for name in PRICED]
        book.price(entry, reckoned.get(entry.pk, NOTHING))
        if before != [getattr(entry, name) for name in PRICED]:
            changed.append(entry)
    return changed


def weeks_price(*, book: PriceBook, weeks: Iterable[PersonWeek], fresh: frozenset[int] = frozenset()) -> int:
    """Reckon people's weeks anew after something in them has changed; return how many entries got other amounts.

    One query and one write, and neither where no rule looks at the other hours of a day or week. `fresh` are
    entries that an import has just written as approved: they are reckoned once, then frozen as well.
    """
    wanted = set(weeks)
    if not wanted or not book.rules.looks_at_days:
        return 0
    by_week: dict[PersonWeek, list[TimeEntry]] = defaultdict(list)
    for entry in week_entries(
        project=book.project, people={who for who, _ in wanted}, days={day for _, day in wanted}
    ):
        by_week[entry.person_id, monday_of(entry.worked_on)].append(entry)
    changed = []
    for key in wanted:
        week = by_week.get(key, [])
        changed += _reprice(book, week, book.reckon(week, fresh), fresh)
    update_rows(changed, PRICED)
    return len(changed)


def entries_reprice(*, project: Project) -> int:
    """Give every entry that is not approved yet the rates and rules now in force; return how many changed."""
    book = prices_for(project=project)
    waiting = TimeEntry.objects.filter(project=project, status__in=OPEN)
    if book.rules.looks_at_days:
        found = waiting.order_by().values_list("person_id", "worked_on")
        return weeks_price(book=book, weeks={(person, monday_of(day)) for person, day in found})
    rows = waiting.select_related("person").iterator(chunk_size=2000)
    changed = _reprice(book, rows, {}, frozenset())
    update_rows(changed, PRICED)
    return len(changed)
