"""Reminding people of missing hours, and approvers of hours that wait. Safe to run any number of times at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from budget.choices import EntryState, ReminderKind, Weekday
from budget.models import Expense, ReminderChoice, TimeEntry, TimeReminder, TimeRules
from budget.selectors.chain import chain_of
from budget.selectors.missing import WEEK, WeekShare, week_shares
from budget.selectors.pricing import monday_of, rules_of
from implement.core.money import format_number
from projects.choices import ProjectStatus
from projects.kit.journal import record
from projects.models import Person, Project
from projects.planning import zone_of


def asked_week(*, rules: TimeRules, now: datetime) -> date | None:
    """Return the Monday of the week whose hours are to be there by a local moment; None before that.

    From Friday on the week that ends is meant, before that the last one.
    """
    monday = monday_of(now.date())
    due = datetime.combine(monday + timedelta(days=rules.remind_weekday), rules.remind_at, now.tzinfo)
    if now < due:
        return None
    return monday if rules.remind_weekday >= Weekday.FRIDAY else monday - WEEK


def _once(kind: str, person: Person, monday: date, project: Project | None = None) -> bool:
    """Return whether nobody was faster: the unique key decides between any number of workers."""
    try:
        with transaction.atomic():
            TimeReminder.objects.create(kind=kind, person=person, monday=monday, project=project)
    except IntegrityError:
        return False
    return True


def wants_mail(*, person: Person) -> bool:
    """Return whether somebody's reminders come by mail as well; one query."""
    return not ReminderChoice.objects.filter(person=person, by_mail=False).exists()


def _running(moment: datetime) -> QuerySet[Project]:
    """Return the projects on which people work: begun, not on hold, not closed."""
    resting = (ProjectStatus.ON_HOLD, ProjectStatus.CLOSED)
    return Project.objects.exclude(status__in=resting).filter(starts_on__lte=moment.date())


def people_remind(*, now: datetime | None = None) -> int:
    """Remind who has logged too little of the week that is asked for; return how many were reminded.

    Once per person and week, whatever projects they are on: in the product, and by mail unless they chose not to.
    """
    moment = now or timezone.now()
    count = 0
    for project in _running(moment).select_related("calendar"):
        rules = rules_of(project=project)
        monday = asked_week(rules=rules, now=moment.astimezone(zone_of(project))) if rules.reminds else None
        if monday is None:
            continue
        told = set(
            TimeReminder.objects.filter(kind=ReminderKind.MISSING, monday=monday).values_list(
                "person", flat=True
            )
        )
        for one in week_shares(project=project, monday=monday):
            if one.share < rules.remind_share and one.person.pk not in told:
                count += _remind(project, one, monday)
    return count


@transaction.atomic
def _remind(project: Project, one: WeekShare, monday: date) -> int:
    user = one.person.user
    if user is None or not user.is_active or not _once(ReminderKind.MISSING, one.person, monday):
        return 0
    record(
        action="timesheet.missing",
        target=one.person,
        actor=None,
        project=project,
        changes={
            "week": (None, monday),
            "hours": (None, f"{format_number(one.logged)} of {format_number(one.expected)} h"),
        },
        notify=[user],
        by_email=wants_mail(person=one.person),
    )
    return 1


def approvers_remind(*, now: datetime | None = None) -> int:
    """Remind approvers of hours and expenses that wait longer than the project allows; return how many.

    Once per approver, project and week.
    """
    moment = now or timezone.now()
    count = 0
    for project in _running(moment):
        rules = rules_of(project=project)
        if not rules.approve_within:
            continue
        late = list(_waiting(project, moment - timedelta(days=rules.approve_within)))
        if not late:
            continue
        chain = chain_of(project=project)
        waits: dict[Person, int] = {}
        for row in late:
            for person in chain.next_people(row):
                waits[person] = waits.get(person, 0) + 1
        monday = monday_of(moment.astimezone(zone_of(project)).date())
        for person, rows in waits.items():
            count += _remind_approver(project, person, rows, monday)
    return count


def _waiting(project: Project, before: datetime) -> Iterator[Any]:
    for model in (TimeEntry, Expense):
        yield from model.objects.filter(
            project=project, status=EntryState.SUBMITTED, submitted_at__lt=before
        ).order_by("pk")[:500]


@transaction.atomic
def _remind_approver(project: Project, person: Person, rows: int, monday: date) -> int:
    user = person.user
    if user is None or not user.is_active or not _once(ReminderKind.APPROVE, person, monday, project):
        return 0
    record(
        action="timesheet.waiting",
        target=project,
        actor=None,
        project=project,
        changes={"rows": (None, rows), "week": (None, monday)},
        notify=[user],
        by_email=wants_mail(person=person),
    )
    return 1


@transaction.atomic
def mail_choose(*, person: Person, by_mail: bool) -> ReminderChoice:
    """Say whether somebody's reminders come by mail as well."""
    return ReminderChoice.objects.update_or_create(person=person, defaults={"by_mail": by_mail})[0]
