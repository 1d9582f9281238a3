"""Sending what the outbox rows say, each at most once.

A row is claimed by a conditional UPDATE. Until the hand-over begins a dead worker's row is claimed again;
from then on it can only become sent, failed, or not confirmed: a mail is never sent twice by itself. The
Message-ID is the row's own, so that a person's second try can be told from a first one.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from smtplib import SMTPNotSupportedError, SMTPRecipientsRefused, SMTPResponseException
from typing import Any

import structlog
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from implement.core.errors import DomainError
from projects.choices import DeliveryState

log = structlog.get_logger(__name__)
MAX_ATTEMPTS = 6
FIRST_PAUSE = timedelta(minutes=1)
# The receiver said no, so the mail was not taken.
REFUSALS = (ConnectionRefusedError, SMTPNotSupportedError, SMTPRecipientsRefused, SMTPResponseException)
NOT_CONFIRMED = "Cut off while this mail was handed over. Ask the receiver before sending it again."
BuildMessage = Callable[[Any], EmailMessage]


def message_id_header(row: Any) -> str:
    """Return the row's own Message-ID."""
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ") or "localhost"
    return f"<{row.message_id}@{domain}>"


def deliver(
    *, queryset: QuerySet[Any], build: BuildMessage, sent: Callable[[Any], None] | None = None
) -> int:
    """Send the due rows of a queryset; return how many were sent. `build` makes a row's message, `sent` is told."""
    now = timezone.now()
    model = queryset.model
    # A worker died between handing over and knowing: only a person can tell, so say so.
    queryset.filter(state=DeliveryState.SENDING, is_handing_over=True, lease_until__lt=now).update(
        state=DeliveryState.UNCONFIRMED,
        token=None,
        error=f"{NOT_CONFIRMED} The worker stopped.",
    )
    claimable = Q(state=DeliveryState.PENDING, due_at__lte=now) | Q(
        state=DeliveryState.SENDING, is_handing_over=False, lease_until__lt=now
    )
    count = 0
    for pk in queryset.filter(claimable).order_by("due_at").values_list("pk", flat=True)[:200]:
        token = uuid.uuid4()
        claimed = model.objects.filter(claimable, pk=pk).update(
            state=DeliveryState.SENDING,
            token=token,
            attempts=F("attempts") + 1,
            is_handing_over=False,
            lease_until=timezone.now() + timedelta(seconds=settings.JOB_LEASE_SECONDS),
        )
        if claimed:
            count += _send(queryset.get(pk=pk), token=token, build=build, sent=sent)
    return count


def _send(row: Any, *, token: uuid.UUID, build: BuildMessage, sent: Callable[[Any], None] | None) -> int:
    """Send one claimed row and record how it went."""
    mine = type(row).objects.filter(pk=row.pk, token=token)
    mail = get_connection()
    try:
        message = build(row)
        message.extra_headers["Message-ID"] = message_id_header(row)
        message.connection = mail
        # What can fail without harm (no server, no login) comes before the hand-over is noted.
        mail.open()
        if not mine.update(is_handing_over=True):
            return 0
        message.send()
    except Exception as error:
        _record_failure(row, mine=mine, error=error)
        return 0
    finally:
        mail.close()
    mine.update(state=DeliveryState.SENT, sent_at=timezone.now(), error="", token=None, is_handing_over=False)
    if sent is not None:
        sent(row)
    return 1


def _record_failure(row: Any, *, mine: QuerySet[Any], error: Exception) -> None:
    """Plan the next try, give up with the reason, or leave it to a person where nobody knows."""
    given_up = row.attempts >= MAX_ATTEMPTS
    reason = f"{type(error).__name__}: {error}"
    log.warning("outbox.failed", row=str(row), attempt=row.attempts, error=str(error))
    if isinstance(error, OSError) and not isinstance(error, REFUSALS):
        # The line broke. Once the hand-over had begun, the server may have taken the mail without our knowing.
        mine.filter(is_handing_over=True).update(
            state=DeliveryState.UNCONFIRMED,
            error=f"{NOT_CONFIRMED} {reason}"[:2000],
            token=None,
        )
    mine.update(
        state=DeliveryState.FAILED if given_up else DeliveryState.PENDING,
        due_at=timezone.now() + FIRST_PAUSE * 4 ** (row.attempts - 1),
        error=reason[:2000],
        token=None,
        is_handing_over=False,
    )


def send_again(*, row: Any) -> None:
    """Queue a failed or unconfirmed message again: a person's decision.

    Raises DomainError when it is neither.
    """
    changed = (
        type(row)
        .objects.filter(pk=row.pk, state__in=[DeliveryState.FAILED, DeliveryState.UNCONFIRMED])
        .update(
            state=DeliveryState.PENDING,
            attempts=0,
            due_at=timezone.now(),
            error="",
            is_handing_over=False,
            message_id=uuid.uuid4(),
        )
    )
    if not changed:
        raise DomainError("Only a failed or unconfirmed mail can be sent again.")
