"""Expenses: money spent for the project, in its own currency."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from budget.choices import EntryState
from budget.models import Expense
from budget.services.time import check_bookable, check_owner
from implement.core.errors import DomainError
from implement.core.money import round_money
from projects.kit.access import Entry
from projects.kit.rows import row_delete, row_save

# By what a file begins with: its name and declared type are the uploader's words only.
RECEIPT_SIGNATURES = {b"%PDF-": "pdf", b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg"}


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


def price(expense: Expense) -> None:
    """Set the amount in the project's currency (amount x rate, rounded) and what of it is billed."""
    project = expense.project
    if expense.currency == project.currency and expense.exchange_rate != 1:
        message = f"An expense in {project.currency} has the rate 1."
        raise DomainError(message, fields={"exchange_rate": message})
    if round_money(expense.amount, expense.currency) != expense.amount:
        message = f"{expense.currency} has no smaller unit: {expense.amount.normalize():f} cannot be paid."
        raise DomainError(message, fields={"amount": message})
    expense.cost = round_money(expense.amount * expense.exchange_rate, project.currency)
    expense.bill = expense.cost if expense.is_billable else Decimal(0)


@transaction.atomic
def expense_save(*, expense: Expense, access: Entry, expected_version: int | None = None) -> Expense:
    """Add an expense, or change a draft or rejected one.

    Raises DomainError (by field), NotAllowed, StateError or StaleVersion.
    """
    check_owner(
        entry=expense, access=access, log_permission="expenses.log", others_permission="expenses.approve"
    )
    check_bookable(project=expense.project, task=expense.task, worked_on=expense.spent_on)
    upload = (
        expense.receipt.file if expense.receipt and not getattr(expense.receipt, "_committed", True) else None
    )
    if upload is not None:
        check_receipt(upload)
        expense.receipt_name = (upload.name or "receipt").rpartition("/")[2][:200]
    if expense.amount is not None and expense.exchange_rate is not None:
        price(expense)
    if expense.status == EntryState.REJECTED:
        expense.status = EntryState.DRAFT
    row_save(row=expense, actor=access.user, expected_version=expected_version)
    return expense


@transaction.atomic
def expense_delete(*, expense: Expense, access: Entry, expected_version: int | None = None) -> None:
    """Throw a draft or rejected expense away.

    Raises NotAllowed or StateError.
    """
    check_owner(
        entry=expense, access=access, log_permission="expenses.log", others_permission="expenses.approve"
    )
    row_delete(row=expense, actor=access.user, expected_version=expected_version)
