"""The plan as it stands, read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.dateparse import parse_datetime

from projects.models import Assignment, Dependency, JournalEntry, Person, Project, Task

PLAN_TABLES = ("projects.task", "projects.milestone", "projects.dependency", "projects.assignment")
MOST_TOLD = 8


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where a task stands: its days, and whether it is critical. Days are None until the plan is scheduled."""

    start: date | None
    finish: date | None
    is_critical: bool


@dataclass(frozen=True, kw_only=True)
class LivePlan:
    """Tasks in their order, links, and planned seconds by (task, person)."""

    project: Project
    tasks: list[Task]
    links: list[Dependency]
    hours: Mapping[tuple[int, int], int]
    people: Mapping[int, Person]

    @property
    def by_id(self) -> dict[int, Task]:
        """Return the tasks by their id."""
        return {task.pk: task for task in self.tasks}


def live_plan(*, project: Project) -> LivePlan:
    """Return the plan as it stands; three queries."""
    tasks = list(Task.objects.filter(project=project).select_related("calendar").order_by("position", "pk"))
    links = list(
        Dependency.objects.filter(
            successor__project=project, successor__deleted_at=None, predecessor__deleted_at=None
        )
    )
    rows = Assignment.objects.filter(task__project=project, task__deleted_at=None).select_related("person")
    hours: dict[tuple[int, int], int] = {}
    people: dict[int, Person] = {}
    for row in rows:
        hours[row.task_id, row.person_id] = row.planned_seconds
        people[row.person_id] = row.person
    return LivePlan(project=project, tasks=tasks, links=links, hours=hours, people=people)


def plan_seen(project: Project) -> str:
    """Return what tells a plan from a later one: the moment it was computed, or nothing before the first time."""
    return project.scheduled_at.isoformat() if project.scheduled_at else ""


def moved_since(*, project: Project, seen: str) -> list[str] | None:
    """Return, in words, what of the plan changed after it was seen; None when it is the same plan; one query.

    `seen` is what plan_seen gave; anything else counts as never seen, with nothing to tell.
    """
    if seen == plan_seen(project):
        return None
    moment: datetime | None = None
    try:
        moment = parse_datetime(seen)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        return []
    entries = JournalEntry.objects.filter(project=project, target_type__in=PLAN_TABLES, at__gt=moment)
    told = [
        f"{row.target_label} ({row.actor_name})" for row in entries.order_by("-at", "-pk")[: 3 * MOST_TOLD]
    ]
    return list(dict.fromkeys(told))[:MOST_TOLD]
