"""The spread of what remains: a seeded simulation over what tasks of that size took against their estimate.

Every run draws, for each open task, a ratio of actual to estimated work from the firm's own finished tasks of the same
size, and multiplies the work that remains by it. Tasks of one project do not go well or badly independently: a share
of each draw (`SHARED`) is common to all tasks of a run (one-factor Gaussian copula). Drawn independently, errors would
cancel out and the spread come out far too narrow; see docs/decisions for how the share was found and tested.

Draws are floats: a spread needs no cents. The same input and seed give the same draws on every machine and Python.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

RUNS = 1000
# The correlation between two tasks of a run.
SHARED = 0.2
# Of fewer finished tasks no spread is taken.
LEAST = 30
# The largest tasks are drawn one by one; of the many small ones only their common part matters.
SINGLE = 60
# Upper limits of size in estimated hours; the last band is open.
SIZES = (2.0, 8.0, 20.0)
_HUNDRED = 100
_STEP, _EDGE = 20, 4
_NORMAL = NormalDist()
# Where the independent part is averaged: the middles of 16 equally likely slices.
_SLICES = tuple(_NORMAL.inv_cdf((number + 0.5) / 16) for number in range(16))


@dataclass(frozen=True)
class Band:
    """Finished tasks of one size: how many, and the ratios of actual to estimate at 0 to 100 per cent of them."""

    count: int
    ratios: tuple[float, ...]

    @classmethod
    def of(cls, ratios: Sequence[float]) -> Band:
        """Return the band of some ratios, in any order; none at all is an empty band."""
        ordered = sorted(ratios)
        points = (
            tuple(quantile(ordered, point / _HUNDRED) for point in range(_HUNDRED + 1)) if ordered else ()
        )
        return cls(count=len(ordered), ratios=points)


@dataclass(frozen=True)
class Bands:
    """What the firm's finished tasks took against their estimate, by size, and all of them together."""

    sizes: tuple[Band, ...]
    whole: Band

    @classmethod
    def of(cls, pairs: Sequence[tuple[float, float]]) -> Bands:
        """Return the bands of (estimated hours, actual hours); estimates must be above zero."""
        by_size: list[list[float]] = [[] for _ in range(len(SIZES) + 1)]
        for estimate, actual in pairs:
            by_size[size_of(estimate)].append(actual / estimate)
        return cls(
            sizes=tuple(Band.of(ratios) for ratios in by_size),
            whole=Band.of([ratio for ratios in by_size for ratio in ratios]),
        )

    @property
    def is_enough(self) -> bool:
        """Return whether there are enough finished tasks to draw from."""
        return self.whole.count >= LEAST

    def band(self, size: int) -> Band:
        """Return the band to draw a size from: its own, or all sizes together where it has too few."""
        own = self.sizes[size]
        return own if own.count >= LEAST else self.whole


def size_of(hours: float) -> int:
    """Return the number of the band of an estimate in hours; an estimate at a limit belongs below it."""
    return bisect_right(SIZES, hours - 1e-9)


def quantile(ordered: Sequence[float], share: float) -> float:
    """Return the value below which a share (0 to 1) of ordered values lies, between neighbours linearly."""
    at = share * (len(ordered) - 1)
    low = min(int(at), len(ordered) - 1)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (at - low) * (ordered[high] - ordered[low])


@dataclass(frozen=True)
class OpenTask:
    """Work that remains: its estimate in hours (which gives its size), and its weights in cost and in time."""

    hours: float
    cost: float
    time: float = 0.0


@dataclass(frozen=True)
class Run:
    """By how much one run stretches the remaining work and the remaining time; 1 is as planned."""

    cost: float
    time: float


def _table(band: Band) -> tuple[float, ...]:
    """Return the ratios by normal score, from -4 to 4 in twentieths."""
    last = len(band.ratios) - 1
    found = []
    for number in range(-_EDGE * _STEP, _EDGE * _STEP + 1):
        at = _NORMAL.cdf(number / _STEP) * last
        low = min(int(at), last - 1)
        found.append(band.ratios[low] + (at - low) * (band.ratios[low + 1] - band.ratios[low]))
    return tuple(found)


def simulate(*, tasks: Sequence[OpenTask], bands: Bands, seed: str, runs: int = RUNS) -> list[Run]:
    """Return the runs over some open tasks; none without cost weight or without enough finished tasks.

    Without any weight in time, time stretches as the cost does.
    """
    whole_cost, whole_time = sum(task.cost for task in tasks), sum(task.time for task in tasks)
    if whole_cost <= 0 or not bands.is_enough:
        return []
    tables = [_table(bands.band(size)) for size in range(len(SIZES) + 1)]
    weight = {
        id(task): task.cost / whole_cost + (task.time / whole_time if whole_time > 0 else 0) for task in tasks
    }
    ordered = sorted(tasks, key=lambda task: (-weight[id(task)], task.hours, task.cost, task.time))
    singles = [(tables[size_of(task.hours)], task.cost, task.time) for task in ordered[:SINGLE]]
    rest = [[0.0, 0.0] for _ in tables]
    for task in ordered[SINGLE:]:
        sums = rest[size_of(task.hours)]
        sums[0] += task.cost
        sums[1] += task.time
    shared, own = math.sqrt(SHARED), math.sqrt(1 - SHARED)
    middle, last = _EDGE * _STEP, 2 * _EDGE * _STEP
    dice = random.Random(seed)  # noqa: S311 (a forecast, no secret)
    gauss = dice.gauss
    found = []
    for _ in range(runs):
        common = gauss(0.0, 1.0) * shared
        cost = time = 0.0
        for table, cost_weight, time_weight in singles:
            score = round((common + own * gauss(0.0, 1.0)) * _STEP) + middle
            ratio = table[min(max(score, 0), last)]
            cost += cost_weight * ratio
            time += time_weight * ratio
        for table, (cost_weight, time_weight) in zip(tables, rest, strict=True):
            if cost_weight or time_weight:
                scores = (round((common + own * slice_) * _STEP) + middle for slice_ in _SLICES)
                ratio = sum(table[min(max(score, 0), last)] for score in scores) / len(_SLICES)
                cost += cost_weight * ratio
                time += time_weight * ratio
        stretch = cost / whole_cost
        found.append(Run(cost=stretch, time=time / whole_time if whole_time > 0 else stretch))
    return found


def triangular(
    *, cost: tuple[float, float, float], time: tuple[float, float, float], seed: str, runs: int = RUNS
) -> list[Run]:
    """Return runs of two triangles (lowest, likeliest, highest stretch): what is taken without experience.

    Cost and time move together: a run that is dear is as late.
    """
    dice = random.Random(seed)  # noqa: S311 (a forecast, no secret)
    return [
        Run(cost=_in_triangle(share, *cost), time=_in_triangle(share, *time))
        for share in (dice.random() for _ in range(runs))
    ]


def _in_triangle(share: float, low: float, likely: float, high: float) -> float:
    """Return the value below which a share of a triangular distribution lies."""
    if high <= low:
        return low
    turn = (likely - low) / (high - low)
    if share < turn:
        return low + math.sqrt(share * (high - low) * (likely - low))
    return high - math.sqrt((1 - share) * (high - low) * (high - likely))


def share_within(values: Sequence[float], limit: float) -> float:
    """Return the share of values that are not above a limit."""
    return sum(value <= limit for value in values) / len(values)
