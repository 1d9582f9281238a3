"""Decimal arithmetic in which a missing value stays missing."""

from decimal import ROUND_HALF_EVEN, Context, Decimal

Amount = Decimal | None

# Our own context: a narrower context set by a caller or a library must not change a figure.
_EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)


def checked(name: str, value: object) -> Amount:
    """Return ``value`` as a finite Decimal or None. Raises TypeError for a float, ValueError for NaN."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise TypeError(f"{name} must be a Decimal or None, not {type(value).__name__}")
    number = Decimal(value)
    if not number.is_finite():
        raise ValueError(f"{name} must be a finite amount, not {number}")
    return number


def minus(left: Amount, right: Amount) -> Amount:
    return None if left is None or right is None else _EXACT.subtract(left, right)


def plus(left: Amount, right: Amount) -> Amount:
    return None if left is None or right is None else _EXACT.add(left, right)


def times(left: Amount, right: Amount) -> Amount:
    return None if left is None or right is None else _EXACT.multiply(left, right)


def over(top: Amount, bottom: Amount) -> Amount:
    """``top / bottom``, n/a when an input is missing or ``bottom`` is not positive.

    A negative denominator (credit notes beyond the cost so far) would give an index of the wrong sign.
    """
    if top is None or bottom is None or bottom <= 0:
        return None
    return _EXACT.divide(top, bottom)
