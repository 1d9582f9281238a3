"""The phase as a strip of stations: each activity says from its evidence how far it is, and why.

A room registers one function in its `needs.py`:

    @stations.stop("plan", "Plan", order=20)
    def plan(entry: Entry, as_of: date) -> Standing | None: ...

The state is never typed by a person. None: this person may not see the activity.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from projects.kit.access import Entry

# state -> (words, tone)
STATES = {
    "done": ("Done", "done"),
    "moving": ("Moving", "moving"),
    "trouble": ("In trouble", "trouble"),
    "waiting": ("Not begun", "quiet"),
}


@dataclass(frozen=True)
class Standing:
    """How far an activity is: done, moving, trouble or waiting, with its reason in one line."""

    state: str
    reason: str
    url: str


@dataclass(frozen=True)
class Station:
    """An activity on the strip with its standing."""

    key: str
    label: str
    standing: Standing

    @property
    def words(self) -> str:
        """Return the state in words, which stand beside its colour."""
        return STATES[self.standing.state][0]

    @property
    def tone(self) -> str:
        """Return the state's tone."""
        return STATES[self.standing.state][1]


Ask = Callable[[Entry, date], Standing | None]
STOPS: dict[str, tuple[int, str, Ask]] = {}


def stop(key: str, label: str, *, order: int) -> Callable[[Ask], Ask]:
    """Put an activity on the strip; `order` follows the phase, as on the rail."""

    def register(function: Ask) -> Ask:
        STOPS[key] = (order, label, function)
        return function

    return register


def stations_for(entry: Entry, *, as_of: date) -> list[Station]:
    """Return the stations this person may see, in the order of the phase."""
    found = []
    for key, (_, label, ask) in sorted(STOPS.items(), key=lambda item: item[1][0]):
        standing = ask(entry, as_of)
        if standing is not None:
            found.append(Station(key=key, label=label, standing=standing))
    return found
