"""The one way in for an uploaded table: says what a file is by its bytes, then reads it exactly or refuses
it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from os import PathLike
from pathlib import Path

from implement.core.tabular import csvfile
from implement.core.tabular.errors import TabularError
from implement.core.tabular.model import Cell, Limits, Row, Table, column_letter, shown
from implement.core.tabular.xlsxfile import read_sheet

_ZIP = b"PK\x03\x04"
_FOREIGN = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"{\\rtf", "a rich text document"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3", "a database"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MARKUP = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|\?xml|table|svg)\b", re.IGNORECASE)
_FIGURES = frozenset("0123456789.,:/-+' ")
_HEADER_CHARS = 200


@dataclass(frozen=True, slots=True)
class _Record:
    line: int
    values: list[Cell]
    problem: str | None = None


def read_table(
    data: bytes | str | PathLike[str],
    *,
    filename: str,
    limits: Limits | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    header_line: int | None = None,
) -> Table:
    """Read a CSV or XLSX upload; its bytes decide which of the two it is, never its name.

    `data` is the content or a path. `encoding`, `delimiter` and `sheet` overrule what would be found out;
    `header_line` (1-based line or sheet row) skips a preamble. Rows that do not fit the header are kept
    with a `problem`. Lines that are blank or hold only empty cells are left out, and a warning counts the
    latter.

    Raises TabularError, with line, column and value where there is one, for a file that is empty, too
    large, of another kind, badly encoded or quoted, or whose header names two columns alike.
    """
    limits = limits or Limits()
    content = _content(data, limits=limits)
    name = Path(filename).name or "file"
    _refuse_foreign(content, name=name)
    if content.startswith(_ZIP):
        return _read_xlsx(content, name=name, limits=limits, sheet=sheet, header_line=header_line)
    return _read_csv(
        content, name=name, limits=limits, encoding=encoding, delimiter=delimiter, header_line=header_line
    )


def _content(data: bytes | str | PathLike[str], *, limits: Limits) -> bytes:
    if isinstance(data, bytes):
        size = len(data)
    else:
        try:
            size = Path(data).stat().st_size
        except OSError as error:
            raise TabularError("The file cannot be opened.") from error
    if size > limits.max_bytes:
        raise TabularError(f"The file holds {size:,} bytes; at most {limits.max_bytes:,} are taken.")
    if size == 0:
        raise TabularError("The file is empty.")
    return data if isinstance(data, bytes) else Path(data).read_bytes()


def _refuse_foreign(content: bytes, *, name: str) -> None:
    wanted = "Upload a CSV or an XLSX file."
    if content.startswith(_OLE):
        raise TabularError(
            f"{name} is an old Excel file (.xls) or a workbook protected by a password. "
            "Save it as XLSX without a password."
        )
    for mark, kind in _FOREIGN:
        if content.startswith(mark):
            raise TabularError(f"{name} is {kind}. {wanted}")
    if _MARKUP.match(content[:200]):
        raise TabularError(f"{name} is a web page or an XML document. {wanted}")
    if content.startswith(_ZIP):
        if b"mimetypeapplication/vnd.oasis.opendocument" in content[:200]:
            raise TabularError(f"{name} is an OpenDocument file. Save it as XLSX or CSV.")
        # The names stand in the directory at the end of the file, uncompressed.
        if b"xl/workbook.bin" in content:
            raise TabularError(f"{name} is a binary workbook (.xlsb). Save it as XLSX.")
        if b"_rels/.rels" not in content:
            raise TabularError(f"{name} is a zip archive, not a workbook. {wanted}")


def _read_csv(
    content: bytes,
    *,
    name: str,
    limits: Limits,
    encoding: str | None,
    delimiter: str | None,
    header_line: int | None,
) -> Table:
    if delimiter is not None and delimiter not in csvfile.DELIMITERS:
        raise TabularError("The delimiter must be a comma, a semicolon, a tab or a bar.", value=delimiter)
    text, used, warnings = csvfile.decode(content, encoding=encoding)
    if Path(name).suffix.lower() in {".xlsx", ".xlsm"}:
        warnings.append(f"{name} is named as a workbook but holds text; it was read as CSV.")
    first_line = 1
    # Excel's own hint at the delimiter stands alone on the first line.
    if hint := re.match(r"sep=([,;\t|])(?:\r\n|\r|\n)", text):
        text, delimiter, first_line = text[hint.end() :], delimiter or hint[1], 2
    dialect = csvfile.sniff(text, delimiter=delimiter)
    if dialect.share < 0.5:
        warnings.append(
            f"Fewer than half of the rows fit the header with a {csvfile.DELIMITER_NAMES[dialect.delimiter]} "
            "between the cells; check the delimiter."
        )
    if dialect.quotechar == "'":
        warnings.append("Cells are quoted with apostrophes; they were read so.")
    found = (
        _Record(line, list(cells))
        for line, cells in csvfile.records(text, dialect=dialect, limits=limits, first_line=first_line)
    )
    headers, line, rows = _assemble(
        found, limits=limits, warnings=warnings, header_line=header_line, rectangular=False
    )
    return Table(
        headers=headers,
        rows=rows,
        header_line=line,
        encoding=used,
        delimiter=dialect.delimiter,
        warnings=tuple(warnings),
    )


def _read_xlsx(
    content: bytes, *, name: str, limits: Limits, sheet: str | None, header_line: int | None
) -> Table:
    read = read_sheet(content, sheet=sheet, limits=limits)
    warnings: list[str] = []
    if Path(name).suffix.lower() not in {".xlsx", ".xlsm"}:
        warnings.append(f"{name} is a workbook; it was read as XLSX.")
    if sheet is None and len(read.names) > 1:
        others = ", ".join(shown(other) for other in read.names if other != read.name)
        warnings.append(f"The sheet {shown(read.name)} was read; not read: {others}.")
    found = (_Record(record.line, record.values, record.problem) for record in read.records)
    headers, line, rows = _assemble(
        found, limits=limits, warnings=warnings, header_line=header_line, rectangular=True
    )
    return Table(
        headers=headers,
        rows=rows,
        header_line=line,
        sheet=read.name,
        sheets=read.names,
        warnings=tuple(warnings),
    )


def _assemble(
    found: Iterable[_Record],
    *,
    limits: Limits,
    warnings: list[str],
    header_line: int | None,
    rectangular: bool,
) -> tuple[tuple[str, ...], int, tuple[Row, ...]]:
    """Header names, header line and rows; appends to `warnings`. A rectangular source has no short rows."""
    records = iter(found)
    header = _find_header(records, header_line=header_line)
    body = list(_bounded(records, limits=limits))
    cells = header.values
    if rectangular:
        # A sheet's used area is wider than its table where an empty cell was only formatted.
        width = max((_filled(record.values) for record in [header, *body]), default=0)
        cells = (cells + [""] * width)[:width]
    headers = _name_headers(cells, limits=limits, line=header.line, warnings=warnings)
    names = [_header_text(cell) for cell in cells]
    rows: list[Row] = []
    hollow: list[int] = []
    for record in body:
        values = record.values
        if rectangular:
            values = (values + [""] * len(headers))[: len(headers)]
        if record.problem is None and all(value == "" for value in values) and len(values) == len(headers):
            hollow.append(record.line)
            continue
        problem = record.problem or _row_problem(values, headers=headers, names=names)
        rows.append(Row(record.line, tuple(values), problem))
    if hollow:
        noun = "row was" if len(hollow) == 1 else "rows were"
        warnings.append(
            f"{len(hollow):,} {noun} left out because all cells are empty (first: line {hollow[0]})."
        )
    return headers, header.line, tuple(rows)


def _find_header(records: Iterator[_Record], *, header_line: int | None) -> _Record:
    for record in records:
        if header_line is None or record.line == header_line:
            if record.problem is not None:
                raise TabularError(f"The header cannot be read: {record.problem}", line=record.line)
            return record
    if header_line is not None:
        raise TabularError(f"No row begins on line {header_line}, which should hold the header.")
    raise TabularError("The file is empty: it holds no header.")


def _bounded(records: Iterator[_Record], *, limits: Limits) -> Iterator[_Record]:
    cells = 0
    for count, record in enumerate(records, start=1):
        if count > limits.max_rows:
            raise TabularError(f"The file holds more than {limits.max_rows:,} rows.", line=record.line)
        cells += len(record.values)
        if cells > limits.max_cells:
            raise TabularError(f"The file holds more than {limits.max_cells:,} cells.", line=record.line)
        yield record


def _filled(values: list[Cell]) -> int:
    return max((index for index, value in enumerate(values, start=1) if value != ""), default=0)


def _header_text(cell: Cell) -> str:
    return " ".join(str(cell).split())


def _name_headers(cells: list[Cell], *, limits: Limits, line: int, warnings: list[str]) -> tuple[str, ...]:
    if len(cells) > limits.max_columns:
        raise TabularError(
            f"The header holds {len(cells):,} columns; at most {limits.max_columns} are taken.", line=line
        )
    names = [_header_text(cell) for cell in cells]
    for index, name in enumerate(names):
        if len(name) > _HEADER_CHARS:
            raise TabularError(
                f"The header is longer than {_HEADER_CHARS} characters: {shown(name)}.",
                line=line,
                column=column_letter(index),
                value=name[:60],
            )
    if not any(names):
        raise TabularError("The header row is empty.", line=line)
    seen: dict[str, int] = {}
    for index, name in enumerate(names):
        first = seen.setdefault(name.casefold(), index) if name else index
        if first != index:
            raise TabularError(
                f"Two columns are called {shown(name)}: column {first + 1} ({column_letter(first)}) and "
                f"column {index + 1} ({column_letter(index)}). Rename one of them.",
                line=line,
                column=name,
                value=name,
            )
    empty = [index for index, name in enumerate(names) if not name]
    for index in empty:
        name = f"Column {column_letter(index)}"
        while name.casefold() in seen:
            name += "'"
        seen[name.casefold()] = index
        names[index] = name
    if empty:
        warnings.append(
            f"Columns without a header were named {', '.join(names[index] for index in empty[:10])}."
        )
    for name, cell in zip(names, cells, strict=True):
        typed = isinstance(cell, Decimal | datetime | date | time | timedelta)
        if typed or (_FIGURES.issuperset(name) and any(map(str.isdigit, name))):
            warnings.append(f"The first row looks like data rather than headers: it holds {shown(name)}.")
            break
    return tuple(names)


def _row_problem(values: list[Cell], *, headers: tuple[str, ...], names: list[str]) -> str | None:
    if len(values) != len(headers):
        few = "few" if len(values) < len(headers) else "many"
        return f"The row has too {few} cells: {len(values)}, where the header has {len(headers)}."
    if len(headers) > 1 and [_header_text(value) for value in values] == names:
        return "The row repeats the header."
    return None
