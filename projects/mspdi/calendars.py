"""The calendars of a Microsoft Project file, and how one becomes a ``WorkingCalendar``."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise

from implement.core.calendars import MINUTES_PER_DAY, CalendarError, Intervals, WorkingCalendar
from projects.mspdi import known
from projects.mspdi.model import (
    MspdiCalendar,
    MspdiError,
    MspdiException,
    MspdiProject,
    MspdiWeekDay,
    NoticeKind,
)
from projects.mspdi.xml import Fields, Node, Notices

MAX_EXCEPTION_DAYS = 36_600
"""A hundred years: more is a mistake, and would be unrolled day by day."""

DEFAULT_HOURS: Intervals = ((8 * 60, 12 * 60), (13 * 60, 17 * 60))
"""What Microsoft Project takes a working day without times to be."""

DEFAULT_WEEK: tuple[Intervals, ...] = (DEFAULT_HOURS,) * 5 + ((), ())

DAY_OFF = "Day off"
"""What a day off without a name is called in a file."""

EVERY_DAY, YEARLY, WEEKLY = 1, 2, 6
"""The kinds of repetition that are unrolled; the others follow positions within a month."""


def read_calendar(node: Node, notices: Notices) -> MspdiCalendar:
    """One ``Calendar`` element."""
    fields = Fields(node, notices, owner="calendar")
    uid = fields.required("UID")
    name = fields.text("Name")
    fields.owner = f"calendar UID {uid} “{name}”"
    weekdays: list[MspdiWeekDay] = []
    exceptions: list[MspdiException] = []
    for child in fields.nested("WeekDays", "WeekDay"):
        day = Fields(child, notices, owner=fields.owner)
        kind = day.required("DayType")
        if not 0 <= kind <= 7:
            raise day.wrong("DayType", str(kind), "a day type from 0 to 7")
        intervals = _intervals(day)
        if kind:
            weekdays.append(MspdiWeekDay(weekday=(kind - 2) % 7, intervals=intervals))
        else:
            exceptions.append(_exception(day, "", intervals))
        day.leave(kind="WeekDay", known=frozenset())
    for child in fields.nested("Exceptions", "Exception"):
        rule = Fields(child, notices, owner=fields.owner)
        exceptions.append(_exception(rule, rule.text("Name"), _intervals(rule)))
        rule.leave(kind="Exception", known=known.EXCEPTION)
    calendar = MspdiCalendar(
        uid=uid,
        name=name,
        is_base=fields.flag("IsBaseCalendar"),
        base_uid=fields.reference("BaseCalendarUID"),
        weekdays=tuple(weekdays),
        exceptions=tuple(exceptions),
    )
    fields.leave(kind="Calendar", known=known.CALENDAR)
    return calendar


def _intervals(fields: Fields) -> Intervals:
    """The working times of a weekday or an exception; none on a day off."""
    working = fields.flag("DayWorking")
    found: list[tuple[int, int]] = []
    for node in fields.nested("WorkingTimes", "WorkingTime"):
        time = Fields(node, fields.notices, owner=fields.owner)
        start, end = time.clock("FromTime"), time.clock("ToTime")
        time.leave(kind="WorkingTime", known=frozenset())
        if start is None and end is None:
            continue
        if start is None or end is None:
            raise time.error("", "A working time needs both FromTime and ToTime.")
        end = end or MINUTES_PER_DAY
        if end <= start:
            raise time.error("ToTime", "A working time ends before it starts.")
        found.append((start, end))
    found.sort()
    for before, after in pairwise(found):
        if after[0] < before[1]:
            raise fields.error("WorkingTimes", "Two working times overlap.")
    if working and not found:
        fields.notices.tally(
            NoticeKind.CHANGED,
            fields.place("DayWorking"),
            "DayWorking",
            "no times given; taken as 8-12 and 13-17",
        )
        return DEFAULT_HOURS
    return tuple(found) if working else ()


def _exception(fields: Fields, name: str, intervals: Intervals) -> MspdiException:
    """The dates of an exception, unrolled. A rule that cannot be unrolled has none, and is reported."""
    periods = fields.many("TimePeriod")
    if len(periods) != 1:
        raise fields.error("", "An exception needs one TimePeriod.")
    period = Fields(periods[0], fields.notices, owner=fields.owner)
    first, last = period.moment("FromDate"), period.moment("ToDate")
    period.leave(kind="TimePeriod", known=frozenset())
    if first is None or last is None:
        raise period.error("", "A TimePeriod needs both FromDate and ToDate.")
    days = (last.date() - first.date()).days + 1
    if days < 1:
        raise period.error("ToDate", "An exception ends before it starts.")
    if days > MAX_EXCEPTION_DAYS:
        raise period.error("ToDate", f"An exception lasts {days} days.")
    span = [first.date() + timedelta(days=number) for number in range(days)]
    return MspdiException(name=name, dates=tuple(_repeated(fields, name, span)), intervals=intervals)


def _repeated(fields: Fields, name: str, span: list[date]) -> Iterable[date]:
    """The days of a span on which a rule holds."""
    kind, every = fields.integer("Type") or EVERY_DAY, fields.integer("Period") or 1
    if kind == EVERY_DAY and every == 1:
        return span
    if kind == WEEKLY and every == 1:
        days = fields.required("DaysOfWeek")
        # Bit 0 is Sunday.
        return [day for day in span if days >> (day.isoweekday() % 7) & 1]
    if kind == YEARLY and every == 1:
        # Months count from 0 in this element.
        month, number = fields.required("Month") + 1, fields.required("MonthDay")
        return [day for day in span if (day.month, day.day) == (month, number)]
    fields.notices.tell(
        NoticeKind.NOT_CARRIED,
        fields.place("Type"),
        "Exception/Type",
        f"the exception “{name}” repeats by an unsupported rule (type {kind}, every {every}); left out",
    )
    return []


def working_calendar(project: MspdiProject, uid: int | None = None) -> WorkingCalendar:
    """The calendar of that UID, or the project's own, as a ``WorkingCalendar``.

    A calendar builds on its base: its own weekdays and exceptions win. A project without a calendar has the
    standard week of Microsoft Project. Raises MspdiError when the calendar does not exist or is
    unusable.
    """
    wanted = project.header.calendar_uid if uid is None else uid
    if wanted is None:
        return WorkingCalendar(name="Standard", week=DEFAULT_WEEK)
    chain = _chain(project, wanted)
    week = list(DEFAULT_WEEK)
    exceptions: dict[date, Intervals] = {}
    for calendar in reversed(chain):
        for day in calendar.weekdays:
            week[day.weekday] = day.intervals
        for exception in calendar.exceptions:
            exceptions.update(dict.fromkeys(exception.dates, exception.intervals))
    try:
        return WorkingCalendar(name=chain[0].name, week=tuple(week), exceptions=exceptions)
    except CalendarError as error:
        raise MspdiError(str(error), f"calendar UID {wanted}") from error


def day_names(project: MspdiProject, uid: int | None = None) -> dict[date, str]:
    """Return what the exceptions of such a calendar are called, where the file says more than that they are off."""
    wanted = project.header.calendar_uid if uid is None else uid
    found: dict[date, str] = {}
    for calendar in reversed(_chain(project, wanted)) if wanted is not None else ():
        for exception in calendar.exceptions:
            found.update(dict.fromkeys(exception.dates, exception.name.strip()))
    return {day: name for day, name in found.items() if name not in {"", DAY_OFF}}


def _chain(project: MspdiProject, wanted: int) -> list[MspdiCalendar]:
    """Return a calendar and those that it builds on. Raises MspdiError when one is missing, or builds on itself."""
    known_calendars = {calendar.uid: calendar for calendar in project.calendars}
    chain: list[MspdiCalendar] = []
    at: int | None = wanted
    while at is not None:
        if at not in known_calendars:
            raise MspdiError(f"There is no calendar with the UID {at}.", f"calendar UID {wanted}")
        if known_calendars[at] in chain:
            raise MspdiError("The calendar builds on itself.", f"calendar UID {at}")
        chain.append(known_calendars[at])
        at = known_calendars[at].base_uid
    return chain
