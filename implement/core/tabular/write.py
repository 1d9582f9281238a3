"""Tables out to CSV and XLSX, row by row, so that no cell can act as a formula on the reader's machine."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import chain, islice
from typing import IO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from implement.core.tabular.errors import TabularError
from implement.core.tabular.model import column_letter

Value = str | int | Decimal | bool | date | datetime | time | timedelta | None

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
# What XML 1.0 cannot hold, and the carriage return, which XML readers turn into a line feed.
_UNSAFE_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_XLSX_CHARS = 32_767
_XLSX_ROWS = 1_048_576
_XLSX_DIGITS = 15
_WIDTH_SAMPLE = 200
_FIRST_EXCEL_DAY = date(1900, 3, 1)


def duration_text(value: timedelta) -> str:
    """A duration as [-]HH:MM:SS, hours running past 24; parts of a second are dropped."""
    seconds = abs(value) // timedelta(seconds=1)
    sign = "-" if value < timedelta(0) and seconds else ""
    return f"{sign}{seconds // 3600:02d}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}"


def neutralise(text: str) -> str:
    """The text with an apostrophe before it when a spreadsheet would take it for a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def as_it_was(text: str) -> str:
    """The text before `neutralise`: what we write to a table is read back as it was."""
    return text[1:] if text[:1] == "'" and text[1:].startswith(_FORMULA_STARTS) else text


def _plain(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, str):
        return neutralise(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise TypeError("A number that is not finite cannot be written.")
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return duration_text(value)
    # A float among them would be money that has already lost its cents.
    raise TypeError(f"A {type(value).__name__} cannot be written to a table; give int, Decimal or text.")


def _checked(rows: Iterable[Sequence[Value]], *, width: int) -> Iterator[Sequence[Value]]:
    for number, row in enumerate(rows, start=1):
        if len(row) != width:
            raise ValueError(f"Row {number} has {len(row)} cells, the header {width}.")
        yield row


def iter_csv(
    *, headers: Sequence[str], rows: Iterable[Sequence[Value]], delimiter: str = ",", bom: bool = True
) -> Iterator[bytes]:
    """The file in UTF-8 as one chunk per row, for a streamed response; RFC 4180, lines end with CR LF.

    Decimals are written in full with a point, dates and times in ISO 8601, durations as HH:MM:SS, None as
    nothing. Text that begins like a formula gets an apostrophe before it. Raises TypeError for a float and
    ValueError for a row whose length is not that of the header.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\r\n")
    if bom:
        yield codecs.BOM_UTF8
    for row in chain([headers], _checked(rows, width=len(headers))):
        cells = [_plain(value) for value in row]
        # Nothing but one empty cell would be a blank line, which readers leave out.
        if cells == [""]:
            buffer.write('""\r\n')
        else:
            writer.writerow(cells)
        yield buffer.getvalue().encode("utf-8", "replace")
        buffer.seek(0)
        buffer.truncate()


def write_csv(
    stream: IO[bytes],
    *,
    headers: Sequence[str],
    rows: Iterable[Sequence[Value]],
    delimiter: str = ",",
    bom: bool = True,
) -> int:
    """Write the file of `iter_csv` to a binary stream; gives the number of rows without the header."""
    lines = -2 if bom else -1
    for chunk in iter_csv(headers=headers, rows=rows, delimiter=delimiter, bom=bom):
        stream.write(chunk)
        lines += 1
    return lines + 1 if lines < 0 else lines


def _xlsx_text(text: str) -> str:
    clean = _UNSAFE_IN_XML.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))
    if len(clean) <= _XLSX_CHARS:
        return clean
    # A spreadsheet would cut it without a word.
    note = f"… [{len(clean):,} characters, shortened]"
    return clean[: _XLSX_CHARS - len(note)] + note


def _text_cell(sheet: WriteOnlyWorksheet, text: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value="")
    cell.value = _xlsx_text(text)
    # Set after the value: the library would make a formula of "=1+1" and an error of "#N/A".
    cell.data_type = "s"
    if text.startswith(_FORMULA_STARTS):
        cell.quotePrefix = True
    return cell


def _xlsx_cell(sheet: WriteOnlyWorksheet, value: Value) -> WriteOnlyCell | None:
    if value is None:
        return None
    if isinstance(value, str):
        return _text_cell(sheet, value)
    if isinstance(value, bool):
        return WriteOnlyCell(sheet, value=value)
    if isinstance(value, int | Decimal):
        return _number_cell(sheet, Decimal(value))
    if isinstance(value, datetime):
        naive = value.replace(tzinfo=None)
        if naive.date() < _FIRST_EXCEL_DAY:
            return _text_cell(sheet, naive.isoformat(sep=" "))
        return _formatted(sheet, naive, "yyyy-mm-dd hh:mm:ss")
    if isinstance(value, date):
        # The 1900 calendar of spreadsheets holds a 29 February that never was.
        return (
            _text_cell(sheet, value.isoformat())
            if value < _FIRST_EXCEL_DAY
            else _formatted(sheet, value, "yyyy-mm-dd")
        )
    if isinstance(value, time):
        return _formatted(sheet, value.replace(tzinfo=None), "hh:mm:ss")
    if isinstance(value, timedelta):
        return _formatted(sheet, value, "[h]:mm:ss")
    raise TypeError(f"A {type(value).__name__} cannot be written to a table; give int, Decimal or text.")


def _number_cell(sheet: WriteOnlyWorksheet, number: Decimal) -> WriteOnlyCell:
    text = _plain(number)
    # Spreadsheets keep fifteen digits; a longer number stays whole as text.
    if len(text.strip("-").replace(".", "").strip("0")) > _XLSX_DIGITS:
        return _text_cell(sheet, text)
    exponent = number.as_tuple().exponent
    places = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    return _formatted(sheet, number, f"0.{'0' * places}" if places else "0")


def _formatted(sheet: WriteOnlyWorksheet, value: object, number_format: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value=value)
    cell.number_format = number_format
    return cell


def _widths(headers: Sequence[str], sample: Sequence[Sequence[Value]]) -> list[float]:
    longest = [len(header) for header in headers]
    for row in sample:
        for index, value in enumerate(row):
            longest[index] = max(longest[index], *(len(line) for line in _plain(value).split("\n")))
    return [min(max(length, 6), 60) + 2.0 for length in longest]


@dataclass(frozen=True, kw_only=True)
class SheetOut:
    """One sheet to be written: a header and rows of as many cells."""

    name: str
    headers: Sequence[str]
    rows: Iterable[Sequence[Value]]


def _sheet_name(wanted: str, taken: set[str]) -> str:
    """Return a name that a spreadsheet takes: at most 31 characters, none forbidden, none twice."""
    clean = re.sub(r"[\[\]:*?/\\]", " ", wanted).strip(" '")[:31] or "Export"
    name, number = clean, 1
    while name.casefold() in taken:
        number += 1
        name = f"{clean[: 30 - len(str(number))]} {number}"
    taken.add(name.casefold())
    return name


def write_workbook(stream: IO[bytes], sheets: Iterable[SheetOut]) -> list[int]:
    """Write sheets with bold, frozen headers to a binary stream; gives each one's number of rows.

    Rows are taken one at a time. Text is stored as text, whatever it begins with; numbers, dates, times and
    durations are typed. An aware datetime is written as its own wall clock, so convert it first. Characters
    that XML cannot hold become U+FFFD; a text past 32,767 characters is shortened and says so. Raises
    TypeError for a float, ValueError for a row of the wrong length and TabularError past 1,048,575 rows.
    """
    book = Workbook(write_only=True)
    taken: set[str] = set()
    counts = [_write_sheet(book.create_sheet(_sheet_name(one.name, taken)), one) for one in sheets]
    book.save(stream)
    return counts


def _write_sheet(sheet: WriteOnlyWorksheet, wanted: SheetOut) -> int:
    body = _checked(wanted.rows, width=len(wanted.headers))
    sample = list(islice(body, _WIDTH_SAMPLE))
    for index, width in enumerate(_widths(wanted.headers, sample), start=1):
        sheet.column_dimensions[get_column_letter(index)].width = width
    sheet.freeze_panes = "A2"
    bold = Font(bold=True)
    top = [_text_cell(sheet, header) for header in wanted.headers]
    for cell in top:
        cell.font = bold
    sheet.append(top)
    count = 0
    try:
        for row in chain(sample, body):
            if count + 2 > _XLSX_ROWS:
                raise TabularError(f"A sheet ends at column {column_letter(16_383)} and row {_XLSX_ROWS:,}.")
            sheet.append([_xlsx_cell(sheet, value) for value in row])
            count += 1
    except BaseException:
        # The sheet is written by a generator into a temporary file; closing it ends both.
        sheet.close()
        raise
    return count


def write_xlsx(
    stream: IO[bytes], *, headers: Sequence[str], rows: Iterable[Sequence[Value]], sheet_name: str = "Export"
) -> int:
    """Write one sheet as `write_workbook` does; gives the number of rows without the header."""
    return write_workbook(stream, [SheetOut(name=sheet_name, headers=headers, rows=rows)])[0]
