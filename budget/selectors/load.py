"""People's load for a viewer: whom they may see, what is named to them, and what is booked already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q, QuerySet, Sum

from budget.choices import EntryState
from budget.models import TimeEntry
from implement.accounts.models import User
from implement.core.errors import DomainError
from projects.kit.access import visible_people, visible_projects
from projects.models import Assignment, Person, Project
from projects.selectors import USUAL_COUNT, ZOOMS, Load, Period, load_of, periods_from

MOST_PERIODS = 53
FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2100, 12, 31)
AHEAD_WEEKS = 4


@dataclass(frozen=True, kw_only=True)
class LoadAsked:
    """What is asked for: consecutive weeks, months or quarters, the first of which holds `day`."""

    zoom: str = "week"
    day: date
    count: int = USUAL_COUNT["week"]

    @property
    def periods(self) -> list[Period]:
        """Return the periods."""
        return periods_from(zoom=self.zoom, day=self.day, count=self.count)


def load_asked(*, zoom: str, start: str, count: str, today: date) -> LoadAsked:
    """Return what the words of an address ask for; empty ones mean the usual.

    Raises DomainError by field: an unknown zoom, no day, a day out of reach, too many periods.
    """
    zoom = zoom or "week"
    if zoom not in ZOOMS:
        raise DomainError(f"“{zoom[:20]}” is no zoom.", fields={"zoom": "Say week, month or quarter."})
    try:
        day = date.fromisoformat(start) if start else today
    except ValueError as error:
        raise DomainError(
            f"“{start[:20]}” is no day.", fields={"start": "Write a day as 2026-12-31."}
        ) from error
    if not FIRST_DAY <= day <= LAST_DAY:
        raise DomainError(f"{day} is out of reach.", fields={"start": "Choose a day from 1990 to 2100."})
    number = USUAL_COUNT[zoom]
    if count:
        if not count.isdecimal() or not 1 <= int(count[:9]) <= MOST_PERIODS:
            raise DomainError(
                f"“{count[:20]}” is no number of periods.", fields={"count": f"Say 1 to {MOST_PERIODS}."}
            )
        number = int(count)
    return LoadAsked(zoom=zoom, day=day, count=number)


def people_seen(user: User) -> QuerySet[Person]:
    """Return whose load a user sees: of the projects that they manage, else their own; administrators: everybody's.

    Of a customer's people only those who have planned work.
    """
    at_work = Q(customer=None) | Q(assignments__isnull=False)
    people = visible_people(user, permission="load.view").filter(at_work, is_active=True)
    return people.distinct().order_by("name", "pk")


def people_on(project: Project) -> QuerySet[Person]:
    """Return the project's people at work: the team, and who has planned work on it."""
    team = Q(memberships__project=project, memberships__is_active=True, customer=None)
    planned = Assignment.objects.filter(task__project=project, task__deleted_at=None)
    people = Person.objects.filter(team | Q(pk__in=planned.values("person")), is_active=True)
    return people.distinct().order_by("name", "pk")


def seen_load(*, people: Sequence[Person], asked: LoadAsked, as_of: date, user: User) -> Load:
    """Return the load of people as a user may see it; at most nine queries.

    Projects that the user cannot open are counted, never named.
    """
    seen = set(visible_projects(user, permission="plan.view").values_list("pk", flat=True))
    return load_of(
        people=people,
        periods=asked.periods,
        as_of=as_of,
        seen=seen,
        booked=booked_of(people=people, periods=asked.periods),
    )


def booked_of(*, people: Sequence[Person], periods: Sequence[Period]) -> dict[tuple[int, int], int]:
    """Return (person id, number of the period) -> seconds worked, on all projects, rejected ones left out."""
    rows = (
        TimeEntry.objects.filter(
            person__in=people, worked_on__gte=periods[0].first, worked_on__lte=periods[-1].last
        )
        .exclude(status=EntryState.REJECTED)
        .order_by()
        .values_list("person", "worked_on")
        .annotate(total=Sum("seconds"))
    )
    numbers = {
        period.first + timedelta(days=day): number
        for number, period in enumerate(periods)
        for day in range((period.last - period.first).days + 1)
    }
    found: dict[tuple[int, int], int] = {}
    for person, day, seconds in rows:
        key = (person, numbers[day])
        found[key] = found.get(key, 0) + seconds
    return found


def over_ahead(*, project: Project, as_of: date) -> list[Person]:
    """Return who of the project's people has more to do than time in one of the next four weeks, on all projects."""
    people = list(people_on(project))
    weeks = periods_from(zoom="week", day=as_of, count=AHEAD_WEEKS)
    found = load_of(people=people, periods=weeks, as_of=as_of)
    return [row.person for row in found.people if row.is_over]
