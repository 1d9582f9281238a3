"""Small projects with known figures, written straight into the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from budget.choices import EntryState
from budget.models import Expense, TimeEntry
from projects.models import Baseline, BaselineTask, Customer, Membership, Person, Project, Task

MONDAY = date(2026, 3, 2)
BEFORE = datetime(2026, 2, 2, 9, tzinfo=UTC)


def at(day: date, hour: int) -> datetime:
    """Return an hour of a day in the projects' zone (UTC)."""
    return datetime.combine(day, time(hour), tzinfo=UTC)


def project_build(code: str = "vector", **values: object) -> Project:
    """Return a project that starts on a Monday."""
    customer, _ = Customer.objects.get_or_create(name="Northern Foods")
    return Project.objects.create(
        code=code,
        name=code.title(),
        customer=customer,
        starts_on=MONDAY,
        data_date=MONDAY,
        currency="EUR",
        **values,
    )


def person_build(project: Project, name: str = "Una") -> Person:
    """Return a member of the project's team."""
    person = Person.objects.create(name=name, job_role="Consultant")
    Membership.objects.create(project=project, person=person)
    return person


def task_build(
    project: Project,
    *,
    name: str = "Work",
    first: date = MONDAY,
    last: date = MONDAY,
    percent: Decimal | int = 0,
    parent: Task | None = None,
    position: int = 1,
    created_at: datetime = BEFORE,
) -> Task:
    """Return a task from 9:00 of its first to 18:00 of its last day, recorded before the project began."""
    task = Task.objects.create(
        project=project,
        name=name,
        parent=parent,
        position=position,
        level=1 if parent is None else parent.level + 1,
        wbs=str(position),
        start=at(first, 9),
        finish=at(last, 18),
        percent_complete=percent,
    )
    Task.objects.filter(pk=task.pk).update(created_at=created_at)
    task.refresh_from_db()
    return task


def baseline_build(
    project: Project,
    rows: Sequence[tuple[Task, Decimal | None, int]],
    *,
    number: int = 0,
    taken_at: datetime = BEFORE,
    **values: object,
) -> Baseline:
    """Return a baseline of (task, cost, planned seconds) at the tasks' dates of now."""
    baseline = Baseline.objects.create(
        project=project, number=number, name="Signed plan", taken_at=taken_at, **values
    )
    for task, cost, seconds in rows:
        BaselineTask.objects.create(
            baseline=baseline,
            task=task,
            start=task.start,
            finish=task.finish,
            duration_minutes=task.duration_minutes,
            planned_seconds=seconds,
            cost=cost,
        )
    return baseline


def spend(
    project: Project,
    person: Person,
    cost: Decimal | int,
    *,
    task: Task | None = None,
    day: date = MONDAY,
    status: str = EntryState.APPROVED,
) -> Expense:
    """Return an expense of an amount in the project's currency."""
    return Expense.objects.create(
        project=project,
        person=person,
        task=task,
        spent_on=day,
        description="Spent",
        amount=max(Decimal(cost), Decimal("0.01")),
        currency=project.currency,
        cost=cost,
        status=status,
    )


def work(
    project: Project,
    person: Person,
    seconds: int,
    cost: Decimal | int | None,
    *,
    task: Task | None = None,
    day: date = MONDAY,
    status: str = EntryState.APPROVED,
    bill: Decimal | int | None = None,
) -> TimeEntry:
    """Return hours worked, with the cost that approval has frozen."""
    return TimeEntry.objects.create(
        project=project,
        person=person,
        task=task,
        worked_on=day,
        seconds=seconds,
        cost=cost,
        bill=bill,
        status=status,
    )


def weekday(number: int, start: date = MONDAY) -> date:
    """Return the Monday-to-Friday day with a number, the first being 0."""
    weeks, day = divmod(number, 5)
    return start + timedelta(weeks=weeks, days=day)
