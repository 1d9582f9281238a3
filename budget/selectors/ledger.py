"""The entries behind a figure of the budget: the hours and expenses of which it is the sum."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import CharField, F, IntegerField, Q, QuerySet, Sum, Value

from budget.choices import Category, Measure
from budget.models import Expense, TimeEntry
from budget.selectors.actuals import APPROVED, OPEN
from budget.selectors.amounts import ZERO, hours, summed_money
from budget.selectors.figures import NO_PERSON, NO_ROLE, NO_TASK
from implement.core.errors import DomainError
from implement.core.money import month_text
from projects.models import Person, Project, Task

ACTUAL, UNAPPROVED = "actual", "unapproved"
STATES = {ACTUAL: APPROVED, UNAPPROVED: OPEN}
COLUMNS = ("day", "kind", "pk", "task_id", "person__name", "words", "status", "taken", "cost")
KEY = re.compile(
    r"^(?:total|task-none|person-none|(?P<word>task|own|person)-(?P<pk>\d{1,18})|category-(?P<category>[a-z]+)"
    r"|role-(?P<role>.{0,80})|month-(?P<month>\d{4}-\d{2}))$"
)
TIME, EXPENSE = "time", "expense"


@dataclass(frozen=True)
class Ledger:
    """Entries, the latest first, as rows of COLUMNS, and their sum in the measure's unit; None is n/a."""

    label: str
    entries: QuerySet[Any, Any]
    total: Decimal | None


def ledger_of(*, project: Project, key: str, state: str, as_of: date, measure: str) -> Ledger:
    """Return the entries behind the row `key` of the budget's views, up to the end of a day; three queries and a page.

    `key` is a FigureRow's, `state` "actual" or "unapproved". The sum is that row's figure, to the cent.
    Raises DomainError for a key or a state that is none.
    """
    if state not in STATES:
        raise DomainError(f"“{state[:20]}” is neither actual nor unapproved.")
    scope, categories = _scope(project, key)
    month = KEY.match(key)["month"]  # type: ignore[index]
    time = TimeEntry.objects.filter(STATES[state], scope, project=project, booked_on__lte=as_of)
    spent = Expense.objects.filter(STATES[state], scope, project=project, booked_on__lte=as_of)
    if month:
        begin, end = _month(month)
        time = time.filter(booked_on__gte=begin, booked_on__lt=end)
        spent = spent.filter(booked_on__gte=begin, booked_on__lt=end)
    if categories is not None:
        time = time if Category.LABOUR in categories else time.none()
        spent = spent.filter(category__in=categories)
    if measure == Measure.HOURS:
        spent = spent.none()
    return Ledger(
        label=_label(project, key), entries=_joined(time, spent), total=_total(time, spent, measure)
    )


def _label(project: Project, key: str) -> str:
    """Return how the budget calls a row."""
    found = KEY.match(key)
    assert found is not None
    if found["month"]:
        return month_text(_month(found["month"])[0])
    if found["role"] is not None:
        return found["role"] or NO_ROLE
    if found["category"]:
        return str(dict(Category.choices).get(found["category"], found["category"]))
    if found["word"] == "person":
        return str(
            Person.objects.filter(pk=int(found["pk"]), memberships__project=project).first() or NO_PERSON
        )
    if found["word"]:
        return str(Task.with_trash.filter(project=project, pk=int(found["pk"])).first() or NO_TASK)
    return {"task-none": NO_TASK, "person-none": NO_PERSON}.get(key, str(project))


def _scope(project: Project, key: str) -> tuple[Q, list[str] | None]:
    """Return what a key asks of an entry, and of which categories it is (None: of all)."""
    found = KEY.match(key)
    if found is None:
        raise DomainError(f"“{key[:40]}” is no row of the budget.")
    if found["role"] is not None:
        return Q(person__job_role=found["role"]), None
    if found["category"]:
        return Q(), [found["category"]]
    if key == "task-none":
        return Q(task=None), None
    if key == "person-none":
        # Planned for nobody yet; whatever is booked is somebody's.
        return Q(person=None), None
    if found["word"] == "person":
        return Q(person=int(found["pk"])), None
    if found["word"] == "own":
        return Q(task=int(found["pk"])), None
    if found["word"] == "task":
        return Q(task__in=_with_below(project, int(found["pk"]))), None
    return Q(), None


def _with_below(project: Project, pk: int) -> list[int]:
    """Return a task with everything below it."""
    below: dict[int | None, list[int]] = {}
    for task, parent in Task.objects.filter(project=project).values_list("pk", "parent_id"):
        below.setdefault(parent, []).append(task)
    found, waiting = [], [pk]
    while waiting:
        found.append(waiting.pop())
        waiting.extend(below.get(found[-1], []))
    return found


def _month(text: str) -> tuple[date, date]:
    try:
        begin = date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise DomainError(f"“{text}” is no month.") from error
    return begin, (begin + timedelta(days=31)).replace(day=1)


def _joined(time: QuerySet[Any], spent: QuerySet[Any]) -> QuerySet[Any, Any]:
    hours_ = time.order_by().annotate(
        day=F("booked_on"), kind=Value(TIME, CharField()), words=F("note"), taken=F("seconds")
    )
    money = spent.order_by().annotate(
        day=F("booked_on"),
        kind=Value(EXPENSE, CharField()),
        words=F("description"),
        taken=Value(0, IntegerField()),
    )
    joined = hours_.values_list(*COLUMNS).union(money.values_list(*COLUMNS), all=True)
    return joined.order_by("-day", "kind", "-pk")


def _total(time: QuerySet[Any], spent: QuerySet[Any], measure: str) -> Decimal | None:
    worked = time.order_by().aggregate(
        whole=Sum("seconds"), known=Sum("cost"), unpriced=Sum("seconds", filter=Q(cost=None))
    )
    if measure == Measure.HOURS:
        return hours(worked["whole"] or 0)
    paid = summed_money(spent.order_by().aggregate(known=Sum("cost"))["known"])
    known = summed_money(worked["known"])
    if known is None and paid is None:
        return None if worked["unpriced"] else ZERO
    return (known or ZERO) + (paid or ZERO)
