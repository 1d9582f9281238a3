"""What the design asks the customer: to approve elements as they are written."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext_noop

from implement.core.errors import StateError
from projects.choices import Audience
from projects.design.choices import ElementState, FeedbackSource
from projects.design.models import DesignElement, DesignFeedback
from projects.design.selectors.texts import content_of, differences_of, shown_value
from projects.design.workflows import approve_when_ready, element_move, must_fix
from projects.kit.access import Entry
from projects.kit.journal import record
from projects.kit.purposes import Answered, Purpose, Shown, Verdict, register
from projects.kit.texts import changed_since_signed

APPROVE, APPROVE_NOTED, REJECT = "approved", "approved_noted", "rejected"


def element_shown(element: DesignElement) -> Shown:
    """Return an element as the customer reads it: exactly what its version holds, whatever language is active."""
    with translation.override("en"):
        content = content_of(element)
        shown: Shown = {
            "key": element.key,
            "title": element.title,
            "lead": element.purpose,
            "facts": [["Type", shown_value("kind", content["kind"])]],
            "sections": [{"title": "How it works", "text": element.description}]
            if element.description
            else [],
            "tables": [],
            "options": [],
        }
        if element.diagram:
            shown["diagrams"] = [{"title": f"Diagram of {element.title}", "source": element.diagram}]
        return shown


def element_guard(element: DesignElement, entry: Entry) -> str | None:
    """Refuse what is not reviewed by us, waits already, needs no signature, or has to be put right first."""
    if element.status == ElementState.DRAFT:
        return f"{element.key} is a draft: send it to the review by one of us first."
    if element.status != ElementState.REVIEW:
        return f"{element.key} is {str(element.get_status_display()).lower()} already."
    if not element.is_reviewed:
        return f"{element.key} waits for the review by one of us; the customer is asked afterwards."
    if element.with_customer:
        return f"{element.key} waits for the customer's answer already."
    if not element.needs_customer:
        return f"{element.key} needs no signature of the customer."
    if element.is_signed:
        return f"{element.key} is signed as it stands."
    count = must_fix(element)
    if count:
        what = "one thing" if count == 1 else f"{count} things"
        return f"{element.key} has {what} that must be put right: close that feedback first."
    return None


def element_asked(element: DesignElement, entry: Entry) -> None:
    """Lock it for the customer's answer. Raises StateError when somebody was faster."""
    element_move(
        element=element, action="designelement.asked", actor=entry.user, sources=(ElementState.REVIEW,),
        with_customer=True, shown_revision=F("revision"), status_reason="",
    )  # fmt: skip


def element_answered(element: DesignElement, given: Answered) -> None:
    """Take the answer over: the signature is on the version that was shown; a comment becomes feedback."""
    rejected = given.verdict == REJECT
    values: dict[str, Any] = {"with_customer": False}
    if rejected:
        values |= {"status": ElementState.DRAFT, "status_reason": given.comment[:255]}
    else:
        values |= {"signed_revision": F("revision")}
    element_move(
        element=element, action=f"designelement.{'rejected' if rejected else 'signed'}", actor=given.person.user,
        sources=(ElementState.REVIEW,), audience=Audience.CUSTOMER, **values,
    )  # fmt: skip
    if given.comment:
        feedback = DesignFeedback.objects.create(
            element=element, revision=element.revision, person=given.person, text=given.comment, at=given.at,
            source=FeedbackSource.SIGNOFF, is_must_fix=rejected,
        )  # fmt: skip
        record(
            action="designfeedback.received", target=feedback, actor=given.person.user, project=element.project,
            label=str(element), notify=[element.owner.user] if element.owner and element.owner.user else [],
        )  # fmt: skip
    approve_when_ready(element=element, actor=given.person.user)


def element_dropped(element: DesignElement, why: str) -> None:
    """Wait for nobody when nobody will answer; the review by us stands."""
    if element.with_customer:
        element_move(
            element=element, action="designelement.recalled", actor=None, sources=(ElementState.REVIEW,),
            changes={"reason": (None, why)}, with_customer=False,
        )  # fmt: skip


def element_revoked(element: DesignElement, reason: str) -> None:
    """Go back to the draft when an approval is revoked. Raises StateError once the signature no longer counts."""
    if not element.is_signed or element.status == ElementState.SUPERSEDED:
        state = str(element.get_status_display()).lower()
        raise StateError(f"{element.key} is {state}: there is nothing to revoke.")
    element_move(
        element=element, action="designelement.revoked", actor=None, changes={"reason": (None, reason[:255])},
        sources=(ElementState.DRAFT, ElementState.REVIEW, ElementState.APPROVED), status=ElementState.DRAFT,
        signed_revision=None, status_reason=reason[:255],
    )  # fmt: skip


APPROVE_DESIGN = Purpose(
    key="design.approve",
    label=gettext_noop("Approval of the design"),
    question="Shall it be built like this?",
    model=DesignElement,
    verdicts=(
        Verdict(APPROVE, "Approve", "good"),
        Verdict(APPROVE_NOTED, "Approve with a comment", "good", needs_comment=True),
        Verdict(REJECT, "Reject", "trouble", needs_comment=True),
    ),
    place="designelement_detail",
    shown=element_shown,
    guard=element_guard,
    asked=element_asked,
    answered=element_answered,
    dropped=element_dropped,
    revoked=element_revoked,
    changed=partial(changed_since_signed, differences=differences_of),
)
register(APPROVE_DESIGN)
