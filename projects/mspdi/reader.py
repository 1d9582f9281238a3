"""Reads a whole file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import IO

from projects.mspdi import known
from projects.mspdi.calendars import read_calendar
from projects.mspdi.model import (
    MspdiAssignment,
    MspdiCalendar,
    MspdiError,
    MspdiHeader,
    MspdiProject,
    MspdiRate,
    MspdiResource,
    MspdiTask,
    NoticeKind,
    ResourceType,
)
from projects.mspdi.tasks import read_baselines, read_custom_fields, read_tasks
from projects.mspdi.xml import Fields, Node, Notices, parse

UNASSIGNED_UID = -65535
RATE_TABLES = "ABCDE"
RESOURCE_TYPES = {0: ResourceType.MATERIAL, 1: ResourceType.WORK, 2: ResourceType.COST}
OPEN_YEARS = (1984, 2049)
"""The format writes "always" and "for ever" as days in these years."""


def read(source: bytes | IO[bytes]) -> MspdiProject:
    """A Microsoft Project XML file (MSPDI), from its bytes or from a stream of them.

    Raises MspdiError, and nothing else, for whatever is wrong with the file: it says what and where. What the
    result cannot hold is listed in its ``warnings``.
    """
    notices = Notices()
    fields = Fields(parse(source), notices, owner="project")
    header = _header(fields)
    custom = _custom_field_names(fields, notices)
    calendars = tuple(read_calendar(node, notices) for node in fields.nested("Calendars", "Calendar"))
    _refuse_repeated("calendar", (calendar.uid for calendar in calendars))
    calendar_uids = {calendar.uid for calendar in calendars}
    calendars = tuple(
        replace(calendar, base_uid=_existing(calendar.base_uid, calendar_uids, "calendar", calendar, notices))
        for calendar in calendars
    )
    tasks = read_tasks(fields.nested("Tasks", "Task"), custom, notices)
    resources = tuple(_resource(node, custom, notices) for node in fields.nested("Resources", "Resource"))
    _refuse_repeated("resource", (resource.uid for resource in resources))
    tasks = tuple(
        replace(task, calendar_uid=_existing(task.calendar_uid, calendar_uids, "task", task, notices))
        for task in tasks
    )
    resources = tuple(
        replace(one, calendar_uid=_existing(one.calendar_uid, calendar_uids, "resource", one, notices))
        for one in resources
    )
    if header.calendar_uid not in calendar_uids:
        header = replace(header, calendar_uid=None)
    task_uids = {task.uid for task in tasks}
    resource_uids = {resource.uid for resource in resources}
    assignments = tuple(
        _assignment(node, custom, notices, task_uids, resource_uids)
        for node in fields.nested("Assignments", "Assignment")
    )
    fields.leave(kind="Project", known=known.PROJECT)
    return MspdiProject(
        header=header,
        calendars=calendars,
        tasks=tasks,
        resources=resources,
        assignments=assignments,
        warnings=notices.all(),
    )


def _refuse_repeated(kind: str, uids: Iterable[int]) -> None:
    seen: set[int] = set()
    for uid in uids:
        if uid in seen:
            raise MspdiError("The UID is used twice.", f"{kind} UID {uid}")
        seen.add(uid)


def _existing(
    calendar_uid: int | None,
    known_uids: set[int],
    kind: str,
    owner: MspdiCalendar | MspdiTask | MspdiResource,
    notices: Notices,
) -> int | None:
    """The calendar's UID when the file has it, else None, which is reported."""
    if calendar_uid is None or calendar_uid in known_uids:
        return calendar_uid
    if calendar_uid or kind != "calendar":  # newer files write base 0 for "no base"
        place = f"{kind} UID {owner.uid} “{owner.name}”"
        message = f"there is no calendar with the UID {calendar_uid}; the project's is used"
        notices.tell(NoticeKind.CHANGED, place, f"{kind.capitalize()}/CalendarUID", message)
    return None


def _header(fields: Fields) -> MspdiHeader:
    from_start = fields.flag("ScheduleFromStart", default=True)
    if not from_start:
        fields.notices.tell(
            NoticeKind.CHANGED,
            fields.place("ScheduleFromStart"),
            "Project/ScheduleFromStart",
            "the project is planned backwards from its finish; it is read as planned from its start",
        )
    return MspdiHeader(
        name=fields.text("Name"),
        title=fields.text("Title"),
        start=fields.moment("StartDate"),
        finish=fields.moment("FinishDate"),
        status_date=fields.moment("StatusDate"),
        schedule_from_start=from_start,
        critical_slack_minutes=(fields.integer("CriticalSlackLimit") or 0) * _per_day(fields),
        minutes_per_day=_per_day(fields),
        minutes_per_week=_at_least_one(fields, "MinutesPerWeek", 2400),
        days_per_month=_at_least_one(fields, "DaysPerMonth", 20),
        currency_code=fields.text("CurrencyCode"),
        currency_symbol=fields.text("CurrencySymbol"),
        calendar_uid=fields.reference("CalendarUID"),
    )


def _per_day(fields: Fields) -> int:
    return _at_least_one(fields, "MinutesPerDay", 480)


def _at_least_one(fields: Fields, element: str, default: int) -> int:
    value = fields.integer(element)
    if value is None:
        return default
    if value < 1:
        raise fields.wrong(element, str(value), "a number above zero")
    return value


def _custom_field_names(fields: Fields, notices: Notices) -> dict[str, str]:
    """The names of the file's own fields by their number: the alias when there is one."""
    names: dict[str, str] = {}
    for node in fields.nested("ExtendedAttributes", "ExtendedAttribute"):
        definition = Fields(node, notices, owner="project")
        name = definition.text("Alias") or definition.text("FieldName")
        names[definition.text("FieldID")] = name
    return names


def _resource(node: Node, custom: dict[str, str], notices: Notices) -> MspdiResource:
    fields = Fields(node, notices, owner="resource")
    uid = fields.required("UID")
    name = fields.text("Name")
    fields.owner = f"resource UID {uid} “{name}”"
    number = fields.integer("Type")
    kind = RESOURCE_TYPES.get(1 if number is None else number)
    if kind is None:
        raise fields.wrong("Type", str(number), "a resource type: 0 material, 1 work, 2 cost")
    if fields.flag("IsCostResource"):
        # The format of 2007 marks a cost as a material with this flag.
        kind = ResourceType.COST
    units = fields.decimal("MaxUnits")
    own = MspdiRate(
        table=RATE_TABLES[0],
        effective_from=None,
        effective_to=None,
        standard_rate=fields.decimal("StandardRate") or Decimal(0),
        overtime_rate=fields.decimal("OvertimeRate") or Decimal(0),
        cost_per_use=fields.money("CostPerUse") or Decimal(0),
    )
    rates = tuple(_rate(child, fields) for child in fields.nested("Rates", "Rate"))
    resource = MspdiResource(
        uid=uid,
        id=fields.integer("ID"),
        name=name,
        is_null=fields.flag("IsNull"),
        initials=fields.text("Initials"),
        email=fields.text("EmailAddress"),
        group=fields.text("Group"),
        type=kind,
        max_units=Decimal(1) if units is None else units,
        rates=rates or (own,),
        calendar_uid=fields.reference("CalendarUID"),
        notes=fields.text("Notes"),
        baselines=read_baselines(fields),
        custom_fields=read_custom_fields(fields, custom),
    )
    fields.leave(kind="Resource", known=known.RESOURCE)
    return resource


def _rate(node: Node, owner: Fields) -> MspdiRate:
    fields = Fields(node, owner.notices, owner=owner.owner)
    table = fields.integer("RateTable") or 0
    if not 0 <= table < len(RATE_TABLES):
        raise fields.wrong("RateTable", str(table), "a rate table from 0 (A) to 4 (E)")
    rate = MspdiRate(
        table=RATE_TABLES[table],
        effective_from=_unless_open(fields.moment("RatesFrom")),
        effective_to=_unless_open(fields.moment("RatesTo")),
        standard_rate=fields.decimal("StandardRate") or Decimal(0),
        overtime_rate=fields.decimal("OvertimeRate") or Decimal(0),
        cost_per_use=fields.money("CostPerUse") or Decimal(0),
    )
    fields.leave(kind="Rate", known=known.RATE)
    return rate


def _unless_open(at: datetime | None) -> datetime | None:
    return None if at is None or not OPEN_YEARS[0] < at.year < OPEN_YEARS[1] else at


def _assignment(
    node: Node, custom: dict[str, str], notices: Notices, tasks: set[int], resources: set[int]
) -> MspdiAssignment:
    fields = Fields(node, notices, owner="assignment")
    uid = fields.integer("UID")
    task_uid, resource_uid = fields.required("TaskUID"), fields.integer("ResourceUID")
    fields.owner = f"assignment UID {uid} on task UID {task_uid}"
    if task_uid not in tasks:
        raise fields.wrong("TaskUID", str(task_uid), "the UID of a task in this file")
    if resource_uid is None or resource_uid == UNASSIGNED_UID:
        resource_uid = None
        notices.tell(
            NoticeKind.UNASSIGNED, fields.place(), "Assignment/ResourceUID", "no resource does this work"
        )
    elif resource_uid not in resources:
        raise fields.wrong("ResourceUID", str(resource_uid), "the UID of a resource in this file")
    units, table = fields.decimal("Units"), fields.integer("CostRateTable") or 0
    if not 0 <= table < len(RATE_TABLES):
        raise fields.wrong("CostRateTable", str(table), "a rate table from 0 (A) to 4 (E)")
    assignment = MspdiAssignment(
        uid=uid,
        task_uid=task_uid,
        resource_uid=resource_uid,
        units=Decimal(1) if units is None else units,
        work_seconds=fields.seconds("Work"),
        actual_work_minutes=fields.minutes("ActualWork"),
        start=fields.moment("Start"),
        finish=fields.moment("Finish"),
        cost_rate_table=RATE_TABLES[table],
        baselines=read_baselines(fields),
        custom_fields=read_custom_fields(fields, custom),
    )
    fields.leave(kind="Assignment", known=known.ASSIGNMENT)
    return assignment
