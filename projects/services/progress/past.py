"""What was earned on each day up to now, to be kept when a task is measured otherwise from today on."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from implement.core.calendars import CalendarError
from projects.choices import ProgressRule
from projects.models import JournalEntry, Task
from projects.planning import end_of_day, local_start, task_calendars, to_local, working_calendar, zone_of
from projects.progress import ZERO, Curve, Facts, earned_before, even_progress

# A milestone is a task seen under another name; the journal keeps the name it was changed under.
TARGETS = ("projects.task", "projects.milestone")


def earned_until(task: Task, day: date) -> Curve:
    """Return the curve of a task as it is measured now and was before, up to the day before `day`."""
    facts = Facts.of(task.project, [task])
    change = facts.changes.get(task.pk)
    old: Curve = []
    since: date | None = None
    if change is not None:
        since, old = change.since, earned_before(change)
    if task.rule == ProgressRule.PHYSICAL:
        live = _typed(task)
    elif task.rule == ProgressRule.EFFORT:
        live = _elapsed(task, day)
    else:
        live = facts.curve(task)
    if since is not None:
        # What is measured now starts where the old measure ended.
        reached = [percent for when, percent in live if when <= since]
        live = [(since, reached[-1] if reached else ZERO), *(point for point in live if point[0] > since)]
    return [point for point in [*old, *live] if point[0] < day]


def _days(first: date, end: date) -> list[date]:
    return [first + timedelta(days=number) for number in range(max((end - first).days, 0))]


def _typed(task: Task) -> Curve:
    """Return the history of a typed percentage, from the journal; before it was recorded here, as estimated."""
    zone = zone_of(task.project)
    pairs = JournalEntry.objects.filter(
        project=task.project,
        target_type__in=TARGETS,
        target_id=str(task.pk),
        changes__has_key="percent_complete",
    ).order_by("at", "pk")
    points: dict[date, Decimal] = {}
    first: Decimal | None = None
    for entry in pairs:
        before, reached = entry.changes["percent_complete"]
        if first is None:
            first = Decimal(str(reached if before is None else before))
        points[entry.at.astimezone(zone).date()] = Decimal(str(reached or 0))
    recorded = task.created_at.astimezone(zone).date()
    at_first = task.percent_complete if first is None else first
    begun = task.actual_start or task.start
    if at_first > 0 and begun is not None:
        for when in _days(begun.astimezone(zone).date(), recorded):
            points.setdefault(when, even_progress(task, end_of_day(task.project, when), at_first))
    points.setdefault(recorded, at_first)
    return sorted(points.items())


def _elapsed(task: Task, day: date) -> Curve:
    """Return level of effort as the working time of the task's own dates passed."""
    zone = zone_of(task.project)
    start, finish = to_local(task.start, zone), to_local(task.finish, zone)
    if start is None or finish is None:
        return []
    try:
        # As earned value counts it: the time of the task's people and of its own calendar.
        calendar = task_calendars(project=task.project, tasks=[task])[task.pk]
    except CalendarError:
        calendar = working_calendar(task.project.calendar)
    return [
        (when, calendar.fraction_elapsed(start, finish, local_start(when + timedelta(days=1))) * 100)
        for when in _days(start.date(), min(day, finish.date() + timedelta(days=1)))
    ]
