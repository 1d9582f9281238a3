"""Questions about reports."""

from __future__ import annotations

from typing import Any

from django.db import models

from implement.reports.choices import ReportState
from projects.choices import Audience


class ReportQuerySet(models.QuerySet[Any]):
    """Questions about reports."""

    def published(self) -> ReportQuerySet:
        """Return what a customer may read: customer editions that a person approved, or a schedule sent."""
        return self.filter(
            audience=Audience.CUSTOMER,
            state__in=[ReportState.APPROVED, ReportState.SENT],
            is_pdf_current=True,
        ).exclude(pdf="")

    def current(self) -> ReportQuerySet:
        """Return the reports that no newer one of the same period has replaced."""
        return self.exclude(state=ReportState.SUPERSEDED)

    def in_work(self) -> ReportQuerySet:
        """Return the reports that a worker has still to make."""
        return self.filter(state__in=[ReportState.QUEUED, ReportState.GENERATING])
