"""What needs somebody on a project: approvals, drafts to read, what failed, what is late.

A room registers one function in its `needs.py`:

    @needs.source
    def approvals(entry: Entry) -> list[Need]: ...

It asks the person's grants itself and costs a fixed number of queries, however many rows wait.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from projects.kit.access import Entry

# Worst first.
TONES = ("trouble", "watch", "moving", "quiet")


@dataclass(frozen=True)
class Need:
    """One line of "what needs you". `key` is "room.what"; `count` rows wait; `url` is where to act."""

    key: str
    title: str
    tone: str
    count: int
    url: str


Source = Callable[[Entry], list[Need]]
SOURCES: dict[str, Source] = {}


def source(function: Source) -> Source:
    """Make a room's needs known."""
    SOURCES[f"{function.__module__}.{function.__name__}"] = function
    return function


def needs_of(entry: Entry) -> list[Need]:
    """Return what waits for this person on the project, the worst first; a count of 0 is left out."""
    found = [need for ask in SOURCES.values() for need in ask(entry) if need.count]
    return sorted(
        found, key=lambda need: (TONES.index(need.tone) if need.tone in TONES else len(TONES), need.key)
    )
