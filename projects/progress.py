"""What share of a task is done by the way it is measured, on any day. Days are the project's own.

Physical % is what people say, and its history is the journal. Every other rule follows from dated facts: when a
task started and finished, which steps were done when, what was counted when. A curve is [(day, percent), …] in
order of days: from the day on, that much was done.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from projects.choices import EARNED_AT_START, ProgressRule
from projects.models import MeasureChange, ProgressCount, ProgressStep, Project, Task
from projects.planning import zone_of

ZERO, HUNDRED = Decimal(0), Decimal(100)
HUNDREDTH = Decimal("0.01")
SECOND = timedelta(seconds=1)
Curve = list[tuple[date, Decimal]]
# Measured by when it started and finished.
BY_DATES = (*EARNED_AT_START, ProgressRule.EFFORT)
# Measured by anything but what people say, and (level of effort) the plan.
COMPUTED = (*EARNED_AT_START, ProgressRule.STEPS, ProgressRule.UNITS)


def rule_in(task: Task, project: Project) -> str:
    """Return how a task is measured, as `Task.rule` does, without a query for each."""
    if task.is_milestone or task.is_summary:
        return ProgressRule.PHYSICAL
    return task.progress_rule or project.progress_rule


@dataclass
class Facts:
    """What the tasks of a project are measured by; at most three queries, and none where nothing needs one."""

    project: Project
    steps: dict[int, list[ProgressStep]] = field(default_factory=dict)
    counts: dict[int, list[ProgressCount]] = field(default_factory=dict)
    changes: dict[int, MeasureChange] = field(default_factory=dict)
    kept: dict[tuple[int, bool], Curve] = field(default_factory=dict)

    @classmethod
    def of(cls, project: Project, tasks: Iterable[Task]) -> Facts:
        """Read the facts behind some tasks of a project (many: all facts of the project)."""
        rows = list(tasks)
        rules = {rule_in(task, project) for task in rows}
        only = {"task": rows[0]} if len(rows) == 1 else {"task__project": project}
        found = cls(project=project)
        if ProgressRule.STEPS in rules:
            for step in ProgressStep.objects.filter(**only).order_by("position", "pk"):
                found.steps.setdefault(step.task_id, []).append(step)
        if ProgressRule.UNITS in rules:
            for count in ProgressCount.objects.filter(**only).order_by("counted_on", "pk"):
                found.counts.setdefault(count.task_id, []).append(count)
        if any(task.measured_since for task in rows):
            for change in MeasureChange.objects.filter(**only).order_by("pk"):
                found.changes[change.task_id] = change
        return found

    def day_of(self, moment: datetime) -> date:
        """Return the day of a moment in the project's zone."""
        return moment.astimezone(zone_of(self.project)).date()

    def curve(self, task: Task) -> Curve:
        """Return what today's rule says of a task; empty for physical % and level of effort."""
        rule = rule_in(task, self.project)
        if rule in EARNED_AT_START:
            return self._by_dates(task, Decimal(EARNED_AT_START[ProgressRule(rule)]))
        if rule == ProgressRule.STEPS:
            return stepped(self.steps.get(task.pk, ()))
        if rule == ProgressRule.UNITS:
            return counted(self.counts.get(task.pk, ()), task.units_total)
        return []

    def _by_dates(self, task: Task, at_start: Decimal) -> Curve:
        found: Curve = []
        if task.actual_start and at_start:
            found.append((self.day_of(task.actual_start), at_start))
        if task.actual_finish:
            found.append((self.day_of(task.actual_finish), HUNDRED))
        return found

    def before_change(self, task: Task, day: date) -> Decimal | None:
        """Return the percent of a day on which the task was measured otherwise; None when it was not."""
        change = self.changes.get(task.pk)
        if change is None or day >= change.since:
            return None
        return at(self._once((task.pk, True), lambda: earned_before(change)), day)

    def _once(self, key: tuple[int, bool], make: Callable[[], Curve]) -> Curve:
        """Return a curve that is worked out once, for it is asked for many days."""
        if key not in self.kept:
            self.kept[key] = make()
        return self.kept[key]

    def percent(self, task: Task, day: date) -> Decimal | None:
        """Return what is known of a task on a day; None where people, or the plan, say it."""
        was = self.before_change(task, day)
        if was is not None:
            return was
        if rule_in(task, self.project) not in COMPUTED:
            return None
        return at(self._once((task.pk, False), lambda: self.curve(task)), day)


def at(curve: Curve, day: date) -> Decimal:
    """Return the percent of a curve on a day."""
    index = bisect_right(curve, day, key=lambda point: point[0])
    return curve[index - 1][1] if index else ZERO


def stepped(steps: Iterable[ProgressStep]) -> Curve:
    """Return the curve of weighted steps by the days they were done."""
    done: dict[date, Decimal] = {}
    for step in steps:
        if step.done_on is not None:
            done[step.done_on] = done.get(step.done_on, ZERO) + step.weight
    found: Curve = []
    for day in sorted(done):
        found.append((day, (found[-1][1] if found else ZERO) + done[day]))
    return found


def counted(counts: Sequence[ProgressCount], whole: Decimal | None) -> Curve:
    """Return the curve of counted units (in order of day, then of entry)."""
    if not whole:
        return []
    last = {count.counted_on: count.done for count in counts}
    return [(day, min(HUNDRED, done * 100 / whole)) for day, done in last.items()]


def earned_before(change: MeasureChange) -> Curve:
    """Return how a task was measured before a change of its rule."""
    return [(date.fromisoformat(day), Decimal(percent)) for day, percent in change.earned]


def even_progress(task: Task, moment: datetime, reached: Decimal) -> Decimal:
    """Return the percent at a moment before a task was recorded here, when `reached` was known of it then.

    Even progress between its actual start and finish (or the day it was recorded).
    """
    begun = task.actual_start or task.start
    if reached <= 0 or begun is None or begun >= moment:
        return ZERO
    known = min(task.actual_finish or task.created_at, task.created_at)
    if known <= moment or known <= begun:
        return reached
    passed = Decimal((moment - begun) // SECOND) / max(Decimal((known - begun) // SECOND), Decimal(1))
    return min(Decimal(1), passed) * reached
