"""How design elements, decisions and feedback move. What is approved is reached by review and signature alone."""

from __future__ import annotations

from typing import Any

from implement.accounts.models import User
from projects.design.choices import ElementState
from projects.design.models import DesignElement
from projects.kit.access import Entry
from projects.kit.workflow import Transition, Workflow, register


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
register(ELEMENT_WORKFLOW)
