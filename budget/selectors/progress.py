"""How much of each task was physically done at a moment, from the journal of its changes."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import accumulate
from typing import Any

from django.db.models.fields.json import KeyTransform
from django.utils import timezone

from budget.selectors.amounts import ONE, ZERO
from budget.selectors.phasing import Phasing
from budget.selectors.tasks import tasks_of
from implement.core.asked import answered_once
from projects.choices import ProgressRule
from projects.models import JournalEntry, Project, Task
from projects.progress import Facts, even_progress, rule_in

HUNDRED = Decimal(100)
SECOND = timedelta(seconds=1)
# A milestone is a task seen under another name; the journal keeps the name it was changed under.
TARGETS = ("projects.task", "projects.milestone")
# Task id and day -> the share that the baseline has planned until then; None for a task it does not know.
Effort = Callable[[int, date], Decimal | None]
Change = tuple[datetime, Decimal | None, Decimal | None]


class Progress:
    """Progress (0 to 1) of a project's tasks at the end of any day since `since`, by the way each is measured.

    Dates, steps and units are dated facts: what was done by the day. Level of effort is done as its time passes:
    as the baseline plans it where `effort` says that, else over the task's own dates. Physical %, now: what stands
    on the task. Earlier: the value before the first later change that the journal holds.
    Before the task was recorded here (an imported plan): even progress between its actual start and finish;
    `is_estimated` then becomes true.
    """

    def __init__(
        self, *, project: Project, tasks: Iterable[Task], since: datetime, effort: Effort | None = None
    ) -> None:
        """Read the changes after `since`; no query for them when that is not in the past."""
        self.project = project
        self.now = timezone.now()
        self.is_estimated = False
        self.changes: dict[int, list[Change]] = {}
        self.tasks = {task.pk: task for task in tasks}
        self.effort = effort
        self.phasing = Phasing(project)
        self.ruled = {
            task.pk
            for task in self.tasks.values()
            if task.measured_since or rule_in(task, project) != ProgressRule.PHYSICAL
        }
        self.facts = facts_of(project) if self.ruled else Facts(project)
        if since >= self.now:
            return
        rows = (
            JournalEntry.objects.filter(
                project=project,
                target_type__in=TARGETS,
                at__gt=since,
                changes__has_key="percent_complete",
            )
            .order_by("at", "pk")
            .annotate(pair=KeyTransform("percent_complete", "changes"))
            .values_list("target_id", "at", "pair")
        )
        for target_id, at, pair in rows:
            if str(target_id).isdecimal() and isinstance(pair, list) and len(pair) == 2:
                self.changes.setdefault(int(target_id), []).append((at, _number(pair[0]), _number(pair[1])))

    def at(self, task_id: int, moment: datetime) -> Decimal:
        """Return how much of a task was done at a moment, 0 to 1; 0 for a task nobody knows."""
        task = self.tasks.get(task_id)
        if task is None:
            return ZERO
        if task_id in self.ruled:
            day = self.facts.day_of(moment - SECOND)
            percent = self.facts.percent(task, day)
            if percent is not None:
                return percent / HUNDRED
            if rule_in(task, self.project) == ProgressRule.EFFORT:
                return self.elapsed(task, day)
        changes = self.changes.get(task_id, ())
        later = bisect_right(changes, moment, key=lambda change: change[0])
        if later < len(changes) and changes[later][1] is not None:
            before = changes[later][1]
            assert before is not None
            if moment >= task.created_at:
                return before / HUNDRED
            return self._estimated(task, moment, before)
        current = task.percent_complete
        if later < len(changes):
            added = changes[later][2]
            return self._estimated(task, moment, ZERO if added is None else added)
        if moment >= min(task.created_at, self.now):
            return current / HUNDRED
        return self._estimated(task, moment, current)

    def earned(self, amounts: Mapping[int, Decimal], moments: Sequence[datetime]) -> list[Decimal]:
        """Return, for each moment (ascending), the sum of amount x progress of the tasks in `amounts`.

        The same figures as `at`, found by walking each task's few changes instead of asking at every moment.
        """
        steps = [ZERO] * (len(moments) + 1)
        sums = [ZERO] * len(moments)
        for task_id, amount in amounts.items():
            task = self.tasks.get(task_id)
            if task is None:
                continue
            changes = self.changes.get(task_id, ())
            if task_id in self.ruled or (
                changes
                and (task.created_at > changes[0][0] or any(before is None for _, before, _ in changes[1:]))
            ):
                # Measured by a rule, or a history that does not add up (rows written by hand): ask day by day.
                for index, moment in enumerate(moments):
                    sums[index] += amount * self.at(task_id, moment)
                continue
            known_from = task.created_at if changes else min(task.created_at, self.now)
            begin = bisect_left(moments, known_from)
            reached = task.percent_complete
            if changes:
                _, before, added = changes[0]
                first = ZERO if added is None else added
                reached = first if before is None else before
                if before is None:
                    # Before it was added, it is estimated whatever the clock of the row says.
                    begin = bisect_left(moments, changes[0][0])
            begun = task.actual_start or task.start
            for index in range(bisect_right(moments, begun) if begun and reached > 0 else begin, begin):
                share = self._estimated(task, moments[index], reached)
                if share * HUNDRED == reached:
                    steps[index] += amount * share
                    steps[begin] -= amount * share
                    break
                sums[index] += amount * share
            for at, before, _ in changes:
                end = bisect_left(moments, at)
                if end > begin and before is not None:
                    steps[begin] += amount * before / HUNDRED
                    steps[end] -= amount * before / HUNDRED
                begin = max(begin, end)
            steps[begin] += amount * task.percent_complete / HUNDRED
        return [own + level for own, level in zip(sums, accumulate(steps[:-1]), strict=True)]

    def elapsed(self, task: Task, day: date) -> Decimal:
        """Return how much of a level of effort is done at the end of a day: what was planned until then."""
        planned = self.effort(task.pk, day) if self.effort else None
        if planned is not None:
            return planned
        if task.start is None or task.finish is None:
            return ZERO
        piece = self.phasing.place(ONE, task.start, task.finish, task=task.pk)
        return self.phasing.due(piece, day)

    def _estimated(self, task: Task, moment: datetime, reached: Decimal) -> Decimal:
        """Return even progress from the actual start to when `reached` (0 to 100) was known."""
        begun = task.actual_start or task.start
        self.is_estimated |= reached > 0 and begun is not None and begun < moment
        return even_progress(task, moment, reached) / HUNDRED


def _number(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def elapsed(project: Project, tasks: Iterable[Task], as_of: date) -> Decimal:
    """Return how much of the project's working time has passed (0 to 1): the progress of what has no task."""
    phasing = Phasing(project)
    starts = [task.start for task in tasks if task.start]
    finishes = [task.finish for task in tasks if task.finish]
    if not starts or not finishes:
        return ZERO
    return phasing.place(ONE, min(starts), max(finishes)).due(phasing.position_at_end_of(as_of))


def leaf_progress(
    *, tasks: dict[int, Task], progress: Progress, moment: datetime, weights: dict[int | None, Decimal]
) -> dict[int | None, Decimal]:
    """Return task id -> physical progress; a summary's from the tasks below, by budget, else by duration."""
    known: dict[int | None, Decimal] = {}
    weighed: dict[int, tuple[Decimal, Decimal]] = {}
    timed: dict[int, tuple[Decimal, Decimal]] = {}
    for task in sorted(tasks.values(), key=lambda item: (item.level, item.position), reverse=True):
        weight = weights.get(task.pk, ZERO)
        length = Decimal(task.duration_minutes)
        if task.is_summary:
            done, whole = weighed.get(task.pk, (ZERO, ZERO))
            long_done, long_whole = timed.get(task.pk, (ZERO, ZERO))
            share = done / whole if whole > 0 else (long_done / long_whole if long_whole > 0 else ZERO)
            weight, length = weight + whole, long_whole
        else:
            share = progress.at(task.pk, moment)
        known[task.pk] = share
        if task.parent_id and task.deleted_at is None:
            done, whole = weighed.get(task.parent_id, (ZERO, ZERO))
            weighed[task.parent_id] = (done + weight * share, whole + weight)
            long_done, long_whole = timed.get(task.parent_id, (ZERO, ZERO))
            timed[task.parent_id] = (long_done + length * share, long_whole + length)
    return known


@answered_once
def facts_of(project: Project) -> Facts:
    """Return what the tasks of a project are measured by."""
    return Facts.of(project, tasks_of(project).values())
