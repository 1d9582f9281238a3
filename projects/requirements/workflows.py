"""How requirements and open questions move. What is signed is reached by a signature alone (purposes.py)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import F
from django.utils import timezone

from implement.accounts.models import User
from implement.core.errors import StateError
from implement.core.money import day_text
from projects.kit import trace
from projects.kit.access import Entry
from projects.kit.workflow import Transition, Workflow, register
from projects.planning import today_of
from projects.requirements.choices import (
    NOTHING_TO_BUILD,
    OPEN_RELEASES,
    OUT,
    SIGNED,
    QuestionState,
    ReleaseState,
    RequirementState,
    VerificationVerdict,
)
from projects.requirements.models import OpenQuestion, Release, Requirement
from projects.requirements.selectors.matrix import ROOT

Change = dict[str, tuple[Any, Any]]


def requirement_move(requirement: Requirement, sources: Collection[str], target: str, **more: Any) -> Change:
    """Take one step, exactly once; return it for the journal. Raises StateError when it is no longer there."""
    before = requirement.status
    taken = Requirement.objects.filter(pk=requirement.pk, status__in=sources).update(
        status=target, updated_at=timezone.now(), version=F("version") + 1, **more
    )
    if not taken:
        raise StateError(f"{requirement.key} has moved on in the meantime.")
    requirement.refresh_from_db()
    return {"status": (before, target)}


def _said(item: Any, user: User, reason: str) -> dict[str, Any]:
    return {"status_reason": reason[:255]}


def _taken_up(item: Any, user: User, reason: str) -> dict[str, Any]:
    """Go back to where it was: what is signed as it stands needs no second signature."""
    is_signed = item.signed_revision is not None and item.signed_revision == item.revision
    state = RequirementState.VALIDATED if is_signed else RequirementState.DRAFT
    return {"status": state, "status_reason": ""}


def _followers(item: Any, entry: Entry, kinds: Collection[str]) -> tuple[list[str], str | None]:
    """Return the keys of what follows of these kinds and counts, and why it cannot be relied on, or None."""
    between = {end.kind for end in trace.ENDS.values() if end.is_wanted}
    found = [
        one
        for one in trace.followed(project=entry.project, kind=ROOT, pks=[item.pk], kinds=between)
        if one.kind in kinds and not one.is_out
    ]
    late = [one.key for one in found if not one.is_done]
    doubted = [one.key for one in found if one.is_suspect]
    why = None
    if late:
        why = f"Not done yet: {_some(late)}."
    elif doubted:
        why = f"{_some(doubted)}: a link on the way is in doubt. Say whether it still holds first."
    return [one.key for one in found], why


def _some(keys: list[str]) -> str:
    return ", ".join(keys[:5]) + (" …" if len(keys) > 5 else "")


def _is_made(item: Any, entry: Entry) -> str | None:
    """Refuse while what makes it real is not done or in doubt, or nothing does and it needs more than the standard."""
    found, late = _followers(item, entry, {end.kind for end in trace.ENDS.values() if end.makes})
    if late or found or item.fit in NOTHING_TO_BUILD:
        return late
    return f"Nothing was built for {item.key} yet: link what makes it real, or say how else it fits."


def why_unproved(item: Any, entry: Entry) -> str | None:
    """Refuse while a test that is linked has not passed, what was seen last is not met, or nobody has looked."""
    found, late = _followers(item, entry, {end.kind for end in trace.ENDS.values() if end.proves})
    last = item.verifications.filter(revision=item.revision).first()
    if last is not None and last.verdict == VerificationVerdict.NOT_MET:
        return (
            f"The {last.get_method_display().lower()} of {day_text(last.held_on)} found {item.key} not met."
        )
    if late or found or last is not None:
        return late
    return f"No test is linked with {item.key} and nobody has looked at it otherwise: record a verification."


def _unmade(item: Any, user: User, reason: str) -> dict[str, Any]:
    """Go back to what it was signed as."""
    held = item.baselined.filter(revision=item.revision).exists()
    state = RequirementState.BASELINED if held else RequirementState.VALIDATED
    return {"status": state, "status_reason": reason[:255]}


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
            "implement", (RequirementState.VALIDATED, RequirementState.BASELINED), RequirementState.IMPLEMENTED,
            "requirements.decide", "Mark implemented", tone="good", guard=_is_made,
        ),
        Transition(
            "unmake", (RequirementState.IMPLEMENTED,), RequirementState.VALIDATED, "requirements.decide",
            "Not implemented after all", tone="watch", needs_reason=True, effect=_unmade,
        ),
        Transition(
            "verify", (RequirementState.IMPLEMENTED,), RequirementState.VERIFIED, "requirements.decide",
            "Mark verified", tone="good", guard=why_unproved,
        ),
        Transition(
            "unprove", (RequirementState.VERIFIED,), RequirementState.IMPLEMENTED, "requirements.decide",
            "Not verified after all", tone="watch", needs_reason=True, effect=_said,
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


def _handed_over(item: Any, user: User, reason: str) -> dict[str, Any]:
    _ask_again(item, _is_agreed)
    return {"released_on": today_of(item.project)}


def _dropped(item: Any, user: User, reason: str) -> dict[str, Any]:
    _ask_again(item, _is_empty)
    return {"status_reason": reason[:255]}


def _ask_again(item: Any, guard: Any) -> None:
    """Hold the release and ask its guard once more: somebody may have put something into it since."""
    Release.objects.select_for_update(of=("self",)).get(pk=item.pk)
    refusal = guard(item, None)
    if refusal:
        raise StateError(refusal)


def _reopened(item: Any, user: User, reason: str) -> dict[str, Any]:
    return {"released_on": None, "status_reason": reason[:255]}


def _is_agreed(item: Any, entry: Entry | None) -> str | None:
    """Refuse to hand over what is empty, or what the customer has not signed."""
    rows = item.requirements.in_scope()
    unsigned = rows.exclude(status__in=SIGNED).count()
    if unsigned:
        words = "requirement in it is" if unsigned == 1 else "requirements in it are"
        return f"{unsigned} {words} not validated: have them signed, or put them elsewhere."
    return None if rows.exists() else f"{item} holds no requirement that could be handed over."


def _is_empty(item: Any, entry: Entry | None) -> str | None:
    """Refuse to drop what still holds requirements: somebody must say where they go."""
    count = item.requirements.in_scope().count()
    words = "requirement" if count == 1 else "requirements"
    return f"Put its {count} {words} elsewhere first." if count else None


RELEASE_WORKFLOW = Workflow(
    Release,
    (
        Transition("begin", (ReleaseState.PLANNED,), ReleaseState.WORK, "requirements.plan", "Begin", tone="moving"),
        Transition(
            "release", OPEN_RELEASES, ReleaseState.RELEASED, "requirements.plan", "Hand over", tone="good",
            guard=_is_agreed, effect=_handed_over,
        ),
        Transition(
            "drop", OPEN_RELEASES, ReleaseState.DROPPED, "requirements.plan", "Drop", needs_reason=True,
            guard=_is_empty, effect=_dropped,
        ),
        Transition(
            "reopen", (ReleaseState.RELEASED,), ReleaseState.WORK, "requirements.plan", "Open again",
            needs_reason=True, effect=_reopened,
        ),
        Transition(
            "resume", (ReleaseState.DROPPED,), ReleaseState.PLANNED, "requirements.plan", "Plan again",
            effect=_reopened,
        ),
    ),
)  # fmt: skip
register(RELEASE_WORKFLOW)
