"""The words of sign-offs."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from implement.core.choices import TonedChoices


class RequestState(TonedChoices):
    """Where a request stands. Only an open one can be answered."""

    OPEN = "open", "moving", _("Waiting for an answer")
    ANSWERED = "answered", "done", _("Answered")
    WITHDRAWN = "withdrawn", "quiet", _("Withdrawn")
    EXPIRED = "expired", "watch", _("Expired")
    SUPERSEDED = "superseded", "quiet", _("Outdated by a change")


class MailKind(models.TextChoices):
    """What a mail about a request says."""

    ASK = "ask", "Request"
    REMINDER = "reminder", "Reminder"
    RECEIPT = "receipt", "Receipt"
    WITHDRAWN = "withdrawn", "Withdrawal"
