"""The tasks of a Microsoft Project file and their links."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from projects.mspdi import known
from projects.mspdi.model import OWN_FIELDS, MspdiBaseline, MspdiError, MspdiLink, MspdiTask, NoticeKind
from projects.mspdi.xml import Fields, Node, Notices
from projects.schedule.model import UNDATED, ConstraintType, LinkType

CONSTRAINTS = (
    ConstraintType.ASAP,
    ConstraintType.ALAP,
    ConstraintType.MSO,
    ConstraintType.MFO,
    ConstraintType.SNET,
    ConstraintType.SNLT,
    ConstraintType.FNET,
    ConstraintType.FNLT,
)
LINK_TYPES = (LinkType.FF, LinkType.FS, LinkType.SF, LinkType.SS)

# Formats 3 to 12, and the percentages 19 and 20; the even ones run round the clock. 21 is "no format". An
# estimate adds 32.
ESTIMATE = 32
PERCENT_FORMATS = frozenset({19, 20})
FORMATS = frozenset({*range(3, 13), *PERCENT_FORMATS, 21})
DEFAULT_FORMAT = 7


def read_tasks(nodes: list[Node], custom: dict[str, str], notices: Notices) -> tuple[MspdiTask, ...]:
    """All tasks, each with the parent its outline level gives it and its links with lags worked out."""
    tasks: list[MspdiTask] = []
    lines: dict[int, int] = {}
    outline: list[MspdiTask] = []
    for node in nodes:
        task = _task(node, custom, notices)
        if task.uid in lines:
            raise MspdiError("The UID is used twice.", f"task UID {task.uid} (line {node.line})")
        lines[task.uid] = node.line
        if not task.is_null:
            while outline and outline[-1].outline_level >= task.outline_level:
                outline.pop()
            if outline:
                task = replace(task, parent_uid=outline[-1].uid)
            if task.outline_level - (outline[-1].outline_level if outline else 0) > 1:
                notices.tell(
                    NoticeKind.CHANGED,
                    f"task UID {task.uid} “{task.name}” (line {node.line})",
                    "Task/OutlineLevel",
                    "the outline skips a level; placed under the nearest task above it",
                )
            outline.append(task)
        tasks.append(task)
    real = {task.uid: task for task in tasks if not task.is_null}
    return tuple(_settle_links(task, real, lines[task.uid], notices) for task in tasks)


def _task(node: Node, custom: dict[str, str], notices: Notices) -> MspdiTask:
    fields = Fields(node, notices, owner="task")
    uid = fields.required("UID")
    name = fields.text("Name")
    fields.owner = f"task UID {uid} “{name}”"
    constraint, constraint_date = _constraint(fields)
    _report_oddities(fields)
    task = MspdiTask(
        uid=uid,
        id=fields.integer("ID"),
        name=name,
        is_null=fields.flag("IsNull"),
        wbs=fields.text("WBS"),
        outline_level=_outline_level(fields, uid),
        parent_uid=None,
        duration_minutes=fields.minutes("Duration"),
        is_elapsed=_is_elapsed(fields),
        is_estimated=fields.flag("Estimated"),
        is_milestone=fields.flag("Milestone"),
        is_summary=fields.flag("Summary"),
        is_manual=fields.flag("Manual"),
        is_active=fields.flag("Active", default=True),
        start=fields.moment("Start"),
        finish=fields.moment("Finish"),
        constraint=constraint,
        constraint_date=constraint_date,
        deadline=fields.moment("Deadline"),
        percent_complete=fields.percent("PercentComplete"),
        physical_percent_complete=fields.percent("PhysicalPercentComplete"),
        actual_start=fields.moment("ActualStart"),
        actual_finish=fields.moment("ActualFinish"),
        work_minutes=fields.minutes("Work"),
        notes=fields.text("Notes"),
        priority=_priority(fields),
        fixed_cost=fields.money("FixedCost") or Decimal(0),
        calendar_uid=fields.reference("CalendarUID"),
        ignores_people=fields.flag("IgnoreResourceCalendar"),
        baselines=read_baselines(fields),
        links=tuple(
            link for node in fields.many("PredecessorLink") if (link := _link(node, fields)) is not None
        ),
        custom_fields=read_custom_fields(fields, custom),
        stored_early_start=fields.moment("EarlyStart"),
        stored_early_finish=fields.moment("EarlyFinish"),
        stored_late_start=fields.moment("LateStart"),
        stored_late_finish=fields.moment("LateFinish"),
        stored_total_slack_minutes=fields.tenths("TotalSlack"),
        stored_free_slack_minutes=fields.tenths("FreeSlack"),
        stored_critical=fields.flag("Critical") if fields.text("Critical") else None,
    )
    fields.leave(kind="Task", known=known.TASK)
    return task


def _constraint(fields: Fields) -> tuple[ConstraintType, datetime | None]:
    number = fields.integer("ConstraintType") or 0
    if not 0 <= number < len(CONSTRAINTS):
        raise fields.wrong("ConstraintType", str(number), "a constraint type from 0 to 7")
    kind, at = CONSTRAINTS[number], fields.moment("ConstraintDate")
    if kind in UNDATED:
        # Some programs write a date of 1970 here; it has no meaning.
        return kind, None
    if at is None:
        raise fields.error("ConstraintType", f"The constraint {kind} has no ConstraintDate.")
    return kind, at


def _outline_level(fields: Fields, uid: int) -> int:
    level = fields.integer("OutlineLevel")
    if level is None:
        return 1 if uid else 0
    if level < 0:
        raise fields.wrong("OutlineLevel", str(level), "an outline level of 0 or more")
    return level


def _priority(fields: Fields) -> int:
    value = fields.integer("Priority")
    return 500 if value is None else value


def _format(fields: Fields, element: str) -> int:
    """The unit something is shown in, without the mark of an estimate."""
    number = fields.integer(element)
    if number is None:
        return DEFAULT_FORMAT
    plain = number - ESTIMATE if number > ESTIMATE else number
    if plain not in FORMATS:
        fields.notices.tell(
            NoticeKind.UNKNOWN, fields.place(element), element, f"unknown unit {number}; read as working time"
        )
        return DEFAULT_FORMAT
    return plain


def _runs_round_the_clock(unit: int) -> bool:
    return unit % 2 == 0


def _is_elapsed(fields: Fields) -> bool:
    elapsed = _runs_round_the_clock(_format(fields, "DurationFormat"))
    if elapsed:
        fields.notices.tell(
            NoticeKind.CHANGED,
            fields.place("DurationFormat"),
            "Task/DurationFormat",
            "an elapsed duration, which runs round the clock and not in working time",
        )
    return elapsed


def _report_oddities(fields: Fields) -> None:
    """Tell of tasks that Microsoft Project does not plan like the others."""
    for element, odd, message in (
        ("Manual", True, "scheduled by hand; its dates are not computed from its links"),
        ("Active", False, "inactive: it has no effect on the plan it comes from"),
        ("ExternalTask", True, "stands for a task of another file"),
        ("IsSubproject", True, "stands for a whole other file, whose tasks are not in this one"),
    ):
        if fields.flag(element, default=not odd) is odd:
            fields.notices.tell(NoticeKind.CHANGED, fields.place(element), f"Task/{element}", message)


def _link(node: Node, task: Fields) -> MspdiLink | None:
    fields = Fields(node, task.notices, owner=task.owner)
    predecessor = fields.required("PredecessorUID")
    number = fields.integer("Type")
    if number is not None and not 0 <= number < len(LINK_TYPES):
        raise fields.wrong("Type", str(number), "a link type: 0 FF, 1 FS, 2 SF, 3 SS")
    unit = _format(fields, "LagFormat")
    is_percent = unit in PERCENT_FORMATS
    # With a percent format the lag is a plain percentage and not tenths of a minute.
    percent = (fields.integer("LinkLag") or 0) if is_percent else None
    lag = 0 if is_percent else fields.tenths("LinkLag") or 0
    crosses = fields.flag("CrossProject")
    fields.leave(kind="PredecessorLink", known=known.LINK)
    if crosses:
        fields.notices.tell(
            NoticeKind.NOT_CARRIED,
            fields.place("PredecessorUID"),
            "PredecessorLink/CrossProject",
            "the predecessor is in another file; the link is left out",
        )
        return None
    elapsed = _runs_round_the_clock(unit) and bool(lag or percent)
    if elapsed and not is_percent:
        fields.notices.tell(
            NoticeKind.CHANGED,
            fields.place("LagFormat"),
            "PredecessorLink/LagFormat",
            "an elapsed lag, which runs round the clock and not in working time",
        )
    return MspdiLink(
        predecessor_uid=predecessor,
        type=LinkType.FS if number is None else LINK_TYPES[number],
        lag_minutes=lag,
        lag_format=unit,
        lag_elapsed=elapsed,
        lag_percent=percent,
    )


def _settle_links(task: MspdiTask, real: dict[int, MspdiTask], line: int, notices: Notices) -> MspdiTask:
    """The task with each link's predecessor found, and a lag in percent worked out."""
    place = f"task UID {task.uid} “{task.name}”, PredecessorLink (line {line})"
    settled: list[MspdiLink] = []
    for link in task.links:
        predecessor = real.get(link.predecessor_uid)
        if predecessor is None:
            raise MspdiError(f"There is no task with the UID {link.predecessor_uid} to wait for.", place)
        if link.lag_percent is not None:
            lag = round((predecessor.duration_minutes or 0) * link.lag_percent / 100)
            notices.tell(
                NoticeKind.CHANGED,
                place,
                "PredecessorLink/LinkLag",
                f"a lag of {link.lag_percent} percent of the predecessor's duration; kept as {lag} minutes",
            )
            link = replace(link, lag_minutes=lag)
        settled.append(link)
    return replace(task, links=tuple(settled)) if settled else task


def read_baselines(owner: Fields) -> tuple[MspdiBaseline, ...]:
    """The baselines of a task, a resource or an assignment."""
    found: dict[int, MspdiBaseline] = {}
    for node in owner.many("Baseline"):
        fields = Fields(node, owner.notices, owner=owner.owner)
        number = fields.integer("Number") or 0
        if not 0 <= number <= 10:
            raise fields.wrong("Number", str(number), "a baseline number from 0 to 10")
        if number in found:
            raise fields.error("Number", f"Baseline {number} is given twice.")
        found[number] = MspdiBaseline(
            number=number,
            start=fields.moment("Start"),
            finish=fields.moment("Finish"),
            duration_minutes=fields.minutes("Duration"),
            work_seconds=fields.seconds("Work"),
            cost=fields.money("Cost"),
        )
        fields.leave(kind="Baseline", known=known.BASELINE)
    return tuple(found.values())


def read_custom_fields(owner: Fields, names: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """The values of the file's own fields, by name; each is also reported."""
    found: list[tuple[str, str]] = []
    for node in owner.many("ExtendedAttribute"):
        fields = Fields(node, owner.notices, owner=owner.owner)
        number, value = fields.text("FieldID"), fields.text("Value")
        if not value:
            continue
        name = names.get(number) or f"field {number}"
        found.append((name, value))
        if name in OWN_FIELDS:
            continue
        shown = value if len(value) <= 60 else value[:60] + "…"
        message = f"custom field with the value “{shown}”"
        owner.notices.tell(NoticeKind.CUSTOM_FIELD, fields.place(), name, message)
    return tuple(found)
