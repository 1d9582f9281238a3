"""The requirements as a tree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from projects.models import Project
from projects.requirements.models import Requirement


@dataclass(frozen=True)
class OutlineRow:
    """One requirement at its place: `level` from 1, and how much everything at and below it is estimated at."""

    requirement: Requirement
    level: int
    parts: int
    estimate_seconds: int | None


def outline_of(*, project: Project, is_whole: bool, with_criteria: bool = False) -> list[OutlineRow]:
    """Return the requirements in the order of their tree; `is_whole` with those that are out of scope.

    A part whose whole is not shown stands at the top. One query, one more with the criteria.
    """
    found = Requirement.objects.filter(project=project).select_related(
        "owner", "project", "success_criterion"
    )
    if not is_whole:
        found = found.in_scope()
    if with_criteria:
        found = found.prefetch_related("criteria")
    rows = list(found.order_by("number"))
    ordered, below = in_tree(rows)
    sums: dict[int, int | None] = {}
    for row, _ in reversed(ordered):
        known = [
            one
            for one in (row.estimate_seconds, *(sums[child.pk] for child in below[row.pk]))
            if one is not None
        ]
        sums[row.pk] = sum(known) if known else None
    return [OutlineRow(row, level, len(below[row.pk]), sums[row.pk]) for row, level in ordered]


def in_tree(
    rows: Sequence[Requirement],
) -> tuple[list[tuple[Requirement, int]], dict[int | None, list[Requirement]]]:
    """Return (requirement, level from 1) in the order of the tree, and what is directly below each."""
    present = {row.pk for row in rows}
    below: dict[int | None, list[Requirement]] = defaultdict(list)
    for row in rows:
        below[row.parent_id if row.parent_id in present else None].append(row)
    ordered: list[tuple[Requirement, int]] = []
    stack = [(row, 1) for row in reversed(below[None])]
    while stack:
        row, level = stack.pop()
        ordered.append((row, level))
        stack.extend((child, level + 1) for child in reversed(below[row.pk]))
    return ordered, below
