"""A plan as a problem of levelling, and a found plan as constraints again.

What can move: leaves that nobody has begun and that have no fixed date. What has begun, and what must be on a date,
stays; its load, and that of other projects, is taken from what people have time for. Nothing moves into the past.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import ceil
from typing import Any

from budget.selectors.whatif import LivePlan, Staff
from implement.core.calendars import CalendarError, Intervals, WorkingCalendar
from projects.choices import Constraint
from projects.levelling import FULL, Piece, Problem, Resource, Wait, Work, line_up
from projects.models import Dependency, Task
from projects.planning import (
    local_start,
    task_calendars,
    to_local,
    today_of,
    working_calendar,
    zone_of,
)
from projects.schedule import LinkType, Schedule

SLOT_MINUTES = (60, 120)
MOST_SLOTS = 6000
FEWEST_SLOTS = 200
# A task with one of these stands on a date that somebody promised.
DATED = {Constraint.MSO, Constraint.MFO, Constraint.SNLT, Constraint.FNLT}
WorkKey = tuple[str, int]


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


@dataclass
class _Timeline:
    """Slots of one length in which any of the calendars works."""

    calendars: Sequence[WorkingCalendar]
    begin: datetime
    minutes: int
    starts: list[datetime] = field(default_factory=list)

    def reach(self, count: int) -> None:
        """Number at least so many slots, as far as there is any working time."""
        day = self.starts[-1].date() + timedelta(days=1) if self.starts else self.begin.date()
        idle = 0
        while len(self.starts) < count and idle < 400:
            found = [at for at in _cuts(self.calendars, day, self.minutes) if at >= self.begin]
            idle = 0 if found else idle + 1
            self.starts += found
            day += timedelta(days=1)
        del self.starts[max(count, 0) :]

    def first_from(self, at: datetime) -> int:
        """Return the first slot that begins at an instant or later."""
        return bisect_left(self.starts, at)

    def holding(self, at: datetime) -> int:
        """Return the slot that holds an instant, or the one before it."""
        return max(bisect_right(self.starts, at) - 1, 0)

    def works(self, calendar: WorkingCalendar) -> list[bool]:
        """Return in which slots a calendar works from end to end."""
        size = timedelta(minutes=self.minutes)
        found: list[bool] = []
        day: date | None = None
        intervals: Intervals = ()
        for start in self.starts:
            if start.date() != day:
                day, intervals = start.date(), calendar.intervals(start.date())
            begin = start.hour * 60 + start.minute
            end = begin + size.seconds // 60
            found.append(any(low <= begin and end <= high for low, high in intervals))
        return found


def _cuts(calendars: Iterable[WorkingCalendar], day: date, size: int) -> list[datetime]:
    """Return where slots begin on a day: cut from the start of each stretch in which any calendar works."""
    stretches: list[list[int]] = []
    for low, high in sorted(interval for calendar in calendars for interval in calendar.intervals(day)):
        if stretches and low < stretches[-1][1]:
            stretches[-1][1] = max(stretches[-1][1], high)
        else:
            stretches.append([low, high])
    morning = local_start(day)
    return [
        morning + timedelta(minutes=begin)
        for low, high in stretches
        for begin in range(low, high - size + 1, size)
    ]


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
    line = _Timeline([base, *own.values(), *people.values()], local_start(today), size)
    line.calendars = list({id(one): one for one in line.calendars}.values())
    last = max(finishes.values(), default=line.begin)
    statement = _Statement(
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


class _Statement:
    """Everything that a problem is stated from, for a horizon of any length."""

    def __init__(
        self,
        live: LivePlan,
        line: _Timeline,
        own: Mapping[int, WorkingCalendar],
        staff: Staff,
        starts: Mapping[int, datetime],
        finishes: Mapping[int, datetime],
        free: Sequence[Task],
        open_leaves: Sequence[Task],
        needed: Mapping[int, dict[Any, int]],
        taken: Sequence[Piece],
        schedule: Schedule,
    ) -> None:
        self.live, self.line, self.own, self.staff = live, line, own, staff
        self.starts, self.finishes, self.free, self.needed, self.taken = starts, finishes, free, needed, taken
        self.movable = {task.pk for task in free}
        # A date that is missed today already is no reason to hold up what comes before it.
        self.dated = {
            task.pk
            for task in open_leaves
            if task.constraint in DATED
            and task.actual_start is None
            and task.percent_complete == 0
            and schedule.activities[task.pk].total_float_minutes >= 0
        }
        self.below = _leaves_below(live.tasks)

    def problem(self, count: int) -> Problem:
        """Return the problem over so many slots."""
        self.line.reach(count)
        horizon = len(self.line.starts)
        waits, earliest, meetings = self._waits()
        worked: dict[int, list[bool]] = {}
        works = [*meetings]
        for task in self.free:
            calendar = self.own[task.pk]
            flags = worked.setdefault(id(calendar), self.line.works(calendar))
            works.append(
                Work(
                    id=("task", task.pk),
                    slots=ceil(task.duration_minutes / self.line.minutes) if not task.is_milestone else 0,
                    whole_slots=task.duration_minutes // self.line.minutes if not task.is_milestone else 0,
                    needs=self.needed.get(task.pk, {}),
                    hours={
                        person_id: self.live.hours[task.pk, person_id] // 60 // self.line.minutes
                        for person_id in self.needed.get(task.pk, {})
                    },
                    working=None if all(flags) or task.is_milestone else flags,
                    earliest=min(max(earliest.get(task.pk, 0), self._own_earliest(task)), horizon),
                )
            )
        for pk in self.dated:
            for name, at in (("start", self.starts[pk]), ("finish", self.finishes[pk])):
                slot = min(self.line.first_from(at) if name == "finish" else self.line.holding(at), horizon)
                works.append(Work(id=(name, pk), slots=0, earliest=slot, latest_start=slot))
        used = {person_id for of in self.needed.values() for person_id in of}
        resources = [self._resource(person_id) for person_id in sorted(used)]
        return Problem(works=works, waits=waits, resources=resources, horizon=horizon)

    def _own_earliest(self, task: Task) -> int:
        """Return the first slot that a task's own constraint, and those of the summaries above it, allow."""
        zone, found = zone_of(self.live.project), 0
        by_id = self.live.by_id
        above: Task | None = task
        while above is not None:
            at = to_local(above.constraint_at, zone)
            if at is not None and above.constraint == Constraint.SNET:
                found = max(found, self.line.first_from(at))
            above = by_id.get(above.parent_id or 0)
        at = to_local(task.constraint_at, zone)
        if at is not None and task.constraint == Constraint.FNET:
            calendar = self.own[task.pk]
            found = max(
                found, self.line.first_from(calendar.start_at(calendar.position(at) - task.duration_minutes))
            )
        if task.constraint == Constraint.ALAP:
            found = max(found, self.line.first_from(self.starts[task.pk]))
        return found

    def _waits(self) -> tuple[list[Wait], dict[int, int], list[Work]]:
        """Return the waits between what moves, the first slots that what stays leaves, and where summaries meet."""
        waits: list[Wait] = []
        earliest: dict[int, int] = {}
        meetings: list[Work] = []
        for link in self.live.links:
            before = self.below.get(link.predecessor_id, [])
            after = self.below.get(link.successor_id, [])
            if len(before) > 1 and len(after) > 1:
                self._meet(link, before, after, waits, earliest, meetings)
                continue
            for one in before:
                for other in after:
                    self._wait(link, one, other, waits, earliest)
        return waits, earliest, meetings

    def _wait(
        self, link: Dependency, before: int, after: int, waits: list[Wait], earliest: dict[int, int]
    ) -> None:
        kind = LinkType(link.type)
        target = self._target(after, kind)
        if before in self.movable:
            if target is not None:
                waits.append(
                    Wait(
                        before=("task", before),
                        after=target,
                        type=self._shape(kind, target),
                        lag=self._lag(link),
                    )
                )
        elif after in self.movable:
            at = (self.finishes if kind.from_finish else self.starts)[before]
            slot = self._slot_behind(link, at, after, kind)
            earliest[after] = max(earliest.get(after, 0), slot)

    def _target(self, after: int, kind: LinkType) -> WorkKey | None:
        if after in self.movable:
            return ("task", after)
        return (("finish" if kind.to_finish else "start"), after) if after in self.dated else None

    def _shape(self, kind: LinkType, target: WorkKey) -> LinkType:
        """Return the link's type; a date that stays is an instant, whose start is its finish."""
        if target[0] == "task":
            return kind
        return LinkType.FS if kind.from_finish else LinkType.SS

    def _meet(
        self,
        link: Dependency,
        before: Sequence[int],
        after: Sequence[int],
        waits: list[Wait],
        earliest: dict[int, int],
        meetings: list[Work],
    ) -> None:
        """Let two summaries meet in an instant: m + n waits in place of m x n."""
        kind, name = LinkType(link.type), ("meeting", link.pk)
        first = 0
        for one in before:
            if one in self.movable:
                waits.append(
                    Wait(
                        before=("task", one),
                        after=name,
                        type=LinkType.FS if kind.from_finish else LinkType.SS,
                    )
                )
            elif one in self.finishes:
                first = max(
                    first, self.line.first_from((self.finishes if kind.from_finish else self.starts)[one])
                )
        meetings.append(Work(id=name, slots=0, earliest=min(first, len(self.line.starts))))
        for other in after:
            target = self._target(other, kind)
            if target is not None:
                shape = LinkType.SF if kind.to_finish and target[0] == "task" else LinkType.SS
                waits.append(Wait(before=name, after=target, type=shape, lag=self._lag(link)))

    def _lag(self, link: Dependency) -> int:
        """Return a lag in slots, rounded up. One round the clock takes its share of the week's working time."""
        if not link.is_elapsed:
            return ceil(link.lag_minutes / self.line.minutes)
        week = sum(
            end - begin for day in working_calendar(self.live.project.calendar).week for begin, end in day
        )
        return ceil(link.lag_minutes * week / (7 * 1440) / self.line.minutes) + 1

    def _slot_behind(self, link: Dependency, at: datetime, after: int, kind: LinkType) -> int:
        """Return the first slot in which a task may start that waits for an instant that stays."""
        calendar, minutes = self.own[after], link.lag_minutes
        if link.is_elapsed:
            at, minutes = at + timedelta(minutes=minutes), 0
        task = self.live.by_id[after]
        position = calendar.position(at) + minutes
        if kind.to_finish and not task.is_milestone:
            position -= task.duration_minutes
        try:
            return self.line.first_from(calendar.start_at(position))
        except CalendarError:
            return len(self.line.starts)

    def _resource(self, person_id: int) -> Resource:
        """Return what is left of a person in every slot, less what stays and what other projects take."""
        calendar = self.staff.calendars[person_id]
        present = self.line.works(calendar)
        whole = int(FULL * self.staff.shares[person_id])
        left = [whole if is_there else 0 for is_there in present]
        for piece in self.taken:
            if piece.person != person_id:
                continue
            low, high = self.line.holding(piece.start), self.line.first_from(piece.finish)
            slots = [slot for slot in range(low, min(high, len(present))) if present[slot]]
            minutes = calendar.minutes_between(piece.start, piece.finish)
            share = ceil(FULL * piece.seconds / 60 / minutes) if minutes > 0 else 0
            for slot in slots:
                left[slot] = max(left[slot] - share, 0)
        return Resource(id=person_id, capacity=left, present=present)


def _leaves_below(tasks: Iterable[Task]) -> dict[int, list[int]]:
    """Return task -> the leaves at or below it."""
    rows = list(tasks)
    parents = {task.pk: task.parent_id for task in rows}
    found: dict[int, list[int]] = {}
    for task in rows:
        if task.is_summary:
            continue
        at: int | None = task.pk
        while at is not None:
            found.setdefault(at, []).append(task.pk)
            at = parents.get(at)
    return found


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
