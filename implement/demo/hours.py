"""The demo's rules of hours: a closed month, corrections, a second level that waits, and a running timer."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from django.utils import timezone

from budget.choices import EntryState, Rounding, Verdict
from budget.models import (
    Approver,
    ClosedPeriod,
    EntryDecision,
    Expense,
    StandIn,
    TimeEntry,
    Timer,
    TimeRules,
)
from budget.services.corrections import Right, expense_reverse, right_of, time_reverse
from budget.services.deciding import entries_decide
from budget.services.periods import period_close
from budget.services.pricing import entries_reprice
from implement.accounts.models import User
from projects.choices import Role
from projects.kit.access import Entry, enter
from projects.models import Person, Project, Task
from projects.planning import today_of

TWICE = "Booked on the workshop; it was the preparation, and half an hour less."
OFFERED = ("Workshop catering", Decimal("298.25"), "This was the offer; the receipt says 20.00 less.")


def tell_hours(project: Project) -> None:
    """Set the project's rules, close the last whole month, correct hours and an expense, and let a timer run."""
    today = today_of(project)
    manager, finance = (_user(project, role) for role in (Role.MANAGER, Role.FINANCE))
    rules = {
        "levels": 2, "overtime_day": Decimal(8), "overtime_free_days": True, "overtime_cost": Decimal("1.250"),
        "overtime_bill": Decimal("1.000"), "rounding": Rounding.SIX_UP,
    }  # fmt: skip
    _decided(project, finance)
    TimeRules.objects.create(project=project, **rules)
    _saturday(project, today)
    entries_reprice(project=project)
    _first_level(project, manager)
    _close(project, finance, today)
    _correct(project, enter(manager, project.code, "time.correct"))
    _take_back(project, enter(manager, project.code, "expenses.correct"))
    tess, tom = (Person.objects.get(user__full_name__startswith=name) for name in ("Tess ", "Tom "))
    Approver.objects.create(project=project, person=tess, approver=tom)
    StandIn.objects.create(
        project=project, approver=tom, delegate=manager.person, starts_on=today + timedelta(days=10),
        ends_on=today + timedelta(days=17),
    )  # fmt: skip
    _run(project, tom)


def _saturday(project: Project, today: date) -> None:
    """Let somebody have worked on a Saturday: overtime by the rules."""
    saturday = today - timedelta(days=today.weekday() + 2)
    person = Person.objects.get(user__full_name__startswith="Ivo ")
    task = Task.objects.filter(project=project, assignments__person=person, actual_start__isnull=False).last()
    if task is not None:
        TimeEntry.objects.create(
            project=project, task=task, person=person, worked_on=saturday, seconds=9000,
            note="Load test while nobody works", status=EntryState.SUBMITTED,
            submitted_at=datetime.combine(saturday, time(18), tzinfo=UTC),
        )  # fmt: skip


def _user(project: Project, role: str) -> User:
    return User.objects.filter(person__memberships__project=project, person__memberships__role=role)[0]


def _decided(project: Project, finance: User) -> None:
    """Write the decisions of the story's approved hours of the last weeks, as they were taken then."""
    since = today_of(project) - timedelta(days=35)
    rows = TimeEntry.objects.actual().filter(project=project, worked_on__gte=since, decided_at__isnull=False)
    EntryDecision.objects.bulk_create(
        EntryDecision(
            project=project,
            time_entry=row,
            level=1,
            levels=1,
            verdict=Verdict.APPROVED,
            actor=row.decided_by,
            actor_name=str(row.decided_by),
            role=Role.MANAGER,
            at=row.decided_at,
        )
        for row in rows.select_related("decided_by")
    )


def _first_level(project: Project, manager: User) -> None:
    """Let a part of what waits have passed the first level: finance has something to decide."""
    entry = enter(manager, project.code, "time.decide")
    waiting = TimeEntry.objects.waiting().filter(project=project).exclude(person__user=manager)
    names = ("Ivo ", "Lena ")
    chosen = [row.pk for row in waiting.select_related("person") if row.person.name.startswith(names)]
    if chosen:
        entries_decide(model=TimeEntry, ids=chosen, access=entry, approve=True)


def _close(project: Project, finance: User, today: date) -> ClosedPeriod | None:
    """Close the last month that is over and decided."""
    end = today.replace(day=1) - timedelta(days=1)
    for model, day in ((TimeEntry, "worked_on"), (Expense, "spent_on")):
        undecided = model.objects.filter(project=project).exclude(  # type: ignore[attr-defined]
            status__in=[EntryState.APPROVED, EntryState.LOCKED]
        )
        first = undecided.order_by(day).values_list(day, flat=True).first()
        if first is not None and first <= end:
            end = first.replace(day=1) - timedelta(days=1)
    begin = end.replace(day=1)
    if end < project.starts_on:
        return None
    return period_close(starts_on=begin, ends_on=end, access=enter(finance, project.code, "time.lock"))


def _correct(project: Project, access: Entry) -> None:
    """Correct one entry of the closed month: taken back, and booked right on another task."""
    row = (
        TimeEntry.objects.filter(project=project, status=EntryState.LOCKED, seconds__gt=3600)
        .exclude(person__user=access.user)
        .exclude(task=None)
        .order_by("-worked_on", "pk")
        .first()
    )
    if row is None:
        return
    other = Task.objects.filter(project=project, is_summary=False, is_milestone=False).exclude(pk=row.task_id)
    right = Right(task=other.order_by("position")[0], seconds=row.seconds - 1800, note="Preparation")
    time_reverse(entry=row, access=access, reason=TWICE, right=right)


def _take_back(project: Project, access: Entry) -> None:
    """Correct an expense that was reimbursed long ago: the person owes the difference, the right one waits."""
    description, amount, reason = OFFERED
    row = Expense.objects.actual().filter(project=project, description=description).first()
    if row is not None:
        right = right_of(row)
        right.amount = amount
        expense_reverse(expense=row, access=access, reason=reason, right=right)


def _run(project: Project, person: Person) -> None:
    """Let a timer run on what the person works on, since an hour and some minutes."""
    last = TimeEntry.objects.filter(project=project, person=person).order_by("-worked_on", "pk").first()
    task = last.task if last else None
    if task is not None:
        now: datetime = timezone.now()
        Timer.objects.create(
            person=person, project=project, task=task, note="Reworking the open points",
            started_at=now - timedelta(minutes=72),
        )  # fmt: skip
