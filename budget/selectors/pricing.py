"""What hours cost and bill under the project's rules: overtime, the day's cap, internal tasks.

Overtime is reckoned per person and week of one project. What is approved is frozen and counts first; the rest
follows by day, time of beginning and id, rejected hours last, so that the same hours always give the same money.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from functools import cached_property

from django.db.models import Q

from budget.choices import ACTUAL_STATES, EntryState
from budget.models import TimeEntry, TimeRules
from budget.selectors.rates import RateBook, rates_for
from implement.core.calendars import WorkingCalendar
from implement.core.money import HOUR, hours_cost
from projects.models import Project, Task
from projects.planning import working_calendar

# The columns of an entry that pricing sets.
PRICED = [
    "cost_rate", "bill_rate", "cost", "bill", "overtime_seconds", "unbilled_seconds", "cost_factor", "bill_factor",
]  # fmt: skip
ONE = Decimal(1)


def rules_of(*, project: Project | None) -> TimeRules:
    """Return a project's time rules: its own, else the firm's, else those of a project without any; one query."""
    rows = TimeRules.objects.filter(
        Q(project=None) if project is None else Q(project=None) | Q(project=project)
    )
    found = {row.project_id: row for row in rows}
    own = found.get(project.pk) if project is not None else None
    return own or found.get(None) or TimeRules()


def internal_tasks(*, project: Project) -> frozenset[int]:
    """Return the tasks on which no hour is billed: marked so, or below one that is; one query if there are none."""
    marked = set(Task.objects.filter(project=project, is_billable=False).values_list("pk", flat=True))
    if not marked:
        return frozenset()
    below: dict[int | None, list[int]] = defaultdict(list)
    for pk, parent in Task.objects.filter(project=project).values_list("pk", "parent_id"):
        below[parent].append(pk)
    found, waiting = set(marked), list(marked)
    while waiting:
        fresh = [pk for pk in below[waiting.pop()] if pk not in found]
        found.update(fresh)
        waiting.extend(fresh)
    return frozenset(found)


@dataclass(frozen=True)
class Reckoned:
    """Of an entry's seconds: those that are overtime, and those beyond what is billed on a day."""

    overtime: int = 0
    unbilled: int = 0


NOTHING = Reckoned()


def is_frozen(entry: TimeEntry, fresh: frozenset[int] = frozenset()) -> bool:
    """Return whether an entry's money never moves again."""
    return entry.status in ACTUAL_STATES and entry.pk not in fresh


def _order(entry: TimeEntry) -> tuple[bool, date, time, int]:
    return (
        entry.status == EntryState.REJECTED,
        entry.worked_on,
        entry.started_at or time.max,
        entry.pk or 0,
    )


def _clipped(value: int, most: int) -> int:
    return min(max(value, 0), most)


@dataclass(frozen=True)
class PriceBook:
    """A project's rates and rules, read once."""

    project: Project
    rates: RateBook
    rules: TimeRules
    internal: frozenset[int]

    @cached_property
    def calendar(self) -> WorkingCalendar:
        """Return the project's calendar, which says what a weekend or holiday is."""
        return working_calendar(self.project.calendar)

    def price(self, entry: TimeEntry, reckoned: Reckoned = NOTHING) -> None:
        """Set rates, factors and amounts; an hour that is not billable is billed 0 if it has a rate."""
        rate = self.rates.resolve(entry.person, entry.worked_on)
        overtime, currency = reckoned.overtime, self.project.currency
        unbilled = entry.seconds if entry.task_id in self.internal else reckoned.unbilled
        entry.cost_rate, entry.bill_rate = rate.cost_rate, rate.bill_rate
        entry.overtime_seconds, entry.unbilled_seconds = overtime, unbilled
        entry.cost_factor = self.rules.overtime_cost if overtime else ONE
        entry.bill_factor = self.rules.overtime_bill if overtime else ONE
        weighted = entry.seconds + overtime * (entry.cost_factor - ONE)
        entry.cost = hours_cost(weighted, rate.cost_rate, currency)
        # What is not billed is the end of the day, and so of the overtime first.
        paid, paid_overtime = entry.seconds - unbilled, max(0, overtime - unbilled)
        billed = hours_cost(paid + paid_overtime * (entry.bill_factor - ONE), rate.bill_rate, currency)
        entry.bill = billed if entry.is_billable or billed is None else Decimal(0)

    def reckon(self, week: Sequence[TimeEntry], fresh: frozenset[int] = frozenset()) -> dict[int, Reckoned]:
        """Return what is overtime and what is not billed of one person's week on the project, by entry.

        Only of what is not frozen. `fresh` are entries that an import has just written as approved.
        """
        rules = self.rules
        used: dict[date, int] = defaultdict(int)
        billed: dict[date, int] = defaultdict(int)
        regular = 0
        for entry in week:
            if is_frozen(entry, fresh):
                used[entry.worked_on] += entry.seconds
                regular += entry.seconds - entry.overtime_seconds
                if entry.is_billable:
                    billed[entry.worked_on] += entry.seconds - entry.unbilled_seconds
        found: dict[int, Reckoned] = {}
        for entry in sorted((one for one in week if not is_frozen(one, fresh)), key=_order):
            seconds, day = entry.seconds, entry.worked_on
            overtime = unbilled = 0
            if rules.overtime_free_days and not self.calendar.is_working_day(day):
                overtime = seconds
            elif rules.overtime_day is not None:
                overtime = _clipped(used[day] + seconds - int(rules.overtime_day * HOUR), seconds)
            if rules.overtime_week is not None:
                left = seconds - overtime
                overtime += _clipped(regular + left - int(rules.overtime_week * HOUR), left)
            if rules.billable_day is not None and entry.is_billable and entry.task_id not in self.internal:
                unbilled = _clipped(billed[day] + seconds - int(rules.billable_day * HOUR), seconds)
                billed[day] += seconds - unbilled
            used[day] += seconds
            regular += seconds - overtime
            found[entry.pk] = Reckoned(overtime, unbilled)
        return found

    def price_in_week(self, entry: TimeEntry) -> None:
        """Price a stored entry beside the others of its week; no query when no rule looks at them."""
        reckoned = NOTHING
        if self.rules.looks_at_days:
            week = week_entries(project=self.project, people=[entry.person_id], days=[entry.worked_on])
            reckoned = self.reckon(week).get(entry.pk, NOTHING)
        self.price(entry, reckoned)


def prices_for(*, project: Project) -> PriceBook:
    """Return the project's price book; three queries (one more where tasks are internal)."""
    return PriceBook(
        project=project,
        rates=rates_for(project=project),
        rules=rules_of(project=project),
        internal=internal_tasks(project=project),
    )


def monday_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def week_entries(*, project: Project, people: Iterable[int], days: Iterable[date]) -> list[TimeEntry]:
    """Return what these people have on the project in the weeks from the first day's to the last one's."""
    wanted = list(days)
    begin, end = monday_of(min(wanted)), monday_of(max(wanted)) + timedelta(days=6)
    return list(
        TimeEntry.objects.filter(
            project=project, person__in=list(people), worked_on__range=(begin, end)
        ).select_related("person")
    )
