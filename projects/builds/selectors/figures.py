"""How far the build is: how many items are built, what stands in which environment, what is held up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, F, Min, Q

from implement.core.asked import answered_once
from projects.builds.choices import DONE, BuildState
from projects.builds.models import BuildItem, Environment
from projects.models import Project

HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Reached:
    """How many items have reached an environment in the round of work that they are in."""

    environment: Environment
    count: int


@dataclass(frozen=True)
class BuildFigures:
    """The build items of a project as they stand. `blocked_since`: since when the longest blocked one is."""

    by_state: dict[str, int]
    blocked: int
    blocked_since: datetime | None
    reached: tuple[Reached, ...]

    @property
    def total(self) -> int:
        """Return how many items there are."""
        return sum(self.by_state.values())

    @property
    def built(self) -> int:
        """Return how many are built, deployed or verified."""
        return sum(self.by_state.get(state, 0) for state in DONE)

    @property
    def verified(self) -> int:
        """Return how many somebody has found to conform."""
        return self.by_state.get(BuildState.VERIFIED, 0)

    @property
    def waiting(self) -> int:
        """Return how many are deployed and not checked yet."""
        return self.by_state.get(BuildState.DEPLOYED, 0)


def share(part: int, whole: int) -> Decimal | None:
    """Return a part in percent of the whole; None of nothing."""
    return HUNDRED * part / whole if whole else None


@answered_once
def build_figures(*, project: Project) -> BuildFigures:
    """Return how far the build of a project is now; two queries."""
    groups = list(
        BuildItem.objects.filter(project=project)
        .order_by()
        .values("status")
        .annotate(count=Count("pk"), blocked=Count("blocked_since"), since=Min("blocked_since"))
    )
    in_round = Q(
        promotions__promoted__round=F("promotions__promoted__item__round"),
        promotions__promoted__item__deleted_at=None,
    )
    places = Environment.objects.filter(project=project).annotate(
        count=Count("promotions__promoted__item", filter=in_round, distinct=True)
    )
    return BuildFigures(
        by_state={group["status"]: group["count"] for group in groups},
        blocked=sum(group["blocked"] for group in groups),
        blocked_since=min((group["since"] for group in groups if group["since"]), default=None),
        reached=tuple(Reached(place, place.count) for place in places),
    )
