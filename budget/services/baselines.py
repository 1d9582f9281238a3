"""Taking a baseline with the money and hours of today's budget."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from budget.models import BaselineReserve
from budget.selectors import budgets_by_task, planned_of
from budget.selectors.planned import Budget
from budget.selectors.reserves import reserves_of
from implement.accounts.models import User
from implement.core.errors import DomainError
from projects.models import Baseline, Project
from projects.planning import today_of
from projects.services import TaskBudget, baseline_take, plan_lock


def _frozen(budget: Budget) -> TaskBudget:
    return TaskBudget(planned_seconds=budget.seconds, cost=budget.cost, bill=budget.bill)


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
    budgets = {key: _frozen(budget) for key, budget in budgets_by_task(planned_of(project=project)).items()}
    untasked = budgets.pop(None, None)
    baseline = baseline_take(
        project=project,
        name=name,
        actor=actor,
        budgets={key: budget for key, budget in budgets.items() if key is not None},
        untasked=untasked,
        taken_at=taken_at,
    )
    reserves = reserves_of(project=project, as_of=today_of(project))
    BaselineReserve.objects.create(
        baseline=baseline,
        contingency=reserves.contingency.left or Decimal(0),
        management=reserves.management.left,
    )
    return baseline
