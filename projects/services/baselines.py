"""Baselines: numbered, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from implement.accounts.models import User
from implement.core.errors import DomainError
from projects.kit.journal import record
from projects.models import (
    Baseline,
    BaselineTask,
    Project,
    Task,
)


@dataclass(frozen=True)
class TaskBudget:
    """What a task is to cost when a baseline is taken; None where no rate or budget says it."""

    planned_seconds: int
    cost: Decimal | None
    bill: Decimal | None


@transaction.atomic
def baseline_take(
    *,
    project: Project,
    name: str,
    actor: User | None,
    budgets: Mapping[int, TaskBudget],
    untasked: TaskBudget | None = None,
    taken_at: datetime | None = None,
) -> Baseline:
    """Freeze dates, hours and money of every task as the next numbered baseline.

    `budgets` is task id -> TaskBudget and `untasked` what belongs to no task, computed by the
    budget. `taken_at` is for plans that were agreed before they were recorded here; default: now.
    Raises DomainError for a plan without tasks.
    """
    tasks = list(Task.objects.filter(project=project))
    if not tasks:
        raise DomainError("There is no plan to take a baseline of.")
    last = Baseline.objects.filter(project=project).aggregate(last=Max("number"))["last"]
    baseline = Baseline.objects.create(
        project=project,
        number=0 if last is None else last + 1,
        name=name[:120],
        taken_at=taken_at or timezone.now(),
        taken_by=actor,
        untasked_seconds=untasked.planned_seconds if untasked else 0,
        untasked_cost=untasked.cost if untasked else None,
        untasked_bill=untasked.bill if untasked else None,
    )
    nothing = TaskBudget(planned_seconds=0, cost=None, bill=None)
    BaselineTask.objects.bulk_create(
        BaselineTask(
            baseline=baseline,
            task=task,
            start=task.start,
            finish=task.finish,
            duration_minutes=task.duration_minutes,
            planned_seconds=budgets.get(task.pk, nothing).planned_seconds,
            cost=budgets.get(task.pk, nothing).cost,
            bill=budgets.get(task.pk, nothing).bill,
        )
        for task in tasks
    )
    record(action="baseline.taken", target=baseline, actor=actor, project=project)
    return baseline
