"""The baselines of a plan's file. They never change: one that differs becomes a further baseline."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from implement.accounts.models import User
from projects.imports.values import MAX_INTEGER, MAX_MINUTES, moment, place_of, whole
from projects.kit.imports import ImportRefused, Outcome
from projects.kit.journal import record
from projects.models import Baseline, BaselineTask
from projects.mspdi import MspdiBaseline
from projects.planfile import baseline_name

if TYPE_CHECKING:
    from projects.imports.plandraft import PlanDraft

Snapshot = dict[int, dict[str, Any]]
MAX_MONEY = Decimal(10) ** 13


def without_cost(snapshot: Snapshot) -> Snapshot:
    """Return a baseline's dates and hours."""
    return {pk: {**values, "cost": None} for pk, values in snapshot.items()}


def stored_dates(stored: list[Snapshot], asked: Snapshot) -> list[Snapshot]:
    """Return the stored baselines without their cost, when the file was written for somebody who may not see it."""
    is_silent = all(values["cost"] is None for values in asked.values())
    return [without_cost(snapshot) for snapshot in stored] if is_silent else []


@dataclass
class BaselineDraft:
    """Which of the file's baselines are new. Microsoft Project's "Baseline" comes last, so it is current."""

    plan: PlanDraft

    def __post_init__(self) -> None:
        self.new: list[tuple[str, Snapshot]] = []
        found: dict[int, Snapshot] = {}
        for task in self.plan.kept:
            for baseline in task.baselines:
                values = self.values(baseline, place=f"{place_of(task)}, Baseline {baseline.number}")
                found.setdefault(baseline.number, {})[task.uid] = values
        if not found:
            return
        stored = self.stored()
        for number in sorted(found, key=lambda one: (one == 0, one)):
            name = baseline_name(number)
            by_task = {self.plan.tasks[uid].pk: values for uid, values in found[number].items()}
            if by_task in stored or without_cost(by_task) in stored_dates(stored, by_task):
                self.plan.row(Outcome.UNCHANGED, "baseline", name)
            else:
                self.new.append((name, found[number]))
                self.plan.row(Outcome.CREATED, "baseline", name, f"{len(by_task):,} tasks")

    def values(self, baseline: MspdiBaseline, *, place: str) -> dict[str, Any]:
        """Return one task's part of a baseline as columns of BaselineTask."""
        cost = baseline.cost if self.plan.takes_money else None
        if cost is not None:
            cost = cost.quantize(Decimal("0.01"))
            if not 0 <= cost < MAX_MONEY:
                raise ImportRefused(f"{place}, Cost: {cost} is out of range.", value=str(cost))
        return {
            "start": moment(baseline.start, self.plan.zone, place=place),
            "finish": moment(baseline.finish, self.plan.zone, place=place),
            "duration_minutes": whole(
                baseline.duration_minutes or 0, limit=MAX_MINUTES, what="a duration of", place=place
            ),
            "planned_seconds": whole(
                baseline.work_seconds or 0, limit=MAX_INTEGER, what="work in seconds of", place=place
            ),
            "cost": cost,
        }

    def stored(self) -> list[Snapshot]:
        """Return the project's baselines as task id -> columns."""
        kept: dict[int, Snapshot] = {}
        live = BaselineTask.objects.filter(baseline__project=self.plan.project, task__deleted_at=None)
        for row in live:
            kept.setdefault(row.baseline_id, {})[row.task_id] = {
                name: getattr(row, name)
                for name in ("start", "finish", "duration_minutes", "planned_seconds", "cost")
            }
        return list(kept.values())

    def write(self, actor: User) -> None:
        """Write the new baselines with the next free numbers."""
        if not self.new:
            return
        taken = Baseline.objects.filter(project=self.plan.project).values_list("number", flat=True)
        number = max(taken, default=-1)
        for name, snapshot in self.new:
            number += 1
            baseline = Baseline.objects.create(
                project=self.plan.project,
                number=number,
                name=name,
                taken_at=timezone.now(),
                taken_by=actor,
            )
            BaselineTask.objects.bulk_create(
                [
                    BaselineTask(baseline=baseline, task=self.plan.tasks[uid], **values)
                    for uid, values in snapshot.items()
                ],
                batch_size=500,
            )
            record(action="baseline.taken", target=baseline, actor=actor, project=self.plan.project)
