"""How build items move. Deployed is reached by a promotion alone, verified by a conformance check alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from implement.accounts.models import User
from implement.core.db import hold_together
from projects.builds.choices import BuildState
from projects.builds.models import BuildItem
from projects.builds.selectors.columns import board_lock, full_column, top_of
from projects.builds.selectors.done import open_criteria
from projects.kit.access import Entry
from projects.kit.workflow import Transition, Workflow, register

NAMED = 3
# What another person may have changed since the item was read, and the guards ask.
ASKED = ["blocked_since", "blocked_reason", "round", "kind", "owner"]


@dataclass(frozen=True)
class BoardWorkflow(Workflow):
    """Steps on a board whose columns are limited: one move at a time, or two would share the last place."""

    @transaction.atomic
    def perform(self, *, name: str, item: Any, entry: Entry, reason: str = "") -> None:
        hold_together(board_lock(item.project_id), alone=True)
        item.refresh_from_db(fields=ASKED)
        super().perform(name=name, item=item, entry=entry, reason=reason)


def why_blocked(item: BuildItem) -> str | None:
    """Return why an item cannot go on, or None."""
    if item.blocked_since is None:
        return None
    return f"{item.key} is blocked: {item.blocked_reason.rstrip('.')}. Unblock it first."


def _may_start(item: Any, entry: Entry) -> str | None:
    return why_blocked(item) or full_column(project_id=item.project_id, state=BuildState.DOING)


def _may_review(item: Any, entry: Entry) -> str | None:
    return why_blocked(item) or full_column(project_id=item.project_id, state=BuildState.REVIEW)


def _is_done(item: Any, entry: Entry) -> str | None:
    """Refuse while a criterion of the definition of done is open."""
    refusal = why_blocked(item)
    if refusal:
        return refusal
    missing = open_criteria(item)
    if missing:
        named = "; ".join(missing[:NAMED]) + (" …" if len(missing) > NAMED else "")
        count = len(missing)
        return (
            f"{item.key} is not done yet: {count} criteri{'a are' if count > 1 else 'on is'} open ({named})."
        )
    return full_column(project_id=item.project_id, state=BuildState.BUILT)


def moved(item: BuildItem, state: str) -> dict[str, Any]:
    """Return the columns that follow from a move: on top of its new column, from now on."""
    return {
        "status": state,
        "status_since": timezone.now(),
        "position": top_of(project_id=item.project_id, state=state),
    }


def begun_anew(item: BuildItem) -> dict[str, Any]:
    """Return the columns of work that begins once more: what was ticked, promoted and checked is of the past."""
    return {**moved(item, BuildState.DOING), "round": item.round + 1, "environment": None}


def _worked_on(state: str) -> Any:
    def effect(item: Any, user: User, reason: str) -> dict[str, Any]:
        return {**moved(item, state), "worked_by": user}

    return effect


def _built(item: Any, user: User, reason: str) -> dict[str, Any]:
    return {**moved(item, BuildState.BUILT), "remaining_seconds": 0}


def _sent_back(item: Any, user: User, reason: str) -> dict[str, Any]:
    """Go back by one column; what was built is begun anew."""
    if item.status == BuildState.BUILT:
        return begun_anew(item)
    return moved(item, BuildState.TODO if item.status == BuildState.DOING else BuildState.DOING)


def _reopened(item: Any, user: User, reason: str) -> dict[str, Any]:
    return begun_anew(item)


BUILD_WORKFLOW = BoardWorkflow(
    BuildItem,
    (
        Transition(
            "start", (BuildState.TODO,), BuildState.DOING, "builds.change", "Start", tone="moving",
            guard=_may_start, effect=_worked_on(BuildState.DOING),
        ),
        Transition(
            "submit", (BuildState.DOING,), BuildState.REVIEW, "builds.change", "Send to review", tone="moving",
            guard=_may_review, effect=_worked_on(BuildState.REVIEW),
        ),
        Transition(
            "finish", (BuildState.REVIEW,), BuildState.BUILT, "builds.change", "Mark built", tone="good",
            guard=_is_done, effect=_built,
        ),
        Transition(
            "back", (BuildState.DOING, BuildState.REVIEW, BuildState.BUILT), BuildState.DOING, "builds.change",
            "Send back", needs_reason=True, effect=_sent_back,
        ),
        Transition(
            "reopen", (BuildState.DEPLOYED, BuildState.VERIFIED), BuildState.DOING, "builds.change", "Reopen",
            tone="watch", needs_reason=True, effect=_reopened,
        ),
    ),
)  # fmt: skip
register(BUILD_WORKFLOW)
