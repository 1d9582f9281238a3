"""Work spread evenly over working time: the one way, whether it is asked for by days, weeks or quarters.

Pure arithmetic on the wall clock, no database. Parts are cut so that neighbours add up to what lies between their
outer edges: a week is the sum of its days, to the second, and all parts are the whole.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from implement.core.calendars import WorkingCalendar


class Stretches:
    """Consecutive stretches of time, each between two edges, and where the edges lie in each calendar."""

    def __init__(self, edges: Sequence[datetime]) -> None:
        self.edges = edges
        self._positions: dict[int, tuple[WorkingCalendar, dict[int, int]]] = {}

    def spread(
        self, seconds: int, begin: datetime, end: datetime, calendars: Iterable[WorkingCalendar]
    ) -> Iterator[tuple[int, int]]:
        """Yield (number of the stretch, seconds) of work that is done evenly between two instants.

        It follows the first of the calendars that has working time there, and lies where it begins when none has.
        What falls before the first edge or after the last one is left out.
        """
        for calendar in calendars:
            first, last = calendar.position(begin), calendar.position(end)
            if last <= first:
                continue
            low = max(bisect_right(self.edges, begin) - 1, 0)
            high = min(bisect_left(self.edges, end), len(self.edges) - 1)
            given = seconds * max(min(self._position(calendar, low), last) - first, 0) // (last - first)
            for number in range(low, high):
                reached = min(self._position(calendar, number + 1), last)
                due = seconds * max(reached - first, 0) // (last - first)
                if due > given:
                    yield number, due - given
                    given = due
            return
        number = bisect_right(self.edges, begin) - 1
        if 0 <= number < len(self.edges) - 1:
            yield number, seconds

    def _position(self, calendar: WorkingCalendar, number: int) -> int:
        """Return an edge as working minute of a calendar; found once."""
        # The calendar is kept with them: an id is only its own as long as it lives.
        _, found = self._positions.setdefault(id(calendar), (calendar, {}))
        if number not in found:
            found[number] = calendar.position(self.edges[number])
        return found[number]
