"""Receipts: what is taken, and the picture of the first page that is shown in their place."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from budget.models import Expense, Receipt
from budget.selectors.periods import require_open
from budget.services.time import check_owner
from implement.accounts.models import User
from implement.core.errors import DomainError
from projects.kit import previews
from projects.kit.access import Entry
from projects.kit.journal import record

DRAW_TASK = "budget.tasks.draw_receipts"
MOST = 20
NAME_LENGTH = 200


def check_receipt(upload: UploadedFile) -> None:
    """Raise DomainError unless the file is a PDF, PNG or JPEG of a size the product takes."""
    limit = settings.UPLOAD_MAX_BYTES
    if (upload.size or 0) > limit:
        message = f"“{upload.name}” is larger than {limit // (1024 * 1024)} MB."
        raise DomainError(message, fields={"receipts": message})
    if not previews.begins_with(upload, previews.PAGES):
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
    transaction.on_commit(partial(previews.poke, DRAW_TASK))
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
    require_open(project=expense.project, days=[expense.booked_day], field="spent_on")
    check_owner(
        entry=expense, access=access, log_permission="expenses.log", others_permission="expenses.approve"
    )


def receipts_draw() -> int:
    """Draw the first pages that wait; return how many were drawn."""
    return previews.draw_waiting(Receipt)
