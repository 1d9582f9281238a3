"""Single cells into exact values: numbers, durations, clock times, yes and no. Nothing is guessed, nothing
is a float.

Every function takes the text of a CSV cell or the typed value of a workbook cell, and raises
ValueParseError with a message that names the value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from implement.core.tabular.dates import DateOrder, DateOrders, date_readings, detect_date_order, parse_date
from implement.core.tabular.errors import AmbiguousNumberError, DateOrderError, ValueParseError
from implement.core.tabular.model import Cell, shown

__all__ = [
    "AmbiguousNumberError",
    "DateOrder",
    "DateOrderError",
    "DateOrders",
    "DecimalMark",
    "ValueParseError",
    "date_readings",
    "detect_date_order",
    "detect_decimal_mark",
    "parse_bool",
    "parse_clock",
    "parse_date",
    "parse_decimal",
    "parse_duration_seconds",
    "split_datetime",
]

DecimalMark = Literal["auto", ".", ","]

_LONGEST = 64
# Blanks of every width and both apostrophes separate thousands somewhere.
_NEUTRAL_GROUPS = " '’\u00a0\u2009\u202f"
_DIGITS = re.compile(r"[0-9]+")
_CLOCK = re.compile(
    r"([0-9]{1,2})(?::([0-9]{2}))?(?::([0-9]{2})(?:[.,]([0-9]{1,6}))?)?\s*(?:([AaPp])\.?[Mm]\.?)?",
)
_COLONS = re.compile(r"([0-9]{1,6}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,6}))?)?")
_UNITS = re.compile(
    r"(?:(?P<h>[0-9]+(?:[.,][0-9]+)?)\s*(?:h|hr|hrs|hour|hours|std)\.?)?\s*"
    r"(?:(?P<m>[0-9]+(?:[.,][0-9]+)?)\s*(?:m|min|mins|minute|minutes)\.?)?\s*"
    r"(?:(?P<s>[0-9]+(?:[.,][0-9]+)?)\s*(?:s|sec|secs|second|seconds)\.?)?",
    re.IGNORECASE,
)
_HOURS_THEN_MINUTES = re.compile(r"([0-9]{1,6})\s*h\s*([0-9]{2})", re.IGNORECASE)
_ISO_DURATION = re.compile(
    r"PT(?=[0-9])(?:(?P<h>[0-9]+(?:[.,][0-9]+)?)H)?(?:(?P<m>[0-9]+(?:[.,][0-9]+)?)M)?(?:(?P<s>[0-9]+(?:[.,][0-9]+)?)S)?",
    re.IGNORECASE,
)
_DATE_THEN_CLOCK = re.compile(r"(?P<day>.*?[0-9])(?:\s*,?\s+|T)(?P<clock>[0-9]{1,2}:[0-9]{2}.*)", re.DOTALL)
_TRUE = {"yes", "y", "true", "t", "1", "on", "ja", "oui", "si", "sí"}
_FALSE = {"no", "n", "false", "f", "0", "off", "nein", "non"}


def _text(value: Cell, *, kind: str) -> str:
    if not isinstance(value, str):
        raise ValueParseError(f"{shown(value)} is not {kind}.", value=value)
    text = value.strip()
    if not text:
        raise ValueParseError(f"The cell is empty; it should hold {kind}.", value=value)
    if len(text) > _LONGEST:
        raise ValueParseError(f"{shown(value)} is too long for {kind}.", value=value)
    return text


def _mark_of(text: str) -> DecimalMark | None:
    """The decimal mark that a number without sign proves, None where it proves none ("12", "1,500")."""
    bare = "".join(character for character in text if character not in _NEUTRAL_GROUPS)
    dot, comma = bare.rfind("."), bare.rfind(",")
    if dot >= 0 and comma >= 0:
        return "." if dot > comma else ","
    at = max(dot, comma)
    if at < 0:
        return None
    mark: DecimalMark = "." if dot >= 0 else ","
    other: DecimalMark = "," if mark == "." else "."
    if bare.count(mark) > 1:
        return other
    whole, fraction = bare[:at], bare[at + 1 :]
    grouped_otherwise = any(character in text[: text.index(mark)] for character in _NEUTRAL_GROUPS)
    could_group = len(fraction) == 3 and 1 <= len(whole) <= 3 and not whole.startswith("0")
    return mark if grouped_otherwise or not could_group else None


def detect_decimal_mark(values: Iterable[Cell]) -> Literal[".", ","] | None:
    """The decimal mark that the numbers of one file prove, or None while none of them does.

    Raises ValueParseError when two values prove different marks. Values that are no numbers are passed over.
    """
    proofs: dict[DecimalMark, str] = {}
    for value in values:
        if isinstance(value, str) and (mark := _mark_of(value.strip().strip("+-−()"))) is not None:
            try:
                parse_decimal(value)
            except ValueParseError:
                continue
            proofs.setdefault(mark, value)
    if len(proofs) == 2:
        raise ValueParseError(
            f"{shown(proofs['.'])} and {shown(proofs[','])} use different decimal marks in one file.",
            value=proofs[","],
        )
    return "." if "." in proofs else "," if "," in proofs else None


def parse_decimal(text: Cell, *, decimal_mark: DecimalMark = "auto") -> Decimal:
    """An exact number from 7,5 · 1.234,56 · 1,234.56 · 1'234.5 · (12.5), the last being minus 12.5.

    With "auto" the mark is read off the number itself; where it proves none (1,500 is 1500 or 1.5)
    AmbiguousNumberError is raised. Thousands must stand in groups of three. Exponents, percent and currency
    signs are refused.
    """
    if isinstance(text, Decimal):
        if not text.is_finite():
            raise ValueParseError(f"{shown(text)} is not a number.", value=text)
        return text
    found = _text(text, kind="a number")
    body, negative = found, False
    if body.startswith("(") and body.endswith(")"):
        body, negative = body[1:-1].strip(), True
    elif body[0] in "+-−":
        body, negative = body[1:].lstrip(), body[0] != "+"
    mark: str | None = decimal_mark
    if decimal_mark == "auto":
        mark = _mark_of(body)
        if mark is None and ("." in body or "," in body):
            raise AmbiguousNumberError(
                f"{shown(found)} can mean two numbers: say whether its {'comma' if ',' in body else 'point'} "
                "separates thousands or decimals.",
                value=found,
            )
    mark = mark or "."
    whole, _, fraction = body.partition(mark)
    digits = _ungrouped(whole, groups=_NEUTRAL_GROUPS + ("," if mark == "." else "."))
    if digits is None or not (fraction == "" or _DIGITS.fullmatch(fraction)) or not (digits or fraction):
        raise ValueParseError(f"{shown(found)} is not a number.", value=found)
    number = Decimal(f"{digits or '0'}.{fraction}" if fraction else digits)
    return -number if negative else number


def _ungrouped(whole: str, *, groups: str) -> str | None:
    """The digits of a whole part without its thousands separators, None when they do not stand in threes."""
    if whole == "" or _DIGITS.fullmatch(whole):
        return whole
    used = {character for character in whole if character in groups}
    if len(used) != 1:
        return None
    first, *rest = whole.split(used.pop())
    parts = [first, *rest]
    if (
        not all(_DIGITS.fullmatch(part) for part in parts)
        or len(first) > 3
        or any(len(part) != 3 for part in rest)
    ):
        return None
    return "".join(parts)


def _seconds(
    hours: Decimal | str | None, minutes: Decimal | str | None, seconds: Decimal | str | None
) -> int:
    total = Decimal(0)
    for amount, size in ((hours, 3600), (minutes, 60), (seconds, 1)):
        if amount:
            total += Decimal(str(amount).replace(",", ".")) * size
    return int(total.to_integral_value(rounding=ROUND_HALF_UP))


def parse_duration_seconds(text: Cell, *, decimal_mark: DecimalMark = "auto") -> int:
    """Whole seconds from 01:00:01 · 1:30 (hours and minutes) · 1h 30m · PT1H30M · 1.5 or 7,5 (hours) · a
    typed duration.

    0.01 h is 36 s; parts of a second are rounded half up. A leading minus gives negative seconds. Days are
    refused, for a day may be 24 hours or a working day. A typed time of day counts from midnight: 1:30 in a
    workbook is such a cell.
    """
    if isinstance(text, timedelta):
        return _seconds(None, None, Decimal(text // timedelta(microseconds=1)) / 1_000_000)
    if isinstance(text, time):
        return _seconds(
            Decimal(text.hour),
            Decimal(text.minute),
            Decimal(text.second) + Decimal(text.microsecond) / 1_000_000,
        )
    if isinstance(text, Decimal):
        return _seconds(parse_decimal(text), None, None)
    found = _text(text, kind="a duration")
    sign, body = (-1, found[1:].lstrip()) if found[0] in "-−" else (1, found)
    if matched := _COLONS.fullmatch(body):
        hours, minutes, seconds, fraction = matched.groups()
        if int(minutes) > 59 or int(seconds or 0) > 59:
            raise ValueParseError(
                f"{shown(found)} is not a duration: minutes and seconds end at 59.", value=found
            )
        return sign * _seconds(hours, minutes, f"{seconds or 0}.{fraction or 0}")
    if matched := _HOURS_THEN_MINUTES.fullmatch(body):
        if int(matched[2]) > 59:
            raise ValueParseError(f"{shown(found)} is not a duration: minutes end at 59.", value=found)
        return sign * _seconds(matched[1], matched[2], None)
    for pattern in (_ISO_DURATION, _UNITS):
        if body and (matched := pattern.fullmatch(body)):
            return sign * _seconds(matched["h"], matched["m"], matched["s"])
    try:
        return _seconds(parse_decimal(found, decimal_mark=decimal_mark), None, None)
    except AmbiguousNumberError:
        raise
    except ValueParseError as error:
        raise ValueParseError(f"{shown(found)} is not a duration.", value=found) from error


def parse_clock(text: Cell) -> time:
    """A time of day from 10:23 · 10:23:52 · 10:23 AM · 10 pm, or from a typed time or datetime cell; no zone.

    24:00 is refused, since it belongs to the next day.
    """
    if isinstance(text, datetime):
        return text.time()
    if isinstance(text, time):
        return text
    found = _text(text, kind="a time of day")
    matched = _CLOCK.fullmatch(found)
    if matched is None or not (matched[2] or matched[5]):
        raise ValueParseError(f"{shown(found)} is not a time of day.", value=found)
    hour, half = int(matched[1]), (matched[5] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            raise ValueParseError(
                f"{shown(found)} is not a time of day: AM and PM go with 1 to 12.", value=found
            )
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return time(hour, int(matched[2] or 0), int(matched[3] or 0), int((matched[4] or "").ljust(6, "0")))
    except ValueError as error:
        raise ValueParseError(f"{shown(found)} is not a time of day.", value=found) from error


def parse_bool(text: Cell) -> bool:
    """True or False from yes/no, true/false, y/n, t/f, 1/0, on/off, ja/nein, oui/non, sí/no, or a typed
    cell.
    """
    if isinstance(text, bool):
        return text
    if isinstance(text, Decimal) and text in (0, 1):
        return text == 1
    word = _text(text, kind="yes or no").casefold()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ValueParseError(f"{shown(text)} is neither yes nor no.", value=text)


def split_datetime(value: Cell) -> tuple[Cell, Cell | None]:
    """A cell that may hold a date and a time of day, parted: (date, clock or None). Neither part is checked
    here.
    """
    if isinstance(value, datetime):
        return value.date(), value.time()
    if isinstance(value, date):
        return value, None
    if (
        isinstance(value, str)
        and len(value) <= _LONGEST
        and (matched := _DATE_THEN_CLOCK.fullmatch(value.strip()))
    ):
        return matched["day"], matched["clock"]
    return value, None
