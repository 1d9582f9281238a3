"""How much work people have, against the time in which they work; across all projects, from a stated day on.

What is left of an assignment (its planned time less the task's physical progress) is spread over the person's
working time between now and the task's finish. Work whose dates are over is due in the period of the stated day.
Everything is in whole seconds, and an assignment's parts add up to what is left of it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from zoneinfo import ZoneInfo

from django.db.models import Q

from implement.core.calendars import WorkingCalendar
from projects.choices import ProjectStatus
from projects.models import Assignment, Membership, Person, Project, WorkCalendar
from projects.planning import Availability, local_start, to_local, working_calendar
from projects.spread import Stretches

# From this share of the time on a period counts as full.
FULL = Decimal("0.9")
ZOOMS = ("week", "month", "quarter")
USUAL_COUNT = {"week": 13, "month": 6, "quarter": 4}


@dataclass(frozen=True)
class Period:
    """Days from `first` to `last`, both included."""

    zoom: str
    first: date
    last: date

    @property
    def end(self) -> datetime:
        """Return the instant after the last day."""
        return local_start(self.last + timedelta(days=1))

    @property
    def label(self) -> str:
        """Return its short name: W49, Dec 2026, Q4 2026."""
        if self.zoom == "week":
            return f"W{self.first.isocalendar().week:02}"
        if self.zoom == "month":
            return f"{self.first:%b %Y}"
        return f"Q{(self.first.month + 2) // 3} {self.first.year}"


def periods_from(*, zoom: str, day: date, count: int) -> list[Period]:
    """Return consecutive ISO weeks, months or quarters, the first of which holds a day."""
    if zoom == "week":
        first = day - timedelta(days=day.weekday())
        starts = [first + timedelta(weeks=number) for number in range(count + 1)]
    else:
        step = 1 if zoom == "month" else 3
        month = day.year * 12 + (day.month - 1) // step * step
        months = [month + number * step for number in range(count + 1)]
        starts = [date(number // 12, number % 12 + 1, 1) for number in months]
    return [Period(zoom, first, after - timedelta(days=1)) for first, after in pairwise(starts)]


@dataclass(frozen=True)
class Piece:
    """A part of what somebody still has to do on a task: what of it falls into one period."""

    task: int
    name: str
    project: Project
    seconds: int
    finish: date
    is_overdue: bool


@dataclass
class Cell:
    """One person in one period. Seconds; `other` is work on projects that the viewer may not see.

    `capacity` is the whole period's working time, `ahead` what of it is still to come; `booked` is time worked
    already, on any project.
    """

    period: Period
    is_past: bool = False
    capacity: int = 0
    ahead: int = 0
    booked: int = 0
    other: int = 0
    pieces: list[Piece] = field(default_factory=list)

    @property
    def planned(self) -> int:
        """Return the work still to do in it, on all projects."""
        return self.other + sum(piece.seconds for piece in self.pieces)

    @property
    def over(self) -> int:
        """Return how much more there is to do than time is left for it; 0 when it fits."""
        return max(self.planned - self.ahead, 0)

    @property
    def share(self) -> Decimal | None:
        """Return planned work as share of the time ahead; None without any time."""
        return Decimal(self.planned) / Decimal(self.ahead) if self.ahead else None

    @property
    def state(self) -> str:
        """Return past, over, full, some, free, or away (no working time ahead, and no work)."""
        if self.planned > self.ahead:
            return "over"
        if not self.ahead:
            return "past" if self.is_past else "away"
        share = self.share or Decimal(0)
        return "full" if share >= FULL else "some" if share else "free"


@dataclass
class PersonLoad:
    """A person's cells, one per period."""

    person: Person
    cells: list[Cell]

    @property
    def is_over(self) -> bool:
        """Return whether some period holds more than they have time for."""
        return any(cell.over for cell in self.cells)


@dataclass
class Load:
    """People and periods, and the sums below them."""

    as_of: date
    periods: list[Period]
    people: list[PersonLoad]

    @cached_property
    def totals(self) -> list[Cell]:
        """Return per period the sums over all people; nobody's free time makes up for another's overload."""
        found = []
        for number, period in enumerate(self.periods):
            cells = [row.cells[number] for row in self.people]
            found.append(
                Cell(
                    period,
                    is_past=period.last < self.as_of,
                    capacity=sum(cell.capacity for cell in cells),
                    ahead=sum(cell.ahead for cell in cells),
                    booked=sum(cell.booked for cell in cells),
                    other=sum(cell.planned for cell in cells),
                )
            )
        return found

    @cached_property
    def over(self) -> list[int]:
        """Return per period how many seconds are beyond what somebody has time for."""
        return [sum(row.cells[number].over for row in self.people) for number in range(len(self.periods))]


class Capacity:
    """Working time of people: their calendars, else that of their projects, less absences. At most four queries.

    Who has no calendar of their own works `weekly_hours` spread over the working time of the calendar that most of
    their projects use (none: Monday to Friday), so holidays and absences take their share.
    """

    def __init__(self, people: Sequence[Person]) -> None:
        self.people = people
        self.availability = Availability(people)
        self.usual = self._usual()

    def _usual(self) -> dict[int, WorkingCalendar]:
        without_own = [person.pk for person in self.people if person.pk not in self.availability.own]
        if not without_own:
            return {}
        rows = Membership.objects.filter(
            person__in=without_own, is_active=True, project__deleted_at=None
        ).exclude(project__status=ProjectStatus.CLOSED)
        used: dict[int, Counter[int | None]] = defaultdict(Counter)
        for person, calendar in rows.values_list("person", "project__calendar").order_by("pk"):
            used[person][calendar] += 1
        stored = WorkCalendar.objects.in_bulk({pk for counts in used.values() for pk in counts if pk})
        return {
            person: working_calendar(stored.get(counts.most_common(1)[0][0] or 0))
            for person, counts in used.items()
        }

    def seconds(self, person: Person, first: date, last: date) -> int:
        """Return the working time of a person from one day to another, both included."""
        usual = self.usual.get(person.pk) or working_calendar(None)
        calendar = self.availability.calendar(person.pk, usual)
        minutes = calendar.minutes_between(local_start(first), local_start(last + timedelta(days=1)))
        return int(minutes * 60 * self.availability.share(person.pk, usual))


def capacity_of(*, people: Iterable[Person], first: date, last: date) -> dict[int, int]:
    """Return person id -> seconds of working time from one day to another, both included; at most four queries."""
    rows = list(people)
    capacity = Capacity(rows)
    return {person.pk: capacity.seconds(person, first, last) for person in rows}


def load_of(
    *,
    people: Sequence[Person],
    periods: Sequence[Period],
    as_of: date,
    seen: Collection[int] | None = None,
    booked: Mapping[tuple[int, int], int] | None = None,
) -> Load:
    """Return the load of people in consecutive periods, with what is to do from a day on; at most seven queries.

    `seen`: the ids of the projects that the viewer may see; work on others is counted and never named. None: all.
    `booked`: (person id, number of the period) -> seconds worked already.
    """
    capacity = Capacity(people)
    rows = {person.pk: PersonLoad(person, []) for person in people}
    for person in people:
        for number, period in enumerate(periods):
            left = max(period.first, as_of)
            whole = capacity.seconds(person, period.first, period.last)
            rows[person.pk].cells.append(
                Cell(
                    period,
                    is_past=period.last < as_of,
                    capacity=whole,
                    ahead=capacity.seconds(person, left, period.last) if left <= period.last else 0,
                    booked=(booked or {}).get((person.pk, number), 0),
                )
            )
    if people and periods:
        _spread(rows, periods=periods, as_of=as_of, seen=seen, availability=capacity.availability)
    return Load(as_of=as_of, periods=list(periods), people=list(rows.values()))


def _spread(
    rows: dict[int, PersonLoad],
    *,
    periods: Sequence[Period],
    as_of: date,
    seen: Collection[int] | None,
    availability: Availability,
) -> None:
    """Put what is left of every open assignment into the cells."""
    found = list(
        Assignment.objects.filter(
            Q(task__is_summary=False, task__is_milestone=False, task__percent_complete__lt=100),
            person__in=list(rows),
            planned_seconds__gt=0,
            task__deleted_at=None,
            task__start__isnull=False,
            task__finish__isnull=False,
            task__project__deleted_at=None,
        )
        .exclude(task__project__status=ProjectStatus.CLOSED)
        .values_list(
            "person",
            "planned_seconds",
            "task",
            "task__wbs",
            "task__name",
            "task__project",
            "task__calendar",
            "task__ignores_people",
            "task__percent_complete",
            "task__start",
            "task__finish",
        )
        .order_by("task__finish", "task__project", "task__position", "pk")
    )
    projects = Project.objects.select_related("calendar").in_bulk({row[5] for row in found})
    stored = WorkCalendar.objects.in_bulk({row[6] for row in found if row[6]})
    stretches = Stretches([local_start(periods[0].first), *(period.end for period in periods)])
    now = local_start(as_of)
    week_end = local_start(as_of - timedelta(days=as_of.weekday()) + timedelta(weeks=1))
    zones = {pk: ZoneInfo(project.time_zone) for pk, project in projects.items()}
    usual = {pk: working_calendar(project.calendar) for pk, project in projects.items()}
    limits = {pk: working_calendar(row) for pk, row in stored.items()}
    for person, planned, task, wbs, name, in_project, own, ignores, percent, start, finish in found:
        project, limit = projects[in_project], limits.get(own)
        begin, end = to_local(start, zones[in_project]), to_local(finish, zones[in_project])
        assert begin is not None
        assert end is not None
        left = int(planned * (100 - percent) / 100)
        is_overdue = end <= now
        # What is overdue is due in this week.
        until = week_end if is_overdue else end
        over = availability.spread_over(person, usual[in_project], limit, ignores_people=ignores)
        for number, seconds in stretches.spread(left, max(begin, now), until, over):
            cell = rows[person].cells[number]
            if seen is not None and in_project not in seen:
                cell.other += seconds
            else:
                label = f"{wbs} {name}".strip()
                cell.pieces.append(Piece(task, label, project, seconds, end.date(), is_overdue))
