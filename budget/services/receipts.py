"""Receipts: what is taken, and the picture of the first page that is shown in their place."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import structlog
from celery import current_app
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from budget.choices import PreviewState
from budget.models import Expense, Receipt
from budget.selectors.periods import require_open
from budget.services.time import check_owner
from implement.accounts.models import User
from implement.core.errors import DomainError
from implement.core.firstpage import CannotDraw, first_page
from projects.kit.access import Entry
from projects.kit.journal import record

log = structlog.get_logger(__name__)
DRAW_TASK = "budget.tasks.draw_receipts"
# By what a file begins with: its name and declared type are the uploader's words only.
RECEIPT_SIGNATURES = {b"%PDF-": "pdf", b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg"}
AT_ONCE = 20
MOST = 20
NAME_LENGTH = 200


def check_receipt(upload: UploadedFile) -> None:
    """Raise DomainError unless the file is a PDF, PNG or JPEG of a size the product takes."""
    head = upload.read(16)
    upload.seek(0)
    limit = settings.UPLOAD_MAX_BYTES
    if (upload.size or 0) > limit:
        message = f"“{upload.name}” is larger than {limit // (1024 * 1024)} MB."
        raise DomainError(message, fields={"receipts": message})
    if not any(head.startswith(signature) for signature in RECEIPT_SIGNATURES):
        message = f"“{upload.name}” is no PDF, PNG or JPEG."
        raise DomainError(message, fields={"receipts": message})


def receipts_take(*, expense: Expense, uploads: Sequence[UploadedFile], actor: User | None) -> list[Receipt]:
    """Put receipts to a stored expense, and ask for their pictures. In the caller's transaction.

    Raises DomainError for a file that is none, or for too many.
    """
    if not uploads:
        return []
    if expense.receipts.count() + len(uploads) > MOST:
        message = f"An expense has {MOST} receipts at most."
        raise DomainError(message, fields={"receipts": message})
    taken = []
    for upload in uploads:
        check_receipt(upload)
        name = (upload.name or "receipt").rpartition("/")[2][:NAME_LENGTH]
        taken.append(Receipt.objects.create(expense=expense, file=upload, name=name))
        changes = {"receipt": (None, name)}
        record(
            action="expense.changed", target=expense, actor=actor, project=expense.project, changes=changes
        )
    transaction.on_commit(poke)
    return taken


@transaction.atomic
def receipts_add(*, expense: Expense, uploads: Sequence[UploadedFile], access: Entry) -> list[Receipt]:
    """Put receipts to a draft or rejected expense. Raises DomainError, NotAllowed or StateError."""
    _require_open(expense, access)
    return receipts_take(expense=expense, uploads=uploads, actor=access.user)


@transaction.atomic
def receipt_remove(*, receipt: Receipt, access: Entry) -> None:
    """Take a receipt off a draft or rejected expense, with its file. Raises NotAllowed or StateError."""
    expense = receipt.expense
    _require_open(expense, access)
    files = [file for file in (receipt.file, receipt.preview) if file]
    storage = receipt.file.storage
    changes = {"receipt": (receipt.name, None)}
    record(
        action="expense.changed", target=expense, actor=access.user, project=expense.project, changes=changes
    )
    receipt.delete()
    for file in files:
        transaction.on_commit(partial(storage.delete, str(file.name)))


def _require_open(expense: Expense, access: Entry) -> None:
    require_open(project=expense.project, days=[expense.spent_on], field="spent_on")
    check_owner(
        entry=expense, access=access, log_permission="expenses.log", others_permission="expenses.approve"
    )


def poke() -> None:
    """Ask a worker to draw now. A broker that is away is only logged: the next tick draws."""
    try:
        current_app.send_task(DRAW_TASK, retry=False)
    except Exception as error:
        log.warning("receipt.poke_failed", error=str(error))


def receipts_draw() -> int:
    """Draw the first pages that wait; return how many were drawn.

    Safe to run twice and at once: the picture of a receipt that was drawn or removed meanwhile is thrown away.
    """
    waiting = Receipt.objects.filter(preview_state=PreviewState.WAITING).select_related("expense")[:AT_ONCE]
    return sum(receipt_draw(receipt=receipt) for receipt in waiting)


def receipt_draw(*, receipt: Receipt) -> bool:
    """Draw one receipt's first page; return whether it could be drawn."""
    try:
        with receipt.file.open("rb") as stream:
            drawn = first_page(stream.read())
    except (CannotDraw, OSError) as error:
        log.info("receipt.not_drawn", receipt=receipt.pk, error=str(error)[:200])
        values: dict[str, Any] = {"preview_state": PreviewState.FAILED}
    else:
        receipt.preview.save("page.png", ContentFile(drawn), save=False)
        values = {"preview_state": PreviewState.READY, "preview": receipt.preview.name}
    kept = Receipt.objects.filter(pk=receipt.pk, preview_state=PreviewState.WAITING)
    if not kept.update(**values):
        if "preview" in values:
            receipt.preview.storage.delete(str(values["preview"]))
        return False
    return "preview" in values
