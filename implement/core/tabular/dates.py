"""Calendar dates written as text, where the order of day, month and year is decided once per file.

ISO dates (2024-03-04, 20240304) and dates with a month's English name (02-Nov-04, Mar 4, 2024) read alike
in every order. 03/04/2024 does not: its order is found out from the other dates of the file, or asked for.
It is never guessed row by row, because a file would then silently mix 3 April with 4 March.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

from implement.core.tabular.errors import DateOrderError, ValueParseError
from implement.core.tabular.model import Cell, shown


class DateOrder(StrEnum):
    """The order in which an all-number date is written."""

    YMD = "ymd"
    DMY = "dmy"
    MDY = "mdy"


@dataclass(frozen=True, slots=True)
class DateOrders:
    """Which orders every date of a file fits, and what shows it.

    `evidence` names for each order that is ruled out the first value that rules it out. `differing` is the
    first value that means two different dates under the orders left, or None: then the order does not
    matter.
    """

    possible: frozenset[DateOrder]
    evidence: Mapping[DateOrder, str]
    differing: str | None = None

    @property
    def ambiguous(self) -> bool:
        """Whether somebody has to say which order is meant."""
        return self.differing is not None

    @property
    def decided(self) -> DateOrder | None:
        """The order to read the file with; None while it is ambiguous."""
        if self.ambiguous:
            return None
        return next(order for order in DateOrder if order in self.possible)


_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("jan", "january"),
            ("feb", "february"),
            ("mar", "march"),
            ("apr", "april"),
            ("may",),
            ("jun", "june"),
            ("jul", "july"),
            ("aug", "august"),
            ("sep", "sept", "september"),
            ("oct", "october"),
            ("nov", "november"),
            ("dec", "december"),
        ),
        start=1,
    )
    for name in names
}
_ISO = re.compile(r"([0-9]{4})(?:([-/.])([0-9]{1,2})\2([0-9]{1,2})|([0-9]{2})([0-9]{2}))")
_NUMERIC = re.compile(r"([0-9]{1,2})([-/.])\s?([0-9]{1,2})\2\s?([0-9]{4}|[0-9]{2})\.?")
_DAY_NAME_YEAR = re.compile(r"([0-9]{1,2})\.?[-/.\s]\s?([A-Za-z]{3,9})\.?,?[-/.\s]\s?([0-9]{4}|[0-9]{2})")
_NAME_DAY_YEAR = re.compile(r"([A-Za-z]{3,9})\.?[-\s]([0-9]{1,2})(?:,\s?|[-\s])([0-9]{4}|[0-9]{2})")
# POSIX: two-digit years from 69 on belong to the last century.
_PIVOT = 69
_LONGEST = 40


def _year(text: str) -> int:
    number = int(text)
    if len(text) == 4:
        return number
    return number + (1900 if number >= _PIVOT else 2000)


def _date(year: str, month: int, day: int) -> date | None:
    number = _year(year)
    try:
        return date(number, month, day) if number >= 1000 else None
    except ValueError:
        return None


def date_readings(value: Cell) -> dict[DateOrder, date]:
    """The date a value means under each order it fits; all three give the same date where the value is
    unambiguous.

    Takes text or a typed date or datetime cell, whose time of day is dropped. Raises DateOrderError, naming
    the value, when it is a date in no order.
    """
    if isinstance(value, datetime):
        return dict.fromkeys(DateOrder, value.date())
    if isinstance(value, date):
        return dict.fromkeys(DateOrder, value)
    text = value.strip() if isinstance(value, str) else ""
    readings: dict[DateOrder, date | None] = {}
    if len(text) <= _LONGEST:
        readings = _readings(text)
    found = {order: day for order, day in readings.items() if day is not None}
    if not found:
        raise DateOrderError(f"{shown(value)} is not a date.", value=value)
    return found


def _readings(text: str) -> dict[DateOrder, date | None]:
    if matched := _ISO.fullmatch(text):
        month, day = matched[3] or matched[5], matched[4] or matched[6]
        return dict.fromkeys(DateOrder, _date(matched[1], int(month), int(day)))
    if matched := _DAY_NAME_YEAR.fullmatch(text):
        month_number = _MONTHS.get(matched[2].lower(), 0)
        return dict.fromkeys(DateOrder, _date(matched[3], month_number, int(matched[1])))
    if matched := _NAME_DAY_YEAR.fullmatch(text):
        month_number = _MONTHS.get(matched[1].lower(), 0)
        return dict.fromkeys(DateOrder, _date(matched[3], month_number, int(matched[2])))
    if matched := _NUMERIC.fullmatch(text):
        first, second, last = matched[1], matched[3], matched[4]
        readings = {
            DateOrder.DMY: _date(last, int(second), int(first)),
            DateOrder.MDY: _date(last, int(first), int(second)),
        }
        if len(first) == 2 and len(last) == 2:
            readings[DateOrder.YMD] = _date(first, int(second), int(last))
        return readings
    return {}


def detect_date_order(values: Iterable[Cell]) -> DateOrders:
    """The orders that fit every value of a file. Empty values are passed over; typed dates fit every order.

    Raises DateOrderError naming the value that is no date in any order (13/15/2024), or the two values that
    contradict one another (13/04/2024 beside 04/13/2024).
    """
    witnesses: dict[DateOrder, str] = {}
    readings: dict[str, dict[DateOrder, date]] = {}
    for value in values:
        if value == "" or (isinstance(value, str) and not value.strip()):
            continue
        found = date_readings(value)
        if len(found) < len(DateOrder):
            for order in DateOrder:
                if order not in found:
                    witnesses.setdefault(order, str(value))
            if len(witnesses) == len(DateOrder):
                _contradiction(witnesses, value=str(value), fits=set(found))
        if isinstance(value, str):
            readings.setdefault(value, found)
    possible = frozenset(order for order in DateOrder if order not in witnesses)
    differing = next(
        (text for text, found in readings.items() if len({found[order] for order in possible}) > 1), None
    )
    return DateOrders(possible, MappingProxyType(witnesses), differing)


def _contradiction(witnesses: Mapping[DateOrder, str], *, value: str, fits: set[DateOrder]) -> None:
    other = next(witnesses[order] for order in DateOrder if order in fits)
    raise DateOrderError(
        f"{shown(value)} and {shown(other)} cannot be written in the same order of day, month and year.",
        value=value,
        other=other,
    )


def parse_date(value: Cell, order: DateOrder) -> date:
    """The date a value means in the file's order; typed cells and unambiguous texts read alike in every
    order.

    Two-digit years run from 1969 to 2068. Raises ValueParseError naming the value and the order.
    """
    readings = date_readings(value)
    if order not in readings:
        names = {
            DateOrder.YMD: "year-month-day",
            DateOrder.DMY: "day-month-year",
            DateOrder.MDY: "month-day-year",
        }
        raise ValueParseError(f"{shown(value)} is not a date in the order {names[order]}.", value=value)
    return readings[order]
