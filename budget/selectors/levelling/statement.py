"""What a plan's tasks, links and people are as works, waits and resources, over a horizon of any length."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from budget.selectors.levelling.timeline import Timeline
from budget.selectors.whatif import LivePlan, Staff
from implement.core.calendars import CalendarError, WorkingCalendar
from projects.choices import Constraint
from projects.levelling import FULL, Piece, Problem, Resource, Wait, Work
from projects.models import Dependency, Task
from projects.planning import to_local, working_calendar, zone_of
from projects.schedule import LinkType, Schedule

# A task with one of these stands on a date that somebody promised.
DATED = {Constraint.MSO, Constraint.MFO, Constraint.SNLT, Constraint.FNLT}
WorkKey = tuple[str, int]


class Statement:
    """Everything that a problem is stated from, for a horizon of any length."""

    def __init__(
        self,
        live: LivePlan,
        line: Timeline,
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
