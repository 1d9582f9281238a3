"""What the firm's finished tasks took against their estimate, kept day by day."""

from __future__ import annotations

from django.db import models

from implement.core.db import AppendOnlyModel


class Experience(AppendOnlyModel):
    """The ratios of actual to estimated hours of all tasks finished by the end of a day, over all projects.

    `data` holds the bands by size. Kept so that a forecast of that day shows the same on every face and for ever, and
    no page adds up the hours of the whole firm.
    """

    day = models.DateField(unique=True)
    at = models.DateTimeField()
    projects = models.PositiveIntegerField()
    data = models.JSONField()

    class Meta:
        ordering = ["-day"]
        verbose_name_plural = "experience"

    def __str__(self) -> str:
        return f"Experience up to {self.day.isoformat()}"
