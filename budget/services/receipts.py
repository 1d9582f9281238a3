"""Receipts: what is taken, and the picture of the first page that is shown in their place."""

from __future__ import annotations

from typing import Any

import structlog
from celery import current_app
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from budget.choices import PreviewState
from budget.models import Expense
from implement.core.errors import DomainError
from implement.core.firstpage import CannotDraw, first_page

log = structlog.get_logger(__name__)
DRAW_TASK = "budget.tasks.draw_receipts"
# By what a file begins with: its name and declared type are the uploader's words only.
RECEIPT_SIGNATURES = {b"%PDF-": "pdf", b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg"}
AT_ONCE = 20


def check_receipt(upload: UploadedFile) -> None:
    """Raise DomainError unless the file is a PDF, PNG or JPEG of a size the product takes."""
    head = upload.read(16)
    upload.seek(0)
    limit = settings.UPLOAD_MAX_BYTES
    if (upload.size or 0) > limit:
        message = f"“{upload.name}” is larger than {limit // (1024 * 1024)} MB."
        raise DomainError(message, fields={"receipt": message})
    if not any(head.startswith(signature) for signature in RECEIPT_SIGNATURES):
        message = f"“{upload.name}” is no PDF, PNG or JPEG."
        raise DomainError(message, fields={"receipt": message})


def receipt_take(expense: Expense) -> None:
    """Check a receipt that has just come with the expense, and ask for its picture once the expense is stored.

    Raises DomainError for a file that is none.
    """
    if not expense.receipt or getattr(expense.receipt, "_committed", True):
        return
    upload = expense.receipt.file
    check_receipt(upload)
    expense.receipt_name = (upload.name or "receipt").rpartition("/")[2][:200]
    expense.preview, expense.preview_state = "", PreviewState.WAITING
    transaction.on_commit(poke)


def poke() -> None:
    """Ask a worker to draw now. A broker that is away is only logged: the next tick draws."""
    try:
        current_app.send_task(DRAW_TASK, retry=False)
    except Exception as error:
        log.warning("receipt.poke_failed", error=str(error))


def receipts_draw() -> int:
    """Draw the first pages that wait; return how many were drawn.

    Safe to run twice and at once: the picture of a receipt that was replaced meanwhile is thrown away.
    """
    waiting = Expense.with_trash.filter(preview_state=PreviewState.WAITING).order_by("pk")[:AT_ONCE]
    return sum(receipt_draw(expense=expense) for expense in waiting)


def receipt_draw(*, expense: Expense) -> bool:
    """Draw one receipt's first page; return whether it could be drawn. Its expense's version stays as it is."""
    name = expense.receipt.name
    try:
        with expense.receipt.open("rb") as stream:
            drawn = first_page(stream.read())
    except (CannotDraw, OSError) as error:
        log.info("receipt.not_drawn", expense=expense.pk, error=str(error)[:200])
        values: dict[str, Any] = {"preview_state": PreviewState.FAILED}
    else:
        expense.preview.save("page.png", ContentFile(drawn), save=False)
        values = {"preview_state": PreviewState.READY, "preview": expense.preview.name}
    kept = Expense.with_trash.filter(pk=expense.pk, receipt=name, preview_state=PreviewState.WAITING)
    if not kept.update(**values):
        if "preview" in values:
            expense.preview.storage.delete(str(values["preview"]))
        return False
    return "preview" in values
