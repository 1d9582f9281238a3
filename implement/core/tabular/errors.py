"""The two refusals of this package: one for a place in a file, one for a single value."""

from __future__ import annotations


class TabularError(ValueError):
    """A file that cannot be taken, or a place in it. The message is written for the person who uploaded it.

    `line` is the 1-based physical line (CSV) or sheet row (XLSX) on which the row begins, `column` the header
    or a column number in words, `value` the offending text. Each is None where it does not apply.
    """

    def __init__(
        self, message: str, *, line: int | None = None, column: str | None = None, value: str | None = None
    ) -> None:
        place = ", ".join(
            part
            for part in (f"line {line}" if line is not None else "", f"column {column}" if column else "")
            if part
        )
        super().__init__(f"{place[0].upper()}{place[1:]}: {message}" if place else message)
        self.message = message
        self.line = line
        self.column = column
        self.value = value


class ValueParseError(ValueError):
    """A single value that cannot be read. `value` is the text as found; the message names it."""

    def __init__(self, message: str, *, value: object) -> None:
        super().__init__(message)
        self.message = message
        self.value = str(value)


class AmbiguousNumberError(ValueParseError):
    """A number such as 1,500 that means two things until somebody says which mark is the decimal one."""


class DateOrderError(ValueParseError):
    """Dates that fit no order, or that contradict one another within one file. `other` is the second
    witness.
    """

    def __init__(self, message: str, *, value: object, other: object | None = None) -> None:
        super().__init__(message, value=value)
        self.other = None if other is None else str(other)
