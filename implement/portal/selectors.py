"""What a customer reads: published rows only, in the customer's words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, Q, QuerySet

from implement.reports.choices import ReportKind
from implement.reports.models import Report
from projects.builds.models import BuildItem, PromotedItem
from projects.choices import Audience
from projects.design.models import DesignElement
from projects.kit.notes import content_type_of
from projects.models import Attachment, Project
from projects.requirements.models import Requirement

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


def shown_files(project: Project) -> QuerySet[Attachment]:
    """Return the files for the customer on what they are shown: asked about, or brought to where they work."""
    delivered = PromotedItem.objects.filter(
        promotion__environment__project=project, promotion__environment__is_shown=True
    )
    rows: tuple[tuple[type[Model], QuerySet[Any]], ...] = (
        (Requirement, Requirement.objects.filter(project=project).shown()),
        (DesignElement, DesignElement.objects.filter(project=project).shown()),
        (BuildItem, BuildItem.objects.filter(pk__in=delivered.values("item_id"))),
    )
    pinned = Q()
    for model, shown in rows:
        pinned |= Q(content_type=content_type_of(model()), object_id__in=shown.values("pk"))
    return Attachment.objects.filter(pinned, project=project, audience=Audience.CUSTOMER)


def published_reports(project: Project) -> QuerySet[Report]:
    """Return the customer editions that were released to the customer, newest first."""
    return Report.objects.filter(project=project).published().order_by("-period_to", "kind", "-pk")


def latest_words(reports: Sequence[Report]) -> Report | None:
    """Return the newest released status report whose words a person has read, of reports newest first."""
    return next((row for row in reports if row.kind == ReportKind.STATUS and row.is_text_reviewed), None)
