"""Which exchange rate holds on a day: the latest on or before it, direct, inverse or by way of the euro."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from budget.models import ExchangeRate
from budget.models.exchange import RATE_DECIMALS, SMALLEST_RATE

EURO = "EUR"
ONE = Decimal(1)
# An older rate is not taken by itself: somebody says that it still holds, or enters a newer one.
LONGEST = timedelta(days=31)
LOOKED_BACK = timedelta(days=366)
Way = Literal["direct", "inverse", "cross"]
WAYS: tuple[Way, ...] = ("direct", "inverse", "cross")


@dataclass(frozen=True)
class FoundRate:
    """1 `base` is `rate` `quote` on `on`; `way` says how it was found, `source` who says so.

    `rate` has as many decimals as are stored (half up): what is shown is what is computed with.
    """

    base: str
    quote: str
    rate: Decimal
    on: date
    way: Way
    source: str = ""

    @property
    def words(self) -> str:
        """Return how it came about, such as "rate of 12 Nov 2026: 1 CHF = 1.0842 EUR (ECB)"."""
        how = {"direct": "", "inverse": ", inverse", "cross": f", by way of {EURO}"}[self.way]
        said = f" ({self.source})" if self.source else ""
        day = f"{self.on.day} {self.on:%b %Y}"
        return f"rate of {day}: 1 {self.base} = {rate_text(self.rate)} {self.quote}{how}{said}"


def rate_text(rate: Decimal) -> str:
    """Return a rate without idle zeros."""
    return format(rate.normalize(), "f")


def stored_rate(rate: Decimal) -> Decimal:
    """Return a rate with the decimals that are stored, half up; never 0."""
    return max(rate.quantize(ONE.scaleb(-RATE_DECIMALS), rounding=ROUND_HALF_UP), SMALLEST_RATE)


@dataclass(frozen=True)
class Quoted:
    """One row of the table, read from one of its sides; the rate is exact, not rounded yet."""

    on: date
    rate: Decimal
    way: Way
    source: str


@dataclass
class ExchangeBook:
    """Rows of the firm's table, read once: pair -> rows, the latest first."""

    pairs: dict[tuple[str, str], list[Quoted]] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[ExchangeRate]) -> ExchangeBook:
        """Return the book of rows in any order."""
        book = cls()
        for row in sorted(rows, key=lambda row: row.effective_on, reverse=True):
            direct = Quoted(row.effective_on, row.rate, "direct", row.source)
            inverse = Quoted(row.effective_on, ONE / row.rate, "inverse", row.source)
            book.pairs.setdefault((row.base, row.quote), []).append(direct)
            book.pairs.setdefault((row.quote, row.base), []).append(inverse)
        return book

    def _pair(self, base: str, quote: str, on: date) -> Quoted | None:
        """Return the latest row of two currencies until a day; of the same day the direct one."""
        rows = [row for row in self.pairs.get((base, quote), ()) if row.on <= on]
        return max(rows, key=lambda row: (row.on, row.way == "direct"), default=None)

    def find(self, *, base: str, quote: str, on: date) -> FoundRate | None:
        """Return the rate in force at the end of a day; None when the table knows none.

        The latest wins, of the same day the direct one, then the inverse, then the one by way of the euro, which is
        as old as the older of its two. Both sides alike give 1.
        """
        if base == quote:
            return FoundRate(base, quote, ONE, on, "direct")
        found = [row for row in (self._pair(base, quote, on), self._cross(base, quote, on)) if row]
        best = max(found, key=lambda row: (row.on, -WAYS.index(row.way)), default=None)
        if best is None:
            return None
        return FoundRate(base, quote, stored_rate(best.rate), best.on, best.way, best.source)

    def _cross(self, base: str, quote: str, on: date) -> Quoted | None:
        if EURO in (base, quote):
            return None
        to, back = self._pair(base, EURO, on), self._pair(EURO, quote, on)
        if to is None or back is None:
            return None
        source = (
            to.source if to.source == back.source else " and ".join(filter(None, (to.source, back.source)))
        )
        return Quoted(min(to.on, back.on), to.rate * back.rate, "cross", source)


def exchange_book(*, currencies: Iterable[str], first: date, last: date) -> ExchangeBook:
    """Return what the table says of some currencies among each other and with the euro; one query.

    It holds what is needed for the days from `first` to `last`, with the rates of the year before.
    """
    names = {*currencies, EURO}
    rows = ExchangeRate.objects.filter(
        base__in=names, quote__in=names, effective_on__lte=last, effective_on__gte=first - LOOKED_BACK
    ).only("base", "quote", "effective_on", "rate", "source")
    return ExchangeBook.of(rows)


def rate_on(*, base: str, quote: str, on: date) -> FoundRate | None:
    """Return the rate of two currencies on a day; None when the table knows none. At most one query."""
    if base == quote:
        return FoundRate(base, quote, ONE, on, "direct")
    book = exchange_book(currencies=(base, quote), first=on, last=on)
    return book.find(base=base, quote=quote, on=on)
