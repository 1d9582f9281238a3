"""What tasks really took against their estimate: the firm's own finished tasks, over all projects.

Only ratios leave this file, no name and no project: who may see a forecast learns nothing of a project that is not
theirs but that it was finished.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Sum

from budget.choices import ACTUAL_STATES
from budget.evm.cone import Band, Bands
from budget.models import Experience, TimeEntry
from implement.core.asked import answered_once
from projects.models import Assignment, BaselineTask, Task

HOUR = 3600


@dataclass(frozen=True)
class Learned:
    """The bands of a day, and how many projects the finished tasks are from."""

    day: date
    projects: int
    bands: Bands


def learn(day: date) -> Learned:
    """Return what the tasks took that were finished by the end of a day (UTC); four queries over the whole firm.

    The estimate is the hours of the first baseline that knows the task, else what is planned for its people. Tasks
    without an estimate, or on which nobody has booked, say nothing.
    """
    end = datetime.combine(day + timedelta(days=1), time(), tzinfo=UTC)
    finished = Task.objects.filter(
        is_summary=False,
        is_milestone=False,
        percent_complete=100,
        actual_finish__lt=end,
        project__deleted_at=None,
    )
    projects = dict(finished.order_by().values_list("pk", "project_id"))
    mine: dict[str, Any] = {f"task__{name}": value for name, value in (
        ("is_summary", False), ("is_milestone", False), ("percent_complete", 100), ("actual_finish__lt", end),
        ("project__deleted_at", None), ("deleted_at", None),
    )}  # fmt: skip
    estimates = dict(
        Assignment.objects.filter(**mine)
        .order_by()
        .values_list("task")
        .annotate(total=Sum("planned_seconds"))
    )
    baselined: dict[int, int] = {}
    rows = BaselineTask.objects.filter(**mine, planned_seconds__gt=0).order_by("baseline__number")
    for task_id, seconds in rows.values_list("task_id", "planned_seconds"):
        baselined.setdefault(task_id, seconds)
    actuals = dict(
        TimeEntry.objects.filter(**mine, status__in=ACTUAL_STATES, booked_on__lte=day)
        .order_by()
        .values_list("task")
        .annotate(total=Sum("seconds"))
    )
    pairs, known = [], set()
    for task_id in sorted(projects):
        estimate = baselined.get(task_id) or estimates.get(task_id) or 0
        actual = actuals.get(task_id) or 0
        if estimate > 0 and actual > 0:
            pairs.append((estimate / HOUR, actual / HOUR))
            known.add(projects[task_id])
    return Learned(day=day, projects=len(known), bands=Bands.of(pairs))


@answered_once
def experience_of(*, as_of: date) -> Learned:
    """Return what was known at the end of a day: what was kept last by then, else worked out now."""
    kept = Experience.objects.filter(day__lte=as_of).order_by("-day").first()
    return learn(as_of) if kept is None else unpacked(kept)


def packed(learned: Learned) -> dict[str, Any]:
    """Return bands as JSON."""
    bands = [*learned.bands.sizes, learned.bands.whole]
    return {"bands": [{"count": band.count, "ratios": list(band.ratios)} for band in bands]}


def unpacked(kept: Experience) -> Learned:
    """Return what was kept."""
    *sizes, whole = (Band(count=row["count"], ratios=tuple(row["ratios"])) for row in kept.data["bands"])
    return Learned(day=kept.day, projects=kept.projects, bands=Bands(sizes=tuple(sizes), whole=whole))
