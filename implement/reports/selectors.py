"""Reads of the reports: who may see which, how the sending goes."""

from __future__ import annotations

from django.db.models import Count, Q

from implement.reports.models import Report
from implement.reports.querysets import ReportQuerySet
from projects.choices import Audience, DeliveryState
from projects.kit.access import Entry
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
