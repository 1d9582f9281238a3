"""How far the design is: what is approved, what waits for whom, what the customer said."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, F, Q

from implement.core.asked import answered_once
from projects.design.choices import ElementKind, ElementState, FeedbackState
from projects.design.models import DesignElement, DesignFeedback
from projects.models import Project

HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Figures:
    """The design elements of a project as they stand."""

    by_state: dict[str, int]
    to_review: int
    ready: int
    waiting: int
    rework: int

    @property
    def total(self) -> int:
        """Return how many are in scope: all but what was superseded."""
        return sum(count for state, count in self.by_state.items() if state != ElementState.SUPERSEDED)

    @property
    def approved(self) -> int:
        """Return how many are approved as they stand."""
        return self.by_state.get(ElementState.APPROVED, 0)

    @property
    def approved_percent(self) -> Decimal | None:
        """Return the approved ones in percent of those in scope; None without any."""
        return share(self.approved, self.total)


@dataclass(frozen=True)
class Feedback:
    """What the customer said and waits for us; and how much of it must be put right."""

    open: int
    must_fix: int


def share(part: int, whole: int) -> Decimal | None:
    """Return a part in percent of the whole; None of nothing."""
    return HUNDRED * part / whole if whole else None


@answered_once
def figures_of(*, project: Project, only_shown: bool = False) -> Figures:
    """Return how far the design of a project is now, or what the customer has been shown of it; one query."""
    rows = DesignElement.objects.filter(project=project)
    if only_shown:
        rows = rows.shown()
    in_review = Q(status=ElementState.REVIEW)
    reviewed = Q(reviewed_revision__isnull=False, reviewed_revision=F("revision"))
    groups = rows.values("status").annotate(
        count=Count("pk"),
        to_review=Count("pk", filter=in_review & ~reviewed),
        ready=Count("pk", filter=in_review & reviewed & Q(needs_customer=True, with_customer=False)),
        waiting=Count("pk", filter=Q(with_customer=True)),
        rework=Count("pk", filter=Q(status=ElementState.DRAFT) & ~Q(status_reason="")),
    )
    by_state: Counter[str] = Counter()
    sums: Counter[str] = Counter()
    for group in groups.order_by():
        by_state[group["status"]] += group["count"]
        for name in ("to_review", "ready", "waiting", "rework"):
            sums[name] += group[name]
    return Figures(
        by_state=dict(by_state), to_review=sums["to_review"], ready=sums["ready"], waiting=sums["waiting"],
        rework=sums["rework"],
    )  # fmt: skip


@dataclass(frozen=True)
class OfKind:
    """How many elements of one type are in scope, and how many of them are approved."""

    kind: ElementKind
    total: int
    approved: int


@answered_once
def kinds_of(*, project: Project, only_shown: bool = False) -> tuple[OfKind, ...]:
    """Return the types that occur, in their usual order; one query."""
    rows = DesignElement.objects.filter(project=project).in_scope()
    if only_shown:
        rows = rows.shown()
    groups = rows.values("kind").annotate(
        total=Count("pk"), approved=Count("pk", filter=Q(status=ElementState.APPROVED))
    )
    found = {group["kind"]: group for group in groups.order_by()}
    return tuple(
        OfKind(kind, found[kind]["total"], found[kind]["approved"]) for kind in ElementKind if kind in found
    )


@answered_once
def feedback_of(*, project: Project) -> Feedback:
    """Return how much feedback on what is in scope has no answer, and how much holds an approval up; one query."""
    rows = DesignFeedback.objects.filter(element__project=project, element__deleted_at=None)
    found = rows.exclude(element__status=ElementState.SUPERSEDED).aggregate(
        open=Count("pk", filter=Q(state=FeedbackState.OPEN)),
        must_fix=Count("pk", filter=Q(is_must_fix=True) & ~Q(state=FeedbackState.CLOSED)),
    )
    return Feedback(**found)
