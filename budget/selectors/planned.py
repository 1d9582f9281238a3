"""The budget as it is today: budget lines, and planned hours at their rates where no line says otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from budget.choices import Category, Measure
from budget.models import BudgetLine
from budget.selectors.amounts import total
from budget.selectors.rates import RateBook, rates_for
from implement.core.asked import answered_once
from implement.core.money import hours_cost
from projects.models import Assignment, Project
from projects.planning import zone_of


@dataclass(frozen=True, slots=True)
class Planned:
    """One piece of the budget. Money is in the project's currency; None where no line or rate says it."""

    task_id: int | None
    person_id: int | None
    category: str
    seconds: int
    cost: Decimal | None
    bill: Decimal | None
    # Whether an approved change request brought it.
    is_change: bool = False
    # The role that is planned, or the person's own.
    job_role: str = ""
    # The reserve that it came from, or went out of, by a release; empty: none.
    reserve: str = ""

    def amount(self, measure: str) -> Decimal | None:
        """Return it in a measure: money, or seconds; None where it has none."""
        if measure == Measure.HOURS:
            return Decimal(self.seconds) if self.seconds else None
        return self.cost

    @property
    def is_unpriced(self) -> bool:
        """Return whether hours are planned for which no cost is known."""
        return self.seconds > 0 and self.cost is None


@dataclass(frozen=True, slots=True)
class Budget:
    """What a scope is to take: seconds, cost and bill (None where unknown)."""

    seconds: int
    cost: Decimal | None
    bill: Decimal | None


@answered_once
def planned_of(*, project: Project) -> list[Planned]:
    """Return every piece of today's budget; three queries. See planned_at."""
    return planned_at(project=project, starts={})


def planned_at(*, project: Project, starts: Mapping[int, datetime]) -> list[Planned]:
    """Return every piece of the budget if tasks started at other moments than they do today; three queries.

    A task with a labour line is budgeted by its lines. A task without one is budgeted by its assignments:
    planned hours x the rate in force when the task starts. A line with hours but without an amount is priced
    the same way. Lines of other categories, and lines without a task, come on top.
    """
    book = rates_for(project=project)
    zone = zone_of(project)
    rows: list[Planned] = []
    with_labour: set[int] = set()
    # Values, not rows: a large budget has thousands of lines.
    lines = (
        BudgetLine.objects.filter(project=project)
        .order_by("pk")
        .values_list(
            "task_id", "task__start", "person_id", "person__job_role", "job_role",
            "category", "planned_seconds", "cost", "bill", "change_request_id", "release__reserve",
        )
    )  # fmt: skip
    for (
        task_id,
        begins,
        person_id,
        persons_role,
        said_role,
        category,
        seconds,
        cost,
        bill,
        change_id,
        reserve,
    ) in lines:
        # What came out of a reserve comes on top, it is not what was planned.
        if task_id is not None and category == Category.LABOUR and not reserve:
            with_labour.add(task_id)
        role = said_role if person_id is None else persons_role
        piece = Planned(
            task_id,
            person_id,
            category,
            seconds,
            cost,
            bill,
            change_id is not None,
            role or "",
            reserve or "",
        )
        if category == Category.LABOUR and seconds and (cost is None or bill is None):
            begins = begins if task_id is None else starts.get(task_id, begins)
            day = begins.astimezone(zone).date() if begins else project.starts_on
            piece = _priced(book, piece, role=role, day=day)
        rows.append(piece)
    assignments = (
        Assignment.objects.filter(task__project=project, task__deleted_at=None, planned_seconds__gt=0)
        .order_by("pk")
        .values_list("task_id", "task__start", "person_id", "person__job_role", "planned_seconds")
    )
    for task_id, begins, person_id, role, seconds in assignments:
        if task_id in with_labour:
            continue
        begins = starts.get(task_id, begins)
        day = begins.astimezone(zone).date() if begins else project.starts_on
        rate = book.find(person_id=person_id, job_role=role, worked_on=day)
        rows.append(
            Planned(
                task_id,
                person_id,
                Category.LABOUR,
                seconds,
                hours_cost(seconds, rate.cost_rate, project.currency),
                hours_cost(seconds, rate.bill_rate, project.currency),
                job_role=role,
            )
        )
    return rows


def _priced(book: RateBook, piece: Planned, *, role: str, day: date) -> Planned:
    """Return hours of labour with the amounts that no line says, at the rate in force on a day."""
    rate = book.find(person_id=piece.person_id, job_role=role, worked_on=day)
    cost, bill = piece.cost, piece.bill
    if cost is None:
        cost = hours_cost(piece.seconds, rate.cost_rate, book.currency)
    if bill is None:
        bill = hours_cost(piece.seconds, rate.bill_rate, book.currency)
    return replace(piece, cost=cost, bill=bill)


def summed(rows: Iterable[Planned]) -> Budget:
    """Return the sum of pieces; None where nothing is known."""
    pieces = list(rows)
    return Budget(
        seconds=sum(row.seconds for row in pieces),
        cost=total(row.cost for row in pieces),
        bill=total(row.bill for row in pieces),
    )


def budgets_by_task(planned: Iterable[Planned]) -> dict[int | None, Budget]:
    """Return task id -> budget; None is what belongs to no task."""
    pieces: dict[int | None, list[Planned]] = {}
    for row in planned:
        pieces.setdefault(row.task_id, []).append(row)
    return {task_id: summed(rows) for task_id, rows in pieces.items()}
