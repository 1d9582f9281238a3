"""Amounts spread evenly over the working time of their span."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property

from budget.selectors.amounts import ONE, ZERO
from budget.selectors.tasks import tasks_of
from implement.core.asked import answered_once
from implement.core.calendars import CalendarError, WorkingCalendar
from projects.models import Project
from projects.planning import local_start, task_calendars, to_local, working_calendar, zone_of


@dataclass(frozen=True, slots=True)
class Piece:
    """An amount with the working minutes of a calendar at which its span begins and ends."""

    amount: Decimal
    first: int
    last: int
    calendar: WorkingCalendar

    def due(self, position: int) -> Decimal:
        """Return the share (0 to 1) whose working time has passed at a working minute.

        The same even pace as `WorkingCalendar.fraction_elapsed`; a span without working time (a milestone)
        is due once its minute is reached.
        """
        if position >= self.last:
            return ONE
        if position <= self.first:
            return ZERO
        return Decimal(position - self.first) / Decimal(self.last - self.first)


@answered_once
def calendars_of(project: Project) -> dict[int, WorkingCalendar]:
    """Return task id -> the working time that its dates follow, also of thrown-away ones: their amounts still count.

    Empty, so that the project's calendar is used, while the plan has a task that nobody can work on.
    """
    try:
        return task_calendars(project=project, tasks=tasks_of(project).values())
    except CalendarError:
        return {}


class Phasing:
    """Spans placed on the calendars that the plan follows, asked for many days.

    A task's span counts the working time of its people and its own calendar; any other span the project's.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self.calendar: WorkingCalendar = working_calendar(project.calendar)
        self.zone = zone_of(project)

    @cached_property
    def calendars(self) -> dict[int, WorkingCalendar]:
        """Return task id -> its working time; read when the first task is placed."""
        return calendars_of(self.project)

    def place(self, amount: Decimal, start: datetime, finish: datetime, *, task: int | None = None) -> Piece:
        """Return an amount placed between two aware moments (swapped when they are the wrong way round)."""
        begin, end = sorted((start, finish))
        first, last = to_local(begin, self.zone), to_local(end, self.zone)
        assert first is not None
        assert last is not None
        calendar = self.calendar
        if task is not None:
            calendar = self.calendars.get(task, calendar)
        return Piece(amount, calendar.position(first), calendar.position(last), calendar)

    def position_at_end_of(self, day: date) -> int:
        """Return the working minute of the project reached when a day ends."""
        return self.calendar.position(local_start(day + timedelta(days=1)))

    def due(self, piece: Piece, day: date) -> Decimal:
        """Return the share (0 to 1) of a piece's working time that has passed when a day ends."""
        return piece.due(piece.calendar.position(local_start(day + timedelta(days=1))))

    def days_of(self, piece: Piece) -> tuple[date, date]:
        """Return the first and the last day of a piece's span."""
        first = piece.calendar.start_at(piece.first).date()
        return first, max(first, piece.calendar.finish_at(piece.last).date())

    def curve(self, pieces: Iterable[Piece], days: Iterable[date]) -> list[Decimal]:
        """Return what is due in all at the end of each day (days ascending)."""
        ends = [local_start(day + timedelta(days=1)) for day in days]
        alike: dict[int, list[Piece]] = {}
        for piece in pieces:
            alike.setdefault(id(piece.calendar), []).append(piece)
        sums = [ZERO] * len(ends)
        for group in alike.values():
            positions = [group[0].calendar.position(end) for end in ends]
            sums = [own + more for own, more in zip(sums, _curve(group, positions), strict=True)]
        return sums


def _curve(pieces: list[Piece], positions: list[int]) -> list[Decimal]:
    """Return what pieces of one calendar are due at each working minute (ascending).

    Finished spans are added up once, so a long plan over many weeks stays cheap.
    """
    waiting = sorted(pieces, key=lambda piece: piece.first)
    running: list[Piece] = []
    done = ZERO
    sums: list[Decimal] = []
    index = 0
    for position in positions:
        while index < len(waiting) and waiting[index].first <= position:
            running.append(waiting[index])
            index += 1
        still: list[Piece] = []
        for piece in running:
            if piece.last <= position:
                done += piece.amount
            else:
                still.append(piece)
        running = still
        sums.append(done + sum((piece.amount * piece.due(position) for piece in running), ZERO))
    return sums


def mondays(first: date, last: date) -> list[date]:
    """Return the Mondays of the weeks from the one of `first` to the one of `last`."""
    start = first - timedelta(days=first.weekday())
    return [start + timedelta(weeks=number) for number in range((last - start).days // 7 + 1)]
