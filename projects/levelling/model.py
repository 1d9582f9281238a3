"""What is to be levelled, and what comes of it.

Time is counted in slots, all of one length, numbered from 0 to the problem's horizon. A work takes a number of slots in
which it can be worked on; while it runs it needs shares of resources, in thousandths of one.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from itertools import accumulate

from projects.schedule import LinkType

WorkId = Hashable
ResourceId = Hashable

FULL = 1000
"""All of one person, in thousandths."""


class LevellingError(ValueError):
    """A problem that cannot be stated. The text is fit to be shown."""


class Outcome(StrEnum):
    """How the search ended."""

    OPTIMAL = "optimal"
    """No plan finishes earlier, and none with that finish starts the works earlier on the whole."""
    FOUND = "found"
    """The time ran out; this is the best plan that was found."""
    INFEASIBLE = "infeasible"
    """No plan keeps all dates, waits and capacities within the horizon."""
    NOTHING = "nothing"
    """The time ran out before any plan was found."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """One piece of work. ``slots`` is what it takes, rounded up; ``whole_slots`` rounded down (default: the same).

    ``working``: in which slots of the horizon it can be worked on; None: in all of them. It starts in none before
    ``earliest`` or after ``latest_start``, and is done by ``latest_finish``. ``hours``: resource -> how many slots of
    its presence the work must find while it runs: it is not put where somebody it needs is away all the time.
    """

    id: WorkId
    slots: int
    needs: Mapping[ResourceId, int] = field(default_factory=dict)
    whole_slots: int | None = None
    working: Sequence[bool] | None = None
    earliest: int = 0
    latest_start: int | None = None
    latest_finish: int | None = None
    hours: Mapping[ResourceId, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Wait:
    """A work that waits for another, with a lag in slots (below zero: a lead)."""

    before: WorkId
    after: WorkId
    type: LinkType = LinkType.FS
    lag: int = 0


@dataclass(frozen=True, kw_only=True)
class Resource:
    """What works share. ``capacity``: thousandths per slot, one number for all slots or one for each.

    ``present``: in which slots it is there at all (default: where there is any capacity). A work that runs on while
    somebody is off needs nothing of them; while they are there and taken by something else, it cannot run.
    """

    id: ResourceId
    capacity: int | Sequence[int]
    present: Sequence[bool] | None = None

    def at(self, horizon: int) -> list[int]:
        """Return the capacity of every slot."""
        if isinstance(self.capacity, int):
            return [self.capacity] * horizon
        return list(self.capacity)


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Works, what waits for what, and what they share, within a horizon.

    Raises LevellingError for an unknown or repeated id, a negative number, or a row of slots of another length.
    """

    works: Sequence[Work]
    waits: Sequence[Wait] = ()
    resources: Sequence[Resource] = ()
    horizon: int

    def __post_init__(self) -> None:
        names = [work.id for work in self.works]
        if len(set(names)) < len(names):
            raise LevellingError("Two works have the same id.")
        known, shared = set(names), {resource.id for resource in self.resources}
        for wait in self.waits:
            if wait.before not in known or wait.after not in known:
                raise LevellingError(f"A wait names an unknown work: {wait.before} → {wait.after}.")
        for work in self.works:
            if work.slots < 0 or work.earliest < 0 or any(need < 0 for need in work.needs.values()):
                raise LevellingError(f"Work {work.id} has a negative number.")
            if not set(work.needs) | set(work.hours) <= shared:
                raise LevellingError(f"Work {work.id} needs an unknown resource.")
            if work.working is not None and len(work.working) != self.horizon:
                raise LevellingError(
                    f"Work {work.id} does not say for every slot whether it can be worked on."
                )
        for resource in self.resources:
            if not isinstance(resource.capacity, int) and len(resource.capacity) != self.horizon:
                raise LevellingError(f"Resource {resource.id} does not say its capacity for every slot.")
            if resource.present is not None and len(resource.present) != self.horizon:
                raise LevellingError(
                    f"Resource {resource.id} does not say for every slot whether it is there."
                )

    @cached_property
    def capacities(self) -> dict[ResourceId, list[int]]:
        """Return resource -> capacity of every slot."""
        return {resource.id: resource.at(self.horizon) for resource in self.resources}

    @cached_property
    def presences(self) -> dict[ResourceId, list[bool]]:
        """Return resource -> in which slots it is there."""
        return {
            resource.id: [amount > 0 for amount in self.capacities[resource.id]]
            if resource.present is None
            else list(resource.present)
            for resource in self.resources
        }

    def needs_of(self, work: Work) -> dict[ResourceId, int]:
        """Return what a work needs, held to the most that there ever is: what alone is too much, moving never mends."""
        found = {}
        for name, need in work.needs.items():
            most = min(need, max(self.capacities[name], default=0))
            if most > 0 and work.slots:
                found[name] = most
        return found

    def ends_of(self, work: Work) -> list[int | None]:
        """Return for every slot where the work ends that starts there; None where it cannot start.

        One place more than the horizon: a work of no slots may stand at its end.
        """
        last = self.horizon
        if work.slots == 0:
            ends: list[int | None] = list(range(last + 1))
        elif work.working is None:
            ends = [start + work.slots if start + work.slots <= last else None for start in range(last + 1)]
        else:
            places = [slot for slot in range(last) if work.working[slot]]
            ends = [None] * (last + 1)
            for rank, slot in enumerate(places):
                if rank + work.slots <= len(places):
                    ends[slot] = places[rank + work.slots - 1] + 1
        for start, end in enumerate(ends):
            too_early = start < work.earliest
            too_late = work.latest_start is not None and start > work.latest_start
            ends_late = end is not None and work.latest_finish is not None and end > work.latest_finish
            if too_early or too_late or ends_late:
                ends[start] = None
        for name, slots in work.hours.items():
            there = self._presence_counts[name]
            found = [
                end if end is None or there[end] - there[start] >= slots else None
                for start, end in enumerate(ends)
            ]
            # Somebody who is never there long enough holds nothing up: where it stands makes no difference.
            if any(end is not None for end in found):
                ends = found
        return ends

    @cached_property
    def _presence_counts(self) -> dict[ResourceId, list[int]]:
        return {name: [0, *accumulate(map(int, there))] for name, there in self.presences.items()}


@dataclass(frozen=True, kw_only=True)
class Levelled:
    """The plan that was found: the slot in which each work starts, and the slot after the last one worked on."""

    outcome: Outcome
    starts: Mapping[WorkId, int] = field(default_factory=dict)
    finish: int = 0
    bound: int = 0

    @property
    def is_plan(self) -> bool:
        """Return whether there is a plan to look at."""
        return self.outcome in {Outcome.OPTIMAL, Outcome.FOUND}
