"""What differences take from the budget or give back, in pieces: the same that become the lines of a change request."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from budget.choices import Category, DifferenceKind
from budget.models import ChangeLine, Difference
from budget.selectors.planned import Planned
from budget.selectors.rates import RateBook, priced
from budget.selectors.whatif.live import LivePlan
from budget.selectors.whatif.sketch import Sketch, id_of, seconds_of
from projects.models import Person


@dataclass(frozen=True, kw_only=True)
class Take:
    """One piece. `task_id` is below zero for a new task; money is None where the rates are to say it."""

    difference: Difference
    task_id: int | None
    person: Person | None
    job_role: str = ""
    category: str = Category.LABOUR
    seconds: int = 0
    cost: Decimal | None = None
    bill: Decimal | None = None
    description: str = ""

    def line(self) -> ChangeLine:
        """Return it as a line of a change request that is not stored yet."""
        return ChangeLine(
            task_id=self.task_id if (self.task_id or 0) > 0 else None,
            person=self.person,
            job_role="" if self.person else self.job_role,
            category=self.category,
            description=self.description[:255],
            planned_seconds=self.seconds,
            cost=self.cost,
            bill=self.bill,
        )

    def piece(self, book: RateBook, day: date) -> Planned:
        """Return it as a piece of the budget, at the rates of a day where it says no amount."""
        cost, bill = priced(self.line(), book, day)
        role = self.person.job_role if self.person else self.job_role
        return Planned(
            self.task_id, self.person.pk if self.person else None, self.category, self.seconds, cost, bill, True, role
        )  # fmt: skip


def takes_of(
    *, differences: Iterable[Difference], sketch: Sketch, live: LivePlan, planned: Iterable[Planned]
) -> list[Take]:
    """Return what the differences that fit the plan take. `planned` are the pieces of today's budget."""
    found: list[Take] = []
    by_task: dict[int | None, list[Planned]] = {}
    for piece in planned:
        by_task.setdefault(piece.task_id, []).append(piece)
    rows = [row for row in differences if row.pk not in sketch.conflicts]
    gone = [row.task_id for row in rows if row.kind == DifferenceKind.REMOVED]
    people = _people_of(gone, by_task, live) if gone else {}
    for row in rows:
        if row.kind == DifferenceKind.HOURS:
            found += _hours(row, live)
        elif row.kind == DifferenceKind.MONEY:
            found += _money(row)
        elif row.kind == DifferenceKind.REMOVED:
            found += [_given_back(row, piece, people) for piece in by_task.get(row.task_id, ())]
    return found


def _people_of(
    gone: Iterable[int | None], by_task: dict[int | None, list[Planned]], live: LivePlan
) -> dict[int, Person]:
    """Return who is budgeted on tasks that go; one query when somebody is not planned on any task."""
    people = dict(live.people)
    ids = {piece.person_id for task_id in gone for piece in by_task.get(task_id, ()) if piece.person_id}
    if missing := ids - people.keys():
        people |= {person.pk: person for person in Person.objects.filter(pk__in=missing)}
    return people


def _hours(row: Difference, live: LivePlan) -> list[Take]:
    stored = live.hours.get((row.task_id or 0, row.person_id or 0), 0)
    step = seconds_of(row, stored) - stored
    if not step:
        return []
    return [
        Take(
            difference=row, task_id=id_of(row.task_id, row.added_id), person=row.person, seconds=step,
            description=row.description,
        )
    ]  # fmt: skip


def _money(row: Difference) -> list[Take]:
    line = row.line
    if line is None:
        return [
            Take(
                difference=row, task_id=id_of(row.task_id, row.added_id), person=row.person, job_role=row.job_role,
                category=row.category, seconds=row.planned_seconds or 0, cost=row.cost, bill=row.bill,
                description=row.description,
            )
        ]  # fmt: skip
    seconds = (row.planned_seconds or 0) - int(row.base.get("planned_seconds", line.planned_seconds))
    cost, bill = _step(row.cost, row.base.get("cost")), _step(row.bill, row.base.get("bill"))
    if not seconds and not cost and not bill:
        return []
    return [
        Take(
            difference=row, task_id=line.task_id, person=line.person, job_role=line.job_role, category=line.category,
            seconds=seconds, cost=cost, bill=bill, description=row.description or line.description,
        )
    ]  # fmt: skip


def _step(meant: Decimal | None, base: str | None) -> Decimal | None:
    """Return by how much an amount changes; None where neither then nor now one was said."""
    if meant is None and base is None:
        return None
    return (meant or Decimal(0)) - Decimal(base or 0)


def _given_back(row: Difference, piece: Planned, people: dict[int, Person]) -> Take:
    person = people.get(piece.person_id or 0)
    return Take(
        difference=row, task_id=piece.task_id, person=person, job_role=piece.job_role, category=piece.category,
        seconds=-piece.seconds, cost=None if piece.cost is None else -piece.cost,
        bill=None if piece.bill is None else -piece.bill, description=f"No longer needed: {row.task}",
    )  # fmt: skip
