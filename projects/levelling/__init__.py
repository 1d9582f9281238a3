"""Levelling: works that share people are put one behind the other, as early as all of them can be done.

Pure arithmetic on slots of working time, no database. ``level`` takes a ``Problem`` and gives a ``Levelled``.
"""

from projects.levelling.greedy import line_up
from projects.levelling.load import DayLoad, Overload, Piece, day_loads, overloads
from projects.levelling.model import (
    FULL,
    Levelled,
    LevellingError,
    Outcome,
    Problem,
    Resource,
    Wait,
    Work,
)
from projects.levelling.solver import level

__all__ = [
    "FULL",
    "DayLoad",
    "Levelled",
    "LevellingError",
    "Outcome",
    "Overload",
    "Piece",
    "Problem",
    "Resource",
    "Wait",
    "Work",
    "day_loads",
    "level",
    "line_up",
    "overloads",
]
