"""When a project works."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import transaction

from implement.accounts.models import User
from implement.core.calendars import CalendarError, Intervals
from implement.core.errors import DomainError
from projects.kit.rows import row_save
from projects.models import (
    Project,
    WorkCalendar,
)
from projects.planning import working_calendar
from projects.services.scheduling import plan_lock, plan_schedule


def stored_times(intervals: Iterable[tuple[int, int]] | Iterable[list[int]]) -> list[list[int]]:
    """Return intervals of a day as the table keeps them, in order."""
    return sorted([start, end] for start, end in intervals)


def checked(calendar: WorkCalendar) -> None:
    """Raise DomainError for a calendar with which no plan would end: no working week, hours that no day has."""
    try:
        if calendar.week and not any(calendar.week):
            raise CalendarError("A week without working hours would never end a plan.")
        working_calendar(calendar)
    except CalendarError as error:
        raise DomainError(str(error)) from error


def _own_calendar(project: Project) -> WorkCalendar:
    """Return the project's own calendar, or a copy of the shared one that is not yet saved."""
    shared = project.calendar
    if shared is not None and shared.project_id == project.pk:
        return shared
    standard = working_calendar(None).week
    return WorkCalendar(
        project=project,
        name=f"Calendar of {project.name}"[:120],
        week=list(shared.week) if shared else [stored_times(day) for day in standard],
        country=shared.country if shared else "",
        subdivision=shared.subdivision if shared else "",
        exceptions=dict(shared.exceptions) if shared else {},
    )


def _calendar_save(
    *, project: Project, calendar: WorkCalendar, actor: User | None, expected_version: int | None
) -> WorkCalendar:
    checked(calendar)
    is_new = calendar._state.adding
    plan_lock(project)
    row_save(row=calendar, actor=actor, expected_version=None if is_new else expected_version)
    if is_new:
        project.calendar = calendar
        row_save(row=project, actor=actor)
    plan_schedule(project=project)
    return calendar


@transaction.atomic
def calendar_week_set(
    *,
    project: Project,
    week: Iterable[Intervals],
    country: str,
    subdivision: str,
    actor: User | None,
    expected_version: int | None = None,
) -> WorkCalendar:
    """Set when the project works: seven days (Monday first) of (start, end) minutes, and whose holidays it keeps.

    A calendar that other projects share is copied first, so that only this project changes. Raises DomainError
    (no working time, an unknown country or subdivision) or StaleVersion.
    """
    calendar = _own_calendar(project)
    calendar.week = [stored_times(day) for day in week]
    calendar.country, calendar.subdivision = country, subdivision
    return _calendar_save(project=project, calendar=calendar, actor=actor, expected_version=expected_version)


@transaction.atomic
def calendar_exception_set(
    *, project: Project, first: date, last: date, times: Intervals | None, actor: User | None
) -> WorkCalendar:
    """Let the days from `first` to `last` differ: `times` () is a day off, None takes the exception away.

    Raises DomainError when the days are out of order, more than a year, or leave no working time.
    """
    if last < first:
        raise DomainError("The last day is before the first.", fields={"last": "Choose a later day."})
    if (last - first).days > 366:
        raise DomainError("At most a year at a time.", fields={"last": "Choose an earlier day."})
    calendar = _own_calendar(project)
    exceptions = dict(calendar.exceptions)
    for number in range((last - first).days + 1):
        day = date.fromordinal(first.toordinal() + number).isoformat()
        exceptions.pop(day, None)
        if times is not None:
            exceptions[day] = stored_times(times)
    calendar.exceptions = exceptions
    return _calendar_save(project=project, calendar=calendar, actor=actor, expected_version=None)


@transaction.atomic
def calendar_save(
    *, calendar: WorkCalendar, actor: User | None, expected_version: int | None = None
) -> WorkCalendar:
    """Add or change a calendar of a project, then reschedule the plan that works by it.

    Raises DomainError (by field; no working time left) or StaleVersion.
    """
    checked(calendar)
    if calendar.project is not None:
        plan_lock(calendar.project)
    row_save(row=calendar, actor=actor, expected_version=expected_version)
    if calendar.project is not None:
        plan_schedule(project=calendar.project)
    return calendar
