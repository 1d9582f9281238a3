"""The reserves: what was set aside, what was released to where, and what is left. Money of the firm's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q, Sum

from budget.choices import Category, ReleaseState, ReserveKind
from budget.models import BudgetLine, ReserveRelease
from budget.selectors.amounts import ZERO, ratio, summed_money
from budget.selectors.etc import control_of
from budget.selectors.planned import planned_of
from implement.core.asked import answered_once
from projects.models import Project
from projects.planning import end_of_day, zone_of


@dataclass(frozen=True, kw_only=True)
class Reserve:
    """One reserve, in the project's currency: left = set aside - released, never below zero. None is n/a."""

    kind: str
    set_aside: Decimal | None
    released: Decimal
    requested: Decimal

    @property
    def left(self) -> Decimal | None:
        """Return what can still be released."""
        return None if self.set_aside is None else self.set_aside - self.released

    @property
    def share(self) -> Decimal | None:
        """Return how much of it is released, 0 to 1."""
        return ratio(self.released, self.set_aside)


@dataclass(frozen=True, kw_only=True)
class BurnStep:
    """What was left of each reserve at the end of a day."""

    day: date
    contingency: Decimal | None
    management: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Reserves:
    """Both reserves at the end of a day, and the project's whole money.

    budget: the performance measurement baseline as it would be taken today, contingency included. total = budget +
    what is left of the management reserve: a release moves money within it and never changes it.
    """

    as_of: date
    currency: str
    contingency: Reserve
    management: Reserve
    budget: Decimal | None
    releases: tuple[ReserveRelease, ...]
    burn: tuple[BurnStep, ...]

    @property
    def total(self) -> Decimal | None:
        """Return budget and management reserve together."""
        left = self.management.left
        if self.budget is None:
            return left
        return self.budget if left is None else self.budget + left

    def of(self, kind: str) -> Reserve:
        """Return one of the two."""
        return self.contingency if kind == ReserveKind.CONTINGENCY else self.management


def contingency_lines(project: Project) -> Decimal | None:
    """Return what the contingency lines of the budget still hold; None without any."""
    lines = BudgetLine.objects.filter(project=project, category=Category.CONTINGENCY).order_by()
    return summed_money(lines.aggregate(total=Sum("cost"))["total"])


@answered_once
def reserves_of(*, project: Project, as_of: date) -> Reserves:
    """Return the reserves at the end of a day, with the releases decided or asked for by then, oldest first.

    What was set aside is today's. Six queries.
    """
    end = end_of_day(project, as_of)
    rows = tuple(
        ReserveRelease.objects.filter(project=project)
        .filter(Q(decided_at__lt=end) | Q(decided_at=None, created_at__lt=end))
        .select_related("task", "requested_by", "decided_by")
        .order_by("decided_at", "number")
    )
    now = contingency_lines(project)
    taken = ReserveRelease.objects.filter(
        project=project, reserve=ReserveKind.CONTINGENCY, status=ReleaseState.RELEASED
    )
    # Lines hold what is left today; with all that was ever released it is what was set aside.
    ever = summed_money(taken.order_by().aggregate(total=Sum("amount"))["total"]) or ZERO
    aside = {
        ReserveKind.CONTINGENCY: None if now is None else now + ever,
        ReserveKind.MANAGEMENT: control_of(project=project).management_reserve,
    }

    def reserve(kind: ReserveKind) -> Reserve:
        own = [row for row in rows if row.reserve == kind]
        return Reserve(
            kind=kind,
            set_aside=aside[kind],
            released=sum((row.amount for row in own if row.status == ReleaseState.RELEASED), ZERO),
            requested=sum((row.amount for row in own if row.status == ReleaseState.REQUESTED), ZERO),
        )

    costs = [piece.cost for piece in planned_of(project=project) if piece.cost is not None]
    return Reserves(
        as_of=as_of,
        currency=project.currency,
        contingency=reserve(ReserveKind.CONTINGENCY),
        management=reserve(ReserveKind.MANAGEMENT),
        budget=sum(costs, ZERO) if costs else None,
        releases=rows,
        burn=_burn(project, rows, aside),
    )


def _burn(
    project: Project, rows: tuple[ReserveRelease, ...], aside: dict[ReserveKind, Decimal | None]
) -> tuple[BurnStep, ...]:
    """Return what was left after each day with a release, from the project's start on."""
    left = dict(aside)
    zone = zone_of(project)
    steps: dict[date, BurnStep] = {}

    def note(day: date) -> None:
        steps[day] = BurnStep(
            day=day, contingency=left[ReserveKind.CONTINGENCY], management=left[ReserveKind.MANAGEMENT]
        )

    note(project.starts_on)
    for row in rows:
        if row.status != ReleaseState.RELEASED or row.decided_at is None:
            continue
        kind = ReserveKind(row.reserve)
        before = left[kind]
        left[kind] = None if before is None else before - row.amount
        note(row.decided_at.astimezone(zone).date())
    return tuple(steps[day] for day in sorted(steps))
