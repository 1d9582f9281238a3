"""Noting what the plan expects of its milestones, whenever that changes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from projects.models import MilestoneForecast, Project, Task
from projects.planning import Planned, to_local, today_of, zone_of

CAUGHT_UP_AT_ONCE = 20


def forecasts_note(*, project: Project, tasks: Iterable[Planned]) -> int:
    """Add a row for each milestone of which the plan now says another day than the last row does; return how many.

    Called wherever the plan is computed. Rows are never rewritten: what was expected on a day stays readable.
    """
    milestones = [task for task in tasks if task.is_milestone and not task.is_summary]
    if not milestones:
        return 0
    zone, today, now = zone_of(project), today_of(project), timezone.now()
    last: dict[int, date | None] = dict(
        MilestoneForecast.objects.filter(task__in=[task.pk for task in milestones])
        .order_by("noted_at", "pk")
        .values_list("task_id", "forecast_on")
    )
    new = []
    for task in milestones:
        local = to_local(task.finish, zone)
        expected = local.date() if local is not None else None
        if expected != last.get(task.pk) or (expected is not None and task.pk not in last):
            new.append(MilestoneForecast(task_id=task.pk, noted_at=now, noted_on=today, forecast_on=expected))
    MilestoneForecast.objects.bulk_create(new)
    return len(new)


def forecasts_catch_up() -> int:
    """Note the first forecast of milestones that have none: of plans older than this record. Return how many.

    Once every milestone has its first row this is one query.
    """
    noted = MilestoneForecast.objects.filter(task=OuterRef("pk"))
    lacking = Task.objects.filter(~Exists(noted), is_milestone=True, is_summary=False, finish__isnull=False)
    projects = Project.objects.filter(pk__in=lacking.values("project"))[:CAUGHT_UP_AT_ONCE]
    count = 0
    for project in projects:
        with transaction.atomic():
            count += forecasts_note(
                project=project, tasks=Task.objects.filter(project=project, is_milestone=True)
            )
    return count
