"""Tax on a receipt: net, tax and gross that add up to the cent, at one rate or at several."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from implement.core.money import round_money

HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Taxed:
    """One rate of a receipt, in its currency: net + tax = gross."""

    rate: Decimal
    gross: Decimal
    net: Decimal
    tax: Decimal

    def as_json(self) -> dict[str, str]:
        """Return the line as it is stored: exact numbers as text."""
        return {
            "rate": format(self.rate.normalize(), "f"),
            "gross": format(self.gross, "f"),
            "net": format(self.net, "f"),
            "tax": format(self.tax, "f"),
        }


def from_gross(gross: Decimal, rate: Decimal, currency: str) -> Taxed:
    """Return what of an amount paid is tax at a rate in percent: the net is rounded half up, the tax is the rest."""
    net = round_money(gross * HUNDRED / (HUNDRED + rate), currency)
    return Taxed(rate=rate, gross=gross, net=net, tax=gross - net)


def from_net(net: Decimal, rate: Decimal, currency: str) -> Taxed:
    """Return what an amount without tax comes to: the tax is rounded half up, the gross is the sum."""
    tax = round_money(net * rate / HUNDRED, currency)
    return Taxed(rate=rate, gross=net + tax, net=net, tax=tax)


def lines_of(taxes: Iterable[dict[str, Any]]) -> list[Taxed]:
    """Return stored lines as figures."""
    return [
        Taxed(**{name: Decimal(str(row[name])) for name in ("rate", "gross", "net", "tax")}) for row in taxes
    ]


def summed(lines: Iterable[Taxed]) -> Decimal:
    """Return the tax of all lines."""
    return sum((line.tax for line in lines), Decimal(0))


def tax_summary(rows: QuerySet[Any]) -> list[tuple[Any, ...]]:
    """Return (currency, rate, whether it is recovered, expenses, net, tax, gross) of expenses, by currency and rate.

    An expense of which no tax was said stands under no rate. One query.
    """
    sums: dict[tuple[str, Decimal | None, bool], list[Any]] = {}
    for row in rows.order_by().values("currency", "taxes", "amount", "is_tax_recoverable"):
        lines: list[tuple[Decimal | None, Decimal, Decimal]] = [
            (line.rate, line.net, line.tax) for line in lines_of(row["taxes"])
        ] or [(None, row["amount"], Decimal(0))]
        for rate, net, tax in lines:
            key = (row["currency"], rate, bool(rate and row["is_tax_recoverable"]))
            found = sums.setdefault(key, [0, Decimal(0), Decimal(0), Decimal(0)])
            for at, more in enumerate((1, net, tax, net + tax)):
                found[at] += more
    order = sorted(sums, key=lambda key: (key[0], key[1] is not None, key[1] or 0, key[2]))
    return [(*key, *sums[key]) for key in order]
