"""From stored rows to the pure scheduler and back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import timezone

from implement.core.calendars import CalendarError, Intervals, WorkingCalendar, shortened, without
from projects.choices import ProjectStatus
from projects.models import Absence, Assignment, Dependency, Person, Project, Task, WorkCalendar
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
    """Return a wall clock of the project as an aware moment.

    In UTC, as the database gives it back: a local time that a clock change skips or repeats would never equal that.
    """
    return None if local is None else local.replace(tzinfo=zone).astimezone(UTC)


@dataclass(slots=True)
class PlanRow:
    """A task in the columns that its dates are computed from, and those dates.

    Ten thousand of them are read in a fraction of the time that whole tasks take.
    """

    pk: int
    parent_id: int | None
    wbs: str
    name: str
    is_milestone: bool
    is_summary: bool
    duration_minutes: int
    constraint: str
    constraint_at: datetime | None
    deadline: datetime | None
    calendar_id: int | None
    ignores_people: bool
    percent_complete: Decimal
    actual_start: datetime | None
    actual_finish: datetime | None
    start: datetime | None
    finish: datetime | None
    late_start: datetime | None
    late_finish: datetime | None
    total_float_minutes: int | None
    free_float_minutes: int | None
    is_critical: bool
    driver: str
    driven_by_id: int | None

    def __str__(self) -> str:
        return f"{self.wbs} {self.name}".strip()

    @classmethod
    def of(cls, project: Project) -> list[PlanRow]:
        """Read the tasks of a plan, in one query."""
        columns = [column.name for column in fields(cls)]
        return [cls(*row) for row in Task.objects.filter(project=project).values_list(*columns)]


# A task whose dates are computed, whole or in its columns.
Planned = Task | PlanRow


def local_start(day: date) -> datetime:
    """Return the wall clock's first instant of a day."""
    return datetime.combine(day, time())


def today_of(project: Project) -> date:
    """Return the day it is now in the project's time zone."""
    return timezone.localdate(timezone=zone_of(project))


def status_date_of(project: Project) -> date | None:
    """Return the day before which no work that is left is planned: the project's status date, without one today.

    None once a project without one is closed: its plan stays as it ended.
    """
    if project.data_date is None and project.status != ProjectStatus.CLOSED:
        return today_of(project)
    return project.data_date


def end_of_day(project: Project, day: date) -> datetime:
    """Return the moment at which a day ends in the project's time zone."""
    return local_start(day + timedelta(days=1)).replace(tzinfo=zone_of(project))


# (first day, last day, times of the day, minutes off its end) of an absence.
Away = tuple[date, date, Intervals, int | None]


@lru_cache(maxsize=2048)
def _less(calendar: WorkingCalendar, name: str, absences: tuple[Away, ...]) -> WorkingCalendar:
    """Return a calendar without the time of absences; built once per content."""
    exceptions: dict[date, Intervals] = {}
    for first, last, times, minutes in absences:
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            left = exceptions.get(day, calendar.intervals(day))
            if times:
                exceptions[day] = without(left, times)
            else:
                exceptions[day] = shortened(left, minutes) if minutes is not None else ()
    return calendar.overlaid(name=name, exceptions=exceptions)


@lru_cache(maxsize=2048)
def _at_least_one(calendars: tuple[WorkingCalendar, ...]) -> WorkingCalendar:
    return WorkingCalendar.union(calendars, name=", ".join(one.name for one in calendars))


@lru_cache(maxsize=2048)
def _in_common(one: WorkingCalendar, other: WorkingCalendar) -> WorkingCalendar | None:
    """Return the time that two calendars share, None when their weeks share none."""
    try:
        return WorkingCalendar.intersection([one, other], name=f"{one.name} within {other.name}")
    except CalendarError:
        return None


class Availability:
    """When people work: their own calendars less their absences. Read once, in at most two queries.

    A person without a calendar of their own works by the one that is given: the project's or a task's.
    """

    def __init__(self, people: Iterable[Person]) -> None:
        self.people = {person.pk: person for person in people}
        # A calendar that came with its person may not be stored yet.
        rows = {
            pk: person.calendar
            for pk, person in self.people.items()
            if person._state.fields_cache.get("calendar") is not None
        }
        wanted = {person.calendar_id for pk, person in self.people.items() if pk not in rows} - {None}
        stored = WorkCalendar.objects.in_bulk(wanted) if wanted else {}
        rows |= {
            pk: stored[person.calendar_id]
            for pk, person in self.people.items()
            if pk not in rows and person.calendar_id in stored
        }
        self.own = {pk: working_calendar(row) for pk, row in rows.items()}
        away: dict[int, list[Away]] = defaultdict(list)
        for absence in Absence.objects.filter(person__in=self.people) if self.people else ():
            times = _intervals(absence.times)
            away[absence.person_id].append((absence.first, absence.last, times, absence.minutes))
        self.away = {pk: tuple(absences) for pk, absences in away.items()}

    @property
    def different(self) -> set[int]:
        """Return the ids of those who have a calendar or an absence of their own."""
        return {*self.own, *self.away}

    def calendar(self, person: int, usual: WorkingCalendar) -> WorkingCalendar:
        """Return when a person works; `usual` is the calendar of who has none of their own."""
        base = self.own.get(person, usual)
        if person not in self.away:
            return base
        return _less(base, self.people[person].name, self.away[person])

    def within(
        self, person: int, usual: WorkingCalendar, limit: WorkingCalendar | None
    ) -> WorkingCalendar | None:
        """Return when a person can work on a task: within the task's own calendar, if it has one.

        None when the two share no working week.
        """
        if limit is None or person not in self.own:
            return self.calendar(person, limit or usual)
        return _in_common(self.calendar(person, usual), limit)

    def spread_over(
        self, person: int, usual: WorkingCalendar, limit: WorkingCalendar | None, *, ignores_people: bool
    ) -> tuple[WorkingCalendar, ...]:
        """Return over whose time a person's work on a task is spread: the first calendar that has any of it.

        Who is away all the time has the work all the same: it is spread over the task's own working time.
        """
        task = limit or usual
        if ignores_people:
            return (task,)
        return (self.within(person, usual, limit) or self.calendar(person, usual), task)

    def share(self, person: int, usual: WorkingCalendar) -> Fraction:
        """Return which part of the time of their calendar a person works.

        All of it when it is their own; else as many hours a week as they have, so holidays and absences take their
        share of those.
        """
        week = sum(end - start for day in usual.week for start, end in day)
        if person in self.own or not week:
            return Fraction(1)
        return Fraction(self.people[person].weekly_hours) * 60 / week


def task_calendars(
    *,
    project: Project,
    tasks: Iterable[Planned],
    assigned: Mapping[int, Iterable[Person]] | None = None,
) -> dict[int, WorkingCalendar]:
    """Return task id -> the working time that its dates follow.

    A task works when at least one of its people does, within its own calendar if it has one; without people,
    when nobody of them has a calendar or an absence, when it ignores them, and as milestone or summary, it works
    by its own calendar, else the project's. `assigned` says who is on which task, where that is not what is
    stored. At most four queries; one when nobody differs.

    Raises CalendarError naming the task whose people never work while it does.
    """
    usual = working_calendar(project.calendar)
    rows = list(tasks)
    limits = _own_calendars(rows)
    found = {task.pk: limits.get(task.pk, usual) for task in rows}
    open_to_people = {
        task.pk: task for task in rows if not (task.ignores_people or task.is_milestone or task.is_summary)
    }
    if assigned is None:
        crews, availability = _stored_crews(project)
    else:
        crews = {pk: [person.pk for person in people] for pk, people in assigned.items()}
        availability = Availability(person for people in assigned.values() for person in people)
    different = availability.different
    for pk, crew in crews.items():
        if pk not in open_to_people or different.isdisjoint(crew):
            continue
        each = [availability.within(person, usual, limits.get(pk)) for person in sorted(crew)]
        working = tuple(dict.fromkeys(one for one in each if one is not None))
        if not working:
            names = ", ".join(sorted(availability.people[person].name for person in crew))
            raise CalendarError(
                f"“{open_to_people[pk]}” can never be worked on: its calendar “{limits[pk].name}” has no working"
                f" time in common with {names}."
            )
        found[pk] = _at_least_one(working)
    return found


def _own_calendars(tasks: Sequence[Planned]) -> dict[int, WorkingCalendar]:
    """Return task id -> its own calendar; calendars that came with the rows are not read again."""
    differing = [(task, task.calendar_id) for task in tasks if task.calendar_id]
    stored: dict[int, Any] = {
        pk: task.calendar
        for task, pk in differing
        if isinstance(task, Task) and "calendar" in task._state.fields_cache
    }
    missing = {pk for _, pk in differing} - stored.keys()
    stored |= WorkCalendar.objects.in_bulk(missing) if missing else {}
    built: dict[int, WorkingCalendar] = {}
    found = {}
    for task, pk in differing:
        if pk not in built:
            try:
                built[pk] = working_calendar(stored[pk])
            except CalendarError as error:
                raise CalendarError(f"“{task}”: {error}") from error
        found[task.pk] = built[pk]
    return found


def _stored_crews(project: Project) -> tuple[dict[int, list[int]], Availability]:
    """Return task id -> the ids of its people, for the tasks that one with own time is on, and everybody's time."""
    on_plan = Assignment.objects.filter(task__project=project, task__deleted_at=None)
    away = Q(pk__in=Absence.objects.values("person"))
    different = Person.objects.filter(Q(calendar__isnull=False) | away, pk__in=on_plan.values("person"))
    people = list(different.select_related("calendar"))
    if not people:
        return {}, Availability([])
    crews: dict[int, list[int]] = defaultdict(list)
    rows = Assignment.objects.filter(
        task__project=project, task__deleted_at=None, task__assignments__person__in=people
    )
    for task, person in rows.values_list("task_id", "person_id").order_by().distinct():
        crews[task].append(person)
    return crews, Availability(people)


def _link(link: Dependency) -> Link:
    return Link(
        predecessor=link.predecessor_id,
        successor=link.successor_id,
        type=LinkType(link.type),
        lag_minutes=link.lag_minutes,
        elapsed=link.is_elapsed,
    )


def compute_schedule(
    project: Project,
    tasks: Sequence[Planned],
    links: Iterable[Dependency | Link],
    *,
    assigned: Mapping[int, Iterable[Person]] | None = None,
) -> Schedule:
    """Return the computed network of a project's tasks; nothing is stored.

    Work that is left is planned from `status_date_of` on. `assigned` says who is on which task, where that is not
    what is stored (see `task_calendars`). Raises CycleError (with the path of task ids), ScheduleError or
    CalendarError; OutOfTimeError names the task by its id.
    """
    zone, status_date = zone_of(project), status_date_of(project)
    calendars = task_calendars(project=project, tasks=tasks, assigned=assigned)
    activities = [
        Activity(
            id=task.pk,
            parent=task.parent_id,
            duration_minutes=0 if task.is_milestone else task.duration_minutes,
            constraint=ConstraintType(task.constraint),
            constraint_date=to_local(task.constraint_at, zone),
            deadline=to_local(task.deadline, zone),
            calendar=calendars[task.pk],
            actual_start=to_local(task.actual_start, zone),
            actual_finish=to_local(task.actual_finish, zone),
            percent=int(task.percent_complete),
        )
        for task in tasks
    ]
    return compute(
        activities,
        [link if isinstance(link, Link) else _link(link) for link in links],
        working_calendar(project.calendar),
        local_start(project.starts_on),
        data_date=local_start(status_date) if status_date else None,
    )
