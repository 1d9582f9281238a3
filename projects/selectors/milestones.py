"""Where the milestones stand, at a stated date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from projects.models import Baseline, BaselineTask, Milestone, MilestoneForecast, Project
from projects.planning import end_of_day, today_of, working_calendar, zone_of

# State -> words, tone.
STATE_WORDS = {
    "accepted": (noop("Accepted"), "done"),
    "reached": (noop("Reached, not accepted yet"), "moving"),
    "overdue": (noop("Overdue"), "trouble"),
    "late": (noop("Late"), "watch"),
    "on_time": (noop("On time"), "good"),
    "unknown": (noop("No baseline date"), "quiet"),
}


@dataclass(frozen=True, kw_only=True)
class MilestoneStanding:
    """A milestone at the end of a day.

    `baseline_on`: of the latest baseline taken by then (else the first one). `forecast_on`: from the computed
    plan; of a day that is over, what the plan said by then (else, where that was not noted, what it says now).
    `reached_on`: None until it is reached. `slip_days`: working days after (negative: before) the
    baseline, of the day it was reached, else of the forecast; None without one of the two dates. Accepted by the
    end of the day, not since. `deadline_on` is the team's own: None in what the customer sees.
    """

    id: int
    name: str
    customer_name: str
    is_published: bool
    baseline_on: date | None
    forecast_on: date | None
    reached_on: date | None
    is_accepted: bool
    as_of: date
    slip_days: int | None
    deadline_on: date | None = None

    @property
    def due_on(self) -> date | None:
        """Return the day by which it was to be reached: the first of baseline, forecast and deadline."""
        return min(
            (day for day in (self.baseline_on, self.forecast_on, self.deadline_on) if day), default=None
        )

    @property
    def misses_deadline(self) -> bool:
        """Return whether it is expected after its deadline."""
        return bool(self.forecast_on and self.deadline_on and self.forecast_on > self.deadline_on)

    @property
    def is_overdue(self) -> bool:
        """Return whether it is not reached on a day that comes after the one by which it was to be."""
        return self.reached_on is None and self.due_on is not None and self.due_on < self.as_of

    @property
    def state(self) -> str:
        """Return reached, accepted, overdue, late, on_time or unknown (no baseline or no forecast)."""
        if self.reached_on is not None:
            return "accepted" if self.is_accepted else "reached"
        if self.is_overdue:
            return "overdue"
        if self.misses_deadline:
            return "late"
        if self.slip_days is None:
            return "unknown"
        return "late" if self.slip_days > 0 else "on_time"

    @property
    def words(self) -> str:
        """Return the state in the team's words."""
        return _(STATE_WORDS[self.state][0])

    @property
    def tone(self) -> str:
        return STATE_WORDS[self.state][1]


def milestones_of(
    *, project: Project, as_of: date, only_published: bool = False
) -> tuple[MilestoneStanding, ...]:
    """Return the milestones in the order of their dates; three queries, four of a day that is over.

    `only_published`: those that the customer may see.
    """
    zone = zone_of(project)
    rows = Milestone.objects.filter(project=project)
    if only_published:
        rows = rows.filter(is_published=True)
    calendar = working_calendar(project.calendar)
    planned = _baseline_finishes(project, as_of)
    said = _said_by(project, as_of) if as_of < today_of(project) else {}
    end = end_of_day(project, as_of)
    found = []
    for row in rows:
        baseline_on = _day(planned.get(row.pk), zone)
        forecast_on = _day(row.finish, zone)
        reached_on = _day(row.actual_finish, zone) if row.percent_complete == 100 else None
        if reached_on is not None and reached_on > as_of:
            reached_on = None
        if reached_on is None:
            forecast_on = said.get(row.pk, forecast_on)
        slips_to = reached_on or forecast_on
        slip = None
        if baseline_on is not None and slips_to is not None:
            slip = calendar.working_days_between(baseline_on, slips_to)
        found.append(
            MilestoneStanding(
                id=row.pk,
                name=row.name,
                customer_name=row.title_for_customer,
                is_published=row.is_published,
                baseline_on=baseline_on,
                forecast_on=forecast_on,
                reached_on=reached_on,
                is_accepted=row.accepted_at is not None and row.accepted_at < end,
                as_of=as_of,
                slip_days=slip,
                deadline_on=None if only_published else _day(row.deadline, zone),
            )
        )
    return tuple(sorted(found, key=lambda row: (row.forecast_on or date.max, row.name)))


def standings_of(*, project: Project, as_of: date) -> dict[int, MilestoneStanding]:
    """Return milestone id -> where it stands at the end of a day."""
    return {row.id: row for row in milestones_of(project=project, as_of=as_of)}


def _baseline_finishes(project: Project, as_of: date) -> dict[int, datetime | None]:
    taken = Baseline.objects.filter(project=project)
    used = (
        taken.filter(taken_at__lt=end_of_day(project, as_of)).order_by("-number").first()
        or taken.order_by("number").first()
    )
    if used is None:
        return {}
    rows = BaselineTask.objects.filter(baseline=used, task__is_milestone=True)
    return dict(rows.values_list("task_id", "finish"))


def _said_by(project: Project, as_of: date) -> dict[int, date | None]:
    """Return task id -> the day that the plan expected at the end of a day; of what it had not been noted, nothing."""
    noted = MilestoneForecast.objects.filter(task__project=project, noted_on__lte=as_of)
    return dict(noted.order_by("noted_at", "pk").values_list("task_id", "forecast_on"))


def _day(moment: datetime | None, zone: ZoneInfo) -> date | None:
    return None if moment is None else moment.astimezone(zone).date()


@dataclass(frozen=True, kw_only=True)
class MilestoneTrend:
    """How one milestone's forecast moved until the end of a day.

    `points`: (from which day on, which day was expected), only where it changed, the oldest first: what baselines and
    every computation of the plan have said. `moved_days`: working days from the first expected day to the last
    (negative: earlier); None with less than two. `slips`: how often it moved to a later day.
    """

    id: int
    name: str
    customer_name: str
    points: tuple[tuple[date, date], ...]
    reached_on: date | None
    moved_days: int | None
    slips: int


def milestone_trends(
    *, project: Project, as_of: date, only_published: bool = False
) -> tuple[MilestoneTrend, ...]:
    """Return how the milestones' forecasts moved, in the order of their latest dates; three queries.

    Of several words on one day the last counts. Milestones of which nothing was said are left out.
    """
    zone = zone_of(project)
    rows = Milestone.objects.filter(project=project)
    if only_published:
        rows = rows.filter(is_published=True)
    milestones = list(rows)
    said: dict[int, dict[date, date]] = {row.pk: {} for row in milestones}
    planned = BaselineTask.objects.filter(
        task__in=said, baseline__taken_at__lt=end_of_day(project, as_of), finish__isnull=False
    ).order_by("baseline__taken_at", "baseline__number")
    for task, taken_at, finish in planned.values_list("task_id", "baseline__taken_at", "finish"):
        if finish is not None:
            said[task][taken_at.astimezone(zone).date()] = finish.astimezone(zone).date()
    noted = MilestoneForecast.objects.filter(task__in=said, noted_on__lte=as_of, forecast_on__isnull=False)
    for task, day, expected in noted.order_by("noted_at", "pk").values_list(
        "task_id", "noted_on", "forecast_on"
    ):
        if expected is not None:
            said[task][day] = expected
    calendar = working_calendar(project.calendar)
    found = []
    for row in milestones:
        points = _changes(said[row.pk])
        if not points:
            continue
        reached_on = _day(row.actual_finish, zone) if row.percent_complete == 100 else None
        found.append(
            MilestoneTrend(
                id=row.pk,
                name=row.name,
                customer_name=row.title_for_customer,
                points=points,
                reached_on=None if reached_on is None or reached_on > as_of else reached_on,
                moved_days=calendar.working_days_between(points[0][1], points[-1][1])
                if len(points) > 1
                else None,
                slips=sum(later[1] > earlier[1] for earlier, later in pairwise(points)),
            )
        )
    return tuple(sorted(found, key=lambda trend: (trend.points[-1][1], trend.name)))


def _changes(said: dict[date, date]) -> tuple[tuple[date, date], ...]:
    """Return what was expected from which day on, without the days on which nothing changed."""
    points: list[tuple[date, date]] = []
    for day in sorted(said):
        if not points or points[-1][1] != said[day]:
            points.append((day, said[day]))
    return tuple(points)
