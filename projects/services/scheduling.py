"""Keeping the plan's outline and dates: one change at a time, one bulk write."""

from __future__ import annotations

from collections import defaultdict

from django.db import transaction
from django.utils import timezone

from implement.core.calendars import CalendarError
from implement.core.db import update_rows
from implement.core.errors import DomainError
from projects.models import (
    Dependency,
    Project,
    Task,
)
from projects.planning import compute_schedule, to_moment, zone_of
from projects.schedule import CycleError, ScheduleError
from projects.services.trend import forecasts_note

COMPUTED = [
    "start",
    "finish",
    "late_start",
    "late_finish",
    "total_float_minutes",
    "free_float_minutes",
    "is_critical",
]
OUTLINE = ["position", "level", "wbs", "is_summary"]


def plan_lock(project: Project) -> None:
    """Let one change of a plan happen at a time, until the transaction ends.

    Every change reschedules the plan and so writes rows of others: two that began with different tasks would
    wait for each other for ever. Call it before the first row is written.
    """
    Project.with_trash.select_for_update(no_key=True).values_list("pk", flat=True).get(pk=project.pk)


def tree_renumber(project: Project) -> None:
    """Set position, level, WBS number and summary flag of every task from parents and sibling order.

    One read and one bulk write. Raises DomainError when a task is below itself.
    """
    tasks = list(Task.objects.filter(project=project).order_by("position", "pk"))
    children: dict[int | None, list[Task]] = defaultdict(list)
    present = {task.pk for task in tasks}
    for task in tasks:
        children[task.parent_id if task.parent_id in present else None].append(task)
    changed: list[Task] = []
    seen = 0
    stack = [(task, f"{number}", 1) for number, task in enumerate(children[None], start=1)][::-1]
    while stack:
        task, wbs, level = stack.pop()
        seen += 1
        below = children[task.pk]
        values = {"position": seen, "level": level, "wbs": wbs, "is_summary": bool(below)}
        if any(getattr(task, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(task, name, value)
            changed.append(task)
        stack.extend(
            [(child, f"{wbs}.{number}", level + 1) for number, child in enumerate(below, start=1)][::-1]
        )
    if seen != len(tasks):
        raise DomainError(
            "A task cannot be below itself.", fields={"parent": "This is the task itself or below it."}
        )
    update_rows(changed, OUTLINE)


def dates_set(project: Project, tasks: list[Task], links: list[Dependency]) -> list[Task]:
    """Set every computed date, float and the critical path on the tasks given; return those that differ.

    Nothing is stored. Raises DomainError naming the tasks of a cycle, or the calendar without working time.
    """
    by_id = {task.pk: task for task in tasks}
    try:
        schedule = compute_schedule(project, tasks, links)
    except CycleError as error:
        path = " → ".join(str(by_id[pk]) for pk in error.path if pk in by_id)
        raise DomainError(f"These tasks wait for each other: {path}.") from error
    except (ScheduleError, CalendarError) as error:
        raise DomainError(str(error)) from error
    zone = zone_of(project)
    changed = []
    for pk, activity in schedule.activities.items():
        task = by_id[int(str(pk))]
        values = {
            "start": to_moment(activity.start, zone),
            "finish": to_moment(activity.finish, zone),
            "late_start": to_moment(activity.late_start, zone),
            "late_finish": to_moment(activity.late_finish, zone),
            "total_float_minutes": activity.total_float_minutes,
            "free_float_minutes": activity.free_float_minutes,
            "is_critical": activity.critical,
        }
        if any(getattr(task, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(task, name, value)
            changed.append(task)
    return changed


@transaction.atomic
def plan_schedule(*, project: Project) -> None:
    """Compute every date, float and the critical path, and store what differs in one bulk write.

    Raises DomainError naming the tasks of a cycle, or the calendar without working time.
    """
    tasks = list(Task.objects.filter(project=project).select_related("calendar"))
    links = list(Dependency.objects.of_plan(project))
    update_rows(dates_set(project, tasks, links), COMPUTED)
    forecasts_note(project=project, tasks=tasks)
    Project.objects.filter(pk=project.pk).update(scheduled_at=timezone.now())
