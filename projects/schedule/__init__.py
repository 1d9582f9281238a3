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
    Link,
    LinkType,
    Schedule,
    ScheduledActivity,
    ScheduleError,
)

__all__ = [
    "SUMMARY_CONSTRAINTS",
    "UNDATED",
    "Activity",
    "ActivityId",
    "ConstraintType",
    "CycleError",
    "Link",
    "LinkType",
    "Schedule",
    "ScheduleError",
    "ScheduledActivity",
    "compute",
]
