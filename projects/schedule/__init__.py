"""The critical path method on working calendars: pure arithmetic, no database.

``compute`` takes activities and links and gives a ``Schedule``.
"""

from projects.schedule.cpm import compute
from projects.schedule.model import (
    SUMMARY_CONSTRAINTS,
    UNDATED,
    Activity,
    ActivityId,
    ConstraintType,
    CycleError,
    Driver,
    Link,
    LinkType,
    OutOfTimeError,
    Schedule,
    ScheduledActivity,
    ScheduleError,
)
from projects.schedule.notation import (
    NotationError,
    WantedLink,
    WorkUnits,
    duration_text,
    lag_text,
    parse_duration,
    parse_lag,
    parse_predecessors,
    predecessors_text,
    units_of,
)

__all__ = [
    "SUMMARY_CONSTRAINTS",
    "UNDATED",
    "Activity",
    "ActivityId",
    "ConstraintType",
    "CycleError",
    "Driver",
    "Link",
    "LinkType",
    "NotationError",
    "OutOfTimeError",
    "Schedule",
    "ScheduleError",
    "ScheduledActivity",
    "WantedLink",
    "WorkUnits",
    "compute",
    "duration_text",
    "lag_text",
    "parse_duration",
    "parse_lag",
    "parse_predecessors",
    "predecessors_text",
    "units_of",
]
