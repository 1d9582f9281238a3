"""What of the design needs somebody, and how far it is."""

from __future__ import annotations

from datetime import date

from django.db.models import Count, F, Q
from django.urls import reverse

from projects.design.choices import ElementState, FeedbackState
from projects.design.models import DesignElement, DesignFeedback
from projects.design.selectors.figures import feedback_of, figures_of
from projects.kit import needs, stations
from projects.kit.access import Entry
from projects.kit.needs import Need
from projects.kit.stations import Standing


def _plural(word: str, count: int) -> str:
    return f"{word}{'s' if count != 1 else ''}"


@needs.source
def waiting(entry: Entry) -> list[Need]:
    """Return what waits for one's own review, for the customer to be asked, for an answer, to be reworked.

    One's own, for who decides everybody's. Two queries.
    """
    if not entry.can("design.change"):
        return []
    code, person = entry.project.code, entry.person
    decides = entry.can("design.decide")
    mine = Q() if decides else Q(owner=person)
    in_review = Q(status=ElementState.REVIEW)
    reviewed = Q(reviewed_revision__isnull=False, reviewed_revision=F("revision"))
    counts = DesignElement.objects.filter(project=entry.project).aggregate(
        review=Count("pk", filter=in_review & ~reviewed & Q(reviewer=person, reviewer__isnull=False)),
        ready=Count("pk", filter=mine & in_review & reviewed & Q(needs_customer=True, with_customer=False)),
        rework=Count("pk", filter=mine & Q(status=ElementState.DRAFT) & ~Q(status_reason="")),
    )
    own = Q() if decides else Q(element__owner=person)
    said = (
        DesignFeedback.objects.filter(own, element__project=entry.project, element__deleted_at=None)
        .exclude(element__status=ElementState.SUPERSEDED)
        .aggregate(open=Count("pk", filter=Q(state=FeedbackState.OPEN)))
    )  # fmt: skip
    listed = reverse("designelement_list", args=[code])
    reviewer = f"&reviewer={person.pk}" if person else ""
    return [
        Need(
            "design.review", f"design {_plural('element', counts['review'])} to review", "watch", counts["review"],
            f"{listed}?show=to_review{reviewer}",
        ),
        Need(
            "design.ready", f"design {_plural('element', counts['ready'])} to send to the customer", "moving",
            counts["ready"], f"{listed}?show=ready",
        ),
        Need(
            "design.rework", f"design {_plural('element', counts['rework'])} in rework", "watch", counts["rework"],
            f"{listed}?show=rework",
        ),
        Need(
            "design.feedback", "feedback on the design to answer", "watch", said["open"],
            f"{reverse('designfeedback_list', args=[code])}?state=open",
        ),
    ]  # fmt: skip


@stations.stop("design", "Design", order=30)
def standing(entry: Entry, as_of: date) -> Standing | None:
    """Return how far the design is: done when everything in scope is approved and nothing must be put right."""
    if not entry.can("design.view"):
        return None
    figures = figures_of(project=entry.project)
    url = reverse("designelement_list", args=[entry.project.code])
    if not figures.total:
        return Standing("waiting", "None yet", url)
    feedback = feedback_of(project=entry.project)
    told = f"{figures.approved} of {figures.total} approved"
    if feedback.must_fix:
        return Standing("moving", f"{told}, {feedback.must_fix} to put right for the customer", url)
    if figures.approved == figures.total:
        return Standing("done", told, url)
    if figures.rework:
        return Standing("moving", f"{told}, {figures.rework} in rework", url)
    return Standing("moving", told, url)
