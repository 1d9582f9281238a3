"""What goes into a network and what comes out of it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from implement.core.calendars import CalendarError, WorkingCalendar

ActivityId = Hashable


class ConstraintType(StrEnum):
    """When an activity may happen. All but the first two need a date."""

    ASAP = "ASAP"
    """As soon as possible."""
    ALAP = "ALAP"
    """As late as possible without delaying the project: it uses up its total float."""
    MSO = "MSO"
    """Must start on: the date wins over every link."""
    MFO = "MFO"
    """Must finish on: the date wins over every link."""
    SNET = "SNET"
    """Start no earlier than."""
    SNLT = "SNLT"
    """Start no later than: the date wins over every link, which shows as negative float before it."""
    FNET = "FNET"
    """Finish no earlier than."""
    FNLT = "FNLT"
    """Finish no later than: the date wins over every link, which shows as negative float before it."""


UNDATED = frozenset({ConstraintType.ASAP, ConstraintType.ALAP})
SUMMARY_CONSTRAINTS = frozenset({ConstraintType.ASAP, ConstraintType.SNET, ConstraintType.FNLT})


class LinkType(StrEnum):
    """Which end of the predecessor holds which end of the successor."""

    FS = "FS"
    SS = "SS"
    FF = "FF"
    SF = "SF"

    @property
    def from_finish(self) -> bool:
        """Whether it is the predecessor's finish that counts."""
        return self[0] == "F"

    @property
    def to_finish(self) -> bool:
        """Whether it is the successor's finish that is held."""
        return self[1] == "F"


class Driver(StrEnum):
    """What decides when an activity starts."""

    LINK = "link"
    """Another activity, through a link."""
    START = "start"
    """The project's start."""
    STATUS = "status"
    """The status date: work that is left is not planned before it."""
    CONSTRAINT = "dated"
    """Its own constraint."""
    SUMMARY = "summary"
    """The constraint of a summary above it."""
    LATE = "late"
    """It starts as late as what follows it allows."""
    BEGUN = "begun"
    """It has begun."""


class ScheduleError(ValueError):
    """A network that cannot be computed. The text is fit to be shown."""


class CycleError(ScheduleError):
    """Activities that wait for each other; ``path`` holds their ids, the first repeated at the end."""

    def __init__(self, path: Sequence[ActivityId]) -> None:
        self.path = tuple(path)
        super().__init__("These activities wait for each other: " + " → ".join(str(i) for i in self.path))


class OutOfTimeError(ScheduleError, CalendarError):
    """An activity whose calendar has no working time left where it would fall; `activity` is its id."""

    def __init__(self, activity: ActivityId, reason: str) -> None:
        self.activity, self.reason = activity, reason
        super().__init__(f"Activity {activity}: {reason}")


@dataclass(frozen=True, kw_only=True)
class Activity:
    """One row of the plan. Times are naive and local.

    An activity that is the ``parent`` of another is a summary: its own duration, calendar and actuals are not
    used, and of constraints it may have ASAP, SNET and FNLT. SNET holds back all its leaves; FNLT, like a
    deadline, moves none of them but takes from their float. A duration of zero is a milestone. ``calendar``
    defaults to the network's. An activity with an ``actual_start`` stays where it happened, whatever its
    links and constraint say; ``percent`` (0 to 100) is the share of its duration already done, and counts
    only once it has started.
    """

    id: ActivityId
    duration_minutes: int = 0
    parent: ActivityId | None = None
    constraint: ConstraintType = ConstraintType.ASAP
    constraint_date: datetime | None = None
    deadline: datetime | None = None
    calendar: WorkingCalendar | None = None
    actual_start: datetime | None = None
    actual_finish: datetime | None = None
    percent: int = 0


@dataclass(frozen=True, kw_only=True)
class Link:
    """A dependency. The lag (a lead when negative) is in working minutes of the successor's calendar.

    An ``elapsed`` lag runs round the clock instead, as concrete dries at night.
    """

    predecessor: ActivityId
    successor: ActivityId
    type: LinkType = LinkType.FS
    lag_minutes: int = 0
    elapsed: bool = False


@dataclass(frozen=True, kw_only=True)
class ScheduledActivity:
    """Where an activity falls. ``start`` and ``finish`` are the early dates (the late ones for ALAP).

    Floats are in working minutes of the activity's calendar. A summary has the least total float of its
    leaves, is critical when one of them is, and its free float ignores the links inside it.

    ``driver`` says what decides the start, ``driven_by`` names the activity that does when it is one; where several
    allow the same start it is one of them. A summary starts with its first leaf and has neither.
    """

    id: ActivityId
    start: datetime
    finish: datetime
    late_start: datetime
    late_finish: datetime
    total_float_minutes: int
    free_float_minutes: int
    critical: bool
    is_summary: bool
    driver: Driver | None = None
    driven_by: ActivityId | None = None


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """The computed plan. ``activities`` is keyed by id, in the order given.

    ``critical_path`` lists every critical activity that is no summary, in the order of time: with two
    critical chains side by side it holds both.
    """

    start: datetime
    finish: datetime
    activities: Mapping[ActivityId, ScheduledActivity]
    critical_path: tuple[ActivityId, ...]
