"""What a project's pages show of its plan, as plain values that can be compared between two projects."""

from __future__ import annotations

from typing import Any

from budget.models import RateCard
from projects.models import Assignment, Baseline, BaselineTask, Dependency, Project, Task
from projects.planning import to_local, working_calendar, zone_of

TASK = [
    *(
        "wbs",
        "name",
        "level",
        "description",
        "code",
        "is_milestone",
        "is_summary",
        "is_estimated",
        "is_billable",
        "rule",
        "constraint",
    ),
    *(
        "ignores_people",
        "priority",
        "percent_complete",
        "total_float_minutes",
        "free_float_minutes",
        "is_critical",
    ),
]
MOMENTS = [
    "constraint_at",
    "deadline",
    "actual_start",
    "actual_finish",
    "start",
    "finish",
    "late_start",
    "late_finish",
]


def shown(project: Project) -> dict[str, Any]:
    """Return tasks, links, people's work, baselines, calendars and rates by what names them on the pages."""
    project = Project.objects.select_related("calendar").get(pk=project.pk)
    zone = zone_of(project)

    def said(at: Any) -> Any:
        local = to_local(at, zone)
        return None if local is None else local.replace(microsecond=0)

    def hours(calendar: Any) -> Any:
        built = working_calendar(calendar)
        return built.week, {
            day: times for day, times in built.exceptions.items() if times != built.week[day.weekday()]
        }

    tasks = Task.objects.filter(project=project).select_related("calendar", "project").order_by("position")
    baselines = {}
    for number, baseline in enumerate(Baseline.objects.filter(project=project).order_by("number")):
        rows = BaselineTask.objects.filter(baseline=baseline, task__deleted_at=None).select_related("task")
        baselines[number] = {
            row.task.wbs: (
                said(row.start),
                said(row.finish),
                row.duration_minutes,
                row.planned_seconds,
                row.cost,
            )
            for row in rows
        }
    return {
        "project": (project.starts_on, project.currency, hours(project.calendar)),
        "tasks": [
            {name: getattr(task, name) for name in TASK}
            | {name: said(getattr(task, name)) for name in MOMENTS}
            | {
                "minutes": 0 if task.is_milestone or task.is_summary else task.duration_minutes,
                "calendar": hours(task.calendar) if task.calendar else None,
            }
            for task in tasks
        ],
        "links": sorted(
            (link.predecessor.wbs, link.successor.wbs, link.type, link.lag_minutes, link.is_elapsed)
            for link in Dependency.objects.filter(successor__project=project).select_related(
                "predecessor", "successor"
            )
        ),
        "work": sorted(
            (one.task.wbs, one.person.name, one.planned_seconds, one.units)
            for one in Assignment.objects.filter(task__project=project).select_related("task", "person")
        ),
        "baselines": baselines,
        "rates": sorted(
            (card.person.name if card.person else "", card.effective_from, card.cost_rate)
            for card in RateCard.objects.filter(project=project).select_related("person")
        ),
    }
