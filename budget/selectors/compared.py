"""Two plans side by side: a baseline, and another baseline or today."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from django.http import Http404
from django.shortcuts import get_object_or_404

from budget.selectors.amounts import ZERO, hours
from budget.selectors.planned import budgets_by_task, planned_of
from projects.models import Baseline, BaselineTask, Project, Task
from projects.planning import working_calendar, zone_of


@dataclass(frozen=True)
class PlanState:
    """What a task is (or all of them are) in one of the two plans; None is n/a. Cost in the project's currency."""

    start: datetime | None
    finish: datetime | None
    duration_minutes: int
    seconds: int
    cost: Decimal | None


@dataclass(frozen=True, kw_only=True)
class ComparedRow:
    """One task in both plans; `before` or `after` None: it is not in that one.

    `start_days`, `finish_days`: working days that they moved, above zero is later. `duration_minutes`, `seconds`,
    `cost`: after − before.
    """

    task: Task | None
    before: PlanState | None
    after: PlanState | None
    start_days: int | None
    finish_days: int | None
    duration_minutes: int | None
    seconds: int
    cost: Decimal | None

    @property
    def duration_hours(self) -> Decimal | None:
        """Return by how many working hours it takes longer."""
        return None if self.duration_minutes is None else hours(60 * self.duration_minutes)

    @property
    def kind(self) -> str:
        """Return added, removed, changed or same."""
        if self.before is None:
            return "added"
        if self.after is None:
            return "removed"
        return "same" if self.before == self.after else "changed"

    def differs(self, *, with_cost: bool) -> bool:
        """Return whether there is a difference to see for who does, or does not, see cost."""
        if self.kind != "changed" or with_cost or self.before is None or self.after is None:
            return self.kind != "same"
        one, other = self.before, self.after
        return (one.start, one.finish, one.duration_minutes, one.seconds) != (
            other.start,
            other.finish,
            other.duration_minutes,
            other.seconds,
        )


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two plans, task by task in outline order; `total` is the whole project, with what belongs to no task.

    `after` None is today's plan.
    """

    before: Baseline
    after: Baseline | None
    rows: tuple[ComparedRow, ...]
    total: ComparedRow

    def shown(self, *, only_changed: bool, with_cost: bool) -> list[ComparedRow]:
        """Return the rows, or only those with a difference to see for who does, or does not, see cost."""
        return [row for row in self.rows if not only_changed or row.differs(with_cost=with_cost)]

    @property
    def added(self) -> int:
        """Return how many tasks are new."""
        return sum(row.kind == "added" for row in self.rows)

    @property
    def removed(self) -> int:
        """Return how many tasks are gone."""
        return sum(row.kind == "removed" for row in self.rows)


def _of_baseline(baseline: Baseline) -> dict[int, PlanState]:
    rows = BaselineTask.objects.filter(baseline=baseline).values_list(
        "task_id", "start", "finish", "duration_minutes", "planned_seconds", "cost"
    )
    return {
        task_id: PlanState(start, finish, minutes, seconds, cost)
        for task_id, start, finish, minutes, seconds, cost in rows
    }


def _of_today(project: Project, tasks: Iterable[Task]) -> tuple[dict[int, PlanState], PlanState]:
    """Return today's plan by task, and what of today's budget belongs to none."""
    budgets = budgets_by_task(planned_of(project=project))
    known = {
        task.pk: PlanState(
            task.start,
            task.finish,
            task.duration_minutes,
            budgets[task.pk].seconds if task.pk in budgets else 0,
            budgets[task.pk].cost if task.pk in budgets else None,
        )
        for task in tasks
        if task.deleted_at is None
    }
    loose = budgets.get(None)
    return known, PlanState(None, None, 0, loose.seconds if loose else 0, loose.cost if loose else None)


def _loose(baseline: Baseline) -> PlanState:
    return PlanState(None, None, 0, baseline.untasked_seconds, baseline.untasked_cost)


def _summed(states: dict[int, PlanState], parents: Mapping[int, int | None]) -> dict[int, PlanState]:
    """Return the plan with hours and cost of every summary: its own and those below it, as far as they are known."""
    sums = dict(states)
    for pk, state in states.items():
        above = parents.get(pk)
        while above is not None:
            if above in sums:
                upper = sums[above]
                costs = [one for one in (upper.cost, state.cost) if one is not None]
                sums[above] = replace(
                    upper, seconds=upper.seconds + state.seconds, cost=sum(costs, ZERO) if costs else None
                )
            above = parents.get(above)
    return sums


def _whole(states: dict[int, PlanState], loose: PlanState) -> PlanState:
    """Return a whole plan: first start, last finish, all hours, and the cost that is known."""
    rows = [*states.values(), loose]
    costs = [row.cost for row in rows if row.cost is not None]
    return PlanState(
        min((row.start for row in rows if row.start), default=None),
        max((row.finish for row in rows if row.finish), default=None),
        0,
        sum(row.seconds for row in rows),
        sum(costs, ZERO) if costs else None,
    )


TODAY = "today"


def compare_asked(*, project: Project, before: Baseline, said: str) -> Comparison:
    """Return what an address asks for: a baseline beside "today" (or nothing said), or beside the one of a number.

    Raises Http404 for a number that is none of the project's.
    """
    if said in {"", TODAY}:
        return compare_plans(project=project, before=before)
    if not said.isdecimal() or len(said) > 5:
        raise Http404
    rows = Baseline.objects.filter(project=project).select_related("taken_by")
    return compare_plans(project=project, before=before, after=get_object_or_404(rows, number=int(said)))


def compare_plans(*, project: Project, before: Baseline, after: Baseline | None = None) -> Comparison:
    """Return what differs between a baseline and a later one, or today's plan and budget; a fixed number of queries."""
    calendar, zone = working_calendar(project.calendar), zone_of(project)

    def day(moment: datetime) -> date:
        return moment.astimezone(zone).date()

    def moved(before: datetime | None, after: datetime | None) -> int | None:
        return calendar.working_days_between(day(before), day(after)) if before and after else None

    def row(task: Task | None, one: PlanState | None, other: PlanState | None) -> ComparedRow:
        costs = [state.cost if state else ZERO for state in (one, other)]
        return ComparedRow(
            task=task,
            before=one,
            after=other,
            start_days=moved(one.start, other.start) if one and other else None,
            finish_days=moved(one.finish, other.finish) if one and other else None,
            duration_minutes=other.duration_minutes - one.duration_minutes if one and other else None,
            seconds=(other.seconds if other else 0) - (one.seconds if one else 0),
            cost=None if costs[0] is None or costs[1] is None else costs[1] - costs[0],
        )

    tasks = list(Task.with_trash.filter(project=project).order_by("position", "pk"))
    then = _of_baseline(before)
    now, loose = (_of_baseline(after), _loose(after)) if after else _of_today(project, tasks)
    parents = {task.pk: task.parent_id for task in tasks}
    shown_then, shown_now = _summed(then, parents), _summed(now, parents)
    return Comparison(
        before=before,
        after=after,
        rows=tuple(
            row(task, shown_then.get(task.pk), shown_now.get(task.pk))
            for task in tasks
            if task.pk in then or task.pk in now
        ),
        total=row(None, _whole(then, _loose(before)), _whole(now, loose)),
    )
