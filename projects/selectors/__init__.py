"""Figures of the plan, at a stated date."""

from projects.selectors.load import (
    USUAL_COUNT,
    ZOOMS,
    Capacity,
    Cell,
    Load,
    Period,
    PersonLoad,
    Piece,
    capacity_of,
    load_of,
    periods_from,
)
from projects.selectors.milestones import (
    MilestoneStanding,
    MilestoneTrend,
    milestone_trends,
    milestones_of,
    standings_of,
)

__all__ = [
    "USUAL_COUNT",
    "ZOOMS",
    "Capacity",
    "Cell",
    "Load",
    "MilestoneStanding",
    "MilestoneTrend",
    "Period",
    "PersonLoad",
    "Piece",
    "capacity_of",
    "load_of",
    "milestone_trends",
    "milestones_of",
    "periods_from",
    "standings_of",
]
