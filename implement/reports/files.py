"""Handing out a report's PDF, to the team and on the portal alike."""

from __future__ import annotations

import io

from django.http import FileResponse

from implement.reports.mails import pdf_name, read_pdf
from implement.reports.models import Report


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
