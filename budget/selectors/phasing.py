"""Amounts spread evenly over the working time of their span."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from budget.selectors.amounts import ONE, ZERO
from implement.core.calendars import WorkingCalendar
from projects.models import Project
from projects.planning import local_start, to_local, working_calendar, zone_of


@dataclass(frozen=True, slots=True)
class Piece:
    """An amount with the working minutes at which its span begins and ends."""

    amount: Decimal
    first: int
    last: int

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


class Phasing:
    """Spans placed on the project's calendar once, asked for many days."""

    def __init__(self, project: Project) -> None:
        self.calendar: WorkingCalendar = working_calendar(project.calendar)
        self.zone = zone_of(project)
        self.pieces: list[Piece] = []

    def place(self, amount: Decimal, start: datetime, finish: datetime) -> Piece:
        """Return an amount placed between two aware moments (swapped when they are the wrong way round)."""
        begin, end = sorted((start, finish))
        first, last = to_local(begin, self.zone), to_local(end, self.zone)
        assert first is not None
        assert last is not None
        return Piece(amount, self.calendar.position(first), self.calendar.position(last))

    def position_at_end_of(self, day: date) -> int:
        """Return the working minute reached when a day ends."""
        return self.calendar.position(local_start(day + timedelta(days=1)))

    def days_of(self, piece: Piece) -> tuple[date, date]:
        """Return the first and the last day of a piece's span."""
        first = self.calendar.start_at(piece.first).date()
        return first, max(first, self.calendar.finish_at(piece.last).date())

    def curve(self, pieces: Iterable[Piece], days: Iterable[date]) -> list[Decimal]:
        """Return what is due in all at the end of each day (days ascending).

        Finished spans are added up once, so a long plan over many weeks stays cheap.
        """
        waiting = sorted(pieces, key=lambda piece: piece.first)
        running: list[Piece] = []
        done = ZERO
        sums: list[Decimal] = []
        index = 0
        for day in days:
            position = self.position_at_end_of(day)
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
