"""The words of the reports."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from implement.core.choices import TonedChoices


class ReportKind(models.TextChoices):
    BUDGET = "budget", _("Budget report")
    STATUS = "status", _("Status report")


# Code and own name of every language that a report can be written in.
LANGUAGES = tuple(settings.LANGUAGES)


class Frequency(models.TextChoices):
    WEEKLY = "weekly", "Every week"
    BIWEEKLY = "biweekly", "Every two weeks"


class Weekday(models.IntegerChoices):
    MONDAY = 0, "Monday"
    TUESDAY = 1, "Tuesday"
    WEDNESDAY = 2, "Wednesday"
    THURSDAY = 3, "Thursday"
    FRIDAY = 4, "Friday"
    SATURDAY = 5, "Saturday"
    SUNDAY = 6, "Sunday"


class ReportState(TonedChoices):
    """A report's way: made by a worker, read by the project manager, sent once."""

    QUEUED = "queued", "quiet", "Waiting"
    GENERATING = "generating", "moving", "Being made"
    DRAFT = "draft", "watch", "Draft"
    APPROVED = "approved", "moving", "Approved"
    SENT = "sent", "done", "Sent"
    FAILED = "failed", "trouble", "Failed"
    SUPERSEDED = "superseded", "quiet", "Superseded"
