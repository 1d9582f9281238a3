"""A list's table as CSV or XLSX, read and sent in pieces: a long list takes no more memory than a short one.

Text that a spreadsheet would take for a formula is neutralised.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from typing import Any

from django.http import FileResponse, Http404, StreamingHttpResponse
from django.utils import timezone
from django_tables2.rows import BoundRows

from implement.core.tabular import SheetOut, iter_csv, write_workbook, write_xlsx

CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
ROWS_READ = 1000
BYTES_SENT = 64 * 1024


def export_response(*, table: Any, format: str, name: str) -> StreamingHttpResponse:
    """Return the whole table (not only its page) as a download.

    Raises Http404 for a format that is neither csv nor xlsx.
    """
    if format not in CONTENT_TYPES:
        raise Http404
    table.rows = BoundRows(data=table.data.data.iterator(chunk_size=ROWS_READ), table=table)
    values = iter(table.as_values())
    headers = [str(header) for header in next(values)]
    # Named now: a stream is read after the request, and its time zone, have been left.
    rows = in_zone(values, timezone.get_current_timezone())
    if format == "csv":
        lines = iter_csv(headers=headers, rows=rows)
        response = StreamingHttpResponse(in_pieces(lines), content_type=CONTENT_TYPES[format])
        response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
        return response
    # A sheet can be sent once its last row is known: it waits on the disk. Closed by the response.
    file = tempfile.TemporaryFile()  # noqa: SIM115
    write_xlsx(file, headers=headers, rows=rows)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=CONTENT_TYPES[format])


def table_sheet(name: str, table: Any) -> SheetOut:
    """Return a whole table as a sheet, read in pieces."""
    table.rows = BoundRows(data=table.data.data.iterator(chunk_size=ROWS_READ), table=table)
    values = iter(table.as_values())
    headers = tuple(str(header) for header in next(values))
    return SheetOut(name=name, headers=headers, rows=in_zone(values, timezone.get_current_timezone()))


def workbook_response(
    *, sheets: Sequence[SheetOut], part: int, format: str, name: str
) -> StreamingHttpResponse:
    """Return all sheets as one workbook, or the sheet `part` alone as CSV.

    Raises Http404 for a format that is neither csv nor xlsx.
    """
    if format not in CONTENT_TYPES:
        raise Http404
    if format == "csv":
        lines = iter_csv(headers=sheets[part].headers, rows=sheets[part].rows)
        response = StreamingHttpResponse(in_pieces(lines), content_type=CONTENT_TYPES[format])
        response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
        return response
    file = tempfile.TemporaryFile()  # noqa: SIM115
    write_workbook(file, sheets)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=CONTENT_TYPES[format])


def in_zone(rows: Iterator[list[Any]], zone: tzinfo) -> Iterator[list[Any]]:
    """Tell moments in a time zone: a spreadsheet knows none, so it gets the reader's clock."""
    for row in rows:
        yield [value.astimezone(zone) if isinstance(value, datetime) else value for value in row]


def in_pieces(lines: Iterator[bytes]) -> Iterator[bytes]:
    """Join lines, so that not every line travels alone."""
    piece = bytearray()
    for line in lines:
        piece += line
        if len(piece) >= BYTES_SENT:
            yield bytes(piece)
            piece.clear()
    yield bytes(piece)
