"""The estimate to complete from the bottom up: what people said of their tasks, and how old that is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from budget.models import CostControl, Estimate
from budget.selectors.amounts import hours
from budget.selectors.figure_rows import FigureRow
from budget.selectors.figures import BudgetFigures, budget_figures
from budget.selectors.rest import said_of
from implement.core.asked import answered_once
from projects.models import Project


@answered_once
def control_of(*, project: Project) -> CostControl:
    """Return the project's lines of cost control; those of a new project where nobody has said any."""
    return CostControl.objects.filter(project=project).first() or CostControl(project=project)


@dataclass(frozen=True, kw_only=True)
class EstimateRow:
    """A task with what is expected of its rest, in hours and, for who may see it, money.

    `latest`: the estimates that count. `is_stale`: the youngest of them is older than the project's line, and the
    task is not done.
    """

    row: FigureRow
    cost: FigureRow | None
    latest: tuple[Estimate, ...]
    estimated_on: date | None
    is_stale: bool


def estimates_of(*, project: Project, as_of: date, with_cost: bool) -> list[EstimateRow]:
    """Return the open tasks, and those that were estimated, in the order of the plan."""
    figures: BudgetFigures = budget_figures(project=project, as_of=as_of, measure="hours")
    costs: dict[str, FigureRow] = {}
    if with_cost:
        costs = {row.key: row for row in budget_figures(project=project, as_of=as_of, measure="cost").by_task}
    said = said_of(project=project, as_of=as_of)
    oldest = as_of - timedelta(weeks=control_of(project=project).stale_weeks)
    found = []
    for row in figures.by_task:
        latest = tuple(said[row.task_id].latest) if row.task_id in said else ()
        if row.is_rollup or row.task_id is None or row.key.startswith("own-"):
            continue
        if figures.sources.tasks[row.task_id].is_milestone:
            continue
        if row.physical == 1 and not latest:
            continue
        on = max((one.estimated_on for one in latest), default=None)
        is_stale = on is not None and on < oldest and row.physical != 1
        found.append(
            EstimateRow(row=row, cost=costs.get(row.key), latest=latest, estimated_on=on, is_stale=is_stale)
        )
    return found


def stale_count(*, project: Project, as_of: date) -> int:
    """Return how many estimates of open tasks are older than the project's line."""
    oldest = as_of - timedelta(weeks=control_of(project=project).stale_weeks)
    tasks = [
        task_id
        for task_id, said in said_of(project=project, as_of=as_of).items()
        if max(one.estimated_on for one in said.latest) < oldest
    ]
    return project.tasks.open().filter(pk__in=tasks, deleted_at=None).count() if tasks else 0


def hours_said(estimate: Estimate) -> Decimal | None:
    """Return the hours of an estimate; None where it says only money."""
    return None if estimate.seconds is None else hours(estimate.seconds)
