"""What of the reports needs somebody, and how far they are."""

from __future__ import annotations

from datetime import date

from django.db.models import Count, Q
from django.urls import reverse

from implement.reports.choices import ReportState
from implement.reports.models import Report, ReportSchedule
from projects.kit import needs, setup, stations
from projects.kit.access import Entry
from projects.kit.needs import Need
from projects.kit.setup import Step
from projects.kit.stations import Standing


@needs.source
def drafts_and_failures(entry: Entry) -> list[Need]:
    """Return drafts to read and reports that failed; one query."""
    if not entry.can("reports.view"):
        return []
    counts = Report.objects.filter(project=entry.project).aggregate(
        drafts=Count("pk", filter=Q(state=ReportState.DRAFT)),
        failed=Count("pk", filter=Q(state=ReportState.FAILED)),
    )
    url = reverse("report_list", args=[entry.project.code])
    found = [
        Need(
            "reports.failed",
            f"report{'s' if counts['failed'] != 1 else ''} failed",
            "trouble",
            counts["failed"],
            f"{url}?state={ReportState.FAILED}",
        )
    ]
    if entry.can("reports.send"):
        found.append(
            Need(
                "reports.review",
                f"report draft{'s' if counts['drafts'] != 1 else ''} to review",
                "watch",
                counts["drafts"],
                f"{url}?state={ReportState.DRAFT}",
            )
        )
    return found


@setup.step("reports", order=70)
def schedule_step(entry: Entry) -> Step | None:
    """Ask for the weekly reports."""
    if not entry.can("reports.change"):
        return None
    planned = ReportSchedule.objects.filter(project=entry.project).exists()
    url = reverse("reportschedule_list", args=[entry.project.code])
    return Step("Schedule the weekly reports", url, planned)


@stations.stop("reports", "Reports", order=130)
def reports_standing(entry: Entry, as_of: date) -> Standing | None:
    """Return how the reports stand; one query."""
    if not entry.can("reports.view"):
        return None
    url = reverse("report_list", args=[entry.project.code])
    reports = list(
        Report.objects.filter(project=entry.project)
        .exclude(state=ReportState.SUPERSEDED)
        .values_list("state", "period_to")
    )
    if not reports:
        return Standing("waiting", "None made yet", url)
    failed = sum(state == ReportState.FAILED for state, _ in reports)
    if failed:
        return Standing("trouble", f"{failed} failed", url)
    sent = [period_to for state, period_to in reports if state == ReportState.SENT]
    drafts = sum(state == ReportState.DRAFT for state, _ in reports)
    words = [f"{len(sent)} sent, last to {max(sent):%d %b}"] if sent else ["None sent yet"]
    return Standing("moving", ", ".join([*words, *([f"{drafts} in draft"] if drafts else [])]), url)
