"""How requirements and open questions move. What is signed is reached by a signature alone (purposes.py)."""

from __future__ import annotations

from typing import Any

from implement.accounts.models import User
from projects.kit.access import Entry
from projects.kit.workflow import Transition, Workflow, register
from projects.requirements.choices import OUT, SIGNED, QuestionState, RequirementState
from projects.requirements.models import OpenQuestion, Requirement


def _said(item: Any, user: User, reason: str) -> dict[str, Any]:
    return {"status_reason": reason[:255]}


def _taken_up(item: Any, user: User, reason: str) -> dict[str, Any]:
    """Go back to where it was: what is signed as it stands needs no second signature."""
    is_signed = item.signed_revision is not None and item.signed_revision == item.revision
    state = RequirementState.VALIDATED if is_signed else RequirementState.DRAFT
    return {"status": state, "status_reason": ""}


REQUIREMENT_WORKFLOW = Workflow(
    Requirement,
    (
        Transition(
            "defer",
            (RequirementState.DRAFT, RequirementState.REWORK, RequirementState.VALIDATED, RequirementState.BASELINED),
            RequirementState.DEFERRED, "requirements.decide", "Defer", needs_reason=True, effect=_said,
        ),
        Transition(
            "reject", (RequirementState.DRAFT, RequirementState.REWORK), RequirementState.REJECTED,
            "requirements.decide", "Reject", tone="trouble", needs_reason=True, effect=_said,
        ),
        Transition(
            "retire", (RequirementState.DRAFT, RequirementState.REWORK, *SIGNED), RequirementState.OBSOLETE,
            "requirements.decide", "Mark obsolete", needs_reason=True, effect=_said,
        ),
        Transition(
            "resume", OUT, RequirementState.DRAFT, "requirements.decide", "Take up again", tone="moving",
            effect=_taken_up,
        ),
    ),
)  # fmt: skip


def _is_answered(item: Any, entry: Entry) -> str | None:
    """Refuse to close a question without its answer."""
    return None if item.answer.strip() else "Write the answer down first."


QUESTION_WORKFLOW = Workflow(
    OpenQuestion,
    (
        Transition(
            "close", (QuestionState.OPEN,), QuestionState.ANSWERED, "requirements.change", "Mark answered",
            tone="good", guard=_is_answered,
        ),
        Transition("drop", (QuestionState.OPEN,), QuestionState.DROPPED, "requirements.change", "Drop"),
        Transition(
            "reopen", (QuestionState.ANSWERED, QuestionState.DROPPED), QuestionState.OPEN, "requirements.change",
            "Ask again",
        ),
    ),
)  # fmt: skip
register(REQUIREMENT_WORKFLOW, QUESTION_WORKFLOW)
