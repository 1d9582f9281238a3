"""Writes a whole file, in the order of elements that the format's schema asks for.

The mirror of the reader: ``read(b"".join(write(project)))`` gives the project again, but for notices, the custom
fields of resources and assignments, and the baselines of both, which are not written.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from xml.sax.saxutils import escape

from implement.core.calendars import MINUTES_PER_DAY, Intervals
from projects.mspdi.model import (
    MspdiAssignment,
    MspdiBaseline,
    MspdiCalendar,
    MspdiException,
    MspdiHeader,
    MspdiLink,
    MspdiProject,
    MspdiRate,
    MspdiResource,
    MspdiTask,
    MspdiWeekDay,
    ResourceType,
)
from projects.mspdi.tasks import CONSTRAINTS, ESTIMATE, LINK_TYPES
from projects.mspdi.xml import NAMESPACE

SAVE_VERSION = 14
"""Microsoft Project 2010, the first with tasks that are switched off; every later one reads it."""

DAYS, ELAPSED_DAYS = 7, 8
PER_HOUR = 2
FIXED_DURATION = 1
UNASSIGNED_UID = -65535
RESOURCE_TYPES = {ResourceType.MATERIAL: 0, ResourceType.WORK: 1, ResourceType.COST: 2}
ALWAYS, FOR_EVER = "1984-01-01T00:00:00", "2049-12-31T23:59:00"

# Fields Text1 to Text30 of a task. The numbers are the format's own and leave gaps.
TEXT_FIELDS = (
    *(188743731 + 3 * number for number in range(5)),
    *range(188743746, 188743751),
    *range(188743997, 188744017),
)
# What no XML document may hold, however it is written.
FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# A reader turns a bare carriage return into a line feed.
ENTITIES = {"\r": "&#13;"}


def write(project: MspdiProject) -> Iterator[bytes]:
    """A Microsoft Project XML file (MSPDI), in pieces. What it says is taken as it is: nothing is computed.

    Raises ValueError when tasks have more than thirty fields of their own.
    """
    yield from (piece.encode() for piece in _pieces(project))


def _pieces(project: MspdiProject) -> Iterator[str]:
    custom = _custom_fields(project.tasks)
    per_day = project.header.minutes_per_day
    yield f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Project xmlns="{NAMESPACE}">\n'
    yield _header(project.header, per_day)
    yield _listed("ExtendedAttributes", (_definition(name, field) for name, field in custom.items()))
    yield _listed("Calendars", map(_calendar, project.calendars))
    for name, pieces in (
        ("Tasks", _tasks(project.tasks, custom)),
        ("Resources", map(_resource, project.resources)),
        ("Assignments", map(_assignment, project.assignments)),
    ):
        yield f"<{name}>\n"
        yield from pieces
        yield f"</{name}>\n"
    yield "</Project>\n"


# --- values ---------------------------------------------------------------------------------------------
def _text(name: str, value: str) -> str:
    """An element with text, "" without any. Characters that XML does not have are left out."""
    return f"<{name}>{escape(FORBIDDEN.sub('', value), ENTITIES)}</{name}>" if value else ""


def _moment(name: str, at: datetime | None) -> str:
    return "" if at is None else f"<{name}>{at.isoformat(timespec='seconds')}</{name}>"


def _duration(name: str, minutes: int | None) -> str:
    return "" if minutes is None else f"<{name}>PT{minutes // 60}H{minutes % 60}M0S</{name}>"


def _work(name: str, seconds: int | None) -> str:
    if seconds is None:
        return ""
    return f"<{name}>PT{seconds // 3600}H{seconds // 60 % 60}M{seconds % 60}S</{name}>"


def _number(name: str, value: int | None) -> str:
    return "" if value is None else f"<{name}>{value}</{name}>"


def _flag(name: str, value: bool) -> str:
    return f"<{name}>{int(value)}</{name}>"


def _decimal(name: str, value: Decimal) -> str:
    return f"<{name}>{value.normalize():f}</{name}>" if value else f"<{name}>0</{name}>"


def _cents(name: str, amount: Decimal | None) -> str:
    """An amount; the format keeps costs in hundredths of the currency."""
    return "" if amount is None else _decimal(name, amount * 100)


def _listed(name: str, pieces: Iterable[str]) -> str:
    inner = "".join(pieces)
    return f"<{name}>\n{inner}</{name}>\n" if inner else ""


# --- the project ----------------------------------------------------------------------------------------
def _header(header: MspdiHeader, per_day: int) -> str:
    return "".join(
        (
            _number("SaveVersion", SAVE_VERSION),
            _text("Name", header.name),
            _text("Title", header.title),
            _flag("ScheduleFromStart", header.schedule_from_start),
            _moment("StartDate", header.start),
            _moment("FinishDate", header.finish),
            _number("CriticalSlackLimit", header.critical_slack_minutes // per_day),
            _text("CurrencySymbol", header.currency_symbol),
            _text("CurrencyCode", header.currency_code),
            _number("CalendarUID", header.calendar_uid),
            _number("MinutesPerDay", per_day),
            _number("MinutesPerWeek", header.minutes_per_week),
            _number("DaysPerMonth", header.days_per_month),
            _number("DefaultTaskType", FIXED_DURATION),
            _number("DurationFormat", DAYS),
            _flag("HonorConstraints", True),
            _flag("NewTasksEstimated", False),
            _number("WeekStartDay", 1),
            _moment("StatusDate", header.status_date),
            "\n",
        )
    )


def _custom_fields(tasks: Iterable[MspdiTask]) -> dict[str, int]:
    """Which of the thirty text fields holds a field of the tasks' own, by its name."""
    names = dict.fromkeys(name for task in tasks for name, _ in task.custom_fields)
    if len(names) > len(TEXT_FIELDS):
        raise ValueError(f"Tasks have {len(names)} fields of their own; the format has {len(TEXT_FIELDS)}.")
    return dict(zip(names, TEXT_FIELDS, strict=False))


def _definition(name: str, field: int) -> str:
    number = TEXT_FIELDS.index(field) + 1
    return (
        f"<ExtendedAttribute><FieldID>{field}</FieldID><FieldName>Text{number}</FieldName>"
        f"{_text('Alias', name)}</ExtendedAttribute>\n"
    )


# --- calendars ------------------------------------------------------------------------------------------
def _calendar(calendar: MspdiCalendar) -> str:
    return "".join(
        (
            "<Calendar>",
            _number("UID", calendar.uid),
            _text("Name", calendar.name),
            _flag("IsBaseCalendar", calendar.is_base),
            _number("BaseCalendarUID", -1 if calendar.base_uid is None else calendar.base_uid),
            # Sunday is day 1.
            _listed(
                "WeekDays", map(_weekday, sorted(calendar.weekdays, key=lambda day: (day.weekday + 1) % 7))
            ),
            _listed("Exceptions", (piece for one in calendar.exceptions for piece in _exception(one))),
            "</Calendar>\n",
        )
    )


def _weekday(day: MspdiWeekDay) -> str:
    return f"<WeekDay><DayType>{(day.weekday + 1) % 7 + 1}</DayType>{_times(day.intervals)}</WeekDay>\n"


def _times(intervals: Intervals) -> str:
    if not intervals:
        return "<DayWorking>0</DayWorking>"
    spans = "".join(
        f"<WorkingTime><FromTime>{_clock(start)}</FromTime><ToTime>{_clock(end)}</ToTime></WorkingTime>"
        for start, end in intervals
    )
    return f"<DayWorking>1</DayWorking><WorkingTimes>{spans}</WorkingTimes>"


def _clock(minute: int) -> str:
    """A time of day; the end of the day is written as its beginning."""
    hour, minute = divmod(minute % MINUTES_PER_DAY, 60)
    return f"{hour:02}:{minute:02}:00"


def _exception(exception: MspdiException) -> Iterator[str]:
    """One element for each run of days that follow each other."""
    for first, last in runs(exception.dates):
        begin, end = datetime.combine(first, time()), datetime.combine(last, time(23, 59))
        yield (
            "<Exception><EnteredByOccurrences>0</EnteredByOccurrences>"
            f"<TimePeriod>{_moment('FromDate', begin)}{_moment('ToDate', end)}</TimePeriod>"
            f"<Occurrences>{(last - first).days + 1}</Occurrences>{_text('Name', exception.name)}<Type>1</Type>"
            f"{_times(exception.intervals)}</Exception>\n"
        )


def runs(dates: Iterable[date]) -> Iterator[tuple[date, date]]:
    """(first, last) of each run of days that follow each other."""
    first = last = None
    for day in sorted(set(dates)):
        if first is None or last is None or day > last + timedelta(days=1):
            if first is not None and last is not None:
                yield first, last
            first = day
        last = day
    if first is not None and last is not None:
        yield first, last


# --- tasks ----------------------------------------------------------------------------------------------
def _tasks(tasks: tuple[MspdiTask, ...], custom: Mapping[str, int]) -> Iterator[str]:
    below: dict[int, int] = defaultdict(int)
    outline: list[int] = []
    for task in tasks:
        number = ""
        if task.outline_level and not task.is_null:
            del outline[task.outline_level - 1 :]
            # A level that is skipped counts as one.
            parent = len(outline)
            for level in [level for level in below if level > parent]:
                del below[level]
            below[parent] += 1
            outline.append(below[parent])
            number = ".".join(str(place) for place in outline)
        yield _task(task, number or "0", custom)


def _task(task: MspdiTask, number: str, custom: Mapping[str, int]) -> str:
    if task.is_null:
        return f"<Task><UID>{task.uid}</UID>{_number('ID', task.id)}<IsNull>1</IsNull></Task>\n"
    unit = (ELAPSED_DAYS if task.is_elapsed else DAYS) + ESTIMATE * task.is_estimated
    done = (task.duration_minutes or 0) * task.percent_complete // 100
    began = task.actual_start is not None
    parts = (
        f"<Task><UID>{task.uid}</UID>",
        _number("ID", task.id),
        _text("Name", task.name),
        _flag("Active", task.is_active),
        _flag("Manual", task.is_manual),
        _number("Type", FIXED_DURATION),
        "<IsNull>0</IsNull>",
        _text("WBS", task.wbs),
        _text("OutlineNumber", number),
        _number("OutlineLevel", task.outline_level),
        _number("Priority", task.priority),
        _moment("Start", task.start),
        _moment("Finish", task.finish),
        _duration("Duration", task.duration_minutes),
        _number("DurationFormat", unit),
        _duration("Work", task.work_minutes),
        "<EffortDriven>0</EffortDriven>",
        _flag("Estimated", task.is_estimated),
        _flag("Milestone", task.is_milestone),
        _flag("Summary", task.is_summary),
        "" if task.stored_critical is None else _flag("Critical", task.stored_critical),
        _moment("EarlyStart", task.stored_early_start),
        _moment("EarlyFinish", task.stored_early_finish),
        _moment("LateStart", task.stored_late_start),
        _moment("LateFinish", task.stored_late_finish),
        _tenths("FreeSlack", task.stored_free_slack_minutes),
        _tenths("TotalSlack", task.stored_total_slack_minutes),
        _cents("FixedCost", task.fixed_cost) if task.fixed_cost else "",
        _number("PercentComplete", task.percent_complete),
        _moment("ActualStart", task.actual_start),
        _moment("ActualFinish", task.actual_finish),
        _duration("ActualDuration", done) if began else "",
        _duration("RemainingDuration", (task.duration_minutes or 0) - done) if began else "",
        _number("ConstraintType", CONSTRAINTS.index(task.constraint)),
        _number("CalendarUID", -1 if task.calendar_uid is None else task.calendar_uid),
        _moment("ConstraintDate", task.constraint_date),
        _moment("Deadline", task.deadline),
        _flag("IgnoreResourceCalendar", task.ignores_people) if task.ignores_people else "",
        _text("Notes", task.notes),
        _number("PhysicalPercentComplete", task.physical_percent_complete),
        *map(_link, task.links),
        *(
            f"<ExtendedAttribute><FieldID>{custom[name]}</FieldID>{_text('Value', value)}</ExtendedAttribute>"
            for name, value in task.custom_fields
        ),
        *map(_baseline, task.baselines),
        "</Task>\n",
    )
    return "".join(parts)


def _tenths(name: str, minutes: int | None) -> str:
    return "" if minutes is None else f"<{name}>{minutes * 10}</{name}>"


def _link(link: MspdiLink) -> str:
    lag = link.lag_minutes * 10 if link.lag_percent is None else link.lag_percent
    return (
        f"<PredecessorLink><PredecessorUID>{link.predecessor_uid}</PredecessorUID>"
        f"<Type>{LINK_TYPES.index(link.type)}</Type><CrossProject>0</CrossProject>"
        f"<LinkLag>{lag}</LinkLag><LagFormat>{link.lag_format}</LagFormat></PredecessorLink>"
    )


def _baseline(baseline: MspdiBaseline) -> str:
    return "".join(
        (
            f"<Baseline><Number>{baseline.number}</Number>",
            _moment("Start", baseline.start),
            _moment("Finish", baseline.finish),
            _duration("Duration", baseline.duration_minutes),
            _number("DurationFormat", DAYS),
            _work("Work", baseline.work_seconds),
            _cents("Cost", baseline.cost),
            "</Baseline>",
        )
    )


# --- people ---------------------------------------------------------------------------------------------
def _resource(resource: MspdiResource) -> str:
    if resource.is_null:
        return (
            f"<Resource><UID>{resource.uid}</UID>{_number('ID', resource.id)}<IsNull>1</IsNull></Resource>\n"
        )
    current = next((rate for rate in reversed(resource.rates) if rate.table == "A"), None)
    return "".join(
        (
            f"<Resource><UID>{resource.uid}</UID>",
            _number("ID", resource.id),
            _text("Name", resource.name),
            _number("Type", RESOURCE_TYPES[resource.type]),
            "<IsNull>0</IsNull>",
            _text("Initials", resource.initials),
            _text("Group", resource.group),
            _text("EmailAddress", resource.email),
            _decimal("MaxUnits", resource.max_units),
            _rate_values(current) if current else "",
            _number("CalendarUID", resource.calendar_uid),
            _text("Notes", resource.notes),
            _listed("Rates", map(_rate, resource.rates)),
            "</Resource>\n",
        )
    )


def _rate(rate: MspdiRate) -> str:
    begin = _moment("RatesFrom", rate.effective_from) or f"<RatesFrom>{ALWAYS}</RatesFrom>"
    end = _moment("RatesTo", rate.effective_to) or f"<RatesTo>{FOR_EVER}</RatesTo>"
    return (
        f"<Rate>{begin}{end}<RateTable>{'ABCDE'.index(rate.table)}</RateTable>{_rate_values(rate)}</Rate>\n"
    )


def _rate_values(rate: MspdiRate) -> str:
    """Rates are per hour, in the currency; a cost per use is a cost, in hundredths."""
    return "".join(
        (
            _decimal("StandardRate", rate.standard_rate),
            _number("StandardRateFormat", PER_HOUR),
            _decimal("OvertimeRate", rate.overtime_rate),
            _number("OvertimeRateFormat", PER_HOUR),
            _cents("CostPerUse", rate.cost_per_use),
        )
    )


def _assignment(one: MspdiAssignment) -> str:
    return "".join(
        (
            "<Assignment>",
            _number("UID", one.uid),
            _number("TaskUID", one.task_uid),
            _number("ResourceUID", UNASSIGNED_UID if one.resource_uid is None else one.resource_uid),
            _duration("ActualWork", one.actual_work_minutes),
            _number("CostRateTable", "ABCDE".index(one.cost_rate_table)),
            _moment("Finish", one.finish),
            _moment("Start", one.start),
            _decimal("Units", one.units),
            _work("Work", one.work_seconds),
            "</Assignment>\n",
        )
    )
