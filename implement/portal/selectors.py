"""What a customer reads: published rows only, in the customer's words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from implement.reports.choices import ReportKind
from implement.reports.models import Report
from projects.models import Project

REACHED = {"reached", "accepted"}


@dataclass(frozen=True)
class CustomerStatus:
    """One answer to "where are we": the milestones' panel rows, how many are reached, which comes next."""

    milestones: tuple[dict[str, Any], ...]
    reached: int
    next: dict[str, Any] | None


def customer_status(rows: Sequence[dict[str, Any]]) -> CustomerStatus:
    """Return the answer from the rows of the customer's milestone panel, which stay the only source."""
    open_rows = [row for row in rows if row["state"] not in REACHED]
    return CustomerStatus(
        milestones=tuple(rows),
        reached=len(rows) - len(open_rows),
        next=open_rows[0] if open_rows else None,
    )


def published_reports(project: Project) -> QuerySet[Report]:
    """Return the customer editions that were released to the customer, newest first."""
    return Report.objects.filter(project=project).published().order_by("-period_to", "kind", "-pk")


def latest_words(reports: Sequence[Report]) -> Report | None:
    """Return the newest released status report whose words a person has read, of reports newest first."""
    return next((row for row in reports if row.kind == ReportKind.STATUS and row.is_text_reviewed), None)
