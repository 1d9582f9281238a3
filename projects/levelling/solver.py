"""The search for the best plan: resource-constrained scheduling by OR-Tools CP-SAT, time-boxed and seeded.

Two rounds: first the earliest finish, then, with that finish, the earliest starts on the whole. One thread and a fixed
seed: whoever lets it end gets the same plan every time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from importlib import import_module
from itertools import compress
from typing import Any

from projects.levelling.greedy import line_up
from projects.levelling.model import Levelled, Outcome, Problem, Work, WorkId

Progress = Callable[[float, int | None], None]
LOOK_SECONDS = 0.5
FIRST_ROUND = 0.7


def level(
    problem: Problem,
    *,
    seconds: float = 30,
    seed: int = 1,
    settle: bool = True,
    progress: Progress | None = None,
) -> Levelled:
    """Return the plan with the earliest finish that waits and capacities allow, looked for during ``seconds``.

    ``progress(share, finish)`` is called about twice a second with how much of the time is gone (0 to 1) and the
    finish of the best plan so far; whatever it raises stops the search and passes through. Without ``settle`` the
    second round is left out.
    """
    if not problem.works:
        return Levelled(outcome=Outcome.OPTIMAL)
    first = line_up(problem)
    search = _Search(problem, first)
    if search.is_hopeless:
        return Levelled(outcome=Outcome.INFEASIBLE)
    share = FIRST_ROUND if settle else 1.0
    found = search.run(seconds * share, seed, _scaled(progress, 0.0, share))
    if found.is_plan and settle:
        search.hold(found)
        better = search.run(seconds * (1 - share), seed, _scaled(progress, share, 1.0))
        if better.is_plan:
            is_best = found.outcome == better.outcome == Outcome.OPTIMAL
            outcome = Outcome.OPTIMAL if is_best else Outcome.FOUND
            return Levelled(outcome=outcome, starts=better.starts, finish=better.finish, bound=found.bound)
    if not found.is_plan and found.outcome is not Outcome.INFEASIBLE and first is not None:
        finish = max((end for end in search.ends_at(first)), default=0)
        return Levelled(outcome=Outcome.FOUND, starts=first, finish=finish)
    return found


def _scaled(progress: Progress | None, begin: float, end: float) -> Progress | None:
    if progress is None:
        return None
    return lambda share, finish: progress(begin + share * (end - begin), finish)


class _Search:
    """The problem as a model of the solver."""

    def __init__(self, problem: Problem, first: dict[WorkId, int] | None) -> None:
        # Loaded here and nowhere else: it takes half a second and 75 MB that no web process should pay.
        self.cp: Any = import_module("ortools.sat.python.cp_model")
        self.problem = problem
        self.model: Any = self.cp.CpModel()
        self.starts: dict[WorkId, Any] = {}
        self.ends: dict[WorkId, Any] = {}
        self.tables: dict[WorkId, list[int | None]] = {}
        self.is_hopeless = False
        for number, work in enumerate(problem.works):
            self._add_work(number, work)
        if self.is_hopeless:
            return
        self._add_waits()
        for number, resource in enumerate(problem.resources):
            self._add_resource(number, resource.id)
        self.finish = self.model.new_int_var(0, problem.horizon, "finish")
        self.model.add_max_equality(self.finish, list(self.ends.values()))
        self.model.minimize(self.finish)
        if first is not None:
            self._hint(first)

    def _add_work(self, number: int, work: Work) -> None:
        table = self.problem.ends_of(work)
        self.tables[work.id] = table
        places = [slot for slot, end in enumerate(table) if end is not None]
        if not places:
            self.is_hopeless = True
            return
        start = self.model.new_int_var_from_domain(self.cp.Domain.from_values(places), f"s{number}")
        self.starts[work.id] = start
        if work.working is None or work.slots == 0:
            self.ends[work.id] = start + work.slots
        else:
            end = self.model.new_int_var(0, self.problem.horizon, f"e{number}")
            # Slots in which it cannot start have no end; the domain of the start rules them out.
            self.model.add_element(start, [place if place is not None else 0 for place in table], end)
            self.ends[work.id] = end

    def _add_waits(self) -> None:
        works = {work.id: work for work in self.problem.works}
        for wait in self.problem.waits:
            at = (self.ends if wait.type.from_finish else self.starts)[wait.before] + wait.lag
            after = works[wait.after]
            if not wait.type.to_finish:
                self.model.add(self.starts[after.id] >= at)
            elif after.working is None:
                whole = after.slots if after.whole_slots is None else after.whole_slots
                self.model.add(self.starts[after.id] + whole >= at)
            else:
                self.model.add(self.ends[after.id] >= at)

    def _add_resource(self, number: int, name: WorkId) -> None:
        """Add who needs a resource, on its own clock: it counts only the slots in which there is any of it."""
        capacity, present = self.problem.capacities[name], self.problem.presences[name]
        users = [
            (work, need) for work in self.problem.works if (need := self.problem.needs_of(work).get(name))
        ]
        most = max(capacity, default=0)
        if not users or not most:
            return
        clock = [0]
        for is_there in present:
            clock.append(clock[-1] + is_there)
        is_even = clock[-1] == len(capacity)
        intervals, demands = [], []
        for rank, (work, need) in enumerate(users):
            start, end = self.starts[work.id], self.ends[work.id]
            label = f"r{number}w{rank}"
            if not is_even:
                start = self._on_clock(clock, start, f"{label}s")
                end = self._on_clock(clock, end, f"{label}e")
            if is_even and work.working is None:
                intervals.append(self.model.new_fixed_size_interval_var(start, work.slots, label))
            else:
                size = self.model.new_int_var(0, len(capacity), f"{label}d")
                intervals.append(self.model.new_interval_var(start, size, end, label))
            demands.append(need)
        for begin, length, taken in _taken(list(compress(capacity, present)), most):
            intervals.append(self.model.new_fixed_size_interval_var(begin, length, f"r{number}t{begin}"))
            demands.append(taken)
        self.model.add_cumulative(intervals, demands, most)

    def _on_clock(self, clock: list[int], slot: Any, label: str) -> Any:
        at = self.model.new_int_var(0, clock[-1], label)
        if not isinstance(slot, int):
            place = self.model.new_int_var(0, len(clock) - 1, f"{label}p")
            self.model.add(place == slot)
            slot = place
        self.model.add_element(slot, clock, at)
        return at

    def _hint(self, starts: dict[WorkId, int]) -> None:
        self.model.clear_hints()
        for name, slot in starts.items():
            self.model.add_hint(self.starts[name], slot)

    def ends_at(self, starts: dict[WorkId, int]) -> list[int]:
        """Return where works end that start so."""
        return [end for name, slot in starts.items() if (end := self.tables[name][slot]) is not None]

    def hold(self, found: Levelled) -> None:
        """Keep the finish that was found, and look for the earliest starts."""
        self.model.add(self.finish <= found.finish)
        self.model.clear_objective()
        self.model.minimize(sum(self.starts.values()))
        self._hint(dict(found.starts))

    def run(self, seconds: float, seed: int, progress: Progress | None) -> Levelled:
        """Search for some seconds in a thread of its own, so that this one can tell how far it is and stop it."""
        solver = self.cp.CpSolver()
        solver.parameters.max_time_in_seconds = max(seconds, 0.1)
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = seed
        ended: list[Any] = []
        watch = _watcher(self.cp)
        thread = threading.Thread(target=lambda: ended.append(solver.solve(self.model, watch)), daemon=True)
        thread.start()
        looks = 0
        try:
            while thread.is_alive():
                thread.join(timeout=LOOK_SECONDS)
                looks += 1
                if progress is not None and thread.is_alive():
                    progress(min(looks * LOOK_SECONDS / max(seconds, 0.1), 1.0), watch.finish)
        except BaseException:
            watch.stop()
            thread.join()
            raise
        if not ended:
            raise RuntimeError("The solver ended without an answer.")
        return self._read(solver, ended[0])

    def _read(self, solver: Any, status: Any) -> Levelled:
        if status in (self.cp.OPTIMAL, self.cp.FEASIBLE):
            return Levelled(
                outcome=Outcome.OPTIMAL if status == self.cp.OPTIMAL else Outcome.FOUND,
                starts={name: solver.value(start) for name, start in self.starts.items()},
                finish=solver.value(self.finish),
                bound=int(solver.best_objective_bound),
            )
        is_none = status == self.cp.INFEASIBLE
        return Levelled(outcome=Outcome.INFEASIBLE if is_none else Outcome.NOTHING)


def _watcher(cp_model: Any) -> Any:
    """Return a callback that notes the best value so far and can be told to stop the search."""

    class Watch(cp_model.CpSolverSolutionCallback):
        def __init__(self) -> None:
            super().__init__()
            self.finish: int | None = None

        def on_solution_callback(self) -> None:
            self.finish = int(self.objective_value)

        def stop(self) -> None:
            """Stop the search, from whatever thread."""
            self.stop_search()

    return Watch()


def _taken(capacity: list[int], most: int) -> list[tuple[int, int, int]]:
    """Return (begin, length, amount) of the runs of slots in which less than the most is there."""
    runs: list[tuple[int, int, int]] = []
    for slot, amount in enumerate(capacity):
        taken = most - amount
        if not taken:
            continue
        if runs and runs[-1][0] + runs[-1][1] == slot and runs[-1][2] == taken:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1, taken)
        else:
            runs.append((slot, 1, taken))
    return runs
