"""The baseline that progress is measured against, placed in time; and what its pace says about the finish."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal
from functools import cached_property

from django.utils.translation import gettext as _

from budget.choices import Category, Measure
from budget.evm import EarnedSchedule, EarnedValue
from budget.selectors.actuals import Actual, actuals_by_day
from budget.selectors.amounts import ONE, ZERO, in_unit
from budget.selectors.frozen import baselines_of, frozen_of
from budget.selectors.loose import bought, purchases_of, spent_loose
from budget.selectors.phasing import Phasing, Piece
from budget.selectors.planned import Planned
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
    """The baseline's budget of one task (None: what has no task), placed in time. Seconds or money.

    Of what has no task only what is done as time passes is placed; what is due of the whole says `Plan.loose_at`.
    """

    task_id: int | None
    amount: Decimal
    piece: Piece | None


class Plan:
    """The baseline in force at a date, with its amounts placed on the plan's calendars; at most nine queries.

    `pieces` and `scopes` are the budget of its work (BAC); `loose` what of it has no task, by category. Contingency
    is kept beside it, as `contingency`: it is planned and earned when it is released to work.
    """

    def __init__(self, *, project: Project, as_of: date, measure: str) -> None:
        self.project, self.as_of, self.measure = project, as_of, measure
        self.phasing = Phasing(project)
        self.stored = self._baseline()
        self.scopes: list[Scope] = []
        self.pieces: list[Planned] = []
        self.loose: dict[str, Decimal] = {}
        self.contingency = ZERO
        self.span: Piece | None = None
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
        taken, end = baselines_of(project=self.project), end_of_day(self.project, self.as_of)
        before = [baseline for baseline in taken if baseline.taken_at < end]
        return before[-1] if before else next(iter(taken), None)

    def _place(self, baseline: Baseline) -> None:
        frozen = frozen_of(project=self.project, baseline=baseline)
        self.seconds = frozen.seconds
        self.unpriced = 0 if self.measure == Measure.HOURS else frozen.unpriced
        amounts: dict[int | None, Decimal] = {}
        for piece in frozen.pieces:
            amount = piece.amount(self.measure) or ZERO
            if piece.category == Category.CONTINGENCY:
                self.contingency += amount
            else:
                self.pieces.append(piece)
                amounts[piece.task_id] = amounts.get(piece.task_id, ZERO) + amount
                if piece.task_id is None:
                    self.loose[piece.category] = self.loose.get(piece.category, ZERO) + amount
        for task_id, amount in amounts.items():
            if amount:
                span = frozen.spans.get(task_id)
                part = amount if task_id else self._even()
                placed = self.phasing.place(part, *span, task=task_id) if span else None
                self.scopes.append(Scope(task_id, amount, placed))
        if None in frozen.spans:
            start, finish = frozen.spans[None]
            self.span = self.phasing.place(ONE, start, finish)
            zone = zone_of(self.project)
            self.starts_on = start.astimezone(zone).date()
            self.ends_on = max(self.starts_on, finish.astimezone(zone).date())

    def elapsed(self, day: date) -> Decimal:
        """Return how much of the baseline's time has passed at the end of a day, 0 to 1; 0 without dates."""
        return self.phasing.due(self.span, day) if self.span else ZERO

    def _even(self) -> Decimal:
        """Return what without a task is done as time passes."""
        return sum((amount for key, amount in self.loose.items() if key not in self.purchases), ZERO)

    @cached_property
    def purchases(self) -> dict[str, Decimal]:
        """Return category -> what is to be bought without a task."""
        return purchases_of(self.pieces)

    @cached_property
    def paid(self) -> list[Actual]:
        """Return what was paid of the purchases, day by day."""
        if not self.purchases:
            return []
        rows = actuals_by_day(project=self.project, as_of=self.as_of)
        return [row for row in rows if row.task_id is None and row.category in self.purchases]

    def loose_at(self, day: date) -> Decimal:
        """Return what is planned, and up to the plan's day is earned too, of what has no task.

        Labour is level of effort. What is bought has no day in the plan, so it shows no delay and hides none: it is
        due as it is paid, and what is left then evenly until the baseline's end.
        """
        if None not in self.by_task:
            return ZERO
        passed = self.elapsed(day)
        known = spent_loose(row for row in self.paid if row.day is not None and row.day <= day)
        shares = bought(self.purchases, known)
        now = self.elapsed(self.as_of)
        ahead = (passed - now) / (ONE - now) if day > self.as_of and now < ONE else ZERO
        total = ZERO
        for category, amount in self.loose.items():
            share = shares.get(category)
            total += amount * (passed if share is None else share + (ONE - share) * ahead)
        return total

    def planned_at(self, day: date) -> dict[int | None, Decimal]:
        """Return task id -> planned value (unrounded seconds or money) at the end of a day."""
        planned: dict[int | None, Decimal] = {
            scope.task_id: scope.amount * self.phasing.due(scope.piece, day) if scope.piece else ZERO
            for scope in self.scopes
            if scope.task_id is not None
        }
        return planned | {None: self.loose_at(day)} if None in self.by_task else planned

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
        placed = [scope.piece for scope in self.scopes if scope.piece and scope.task_id is not None]
        due = self.phasing.curve(placed, days)
        return [own + self.loose_at(day) for own, day in zip(due, days, strict=True)]

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
    zone = zone_of(plan.project)
    ends_on = [
        task.actual_finish.astimezone(zone).date() if task.actual_finish else None
        for task in tasks
        if task.deleted_at is None and not task.is_summary
    ]
    done = [day for day in ends_on if day is not None]
    is_earned = value.ev is not None and value.bac is not None and value.ev >= value.bac
    if is_earned or all(day is not None and day <= as_of for day in ends_on):
        # The clock stops with the work, so that SPI(t) keeps what a late finish proves. What is left over of the
        # purchases keeps EV below BAC for ever.
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
