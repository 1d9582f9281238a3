"""From stored rows to the pure scheduler and back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from implement.core.calendars import Intervals, WorkingCalendar
from projects.models import Dependency, Person, Project, Task, WorkCalendar
from projects.schedule import Activity, ConstraintType, Link, LinkType, Schedule, compute

Week = tuple[Intervals, ...]


def _intervals(stored: Any) -> Intervals:
    return tuple((int(start), int(end)) for start, end in stored)


def working_calendar(calendar: WorkCalendar | None) -> WorkingCalendar:
    """Return the arithmetic of a stored calendar; without one, Monday to Friday of eight hours.

    Raises CalendarError when it holds no working time.
    """
    if calendar is None:
        return WorkingCalendar.standard()
    return _built(
        calendar.name,
        tuple(_intervals(day) for day in calendar.week),
        calendar.country,
        calendar.subdivision,
        tuple(sorted((day, _intervals(times)) for day, times in calendar.exceptions.items())),
    )


@lru_cache(maxsize=256)
def _built(
    name: str, week: Week, country: str, subdivision: str, exceptions: tuple[tuple[str, Intervals], ...]
) -> WorkingCalendar:
    """Build once per content: the holidays of forty years and the day sums are worth keeping."""
    base = WorkingCalendar.standard(country or None, subdivision=subdivision or None, name=name)
    if week:
        base = WorkingCalendar(name=name, week=week, exceptions=base.exceptions)
    return base.overlaid(name=name, exceptions={date.fromisoformat(day): times for day, times in exceptions})


def zone_of(project: Project) -> ZoneInfo:
    """Return the project's time zone."""
    return ZoneInfo(project.time_zone)


def to_local(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    """Return an aware moment as the project's wall clock (naive), in which working time is counted."""
    return None if moment is None else moment.astimezone(zone).replace(tzinfo=None)


def to_moment(local: datetime | None, zone: ZoneInfo) -> datetime | None:
    """Return a wall clock of the project as an aware moment."""
    return None if local is None else local.replace(tzinfo=zone)


def local_start(day: date) -> datetime:
    """Return the wall clock's first instant of a day."""
    return datetime.combine(day, time())


def today_of(project: Project) -> date:
    """Return the day it is now in the project's time zone."""
    return datetime.now(zone_of(project)).date()


def end_of_day(project: Project, day: date) -> datetime:
    """Return the moment at which a day ends in the project's time zone."""
    return local_start(day + timedelta(days=1)).replace(tzinfo=zone_of(project))


def compute_schedule(project: Project, tasks: list[Task], links: list[Dependency]) -> Schedule:
    """Return the computed network of a project's tasks; nothing is stored.

    Raises CycleError (with the path of task ids), ScheduleError or CalendarError.
    """
    zone = zone_of(project)
    activities = [
        Activity(
            id=task.pk,
            parent=task.parent_id,
            duration_minutes=0 if task.is_milestone else task.duration_minutes,
            constraint=ConstraintType(task.constraint),
            constraint_date=to_local(task.constraint_at, zone),
            deadline=to_local(task.deadline, zone),
            calendar=working_calendar(task.calendar) if task.calendar_id else None,
            actual_start=to_local(task.actual_start, zone),
            actual_finish=to_local(task.actual_finish, zone),
            percent=int(task.percent_complete),
        )
        for task in tasks
    ]
    return compute(
        activities,
        [
            Link(
                predecessor=link.predecessor_id,
                successor=link.successor_id,
                type=LinkType(link.type),
                lag_minutes=link.lag_minutes,
                elapsed=link.is_elapsed,
            )
            for link in links
        ],
        working_calendar(project.calendar),
        local_start(project.starts_on),
        data_date=local_start(project.data_date) if project.data_date else None,
    )


def person_calendars(*, project: Project, people: Iterable[Person]) -> dict[int, WorkingCalendar]:
    """Return person -> the calendar they work by: the project's."""
    calendar = working_calendar(project.calendar)
    return {person.pk: calendar for person in people}
