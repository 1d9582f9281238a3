"""A first plan without a search: each work at the earliest place that is left, the most urgent first.

The serial schedule generation scheme of resource-constrained scheduling (Kolisch, 1996). It gives the solver
something to better, and the product something to show when there is no time to better it.
"""

from __future__ import annotations

from collections import defaultdict
from heapq import heappop, heappush

from projects.levelling.model import Problem, Wait, Work, WorkId


def line_up(problem: Problem) -> dict[WorkId, int] | None:
    """Return work -> slot in which it starts; None when some work finds no place within the horizon."""
    works = {work.id: work for work in problem.works}
    rank = {work.id: number for number, work in enumerate(problem.works)}
    incoming: dict[WorkId, list[Wait]] = defaultdict(list)
    outgoing: dict[WorkId, list[Wait]] = defaultdict(list)
    for wait in problem.waits:
        incoming[wait.after].append(wait)
        outgoing[wait.before].append(wait)
    tails = _tails(problem, outgoing)
    open_waits = {name: len(incoming[name]) for name in works}
    left = {name: list(capacity) for name, capacity in problem.capacities.items()}
    ready: list[tuple[int, int, WorkId]] = []
    for name, count in open_waits.items():
        if not count:
            heappush(ready, (-tails[name], rank[name], name))
    starts: dict[WorkId, int] = {}
    ends: dict[WorkId, int] = {}
    while ready:
        _, _, name = heappop(ready)
        work = works[name]
        earliest = 0
        for wait in incoming[name]:
            at = (ends if wait.type.from_finish else starts)[wait.before] + wait.lag
            earliest = max(earliest, at - _whole(work) if wait.type.to_finish else at)
        placed = _place(problem, work, earliest, left)
        if placed is None:
            return None
        starts[name], ends[name] = placed
        for wait in outgoing[name]:
            open_waits[wait.after] -= 1
            if not open_waits[wait.after]:
                heappush(ready, (-tails[wait.after], rank[wait.after], wait.after))
    return starts if len(starts) == len(works) else None


def _whole(work: Work) -> int:
    return work.slots if work.whole_slots is None else work.whole_slots


def _tails(problem: Problem, outgoing: dict[WorkId, list[Wait]]) -> dict[WorkId, int]:
    """Return work -> the longest chain of work from its start to the end, without regard to lags."""
    slots = {work.id: work.slots for work in problem.works}
    waiting: dict[WorkId, int] = {name: len(outgoing[name]) for name in slots}
    before: dict[WorkId, list[WorkId]] = defaultdict(list)
    for wait in problem.waits:
        before[wait.after].append(wait.before)
    tails = dict(slots)
    order = [name for name, count in waiting.items() if not count]
    for name in order:
        for earlier in before[name]:
            tails[earlier] = max(tails[earlier], slots[earlier] + tails[name])
            waiting[earlier] -= 1
            if not waiting[earlier]:
                order.append(earlier)
    return tails


def _place(
    problem: Problem, work: Work, earliest: int, left: dict[WorkId, list[int]]
) -> tuple[int, int] | None:
    """Take the first place that is free for a work; return its first slot and the one after its last."""
    ends, needs = problem.ends_of(work), problem.needs_of(work)
    start = max(earliest, 0)
    while start <= problem.horizon:
        end = ends[start]
        if end is None:
            start += 1
            continue
        blocked = _last_blocked(problem, work, start, end, needs, left)
        if blocked is None:
            for name, need in needs.items():
                for slot in range(start, end):
                    if problem.presences[name][slot]:
                        left[name][slot] -= need
            return start, end
        start = blocked + 1
    return None


def _last_blocked(
    problem: Problem,
    work: Work,
    start: int,
    end: int,
    needs: dict[WorkId, int],
    left: dict[WorkId, list[int]],
) -> int | None:
    """Return the last slot of a span in which something that is needed is taken; None when all is free.

    A slot in which somebody does not work at all blocks nothing: the work rests, as far as it is theirs.
    """
    for slot in range(end - 1, start - 1, -1):
        for name, need in needs.items():
            if problem.presences[name][slot] and left[name][slot] < need:
                return slot
    return None
