"""By which numbers rows are known in a file, and what its baselines are called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

from projects.models import Baseline

# As an import stores work that runs round the clock, and the week of a file without calendars.
ROUND_THE_CLOCK = -3
MOST_BASELINES = 11


@dataclass
class Numbers:
    """Numbers of one kind of row: those that are known are kept, the others are the next free ones."""

    taken: set[int]
    given: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.free = (number for number in count(1) if number not in self.taken)

    def of(self, pk: int, known: int | None) -> int:
        """Return the number of a row."""
        if pk not in self.given:
            self.given[pk] = next(self.free) if known is None or known < 0 else known
        return self.given[pk]


def baseline_numbers(baselines: Sequence[Baseline]) -> dict[int, int]:
    """Return baseline id -> number in the file. The current one is Microsoft Project's "Baseline", number 0.

    All keep the numbers they had in a file when they came from one, in this order.
    """
    named = {baseline_name(number): number for number in range(MOST_BASELINES)}
    known = [named.get(row.name, -1) for row in baselines]
    if -1 in known or known != sorted(set(known), key=lambda number: (number == 0, number)):
        known = [*range(1, len(baselines)), 0]
    return {row.pk: number for row, number in zip(baselines, known, strict=False)}


def baseline_name(number: int) -> str:
    """Return what a baseline of a file is called."""
    return f"Baseline {number or ''}".strip() + " of Microsoft Project"
