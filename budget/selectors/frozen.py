"""What a baseline holds, piece by piece: when it was planned, for whom, which role and which category."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from budget.choices import Category, Measure
from budget.models import BaselineShare
from budget.selectors.amounts import ONE, ZERO, apportioned, unit_of
from budget.selectors.planned import Planned, planned_of
from implement.core.asked import answered_once
from projects.models import Baseline, Project

Span = tuple[datetime, datetime]
# Person, role and category.
Scope = tuple[int | None, str, str]
NOBODY: Scope = (None, "", Category.LABOUR)


@dataclass
class Frozen:
    """What a baseline holds: the pieces of its budget, the dates of its tasks (None: of the whole plan), their hours.

    `unpriced` counts the tasks with planned hours but no cost. `baseline_id` None: there is no baseline.
    """

    baseline_id: int | None = None
    pieces: list[Planned] = field(default_factory=list)
    spans: dict[int | None, Span] = field(default_factory=dict)
    seconds: dict[int, int] = field(default_factory=dict)
    unpriced: int = 0


@answered_once
def baselines_of(*, project: Project) -> list[Baseline]:
    """Return the project's baselines, the first one first; one query."""
    return list(Baseline.objects.filter(project=project).order_by("number"))


@answered_once
def frozen_of(*, project: Project, baseline: Baseline) -> Frozen:
    """Return what a baseline holds; two queries.

    One that was taken before shares were kept, or came out of a file, says of each task how much, not for whom: it
    is apportioned as today's budget of the task is.
    """
    found = Frozen(baseline_id=baseline.pk)
    budgets: list[tuple[int | None, int, Decimal | None]] = []
    rows = baseline.tasks.order_by("task__position", "pk").values_list(
        "task_id", "start", "finish", "planned_seconds", "cost"
    )
    for task_id, start, finish, seconds, cost in rows:
        budgets.append((task_id, seconds, cost))
        found.seconds[task_id] = seconds
        found.unpriced += seconds > 0 and cost is None
        if start and finish:
            found.spans[task_id] = (start, finish)
    if found.spans:
        starts, finishes = zip(*found.spans.values(), strict=True)
        found.spans[None] = (min(starts), max(finishes))
    budgets.append((None, baseline.untasked_seconds, baseline.untasked_cost))
    shares = BaselineShare.objects.filter(baseline=baseline).order_by("task__position", "pk")
    found.pieces = [
        Planned(task_id, person_id, category, seconds, cost, None, job_role=role)
        for task_id, person_id, role, category, seconds, cost in shares.values_list(
            "task_id", "person_id", "job_role", "category", "planned_seconds", "cost"
        )
    ]
    if not found.pieces:
        unit = unit_of(Measure.COST, project.currency)
        found.pieces = list(_as_today(budgets, planned_of(project=project), unit))
    return found


def _as_today(
    budgets: Iterable[tuple[int | None, int, Decimal | None]], planned: Iterable[Planned], unit: Decimal
) -> Iterable[Planned]:
    """Yield each task's hours and cost by the shares of today's budget of it."""
    today: dict[int | None, dict[Scope, list[Planned]]] = {}
    for piece in planned:
        scope = (piece.person_id, piece.job_role, piece.category)
        today.setdefault(piece.task_id, {}).setdefault(scope, []).append(piece)
    for task_id, seconds, cost in budgets:
        of_task = today.get(task_id, {})
        worked = [sum(piece.seconds for piece in alike) for alike in of_task.values()]
        paid = [sum((piece.cost or ZERO for piece in alike), ZERO) for alike in of_task.values()]
        scopes = [*of_task, NOBODY]
        hours = _split(Decimal(seconds), [Decimal(one) for one in worked], ONE)
        money = _split(cost or ZERO, paid, unit)
        for scope, own, amount in zip(scopes, hours, money, strict=True):
            if own or amount or scope in of_task:
                person_id, role, category = scope
                known = None if cost is None else amount
                yield Planned(task_id, person_id, category, int(own), known, None, job_role=role)


def _split(whole: Decimal, weights: Sequence[Decimal], unit: Decimal) -> list[Decimal]:
    """Return the shares by weight, and as the last one what nobody has: all of it where the weights say nothing."""
    known = sum(weights, ZERO)
    if known <= 0:
        return [*(ZERO for _ in weights), whole]
    return [*apportioned([whole * weight / known for weight in weights], unit=unit, whole=whole), ZERO]
