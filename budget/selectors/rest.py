"""What is still to come, piece by piece: as somebody estimated it, else as the plan has it, and what is ordered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum

from budget.choices import Category, CommitmentState, EntryState, Measure
from budget.models import Commitment, Estimate
from budget.selectors.amounts import ONE, ZERO, apportioned, rounded, step_of, summed_money
from budget.selectors.planned import Planned, planned_of
from budget.selectors.rates import rates_for
from budget.selectors.reached import reached_today
from implement.core.asked import answered_once
from implement.core.money import hours_cost, round_money
from projects.models import Project


@dataclass(frozen=True, slots=True)
class Rest:
    """A piece of what is still to come, in seconds or money. `is_typed`: somebody said it."""

    task_id: int | None
    person_id: int | None
    category: str
    job_role: str
    amount: Decimal
    is_typed: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """What of a commitment is not invoiced yet, in the project's currency."""

    pk: int
    task_id: int | None
    category: str
    expected_on: date | None
    ordered: Decimal
    booked: Decimal
    # Whom and which role it is planned for: an order has neither.
    person_id: int | None = None
    job_role: str = ""

    @property
    def open(self) -> Decimal:
        """Return what is still committed: never below zero."""
        return max(self.ordered - self.booked, ZERO)


def with_paid(rows: QuerySet[Commitment]) -> QuerySet[Commitment]:
    """Return orders with what was invoiced of each as `paid`; what was rejected or thrown away is not."""
    counts = Q(parts__expense__deleted_at=None) & ~Q(parts__expense__status=EntryState.REJECTED)
    return rows.annotate(paid=Sum("parts__expense__cost", filter=counts))


@answered_once
def orders_of(*, project: Project, as_of: date) -> list[Order]:
    """Return the orders in force at the end of a day with what was booked on them by then; one query.

    What is booked but not approved counts as booked: it stands among what is unapproved.
    """
    booked = Sum(
        "parts__expense__cost",
        filter=Q(parts__expense__booked_on__lte=as_of, parts__expense__deleted_at=None)
        & ~Q(parts__expense__status=EntryState.REJECTED),
    )
    rows = (
        Commitment.objects.filter(project=project, ordered_on__lte=as_of)
        .filter(Q(status=CommitmentState.ORDERED) | Q(ended_on__gt=as_of))
        .order_by("pk")
        .annotate(taken=booked)
        .values_list("pk", "task_id", "category", "expected_on", "cost", "taken")
    )
    return [
        Order(pk, task_id, category, expected_on, cost, summed_money(paid) or ZERO)
        for pk, task_id, category, expected_on, cost, paid in rows
    ]


@dataclass
class Said:
    """What is estimated of a task: of the whole of it, or of the parts of some people."""

    whole: Estimate | None = None
    by_person: dict[int, Estimate] = field(default_factory=dict)

    @property
    def latest(self) -> list[Estimate]:
        """Return the estimates that count."""
        return [self.whole] if self.whole else list(self.by_person.values())


@answered_once
def said_of(*, project: Project, as_of: date) -> dict[int, Said]:
    """Return task id -> the estimates that count at the end of a day; one query.

    The last of a day counts. An estimate of the whole takes the place of those by person, and the other way
    round; one that says nothing goes back to the rule.
    """
    found: dict[int, Said] = {}
    rows = Estimate.objects.filter(project=project, estimated_on__lte=as_of).select_related("person")
    for row in rows.order_by("estimated_on", "pk"):
        said = found.setdefault(row.task_id, Said())
        says_nothing = row.seconds is None and row.cost is None
        if row.person_id is None:
            said.by_person.clear()
            said.whole = None if says_nothing else row
        else:
            said.whole = None
            said.by_person.pop(row.person_id, None)
            if not says_nothing:
                said.by_person[row.person_id] = row
    return {task_id: said for task_id, said in found.items() if said.latest}


@answered_once
def rest_of(*, project: Project, as_of: date, measure: str) -> list[Rest]:
    """Return every piece of what is still to come at the end of a day; a fixed number of queries.

    By the rule: the budget of the work that is not physically done. Contingency is not expected to be needed: what
    is comes when it is released. An estimate takes the place of its task's (or its person's) pieces and is shared
    out over them. In money, what is ordered and not invoiced comes in any case: where less was expected of a task
    in that category, the difference is added.
    """
    reached = reached_today(project=project, as_of=as_of, measure=measure)
    by_task: dict[int | None, list[tuple[Planned, Decimal]]] = {}
    for piece in planned_of(project=project):
        amount = piece.amount(measure)
        if amount is not None and piece.category != Category.CONTINGENCY:
            rest = amount * (ONE - reached.of(piece))
            by_task.setdefault(piece.task_id, []).append((piece, rest))
    said = said_of(project=project, as_of=as_of)
    pricing = Pricing(project, as_of, measure)
    found: list[Rest] = []
    for task_id in [*by_task, *(task_id for task_id in said if task_id not in by_task)]:
        pieces = by_task.get(task_id, [])
        estimates = said[task_id] if task_id is not None and task_id in said else Said()
        found += _rest_of_task(task_id, pieces, estimates, pricing)
    if measure != Measure.HOURS:
        found += _ordered(found, orders_of(project=project, as_of=as_of))
    return found


def etc_of(*, project: Project, as_of: date, measure: str) -> Decimal | None:
    """Return the estimate to complete from the bottom up, rounded, in seconds or money; None where nothing is known."""
    rest = rest_of(project=project, as_of=as_of, measure=measure)
    return (
        rounded(sum((piece.amount for piece in rest), ZERO), step_of(measure, project.currency))
        if rest
        else None
    )


@dataclass(frozen=True)
class Pricing:
    """What an estimate amounts to in the measure."""

    project: Project
    as_of: date
    measure: str

    @property
    def unit(self) -> Decimal:
        """Return the smallest step."""
        return step_of(self.measure, self.project.currency)

    def amount(
        self, estimate: Estimate, pieces: Sequence[tuple[Planned, Decimal]]
    ) -> tuple[Decimal | None, bool]:
        """Return what remains, and whether of all categories (else of labour); None where no rate says it."""
        if self.measure == Measure.HOURS:
            return (None if estimate.seconds is None else Decimal(estimate.seconds)), True
        if estimate.cost is not None:
            return estimate.cost, True
        if estimate.seconds is None:
            return None, False
        return self._priced(estimate, estimate.seconds, pieces), False

    def _priced(
        self, estimate: Estimate, seconds: int, pieces: Sequence[tuple[Planned, Decimal]]
    ) -> Decimal | None:
        """Return hours at what the task's hours are planned to cost on average, else at the rate of the day."""
        known = [
            piece
            for piece, _ in pieces
            if piece.category == Category.LABOUR and piece.seconds > 0 and piece.cost is not None
        ]
        worked = sum(piece.seconds for piece in known)
        if worked:
            cost = sum((piece.cost for piece in known if piece.cost is not None), ZERO)
            return round_money(Decimal(seconds) * cost / worked, self.project.currency)
        rate = rates_for(project=self.project).find(
            person_id=estimate.person_id,
            job_role=estimate.person.job_role if estimate.person else "",
            worked_on=self.as_of,
        )
        return hours_cost(seconds, rate.cost_rate, self.project.currency)


def _rest_of_task(
    task_id: int | None, pieces: list[tuple[Planned, Decimal]], said: Said, pricing: Pricing
) -> list[Rest]:
    found: list[Rest] = []
    left = pieces
    for estimate in said.latest:
        person_id = estimate.person_id
        meant = [row for row in left if person_id is None or row[0].person_id == person_id]
        amount, is_all = pricing.amount(estimate, meant)
        if amount is None:
            continue
        if not is_all:
            meant = [row for row in meant if row[0].category == Category.LABOUR]
        left = [row for row in left if row not in meant]
        found += _shared(task_id, estimate, amount, meant, pricing.unit)
    return found + [
        Rest(task_id, piece.person_id, piece.category, piece.job_role, rest) for piece, rest in left
    ]


def _shared(
    task_id: int | None,
    estimate: Estimate,
    amount: Decimal,
    pieces: list[tuple[Planned, Decimal]],
    unit: Decimal,
) -> list[Rest]:
    """Return an estimate shared out over the pieces it is about: by what is open of them, else by their size."""
    weights = [max(rest, ZERO) for _, rest in pieces]
    if not any(weights):
        weights = [abs(piece.cost or Decimal(piece.seconds)) for piece, _ in pieces]
    whole = sum(weights, ZERO)
    if not whole:
        role = estimate.person.job_role if estimate.person else ""
        return [Rest(task_id, estimate.person_id, Category.LABOUR, role, amount, is_typed=True)]
    shares = apportioned([amount * weight / whole for weight in weights], unit=unit, whole=amount)
    return [
        Rest(task_id, piece.person_id, piece.category, piece.job_role, share, is_typed=True)
        for (piece, _), share in zip(pieces, shares, strict=True)
    ]


def _ordered(found: list[Rest], orders: Iterable[Order]) -> list[Rest]:
    """Return what is ordered beyond what is expected, per task and category; a typed cost is taken at its word."""
    expected: dict[tuple[int | None, str], Decimal] = {}
    for rest in found:
        key = (rest.task_id, rest.category)
        expected[key] = expected.get(key, ZERO) + rest.amount
    ordered: dict[tuple[int | None, str], Decimal] = {}
    for order in orders:
        key = (order.task_id, order.category)
        ordered[key] = ordered.get(key, ZERO) + order.open
    return [
        Rest(task_id, None, category, "", amount - expected.get((task_id, category), ZERO))
        for (task_id, category), amount in ordered.items()
        if amount > expected.get((task_id, category), ZERO)
    ]
