"""How hours and expenses move. Bulk decisions are services; these are the steps on one row."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from budget.choices import ALERT_OPEN, AlertState, EntryState
from budget.models import Alert, Expense, TimeEntry
from budget.selectors.rates import PRICED, rates_for
from implement.accounts.models import User
from projects.kit.access import Entry
from projects.kit.workflow import Transition, Workflow, register


def _is_own(item: Any, entry: Entry) -> bool:
    return entry.person is not None and item.person_id == entry.person.pk


def own_only(item: Any, entry: Entry) -> str | None:
    """Refuse to hand in what is somebody else's."""
    return None if _is_own(item, entry) else "Only the person who worked it may do this."


def never_own(item: Any, entry: Entry) -> str | None:
    """Refuse to decide one's own hours or expenses."""
    return (
        "Nobody approves their own hours or expenses: ask another approver." if _is_own(item, entry) else None
    )


def _submitted(item: Any, user: User, reason: str) -> dict[str, Any]:
    return {"submitted_at": timezone.now()}


def _decided(item: Any, user: User, reason: str) -> dict[str, Any]:
    return {"decided_at": timezone.now(), "decided_by": user, "decision_note": reason[:255]}


def _approved(item: Any, user: User, reason: str) -> dict[str, Any]:
    """Freeze the rates in force: approved money never moves again."""
    frozen: dict[str, Any] = {}
    if isinstance(item, TimeEntry):
        rates_for(project=item.project).price(item)
        frozen = {name: getattr(item, name) for name in PRICED}
    return _decided(item, user, reason) | frozen


def _steps(room: str) -> tuple[Transition, ...]:
    return (
        Transition(
            "submit",
            (EntryState.DRAFT, EntryState.REJECTED),
            EntryState.SUBMITTED,
            f"{room}.log",
            "Submit",
            guard=own_only,
            effect=_submitted,
        ),
        Transition(
            "withdraw", (EntryState.SUBMITTED,), EntryState.DRAFT, f"{room}.log", "Withdraw", guard=own_only
        ),
        Transition(
            "approve",
            (EntryState.SUBMITTED,),
            EntryState.APPROVED,
            f"{room}.approve",
            "Approve",
            tone="good",
            guard=never_own,
            effect=_approved,
        ),
        Transition(
            "reject",
            (EntryState.SUBMITTED,),
            EntryState.REJECTED,
            f"{room}.approve",
            "Reject",
            tone="trouble",
            guard=never_own,
            effect=_decided,
            needs_reason=True,
        ),
        Transition(
            "reopen",
            (EntryState.APPROVED,),
            EntryState.DRAFT,
            f"{room}.approve",
            "Reopen",
            guard=never_own,
            needs_reason=True,
        ),
    )


def _acknowledged(item: Any, user: User, reason: str) -> dict[str, Any]:
    return {"acknowledged_at": timezone.now(), "acknowledged_by": user}


def _resolved(item: Any, user: User, reason: str) -> dict[str, Any]:
    now = timezone.now()
    return {
        "closed_at": now,
        "acknowledged_at": item.acknowledged_at or now,
        "acknowledged_by": item.acknowledged_by or user,
    }


# "planned" is reached with owner, words and due date, by services.alerts.alert_plan; "cleared" by the figures alone.
ALERT_WORKFLOW = Workflow(
    Alert,
    (
        Transition(
            "acknowledge",
            (AlertState.OPEN,),
            AlertState.ACKNOWLEDGED,
            "alerts.change",
            "Acknowledge",
            tone="moving",
            effect=_acknowledged,
        ),
        Transition(
            "resolve",
            ALERT_OPEN,
            AlertState.RESOLVED,
            "alerts.change",
            "Resolve",
            tone="good",
            effect=_resolved,
            needs_reason=True,
        ),
    ),
    column="state",
)
TIME_WORKFLOW = Workflow(TimeEntry, _steps("time"))
EXPENSE_WORKFLOW = Workflow(Expense, _steps("expenses"))
register(TIME_WORKFLOW, EXPENSE_WORKFLOW, ALERT_WORKFLOW)
