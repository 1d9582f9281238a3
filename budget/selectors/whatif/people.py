"""What people have to do from today on, with their work on other projects, against what they have time for."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from budget.selectors.whatif.live import LivePlan
from implement.core.calendars import WorkingCalendar
from projects.choices import ProjectStatus
from projects.levelling import DayLoad, Piece, day_loads
from projects.models import Assignment, Person, Project, Task
from projects.planning import Availability, local_start, to_local, working_calendar, zone_of

OTHER_PROJECTS = "other projects"
Spans = Mapping[int, tuple[datetime, datetime]]


class Staff:
    """People as a project plans them: their time, and the work that they have left. At most three queries."""

    def __init__(self, *, project: Project, people: Iterable[Person], today: date) -> None:
        self.project, self.today = project, today
        self.availability = Availability(people)
        self.usual = working_calendar(project.calendar)
        self.calendars = {pk: self.availability.calendar(pk, self.usual) for pk in self.availability.people}
        self.shares = {pk: self.availability.share(pk, self.usual) for pk in self.calendars}

    def capacity(self, person: Hashable, day: date) -> int:
        """Return for how many seconds of work somebody has time on a day."""
        pk = int(str(person))
        return int(self.calendars[pk].minutes_on(day) * 60 * self.shares[pk])

    def pieces(
        self, *, tasks: Mapping[int, Task], hours: Mapping[tuple[int, int], int], spans: Spans
    ) -> list[Piece]:
        """Return the work that is left: planned hours less what is physically done, over the rest of the task's time.

        `spans`: task -> start and finish on the project's wall clock. Work whose time is over is not counted: nobody
        can say when it will be done.
        """
        found = []
        for (task_id, person_id), seconds in hours.items():
            task, span = tasks.get(task_id), spans.get(task_id)
            if task is None or span is None or task.is_summary or person_id not in self.calendars:
                continue
            left = int(seconds * (100 - task.percent_complete) / 100)
            start = max(span[0], local_start(self.today))
            if left > 0 and start < span[1]:
                limit = working_calendar(task.calendar) if task.calendar else None
                over = self.availability.spread_over(
                    person_id, self.usual, limit, ignores_people=task.ignores_people
                )
                found.append(
                    Piece(
                        person=person_id, start=start, finish=span[1], seconds=left, calendars=over,
                        label=str(task_id),
                    )
                )  # fmt: skip
        return found

    def elsewhere(self) -> list[Piece]:
        """Return the work that people have left on other open projects, without saying on which; one query."""
        rows = (
            Assignment.objects.filter(
                person__in=list(self.calendars), task__deleted_at=None, task__project__deleted_at=None,
                planned_seconds__gt=0, task__percent_complete__lt=100, task__is_summary=False,
                task__is_milestone=False, task__start__isnull=False, task__finish__isnull=False,
            )
            .exclude(task__project=self.project)
            .exclude(task__project__status=ProjectStatus.CLOSED)
            .order_by("pk")
            .values_list(
                "person_id", "planned_seconds", "task__percent_complete", "task__start", "task__finish",
                "task__project__time_zone",
            )
        )  # fmt: skip
        found = []
        for person_id, seconds, percent, begins, ends, zone in rows:
            # Nine o'clock there is nine o'clock of the day's work, as it is for the load of that project.
            start, finish = to_local(begins, ZoneInfo(zone)), to_local(ends, ZoneInfo(zone))
            assert start is not None
            assert finish is not None
            start = max(start, local_start(self.today))
            left = int(seconds * (100 - percent) / 100)
            if left > 0 and start < finish:
                over: tuple[WorkingCalendar, ...] = (self.calendars[person_id],)
                found.append(
                    Piece(
                        person=person_id, start=start, finish=finish, seconds=left, calendars=over,
                        label=OTHER_PROJECTS,
                    )
                )  # fmt: skip
        return found

    def loads(self, pieces: Iterable[Piece]) -> dict[Hashable, dict[date, DayLoad]]:
        """Return person -> day -> load."""
        return day_loads(pieces, self.capacity)


def live_spans(live: LivePlan) -> dict[int, tuple[datetime, datetime]]:
    """Return task -> start and finish as the plan stands, on the project's wall clock."""
    zone = zone_of(live.project)
    found = {}
    for task in live.tasks:
        start, finish = to_local(task.start, zone), to_local(task.finish, zone)
        if start is not None and finish is not None:
            found[task.pk] = (start, finish)
    return found
