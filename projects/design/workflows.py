"""How design elements, decisions and feedback move. What is approved is reached by review and signature alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import F, Q
from django.utils import timezone

from implement.accounts.models import User
from implement.core.errors import StateError
from projects.choices import Audience
from projects.design.choices import DecisionState, ElementState
from projects.design.models import ArchitectureDecision, DesignElement
from projects.kit.access import Entry
from projects.kit.journal import record
from projects.kit.workflow import Transition, Workflow, register
from projects.planning import today_of


def _is_with_us(item: Any, entry: Entry) -> str | None:
    """Refuse to take back what the customer is reading."""
    return (
        f"{item.key} waits for the customer's answer: withdraw that request first."
        if item.with_customer
        else None
    )


def _taken_back(item: Any, user: User, reason: str) -> dict[str, Any]:
    return {"status_reason": "", "reviewer": None}


def _taken_up(item: Any, user: User, reason: str) -> dict[str, Any]:
    """Go back to where it was: what is approved as it stands needs no second approval."""
    was_approved = item.is_reviewed and (item.is_signed or not item.needs_customer)
    state = ElementState.APPROVED if was_approved else ElementState.DRAFT
    return {"status": state, "status_reason": "", "superseded_by": None}


ELEMENT_WORKFLOW = Workflow(
    DesignElement,
    (
        Transition(
            "recall", (ElementState.REVIEW,), ElementState.DRAFT, "design.change", "Take back to the draft",
            guard=_is_with_us, effect=_taken_back,
        ),
        Transition(
            "resume", (ElementState.SUPERSEDED,), ElementState.DRAFT, "design.decide", "Take up again", tone="moving",
            effect=_taken_up,
        ),
    ),
)  # fmt: skip


def _says_what(item: Any, entry: Entry) -> str | None:
    """Refuse to accept a decision that says nothing."""
    return None if item.decision.strip() else f"{item.key} does not say yet what is decided."


def _decided(item: Any, user: User, reason: str) -> dict[str, Any]:
    """Note the day and who decided, where the decision does not say so itself."""
    return {
        "decided_on": item.decided_on or today_of(item.project),
        "decided_by": item.decided_by or getattr(user, "person", None),
        "status_reason": "",
    }


def _said(item: Any, user: User, reason: str) -> dict[str, Any]:
    return {"status_reason": reason[:255]}


DECISION_WORKFLOW = Workflow(
    ArchitectureDecision,
    (
        Transition(
            "accept", (DecisionState.PROPOSED,), DecisionState.ACCEPTED, "design.decide", "Accept", tone="good",
            guard=_says_what, effect=_decided,
        ),
        Transition(
            "reject", (DecisionState.PROPOSED,), DecisionState.REJECTED, "design.decide", "Reject", tone="trouble",
            needs_reason=True, effect=_said,
        ),
        Transition(
            "reopen", (DecisionState.REJECTED,), DecisionState.PROPOSED, "design.decide", "Propose again",
            tone="moving", effect=_said,
        ),
    ),
)  # fmt: skip
register(ELEMENT_WORKFLOW, DECISION_WORKFLOW)


# --- Steps that follow from a review, an answer or a closing ------------------------------------------------
def element_move(
    *, element: DesignElement, action: str, actor: User | None, sources: tuple[str, ...], when: Q | None = None,
    changes: Mapping[str, tuple[Any, Any]] | None = None, notify: Iterable[User] = (),
    audience: str = Audience.INTERNAL, **values: Any,
) -> None:  # fmt: skip
    """Take one step, exactly once, and journal it. Raises StateError when it is no longer there."""
    taken = DesignElement.objects.filter(when or Q(), pk=element.pk, status__in=sources).update(
        **values, updated_at=timezone.now(), version=F("version") + 1
    )
    if not taken:
        raise StateError(f"{element.key} has moved on in the meantime.")
    before = element.status
    element.refresh_from_db()
    told = {"status": (before, element.status)} if element.status != before else {}
    record(
        action=action, target=element, actor=actor, project=element.project, audience=audience, notify=notify,
        changes=told | dict(changes or {}),
    )  # fmt: skip


def must_fix(element: DesignElement) -> int:
    """Return how much of the customer's feedback must be put right before it is approved."""
    counted: int | None = getattr(element, "blocking", None)
    return element.feedback.blocking().count() if counted is None else counted


def approve_when_ready(*, element: DesignElement, actor: User | None) -> bool:
    """Approve an element in review once it is reviewed and signed as it stands and nothing blocks it.

    Returns whether it was. Called in the transaction of what made it ready; the row is read again under a lock, so that
    of two things that make it ready at the same moment the later one finds both.
    """
    now = DesignElement.objects.select_for_update(of=("self",)).filter(pk=element.pk).first()
    if now is None or now.status != ElementState.REVIEW or now.with_customer or not now.is_reviewed:
        return False
    if (now.needs_customer and not now.is_signed) or must_fix(now):
        return False
    element_move(
        element=now, action="designelement.approved", actor=actor, sources=(ElementState.REVIEW,),
        when=Q(revision=now.revision), status=ElementState.APPROVED, status_reason="",
    )  # fmt: skip
    element.refresh_from_db()
    return True
