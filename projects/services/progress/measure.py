"""How a task is measured: its rule, its weighted steps, its units. Once it has begun, the past stays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from implement.accounts.models import User
from implement.core.errors import DomainError
from projects.choices import ProgressRule
from projects.kit.journal import record
from projects.kit.rows import clean_row
from projects.models import MeasureChange, ProgressStep, Project, Task
from projects.planning import today_of
from projects.progress import HUNDRED, HUNDREDTH, ZERO
from projects.services.plan import task_save
from projects.services.progress.past import earned_until
from projects.services.scheduling import plan_lock

MOST_STEPS = 50


@dataclass(frozen=True)
class Step:
    """A weighted step as it is to be; `pk` None is a new one."""

    name: str
    weight: Decimal
    pk: int | None = None


@dataclass(frozen=True, kw_only=True)
class Measure:
    """How a task is to be measured: `rule` empty is the project's usual one; steps and units as it needs them."""

    rule: str
    steps: tuple[Step, ...] = ()
    units_total: Decimal | None = None
    unit_name: str = ""


def has_begun(task: Task) -> bool:
    """Return whether something of a task is done, so that its measure is locked."""
    if task.percent_complete > 0 or task.actual_start is not None:
        return True
    if task.rule == ProgressRule.EFFORT:
        return task.start is not None and task.start <= timezone.now()
    return (
        task.progress_steps.filter(done_on__isnull=False).exists()
        or task.progress_counts.filter(done__gt=0).exists()
    )


@transaction.atomic
def measure_set(
    *,
    task: Task,
    measure: Measure,
    actor: User | None,
    reason: str = "",
    expected_version: int | None = None,
) -> Task:
    """Say how a task's progress is measured. Once it has begun that needs a reason, and the past stays.

    Raises DomainError, by field (a summary, a milestone, weights that do not add up to 100), or StaleVersion.
    """
    if task.is_summary or task.is_milestone:
        raise DomainError("The progress of a summary or a milestone is not measured by a rule.")
    plan_lock(task.project)
    if measure.rule and measure.rule not in ProgressRule.values:
        raise DomainError(f"There is no rule “{measure.rule}”.", fields={"rule": "Choose one of the rules."})
    after = measure.rule or task.project.progress_rule
    steps = _checked_steps(task, measure.steps) if after == ProgressRule.STEPS else ()
    total = _checked_total(measure) if after == ProgressRule.UNITS else None
    before = task.rule
    stored = {step.pk: step for step in task.progress_steps.all()}
    is_other = before != after or (after == ProgressRule.UNITS and total != task.units_total)
    if after == ProgressRule.STEPS:
        weights = {step.pk: step.weight for step in steps}
        is_other |= weights != {pk: step.weight for pk, step in stored.items()} or None in weights
    begun = has_begun(task)
    reason = " ".join(reason.split())
    if begun and is_other:
        if not reason:
            words = "The task has begun: say why it is measured otherwise from now on."
            raise DomainError(words, fields={"reason": words})
        _keep_past(task, before=before, after=after, reason=reason, actor=actor)
        task.measured_since = today_of(task.project)
    task.progress_rule = measure.rule
    task.units_total = total
    task.unit_name = " ".join(measure.unit_name.split())[:40] if after == ProgressRule.UNITS else ""
    if after == ProgressRule.STEPS:
        _write_steps(task, steps, stored)
    told = (_said(stored.values()), _said(steps))
    if after == ProgressRule.STEPS and told[0] != told[1]:
        record(action="task.changed", target=task, actor=actor, project=task.project, changes={"steps": told})
    if begun and is_other:
        labels = (str(ProgressRule(before).label), str(ProgressRule(after).label))
        changes = {"measured by": labels, "reason": ("", reason)}
        record(action="task.remeasured", target=task, actor=actor, project=task.project, changes=changes)
    return task_save(task=task, actor=actor, expected_version=expected_version, is_measured=True)


def _said(steps: Iterable[Step | ProgressStep]) -> str:
    return "; ".join(f"{step.name} {step.weight.normalize():f} %" for step in steps)


def _checked_steps(task: Task, steps: Sequence[Step]) -> tuple[Step, ...]:
    """Return the steps with their words tidied. Raises DomainError, naming the row."""
    known = set(task.progress_steps.values_list("pk", flat=True))
    tidy: list[Step] = []
    for number, step in enumerate(steps, start=1):
        name = " ".join(step.name.split())
        if not name:
            raise step_error(f"Step {number} has no name.")
        if len(name) > 120:
            raise step_error(f"Step {number}: “{name[:20]}…” is longer than 120 characters.")
        if not step.weight.is_finite() or not ZERO < step.weight <= HUNDRED:
            raise step_error(f"Step {number}, “{name}”: the weight {step.weight} is not between 0 and 100.")
        if step.weight != step.weight.quantize(HUNDREDTH):
            raise step_error(f"Step {number}, “{name}”: the weight {step.weight} has more than two decimals.")
        if step.pk is not None and step.pk not in known:
            raise step_error(f"Step {number}, “{name}”: there is no step {step.pk} on this task.")
        tidy.append(Step(name=name, weight=step.weight, pk=step.pk))
    if len(tidy) > MOST_STEPS:
        raise step_error(f"At most {MOST_STEPS} steps; here are {len(tidy)}.")
    if len({step.pk for step in tidy if step.pk}) < len([step for step in tidy if step.pk]):
        raise step_error("A step is named twice.")
    whole = sum((step.weight for step in tidy), ZERO)
    if whole != HUNDRED:
        raise step_error(f"The weights add up to {whole.normalize():f}, not to 100.")
    return tuple(tidy)


def step_error(words: str) -> DomainError:
    return DomainError(words, fields={"steps": words})


def _checked_total(measure: Measure) -> Decimal:
    total = measure.units_total
    if total is None or not total.is_finite() or not HUNDREDTH <= total < Decimal(10) ** 10:
        words = "Say how many units the task has in all, above zero."
        raise DomainError(words, fields={"units_total": words})
    return total.quantize(HUNDREDTH)


def _write_steps(task: Task, steps: Sequence[Step], stored: dict[int, ProgressStep]) -> None:
    kept = {step.pk for step in steps if step.pk}
    ProgressStep.objects.filter(task=task).exclude(pk__in=kept).delete()
    for position, step in enumerate(steps, start=1):
        row = stored.get(step.pk or 0) or ProgressStep(task=task)
        row.position, row.name, row.weight = position, step.name, step.weight
        clean_row(row)
        if row._state.adding:
            row.save()
        else:
            row.save_version()


def _keep_past(task: Task, *, before: str, after: str, reason: str, actor: User | None) -> None:
    """Freeze how a task was measured up to yesterday."""
    today = today_of(task.project)
    earned = [[day.isoformat(), format(percent, "f")] for day, percent in earned_until(task, today)]
    MeasureChange.objects.create(
        task=task, since=today, at=timezone.now(), by=actor, before=before, after=after,
        reason=reason[:255], earned=earned,
    )  # fmt: skip


@transaction.atomic
def usual_rule_kept(*, project: Project, before: str) -> None:
    """Write the usual rule that was into the tasks that have begun under it, so that a new one is not theirs."""
    begun = Task.with_trash.filter(project=project, progress_rule="", is_milestone=False).exclude(
        percent_complete=0, actual_start=None
    )
    begun.update(progress_rule=before)
