"""Earned value of a project at the end of a day: the one selector behind pages, panels, reports and API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from django.utils.translation import gettext

from budget.choices import Measure
from budget.evm import EacAssumption, EarnedSchedule, EarnedValue, Health, HealthLimits, health
from budget.models import BudgetSettings
from budget.selectors.actuals import actuals_by_person, actuals_by_task
from budget.selectors.amounts import ZERO, in_unit, total
from budget.selectors.earned_rows import EarnedRow, EarnedTable
from budget.selectors.figure_rows import ESTIMATED, unpriced_notes
from budget.selectors.planned import planned_of
from budget.selectors.reached import Reached, reached_of
from budget.selectors.rest import etc_of
from budget.selectors.tasks import tasks_of
from budget.selectors.yardstick import BaselineUsed, Plan, in_time, plan_of
from implement.core.asked import answered_once
from projects.models import Project, Task

# The warning lines of a project that has said none.
USUAL = HealthLimits()


@dataclass(frozen=True, kw_only=True)
class EarnedFigures:
    """Earned value at the end of `as_of`, in money of the project or in hours.

    `reason` says why `value` holds nothing, and is empty otherwise. Time is counted in weeks from
    `starts_on`: `schedule` is earned schedule, `planned_weeks` the baseline's length, `finishes_on` the
    finish if the pace in time stays. `untasked` is how much of BAC has no task; `contingency` stands beside BAC.
    `health` is None when an index is n/a or the amounts have gaps. `limits` are the
    project's own warning lines.
    """

    as_of: date
    measure: str
    currency: str
    baseline: BaselineUsed | None
    reason: str
    value: EarnedValue
    table: EarnedTable | None = None
    starts_on: date | None = None
    schedule: EarnedSchedule | None = None
    planned_weeks: Decimal | None = None
    finishes_on: date | None = None
    health: Health | None = None
    notes: tuple[str, ...] = ()
    has_gaps: bool = False
    untasked: Decimal | None = None
    contingency: Decimal | None = None
    limits: HealthLimits = USUAL
    schedule_limits: HealthLimits = USUAL

    @property
    def unit(self) -> str:
        """Return what the amounts are counted in: a currency code, or h."""
        return "h" if self.measure == Measure.HOURS else self.currency

    @cached_property
    def by_task(self) -> tuple[EarnedRow, ...]:
        """Return the figures by task; worked out when somebody looks."""
        return self.table.by_task() if self.table else ()

    @cached_property
    def by_person(self) -> tuple[EarnedRow, ...]:
        """Return the figures by person; worked out when somebody looks."""
        return self.table.by_person() if self.table else ()

    def assuming(self, assumption: EacAssumption) -> EarnedValue:
        """Return the figures under another assumption about the work that remains."""
        return self.value.assuming(assumption, bottom_up_etc=self.value.bottom_up_etc)


@dataclass(frozen=True)
class EarnedParts:
    """What is planned and earned of each task at the end of a day, in unrounded seconds or money.

    All empty without a baseline (`plan.reason`).
    """

    plan: Plan
    tasks: dict[int, Task]
    reached: Reached
    amounts: dict[int | None, Decimal]
    pv: dict[int | None, Decimal]
    ev: dict[int | None, Decimal]


@answered_once
def earned_parts(*, project: Project, as_of: date, measure: str) -> EarnedParts:
    """Return what is planned and earned of each task at the end of a day; nothing of what it has cost."""
    plan = plan_of(project=project, as_of=as_of, measure=measure)
    tasks = tasks_of(project)
    reached = reached_of(project=project, as_of=as_of, measure=measure, pieces=plan.pieces)
    amounts: dict[int | None, Decimal] = {scope.task_id: scope.amount for scope in plan.scopes}
    pv = plan.planned_at(as_of)
    ev = {
        task_id: pv[None] if task_id is None else amount * reached.tasks.get(task_id, ZERO)
        for task_id, amount in amounts.items()
    }
    return EarnedParts(plan=plan, tasks=tasks, reached=reached, amounts=amounts, pv=pv, ev=ev)


@answered_once
def earned_value(*, project: Project, as_of: date, measure: str = Measure.COST) -> EarnedFigures:
    """Return earned value at the end of a day; a fixed number of queries.

    PV: the baseline's budget, spread evenly over each task's baseline dates in working time. EV: the baseline's
    budget x the progress of that day, by the way the task is measured; level of effort, and what belongs to no
    task: EV = PV, labour as time passes, purchases as they are paid. Contingency is in neither. AC: approved cost
    (or hours) worked or spent by that day, also on tasks that the baseline does not know. The estimate at completion
    assumes what the project's settings say.
    Without a baseline, or without amounts in it, everything that needs it is None and `reason` says why.
    """
    parts = earned_parts(project=project, as_of=as_of, measure=measure)
    plan, reached, tasks = parts.plan, parts.reached, parts.tasks
    actuals = actuals_by_task(project=project, as_of=as_of)
    is_money = measure != Measure.HOURS
    spent = [row.approved(measure) for row in actuals]
    ac = total(spent) if spent else ZERO
    notes = plan.notes() + (unpriced_notes([], actuals) if is_money else [])
    if plan.reason:
        value = EarnedValue(bac=None, pv=None, ev=None, ac=in_unit(ac, measure))
        return EarnedFigures(
            as_of=as_of,
            measure=measure,
            currency=project.currency,
            baseline=plan.baseline,
            reason=plan.reason,
            value=value,
            notes=tuple(notes),
        )
    amounts, pv, ev = parts.amounts, parts.pv, parts.ev
    settings = settings_of(project)
    value = EarnedValue(
        bac=in_unit(plan.bac, measure),
        pv=in_unit(sum(pv.values(), ZERO), measure),
        ev=in_unit(sum(ev.values(), ZERO), measure),
        ac=in_unit(ac, measure),
        assumption=EacAssumption(settings.eac_assumption),
        bottom_up_etc=in_unit(_bottom_up(project, as_of, measure), measure),
    )
    if reached.is_estimated:
        notes.append(gettext(ESTIMATED))
    table = EarnedTable(
        project=project,
        measure=measure,
        value=value,
        amounts=amounts,
        pv=pv,
        ev=ev,
        actuals=actuals,
        worked_by=actuals_by_person(project=project, as_of=as_of),
        tasks=tasks,
        pieces=plan.pieces,
        reached=reached,
    )
    schedule, weeks, finish = in_time(plan, value, tasks.values(), as_of)
    has_gaps = is_money and bool(plan.unpriced or any(row.unpriced_seconds for row in actuals))
    limits, schedule_limits = HealthLimits.at(settings.index_limit), HealthLimits.at(settings.schedule_limit)
    verdict = health(cpi=value.cpi, spi=value.spi, limits=limits, schedule_limits=schedule_limits)
    return EarnedFigures(
        as_of=as_of,
        measure=measure,
        currency=project.currency,
        baseline=plan.baseline,
        reason="",
        value=value,
        table=table,
        starts_on=plan.starts_on,
        schedule=schedule,
        planned_weeks=weeks,
        finishes_on=finish,
        # Amounts with gaps can prove trouble, never that all is well.
        health=None if has_gaps and verdict == "good" else verdict,
        notes=tuple(notes),
        has_gaps=has_gaps,
        untasked=in_unit(amounts.get(None, ZERO), measure),
        contingency=in_unit(plan.contingency, measure),
        limits=limits,
        schedule_limits=schedule_limits,
    )


def _bottom_up(project: Project, as_of: date, measure: str) -> Decimal | None:
    """Return the budget's own estimate to complete; None when today's budget has gaps."""
    if measure != Measure.HOURS and any(piece.is_unpriced for piece in planned_of(project=project)):
        return None
    return etc_of(project=project, as_of=as_of, measure=measure)


@answered_once
def settings_of(project: Project) -> BudgetSettings:
    """Return the project's warning lines and its assumption; the usual ones where it has none."""
    return BudgetSettings.objects.filter(project=project).first() or BudgetSettings(project=project)
