"""How far each piece of a budget is at the end of a day: the one answer behind earned value and what remains."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from budget.choices import Category
from budget.selectors.actuals import actuals_by_task
from budget.selectors.amounts import ZERO
from budget.selectors.loose import bought, purchases_of, spent_loose
from budget.selectors.planned import Planned, planned_of
from budget.selectors.progress import Progress, elapsed, leaf_progress
from budget.selectors.tasks import tasks_of
from budget.selectors.yardstick import plan_of
from implement.core.asked import answered_once
from projects.models import Project
from projects.planning import end_of_day


@dataclass(frozen=True)
class Reached:
    """How much of a budget's work is done, 0 to 1.

    A piece with a task is as far as its task. Without one, labour is level of effort: done as the project's time
    passes (`elapsed`). What is bought without a task is done as far as it is paid (`bought`). Contingency is no
    work, wherever it stands: nothing of it is ever done until it is released.
    """

    tasks: Mapping[int | None, Decimal]
    elapsed: Decimal
    bought: Mapping[str, Decimal]
    is_estimated: bool = False

    def of(self, piece: Planned) -> Decimal:
        """Return how much of a piece is done."""
        if piece.category == Category.CONTINGENCY:
            return ZERO
        if piece.task_id is not None:
            return self.tasks.get(piece.task_id, ZERO)
        return self.bought.get(piece.category, self.elapsed)


@answered_once
def progress_of(*, project: Project, as_of: date, measure: str) -> Progress:
    """Return the progress of the project's tasks at the end of a day; level of effort as the baseline plans it."""
    plan = plan_of(project=project, as_of=as_of, measure=measure)
    moment = end_of_day(project, as_of)
    return Progress(project=project, tasks=tasks_of(project).values(), since=moment, effort=plan.due)


def reached_of(*, project: Project, as_of: date, measure: str, pieces: Iterable[Planned]) -> Reached:
    """Return how far a budget is at the end of a day, its summaries weighed by its own amounts."""
    tasks = tasks_of(project)
    progress = progress_of(project=project, as_of=as_of, measure=measure)
    weights: dict[int | None, Decimal] = {}
    rows = list(pieces)
    for piece in rows:
        if piece.category != Category.CONTINGENCY:
            weights[piece.task_id] = weights.get(piece.task_id, ZERO) + (piece.amount(measure) or ZERO)
    known = leaf_progress(tasks=tasks, progress=progress, moment=end_of_day(project, as_of), weights=weights)
    plan = plan_of(project=project, as_of=as_of, measure=measure)
    live = [task for task in tasks.values() if task.deleted_at is None]
    passed = plan.elapsed(as_of) if plan.stored else elapsed(project, live, as_of)
    spent = spent_loose(actuals_by_task(project=project, as_of=as_of))
    return Reached(
        tasks=known,
        elapsed=passed,
        bought=bought(purchases_of(rows), spent),
        is_estimated=progress.is_estimated,
    )


@answered_once
def reached_today(*, project: Project, as_of: date, measure: str) -> Reached:
    """Return how far today's budget is at the end of a day."""
    return reached_of(project=project, as_of=as_of, measure=measure, pieces=planned_of(project=project))
