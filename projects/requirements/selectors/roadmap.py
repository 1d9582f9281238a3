"""The roadmap: which release delivers what and when, with the effort, each hour counted once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any, NamedTuple

from django.db.models import Count, Q

from implement.core.asked import answered_once
from projects.models import Project
from projects.requirements.choices import OPEN_RELEASES, SIGNED, Priority, ReleaseState
from projects.requirements.models import Release, Requirement
from projects.requirements.selectors.figures import share
from projects.requirements.selectors.work import Work, work_of
from projects.selectors import MilestoneStanding, milestones_of

# DSDM Agile Project Framework, "MoSCoW prioritisation" (Agile Business Consortium): at most this much of the effort
# of Must, Should and Could is Must, or there is nothing left that could give way.
MOST_MUST = Decimal(60)
IN_TIME = (Priority.MUST, Priority.SHOULD, Priority.COULD)


class Quarter(NamedTuple):
    """A quarter of a calendar year."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"Q{self.number} {self.year}"

    @classmethod
    def of(cls, day: date | None) -> Quarter | None:
        """Return the quarter of a day."""
        return None if day is None else cls(day.year, (day.month + 2) // 3)


@dataclass(frozen=True, kw_only=True)
class ReleaseStanding:
    """When a release comes, at the end of a day.

    `source`: "released" (handed over), "reached" or "plan" (of its milestone), "target" (aimed at); "" without a day.
    `baseline_on` and `slip_days` (working days) are its milestone's; None without one.
    """

    release: Release
    day: date | None
    source: str
    baseline_on: date | None = None
    slip_days: int | None = None

    @property
    def quarter(self) -> Quarter | None:
        """Return the quarter in which it comes."""
        return Quarter.of(self.day)

    @property
    def moved_from(self) -> Quarter | None:
        """Return the quarter of the baseline, when it is another one now."""
        planned = Quarter.of(self.baseline_on)
        return planned if planned is not None and self.quarter not in (None, planned) else None

    @property
    def slip_words(self) -> str:
        """Return how many working days later or earlier than the baseline it comes, in words."""
        days = self.slip_days or 0
        return f"{abs(days)} day{'s' if abs(days) != 1 else ''} {'later' if days > 0 else 'earlier'}"


@dataclass(frozen=True)
class Effort:
    """Estimates by priority, in seconds, and how many requirements have none. An estimate is a requirement's own:
    what its parts take is theirs, so that a sum over any of them counts nothing twice."""

    by_priority: dict[str, int]
    unestimated: int

    @property
    def total(self) -> int:
        """Return the sum of what is estimated, in seconds."""
        return sum(self.by_priority.values())

    @property
    def must_percent(self) -> Decimal | None:
        """Return how much of the effort of Must, Should and Could is Must; None without any."""
        return share(
            self.by_priority.get(Priority.MUST, 0), sum(self.by_priority.get(one, 0) for one in IN_TIME)
        )

    @property
    def has_too_much_must(self) -> bool:
        """Return whether more than 60 % is Must."""
        return self.must_percent is not None and self.must_percent > MOST_MUST


@dataclass(frozen=True)
class Card:
    """One requirement on the roadmap: how many tasks deliver it, and how many parts it has."""

    requirement: Requirement
    tasks: int
    parts: int

    @property
    def is_signed(self) -> bool:
        """Return whether the customer has signed it as it stands."""
        return self.requirement.status in SIGNED


@dataclass(frozen=True, kw_only=True)
class Column:
    """A release with what is in it; without a release, what is not placed yet.

    `planned_seconds` is the work of the tasks that deliver it, each task in the first release that it delivers
    something of; `open_seconds` what is left of it: planned x (100 - physical %).
    """

    standing: ReleaseStanding | None
    cards: tuple[Card, ...]
    effort: Effort
    planned_seconds: int
    open_seconds: int

    @property
    def release(self) -> Release | None:
        """Return the release; None of what is not placed."""
        return self.standing.release if self.standing else None

    @property
    def key(self) -> str:
        """Return what the page calls the column."""
        return str(self.release.pk) if self.release else ""

    @property
    def total(self) -> int:
        """Return how many requirements are in it."""
        return len(self.cards)

    @property
    def signed(self) -> int:
        """Return how many of them the customer has signed."""
        return sum(card.is_signed for card in self.cards)

    @property
    def unsigned(self) -> int:
        """Return how many of them are not signed."""
        return self.total - self.signed

    @property
    def untasked(self) -> int:
        """Return how many of them no task delivers."""
        return sum(not card.tasks for card in self.cards)


@dataclass(frozen=True)
class QuarterGroup:
    """The releases of one quarter, with the sums over them; without a quarter, those without a day."""

    quarter: Quarter | None
    columns: tuple[Column, ...]
    effort: Effort

    @property
    def planned_seconds(self) -> int:
        """Return the work of the tasks of these releases."""
        return sum(one.planned_seconds for one in self.columns)

    @property
    def open_seconds(self) -> int:
        """Return what is left of it."""
        return sum(one.open_seconds for one in self.columns)

    @property
    def total(self) -> int:
        """Return how many requirements these releases deliver."""
        return sum(one.total for one in self.columns)

    @property
    def signed(self) -> int:
        """Return how many of them the customer has signed."""
        return sum(one.signed for one in self.columns)

    @property
    def unsigned(self) -> int:
        """Return how many of them are not signed."""
        return self.total - self.signed


@dataclass(frozen=True)
class Roadmap:
    """Every release in its order, and what is not placed yet."""

    columns: tuple[Column, ...]
    unplaced: Column
    effort: Effort

    @property
    def everything(self) -> tuple[Column, ...]:
        """Return what is not placed yet, then the releases."""
        return (self.unplaced, *self.columns)

    def by_quarter(self) -> list[QuarterGroup]:
        """Return the releases by the quarter in which they come; those without a day stand apart, last."""
        last = Quarter(9999, 4)
        ordered = sorted(self.columns, key=lambda one: quarter_of(one) or last)
        return [
            QuarterGroup(quarter, tuple(found), effort_sum(one.effort for one in found))
            for quarter, found in ((key, list(rows)) for key, rows in groupby(ordered, key=quarter_of))
        ]


def quarter_of(column: Column) -> Quarter | None:
    """Return the quarter of a release."""
    return column.standing.quarter if column.standing else None


def effort_of(rows: Iterable[Requirement]) -> Effort:
    """Return the effort of requirements."""
    sums: Counter[str] = Counter()
    unestimated = 0
    for row in rows:
        if row.estimate_seconds is None:
            unestimated += 1
        else:
            sums[row.priority] += row.estimate_seconds
    return Effort(dict(sums), unestimated)


def effort_sum(efforts: Iterable[Effort]) -> Effort:
    """Return several efforts as one."""
    sums: Counter[str] = Counter()
    unestimated = 0
    for one in efforts:
        sums.update(one.by_priority)
        unestimated += one.unestimated
    return Effort(dict(sums), unestimated)


@answered_once
def standings_of(*, project: Project, as_of: date) -> tuple[ReleaseStanding, ...]:
    """Return when the releases come that are not dropped, in their order; four queries."""
    releases = list(Release.objects.filter(project=project).standing().select_related("milestone"))
    if not releases:
        return ()
    milestones = {one.id: one for one in milestones_of(project=project, as_of=as_of)}
    return tuple(_standing(row, milestones.get(row.milestone_id or 0)) for row in releases)


def _standing(release: Release, milestone: MilestoneStanding | None) -> ReleaseStanding:
    if milestone is None:
        day, source = release.target_on, "target" if release.target_on else ""
    else:
        day = milestone.reached_on or milestone.forecast_on
        source = "reached" if milestone.reached_on else "plan" if day else ""
    if release.status == ReleaseState.RELEASED and release.released_on:
        day, source = release.released_on, "released"
    return ReleaseStanding(
        release=release,
        day=day,
        source=source,
        baseline_on=milestone.baseline_on if milestone else None,
        slip_days=milestone.slip_days if milestone else None,
    )


def coming(standings: Iterable[ReleaseStanding]) -> list[ReleaseStanding]:
    """Return the releases that are still to come, the next first; those without a day last."""
    found = [one for one in standings if one.release.status in OPEN_RELEASES]
    return sorted(found, key=lambda one: one.day or date.max)


@answered_once
def signed_by_release(*, project: Project) -> dict[int, tuple[int, int]]:
    """Return release -> (signed, all) of its requirements in scope; one query."""
    placed = Requirement.objects.filter(project=project).in_scope().placed()
    counted = (
        placed.order_by()
        .values("release")
        .annotate(signed=Count("pk", filter=Q(status__in=SIGNED)), all=Count("pk"))
    )
    return {row["release"]: (row["signed"], row["all"]) for row in counted}


def roadmap_of(*, project: Project, as_of: date, rows: Any = None) -> Roadmap:
    """Return the roadmap at a day; `rows` (a queryset) narrows it to some requirements. Nine queries."""
    found = Requirement.objects.filter(project=project) if rows is None else rows
    needs = list(found.in_scope().defer("statement", "rationale").order_by("number"))
    parts = Counter(row.parent_id for row in needs if row.parent_id)
    work = work_of(project=project)
    by_release: dict[int | None, list[Requirement]] = defaultdict(list)
    standings = standings_of(project=project, as_of=as_of)
    present = {one.release.pk for one in standings}
    for row in needs:
        by_release[row.release_id if row.release_id in present else None].append(row)
    builder = _Columns(work, parts)
    columns = tuple(builder.column(one, by_release[one.release.pk]) for one in standings)
    return Roadmap(columns, builder.column(None, by_release[None]), effort_of(needs))


@dataclass
class _Columns:
    """Making columns one after the other: a task's work counts in the first that it delivers something of."""

    work: Work
    parts: Counter[int | None]
    counted: set[int] = field(default_factory=set)

    def column(self, standing: ReleaseStanding | None, rows: Sequence[Requirement]) -> Column:
        """Return the next column."""
        leaves = {
            leaf for row in rows for task in self.work.tasks_of(row.pk) for leaf in self.work.leaves(task)
        }
        leaves -= self.counted
        self.counted |= leaves
        return Column(
            standing=standing,
            cards=tuple(Card(row, len(self.work.tasks_of(row.pk)), self.parts[row.pk]) for row in rows),
            effort=effort_of(rows),
            planned_seconds=sum(self.work.planned(leaf) for leaf in leaves),
            open_seconds=sum(self.work.open(leaf) for leaf in leaves),
        )
