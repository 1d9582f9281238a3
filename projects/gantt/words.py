"""A task in the words of the plan: what its own page says of it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.html import format_html

from implement.core.money import day_text, format_number, not_available
from projects.choices import Constraint
from projects.gantt.state import duration_of, summary_progress
from projects.models import Dependency, Project, Task
from projects.planning import to_local, working_calendar, zone_of
from projects.schedule import Driver, duration_text, lag_text, units_of

# What decides a start when no other task does.
DRIVERS = {
    Driver.START: "the project's start",
    Driver.STATUS: "the status date",
    Driver.CONSTRAINT: "its constraint",
    Driver.SUMMARY: "the constraint of a summary above it",
    Driver.LATE: "what follows it: it starts as late as that allows",
    Driver.BEGUN: "nothing any more: it has begun",
}


def task_words(task: Task) -> dict[str, tuple[str, Any]]:
    """Return column -> (label, words) of what a task's page does not say as it is stored."""
    calendar, zone = working_calendar(task.project.calendar), zone_of(task.project)
    units = units_of(calendar)

    def day(moment: datetime | None) -> str:
        local = to_local(moment, zone)
        return day_text(local.date() if local else None)

    def minutes(value: int | None) -> str:
        return not_available() if value is None else duration_text(value, units)

    percent: Decimal | None = task.percent_complete
    if task.is_summary:
        below = Task.objects.filter(project=task.project, wbs__startswith=f"{task.wbs}.")
        percent = summary_progress([task, *below]).get(task.pk)
    constraint = Constraint(task.constraint).label
    return {
        "start": ("start", day(task.start)),
        "finish": ("finish", day(task.finish)),
        "deadline": ("deadline", day(task.deadline)),
        "actual_start": ("actual start", day(task.actual_start)),
        "actual_finish": ("actual finish", day(task.actual_finish)),
        "constraint": (
            "constraint",
            f"{constraint} {day(task.constraint_at)}" if task.constraint_at else constraint,
        ),
        "duration_minutes": ("duration", duration_of(task, calendar, zone)),
        "percent_complete": (
            "done",
            f"{format_number(percent, digits=0)} %" if percent is not None else None,
        ),
        "total_float_minutes": ("total float", minutes(task.total_float_minutes)),
        "free_float_minutes": ("free float", minutes(task.free_float_minutes)),
        "is_critical": ("on the critical path", "Yes" if task.is_critical else "No"),
        "driver": ("held by", held_by(task)),
    }


def held_by(task: Task) -> str:
    """Return what decides when a task starts; another task with its address. Nothing for a summary."""
    if task.driven_by is not None:
        url = reverse("task_detail", args=[task.project.code, task.driven_by.pk])
        return format_html('<a href="{}">{}</a>', url, task.driven_by)
    if task.driver not in DRIVERS:
        return ""
    words = DRIVERS[Driver(task.driver)]
    if task.driver == Driver.STATUS:
        set_on = task.project.data_date
        words = (
            f"the status date, {day_text(set_on)}" if set_on else "today: what is left cannot be done before"
        )
    return f"{words[:1].upper()}{words[1:]}"


def link_words(link: Dependency, project: Project) -> str:
    """Return how a link holds, as the plan writes it: "FS+1d"."""
    units = units_of(working_calendar(project.calendar))
    return f"{link.type}{lag_text(link.lag_minutes, units, is_elapsed=link.is_elapsed)}"
