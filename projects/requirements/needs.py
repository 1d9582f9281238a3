"""What of the requirements needs somebody, how far they are, and where a project begins with them."""

from __future__ import annotations

from datetime import date

from django.db.models import Count, Q
from django.urls import reverse

from projects.kit import needs, setup, stations, trace
from projects.kit.access import Entry
from projects.kit.needs import Need
from projects.kit.setup import Step
from projects.kit.stations import Standing
from projects.models import TraceLink
from projects.planning import today_of
from projects.requirements.choices import QuestionState, RequirementState
from projects.requirements.models import OpenQuestion, Requirement
from projects.requirements.selectors.figures import figures_of
from projects.requirements.selectors.matrix import ROOT, all_done

# From these on it can be marked implemented.
READY = (RequirementState.VALIDATED, RequirementState.BASELINED)


@needs.source
def rework(entry: Entry) -> list[Need]:
    """Return what must be validated again, late answers, and links in doubt. Three queries.

    One's own requirements and questions; for who decides everybody's.
    """
    if not entry.can("requirements.change"):
        return []
    code = entry.project.code
    mine = Q() if entry.can("requirements.decide") else Q(owner=entry.person)
    counts = Requirement.objects.filter(mine, project=entry.project).aggregate(
        rework=Count("pk", filter=Q(status=RequirementState.REWORK))
    )
    late = OpenQuestion.objects.filter(
        mine, project=entry.project, status=QuestionState.OPEN, due_on__lt=today_of(entry.project)
    ).count()
    again = counts["rework"]
    doubted = TraceLink.objects.filter(project=entry.project).suspect().count()
    return [
        Need(
            "requirements.rework",
            f"requirement{'s' if again != 1 else ''} in rework",
            "watch",
            again,
            f"{reverse('requirement_list', args=[code])}?status=rework",
        ),
        Need(
            "requirements.questions",
            f"open question{'s' if late != 1 else ''} overdue",
            "watch",
            late,
            f"{reverse('openquestion_list', args=[code])}?status=open",
        ),
        Need(
            "requirements.doubt",
            f"link{'s' if doubted != 1 else ''} of the thread in doubt",
            "watch",
            doubted,
            reverse("suspect_links", args=[code]),
        ),
    ]


@needs.source
def made(entry: Entry) -> list[Need]:
    """Return what is built and not said to be, and what is said to be and built no more. A query a kind that makes."""
    if not entry.can("requirements.decide") or not entry.can("trace.view"):
        return []
    found: list[Need] = []
    for end in trace.ENDS.values():
        if not end.makes:
            continue
        done = all_done(entry.project, end)
        undone = trace.reached(project=entry.project, root=ROOT, by=end.kind, only=~end.done)
        counts = Requirement.objects.filter(project=entry.project).aggregate(
            ready=Count("pk", filter=Q(status__in=READY) & done),
            open=Count("pk", filter=Q(status=RequirementState.IMPLEMENTED) & undone),
        )
        ready, again = counts["ready"], counts["open"]
        root = reverse("trace_matrix", args=[entry.project.code])
        found += [
            Need(
                f"requirements.ready.{end.kind}",
                f"requirement{'s' if ready != 1 else ''} built, to be marked implemented",
                "moving",
                ready,
                f"{root}?gap=done-{end.kind}",
            ),
            Need(
                f"requirements.unmade.{end.kind}",
                f"implemented requirement{'s' if again != 1 else ''} with open build again",
                "watch",
                again,
                f"{root}?status=implemented",
            ),
        ]
    return found


@setup.step("requirements", order=15)
def first_requirement(entry: Entry) -> Step | None:
    """Ask for the first requirement."""
    if not entry.can("requirements.decide"):
        return None
    found = Requirement.objects.filter(project=entry.project).exists()
    return Step(
        "Write down or import the requirements", reverse("requirement_list", args=[entry.project.code]), found
    )


@stations.stop("requirements", "Requirements", order=10)
def standing(entry: Entry, as_of: date) -> Standing | None:
    """Return how far the requirements are: done when everything in scope is signed."""
    if not entry.can("requirements.view"):
        return None
    figures = figures_of(project=entry.project)
    url = reverse("requirement_list", args=[entry.project.code])
    if not figures.total:
        return Standing("waiting", "None yet", url)
    told = f"{figures.signed} of {figures.total} validated"
    if figures.signed == figures.total:
        return Standing("done", told, url)
    if figures.rework:
        return Standing("moving", f"{told}, {figures.rework} in rework", url)
    return Standing("moving", told, url)
