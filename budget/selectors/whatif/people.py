"""What people have to do from today on, with their work on other projects, against what they have time for."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal

from budget.selectors.whatif.live import LivePlan
from implement.core.calendars import WorkingCalendar
from projects.levelling import DayLoad, Piece, day_loads
from projects.models import Assignment, Project, Task
from projects.planning import local_start, to_local, zone_of

OTHER_PROJECTS = "other projects"


def pieces_of(
    *,
    tasks: Mapping[int, Task],
    hours: Mapping[tuple[int, int], int],
    spans: Mapping[int, tuple[datetime, datetime]],
    today: date,
) -> list[Piece]:
    """Return the work that is left: planned hours less what is physically done, over what is left of the task's time.

    `spans`: task -> start and finish on the project's wall clock. Work whose time is over is not counted: nobody can
    say when it will be done.
    """
    found = []
    for (task_id, person_id), seconds in hours.items():
        task, span = tasks.get(task_id), spans.get(task_id)
        if task is None or span is None or not seconds or task.is_summary:
            continue
        left = seconds * (1 - float(task.percent_complete) / 100)
        start = max(span[0], local_start(today))
        if left > 0 and start < span[1]:
            found.append(
                Piece(person=person_id, start=start, finish=span[1], minutes=left / 60, label=str(task_id))
            )
    return found


def pieces_elsewhere(*, project: Project, people: Iterable[int], today: date) -> list[Piece]:
    """Return the work that people have left on other projects, without saying on which; one query."""
    zone = zone_of(project)
    rows = (
        Assignment.objects.filter(
            person__in=list(people), task__deleted_at=None, task__project__deleted_at=None, planned_seconds__gt=0,
            task__percent_complete__lt=100, task__is_summary=False, task__start__isnull=False,
        )
        .exclude(task__project=project)
        .order_by("pk")
        .values_list(
            "person_id", "planned_seconds", "task__percent_complete", "task__start", "task__finish"
        )
    )  # fmt: skip
    found = []
    for person_id, seconds, percent, begins, ends in rows:
        start, finish = to_local(begins, zone), to_local(ends, zone)
        assert start is not None
        if finish is None or finish <= max(start, local_start(today)):
            continue
        left = seconds * (1 - float(percent or Decimal(0)) / 100)
        start = max(start, local_start(today))
        found.append(
            Piece(person=person_id, start=start, finish=finish, minutes=left / 60, label=OTHER_PROJECTS)
        )
    return found


def live_spans(live: LivePlan) -> dict[int, tuple[datetime, datetime]]:
    """Return task -> start and finish as the plan stands, on the project's wall clock."""
    zone = zone_of(live.project)
    found = {}
    for task in live.tasks:
        start, finish = to_local(task.start, zone), to_local(task.finish, zone)
        if start is not None and finish is not None:
            found[task.pk] = (start, finish)
    return found


def loads_of(
    pieces: Iterable[Piece], calendars: Mapping[int, WorkingCalendar]
) -> dict[Hashable, dict[date, DayLoad]]:
    """Return person -> day -> load, for the people whose calendar is known."""
    return day_loads((piece for piece in pieces if piece.person in calendars), calendars)  # type: ignore[arg-type]
