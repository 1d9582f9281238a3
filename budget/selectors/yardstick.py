"""The baseline that progress is measured against, placed in time; and what its pace says about the finish."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal
from functools import cached_property

from django.utils.translation import gettext as _

from budget.choices import Measure
from budget.evm import EarnedSchedule, EarnedValue
from budget.selectors.amounts import ZERO, in_unit
from budget.selectors.phasing import Phasing, Piece
from implement.core.asked import answered_once
from implement.core.money import day_text
from projects.models import Baseline, Project, Task
from projects.planning import end_of_day, zone_of

WEEK = timedelta(days=7)
# Ten years: a forecast beyond is no forecast.
LONGEST_WEEKS = 520


@dataclass(frozen=True, kw_only=True)
class BaselineUsed:
    """The baseline that the planned value follows. `is_later`: it was taken after the date asked for."""

    id: int
    number: int
    name: str
    taken_on: date
    is_later: bool


@dataclass(frozen=True)
class Scope:
    """The baseline's budget of one task (None: what has no task), placed in time. Seconds or money."""

    task_id: int | None
    amount: Decimal
    piece: Piece | None


class Plan:
    """The baseline in force at a date, with its amounts placed on the plan's calendars; at most eight queries."""

    def __init__(self, *, project: Project, as_of: date, measure: str) -> None:
        self.project, self.as_of, self.measure = project, as_of, measure
        self.phasing = Phasing(project)
        self.stored = self._baseline()
        self.scopes: list[Scope] = []
        self.unpriced = 0
        # Planned seconds of each task in the baseline, whatever is measured.
        self.seconds: dict[int, int] = {}
        self.starts_on: date | None = None
        self.ends_on: date | None = None
        if self.stored is not None:
            self._place(self.stored)

    @property
    def baseline(self) -> BaselineUsed | None:
        """Return which baseline is used."""
        if self.stored is None:
            return None
        return BaselineUsed(
            id=self.stored.pk,
            number=self.stored.number,
            name=self.stored.name,
            taken_on=self.stored.taken_at.astimezone(zone_of(self.project)).date(),
            is_later=self.stored.taken_at >= end_of_day(self.project, self.as_of),
        )

    @property
    def reason(self) -> str:
        """Return why there is nothing to measure against; empty when there is."""
        if self.stored is None:
            return _("No baseline has been taken yet: progress has no plan to be measured against.")
        if not self.scopes:
            if self.measure == Measure.HOURS:
                return _("Baseline {number} holds no planned hours.").format(number=self.stored.number)
            return _(
                "Baseline {number} holds no money: there were no cost rates or budget lines when it was taken."
            ).format(number=self.stored.number)
        return ""

    @property
    def bac(self) -> Decimal:
        return sum((scope.amount for scope in self.scopes), ZERO)

    def _baseline(self) -> Baseline | None:
        """Return the latest baseline taken by the date, else the first one taken after it."""
        taken = Baseline.objects.filter(project=self.project)
        before = taken.filter(taken_at__lt=end_of_day(self.project, self.as_of)).order_by("-number").first()
        return before or taken.order_by("number").first()

    def _place(self, baseline: Baseline) -> None:
        by_hours = self.measure == Measure.HOURS
        rows = list(
            baseline.tasks.order_by("task__position", "pk").values_list(
                "task_id", "start", "finish", "planned_seconds", "cost"
            )
        )
        starts = [start for _, start, _, _, _ in rows if start]
        finishes = [finish for _, _, finish, _, _ in rows if finish]
        for task_id, start, finish, seconds, cost in rows:
            amount = Decimal(seconds) if by_hours else cost
            self.seconds[task_id] = seconds
            self.unpriced += not by_hours and seconds > 0 and cost is None
            if amount:
                placed = self.phasing.place(amount, start, finish, task=task_id) if start and finish else None
                self.scopes.append(Scope(task_id, amount, placed))
        loose = Decimal(baseline.untasked_seconds) if by_hours else baseline.untasked_cost
        if loose:
            placed = self.phasing.place(loose, min(starts), max(finishes)) if starts and finishes else None
            self.scopes.append(Scope(None, loose, placed))
        if starts and finishes:
            zone = zone_of(self.project)
            self.starts_on = min(starts).astimezone(zone).date()
            self.ends_on = max(self.starts_on, max(finishes).astimezone(zone).date())

    def planned_at(self, day: date) -> dict[int | None, Decimal]:
        """Return task id -> planned value (unrounded seconds or money) at the end of a day."""
        return {
            scope.task_id: scope.amount * self.phasing.due(scope.piece, day) if scope.piece else ZERO
            for scope in self.scopes
        }

    def due(self, task_id: int, day: date) -> Decimal | None:
        """Return the share of a task's budget that is planned by the end of a day; None when it has none."""
        scope = self.by_task.get(task_id)
        if scope is None or scope.piece is None:
            return None
        return self.phasing.due(scope.piece, day)

    @cached_property
    def by_task(self) -> dict[int | None, Scope]:
        """Return task id -> what the baseline holds of it."""
        return {scope.task_id: scope for scope in self.scopes}

    def curve(self, days: Sequence[date]) -> list[Decimal]:
        """Return the planned value of the project at the end of each day (ascending)."""
        return self.phasing.curve([scope.piece for scope in self.scopes if scope.piece], days)

    def notes(self) -> list[str]:
        """Return what a reader must know about the baseline."""
        notes: list[str] = []
        used = self.baseline
        if used is not None and used.is_later:
            notes.append(
                _("No baseline had been taken by {day}: baseline {number} of {taken} is used.").format(
                    day=day_text(self.as_of), number=used.number, taken=day_text(used.taken_on)
                )
            )
        if self.unpriced:
            words = _("{count} tasks of the baseline have planned hours but no cost.")
            notes.append(words.format(count=self.unpriced))
        return notes


@answered_once
def plan_of(*, project: Project, as_of: date, measure: str) -> Plan:
    """Return the baseline in force at the end of a day, placed in time."""
    return Plan(project=project, as_of=as_of, measure=measure)


def in_time(
    plan: Plan, value: EarnedValue, tasks: Iterable[Task], as_of: date
) -> tuple[EarnedSchedule | None, Decimal | None, date | None]:
    """Return earned schedule, the planned length in weeks, and the finish if the pace in time stays."""
    if plan.starts_on is None or plan.ends_on is None:
        return None, None, None
    days = (plan.ends_on - plan.starts_on).days + 1
    weeks = (Decimal(days) / 7).to_integral_value(rounding=ROUND_CEILING)
    ends = [plan.starts_on - timedelta(days=1) + WEEK * number for number in range(int(weeks) + 1)]
    curve = [ZERO, *plan.curve(ends[1:])]
    if plan.measure == Measure.HOURS:
        curve = [in_unit(point, plan.measure) or ZERO for point in curve]
    until = as_of
    if value.ev is not None and value.bac is not None and value.ev >= value.bac:
        # The clock stops with the work, so that SPI(t) keeps what a late finish proves.
        zone = zone_of(plan.project)
        done = [task.actual_finish.astimezone(zone).date() for task in tasks if task.actual_finish]
        until = min(as_of, max(done, default=as_of))
    at = Decimal((until - plan.starts_on).days + 1) / 7
    schedule = EarnedSchedule.from_curve(pv_curve=curve, ev=value.ev, at=max(at, ZERO))
    length = schedule.forecast_duration(weeks)
    finish = None
    if length is not None and length < LONGEST_WEEKS:
        # As much longer than planned as the pace says, in working time: no forecast ends on a day off.
        first = plan.phasing.position_at_end_of(plan.starts_on - timedelta(days=1))
        planned = plan.phasing.position_at_end_of(plan.ends_on) - first
        stretched = (planned * length / weeks).to_integral_value(ROUND_HALF_EVEN)
        finish = plan.phasing.calendar.finish_at(first + int(stretched)).date()
    return schedule, weeks, finish
