"""One line of the budget, and how its figures are added up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from budget.choices import Category, Measure
from budget.selectors.actuals import Actual
from budget.selectors.amounts import ZERO, apportioned, hours, joined, minus, plus, ratio, step_of
from budget.selectors.planned import Planned
from budget.selectors.rest import Rest
from implement.core.money import format_number

ESTIMATED = gettext_noop(
    "Progress from before the plan was recorded here is taken as even between each task's "
    "actual start and finish."
)


RULE, TYPED, MIXED = "rule", "typed", "mixed"


@dataclass(frozen=True, kw_only=True)
class FigureRow:
    """One line of the budget. Amounts are in the measure's unit (money of the project, or hours).

    original: the first baseline's budget, contingency included. changes: what implemented change requests brought.
    released: what came out of a reserve (contingency itself: less). pending: what changes would bring that are not
    in the budget yet, in no other figure. current: today's budget. actual: approved. unapproved: draft or submitted.
    committed: ordered and not invoiced yet. remaining = current - actual. etc: as estimated, where somebody did,
    else the budget of the work that is not physically done, nothing of contingency; at least what is ordered.
    etc_basis: rule, typed or mixed. eac = actual + etc. variance = current - eac. consumed = actual / current,
    physical = share of the budget of the work (contingency is none) that is done; both 0 to 1. None is n/a.
    `is_rollup` rows repeat what the rows below them hold.
    """

    key: str
    label: str
    level: int = 1
    is_rollup: bool = False
    task_id: int | None = None
    person_id: int | None = None
    category: str = ""
    month: date | None = None
    original: Decimal | None = None
    changes: Decimal | None = None
    released: Decimal | None = None
    pending: Decimal | None = None
    current: Decimal | None = None
    actual: Decimal | None = None
    unapproved: Decimal | None = None
    committed: Decimal | None = None
    remaining: Decimal | None = None
    etc: Decimal | None = None
    eac: Decimal | None = None
    variance: Decimal | None = None
    consumed: Decimal | None = None
    physical: Decimal | None = None
    etc_basis: str = RULE

    @property
    def is_over(self) -> bool:
        """Return whether more is used, or expected, than the budget holds."""
        return self.current is not None and any(
            value is not None and value > self.current for value in (self.actual, self.eac)
        )


@dataclass(slots=True)
class Tally:
    """What is known of one scope while it is added up, in seconds or money."""

    current: Decimal | None = None
    contingency: Decimal = ZERO
    is_unpriced: bool = False
    done: Decimal = ZERO
    open_work: Decimal = ZERO
    actual: Decimal | None = None
    unapproved: Decimal | None = None
    is_booked: bool = False
    is_waiting: bool = False
    # Hours without a rate; taken back, none are left.
    unrated: int = 0
    open_unrated: int = 0
    original: Decimal | None = None
    changes: Decimal = ZERO
    released: Decimal = ZERO
    pending: Decimal = ZERO
    committed: Decimal = ZERO
    etc: Decimal = ZERO
    is_typed: bool = False
    is_by_rule: bool = False

    def plan(self, piece: Planned, progress: Decimal, measure: str) -> None:
        amount = piece.amount(measure)
        self.is_unpriced |= measure != Measure.HOURS and piece.is_unpriced
        if amount is not None:
            self.current = (self.current or ZERO) + amount
            self.changes += amount if piece.is_change else ZERO
            self.released += amount if piece.reserve else ZERO
            self.contingency += amount if piece.category == Category.CONTINGENCY else ZERO
            self.done += amount * progress

    def expect(self, rest: Rest) -> None:
        self.open_work += rest.amount
        self.is_typed |= rest.is_typed
        # What is done needs no estimate.
        self.is_by_rule |= bool(rest.amount) and not rest.is_typed

    def book(self, row: Actual, measure: str) -> None:
        by_money = measure != Measure.HOURS
        self.unrated += row.unpriced_seconds
        self.open_unrated += row.open_unpriced_seconds
        # What has nothing booked in a state says nothing: it must not make a 0 of hours without a rate.
        if row.seconds or (by_money and row.cost is not None):
            self.is_booked = True
            self.actual = joined(self.actual, row.approved(measure))
        if row.open_seconds or (by_money and row.open_cost is not None):
            self.is_waiting = True
            self.unapproved = joined(self.unapproved, row.unapproved(measure))

    def join(self, other: Tally) -> None:
        """Add another scope to this one."""
        self.current = joined(self.current, other.current)
        self.original = joined(self.original, other.original)
        self.actual = joined(self.actual, other.actual)
        self.unapproved = joined(self.unapproved, other.unapproved)
        self.changes += other.changes
        self.released += other.released
        self.pending += other.pending
        self.committed += other.committed
        self.is_typed |= other.is_typed
        self.is_by_rule |= other.is_by_rule
        self.contingency += other.contingency
        self.is_unpriced |= other.is_unpriced
        self.done += other.done
        self.open_work += other.open_work
        self.etc += other.etc
        self.unrated += other.unrated
        self.open_unrated += other.open_unrated
        self.is_booked |= other.is_booked
        self.is_waiting |= other.is_waiting

    @property
    def is_empty(self) -> bool:
        return (
            self.current is None
            and self.original is None
            and not self.is_booked
            and not self.is_waiting
            and not self.pending
            and not self.committed
            and not self.is_typed
        )

    @property
    def basis(self) -> str:
        """Return how the estimate to complete came about."""
        if not self.is_typed:
            return RULE
        return MIXED if self.is_by_rule else TYPED


@dataclass(frozen=True)
class Scale:
    """From the sums (seconds or money) to the unit that is shown."""

    measure: str
    currency: str

    def __call__(self, amount: Decimal | None) -> Decimal | None:
        return hours(amount) if amount is not None and self.measure == Measure.HOURS else amount

    @property
    def step(self) -> Decimal:
        """Return the smallest step of the sums: a second or the currency's smallest unit."""
        return step_of(self.measure, self.currency)


def row_of(tally: Tally, scale: Scale, *, physical: Decimal | None = None, **names: object) -> FigureRow:
    """Return the figures of a scope. Nothing booked is 0; hours without any rate are n/a."""
    actual = tally.actual if tally.actual is not None or tally.unrated else ZERO
    unapproved = tally.unapproved if tally.unapproved is not None or tally.open_unrated else ZERO
    current = tally.current
    etc = tally.etc if current is not None or tally.is_typed or tally.open_work else None
    eac = plus(actual, etc)
    done = ratio(tally.done, minus(current, tally.contingency))
    return FigureRow(
        original=scale(tally.original),
        changes=scale(tally.changes),
        released=scale(tally.released),
        pending=scale(tally.pending),
        current=scale(current),
        actual=scale(actual),
        unapproved=scale(unapproved),
        committed=scale(tally.committed),
        remaining=scale(minus(current, actual)),
        etc=scale(etc),
        eac=scale(eac),
        variance=scale(minus(current, eac)),
        consumed=ratio(actual, current),
        physical=physical if physical is not None else done,
        etc_basis=tally.basis,
        **names,  # type: ignore[arg-type]
    )


def settle(tallies: Sequence[Tally], scale: Scale) -> None:
    """Make a view's rows add up to the project's: its open work to the cent, and no budget where nothing is planned.

    Where the project has a budget, what has none of it has 0; without a rate it stays unknown.
    """
    is_budgeted = any(tally.current is not None for tally in tallies)
    for tally, share in zip(
        tallies, apportioned([tally.open_work for tally in tallies], unit=scale.step), strict=True
    ):
        tally.etc = share
        if is_budgeted and not tally.is_unpriced:
            tally.current = joined(tally.current, ZERO)


def unpriced_notes(planned: Iterable[Planned], actuals: Iterable[Actual]) -> list[str]:
    """Return a sentence each for planned, approved and unapproved hours without a cost rate."""
    rows = list(actuals)
    kinds = (
        (
            _("{hours} planned hours have no cost rate and are missing from the amounts."),
            sum(piece.seconds for piece in planned if piece.is_unpriced),
        ),
        (
            _("{hours} approved hours have no cost rate and are missing from the amounts."),
            sum(row.unpriced_seconds for row in rows),
        ),
        (
            _("{hours} unapproved hours have no cost rate and are missing from the amounts."),
            sum(row.open_unpriced_seconds for row in rows),
        ),
    )
    return [words.format(hours=format_number(hours(seconds))) for words, seconds in kinds if seconds]
