"""Making the same edition for many projects at once; any number of workers share the work."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import IntegrityError, transaction

from implement.accounts.models import User
from implement.core.errors import DomainError
from implement.reports.choices import ReportState
from implement.reports.models import Report, ReportBatch
from implement.reports.selectors import batch_projects, batch_reports
from implement.reports.services.making import check_period, report_create, report_retry
from projects.kit.access import enter
from projects.models import Project

MOST_PROJECTS = 500


def _there(project: Project, batch: ReportBatch) -> Report | None:
    return (
        Report.objects.current()
        .filter(
            project=project,
            kind=batch.kind,
            audience=batch.audience,
            period_from=batch.period_from,
            period_to=batch.period_to,
        )
        .first()
    )


def _report_of(project: Project, batch: ReportBatch, user: User) -> Report:
    """Return the project's report of the period: the one that is there, else a new one."""
    found = _there(project, batch)
    if found is not None:
        return found
    try:
        return report_create(
            project=project,
            kind=batch.kind,
            audience=batch.audience,
            start=batch.period_from,
            end=batch.period_to,
            actor=user,
            schedule=None,
        )
    except IntegrityError:
        # A schedule or another person was a moment faster: theirs is the report of the period.
        found = _there(project, batch)
        if found is None:
            raise
        return found


@transaction.atomic
def batch_request(
    *, user: User, kind: str, audience: str, start: date, end: date, project_ids: Iterable[int]
) -> ReportBatch:
    """Ask for one edition of one period for many projects; `end` is the first day after the period.

    A report that is there already is taken as it is, so that asking twice makes nothing twice. Raises
    DomainError, by field: no project, too many, one that is not the person's, an impossible period.
    """
    wanted = set(project_ids)
    if not wanted:
        raise DomainError("No project is chosen.", fields={"projects": "Choose at least one project."})
    if len(wanted) > MOST_PROJECTS:
        raise DomainError(
            f"{len(wanted):,} projects are too many at once.",
            fields={"projects": f"At most {MOST_PROJECTS}."},
        )
    projects = list(batch_projects(user, audience=audience).filter(pk__in=wanted).order_by("pk"))
    if len(projects) != len(wanted):
        raise DomainError(
            "A chosen project is not open to you.", fields={"projects": "Choose from the list."}
        )
    for project in projects:
        check_period(project, start, end)
    batch, _ = ReportBatch.objects.get_or_create(
        created_by=user, kind=kind, audience=audience, period_from=start, period_to=end
    )
    batch.reports.add(*[_report_of(project, batch, user) for project in projects])
    return batch


@transaction.atomic
def batch_retry(*, batch: ReportBatch, user: User) -> int:
    """Try every failed report of a batch again; return how many."""
    failed = list(batch_reports(batch, user=user).filter(state=ReportState.FAILED))
    for report in failed:
        report_retry(report=report, entry=enter(user, report.project.code, "reports.make"))
    return len(failed)
