"""Figures of the design as tiles, for pages and panels alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from projects.design.choices import ElementState
from projects.design.models import DesignElement
from projects.design.selectors.figures import Figures, OfKind, feedback_of, figures_of, share
from projects.design.selectors.gate import Coverage, coverage_of
from projects.models import Project
from projects.requirements.presenting import percent_text, tile

Data = dict[str, Any]


def tiles_of(*, project: Project) -> list[Data]:
    """Return the figures that say how far the design is, for the team; none without an element."""
    figures = figures_of(project=project)
    if not figures.total:
        return []
    coverage, feedback = coverage_of(project=project), feedback_of(project=project)
    return [
        *customer_tiles(figures),
        tile(
            _("Waiting for our review"),
            str(figures.to_review),
            _("In review, and not approved by one of us in the version that stands."),
        ),
        *gate_tiles(coverage),
        tile(
            _("Open feedback"),
            str(feedback.open),
            _("What the customer said about the design and has no answer."),
            note=_("{count} must be put right").format(count=feedback.must_fix) if feedback.must_fix else "",
            tone="watch" if feedback.open or feedback.must_fix else "",
        ),
    ]


def gate_tiles(coverage: Coverage) -> list[Data]:
    """Return how much of what the gate asks for is there."""
    return [
        tile(
            _("Must, designed"),
            percent_text(share(coverage.covered, coverage.musts)),
            _("Must requirements in scope that an approved design element satisfies / all of them."),
            note=_("{part} of {total}").format(part=coverage.covered, total=coverage.musts),
            tone="good" if coverage.musts and coverage.covered == coverage.musts else "",
        ),
        tile(
            _("Qualities, measurable"),
            percent_text(share(coverage.measurable, coverage.qualities)),
            _("Qualities in scope with a target, and a test that is planned for each target / all of them."),
            note=_("{part} of {total}").format(part=coverage.measurable, total=coverage.qualities),
            tone="good" if coverage.qualities and coverage.measurable == coverage.qualities else "",
        ),
    ]


def customer_tiles(figures: Figures) -> list[Data]:
    """Return the figures that the customer reads, too."""
    count = figures.total
    return [
        tile(
            _("Design approved"),
            percent_text(figures.approved_percent),
            _("Design elements that both sides have approved as they stand / all in scope."),
            note=ngettext(
                "{approved} of {count} design element", "{approved} of {count} design elements", count
            ).format(approved=figures.approved, count=count),
            tone="good" if count and figures.approved == count else "",
        ),
        tile(
            _("Waiting for the customer"),
            str(figures.waiting),
            _("Design elements that the customer has been asked to approve."),
        ),
        tile(
            _("Design in rework"),
            str(figures.rework),
            _("Changed since they were approved, or not agreed with: to be approved again."),
            tone="watch" if figures.rework else "",
        ),
    ]


def kind_rows(kinds: Iterable[OfKind]) -> list[Data]:
    """Return a row per type that occurs: total, approved, percent."""
    return [
        {
            "label": str(row.kind.label),
            "total": row.total,
            "approved": row.approved,
            "percent": percent_text(share(row.approved, row.total)),
        }
        for row in kinds
    ]


# --- Where an element stands on its way --------------------------------------------------------------------
@dataclass(frozen=True)
class Stop:
    """One stop on the way to the approval: its words, its tone, and what is known of it."""

    label: str
    tone: str
    note: str


def stage_of(element: DesignElement) -> list[Stop]:
    """Return the way of an element to its approval, and where it stands on it."""
    status = element.status
    is_written = status != ElementState.DRAFT
    stops = [Stop("Written", "good" if is_written else "moving", f"Version {element.revision}")]
    in_review = status == ElementState.REVIEW
    reviewer = str(element.reviewer) if element.reviewer else ""
    if element.is_reviewed:
        stops.append(Stop("Reviewed by us", "good", f"Version {element.reviewed_revision}"))
    else:
        stale = (
            f"Version {element.reviewed_revision} was approved" if element.reviewed_revision else "Not yet"
        )
        note = f"Waits for {reviewer}" if in_review and reviewer else stale
        stops.append(Stop("Review by us", "moving" if in_review else "quiet", note))
    if element.needs_customer:
        stops.append(_customer_stop(element, in_review))
    approved = status == ElementState.APPROVED
    stops.append(Stop("Approved", "good" if approved else "quiet", "" if approved else "Not yet"))
    return stops


def _customer_stop(element: DesignElement, in_review: bool) -> Stop:
    if element.is_signed:
        return Stop("Signed by the customer", "good", f"Version {element.signed_revision}")
    if element.with_customer:
        return Stop("The customer's signature", "moving", "Waits for their answer")
    if in_review and element.is_reviewed:
        return Stop("The customer's signature", "watch", "Ready to be asked")
    stale = f"Version {element.signed_revision} was signed" if element.signed_revision else "Not yet"
    return Stop("The customer's signature", "quiet", stale)


def waits_for(element: DesignElement) -> str:
    """Return for whom an element waits; empty for nobody."""
    if element.with_customer:
        return "The customer"
    if element.status != ElementState.REVIEW:
        return "Rework" if element.status == ElementState.DRAFT and element.status_reason else ""
    if not element.is_reviewed:
        return str(element.reviewer or "A reviewer")
    return "Feedback to be closed" if element.is_signed or not element.needs_customer else "To be asked"
