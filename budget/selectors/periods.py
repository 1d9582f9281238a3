"""Which days are closed, and the check that every verb on hours and expenses makes before it writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta

from django.db.models import Q, QuerySet

from budget.choices import OPEN_STATES, EntryState
from budget.models import ClosedPeriod, Expense, TimeEntry
from implement.core.db import hold_together
from implement.core.errors import StateError
from projects.models import Project

# What everybody who books holds together, and who closes a period holds alone.
BOOKING = "hours and expenses"
NOT_DECIDED = (*OPEN_STATES, EntryState.SUBMITTED)


def closed_periods(*, project: Project | None) -> QuerySet[ClosedPeriod]:
    """Return the closed periods of a project, those of the whole firm among them; of None: the firm's own."""
    mine = Q(project=None) if project is None else Q(project=None) | Q(project=project)
    return ClosedPeriod.objects.filter(mine)


def closing_of(*, project: Project, days: Iterable[date]) -> tuple[date, ClosedPeriod] | None:
    """Return the first of the days that is closed, with its period; None when all are open. One query."""
    wanted = sorted(set(days))
    if not wanted:
        return None
    periods = list(
        closed_periods(project=project).filter(
            reopened_at=None, starts_on__lte=wanted[-1], ends_on__gte=wanted[0]
        )
    )
    return next(((day, one) for day in wanted for one in periods if one.holds(day)), None)


def closed_message(day: date, period: ClosedPeriod) -> str:
    """Return what is told about a day that is closed."""
    whose = "" if period.project_id else " for the whole firm"
    return (
        f"{day:%d %b %Y} is in a closed period ({period}{whose}): nothing is booked, changed or approved there. "
        "What is approved is corrected by a reversing entry."
    )


def require_open(*, project: Project, days: Iterable[date], field: str = "worked_on") -> None:
    """Raise StateError when one of the days is closed; nobody can close one until the transaction ends.

    Call it first: who closes waits for everybody who books, so no row may be locked before.
    """
    hold_together(BOOKING)
    found = closing_of(project=project, days=days)
    if found:
        message = closed_message(*found)
        raise StateError(message, fields={field: message})


def closed_days(*, project: Project) -> Callable[[date], str]:
    """Return what tells of a day why it is closed, or nothing: for many days at once, from one query."""
    periods = list(closed_periods(project=project).filter(reopened_at=None))

    def why(day: date) -> str:
        found = next((one for one in periods if one.holds(day)), None)
        return closed_message(day, found) if found else ""

    return why


def first_open_day(*, project: Project, day: date) -> date:
    """Return the day itself, or the first one after it that no closed period holds."""
    periods = list(closed_periods(project=project).filter(reopened_at=None, ends_on__gte=day))
    while held := next((one for one in periods if one.holds(day)), None):
        day = held.ends_on + timedelta(days=1)
    return day


def undecided(
    *, project: Project | None, starts_on: date, ends_on: date
) -> tuple[QuerySet[TimeEntry], QuerySet[Expense]]:
    """Return the hours and expenses that keep a period from being closed: drafts, submitted and rejected ones."""
    where = {} if project is None else {"project": project}
    hours = TimeEntry.objects.filter(
        **where, status__in=NOT_DECIDED, booked_on__range=(starts_on, ends_on)
    ).select_related("person", "task", "project")
    spent = Expense.objects.filter(
        **where, status__in=NOT_DECIDED, booked_on__range=(starts_on, ends_on)
    ).select_related("person", "task", "project")
    return hours.order_by("person__name", "worked_on", "pk"), spent.order_by("person__name", "spent_on", "pk")
