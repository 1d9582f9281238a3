"""The way of a design element to its approval: review by one of us, the customer's signature, what blocks it."""

from __future__ import annotations

from typing import Any

from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

from implement.core.errors import DomainError, NotAllowed, StateError
from projects.design.choices import ElementState, ReviewVerdict
from projects.design.models import DesignElement, DesignReview
from projects.design.selectors.texts import content_of
from projects.design.workflows import approve_when_ready, element_move
from projects.kit.access import GRANTS, Entry
from projects.kit.texts import seal_of
from projects.models import Membership, Person, Project

COMMENT_LENGTH = 4000


# --- Asking one of us --------------------------------------------------------------------------------------
def why_not_submitted(element: DesignElement) -> str | None:
    """Return why nobody can be asked to review it now, or None."""
    if element.status == ElementState.DRAFT:
        return None
    return f"{element.key} is {str(element.get_status_display()).lower()}: only a draft is sent to review."


def why_not_reviewer(element: DesignElement, person: Person | None, *, writer_id: int | None) -> str | None:
    """Return why somebody cannot review an element, or None. `writer_id`: who wrote its latest version."""
    if person is None:
        return "Choose who reviews it."
    if person.customer_id is not None:
        return "One of us reviews it; the customer is asked afterwards."
    if element.owner_id == person.pk:
        return f"{person} owns {element.key}: somebody else reviews it."
    if person.user_id is not None and person.user_id == writer_id:
        return f"{person} wrote the latest version of {element.key}: somebody else reviews it."
    return None


def possible_reviewers(project: Project) -> models.QuerySet[Person]:
    """Return who of us may review on a project at all."""
    roles = [role for role, grants in GRANTS.items() if "design.review" in grants]
    team = Membership.objects.filter(project=project, is_active=True, role__in=roles)
    return Person.objects.filter(pk__in=team.values("person"), customer=None)


def writer_of(element: DesignElement) -> int | None:
    """Return the id of the user who wrote the version that stands."""
    return element.versions.filter(number=element.revision).values_list("by_id", flat=True).first()


@transaction.atomic
def review_ask(*, element: DesignElement, entry: Entry, reviewer: Person | None) -> None:
    """Send a draft to its review by one of us, who neither owns it nor wrote its latest version.

    What was reviewed as it stands needs no second look: it is ready for the customer at once.
    Raises NotAllowed, DomainError by field, StateError when it is no draft (any more).
    """
    entry.require("design.change")
    refusal = why_not_submitted(element)
    if refusal:
        raise StateError(refusal)
    if element.is_reviewed:
        reviewer = element.reviewer
    else:
        problem = why_not_reviewer(element, reviewer, writer_id=writer_of(element))
        if problem is None and reviewer not in possible_reviewers(element.project):
            problem = "Choose somebody of the team of this project."
        if problem:
            raise DomainError(problem, fields={"reviewer": problem})
    element_move(
        element=element, action="designelement.submitted", actor=entry.user, sources=(ElementState.DRAFT,),
        when=Q(revision=element.revision), changes={"reviewer": (None, reviewer)} if reviewer else {},
        notify=[reviewer.user] if reviewer and reviewer.user else [],
        status=ElementState.REVIEW, status_reason="", reviewer=reviewer,
    )  # fmt: skip
    approve_when_ready(element=element, actor=entry.user)


# --- Reviewing ---------------------------------------------------------------------------------------------
def why_not_reviewed(element: DesignElement, entry: Entry, *, writer_id: int | None) -> str | None:
    """Return why this person cannot review an element now, or None."""
    if element.status != ElementState.REVIEW:
        return f"{element.key} is {str(element.get_status_display()).lower()}: nothing waits for a review."
    if element.is_reviewed:
        return f"{element.key} is reviewed as it stands; the customer's answer is next."
    if entry.person is not None:
        return why_not_reviewer(element, entry.person, writer_id=writer_id)
    return f"You wrote the latest version of {element.key}." if entry.user.pk == writer_id else None


@transaction.atomic
def review_give(
    *, element: DesignElement, entry: Entry, revision: int, verdict: str, comment: str = ""
) -> DesignReview:
    """Record what one of us found in the version that they read; wanted changes send it back to the draft.

    Raises NotAllowed, DomainError by field, StateError when it is another version by now or waits for no review.
    """
    entry.require("design.review")
    comment = comment.replace("\x00", "").strip()
    if verdict not in ReviewVerdict.values:
        raise DomainError("Choose a verdict.", fields={"verdict": "Choose a verdict."})
    if verdict == ReviewVerdict.CHANGES and not comment:
        raise DomainError("Say what should change.", fields={"comment": "Say what should change."})
    if len(comment) > COMMENT_LENGTH:
        message = f"At most {COMMENT_LENGTH:,} characters; these are {len(comment):,}."
        raise DomainError(message, fields={"comment": message})
    element = DesignElement.objects.select_for_update(of=("self",)).get(pk=element.pk)
    if revision != element.revision:
        raise StateError(f"{element.key} is version {element.revision} by now: read that first.")
    refusal = why_not_reviewed(element, entry, writer_id=writer_of(element))
    if refusal:
        raise (
            NotAllowed if element.status == ElementState.REVIEW and not element.is_reviewed else StateError
        )(refusal)
    review = DesignReview.objects.create(
        element=element, revision=revision, sha256=seal_of(content_of(element)), reviewer=entry.user,
        name=str(entry.user), role=entry.person.job_role if entry.person else "", verdict=verdict,
        comment=comment, at=timezone.now(),
    )  # fmt: skip
    told = {"verdict": (None, review.get_verdict_display())} | (
        {"comment": (None, comment)} if comment else {}
    )
    owner = [element.owner.user] if element.owner and element.owner.user else []
    if verdict == ReviewVerdict.CHANGES:
        element_move(
            element=element, action="designelement.returned", actor=entry.user, sources=(ElementState.REVIEW,),
            changes=told, notify=owner, status=ElementState.DRAFT, status_reason=comment[:255],
        )  # fmt: skip
        return review
    element_move(
        element=element, action="designelement.reviewed", actor=entry.user, sources=(ElementState.REVIEW,),
        when=Q(revision=revision), changes=told, notify=owner, reviewed_revision=F("revision"),
    )  # fmt: skip
    approve_when_ready(element=element, actor=entry.user)
    return review


# --- Superseding -------------------------------------------------------------------------------------------
def why_not_superseded(element: DesignElement) -> str | None:
    """Return why nothing can take its place now, or None."""
    if element.with_customer:
        return f"{element.key} waits for the customer's answer: withdraw that request first."
    if element.status == ElementState.SUPERSEDED:
        return f"{element.key} is superseded already."
    if element.status == ElementState.DRAFT and element.shown_revision is None:
        return f"{element.key} is a mere draft: change it, or throw it away."
    return None


@transaction.atomic
def element_supersede(
    *, element: DesignElement, entry: Entry, successor: DesignElement | None, reason: str = ""
) -> None:
    """Say that another element takes its place, or, with a reason, that nothing does. Its history and links stay.

    Raises NotAllowed, DomainError by field, StateError when it cannot be superseded now.
    """
    entry.require("design.decide")
    reason = reason.strip()[:255]
    both = {element.pk, successor.pk} if successor else {element.pk}
    # Held in one order: of two that shall supersede each other the second is refused.
    held = DesignElement.objects.filter(pk__in=both).order_by("pk").select_for_update(of=("self",))
    found = {row.pk: row for row in held}
    element = found[element.pk]
    successor = found.get(successor.pk) if successor else None
    refusal = why_not_superseded(element)
    if refusal:
        raise StateError(refusal)
    message = ""
    if successor is None and not reason:
        message = "Choose what takes its place, or say why nothing does."
    elif successor is not None and (successor.pk == element.pk or successor.project_id != element.project_id):
        message = "Choose another design element of this project."
    elif successor is not None and successor.status == ElementState.SUPERSEDED:
        message = f"{successor.key} is superseded itself: choose what took its place."
    if message:
        raise DomainError(message, fields={"successor": message})
    changes: dict[str, tuple[Any, Any]] = {"superseded_by": (None, successor)} if successor else {}
    element_move(
        element=element, action="designelement.superseded", actor=entry.user,
        sources=(ElementState.DRAFT, ElementState.REVIEW, ElementState.APPROVED), when=Q(with_customer=False),
        changes=changes | ({"reason": (None, reason)} if reason else {}), status=ElementState.SUPERSEDED,
        status_reason=reason, superseded_by=successor,
    )  # fmt: skip
