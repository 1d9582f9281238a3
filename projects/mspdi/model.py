"""What a Microsoft Project file says, in plain frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from implement.core.calendars import Intervals
from projects.schedule.model import ConstraintType, LinkType


class MspdiError(ValueError):
    """A file that cannot be read. ``message`` says what is wrong, ``place`` where, in words fit to be
    shown."""

    def __init__(self, message: str, place: str = "") -> None:
        self.message = message
        self.place = place
        super().__init__(f"{place}: {message}" if place else message)


KEY_FIELD = "Key"
"""The field of its own in which a file of ours keeps a task's key in another tool."""

ID_FIELD = "Implement ID"
"""The field of its own in which a file of ours keeps which task it came from, as "project code:number"."""

BILLABLE_FIELD = "Billable"
"""The field of its own in which a file of ours says that work on a task is not billed: "No"."""

RULE_FIELD = "Progress rule"
"""The field of its own in which a file of ours keeps how the progress of a task is measured."""

OWN_FIELDS = (KEY_FIELD, ID_FIELD, BILLABLE_FIELD, RULE_FIELD)


def whole_minutes(seconds: int | None) -> int | None:
    """Seconds rounded to the nearest minute."""
    return None if seconds is None else (seconds + 30) // 60


def whole_percent(percent: Decimal) -> int:
    """A percentage as the format keeps it, which knows whole ones only. Begun is never 0, unfinished never 100."""
    if percent <= 0 or percent >= 100:
        return 0 if percent <= 0 else 100
    return min(99, max(1, int(percent.quantize(Decimal(1), rounding=ROUND_HALF_UP))))


class NoticeKind(StrEnum):
    """Why something in the file did not arrive as it stands there."""

    UNKNOWN = "unknown"
    """An element the format does not have, or a code it does not define."""
    NOT_CARRIED = "not_carried"
    """Understood, and left behind: there is no place for it."""
    CHANGED = "changed"
    """Carried over with a change, such as a duration rounded to minutes."""
    UNASSIGNED = "unassigned"
    """Work that no resource was given."""
    CUSTOM_FIELD = "custom_field"
    """A value in one of the file's own fields."""


@dataclass(frozen=True, kw_only=True)
class Notice:
    """One thing that was not understood or not kept. ``count`` is how often, ``place`` where first."""

    kind: NoticeKind
    place: str
    element: str
    message: str
    count: int = 1


class ResourceType(StrEnum):
    """What a resource is made of."""

    WORK = "work"
    MATERIAL = "material"
    COST = "cost"


@dataclass(frozen=True, kw_only=True)
class MspdiWeekDay:
    """The rule of one weekday, Monday = 0. No intervals means a day off."""

    weekday: int
    intervals: Intervals


@dataclass(frozen=True, kw_only=True)
class MspdiException:
    """Dates that differ from the week. No intervals means days off."""

    name: str
    dates: tuple[date, ...]
    intervals: Intervals


@dataclass(frozen=True, kw_only=True)
class MspdiCalendar:
    """A calendar. What ``weekdays`` does not say comes from the calendar ``base_uid``."""

    uid: int
    name: str
    is_base: bool
    base_uid: int | None
    weekdays: tuple[MspdiWeekDay, ...]
    exceptions: tuple[MspdiException, ...]


@dataclass(frozen=True, kw_only=True)
class MspdiBaseline:
    """A numbered snapshot (0 to 10). Minutes, work in seconds, and money in the project's currency; None where it
    is silent."""

    number: int
    start: datetime | None
    finish: datetime | None
    duration_minutes: int | None
    work_seconds: int | None
    cost: Decimal | None

    @property
    def work_minutes(self) -> int | None:
        """The work in whole minutes."""
        return whole_minutes(self.work_seconds)


@dataclass(frozen=True, kw_only=True)
class MspdiLink:
    """A predecessor of a task.

    ``lag_minutes`` is working time, or round-the-clock time when ``lag_elapsed``. A lag given as a percentage
    of the predecessor's duration keeps it in ``lag_percent``, with ``lag_minutes`` worked out.
    """

    predecessor_uid: int
    type: LinkType
    lag_minutes: int
    lag_format: int
    lag_elapsed: bool
    lag_percent: int | None


@dataclass(frozen=True, kw_only=True)
class MspdiTask:
    """A row of the plan, in the order of the file. UID 0 is the project summary; an ``is_null`` row is blank.

    Durations, work and slack are minutes; an ``is_elapsed`` duration runs round the clock. ``fixed_cost`` is
    in the project's currency. The ``stored_*`` figures are what Microsoft Project last computed.
    """

    uid: int
    id: int | None
    name: str
    is_null: bool
    wbs: str
    outline_level: int
    parent_uid: int | None
    duration_minutes: int | None
    is_elapsed: bool
    is_estimated: bool
    is_milestone: bool
    is_summary: bool
    is_manual: bool
    is_active: bool
    start: datetime | None
    finish: datetime | None
    constraint: ConstraintType
    constraint_date: datetime | None
    deadline: datetime | None
    percent_complete: int
    physical_percent_complete: int
    actual_start: datetime | None
    actual_finish: datetime | None
    work_minutes: int | None
    notes: str
    priority: int
    fixed_cost: Decimal
    calendar_uid: int | None
    ignores_people: bool
    baselines: tuple[MspdiBaseline, ...]
    links: tuple[MspdiLink, ...]
    custom_fields: tuple[tuple[str, str], ...]
    stored_early_start: datetime | None
    stored_early_finish: datetime | None
    stored_late_start: datetime | None
    stored_late_finish: datetime | None
    stored_total_slack_minutes: int | None
    stored_free_slack_minutes: int | None
    stored_critical: bool | None


@dataclass(frozen=True, kw_only=True)
class MspdiRate:
    """What a resource costs over a time. ``table`` is A to E; an open end is None.

    Rates are per hour whatever unit Microsoft Project shows them in, and per unit for a material.
    """

    table: str
    effective_from: datetime | None
    effective_to: datetime | None
    standard_rate: Decimal
    overtime_rate: Decimal
    cost_per_use: Decimal


@dataclass(frozen=True, kw_only=True)
class MspdiResource:
    """A person, a material or a cost. ``max_units`` is 1 for full time."""

    uid: int
    id: int | None
    name: str
    is_null: bool
    initials: str
    email: str
    group: str
    type: ResourceType
    max_units: Decimal
    rates: tuple[MspdiRate, ...]
    calendar_uid: int | None
    notes: str
    baselines: tuple[MspdiBaseline, ...]
    custom_fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class MspdiAssignment:
    """Work given to a resource on a task; ``resource_uid`` is None for work nobody was given."""

    uid: int | None
    task_uid: int
    resource_uid: int | None
    units: Decimal
    work_seconds: int | None
    actual_work_minutes: int | None
    start: datetime | None
    finish: datetime | None
    cost_rate_table: str
    baselines: tuple[MspdiBaseline, ...]
    custom_fields: tuple[tuple[str, str], ...]

    @property
    def work_minutes(self) -> int | None:
        """The work in whole minutes."""
        return whole_minutes(self.work_seconds)


@dataclass(frozen=True, kw_only=True)
class MspdiHeader:
    """What holds for the whole file. ``currency_code`` is ISO 4217, empty when the file names only a
    symbol."""

    name: str
    title: str
    start: datetime | None
    finish: datetime | None
    status_date: datetime | None
    schedule_from_start: bool
    critical_slack_minutes: int
    minutes_per_day: int
    minutes_per_week: int
    days_per_month: int
    currency_code: str
    currency_symbol: str
    calendar_uid: int | None


@dataclass(frozen=True, kw_only=True)
class MspdiProject:
    """A whole file. ``warnings`` names everything in it that did not arrive as it stands there."""

    header: MspdiHeader
    calendars: tuple[MspdiCalendar, ...]
    tasks: tuple[MspdiTask, ...]
    resources: tuple[MspdiResource, ...]
    assignments: tuple[MspdiAssignment, ...]
    warnings: tuple[Notice, ...]
