"""The plan: tasks, links, and dates as working time from the start."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from implement.core.calendars import CalendarError
from implement.core.errors import DomainError
from projects.choices import OF_FINISH, ProgressRule
from projects.kit.parts import MOST_TASKS, Starting, Taking, wrong
from projects.kit.rows import row_save
from projects.models import Dependency, ProgressStep, Project, Task, WorkCalendar
from projects.parts.calendar import calendar_value
from projects.planfile import ROUND_THE_CLOCK
from projects.planning import local_start, to_local, to_moment, working_calendar, zone_of
from projects.schedule import UNDATED
from projects.services import tree_renumber

TASK_FIELDS = (
    *("name", "description", "is_milestone", "duration_minutes", "is_estimated", "constraint", "priority"),
    *("is_billable", "ignores_people"),
    *("is_published", "customer_title", "acceptance_criteria"),
    *("progress_rule", "unit_name"),
)


def take_plan(taking: Taking) -> dict[str, Any]:
    """Return the plan without what happened: dates by which it is bound become working time from the start."""
    project = taking.project
    tasks = list(Task.objects.filter(project=project).select_related("calendar").order_by("position", "pk"))
    if len(tasks) > MOST_TASKS:
        raise DomainError(f"A template has at most {MOST_TASKS:,} tasks; this plan has {len(tasks):,}.")
    taking.places = {task.pk: place for place, task in enumerate(tasks)}
    own = {task.calendar.pk: task.calendar for task in tasks if task.calendar is not None}
    calendars = {pk: place for place, pk in enumerate(own)}
    zone, start = zone_of(project), local_start(project.starts_on)

    def offset(task: Task, at: datetime | None) -> int | None:
        # By the calendar that the task works by, so that it is the same moment of its work again.
        local, calendar = to_local(at, zone), working_calendar(task.calendar or project.calendar)
        return None if local is None else calendar.position(local) - calendar.position(start)

    links = Dependency.objects.filter(successor__project=project).order_by("pk")
    steps: dict[int, list[dict[str, str]]] = defaultdict(list)
    for step in ProgressStep.objects.filter(task__in=tasks):
        steps[step.task_id].append({"name": step.name, "weight": f"{step.weight:f}"})
    return {
        "progress_rule": project.progress_rule,
        "tasks": [
            {name: getattr(task, name) for name in TASK_FIELDS}
            | {
                "parent": taking.places.get(task.parent_id or 0),
                "constraint_offset": offset(task, task.constraint_at),
                "deadline_offset": offset(task, task.deadline),
                "calendar": calendars.get(task.calendar_id or 0),
                "payment": f"{task.payment_amount:f}"
                if taking.with_amounts and task.payment_amount is not None
                else None,
                "units_total": None if task.units_total is None else f"{task.units_total:f}",
                "steps": steps[task.pk] if task.progress_rule == ProgressRule.STEPS else [],
            }
            for task in tasks
        ],
        "links": [
            {
                "before": taking.places[link.predecessor_id],
                "after": taking.places[link.successor_id],
                "type": link.type,
                "lag_minutes": link.lag_minutes,
                "is_elapsed": link.is_elapsed,
            }
            for link in links
            if {link.predecessor_id, link.successor_id} <= taking.places.keys()
        ],
        "calendars": [
            calendar_value(row) | {"is_round_the_clock": row.external_uid == ROUND_THE_CLOCK}
            for row in own.values()
        ],
    }


def apply_plan(starting: Starting, value: Any) -> None:
    """Write tasks and links, with dates moved by working time of the new calendar to the new start."""
    project = starting.project
    calendars = [own_calendar(project, dict(one)) for one in value["calendars"]]
    for calendar in calendars:
        row_save(row=calendar, actor=starting.actor)
    zone, start = zone_of(project), local_start(project.starts_on)

    def moment(task: Task, offset: int | None, *, is_finish: bool) -> datetime | None:
        # Thursday 17:00 for a finish and Friday 8:00 for a start are the same working time.
        if offset is None:
            return None
        calendar = working_calendar(task.calendar or project.calendar)
        at = calendar.position(start) + offset
        try:
            return to_moment(calendar.finish_at(at) if is_finish else calendar.start_at(at), zone)
        except CalendarError as error:
            raise wrong(f"plan: {error}") from error

    for place, told in enumerate(value["tasks"]):
        task = Task(project=project, position=place + 1, **{name: told[name] for name in TASK_FIELDS})
        task.calendar = None if told["calendar"] is None else calendars[told["calendar"]]
        bound = None if task.constraint in UNDATED else told["constraint_offset"]
        task.constraint_at = moment(task, bound, is_finish=task.constraint in OF_FINISH)
        task.deadline = moment(task, told["deadline_offset"], is_finish=True)
        task.payment_amount = told["payment"] if starting.takes_amounts else None
        task.units_total = told["units_total"]
        starting.tasks.append(task)
    Task.objects.bulk_create(starting.tasks, batch_size=500)
    ProgressStep.objects.bulk_create(
        (
            ProgressStep(task=task, position=position, name=step["name"], weight=step["weight"])
            for task, told in zip(starting.tasks, value["tasks"], strict=True)
            for position, step in enumerate(told["steps"])
        ),
        batch_size=500,
    )
    if value["progress_rule"] not in {"", project.progress_rule}:
        project.progress_rule = value["progress_rule"]
        row_save(row=project, actor=starting.actor)
    below = []
    for task, told in zip(starting.tasks, value["tasks"], strict=True):
        if told["parent"] is not None:
            task.parent = starting.tasks[told["parent"]]
            below.append(task)
    Task.objects.bulk_update(below, ["parent"], batch_size=500)
    Dependency.objects.bulk_create(
        [
            Dependency(
                predecessor=starting.tasks[link["before"]],
                successor=starting.tasks[link["after"]],
                type=link["type"],
                lag_minutes=link["lag_minutes"],
                is_elapsed=link["is_elapsed"],
            )
            for link in value["links"]
        ],
        batch_size=500,
    )
    tree_renumber(project)
    if not starting.takes_amounts and any(told["payment"] is not None for told in value["tasks"]):
        starting.leave_amounts("Payments of milestones are left out")
    milestones = sum(task.is_milestone for task in starting.tasks)
    starting.made.append(
        (
            "Plan",
            f"{len(starting.tasks)} rows, {milestones} of them milestones, and {len(value['links'])} links",
        )
    )


def own_calendar(project: Project, value: dict[str, Any]) -> WorkCalendar:
    """Return a calendar of single tasks, not yet saved."""
    number = ROUND_THE_CLOCK if value.pop("is_round_the_clock") else None
    return WorkCalendar(project=project, external_uid=number, **value)
