"""Money is a Decimal with an ISO 4217 currency; a missing amount is None and is shown as n/a."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from babel.core import Locale
from babel.dates import format_date
from babel.numbers import (
    NumberPattern,
    get_currency_precision,
    get_currency_symbol,
    list_currencies,
    parse_pattern,
)
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import get_language, gettext, gettext_noop

NOT_AVAILABLE = gettext_noop("n/a")
# English as the pages write it; the CLDR's own would begin with the month.
DAY_PATTERN, DAY_PATTERNS = "d MMM y", {"de": "d. MMM y"}
HOUR = Decimal(3600)


def not_available() -> str:
    """Return what stands for a missing figure, in the active language."""
    return gettext(NOT_AVAILABLE)


@lru_cache(maxsize=1)
def currencies() -> frozenset[str]:
    """Return the known ISO 4217 codes."""
    return frozenset(list_currencies())


def currency_choices() -> list[tuple[str, str]]:
    """Return (code, "EUR · Euro") for the form's list, the common ones first."""
    names = Locale("en").currencies
    common = ["EUR", "USD", "GBP", "CHF", "SEK", "NOK", "DKK", "CAD", "AUD", "JPY"]
    rest = sorted(code for code in currencies() if code not in common and code in names)
    return [(code, f"{code} · {names[code]}") for code in [*common, *rest]]


def validate_currency(code: str) -> None:
    """Raise ValidationError unless `code` is an ISO 4217 code."""
    if code not in currencies():
        raise ValidationError(f"“{code}” is not a known currency code (ISO 4217), such as EUR or USD.")


def round_money(amount: Decimal, currency: str) -> Decimal:
    """Return the amount rounded half up to the currency's smallest unit (EUR 0.01, JPY 1)."""
    return amount.quantize(Decimal(1).scaleb(-get_currency_precision(currency)), rounding=ROUND_HALF_UP)


def hours_cost(seconds: int | Decimal, rate: Decimal | None, currency: str) -> Decimal | None:
    """Return seconds x hourly rate / 3600, rounded to the currency; None without a rate."""
    return None if rate is None else round_money(Decimal(seconds) * rate / HOUR, currency)


def hours_of(seconds: int) -> Decimal:
    """Return seconds as exact decimal hours, for showing and exporting (3,601 s is 1.000277… h)."""
    return Decimal(seconds) / HOUR


@lru_cache(maxsize=64)
def _pattern(digits: int, locale: str) -> tuple[NumberPattern, Locale]:
    """Return how a number is written; parsed once, for a page shows a thousand of them."""
    return parse_pattern("#,##0" + ("." + "0" * digits if digits else "")), Locale.parse(locale)


def format_number(value: Decimal | int | float | None, *, digits: int = 2, locale: str | None = None) -> str:
    """Return a number with grouped thousands and `digits` decimals, as `locale` (the active language) writes it.

    None is n/a.
    """
    if value is None:
        return not_available()
    pattern, spoken = _pattern(digits, locale or get_language() or "en")
    return pattern.apply(value, spoken)


def format_money(
    amount: Decimal | None, currency: str, *, locale: str | None = None, digits: int | None = None
) -> str:
    """Return "1,234.50 EUR"; None is n/a. `digits` overrides the currency's own precision."""
    if amount is None:
        return not_available()
    precision = get_currency_precision(currency) if digits is None else digits
    return f"{format_number(amount, digits=precision, locale=locale)} {currency}"


def day_text(day: date | None) -> str:
    """Return a day with its month in letters, such as "9 Mar 2026" or "9. März 2026"; None is n/a."""
    if day is None:
        return not_available()
    language = get_language() or "en"
    return format_date(day, DAY_PATTERNS.get(language, DAY_PATTERN), locale=language)


def month_text(day: date) -> str:
    """Return a day's month, such as "Mar 2026" or "März 2026"."""
    return format_date(day, "MMM y", locale=get_language() or "en")


def currency_symbol(currency: str, *, locale: str = "en") -> str:
    """Return the short sign of a currency, such as €."""
    return get_currency_symbol(currency, locale=locale)


class MoneyField(models.DecimalField):
    """An amount with two decimals more than any currency needs is never stored: 16 digits, 2 decimals."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        kwargs.setdefault("max_digits", 16)
        kwargs.setdefault("decimal_places", 2)
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]


class CurrencyField(models.CharField):
    """An ISO 4217 code."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        kwargs.setdefault("max_length", 3)
        kwargs.setdefault("validators", [validate_currency])
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
