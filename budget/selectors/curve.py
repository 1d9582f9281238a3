"""The S-curve: planned, earned and actual, week by week."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.utils.translation import gettext

from budget.choices import Measure
from budget.evm import EacAssumption, EarnedValue
from budget.selectors.actuals import Actual, actuals_by_day
from budget.selectors.amounts import ZERO, in_unit, total
from budget.selectors.earned import earned_value, settings_of
from budget.selectors.progress import Progress, leaf_progress
from budget.selectors.tasks import tasks_of
from budget.selectors.yardstick import WEEK, BaselineUsed, Plan, in_time, plan_of
from implement.core.asked import answered_once
from projects.models import Project, Task
from projects.planning import end_of_day

MOST_POINTS = 120


@dataclass(frozen=True, kw_only=True)
class CurvePoint:
    """Cumulative figures at the end of a day; None where not known (yet)."""

    day: date
    pv: Decimal | None
    ev: Decimal | None
    ac: Decimal | None


@dataclass(frozen=True, kw_only=True)
class SCurve:
    """The S-curve: weekly points, the budget at completion, and the forecast with its spread."""

    as_of: date
    measure: str
    currency: str
    baseline: BaselineUsed | None
    reason: str
    points: tuple[CurvePoint, ...]
    bac: Decimal | None = None
    eac: Decimal | None = None
    eac_low: Decimal | None = None
    eac_high: Decimal | None = None
    finishes_on: date | None = None

    @property
    def unit(self) -> str:
        """Return what the amounts are counted in: a currency code, or h."""
        return "h" if self.measure == Measure.HOURS else self.currency


@answered_once
def s_curve(*, project: Project, as_of: date, measure: str = Measure.COST) -> SCurve:
    """Return cumulative PV, EV and AC per week (ends of Sundays) and at `as_of`; a fixed number of queries.

    PV runs over the whole baseline; EV and AC stop at `as_of`. More than 120 weeks are drawn in longer steps.
    The forecast is EAC as the project assumes it, between the lowest and highest of the computed estimates.
    """
    plan = plan_of(project=project, as_of=as_of, measure=measure)
    if plan.reason or plan.starts_on is None or plan.ends_on is None:
        reason = plan.reason or gettext("The baseline has no dates.")
        return SCurve(
            as_of=as_of,
            measure=measure,
            currency=project.currency,
            baseline=plan.baseline,
            reason=reason,
            points=(),
        )
    daily = actuals_by_day(project=project, as_of=as_of)
    booked = [row.day for row in daily if row.day is not None]
    first = min([plan.starts_on, *booked]) - timedelta(days=1)
    days = _week_ends(first, max(plan.ends_on, as_of if as_of > first else first))
    days = sorted({first, *days, plan.ends_on, *([as_of] if as_of > first else [])})
    tasks = tasks_of(project)
    since = end_of_day(project, first)
    progress = Progress(project=project, tasks=tasks.values(), since=since, effort=plan.due)
    planned = plan.curve(days)
    earned = dict(
        zip(days, _earned(plan, tasks, progress, [day for day in days if day <= as_of]), strict=False)
    )
    points = [
        CurvePoint(
            day=day,
            pv=in_unit(due, measure),
            ev=in_unit(earned.get(day), measure),
            ac=in_unit(_spent_by(daily, day, measure), measure) if day <= as_of else None,
        )
        for day, due in zip(days, planned, strict=True)
    ]
    latest = next((point for point in reversed(points) if point.day <= as_of), points[0])
    assumption = EacAssumption(settings_of(project).eac_assumption)
    value = EarnedValue(
        bac=in_unit(plan.bac, measure),
        pv=latest.pv,
        ev=latest.ev,
        ac=latest.ac,
        assumption=assumption,
    )
    if assumption == EacAssumption.BOTTOM_UP:
        said = earned_value(project=project, as_of=as_of, measure=measure).value
        value = value.assuming(assumption, bottom_up_etc=said.bottom_up_etc)
    estimates = [
        estimate
        for estimate in (value.eac_cpi, value.eac_remaining_at_plan, value.eac_cpi_spi)
        if estimate is not None
    ]
    _, _, finish = in_time(plan, value, tasks.values(), as_of)
    return SCurve(
        as_of=as_of,
        measure=measure,
        currency=project.currency,
        baseline=plan.baseline,
        reason="",
        points=tuple(points),
        bac=value.bac,
        eac=value.eac,
        eac_low=min(estimates, default=None),
        eac_high=max(estimates, default=None),
        finishes_on=finish,
    )


def _week_ends(first: date, last: date) -> list[date]:
    """Return the Sundays from `first` to `last`, thinned out beyond MOST_POINTS."""
    sunday = first + timedelta(days=6 - first.weekday())
    count = max((last - sunday).days // 7 + 1, 0)
    step = -(-count // MOST_POINTS) or 1
    return [sunday + WEEK * number for number in range(0, count, step)]


def _earned(plan: Plan, tasks: dict[int, Task], progress: Progress, days: list[date]) -> list[Decimal]:
    """Return the earned value at the end of each day (ascending), as `earned_value` computes it."""
    moments = [end_of_day(plan.project, day) for day in days]
    amounts: dict[int | None, Decimal] = {scope.task_id: scope.amount for scope in plan.scopes}
    own = {key: amount for key, amount in amounts.items() if key is not None}
    if any(key in tasks and tasks[key].is_summary for key in own):
        # A summary's progress follows from the tasks below it, so every task is asked on every day.
        sums = []
        for moment in moments:
            known = leaf_progress(tasks=tasks, progress=progress, moment=moment, weights=amounts)
            sums.append(sum((amount * known.get(key, ZERO) for key, amount in own.items()), ZERO))
    else:
        sums = progress.earned(own, moments)
    return [earned + plan.loose_at(day) for earned, day in zip(sums, days, strict=True)]


def _spent_by(daily: Iterable[Actual], day: date, measure: str) -> Decimal | None:
    rows = [row.approved(measure) for row in daily if row.day is not None and row.day <= day]
    return total(rows) if rows else ZERO
