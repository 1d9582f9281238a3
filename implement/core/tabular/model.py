"""What a table is once it has been read: plain values with the line each row came from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

# Every control character but tab, line feed, vertical tab, form feed and carriage return.
CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f]")

Cell = str | Decimal | bool | date | datetime | time | timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one upload may hold. Sizes in bytes, lengths in characters.

    `max_cells` bounds rows x columns of the used area, because the workbook reader reserves that whole
    rectangle even when only two far-apart cells are filled. `max_text` bounds the characters of a sheet after
    shared strings are copied into each cell that points to them.
    """

    max_bytes: int = 20 * 1024 * 1024
    max_rows: int = 200_000
    max_columns: int = 200
    max_cells: int = 4_000_000
    max_cell_chars: int = 100_000
    max_text: int = 100_000_000
    max_members: int = 2_000
    max_unpacked_bytes: int = 256 * 1024 * 1024
    max_ratio: int = 200


@dataclass(frozen=True, slots=True)
class Row:
    """One row as found. `line` is where it begins, 1-based; an empty cell is "".

    `problem` is a sentence when the row cannot be trusted (too few or too many cells, an error value, the
    header once more). Such a row keeps its cells untouched, so `len(values)` may differ from the number of
    headers.
    """

    line: int
    values: tuple[Cell, ...]
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A read file. `encoding` and `delimiter` are None for a workbook, `sheet` and `sheets` empty for CSV."""

    headers: tuple[str, ...]
    rows: tuple[Row, ...]
    header_line: int
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    sheets: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def good_rows(self) -> tuple[Row, ...]:
        """The rows without a problem; each has exactly one value per header."""
        return tuple(row for row in self.rows if row.problem is None)

    @property
    def bad_rows(self) -> tuple[Row, ...]:
        """The rows that carry a problem, in file order."""
        return tuple(row for row in self.rows if row.problem is not None)


def column_letter(index: int) -> str:
    """Spreadsheet letter of a 0-based column index: 0 is A, 25 is Z, 26 is AA."""
    letters = ""
    number = index + 1
    while number:
        number, remainder = divmod(number - 1, 26)
        letters = chr(ord("A") + remainder) + letters
    return letters


def shown(value: object, *, length: int = 60) -> str:
    """A value quoted for a message, shortened so that a hostile cell cannot fill the page."""
    text = str(value)
    return f'"{text if len(text) <= length else text[: length - 1] + "…"}"'
