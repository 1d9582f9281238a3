"""Pictures of what people upload: drawn by a worker, in a process of its own, and shown in the file's place."""

from __future__ import annotations

from typing import Any

import structlog
from celery import current_app
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import models
from django.http import FileResponse, Http404

from implement.core.firstpage import CannotDraw, first_page
from projects.choices import PreviewState
from projects.models import Previewed

log = structlog.get_logger(__name__)
# By what a file begins with: its name and declared type are the uploader's words only.
PAGES = (b"%PDF-", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
PICTURES = (b"GIF87a", b"GIF89a", b"RIFF")
AT_ONCE = 20


def begins_with(upload: UploadedFile, signatures: tuple[bytes, ...]) -> bool:
    """Return whether a file begins as one of these kinds does."""
    upload.seek(0)
    head = upload.read(16)
    upload.seek(0)
    return head.startswith(signatures)


def state_of(upload: UploadedFile) -> str:
    """Return whether a picture is to be drawn of a file."""
    return PreviewState.WAITING if begins_with(upload, PAGES + PICTURES) else PreviewState.NONE


def poke(task: str) -> None:
    """Ask a worker to draw now. A broker that is away is only logged: the next tick draws."""
    try:
        current_app.send_task(task, retry=False)
    except Exception as error:
        log.warning("preview.poke_failed", error=str(error))


def draw_waiting(model: type[Previewed]) -> int:
    """Draw the pictures that wait; return how many were drawn.

    Safe to run twice and at once: the picture of a file that was drawn or removed meanwhile is thrown away.
    """
    waiting = model._default_manager.filter(preview_state=PreviewState.WAITING)[:AT_ONCE]
    return sum(draw(row) for row in waiting)


def draw(row: Any) -> bool:
    """Draw the first page of a row's file; return whether it could be drawn."""
    try:
        with row.file.open("rb") as stream:
            drawn = first_page(stream.read())
    except (CannotDraw, OSError) as error:
        log.info("preview.not_drawn", table=row._meta.label_lower, row=row.pk, error=str(error)[:200])
        values: dict[str, Any] = {"preview_state": PreviewState.FAILED}
    else:
        row.preview.save("page.png", ContentFile(drawn), save=False)
        values = {"preview_state": PreviewState.READY, "preview": row.preview.name}
    kept: models.QuerySet[Any] = type(row)._base_manager.filter(pk=row.pk, preview_state=PreviewState.WAITING)
    if not kept.update(**values):
        if "preview" in values:
            row.preview.storage.delete(str(values["preview"]))
        return False
    return "preview" in values


def picture_response(row: Previewed) -> FileResponse:
    """Show the picture that the product drew itself, never the uploader's own bytes. Raises Http404 without one."""
    if row.preview_state != PreviewState.READY or not row.preview:
        raise Http404
    response = FileResponse(row.preview.open("rb"), filename="preview.png", content_type="image/png")
    response["Content-Disposition"] = 'inline; filename="preview.png"'
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=600"
    return response
