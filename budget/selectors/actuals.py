"""What was worked and spent up to a day, added up by the database.

A day here is the one on which an entry is booked: that of the work or the spending, or of the posting for a
correction. So a figure of a day that is over stays what it was, whatever is corrected later.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet, Sum

from budget.choices import ACTUAL_STATES, Category, EntryState, Measure
from budget.models import Expense, TimeEntry
from budget.selectors.amounts import ZERO, summed_money
from implement.core.asked import answered_once
from projects.models import Project

APPROVED = Q(status__in=ACTUAL_STATES)
OPEN = Q(status__in=[EntryState.DRAFT, EntryState.SUBMITTED])


@dataclass(frozen=True, slots=True)
class Actual:
    """Approved and unapproved work and spending of one scope: a task, a person or a day, by category.

    `unpriced_seconds` are the approved, `open_unpriced_seconds` the unapproved seconds without a cost rate.
    """

    task_id: int | None
    person_id: int | None
    category: str
    day: date | None
    seconds: int
    cost: Decimal | None
    bill: Decimal | None
    open_seconds: int
    open_cost: Decimal | None
    open_bill: Decimal | None
    unpriced_seconds: int
    open_unpriced_seconds: int

    def approved(self, measure: str) -> Decimal | None:
        """Return what is approved: seconds or money; None when hours are there and no rate is."""
        if measure == Measure.HOURS:
            return Decimal(self.seconds)
        return None if self.cost is None and self.unpriced_seconds else self.cost or ZERO

    def unapproved(self, measure: str) -> Decimal | None:
        """Return what is neither approved nor rejected yet, likewise."""
        if measure == Measure.HOURS:
            return Decimal(self.open_seconds)
        return None if self.open_cost is None and self.open_unpriced_seconds else self.open_cost or ZERO


def _sums(rows: QuerySet[Any], *, with_time: bool) -> QuerySet[Any]:
    sums: dict[str, Any] = {
        "approved_cost": Sum("cost", filter=APPROVED),
        "approved_bill": Sum("bill", filter=APPROVED),
        "waiting_cost": Sum("cost", filter=OPEN),
        "waiting_bill": Sum("bill", filter=OPEN),
    }
    if with_time:
        sums |= {
            "approved_seconds": Sum("seconds", filter=APPROVED),
            "waiting_seconds": Sum("seconds", filter=OPEN),
            "unpriced": Sum("seconds", filter=APPROVED & Q(cost=None)),
            "waiting_unpriced": Sum("seconds", filter=OPEN & Q(cost=None)),
        }
    return rows.exclude(status=EntryState.REJECTED).annotate(**sums)


def _actual(row: dict[str, Any]) -> Actual:
    return Actual(
        task_id=row.get("task_id"),
        person_id=row.get("person_id"),
        category=row.get("category", Category.LABOUR),
        day=row.get("booked_on"),
        seconds=row.get("approved_seconds") or 0,
        cost=summed_money(row["approved_cost"]),
        bill=summed_money(row["approved_bill"]),
        open_seconds=row.get("waiting_seconds") or 0,
        open_cost=summed_money(row["waiting_cost"]),
        open_bill=summed_money(row["waiting_bill"]),
        unpriced_seconds=row.get("unpriced") or 0,
        open_unpriced_seconds=row.get("waiting_unpriced") or 0,
    )


def _grouped(project: Project, as_of: date, by: Iterable[str], *, daily: bool) -> list[Actual]:
    columns = list(by)
    time = TimeEntry.objects.filter(project=project, booked_on__lte=as_of).order_by()
    spent = Expense.objects.filter(project=project, booked_on__lte=as_of).order_by()
    time_columns = [*columns, *(["booked_on"] if daily else [])]
    spent_columns = ["task_id", "category", "booked_on"] if daily else [*columns, "category"]
    return [
        *(_actual(row) for row in _sums(time.values(*time_columns), with_time=True)),
        *(_actual(row) for row in _sums(spent.values(*spent_columns), with_time=False)),
    ]


@answered_once
def actuals_by_task(*, project: Project, as_of: date) -> list[Actual]:
    """Return what was worked and spent until the end of a day, per task and category; two queries."""
    return _grouped(project, as_of, ["task_id"], daily=False)


@answered_once
def actuals_by_person(*, project: Project, as_of: date) -> list[Actual]:
    """Return what was worked and spent until the end of a day, per person and category; two queries."""
    return _grouped(project, as_of, ["person_id"], daily=False)


@answered_once
def actuals_by_day(*, project: Project, as_of: date) -> list[Actual]:
    """Return what was worked until the end of a day, per day, and spent, per task and category too; two queries."""
    return _grouped(project, as_of, [], daily=True)
