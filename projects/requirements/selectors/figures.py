"""How far the requirements are: what is signed, what has changed since the baseline, what is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Exists, F, OuterRef, Q

from implement.core.asked import answered_once
from projects.models import Project
from projects.requirements.choices import OUT, SIGNED, Priority, QuestionState, RequirementState
from projects.requirements.models import (
    AcceptanceCriterion,
    BaselinedRequirement,
    OpenQuestion,
    Requirement,
    RequirementBaseline,
)

HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Standing:
    """How many requirements of one priority are in scope, and how many of them are signed."""

    priority: Priority
    total: int
    signed: int


@dataclass(frozen=True)
class Volatility:
    """What has changed since a baseline: in its text, or out of scope, of all that was baselined; and what is new."""

    baseline: RequirementBaseline
    baselined: int
    changed: int
    added: int

    @property
    def percent(self) -> Decimal | None:
        """Return changes after the baseline / baselined, in percent; None for an empty baseline."""
        return share(self.changed, self.baselined)


@dataclass(frozen=True)
class Figures:
    """The requirements of a project as they stand. `standings` has every priority, the weightiest first."""

    standings: tuple[Standing, ...]
    by_state: dict[str, int]
    untestable: int

    @property
    def total(self) -> int:
        """Return how many are in scope."""
        return sum(row.total for row in self.standings)

    @property
    def signed(self) -> int:
        """Return how many the customer has signed as they stand."""
        return sum(row.signed for row in self.standings)

    @property
    def signed_percent(self) -> Decimal | None:
        """Return the signed ones in percent of those in scope; None without any."""
        return share(self.signed, self.total)

    @property
    def waiting(self) -> int:
        """Return how many wait for the customer's answer."""
        return self.by_state.get(RequirementState.REVIEW, 0)

    @property
    def rework(self) -> int:
        """Return how many must be signed again, or were not agreed with."""
        return self.by_state.get(RequirementState.REWORK, 0)


def share(part: int, whole: int) -> Decimal | None:
    """Return a part in percent of the whole; None of nothing."""
    return HUNDRED * part / whole if whole else None


@answered_once
def figures_of(*, project: Project, only_shown: bool = False) -> Figures:
    """Return how far the requirements of a project are now, or those that the customer has been shown; one query."""
    rows = Requirement.objects.filter(project=project)
    if only_shown:
        rows = rows.shown()
    criteria = AcceptanceCriterion.objects.filter(requirement=OuterRef("pk"))
    groups = rows.annotate(is_testable=Exists(criteria)).values("priority", "status")
    counted = groups.annotate(
        count=Count("pk"),
        untestable=Count("pk", filter=Q(is_testable=False)),
    )
    found = list(counted.order_by())
    by_state: Counter[str] = Counter()
    for group in found:
        by_state[group["status"]] += group["count"]
    scope = [group for group in found if group["status"] not in OUT]

    def counts(priority: Priority, states: Sequence[str]) -> int:
        return sum(one["count"] for one in scope if one["priority"] == priority and one["status"] in states)

    return Figures(
        standings=tuple(
            Standing(priority, counts(priority, RequirementState.values), counts(priority, SIGNED))
            for priority in Priority
        ),
        by_state=dict(by_state),
        untestable=sum(one["untestable"] for one in scope),
    )


@dataclass(frozen=True)
class Questions:
    """How many questions have no answer, and of how many the day is past."""

    open: int
    late: int


@answered_once
def questions_of(*, project: Project, as_of: date) -> Questions:
    """Return the open questions of a project; late on a day. One query."""
    found = OpenQuestion.objects.filter(project=project, status=QuestionState.OPEN).aggregate(
        open=Count("pk"), late=Count("pk", filter=Q(due_on__lt=as_of))
    )
    return Questions(**found)


@answered_once
def volatility_of(*, project: Project) -> Volatility | None:
    """Return what has changed since the latest baseline; None without one. Three queries."""
    baseline = RequirementBaseline.objects.filter(project=project).select_related("project").first()
    if baseline is None:
        return None
    moved = (
        ~Q(requirement__revision=F("revision"))
        | Q(requirement__status__in=OUT)
        | Q(requirement__deleted_at__isnull=False)
    )
    counts = BaselinedRequirement.objects.filter(baseline=baseline).aggregate(
        baselined=Count("pk"), changed=Count("pk", filter=moved)
    )
    added = Requirement.objects.filter(project=project, created_at__gt=baseline.at).in_scope().count()
    return Volatility(baseline=baseline, added=added, **counts)
