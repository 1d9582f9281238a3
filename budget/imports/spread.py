"""Hours of a task over the days on which they may have been worked.

A work log of this form says how long somebody worked on a task and when it began and ended, not on which day.
The rule: the hours are dealt out evenly over working days between beginning and end, in pieces of at least
two hours so that small work stays in one piece, in whole seconds, with the exact total kept. Over all their
tasks nobody gets more than 10 hours a day while there is room in those days or in the month after; failing
that, the days between beginning and end are filled up to 24 hours, and what is left goes to the days after.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

from implement.core.calendars import WorkingCalendar

LEAST_PIECE = 2 * 3600
LONGEST_WINDOW = 366 * 5
ONE_DAY = timedelta(days=1)
DAYS_AFTER = 30
# Of the 24 hours of a day, those that nobody works while there is another day.
BEYOND_PLAUSIBLE = 14 * 3600


def working_days(calendar: WorkingCalendar, first: date, last: date) -> list[date]:
    """Return the working days from `first` to `last`, both included; `first` itself when there is none."""
    days = min((last - first).days, LONGEST_WINDOW)
    found = [first + timedelta(days=n) for n in range(days + 1)]
    return [day for day in found if calendar.is_working_day(day)] or [first]


def spread(
    *, seconds: int, days: list[date], calendar: WorkingCalendar, free: Callable[[date], int]
) -> list[tuple[date, int]]:
    """Return (day, seconds) whose sum is exactly `seconds`; no day gets more than `free(day)` seconds.

    `days` are the days to prefer, in order and not empty. `free` counts to 24 hours and must not change
    meanwhile.
    """
    count = max(1, min(len(days), seconds // LEAST_PIECE))
    chosen = [days[number * len(days) // count] for number in range(count)]
    share, rest = divmod(seconds, count)
    pieces: dict[date, int] = {}
    over = 0
    for number, day in enumerate(chosen):
        wanted = share + (number < rest)
        fits = min(wanted, max(0, free(day) - BEYOND_PLAUSIBLE))
        pieces[day] = fits
        over += wanted - fits
    candidates = _further(days, calendar)
    while over:
        day, kept_free = next(candidates)
        fits = min(over, max(0, free(day) - kept_free - pieces.get(day, 0)))
        pieces[day] = pieces.get(day, 0) + fits
        over -= fits
    return sorted((day, seconds) for day, seconds in pieces.items() if seconds)


def _further(days: list[date], calendar: WorkingCalendar) -> Iterator[tuple[date, int]]:
    """Give (day, seconds to keep free): the days and a month after to 10 hours, then all to 24."""
    after = [days[-1] + timedelta(days=number) for number in range(1, DAYS_AFTER + 1)]
    for day in [*days, *(day for day in after if calendar.is_working_day(day))]:
        yield day, BEYOND_PLAUSIBLE
    for day in days:
        yield day, 0
    day = days[-1]
    while True:
        day += ONE_DAY
        yield day, 0


def shares(total: int, weights: list[int]) -> list[int]:
    """Return whole parts of `total` in proportion to the weights (evenly without any); they sum to it.

    Largest remainder; of equal ones the first.
    """
    if not any(weights):
        weights = [1] * len(weights)
    whole = sum(weights)
    parts = [total * weight // whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda at: (-(total * weights[at] % whole), at))
    for at in order[: total - sum(parts)]:
        parts[at] += 1
    return parts
