"""Amounts, shares and tiles in words. Plain JSON values."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_noop as noop

from budget.evm import HealthLimits, health
from budget.selectors.amounts import CENT, rounded
from implement.core.money import format_money, format_number, not_available

HOUR_UNIT = "h"
# A report is ten minutes' reading: what is beyond stands in its workbook.
MOST_ROWS = 12
FOUR_DIGITS = Decimal("0.0001")


HEALTH_WORDS = {
    "good": (noop("On track"), "good"),
    "watch": (noop("Watch"), "watch"),
    "trouble": (noop("In trouble"), "trouble"),
}


def amount_text(amount: Decimal | None, unit: str, *, digits: int | None = None) -> str:
    """Return "1,234.50 EUR", "12.50 h" or n/a."""
    if amount is None:
        return not_available()
    if unit == HOUR_UNIT:
        return f"{format_number(amount, digits=2 if digits is None else digits)} h"
    return format_money(amount, unit, digits=digits)


def cell(amount: Decimal | None, unit: str) -> str:
    """Return an amount for a column whose unit stands in its head."""
    text = amount_text(amount, unit)
    return text.removesuffix(f" {unit}")


def percent_text(share: Decimal | None) -> str:
    """Return 0.256 as "26 %", or n/a."""
    return not_available() if share is None else f"{format_number(share * 100, digits=0)} %"


def text_of(value: Decimal | None) -> str | None:
    """Return a number as exact text, for JSON."""
    return None if value is None else format(value, "f")


def ratio_text(value: Decimal | None) -> str | None:
    """Return an index or a share as text with four digits, for JSON."""
    return text_of(None if value is None else rounded(value, FOUR_DIGITS))


def cents_text(value: Decimal | None) -> str | None:
    """Return money, or hours, as text with two digits, for JSON."""
    return text_of(None if value is None else rounded(value, CENT))


def number_of(text: str | None) -> Decimal | None:
    """Return exact text as a number again."""
    return None if text is None else Decimal(text)


def shown(data: dict[str, Any], **extras: Any) -> dict[str, Any]:
    """Return what a template draws, under its own names and, for who passes it on whole, as `data`."""
    whole = data | extras
    return whole | {"data": whole}


def largest(
    rows: Sequence[dict[str, Any]], *names: str, most: int = MOST_ROWS
) -> tuple[list[dict[str, Any]], int]:
    """Return the rows that weigh most by any of some amounts, in their own order, and how many are left out."""
    if len(rows) <= most + 1:
        return list(rows), 0

    def weight(at: int) -> Decimal:
        return max(abs(number_of(rows[at].get(name)) or Decimal(0)) for name in names)

    kept = sorted(sorted(range(len(rows)), key=weight, reverse=True)[:most])
    return [rows[at] for at in kept], len(rows) - most


def index_tone(index: Decimal | None, limits: HealthLimits) -> str:
    """Return the tone of an index at the project's warning lines; n/a has none."""
    return health(cpi=index, spi=index, limits=limits) or ""


def sign_tone(amount: Decimal | None) -> str:
    """Return the tone of a variance: below zero is trouble."""
    return "" if amount is None or amount >= 0 else "trouble"


def tile(
    key: str,
    label: str,
    text: str,
    *,
    explanation: str = "",
    tone: str = "",
    note: str = "",
    amount: Any = None,
) -> dict[str, Any]:
    """Return one figure as plain values."""
    return {
        "key": key,
        "label": label,
        "text": text,
        "amount": amount,
        "explanation": explanation,
        "tone": tone,
        "note": note,
    }
