"""Taking a baseline with the money and hours of today's budget."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from budget.models import BaselineReserve, BaselineShare
from budget.selectors import budgets_by_task, planned_of
from budget.selectors.planned import Budget, Planned, summed
from budget.selectors.reserves import reserves_of
from implement.accounts.models import User
from implement.core.errors import DomainError
from projects.models import Baseline, Project
from projects.planning import today_of
from projects.services import TaskBudget, baseline_take, plan_lock


def _frozen(budget: Budget) -> TaskBudget:
    return TaskBudget(planned_seconds=budget.seconds, cost=budget.cost, bill=budget.bill)


def _keep_shares(baseline: Baseline, planned: Iterable[Planned]) -> None:
    """Write for whom and for what the budget was planned, so that it can be told apart when the plan has moved on."""
    kept = {None, *baseline.tasks.values_list("task_id", flat=True)}
    pieces: dict[tuple[int | None, int | None, str, str], list[Planned]] = {}
    for piece in planned:
        if piece.task_id in kept:
            key = (piece.task_id, piece.person_id, piece.job_role, piece.category)
            pieces.setdefault(key, []).append(piece)
    rows = []
    for (task_id, person_id, job_role, category), alike in pieces.items():
        whole = summed(alike)
        rows.append(
            BaselineShare(
                baseline=baseline, task_id=task_id, person_id=person_id, job_role=job_role, category=category,
                planned_seconds=whole.seconds, cost=whole.cost,
            )
        )  # fmt: skip
    BaselineShare.objects.bulk_create(rows, batch_size=500)


@transaction.atomic
def baseline_with_budget(
    *, project: Project, name: str, actor: User | None, taken_at: datetime | None = None
) -> Baseline:
    """Freeze dates of the plan with hours and money of today's budget as the next baseline, and the reserves.

    Raises DomainError without a name or without a plan.
    """
    name = name.strip()
    if not name:
        raise DomainError("A baseline needs a name.", fields={"name": "Say what this plan is."})
    # One after the other, or two people would take the same number; and of a plan that nobody changes meanwhile.
    plan_lock(project)
    planned = planned_of(project=project)
    budgets = {key: _frozen(budget) for key, budget in budgets_by_task(planned).items()}
    untasked = budgets.pop(None, None)
    baseline = baseline_take(
        project=project,
        name=name,
        actor=actor,
        budgets={key: budget for key, budget in budgets.items() if key is not None},
        untasked=untasked,
        taken_at=taken_at,
    )
    _keep_shares(baseline, planned)
    reserves = reserves_of(project=project, as_of=today_of(project))
    BaselineReserve.objects.create(
        baseline=baseline,
        contingency=reserves.contingency.left or Decimal(0),
        management=reserves.management.left,
    )
    return baseline
