"""What a new project still lacks: each room says its first steps, the home shows them until they are done.

    @setup.step("plan.tasks", order=20)
    def tasks(entry: Entry) -> Step | None: ...

None: this person may not do it. One query a step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from projects.kit.access import Entry


@dataclass(frozen=True)
class Step:
    """One step of setting a project up: what to do, where, and whether it is done."""

    label: str
    url: str
    is_done: bool


Ask = Callable[[Entry], Step | None]
STEPS: dict[str, tuple[int, Ask]] = {}


def step(key: str, *, order: int) -> Callable[[Ask], Ask]:
    """Make a room's step known; `order` is the order in which a project manager takes them."""

    def register(function: Ask) -> Ask:
        STEPS[key] = (order, function)
        return function

    return register


def steps_for(entry: Entry) -> list[Step]:
    """Return the steps this person may take, in order; nothing once all are done."""
    asked = (ask(entry) for _, ask in sorted(STEPS.values(), key=lambda pair: pair[0]))
    steps = [one for one in asked if one is not None]
    return [] if all(one.is_done for one in steps) else steps
