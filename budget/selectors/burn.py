"""Hours per week: what was planned beside what was worked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Sum

from budget.choices import EntryState, Measure
from budget.models import TimeEntry
from budget.selectors.amounts import ZERO, hours
from budget.selectors.phasing import Phasing, Piece, mondays
from budget.selectors.planned import planned_of
from budget.selectors.tasks import tasks_of
from budget.selectors.yardstick import plan_of
from projects.models import Project


@dataclass(frozen=True, kw_only=True)
class BurnWeek:
    """Hours of the week that begins on `monday`; `planned` is None where no plan is known."""

    monday: date
    planned: Decimal | None
    actual: Decimal


def burn_by_week(*, project: Project, as_of: date) -> tuple[BurnWeek, ...]:
    """Return planned hours (of the baseline, else of today's plan) and hours worked, rejected ones left out.

    A correction counts in the week of the work, from the day on which it is posted.
    Weeks run from the first planned or worked one to the last planned one.
    """
    plan = plan_of(project=project, as_of=as_of, measure=Measure.HOURS)
    phasing: Phasing = plan.phasing
    pieces: list[Piece] = [scope.piece for scope in plan.scopes if scope.piece]
    if plan.reason:
        tasks = tasks_of(project)
        for row in planned_of(project=project):
            task = tasks.get(row.task_id) if row.task_id else None
            if row.seconds and task is not None and task.start and task.finish:
                pieces.append(phasing.place(Decimal(row.seconds), task.start, task.finish, task=task.pk))
    worked = dict(
        TimeEntry.objects.filter(project=project, booked_on__lte=as_of)
        .exclude(status=EntryState.REJECTED)
        .order_by()
        .values_list("worked_on")
        .annotate(total=Sum("seconds"))
    )
    days = [*worked, *(day for piece in pieces for day in phasing.days_of(piece))]
    if not days:
        return ()
    weeks = mondays(min(days), max(days))
    due = phasing.curve(pieces, [monday + timedelta(days=6) for monday in weeks])
    found: dict[date, int] = {}
    for day, seconds in worked.items():
        monday = day - timedelta(days=day.weekday())
        found[monday] = found.get(monday, 0) + seconds
    return tuple(
        BurnWeek(
            monday=monday,
            planned=hours(now - before) if pieces else None,
            actual=hours(found.get(monday, 0)),
        )
        for monday, now, before in zip(weeks, due, [ZERO, *due], strict=False)
    )
