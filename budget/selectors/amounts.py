"""Sums in which a missing value stays missing, and rounding that keeps rows and their total in step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

from budget.choices import Measure
from implement.core.money import HOUR, round_money

ZERO = Decimal(0)
ONE = Decimal(1)
HUNDREDTH = CENT = Decimal("0.01")


def total(values: Iterable[Decimal | None]) -> Decimal | None:
    """Return the sum of what is known; None when nothing is."""
    known = [value for value in values if value is not None]
    return sum(known, ZERO) if known else None


def joined(left: Decimal | None, right: Decimal | None) -> Decimal | None:
    """Return the sum of what is known of two; None when neither is."""
    if left is None:
        return right
    return left if right is None else left + right


def minus(left: Decimal | None, right: Decimal | None) -> Decimal | None:
    """Return left - right; None when either is missing."""
    return None if left is None or right is None else left - right


def plus(left: Decimal | None, right: Decimal | None) -> Decimal | None:
    """Return left + right; None when either is missing."""
    return None if left is None or right is None else left + right


def ratio(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    """Return part / whole; None when either is missing or the whole is not above zero."""
    return None if part is None or whole is None or whole <= 0 else part / whole


def unit_of(measure: str, currency: str) -> Decimal:
    """Return the smallest step that is shown: the currency's smallest unit, or a hundredth of an hour."""
    if measure == Measure.HOURS:
        return HUNDREDTH
    return ONE.scaleb(int(round_money(ZERO, currency).as_tuple().exponent))


def step_of(measure: str, currency: str) -> Decimal:
    """Return the smallest step of the sums: a second, or the currency's smallest unit."""
    return ONE if measure == Measure.HOURS else unit_of(measure, currency)


def rounded(value: Decimal, unit: Decimal) -> Decimal:
    """Return a value rounded half up to a unit."""
    return value.quantize(unit, rounding=ROUND_HALF_UP)


def apportioned(parts: Sequence[Decimal], *, unit: Decimal, whole: Decimal | None = None) -> list[Decimal]:
    """Return the parts rounded to `unit` so that they add up to `whole` (default: their own rounded sum).

    The steps that rounding down leaves over go to the parts with the largest remainders (Hamilton's method),
    so that a table's rows and its total never differ by a cent.
    """
    goal = rounded(sum(parts, ZERO) if whole is None else whole, unit)
    shares = [part.quantize(unit, rounding=ROUND_FLOOR) for part in parts]
    missing = int((goal - sum(shares, ZERO)) / unit)
    order = sorted(range(len(parts)), key=lambda index: shares[index] - parts[index])
    for step in range(abs(missing) if parts else 0):
        shares[order[step % len(parts)]] += unit if missing > 0 else -unit
    return shares


def summed_money(value: Decimal | None) -> Decimal | None:
    """Return a database's sum of stored amounts, exact again.

    SQLite adds decimals as binary fractions; stored amounts have two decimals, so rounding restores the sum.
    """
    return None if value is None else value.quantize(CENT, rounding=ROUND_HALF_UP)


def hours(seconds: int | Decimal) -> Decimal:
    """Return seconds as hours, unrounded."""
    return Decimal(seconds) / HOUR


def in_unit(amount: Decimal | None, measure: str) -> Decimal | None:
    """Return a sum in the unit of its measure: seconds become hours, money stays."""
    return hours(amount) if amount is not None and measure == Measure.HOURS else amount
