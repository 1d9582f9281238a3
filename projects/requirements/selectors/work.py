"""The work that delivers requirements, and the orphans on both sides: needs without a home, tasks without a reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Sum

from implement.core.asked import answered_once
from projects.models import Assignment, Project, Task, TraceLink
from projects.requirements.choices import ReleaseState
from projects.requirements.models import Requirement, TaskReason

DELIVERS = "delivers"


@dataclass(frozen=True)
class Piece:
    """A task in the columns that count here."""

    pk: int
    parent: int | None
    is_summary: bool
    is_milestone: bool
    percent: Decimal


@dataclass(frozen=True)
class Work:
    """The tasks of a plan, who has how much planned on them, and which requirement each delivers."""

    pieces: dict[int, Piece]
    seconds: dict[int, int]
    delivered_by: dict[int, list[int]]
    below: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))

    def tasks_of(self, requirement: int) -> list[int]:
        """Return the tasks that deliver a requirement."""
        return self.delivered_by.get(requirement, [])

    def leaves(self, task: int) -> Iterator[int]:
        """Yield the tasks at the bottom of a task; itself, when nothing is below it."""
        stack = [task]
        while stack:
            one = stack.pop()
            children = self.below.get(one)
            if children:
                stack.extend(children)
            else:
                yield one

    def above(self, task: int) -> Iterator[int]:
        """Yield a task and every summary above it."""
        seen: set[int] = set()
        at: int | None = task
        while at is not None and at in self.pieces and at not in seen:
            seen.add(at)
            yield at
            at = self.pieces[at].parent

    def planned(self, task: int) -> int:
        """Return the planned seconds of a task, of everybody on it."""
        return self.seconds.get(task, 0)

    def open(self, task: int) -> int:
        """Return what is left of them: planned x (100 - physical %)."""
        left = Decimal(self.planned(task)) * (100 - self.pieces[task].percent) / 100
        return int(left.quantize(Decimal(1), rounding=ROUND_HALF_UP))


@answered_once
def work_of(*, project: Project) -> Work:
    """Return the work of a project; three queries."""
    columns = ("pk", "parent_id", "is_summary", "is_milestone", "percent_complete")
    pieces = {row[0]: Piece(*row) for row in Task.objects.filter(project=project).values_list(*columns)}
    planned = Assignment.objects.filter(task__project=project, task__deleted_at=None)
    seconds = dict(planned.order_by().values_list("task").annotate(sum=Sum("planned_seconds")))
    links = TraceLink.objects.filter(project=project, type=DELIVERS)
    delivered: dict[int, list[int]] = defaultdict(list)
    for task, requirement in links.order_by("pk").values_list("source_id", "target_id"):
        if task in pieces:
            delivered[requirement].append(task)
    work = Work(pieces, seconds, dict(delivered))
    for piece in pieces.values():
        if piece.parent is not None and piece.parent in pieces:
            work.below[piece.parent].append(piece.pk)
    return work


@dataclass(frozen=True)
class Homeless:
    """A signed requirement that is in no release, or that no task delivers, or both."""

    requirement: Requirement
    has_release: bool
    has_task: bool


@dataclass(frozen=True)
class Orphans:
    """What is not tied together on either side, and which tasks need no requirement; `tasks` are ids in order."""

    requirements: tuple[Homeless, ...]
    tasks: tuple[int, ...]
    excused: tuple[TaskReason, ...]

    @property
    def unplaced(self) -> int:
        """Return how many of the requirements are in no release."""
        return sum(not one.has_release for one in self.requirements)

    @property
    def untasked(self) -> int:
        """Return how many of the requirements no task delivers."""
        return sum(not one.has_task for one in self.requirements)


@answered_once
def orphans_of(*, project: Project) -> Orphans:
    """Return the orphans of a project; six queries.

    A requirement is delivered by its own tasks, by those of what it is part of, or when all of its parts are. A task
    has its reason when it, or a summary above it, delivers a requirement or is said to need none.
    """
    work = work_of(project=project)
    scope = Requirement.objects.filter(project=project).in_scope().order_by("number")
    delivered = _delivered(list(scope.only("parent_id", "number")), work)
    homeless = []
    for row in scope.signed().select_related("project", "owner", "release"):
        release = row.release
        has_release = (
            release is not None and release.deleted_at is None and release.status != ReleaseState.DROPPED
        )
        if not has_release or row.pk not in delivered:
            homeless.append(Homeless(row, has_release, row.pk in delivered))
    excused = tuple(
        TaskReason.objects.filter(task__project=project, task__deleted_at=None).select_related(
            "task__project"
        )
    )
    tied = {task for found in work.delivered_by.values() for task in found} | {one.task_id for one in excused}
    alone = tuple(
        piece.pk
        for piece in work.pieces.values()
        if not piece.is_summary and not piece.is_milestone and not tied.intersection(work.above(piece.pk))
    )
    return Orphans(tuple(homeless), alone, excused)


def _delivered(rows: list[Any], work: Work) -> set[int]:
    """Return the ids of the requirements that some task delivers."""
    parts: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        if row.parent_id:
            parts[row.parent_id].append(row)
    by_pk = {row.pk: row for row in rows}
    found: set[int] = set()
    # From the top: what a whole's tasks deliver, its parts are delivered by.
    stack = [(row, False) for row in rows if row.parent_id not in by_pk]
    ordered = []
    while stack:
        row, is_above = stack.pop()
        is_delivered = is_above or bool(work.tasks_of(row.pk))
        if is_delivered:
            found.add(row.pk)
        ordered.append(row)
        stack.extend((part, is_delivered) for part in parts[row.pk])
    # And from the bottom: a whole of which every part is delivered.
    for row in reversed(ordered):
        if parts[row.pk] and all(part.pk in found for part in parts[row.pk]):
            found.add(row.pk)
    return found
