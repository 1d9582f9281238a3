"""Whose hours of a week are missing: what alerts and reminders are made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Sum

from budget.models import TimeEntry
from budget.selectors.amounts import hours
from projects.choices import Role
from projects.models import Assignment, Membership, Person, Project
from projects.planning import local_start, to_moment, zone_of
from projects.selectors import capacity_of

WEEK = timedelta(days=7)
PERCENT = Decimal(100)


def people_at_work(*, project: Project, first: date, end: date) -> Iterable[Person]:
    """Return the firm's people on the project who had planned work in [first, end)."""
    zone = zone_of(project)
    busy = Assignment.objects.filter(
        task__project=project,
        task__deleted_at=None,
        task__start__lt=to_moment(local_start(end), zone),
        task__finish__gte=to_moment(local_start(first), zone),
    ).exclude(task__actual_finish__lt=to_moment(local_start(first), zone))
    members = Membership.objects.filter(project=project, is_active=True).exclude(role=Role.CUSTOMER)
    return Person.objects.filter(
        pk__in=busy.values("person"), memberships__in=members, customer=None, is_active=True
    ).distinct()


@dataclass(frozen=True)
class WeekShare:
    """What somebody logged of a week over all projects, beside what was to be expected, and the share in %."""

    person: Person
    logged: Decimal
    expected: Decimal

    @property
    def share(self) -> Decimal:
        """Return what is logged, in % of what is expected."""
        return self.logged / self.expected * PERCENT


def week_shares(*, project: Project, monday: date) -> list[WeekShare]:
    """Return how far the weeks of those are logged who had planned work on the project; at most six queries.

    Holidays and absences shorten the week; who works part time is asked for their own hours only.
    """
    people = list(people_at_work(project=project, first=monday, end=monday + WEEK))
    booked = dict(
        TimeEntry.objects.filter(person__in=people, worked_on__gte=monday, worked_on__lt=monday + WEEK)
        .order_by()
        .values_list("person")
        .annotate(total=Sum("seconds"))
    )
    capacity = capacity_of(people=people, first=monday, last=monday + WEEK - timedelta(days=1))
    found = [
        WeekShare(person, hours(booked.get(person.pk, 0)), hours(capacity[person.pk])) for person in people
    ]
    return [one for one in found if one.expected > 0]
