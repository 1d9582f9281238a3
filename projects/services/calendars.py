"""When a project works."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

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

LONGEST_DAYS = 366
LONGEST_NAME = 120
MOST_DAYS = 2_000


def stored_times(intervals: Iterable[tuple[int, int]] | Iterable[list[int]]) -> list[list[int]]:
    """Return intervals of a day as the table keeps them, in order."""
    return sorted([start, end] for start, end in intervals)


@dataclass(frozen=True, kw_only=True)
class Days:
    """Days from `first` to `last` that differ from the week: `times` () is a day off, None makes them usual again.

    Hours for several days are for the working days among them: a weekend or a public holiday stays off.
    """

    first: date
    last: date
    times: Intervals | None
    name: str = ""


def days_put(calendar: WorkCalendar, days: Days) -> None:
    """Write days that differ into a calendar, which is not saved.

    Raises DomainError, by field, when they are out of order, more than a year, or too many in all, CalendarError
    when the calendar itself is not right.
    """
    if days.last < days.first:
        raise DomainError("The last day is before the first.", fields={"last": "Choose a later day."})
    if (days.last - days.first).days > LONGEST_DAYS:
        raise DomainError("At most a year at a time.", fields={"last": "Choose an earlier day."})
    exceptions, names = dict(calendar.exceptions), dict(calendar.day_names)
    name = " ".join(days.name.split())[:LONGEST_NAME]
    usual = working_calendar(
        WorkCalendar(week=calendar.week, country=calendar.country, subdivision=calendar.subdivision)
    )
    for number in range((days.last - days.first).days + 1):
        day = days.first + timedelta(days=number)
        if days.times and days.first < days.last and not usual.is_working_day(day):
            continue
        key = day.isoformat()
        exceptions.pop(key, None)
        names.pop(key, None)
        if days.times is not None:
            exceptions[key] = stored_times(days.times)
            if name:
                names[key] = name
    if len(exceptions) > MOST_DAYS:
        raise DomainError(f"A calendar has at most {MOST_DAYS:,} days that differ from its week.")
    calendar.exceptions, calendar.day_names = exceptions, names


def checked(calendar: WorkCalendar) -> None:
    """Raise DomainError for a calendar with which no plan would end: no working week, hours that no day has.

    The names of days that are as usual again are forgotten.
    """
    calendar.day_names = {day: name for day, name in calendar.day_names.items() if day in calendar.exceptions}
    try:
        if calendar.week and not any(calendar.week):
            raise CalendarError("A week without working hours would never end a plan.")
        working_calendar(calendar)
    except CalendarError as error:
        raise DomainError(str(error)) from error


def _own_calendar(project: Project) -> WorkCalendar:
    """Return the project's own calendar as it is now, or a copy of the shared one that is not yet saved.

    Locks the plan first: a calendar that came with a request may have been changed by somebody else since.
    """
    plan_lock(project)
    shared = WorkCalendar.objects.filter(
        pk__in=Project.objects.filter(pk=project.pk).values("calendar")
    ).first()
    if shared is not None and shared.project_id == project.pk:
        project.calendar = shared
        return shared
    standard = working_calendar(None).week
    return WorkCalendar(
        project=project,
        name=f"Calendar of {project.name}"[:120],
        week=list(shared.week) if shared else [stored_times(day) for day in standard],
        country=shared.country if shared else "",
        subdivision=shared.subdivision if shared else "",
        exceptions=dict(shared.exceptions) if shared else {},
        day_names=dict(shared.day_names) if shared else {},
    )


def _calendar_save(
    *, project: Project, calendar: WorkCalendar, actor: User | None, expected_version: int | None
) -> WorkCalendar:
    checked(calendar)
    is_new = calendar._state.adding
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
def calendar_days_set(*, project: Project, days: Days, actor: User | None) -> WorkCalendar:
    """Let single days of the project differ from its week, or be like it again.

    Raises DomainError when the days are out of order, more than a year, or leave no working time.
    """
    calendar = _own_calendar(project)
    days_put(calendar, days)
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
