"""Reads of the reports: who may see which, what changed since the last one, how the sending goes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from implement.reports.choices import ReportState
from implement.reports.models import Report
from implement.reports.querysets import ReportQuerySet
from implement.reports.snapshots import Frozen, snapshot_read
from projects.choices import Audience, DeliveryState
from projects.kit.access import Entry
from projects.kit.panels import PANELS
from projects.models import Project


@dataclass(frozen=True)
class Change:
    """One figure that is not what it was: both values as the panel writes them."""

    panel: str
    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Changes:
    """What differs from the report before; `previous` None: there is none to compare with."""

    previous: Report | None
    changes: tuple[Change, ...]


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


def previous_report(report: Report) -> Report | None:
    """Return the last report of the same kind and edition before this one that has figures."""
    return (
        Report.objects.current()
        .filter(
            project=report.project_id,
            kind=report.kind,
            audience=report.audience,
            period_to__lte=report.period_from,
            snapshot__isnull=False,
        )
        .exclude(state=ReportState.FAILED)
        .select_related("snapshot")
        .order_by("-period_to", "-pk")
        .first()
    )


def _figures(value: Any) -> Iterator[tuple[str, str]]:
    """Yield (label, value) of every figure in a panel's data, however deep it stands."""
    if isinstance(value, dict):
        label, figure = value.get("label"), value.get("value", value.get("text"))
        if isinstance(label, str) and isinstance(figure, str | int | None) and len(value) >= 2:
            yield label, "n/a" if figure is None else str(figure)
            return
        for below in value.values():
            yield from _figures(below)
    elif isinstance(value, list):
        for below in value:
            yield from _figures(below)


def report_changes(report: Report, frozen: Frozen) -> Changes:
    """Return which figures of a report differ from those of the report before.

    Raises DomainError when the figures of the report before are not intact.
    """
    previous = previous_report(report)
    if previous is None or previous.snapshot is None:
        return Changes(previous=None, changes=())
    before = snapshot_read(previous.snapshot).data(audience=report.audience)
    found = []
    for key, data in frozen.data(audience=report.audience).items():
        old = dict(_figures(before.get(key, {})))
        for label, after in dict(_figures(data)).items():
            if label in old and old[label] != after:
                found.append(Change(panel=PANELS[key].title, label=label, before=old[label], after=after))
    return Changes(previous=previous, changes=tuple(found))
