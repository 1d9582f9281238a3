"""A whole plan in memory: read once, drawn as rows, computed anew without storing anything."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from implement.core.calendars import WorkingCalendar
from projects.choices import Constraint, Role
from projects.models import Assignment, Baseline, BaselineTask, Dependency, Membership, Person, Project, Task
from projects.planning import task_calendars, to_local, working_calendar, zone_of
from projects.schedule import (
    LinkType,
    WantedLink,
    WorkUnits,
    duration_text,
    lag_text,
    predecessors_text,
    units_of,
)
from projects.services import dates_set

Row = dict[str, Any]
Span = tuple[datetime | None, datetime | None]


def summary_progress(tasks: list[Task]) -> dict[int, Decimal]:
    """Return the physical % of every summary: its leaves' %, weighted by their duration."""
    weight: dict[int, Decimal] = {}
    done: dict[int, Decimal] = {}
    parents = {task.pk: task.parent_id for task in tasks}
    for task in tasks:
        if task.is_summary:
            continue
        share = Decimal(max(task.duration_minutes, 1) if not task.is_milestone else 1)
        above = task.parent_id
        while above is not None:
            weight[above] = weight.get(above, Decimal(0)) + share
            done[above] = done.get(above, Decimal(0)) + share * task.percent_complete
            above = parents.get(above)
    return {pk: done[pk] / total for pk, total in weight.items()}


def duration_of(task: Task, calendar: WorkingCalendar, zone: ZoneInfo) -> str:
    """Return how long a task takes, as the plan writes it; a summary from its first to its last working minute."""
    units = units_of(calendar)
    if task.is_milestone:
        return "0d"
    if not task.is_summary:
        return duration_text(task.duration_minutes, units, is_estimated=task.is_estimated)
    start, finish = to_local(task.start, zone), to_local(task.finish, zone)
    if start is None or finish is None:
        return ""
    # To a tenth of a day: nobody types it.
    tenth = units.day / 10
    return duration_text(round(round(calendar.minutes_between(start, finish) / tenth) * tenth), units)


@dataclass
class PlanState:
    """A plan as it stands, or as edits would leave it.

    `people`: task -> ids of who is on it; `known`: everybody of the project, former members and the customer's too;
    `team`: who of them may be put on a task.
    """

    project: Project
    tasks: list[Task]
    links: list[Dependency]
    people: dict[int, list[int]]
    known: dict[int, Person]
    team: set[int]
    baseline: Baseline | None
    ghosts: dict[int, Span]
    by_id: dict[int, Task] = field(init=False)
    is_computed: bool = True

    def __post_init__(self) -> None:
        self.by_id = {task.pk: task for task in self.tasks}

    @cached_property
    def zone(self) -> ZoneInfo:
        """The project's time zone."""
        return zone_of(self.project)

    @cached_property
    def calendar(self) -> WorkingCalendar:
        """The project's calendar."""
        return working_calendar(self.project.calendar)

    @cached_property
    def units(self) -> WorkUnits:
        """What a day and a week of the project are."""
        return units_of(self.calendar)

    def calendar_of(self, task: Task) -> WorkingCalendar:
        """Return the working time that a task's dates follow: its people's, its own or the project's."""
        on_task = {task.pk: [self.known[pk] for pk in self.people.get(task.pk, ()) if pk in self.known]}
        return task_calendars(project=self.project, tasks=[task], assigned=on_task)[task.pk]

    def day(self, moment: datetime | None) -> date | None:
        """Return the day of a moment in the project's time zone."""
        return None if moment is None else moment.astimezone(self.zone).date()

    def compute(self) -> None:
        """Compute every date in memory, if an edit has called for it.

        Raises DomainError naming a cycle's path, or the calendar without working time.
        """
        if not self.is_computed:
            assigned = {
                task: [self.known[pk] for pk in people if pk in self.known]
                for task, people in self.people.items()
            }
            dates_set(self.project, self.tasks, self.links, assigned=assigned)
            self.is_computed = True

    def wanted(self, task: Task) -> list[WantedLink]:
        """Return a task's predecessors as they would be typed."""
        return [
            WantedLink(
                wbs=self.by_id[link.predecessor_id].wbs,
                type=LinkType(link.type),
                lag_minutes=link.lag_minutes,
                is_elapsed=link.is_elapsed,
            )
            for link in self.links_to.get(task.pk, ())
        ]

    @property
    def links_to(self) -> dict[int, list[Dependency]]:
        """The links of every task that waits, in the order of what it waits for."""
        found: dict[int, list[Dependency]] = defaultdict(list)
        for link in sorted(self.links, key=lambda link: self.by_id[link.predecessor_id].position):
            found[link.successor_id].append(link)
        return found

    def finish(self) -> date | None:
        """Return the day on which the plan ends."""
        return self.day(max((task.finish for task in self.tasks if task.finish), default=None))

    def rows(self) -> dict[int, Row]:
        """Return every task as the page's script reads it, in the order of the tree; what is not so is left out."""
        progress = summary_progress(self.tasks)
        links_to = self.links_to
        found = {}
        for task in self.tasks:
            links = [
                WantedLink(
                    self.by_id[link.predecessor_id].wbs,
                    LinkType(link.type),
                    link.lag_minutes,
                    link.is_elapsed,
                )
                for link in links_to.get(task.pk, ())
            ]
            found[task.pk] = self._row(task, progress.get(task.pk), links)
        return found

    def _row(self, task: Task, summary_percent: Decimal | None, links: list[WantedLink]) -> Row:
        is_leaf = not task.is_summary
        percent = task.percent_complete if is_leaf else summary_percent
        has_float = is_leaf and task.percent_complete < 100 and (task.total_float_minutes or 0) != 0
        constrained = task.constraint != Constraint.ASAP
        at = to_local(task.constraint_at, self.zone) if constrained else None
        full = {
            "id": task.pk,
            "version": task.version,
            "parent": task.parent_id,
            "wbs": task.wbs,
            "level": task.level,
            "name": task.name,
            "kind": "summary" if task.is_summary else "milestone" if task.is_milestone else "",
            "start": _iso(self.day(task.start)),
            "finish": _iso(self.day(task.finish)),
            "minutes": task.duration_minutes if is_leaf else 0,
            "estimated": task.is_estimated,
            "duration": duration_of(task, self.calendar, self.zone),
            "done": None if percent is None else float(round(percent, 2)),
            "float": duration_text(task.total_float_minutes or 0, self.units) if has_float else "",
            "free": duration_text(task.free_float_minutes or 0, self.units) if has_float else "",
            "driver": task.driver,
            "by": task.driven_by_id,
            "late": _iso(self.day(task.late_finish))
            if has_float and (task.total_float_minutes or 0) > 0
            else "",
            "critical": task.is_critical and is_leaf,
            "constraint": task.constraint if constrained else "",
            "constraint_at": at.isoformat(timespec="minutes") if at else "",
            "deadline": _iso(self.day(task.deadline)),
            "people": self.people.get(task.pk, []),
            "predecessors": predecessors_text(links, self.units),
            "started": task.actual_start is not None and is_leaf,
            "finished": task.actual_finish is not None and is_leaf,
        }
        return {
            name: value
            for name, value in full.items()
            if name in KEPT or value not in (None, "", False, 0, [])
        }

    def ghost_days(self) -> dict[int, list[str]]:
        """Return task -> first and last day in the baseline, of those that it gives a finish."""
        return {
            pk: [_iso(self.day(start)), _iso(self.day(finish))]
            for pk, (start, finish) in self.ghosts.items()
            if finish is not None
        }

    def link_rows(self) -> dict[str, Row]:
        """Return every link as the page's script reads it, by "from-to"."""
        return {
            f"{link.predecessor_id}-{link.successor_id}": {
                "id": link.pk,
                "version": link.version,
                "from": link.predecessor_id,
                "to": link.successor_id,
                "type": link.type,
                "lag": lag_text(link.lag_minutes, self.units, is_elapsed=link.is_elapsed),
            }
            for link in self.links
        }


# What a row says even when it is nothing.
KEPT = {"id", "version", "name", "done"}


def _iso(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def chosen(baselines: list[Baseline], number: str) -> Baseline | None:
    """Return the baseline that an address names, else the latest; `baselines` begins with that."""
    return next((row for row in baselines if f"{row.number}" == number), baselines[0] if baselines else None)


def ghosts_of(baseline: Baseline | None) -> dict[int, Span]:
    """Return task -> when it was to be, as a baseline has it."""
    if baseline is None:
        return {}
    rows = BaselineTask.objects.filter(baseline=baseline).values_list("task_id", "start", "finish")
    return {pk: (start, finish) for pk, start, finish in rows}


def read_plan(project: Project, *, baseline: str = "") -> PlanState:
    """Read a whole plan, with the baseline of that number or the latest; six queries whatever its size."""
    shown = chosen(list(Baseline.objects.filter(project=project).order_by("-number")), baseline)
    people: dict[int, list[int]] = defaultdict(list)
    on = Assignment.objects.filter(task__project=project, task__deleted_at=None)
    for task_id, person_id in on.order_by("person__name", "pk").values_list("task_id", "person_id"):
        people[task_id].append(person_id)
    # Whoever has left the team but is still on a task keeps their name there.
    members = Membership.objects.filter(project=project).select_related("person").order_by("person__name")
    return PlanState(
        project=project,
        tasks=list(
            Task.objects.filter(project=project).select_related("calendar").order_by("position", "pk")
        ),
        links=list(Dependency.objects.of_plan(project).order_by("pk")),
        people=dict(people),
        known={row.person_id: row.person for row in members},
        team={row.person_id for row in members if row.is_active and row.role != Role.CUSTOMER},
        baseline=shown,
        ghosts=ghosts_of(shown),
    )


@dataclass(frozen=True)
class Drawn:
    """A plan's rows and links at one moment, to be compared with another."""

    tasks: dict[int, Row]
    links: dict[str, Row]

    @classmethod
    def of(cls, state: PlanState) -> Drawn:
        """Draw a plan."""
        return cls(state.rows(), state.link_rows())


def difference(before: Drawn, after: Drawn) -> dict[str, Any]:
    """Return what changed: new and changed rows, ids that are gone, and the order of the tree if that changed."""
    order = list(after.tasks)
    found: dict[str, Any] = {
        "tasks": [row for pk, row in after.tasks.items() if before.tasks.get(pk) != row],
        "gone": [pk for pk in before.tasks if pk not in after.tasks],
        "links": [row for key, row in after.links.items() if before.links.get(key) != row],
        "links_gone": [key for key in before.links if key not in after.links],
    }
    if order != list(before.tasks):
        found["order"] = order
    return found
