"""Handing out a report's PDF and its figures, to the team and on the portal alike."""

from __future__ import annotations

import io

from django.http import FileResponse

from implement.reports.mails import pdf_name, read_pdf
from implement.reports.models import Report
from implement.reports.snapshots import snapshot_read
from implement.reports.workbook import report_workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def pdf_response(report: Report, *, as_attachment: bool = False) -> FileResponse:
    """Return the PDF as it was filed, to be opened or kept. The caller has asked the door.

    Raises DomainError when there is none, or when the file is no longer what was filed.
    """
    response = FileResponse(
        io.BytesIO(read_pdf(report)),
        as_attachment=as_attachment,
        filename=pdf_name(report),
        content_type="application/pdf",
    )
    response["Cache-Control"] = "private, no-store"
    return response


def xlsx_response(report: Report) -> FileResponse:
    """Return the raw figures of a report that has a snapshot as a workbook. The caller has asked the door.

    Raises DomainError when the figures are not, byte for byte, what was frozen.
    """
    assert report.snapshot is not None
    response = FileResponse(
        io.BytesIO(report_workbook(report, snapshot_read(report.snapshot))),
        as_attachment=True,
        filename=f"{pdf_name(report).removesuffix('.pdf')}.xlsx",
        content_type=XLSX,
    )
    response["Cache-Control"] = "private, no-store"
    return response
