"""What of the build waits for somebody, and how far it is."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone

from projects.builds.choices import BuildState
from projects.builds.models import BuildItem, WipLimit
from projects.builds.selectors.figures import build_figures
from projects.kit import needs, stations
from projects.kit.access import Entry
from projects.kit.needs import Need
from projects.kit.stations import Standing

# What is blocked for longer puts the build in trouble.
PATIENCE = timedelta(days=7)


@needs.source
def building(entry: Entry) -> list[Need]:
    """Return what is blocked (one's own, or all for who decides), what one may check, and columns over their limit.

    At most two queries.
    """
    if not entry.can("builds.change"):
        return []
    code, decides = entry.project.code, entry.can("builds.decide")
    mine = Q() if decides else Q(owner=entry.person)
    others = ~Q(owner=entry.person) | Q(owner=None)
    others &= ~Q(worked_by=entry.user) | Q(worked_by=None)
    states = {state.value: Count("pk", filter=Q(status=state)) for state in BuildState}
    counts = BuildItem.objects.filter(project=entry.project).aggregate(
        blocked=Count("pk", filter=mine & Q(blocked_since__isnull=False)),
        waiting=Count("pk", filter=others & Q(status=BuildState.DEPLOYED, blocked_since=None)),
        **states,
    )
    blocked, waiting = counts["blocked"], counts["waiting"]
    found = [
        Need(
            "builds.blocked",
            f"build item{'s' if blocked != 1 else ''} blocked",
            "trouble",
            blocked,
            f"{reverse('builditem_list', args=[code])}?show=blocked",
        ),
        Need(
            "builds.check",
            f"build item{'s' if waiting != 1 else ''} to be checked",
            "watch",
            waiting if entry.can("builds.check") else 0,
            f"{reverse('builditem_list', args=[code])}?show=waiting",
        ),
    ]
    if decides:
        limits = WipLimit.objects.filter(project=entry.project).values_list("state", "limit")
        over = sum(counts[state] > limit for state, limit in limits)
        words = f"column{'s' if over != 1 else ''} of the board over the limit"
        found.append(Need("builds.limits", words, "watch", over, reverse("builditem_board", args=[code])))
    return found


@stations.stop("builds", "Build", order=40)
def standing(entry: Entry, as_of: date) -> Standing | None:
    """Return how far the build is: done when everything is verified, in trouble when something stays blocked."""
    if not entry.can("builds.view"):
        return None
    figures = build_figures(project=entry.project)
    url = reverse("builditem_board", args=[entry.project.code])
    if not figures.total:
        return Standing("waiting", "None yet", url)
    told = f"{figures.built} of {figures.total} built"
    if figures.verified == figures.total:
        return Standing("done", f"All {figures.total} verified", url)
    if figures.blocked:
        is_long = figures.blocked_since is not None and figures.blocked_since < timezone.now() - PATIENCE
        return Standing("trouble" if is_long else "moving", f"{told}, {figures.blocked} blocked", url)
    return Standing("moving", told, url)
