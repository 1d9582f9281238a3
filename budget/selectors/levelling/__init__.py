"""A plan as a problem of levelling, and a found plan as constraints again.

What can move: leaves that nobody has begun and that have no fixed date. What has begun, and what must be on a date,
stays; its load, and that of other projects, is taken from what people have time for. Nothing moves into the past.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from budget.selectors.levelling.statement import DATED, Statement, WorkKey
from budget.selectors.levelling.timeline import Timeline
from budget.selectors.whatif import LivePlan, Staff
from implement.core.calendars import WorkingCalendar
from projects.levelling import FULL, Problem, line_up
from projects.models import Task
from projects.planning import local_start, task_calendars, today_of, working_calendar
from projects.schedule import Schedule

SLOT_MINUTES = (60, 120)
MOST_SLOTS = 6000
FEWEST_SLOTS = 200


@dataclass(frozen=True, kw_only=True)
class Stated:
    """A plan as a problem. `slots`: the instants at which slots begin; `stays`: why tasks with work do not move."""

    problem: Problem
    slots: Sequence[datetime]
    slot_minutes: int
    movable: Mapping[WorkKey, Task]
    starts: Mapping[int, datetime]
    calendars: Mapping[int, WorkingCalendar]
    dated: tuple[str, ...]
    too_much: tuple[tuple[int, int], ...]


def stated(*, live: LivePlan, schedule: Schedule) -> Stated:
    """Return the open plan as a problem of levelling; `schedule` is the plan as it is computed today.

    Raises CalendarError when a calendar has no working time.
    """
    project = live.project
    today = max(today_of(project), project.data_date or project.starts_on, project.starts_on)
    staff = Staff(project=project, people=live.people.values(), today=today)
    people = staff.calendars
    base = working_calendar(project.calendar)
    tasks = {task.pk: task for task in live.tasks}
    leaves = [task for task in live.tasks if not task.is_summary and task.pk in schedule.activities]
    follows = task_calendars(project=project, tasks=live.tasks)
    own = {task.pk: follows[task.pk] for task in leaves}
    starts = {task.pk: schedule.activities[task.pk].start for task in leaves}
    finishes = {task.pk: schedule.activities[task.pk].finish for task in leaves}
    open_leaves = [task for task in leaves if task.percent_complete < 100 and task.actual_finish is None]
    free = [
        task
        for task in open_leaves
        if task.percent_complete == 0 and task.actual_start is None and task.constraint not in DATED
    ]
    spans = {task.pk: (starts[task.pk], finishes[task.pk]) for task in leaves}
    movable = {task.pk for task in free}
    fixed_hours = {key: seconds for key, seconds in live.hours.items() if key[0] not in movable}
    taken = [
        *staff.pieces(tasks=tasks, hours=fixed_hours, spans=spans),
        *staff.elsewhere(),
    ]
    needed: dict[int, dict[Any, int]] = {
        task.pk: {
            person_id: _share(task, seconds, people[person_id], own[task.pk])
            for (task_id, person_id), seconds in live.hours.items()
            if task_id == task.pk and seconds
        }
        for task in free
        if task.duration_minutes and not task.is_milestone
    }
    size = SLOT_MINUTES[0]
    total = sum(task.duration_minutes for task in free)
    if total > MOST_SLOTS * size // 2:
        size = SLOT_MINUTES[1]
    line = Timeline([base, *own.values(), *people.values()], local_start(today), size)
    line.calendars = list({id(one): one for one in line.calendars}.values())
    last = max(finishes.values(), default=line.begin)
    statement = Statement(
        live, line, own, staff, starts, finishes, free, open_leaves, needed, taken, schedule
    )
    count = min(MOST_SLOTS, FEWEST_SLOTS + max((last - line.begin).days, 0) * 8 * 60 // size)
    problem = statement.problem(count)
    first = line_up(problem)
    while first is None and count < MOST_SLOTS:
        count = min(2 * count, MOST_SLOTS)
        problem = statement.problem(count)
        first = line_up(problem)
    if first is not None:
        # A plan that ends later than this one is not worth looking for.
        ends = [problem.ends_of(work)[first[work.id]] or 0 for work in problem.works]
        problem = statement.problem(max(ends, default=0) + 1)
    return Stated(
        problem=problem,
        slots=list(line.starts),
        slot_minutes=size,
        movable={("task", task.pk): task for task in free},
        starts=starts,
        calendars=own,
        dated=tuple(str(task) for task in open_leaves if task.constraint in DATED and not task.actual_start),
        too_much=tuple(
            (task_id, person_id)
            for task_id, of in needed.items()
            for person_id, need in of.items()
            if need > FULL * staff.shares[person_id]
        ),
    )


def _share(task: Task, seconds: int, person: WorkingCalendar, calendar: WorkingCalendar) -> int:
    """Return how much of somebody's own time a task takes while it runs, in thousandths.

    Their hours lie on the part of the task's time that they work themselves: half of it for half a week.
    """
    theirs, whole = _week(person), _week(calendar)
    part = min(theirs / whole, 1.0) if theirs and whole else 1.0
    return max(round(FULL * seconds / 60 / (task.duration_minutes * part)), 1)


def _week(calendar: WorkingCalendar) -> int:
    return sum(end - begin for day in calendar.week for begin, end in day)


def delays_of(found: Stated, starts: Mapping[object, int]) -> dict[int, datetime]:
    """Return task -> the instant at which it is to start, for tasks with work that start later than in today's plan."""
    delays = {}
    works = {work.id: work for work in found.problem.works}
    for key, task in found.movable.items():
        if not found.problem.needs_of(works[key]):
            continue
        calendar = found.calendars[task.pk]
        at = found.slots[min(starts[key], len(found.slots) - 1)]
        if calendar.position(at) > calendar.position(found.starts[task.pk]):
            delays[task.pk] = at
    return delays
