"""The roadmap as the customer reads it: published releases, in their words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from projects.models import Project
from projects.requirements.choices import OUT, SIGNED, ReleaseState
from projects.requirements.selectors.roadmap import Quarter, ReleaseStanding, standings_of
from projects.requirements.selectors.shown import ShownRequirement, shown_requirements


@dataclass(frozen=True, kw_only=True)
class ShownRelease:
    """A release as the customer reads of it.

    `day` only where the plan shows them its milestone, or it is handed over; `agreed_on` and `moved_from` likewise.
    """

    title: str
    goal: str
    status: str
    words: str
    tone: str
    quarter: Quarter | None
    day: date | None
    agreed_on: date | None
    moved_from: Quarter | None
    requirements: tuple[ShownRequirement, ...]

    @property
    def signed(self) -> int:
        """Return how many of its requirements they have agreed to as they stand."""
        return sum(row.status in SIGNED for row in self.requirements)


def shown_roadmap(*, project: Project, as_of: date) -> tuple[ShownRelease, ...]:
    """Return the published releases in their order; five queries."""
    standings = [one for one in standings_of(project=project, as_of=as_of) if one.release.is_published]
    if not standings:
        return ()
    placed: dict[int, list[ShownRequirement]] = defaultdict(list)
    for row in shown_requirements(project=project):
        if row.release_id is not None and row.status not in OUT:
            placed[row.release_id].append(row)
    return tuple(_shown(one, tuple(placed[one.release.pk])) for one in standings)


def by_quarter(releases: Iterable[ShownRelease]) -> list[tuple[Quarter | None, list[ShownRelease]]]:
    """Return releases by the quarter in which they come; those without one last."""
    groups: dict[Quarter | None, list[ShownRelease]] = {}
    for one in releases:
        groups.setdefault(one.quarter, []).append(one)
    return sorted(groups.items(), key=lambda pair: pair[0] or Quarter(9999, 4))


def _shown(standing: ReleaseStanding, rows: tuple[ShownRequirement, ...]) -> ShownRelease:
    release = standing.release
    milestone = release.live_milestone
    is_dated = milestone is not None and milestone.is_published
    state = ReleaseState(release.status)
    return ShownRelease(
        title=release.title,
        goal=release.goal,
        status=release.status,
        words=str(state.label),
        tone=state.tone,
        quarter=standing.quarter,
        day=standing.day if is_dated or standing.source == "released" else None,
        agreed_on=standing.baseline_on if is_dated else None,
        moved_from=standing.moved_from if is_dated else None,
        requirements=rows,
    )
