"""What the homes of the team show: across projects in a fixed number of queries, as of a stated day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.core.cache import cache
from django.db.models import Count, Max, Q, Sum
from django.utils import timezone

from budget.choices import Measure
from budget.evm import HealthLimits, health
from budget.models import BudgetSettings, TimeEntry
from budget.selectors import earned_value
from implement.accounts.models import User
from implement.core.money import hours_of
from projects.choices import Channel, Role
from projects.kit.access import visible_projects
from projects.models import (
    Assignment,
    JournalEntry,
    Membership,
    Milestone,
    Person,
    Project,
    Task,
    promise_of,
)
from projects.selectors import capacity_of

WORKSPACE, PORTAL = "workspace", "portal"
MY_TASKS = 8


@dataclass(frozen=True)
class RunningTimer:
    """What the top bar tells of the running timer."""

    task: str
    project: str
    started_at: datetime
    elapsed: int


@dataclass(frozen=True)
class Shell:
    """What the shell of every page shows of a person."""

    unread: int
    timer: RunningTimer | None


def shell_of(user: User) -> Shell:
    """Return a person's unread notices and running timer, for the shell of every page: one query for both."""
    found = (
        User.objects.filter(pk=user.pk)
        .annotate(
            count=Count("deliveries", filter=Q(deliveries__channel=Channel.IN_APP, deliveries__read_at=None))
        )
        .values_list(
            "count", "person__timer__started_at", "person__timer__task__name", "person__timer__project__name"
        )
        .first()
    )
    # Nobody: the account went while the page was made.
    unread, started_at, task, project = found or (0, None, "", "")
    elapsed = int((timezone.now() - started_at).total_seconds()) if started_at else 0
    return Shell(unread, RunningTimer(task, project, started_at, elapsed) if started_at else None)


def face_of(user: User) -> str:
    """Return "portal" for somebody who is only ever a customer, "workspace" for everybody else."""
    if user.is_administrator:
        return WORKSPACE
    roles = set(
        Membership.objects.filter(person__user=user, is_active=True, project__deleted_at=None)
        .values_list("role", flat=True)
        .distinct()
    )
    return PORTAL if roles == {Role.CUSTOMER} else WORKSPACE


@dataclass(frozen=True)
class MyWeek:
    """Hours of one person in the week of `monday`; `capacity` is what a week has for them."""

    monday: date
    logged: Decimal
    capacity: Decimal
    by_day: tuple[tuple[date, Decimal], ...]

    @property
    def left(self) -> Decimal:
        """Return the hours still to log, never below 0."""
        return max(self.capacity - self.logged, Decimal(0))


def my_week(person: Person, *, as_of: date) -> MyWeek:
    """Return the hours logged in the week of `as_of`, against the working time; at most five queries."""
    monday = as_of - timedelta(days=as_of.weekday())
    rows = dict(
        TimeEntry.objects.filter(person=person, worked_on__range=(monday, monday + timedelta(days=6)))
        .order_by()
        .values_list("worked_on")
        .annotate(total=Sum("seconds"))
    )
    days = tuple(
        (monday + timedelta(days=number), hours_of(rows.get(monday + timedelta(days=number), 0)))
        for number in range(7)
    )
    return MyWeek(
        monday=monday,
        logged=sum((hours for _, hours in days), Decimal(0)),
        capacity=hours_of(capacity_of(people=[person], first=monday, last=days[-1][0])[person.pk]),
        by_day=days,
    )


@dataclass(frozen=True)
class MyTask:
    """An open task of mine; `is_late` when it was to be finished before the day of asking."""

    task: Task
    planned: Decimal
    is_late: bool


def my_tasks(user: User, person: Person, *, as_of: date) -> list[MyTask]:
    """Return the person's open tasks on projects they may open, the earliest finish first, in one query."""
    rows = (
        Assignment.objects.annotate(promised=promise_of("task"))
        .filter(
            person=person,
            task__deleted_at=None,
            task__is_summary=False,
            task__percent_complete__lt=100,
            task__project__in=visible_projects(user, permission="plan.view"),
        )
        .select_related("task__project")
        .order_by("task__finish", "task__position")[:MY_TASKS]
    )
    return [
        MyTask(
            task=row.task,
            planned=hours_of(row.planned_seconds),
            is_late=due is not None and due.date() < as_of,
        )
        for row in rows
        for due in [row.task.due_at(row.promised)]
    ]


def next_milestones(projects: list[Project], *, as_of: date) -> dict[int, Milestone]:
    """Return the next open milestone of each project by its id, in one query; late ones count as next."""
    found: dict[int, Milestone] = {}
    rows = Milestone.objects.filter(
        Q(project__in=projects), Q(percent_complete__lt=100), finish__isnull=False
    ).order_by("finish", "position")
    for row in rows:
        found.setdefault(row.project_id, row)
    return found


@dataclass(frozen=True)
class Index:
    """CPI or SPI with the tone and words of its warning lines; `value` None is n/a and never good."""

    value: Decimal | None
    tone: str
    words: str


@dataclass(frozen=True)
class Standing:
    """Where a project stands at the end of `as_of`. `measure` is cost, or hours for who may not see cost.

    `done` is EV / BAC (0 to 1); `reason` says why figures are n/a.
    """

    project: Project
    budget: Index
    schedule: Index
    done: Decimal | None
    measure: str
    reason: str
    milestone: Milestone | None
    is_milestone_late: bool


WORDS = {"good": "On track", "watch": "Watch", "trouble": "In trouble"}


def _index(value: Decimal | None, limits: HealthLimits, *, has_gaps: bool) -> Index:
    # One index is judged by itself: given twice, so that a good one is not read as incomplete.
    verdict = health(cpi=value, spi=value, limits=limits)
    if verdict is None:
        return Index(value=value, tone="quiet", words="n/a")
    if has_gaps and verdict == "good":
        return Index(value=value, tone="quiet", words="Incomplete")
    return Index(value=value, tone=verdict, words=WORDS[verdict])


def _measures(user: User, projects: list[Project]) -> dict[int, str]:
    """Return project id -> cost for who may see cost there, else hours; one query."""
    seen = set(visible_projects(user, permission="cost.view").values_list("pk", flat=True))
    return {project.pk: Measure.COST if project.pk in seen else Measure.HOURS for project in projects}


def _earned(
    projects: list[Project], measures: dict[int, str], *, as_of: date
) -> dict[int, tuple[Decimal | None, Decimal | None, Decimal | None, bool, str]]:
    """Return project id -> (CPI, SPI, done, gaps, reason) of the budget's own selector.

    Every write is journaled, so a project's last entry says whether its figures are still those computed
    before; they are kept for a day under it. Warm: one query for all journals and one for the cache.
    """
    heads = dict(
        JournalEntry.objects.filter(project__in=projects)
        .order_by()
        .values_list("project")
        .annotate(head=Max("pk"))
    )
    keys = {
        project.pk: f"standing:3:{project.pk}:{measures[project.pk]}:{as_of}:{heads.get(project.pk, 0)}"
        for project in projects
    }
    kept = cache.get_many(list(keys.values()))
    fresh = {}
    found = {}
    for project in projects:
        key = keys[project.pk]
        if key not in kept:
            figures = earned_value(project=project, as_of=as_of, measure=measures[project.pk])
            value = figures.value
            done = value.ev / value.bac if value.ev is not None and value.bac else None
            has_gaps = figures.health is None and value.cpi is not None and value.spi is not None
            kept[key] = fresh[key] = (value.cpi, value.spi, done, has_gaps, figures.reason)
        found[project.pk] = kept[key]
    if fresh:
        cache.set_many(fresh, 24 * 3600)
    return found


def standings(user: User, projects: list[Project], *, as_of: date) -> list[Standing]:
    """Return how the projects stand, in their order; see `_earned` for what it costs."""
    measures = _measures(user, projects)
    earned = _earned(projects, measures, as_of=as_of)
    milestones = next_milestones(projects, as_of=as_of)
    lines = {row.project_id: row for row in BudgetSettings.objects.filter(project__in=projects)}
    rows = []
    for project in projects:
        cpi, spi, done, has_gaps, reason = earned[project.pk]
        own = lines.get(project.pk) or BudgetSettings()
        milestone = milestones.get(project.pk)
        rows.append(
            Standing(
                project=project,
                budget=_index(cpi, HealthLimits.at(own.index_limit), has_gaps=has_gaps),
                schedule=_index(spi, HealthLimits.at(own.schedule_limit), has_gaps=has_gaps),
                done=done,
                measure=measures[project.pk],
                reason=reason,
                milestone=milestone,
                is_milestone_late=bool(milestone and milestone.finish and milestone.finish.date() < as_of),
            )
        )
    return rows
