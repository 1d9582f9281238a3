"""Where cost and finish may end up: the forecast cone, from what the firm's tasks took before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import partial

from django.utils.translation import gettext as _

from budget.choices import Measure
from budget.evm.cone import LEAST, OpenTask, Run, quantile, share_within, simulate, triangular
from budget.selectors.amounts import ONE, ZERO, rounded, unit_of
from budget.selectors.earned import EarnedFigures, earned_value
from budget.selectors.experience import Learned, experience_of
from budget.selectors.yardstick import LONGEST_WEEKS, Plan, plan_of
from implement.core.asked import answered_once
from implement.core.money import HOUR
from projects.choices import ProgressRule
from projects.models import Project, Task
from projects.planning import local_start
from projects.progress import rule_in

# The shares of runs that are shown: as likely under as over is 50.
LEVELS = (10, 50, 80, 90)
FAN_STEPS = 8
EXPERIENCE, ESTIMATES = "experience", "estimates"


@dataclass(frozen=True, kw_only=True)
class Level:
    """In `percent` of the runs the project costs no more, and ends no later, than this."""

    percent: int
    cost: Decimal
    finishes_on: date | None


@dataclass(frozen=True, kw_only=True)
class FanPoint:
    """Actual cost at the end of a day to come: of 100 runs 10 lie below `low`, 50 below `middle`, 90 below `high`."""

    day: date
    low: Decimal
    middle: Decimal
    high: Decimal


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """The spread of final cost (the measure's unit) and finish at the end of a day.

    `reason` says why there is none. `basis` is "experience" (the firm's finished tasks) or "estimates" (a triangle
    over the three computed estimates, where there is too little experience). `within_budget` and `in_time` are shares
    of the runs, 0 to 1; `agreed_on` is the agreed finish, else the baseline's.
    """

    as_of: date
    measure: str
    currency: str
    reason: str = ""
    basis: str = ""
    levels: tuple[Level, ...] = ()
    fan: tuple[FanPoint, ...] = ()
    within_budget: Decimal | None = None
    in_time: Decimal | None = None
    bac: Decimal | None = None
    agreed_on: date | None = None
    learned: Learned | None = None
    runs: int = 0

    @property
    def unit(self) -> str:
        """Return what the amounts are counted in: a currency code, or h."""
        return "h" if self.measure == Measure.HOURS else self.currency

    def level(self, percent: int) -> Level | None:
        """Return one level."""
        return next((level for level in self.levels if level.percent == percent), None)


Amount = Callable[[float], Decimal]


@dataclass(frozen=True)
class _Time:
    """The time that remains, in working minutes; `left` is what the remaining work was planned to take."""

    plan: Plan
    now: int
    left: int

    def day(self, stretch: float) -> date | None:
        """Return the day that a stretch of the remaining time ends on; None beyond ten years."""
        minutes = self.left * stretch
        if minutes > LONGEST_WEEKS * 7 * 24 * 60:
            return None
        return self.plan.phasing.calendar.finish_at(self.now + round(minutes)).date()


@answered_once
def forecast(*, project: Project, as_of: date, measure: str = Measure.COST) -> Forecast:
    """Return the forecast cone at the end of a day; one query beside those of earned value.

    Final cost: AC + the remaining budget, stretched. Finish: the day + the planned time of the work that remains
    (planned duration − earned schedule), stretched by the critical tasks' draws. Each run stretches the remaining work
    of every open task by a ratio of actual to estimate that the firm's tasks of its size had; level of effort and what
    has no task last as long as the rest. The same project, day and measure give the same figures everywhere.
    """
    figures = earned_value(project=project, as_of=as_of, measure=measure)
    made = partial(Forecast, as_of=as_of, measure=measure, currency=project.currency)
    value, table = figures.value, figures.table
    if figures.reason or table is None:
        return made(reason=figures.reason)
    if value.bac is None or value.ev is None or value.ac is None:
        return made(reason=_("Budget, earned value or actual cost is n/a."))
    if value.ev >= value.bac:
        return made(reason=_("All work is done: there is nothing left to forecast."))
    plan = plan_of(project=project, as_of=as_of, measure=measure)
    learned = experience_of(as_of=as_of)
    seed = f"{project.pk}:{as_of.isoformat()}"
    runs = simulate(tasks=_open_tasks(project, figures, plan), bands=learned.bands, seed=seed)
    basis = EXPERIENCE
    if not runs:
        basis, runs = ESTIMATES, _from_estimates(figures, seed)
    if not runs:
        said = _(
            "No cost and no work done yet, and too few finished tasks to draw from ({count} of {least})."
        )
        return made(reason=said.format(count=learned.bands.whole.count, least=LEAST))
    unit = unit_of(measure, project.currency)
    left = value.bac - value.ev
    costs = [float(value.ac) + float(left) * run.cost for run in runs]
    clock = _time(plan, figures)
    times = sorted(run.time for run in runs)
    ordered = sorted(costs)

    def amount(found: float) -> Decimal:
        return rounded(Decimal(repr(found)), unit)

    agreed = project.ends_on or plan.ends_on
    in_time = None
    if clock is not None and agreed is not None and clock.left > 0:
        room = plan.phasing.position_at_end_of(agreed) - clock.now
        in_time = _share(share_within(times, room / clock.left))
    return made(
        basis=basis,
        levels=tuple(
            Level(
                percent=percent,
                cost=amount(quantile(ordered, percent / 100)),
                finishes_on=clock.day(quantile(times, percent / 100)) if clock else None,
            )
            for percent in LEVELS
        ),
        fan=_fan(runs, float(value.ac), float(left), clock, as_of, amount),
        within_budget=_share(share_within(costs, float(value.bac))),
        in_time=in_time,
        bac=value.bac,
        agreed_on=agreed,
        learned=learned,
        runs=len(runs),
    )


def _share(found: float) -> Decimal:
    return Decimal(repr(found)).quantize(Decimal("0.001"), rounding=ROUND_HALF_UP)


def _open_tasks(project: Project, figures: EarnedFigures, plan: Plan) -> list[OpenTask]:
    """Return the open tasks of the baseline with their weights: remaining budget, and remaining time if critical."""
    table = figures.table
    assert table is not None
    found: list[tuple[Task, float, float, float]] = []
    for task_id, amount in table.amounts.items():
        task = table.tasks.get(task_id) if task_id is not None else None
        if task is None or task.deleted_at is not None or rule_in(task, project) == ProgressRule.EFFORT:
            continue
        left = ONE - min(table.reached.tasks.get(task_id, ZERO), ONE)
        if left <= 0 or amount <= 0:
            continue
        hours = Decimal(plan.seconds.get(task.pk, 0)) / HOUR or Decimal(task.duration_minutes) / 60
        found.append((task, float(hours) or 1.0, float(amount * left), float(task.duration_minutes * left)))
    has_critical = any(task.is_critical for task, *_weights in found)
    return [
        OpenTask(hours=hours, cost=cost, time=time if task.is_critical or not has_critical else 0.0)
        for task, hours, cost, time in found
    ]


def _from_estimates(figures: EarnedFigures, seed: str) -> list[Run]:
    """Return runs of a triangle over the three computed estimates; none where there are none."""
    value = figures.value
    estimates = (value.eac_cpi, value.eac_remaining_at_plan, value.eac_cpi_spi)
    known = sorted(float(estimate) for estimate in estimates if estimate is not None)
    if len(known) < 2 or value.ac is None or value.bac is None or value.ev is None or not value.ac:
        return []
    left = float(value.bac - value.ev)
    cost = [(estimate - float(value.ac)) / left for estimate in known]
    pace = figures.schedule.spi_t if figures.schedule else None
    slow = 1 / float(pace) if pace else 1.0
    time = sorted((1.0, slow))
    return triangular(
        cost=(cost[0], cost[len(cost) // 2], cost[-1]),
        time=(time[0], (time[0] + time[1]) / 2, time[1]),
        seed=seed,
    )


def _time(plan: Plan, figures: EarnedFigures) -> _Time | None:
    """Return how much planned time the remaining work stands for: from where it was earned to the planned end."""
    if (
        figures.schedule is None
        or figures.schedule.es is None
        or plan.starts_on is None
        or plan.ends_on is None
    ):
        return None
    earned = local_start(plan.starts_on) + timedelta(days=float(figures.schedule.es) * 7)
    calendar = plan.phasing.calendar
    end = plan.phasing.position_at_end_of(plan.ends_on)
    now = plan.phasing.position_at_end_of(figures.as_of)
    return _Time(plan=plan, now=now, left=max(end - calendar.position(_whole(earned)), 0))


def _whole(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def _fan(
    runs: Sequence[Run], spent: float, left: float, clock: _Time | None, as_of: date, amount: Amount
) -> tuple[FanPoint, ...]:
    """Return the cone: each run spends evenly until it ends; what 10, 50 and 90 of 100 have spent, day by day."""
    if clock is None or clock.left <= 0:
        return ()
    longest = quantile(sorted(run.time for run in runs), 0.9)
    last = clock.day(longest)
    if last is None or last <= as_of or longest <= 0:
        return ()
    points = [FanPoint(day=as_of, low=amount(spent), middle=amount(spent), high=amount(spent))]
    steps = min(FAN_STEPS, (last - as_of).days)
    for number in range(1, steps + 1):
        day = as_of + timedelta(days=round((last - as_of).days * number / steps))
        passed = (clock.plan.phasing.position_at_end_of(day) - clock.now) / clock.left
        spends = sorted(
            spent + left * run.cost * (min(1.0, passed / run.time) if run.time > 0 else 1.0) for run in runs
        )
        low, middle, high = (amount(quantile(spends, share)) for share in (0.1, 0.5, 0.9))
        points.append(FanPoint(day=day, low=low, middle=middle, high=high))
    return tuple(points)
