"""Texts of which every version is kept."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from implement.core.db import AppendOnlyModel


class TextVersion(AppendOnlyModel):
    """What people read of a row, as it stood from one change to the next. A room adds the row, as `versions`."""

    number = models.PositiveIntegerField()
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    reason = models.CharField(max_length=255, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"Version {self.number}"
