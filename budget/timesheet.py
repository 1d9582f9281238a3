"""One person's week over all their projects, as a grid of tasks and days."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Q, QuerySet, Sum

from budget.choices import ACTUAL_STATES, OPEN_STATES, EntryState
from budget.models import TimeEntry
from budget.services.time import WEEK
from implement.accounts.models import User
from implement.core.money import hours_of
from projects.kit.access import visible_projects
from projects.models import Assignment, Person, Project, Task
from projects.selectors import capacity_of

DAYS = 7
ADDED_SIZE = 50
SUGGESTED_SIZE = 200


@dataclass
class GridCell:
    """A task's day in seconds. `open` may be typed over; `closed` is submitted or decided and stays as it is.

    `reason` says why open hours were rejected. `text` is what its field shows, `stored` what it holds when a
    save was refused and the field shows what was typed instead.
    """

    day: date
    open: int = 0
    submitted: int = 0
    approved: int = 0
    note: str = ""
    is_rejected: bool = False
    reason: str = ""
    is_billable: bool = True
    text: str = ""
    stored: str | None = None

    @property
    def closed(self) -> int:
        """Return the seconds that are not its person's to change."""
        return self.submitted + self.approved

    @property
    def total(self) -> int:
        """Return the day's seconds on the task."""
        return self.open + self.closed


@dataclass
class GridRow:
    """A task's week, with what is planned for the person on it in all and what they logged before the week.

    A row that is not `is_bookable` (no task, or one in the trash or with children by now) is only shown.
    """

    project: Project
    task: Task | None
    cells: list[GridCell]
    planned: int | None = None
    before: int = 0
    is_bookable: bool = True

    @property
    def total(self) -> int:
        """Return the row's seconds."""
        return sum(cell.total for cell in self.cells)

    @property
    def logged(self) -> int:
        """Return the seconds logged on the task up to the end of the week."""
        return self.before + self.total

    @property
    def is_over(self) -> bool:
        """Return whether more is logged than was planned."""
        return self.planned is not None and self.logged > self.planned


@dataclass
class Week:
    """The grid with its sums in seconds. `stamp` changes with every save, so a stale grid is noticed."""

    monday: date
    days: list[date]
    rows: list[GridRow]
    stamp: str
    capacity: int
    states: dict[str, int] = field(default_factory=dict)

    @property
    def day_totals(self) -> list[int]:
        """Return the seconds of each day."""
        return [sum(row.cells[index].total for row in self.rows) for index in range(DAYS)]

    @property
    def total(self) -> int:
        """Return the week's seconds."""
        return sum(self.day_totals)

    @property
    def open_total(self) -> int:
        """Return the seconds that are not submitted yet."""
        return sum(cell.open for row in self.rows for cell in row.cells)

    @property
    def previous(self) -> date:
        """Return the Monday before."""
        return self.monday - WEEK

    @property
    def next(self) -> date:
        """Return the Monday after."""
        return self.monday + WEEK


def bookable_tasks(user: User) -> QuerySet[Task]:
    """Return the tasks a person may book on, in every project that lets them log time."""
    return Task.objects.filter(
        project__in=visible_projects(user, permission="time.log"), is_summary=False, is_milestone=False
    ).select_related("project")


def suggested_tasks(*, user: User, person: Person, today: date, also: int | None = None) -> list[Task]:
    """Return what a person most likely worked on: booked in the last four weeks, or theirs and running.

    `also` adds one task by its id. Ordered by project and plan; two queries.
    """
    recent = TimeEntry.objects.filter(person=person, worked_on__gt=today - 4 * WEEK).values("task")
    mine = Q(assignments__person=person, percent_complete__lt=100, start__date__lte=today + WEEK)
    tasks = bookable_tasks(user).filter(Q(pk__in=recent) | mine | Q(pk=also or 0))
    return list(tasks.distinct().order_by("project__name", "project_id", "position")[:SUGGESTED_SIZE])


def hours_text(seconds: int) -> str:
    """Return seconds as the shortest text that means exactly them: "7.5", "0.1", "0:00:01"; 0 is empty."""
    if not seconds:
        return ""
    if seconds % 36 == 0:
        return format(hours_of(seconds).normalize(), "f")
    return f"{seconds // 3600}:{seconds // 60 % 60:02}" + (f":{seconds % 60:02}" if seconds % 60 else "")


def week_of(*, user: User, person: Person, monday: date, extra: list[int]) -> Week:
    """Return a person's grid; a fixed number of queries whatever its size.

    Rows: what is booked in the week, what the person is assigned to and runs in it, and the tasks in `extra`.
    """
    days = [monday + timedelta(days=offset) for offset in range(DAYS)]
    projects = list(visible_projects(user, permission="time.log").values_list("pk", flat=True))
    entries = list(
        TimeEntry.objects.filter(
            person=person, worked_on__gte=monday, worked_on__lt=monday + WEEK, project__in=projects
        )
        .select_related("task", "project")
        .order_by("project__name", "task__position", "pk")
    )
    planned = {
        row.task_id: row.planned_seconds
        for row in Assignment.objects.filter(person=person, task__project__in=projects)
    }
    running = Q(pk__in=planned, percent_complete__lt=100, start__date__lte=days[-1]) & (
        Q(finish__date__gte=monday) | Q(actual_start__isnull=False)
    )
    booked = {entry.task_id for entry in entries if entry.task_id}
    tasks = list(
        bookable_tasks(user)
        .filter(running | Q(pk__in=[*booked, *extra[:ADDED_SIZE]]))
        .order_by("project__name", "project_id", "position")
    )
    before = dict(
        TimeEntry.objects.filter(person=person, task__in=[task.pk for task in tasks], worked_on__lt=monday)
        .order_by()
        .values_list("task")
        .annotate(Sum("seconds"))
    )
    grid: dict[tuple[int, int | None], GridRow] = {
        (task.project_id, task.pk): GridRow(
            project=task.project,
            task=task,
            cells=[GridCell(day) for day in days],
            planned=planned.get(task.pk),
            before=before.get(task.pk, 0),
        )
        for task in tasks
    }
    states: dict[str, int] = defaultdict(int)
    for entry in entries:
        states[entry.status] += entry.seconds
        row = grid.setdefault(
            (entry.project_id, entry.task_id),
            GridRow(entry.project, entry.task, [GridCell(day) for day in days], is_bookable=False),
        )
        cell = row.cells[(entry.worked_on - monday).days]
        if entry.status in OPEN_STATES and entry.posted_on is None:
            if not cell.open:
                cell.note, cell.is_billable = entry.note, entry.is_billable
            cell.open += entry.seconds
            if entry.status == EntryState.REJECTED:
                cell.is_rejected, cell.reason = True, entry.decision_note
        elif entry.status not in ACTUAL_STATES:
            # Hours that correct earlier ones are not typed over, even while they are open.
            cell.submitted += entry.seconds
        else:
            cell.approved += entry.seconds
    rows = sorted(grid.values(), key=lambda row: (row.project.name, row.project.pk))
    for row in rows:
        for cell in row.cells:
            cell.text = hours_text(cell.open)
    said = ",".join(
        f"{entry.pk}:{entry.version}:{entry.status}" for entry in sorted(entries, key=lambda e: e.pk)
    )
    return Week(
        monday=monday,
        days=days,
        rows=rows,
        stamp=hashlib.sha256(said.encode()).hexdigest()[:16],
        capacity=capacity_of(people=[person], first=days[0], last=days[-1])[person.pk],
        states=dict(states),
    )
