"""Reads of the reports: who may see which, how the sending goes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from implement.accounts.models import User
from implement.reports.choices import ReportState
from implement.reports.models import Report, ReportBatch
from implement.reports.querysets import ReportQuerySet
from projects.choices import Audience, DeliveryState, ProjectStatus
from projects.kit.access import Entry, visible_projects
from projects.models import Project


def visible_reports(entry: Entry) -> ReportQuerySet:
    """Return the reports a person on the team may read, with how many mails of each have gone.

    An internal edition shows cost: a role or API token without that right sees customer editions only.
    """
    audiences = entry.audiences if entry.can("cost.view") else (Audience.CUSTOMER,)
    rows = Report.objects.filter(project=entry.project, audience__in=audiences)
    return rows.annotate(
        mails=Count("deliveries"),
        mails_sent=Count("deliveries", filter=Q(deliveries__state=DeliveryState.SENT)),
    )


def published_reports(project: Project) -> ReportQuerySet:
    """Return what this project's customer may read and download, newest first."""
    return Report.objects.filter(project=project).published().select_related("project")


@dataclass(frozen=True)
class BatchProgress:
    """How far a batch is: reports that are made, that failed, that a worker has still to make."""

    made: int
    failed: int
    waiting: int

    @property
    def count(self) -> int:
        """Return how many reports the batch has."""
        return self.made + self.failed + self.waiting

    @property
    def percent(self) -> int:
        """Return the whole percents that are settled, 100 only when nothing waits."""
        return 100 * (self.made + self.failed) // self.count if self.count else 100


def batch_projects(user: User, *, audience: str) -> QuerySet[Project]:
    """Return the projects whose reports of an edition the person may make: cost is for who may see cost."""
    found = visible_projects(user, permission="reports.make")
    if audience == Audience.INTERNAL:
        found = found.filter(pk__in=visible_projects(user, permission="cost.view").values("pk"))
    return found.exclude(status=ProjectStatus.CLOSED)


def _open_reports(*, audiences: Iterable[str], user: User) -> ReportQuerySet:
    """Return the reports on projects that are open to the person; internal ones only with the sight of cost."""
    found = Report.objects.filter(project__in=visible_projects(user, permission="reports.view").values("pk"))
    if Audience.INTERNAL in audiences:
        dear = visible_projects(user, permission="cost.view").values("pk")
        found = found.filter(Q(audience=Audience.CUSTOMER) | Q(project__in=dear))
    return found


def batch_reports(batch: ReportBatch, *, user: User) -> ReportQuerySet:
    """Return the reports of a batch on projects that are still open to the person, by project."""
    found = _open_reports(audiences=[batch.audience], user=user).filter(batches=batch)
    return found.select_related("project", "job").order_by("project__name", "pk")


def batches_progress(batches: Sequence[ReportBatch], *, user: User) -> dict[int, BatchProgress]:
    """Return batch id -> how far it is; one query for all of them."""
    working = (ReportState.QUEUED, ReportState.GENERATING)
    counted = (
        _open_reports(audiences={batch.audience for batch in batches}, user=user)
        .filter(batches__in=batches)
        .values("batches")
        .annotate(
            waiting=Count("pk", filter=Q(state__in=working)),
            failed=Count("pk", filter=Q(state=ReportState.FAILED)),
            made=Count("pk", filter=~Q(state__in=[*working, ReportState.FAILED])),
        )
        .order_by()
    )
    found = {
        row["batches"]: BatchProgress(made=row["made"], failed=row["failed"], waiting=row["waiting"])
        for row in counted
    }
    nothing = BatchProgress(made=0, failed=0, waiting=0)
    return {batch.pk: found.get(batch.pk, nothing) for batch in batches}
