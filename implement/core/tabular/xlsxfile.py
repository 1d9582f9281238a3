"""XLSX bytes into records of typed cells, once the guard has found the file harmless."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import python_calamine

from implement.core.tabular import xlsxguard
from implement.core.tabular.errors import TabularError
from implement.core.tabular.model import CONTROLS, Cell, Limits, column_letter, shown
from implement.core.tabular.xlsxbook import Book, SheetPart, open_book, repack


@dataclass(frozen=True, slots=True)
class SheetRecord:
    """One sheet row: its 1-based number, its cells, and a sentence when a cell could not be read."""

    line: int
    values: list[Cell]
    problem: str | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """The chosen sheet and the names of all worksheets in the file."""

    name: str
    names: tuple[str, ...]
    records: list[SheetRecord]


def read_sheet(data: bytes, *, sheet: str | None, limits: Limits) -> Sheet:
    """The rows of one worksheet that hold at least one value; without `sheet`, the first visible one.

    Numbers come as Decimal with the digits the spreadsheet stored, dates, times and durations typed,
    formulas as their last stored result. Raises TabularError for a damaged, protected or oversized
    workbook, or an unknown sheet.
    """
    members = xlsxguard.open_members(data, limits=limits)
    book = open_book(members)
    names = tuple(entry.name for entry in book.sheets)
    chosen = _choose(sheet, book=book)
    content = members.get(chosen.part)
    if content is None:
        raise TabularError(f"The workbook is damaged: the sheet {shown(chosen.name)} has no content.")
    lengths = xlsxguard.shared_string_lengths(book.strings) if book.strings else []
    scan = xlsxguard.scan_sheet(content, part=chosen.part, lengths=lengths, limits=limits)
    if not scan.rows:
        return Sheet(chosen.name, names, [])
    repacked = repack(book, content=content)
    return Sheet(chosen.name, names, _cells(repacked, scan=scan, limits=limits))


def _choose(sheet: str | None, *, book: Book) -> SheetPart:
    if sheet is None:
        return next((entry for entry in book.sheets if entry.visible), book.sheets[0])
    for entry in book.sheets:
        if entry.name == sheet:
            return entry
    listed = ", ".join(shown(entry.name) for entry in book.sheets[:20])
    raise TabularError(f"There is no sheet {shown(sheet)}; the workbook has {listed}.", value=sheet)


def _cells(data: bytes, *, scan: xlsxguard.SheetScan, limits: Limits) -> list[SheetRecord]:
    damaged = "The workbook is damaged and cannot be read; open it, save it again and retry."
    # A panic of the workbook reader is derived from BaseException; left alone it would end the worker.
    try:
        sheet = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
        return list(_records(sheet, scan=scan, limits=limits))
    except (python_calamine.CalamineError, OSError, OverflowError) as error:
        raise TabularError(damaged) from error
    except BaseException as error:
        if type(error).__name__ == "PanicException":
            raise TabularError(damaged) from error
        raise


def _records(
    sheet: python_calamine.CalamineSheet, *, scan: xlsxguard.SheetScan, limits: Limits
) -> Iterator[SheetRecord]:
    left = sheet.start[1] if sheet.start else 0
    faults: dict[int, list[tuple[int, str]]] = {}
    for (row, column), fault in sorted(scan.faults.items()):
        faults.setdefault(row, []).append((column - 1, fault))
    for line, cells in enumerate(sheet.iter_rows(), start=1):
        values: list[Cell] = [""] * left
        values += [_cell(cell, line=line, column=left + at, limits=limits) for at, cell in enumerate(cells)]
        here = faults.pop(line, [])
        if here or any(value != "" for value in values):
            yield SheetRecord(line, values, _sentence(line, here))
    # A row of nothing but error values at the very end is not part of the area the workbook reader hands
    # over.
    for line, here in sorted(faults.items()):
        yield SheetRecord(line, [], _sentence(line, here))


def _sentence(line: int, faults: list[tuple[int, str]]) -> str | None:
    if not faults:
        return None
    return (
        "; ".join(f"cell {column_letter(column)}{line} holds {fault}" for column, fault in faults[:5]) + "."
    )


def _cell(value: object, *, line: int, column: int, limits: Limits) -> Cell:
    if isinstance(value, str):
        if len(value) > limits.max_cell_chars:
            raise TabularError(
                f"The cell holds {len(value):,} characters; at most {limits.max_cell_chars:,} are taken.",
                line=line,
                column=column_letter(column),
                value=value[:60],
            )
        # XML cannot hold these, but the reader makes "_x0000_" into the character itself, and the database
        # refuses it.
        if found := CONTROLS.search(value):
            raise TabularError(
                f"The cell holds a control character (0x{ord(found.group()):02X}).",
                line=line,
                column=column_letter(column),
            )
        return value
    if isinstance(value, bool | datetime | date | time | timedelta):
        return value
    # The shortest digits that stand for the stored binary number: 0.1 stays 0.1.
    number = Decimal(repr(value))
    if not number.is_finite():
        raise TabularError(
            "The cell holds a number too large to read.", line=line, column=column_letter(column)
        )
    return (
        number.quantize(Decimal(1))
        if number == number.to_integral_value() and abs(number) < 10**15
        else number
    )
