"""What of the plan needs somebody, and how far it is."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone

from projects.choices import JobState
from projects.kit import needs, setup, stations
from projects.kit.access import Entry
from projects.kit.needs import Need
from projects.kit.setup import Step
from projects.kit.stations import Standing
from projects.models import Baseline, Job, Membership, Task, was_due
from projects.planning import local_start, today_of, zone_of

FAILED_LATELY = timedelta(days=14)


def _today_begins(entry: Entry) -> datetime:
    """Return the first instant of today in the project's zone: what was to finish before it is late."""
    return local_start(today_of(entry.project)).replace(tzinfo=zone_of(entry.project))


@needs.source
def overdue(entry: Entry) -> list[Need]:
    """Return late work: mine, and for who changes the plan everybody's. One query."""
    if not entry.can("plan.view"):
        return []
    late = Task.objects.filter(project=entry.project).overdue(_today_begins(entry))
    url = reverse("task_list", args=[entry.project.code])
    if entry.can("plan.change"):
        count = late.count()
        return [
            Need(
                "plan.overdue",
                f"task{'s' if count != 1 else ''} overdue",
                "trouble",
                count,
                f"{url}?sort=finish",
            )
        ]
    if entry.person is None:
        return []
    count = late.filter(assignments__person=entry.person).count()
    return [
        Need("plan.overdue", "of your tasks overdue", "trouble", count, f"{url}?person={entry.person.pk}")
    ]


@needs.source
def failed_jobs(entry: Entry) -> list[Need]:
    """Return long work that failed in the last two weeks and was not done since. One query."""
    if not entry.can("project.change"):
        return []
    failed = Job.objects.filter(
        project=entry.project, state=JobState.FAILED, created_at__gt=timezone.now() - FAILED_LATELY
    )
    row = failed.order_by("-created_at").values_list("pk", flat=True)[:50]
    count = len(row)
    if not count:
        return []
    words = "import or run failed" if count == 1 else "imports or runs failed"
    return [Need("jobs.failed", words, "trouble", count, reverse("job", args=[entry.project.code, row[0]]))]


@setup.step("members", order=10)
def members_step(entry: Entry) -> Step | None:
    """Ask for the customer's people and the team: more than the project manager alone."""
    if not entry.can("members.change"):
        return None
    others = Membership.objects.filter(project=entry.project, is_active=True)[:2].count() > 1
    return Step(
        "Add the team and the customer's people",
        reverse("membership_list", args=[entry.project.code]),
        others,
    )


@setup.step("calendar", order=20)
def calendar_step(entry: Entry) -> Step | None:
    """Ask for a working calendar: without one the plan knows no public holidays."""
    if not entry.can("project.change"):
        return None
    url = reverse("project_calendar", args=[entry.project.code])
    has_own = entry.project.calendar_id is not None
    return Step("Say when the project works and whose public holidays it keeps", url, has_own)


@setup.step("plan", order=30)
def plan_step(entry: Entry) -> Step | None:
    """Ask for the plan."""
    if not entry.can("plan.change"):
        return None
    has_tasks = Task.objects.filter(project=entry.project).exists()
    return Step(
        "Add the tasks, or import the plan", reverse("import_list", args=[entry.project.code]), has_tasks
    )


@stations.stop("plan", "Plan", order=20)
def plan_standing(entry: Entry, as_of: date) -> Standing | None:
    """Return how far the plan is: its done leaves, its late ones, whether a baseline holds it. Two queries."""
    if not entry.can("plan.view"):
        return None
    url = reverse("plan", args=[entry.project.code])
    counts = (
        Task.objects.filter(project=entry.project)
        .leaves()
        .with_promise()
        .aggregate(
            all=Count("pk"),
            done=Count("pk", filter=Q(percent_complete=100)),
            late=Count("pk", filter=Q(was_due(_today_begins(entry)), percent_complete__lt=100)),
        )
    )
    if not counts["all"]:
        return Standing("waiting", "No tasks yet", url)
    if counts["done"] == counts["all"]:
        return Standing("done", f"All {counts['all']} tasks done", url)
    share = f"{counts['done']} of {counts['all']} tasks done"
    if counts["late"]:
        return Standing("trouble", f"{counts['late']} overdue, {share}", url)
    if not Baseline.objects.filter(project=entry.project).exists():
        return Standing("moving", f"{share}, no baseline yet", url)
    return Standing("moving", share, url)
