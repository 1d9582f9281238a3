"""How far the requirements are that serve a goal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from projects.choices import Audience
from projects.models import Project
from projects.requirements.models import SuccessCriterion
from projects.requirements.selectors.figures import share


@dataclass(frozen=True)
class GoalStanding:
    """How many requirements in scope serve a goal, how many of them are signed as they stand, and delivered."""

    total: int
    signed: int
    delivered: int

    @property
    def signed_percent(self) -> Decimal | None:
        """Return the signed ones in percent; None without any."""
        return share(self.signed, self.total)

    @property
    def delivered_percent(self) -> Decimal | None:
        """Return the delivered ones in percent; None without any."""
        return share(self.delivered, self.total)


def goal_standing(goal: Any) -> GoalStanding:
    """Return how far a goal's requirements are; the goal was read `with_standing`."""
    return GoalStanding(goal.serving, goal.serving_signed, goal.serving_delivered)


def goals_of(*, project: Project, audiences: Sequence[str]) -> list[SuccessCriterion]:
    """Return the goals that these audiences may read, with their standing; one query."""
    rows = SuccessCriterion.objects.filter(project=project, audience__in=audiences)
    return list(rows.with_standing().select_related("owner"))


def shared_goals(*, project: Project) -> list[SuccessCriterion]:
    """Return the goals that the customer reads; one query."""
    rows = SuccessCriterion.objects.filter(project=project, audience=Audience.CUSTOMER)
    return list(rows.select_related("owner"))
