"""When people work: the firm's calendars and their own, and the days on which they do not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from django.db import transaction
from django.db.models import Q

from implement.accounts.models import User
from implement.core.calendars import MINUTES_PER_DAY, Intervals
from implement.core.errors import DomainError
from projects.kit.rows import row_delete, row_save
from projects.models import Absence, Person, Project, Task, WorkCalendar
from projects.services.calendars import Days, checked, days_put, stored_times
from projects.services.scheduling import plans_lock, plans_of, plans_reschedule

LONGEST_DAYS = 366


def _times(absence: Absence) -> list[list[int]]:
    """Return the hours of an absence in order. Raises DomainError for a span that no day has, or two that overlap."""
    spans = absence.times
    is_spans = isinstance(spans, list | tuple) and all(
        isinstance(span, list | tuple) and len(span) == 2 and all(type(minute) is int for minute in span)
        for span in spans
    )
    if not is_spans or any(not 0 <= start < end <= MINUTES_PER_DAY for start, end in spans):
        raise DomainError("A span of hours is not within a day.", fields={"times": "Write spans of one day."})
    ordered = stored_times(spans)
    if any(after[0] < before[1] for before, after in pairwise(ordered)):
        raise DomainError("Two of the spans overlap.", fields={"times": "Two of the spans overlap."})
    return ordered


def _is_apart(one: Absence, other: Absence) -> bool:
    """Return whether two absences of the same days are at other hours of them."""
    if not one.times or not other.times:
        return False
    return all(a[1] <= b[0] or b[1] <= a[0] for a in one.times for b in other.times)


def _check_absence(absence: Absence) -> None:
    if absence.first is not None and absence.last is not None:
        if absence.last < absence.first:
            raise DomainError("The last day is before the first.", fields={"last": "Choose a later day."})
        if (absence.last - absence.first).days >= LONGEST_DAYS:
            raise DomainError(
                "An absence is at most a year long.",
                fields={"last": "Choose a day within a year of the first."},
            )
    absence.times = _times(absence)
    if absence.times and absence.minutes is not None:
        raise DomainError(
            "Say either between which hours or how many hours.",
            fields={"minutes": "Leave it empty when you say between which hours."},
        )


@transaction.atomic
def absence_save(*, absence: Absence, actor: User | None, expected_version: int | None = None) -> Absence:
    """Note when somebody is away, or change it; every plan in which they have open work is rescheduled.

    Raises DomainError (by field: days in the wrong order or more than a year, hours that no day has, days on which
    the person is away already, another person than before) or StaleVersion.
    """
    _check_absence(absence)
    if absence.person_id is None:
        raise DomainError("Say who is away.", fields={"person": "Choose a person."})
    if absence.pk and Absence.objects.exclude(person=absence.person_id).filter(pk=absence.pk).exists():
        raise DomainError("An absence stays with its person.", fields={"person": "Add a new one instead."})
    plans_lock(plans_of([absence.person]))
    # One at a time per person: two that were entered at once could overlap unseen.
    Person.objects.select_for_update(no_key=True).filter(pk=absence.person_id).first()
    others = Absence.objects.filter(person=absence.person_id).exclude(pk=absence.pk)
    if absence.first is not None and absence.last is not None:
        for other in others.filter(first__lte=absence.last, last__gte=absence.first):
            if not _is_apart(absence, other):
                days = other.days_text
                raise DomainError(
                    f"{other.person} is away already: {days}.",
                    fields={"first": f"They are away already: {days}."},
                )
    row_save(row=absence, actor=actor, expected_version=expected_version)
    plans_reschedule(projects=plans_of([absence.person]), actor=actor)
    return absence


@transaction.atomic
def absence_delete(*, absence: Absence, actor: User | None, expected_version: int | None = None) -> None:
    """Forget an absence; every plan in which the person has open work is rescheduled."""
    person = absence.person
    plans_lock(plans_of([person]))
    row_delete(row=absence, actor=actor, expected_version=expected_version)
    plans_reschedule(projects=plans_of([person]), actor=actor)


@transaction.atomic
def person_save(*, person: Person, actor: User | None, expected_version: int | None = None) -> Person:
    """Add or change a person. With a calendar, the hours of their week are the calendar's, whatever was said.

    When they work at other times from now on, every plan in which they have open work is rescheduled. Raises
    DomainError (by field; a calendar that is a project's or somebody else's, or whose week holds no work; a task that
    nobody could work on) or StaleVersion.
    """
    calendar = person.calendar
    if calendar is not None:
        is_theirs = calendar.person_id is not None and calendar.person_id == person.pk
        if calendar.project_id is not None or (calendar.person_id is not None and not is_theirs):
            raise DomainError(
                "This calendar is not the firm's.", fields={"calendar": "Choose one of the firm's calendars."}
            )
        try:
            checked(calendar)
        except DomainError as error:
            raise DomainError(error.message, fields={"calendar": error.message}) from error
        person.weekly_hours = calendar.hours
    before = Person.objects.filter(pk=person.pk).values_list("calendar", flat=True).first()
    if before != person.calendar_id:
        plans_lock(plans_of([person]))
    row_save(row=person, actor=actor, expected_version=expected_version)
    if before != person.calendar_id:
        plans_reschedule(projects=plans_of([person]), actor=actor, is_strict=True)
    return person


@transaction.atomic
def person_week_set(
    *,
    person: Person,
    week: Iterable[Intervals],
    country: str,
    subdivision: str,
    actor: User | None,
    expected_version: int | None = None,
) -> WorkCalendar:
    """Set a person's own week: seven days (Monday first) of (start, end) minutes, and whose holidays they keep.

    From then on it is their calendar. Raises DomainError (no working time, an unknown country) or StaleVersion.
    """
    own = person.own_calendars.order_by("pk").first()
    calendar = own or WorkCalendar(
        person=person,
        name=f"Hours of {person.name}"[:120],
        # The firm's days off are theirs, too.
        exceptions=dict(person.calendar.exceptions) if person.calendar else {},
        day_names=dict(person.calendar.day_names) if person.calendar else {},
    )
    calendar.week = [stored_times(day) for day in week]
    calendar.country, calendar.subdivision = country, subdivision
    firm_calendar_save(calendar=calendar, actor=actor, expected_version=expected_version if own else None)
    if person.calendar_id != calendar.pk:
        person.calendar = calendar
        person_save(person=person, actor=actor)
    return calendar


@transaction.atomic
def firm_calendar_save(
    *, calendar: WorkCalendar, actor: User | None, expected_version: int | None = None
) -> WorkCalendar:
    """Add or change a calendar of the firm or a person's own, with all that follows it.

    The hours a week of its people follow, and every plan that works by it is rescheduled. Raises DomainError (no
    working time, an unknown country; a task that nobody could work on) or StaleVersion.
    """
    checked(calendar)
    if calendar._state.adding:
        row_save(row=calendar, actor=actor)
        return calendar
    people: Sequence[Person] = list(calendar.people.all())
    by_it = Task.objects.filter(calendar=calendar).values("project")
    projects = Project.objects.filter(Q(calendar=calendar) | Q(pk__in=by_it)) | plans_of(people)
    plans_lock(projects)
    row_save(row=calendar, actor=actor, expected_version=expected_version)
    for person in people:
        person.weekly_hours = calendar.hours
        row_save(row=person, actor=actor)
    plans_reschedule(projects=projects, actor=actor, is_strict=True)
    return calendar


@transaction.atomic
def firm_calendar_days_set(*, calendar: WorkCalendar, days: Days, actor: User | None) -> WorkCalendar:
    """Let single days of a calendar of the firm, or of a person's own, differ from its week, or be like it again.

    Every plan that works by it is rescheduled. Raises DomainError (by field; no working time; a task that nobody could
    work on) or StaleVersion.
    """
    days_put(calendar, days)
    return firm_calendar_save(calendar=calendar, actor=actor)
