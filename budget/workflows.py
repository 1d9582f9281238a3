"""How hours and expenses move. Bulk decisions are services; these are the steps on one row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from budget.choices import (
    ALERT_OPEN,
    AlertState,
    ChangeState,
    CommitmentState,
    EntryState,
    RunState,
    Verdict,
    WhatIfState,
)
from budget.models import (
    Alert,
    ChangeRequest,
    Commitment,
    Contract,
    Expense,
    InvoiceLine,
    InvoiceRun,
    TimeEntry,
    WhatIf,
)
from budget.selectors.chain import chain_of, decision_of, role_of
from budget.selectors.changes import lines_of, meant_option, plan_effect
from budget.selectors.invoices import collect, frozen_lines, seal_of
from budget.selectors.periods import require_open
from budget.selectors.pricing import PRICED, prices_for
from implement.accounts.models import User
from implement.core.errors import StateError
from projects.kit.access import Entry
from projects.kit.jobs import enqueue
from projects.kit.workflow import Transition, Workflow, register
from projects.models import Person, Project
from projects.planning import today_of

PDF_JOB = "invoice.pdf"


def _is_own(item: Any, entry: Entry) -> bool:
    return entry.person is not None and item.person_id == entry.person.pk


def own_only(item: Any, entry: Entry) -> str | None:
    """Refuse to hand in what is somebody else's."""
    return None if _is_own(item, entry) else "Only the person who worked it may do this."


def by_chain(item: Any, entry: Entry) -> str | None:
    """Refuse to decide what is one's own, or somebody else's to decide at this level."""
    return chain_of(project=item.project).refusal(item, entry)


def _submitted(item: Any, user: User, reason: str) -> dict[str, Any]:
    require_open(project=item.project, days=[item.booked_day])
    return {"submitted_at": timezone.now(), "approved_level": 0}


def _withdrawn(item: Any, user: User, reason: str) -> dict[str, Any]:
    require_open(project=item.project, days=[item.booked_day])
    return {"approved_level": 0}


def _decided(item: Any, user: User, reason: str, verdict: str = Verdict.REJECTED) -> dict[str, Any]:
    """Write the record of the decision, which stays whatever becomes of the row."""
    require_open(project=item.project, days=[item.booked_day])
    now, comment = timezone.now(), reason[:255]
    decision_of(
        row=item,
        chain=chain_of(project=item.project),
        user=user,
        person=Person.objects.filter(user=user).first(),
        role=role_of(user=user, project=item.project),
        verdict=verdict,
        comment=comment,
        at=now,
    ).save()
    return {"approved_level": 0, "decided_at": now, "decided_by": user, "decision_note": comment}


def _approved(item: Any, user: User, reason: str) -> dict[str, Any]:
    """Pass the next level. The last one freezes the rates in force: approved money never moves again."""
    decided = _decided(item, user, reason, Verdict.APPROVED)
    chain = chain_of(project=item.project)
    frozen: dict[str, Any] = {"approved_level": chain.level_of(item)}
    if not chain.is_last(item):
        frozen["status"] = EntryState.SUBMITTED
    if isinstance(item, TimeEntry):
        prices_for(project=item.project).price_in_week(item)
        frozen |= {name: getattr(item, name) for name in PRICED}
    return decided | frozen


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
            "withdraw",
            (EntryState.SUBMITTED,),
            EntryState.DRAFT,
            f"{room}.log",
            "Withdraw",
            guard=own_only,
            effect=_withdrawn,
        ),
        Transition(
            "approve",
            (EntryState.SUBMITTED,),
            EntryState.APPROVED,
            f"{room}.approve",
            "Approve",
            tone="good",
            guard=by_chain,
            effect=_approved,
        ),
        Transition(
            "reject",
            (EntryState.SUBMITTED,),
            EntryState.REJECTED,
            f"{room}.approve",
            "Reject",
            tone="trouble",
            guard=by_chain,
            effect=_decided,
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


def _ready(item: Any, entry: Entry) -> str | None:
    """Refuse a review of what nobody has worked out."""
    if not item.recommendation.strip():
        return "Say what you recommend first: the impact is not worked out."
    if item.price is None and not item.lines.exists() and not item.options.exists():
        return "Work the impact out first: there is neither a line nor an option nor a price."
    return None


def _analysed(item: Any, user: User, reason: str) -> dict[str, Any]:
    """Note who worked it out, and what the plan says about the finish where nobody said it."""
    said = {"analysed_by": user}
    if item.schedule_days is not None:
        return said
    effect = plan_effect(project=item.project, lines=lines_of(item, meant_option(item)))
    return said | {"schedule_days": effect.days}


def _anew(item: Any, user: User, reason: str) -> dict[str, Any]:
    return {"chosen": None, "decided_at": None}


# "decision" is reached by asking the customer, "approved", "rejected" and "deferred" by their answer alone
# (budget.purposes), "implemented" with its baseline (services.changes.change_implement).
CHANGE_WORKFLOW = Workflow(
    ChangeRequest,
    (
        Transition("submit", (ChangeState.DRAFT,), ChangeState.SUBMITTED, "changes.change", "Submit", tone="moving"),
        Transition(
            "analyse", (ChangeState.SUBMITTED,), ChangeState.ANALYSIS, "changes.decide", "Start the analysis",
            tone="moving",
        ),
        Transition(
            "review", (ChangeState.ANALYSIS,), ChangeState.REVIEW, "changes.decide", "Hand in for review",
            tone="moving", guard=_ready, effect=_analysed,
        ),
        Transition(
            "rework", (ChangeState.REVIEW, ChangeState.REJECTED, ChangeState.DEFERRED), ChangeState.ANALYSIS,
            "changes.decide", "Back to the analysis", needs_reason=True, effect=_anew,
        ),
        Transition(
            "withdraw",
            (ChangeState.SUBMITTED, ChangeState.ANALYSIS, ChangeState.REVIEW, ChangeState.DEFERRED),
            ChangeState.WITHDRAWN, "changes.decide", "Withdraw", needs_reason=True,
        ),
        Transition("close", (ChangeState.IMPLEMENTED,), ChangeState.CLOSED, "changes.decide", "Close", tone="done"),
    ),
)  # fmt: skip


def _decided_now(item: Any, user: User, reason: str) -> dict[str, Any]:
    return {"decided_at": timezone.now(), "decided_by": user}


def _undecided(item: Any, user: User, reason: str) -> dict[str, Any]:
    return {"decided_at": None, "decided_by": None}


# "accepted" and "turned" are reached with what follows from them (services.whatif).
WHATIF_WORKFLOW = Workflow(
    WhatIf,
    (
        Transition(
            "discard", (WhatIfState.DRAFT,), WhatIfState.DISCARDED, "whatif.change", "Discard", effect=_decided_now
        ),
        Transition(
            "resume", (WhatIfState.DISCARDED,), WhatIfState.DRAFT, "whatif.change", "Take up again", tone="moving",
            effect=_undecided,
        ),
    ),
)  # fmt: skip


def _ended(item: Any, user: User, reason: str) -> dict[str, Any]:
    return {"ended_on": today_of(item.project)}


def _ordered(item: Any, user: User, reason: str) -> dict[str, Any]:
    return {"ended_on": None}


COMMITMENT_WORKFLOW = Workflow(
    Commitment,
    (
        Transition(
            "close", (CommitmentState.ORDERED,), CommitmentState.CLOSED, "budget.change", "Settle", tone="done",
            effect=_ended,
        ),
        Transition(
            "cancel", (CommitmentState.ORDERED,), CommitmentState.CANCELLED, "budget.change", "Cancel",
            effect=_ended, needs_reason=True,
        ),
        Transition(
            "reopen", (CommitmentState.CLOSED, CommitmentState.CANCELLED), CommitmentState.ORDERED, "budget.change",
            "Reopen", effect=_ordered, needs_reason=True,
        ),
    ),
)  # fmt: skip


def _has_lines(item: Any, entry: Entry) -> str | None:
    """Refuse a run that bills nothing."""
    return (
        None if item.lines.exists() else "There is nothing on it: choose another period, then collect again."
    )


def _finalised(item: Any, user: User, reason: str) -> dict[str, Any]:
    """Freeze the lines and hold what they bill. Raises StateError when that is not what it was."""
    # Nobody revokes an acceptance meanwhile (projects.signoffs holds the project, too), and of two runs of a
    # contract the second sees what the first has taken.
    Project.objects.select_for_update().get(pk=item.project_id)
    contract = Contract.objects.select_for_update().get(pk=item.contract_id)
    item.contract = contract
    contract.project = item.project
    stored = list(item.lines.order_by("position"))
    _check_free(item, stored)
    if frozen_lines(collect(item).lines) != frozen_lines(stored):
        raise StateError("What can be billed has changed since this was collected: collect it again.")
    try:
        with transaction.atomic():
            item.lines.update(is_held=True)
    except IntegrityError as error:
        raise StateError("Somebody has just handed over some of this: collect it again.") from error
    job = enqueue(kind=PDF_JOB, params={"run": item.pk}, actor=user, project=item.project)
    now = timezone.now()
    return {
        "sha256": seal_of(item, stored), "finalised_at": now, "finalised_by": user, "job": job, "pdf": "",
    }  # fmt: skip


def _check_free(run: InvoiceRun, lines: Iterable[InvoiceLine]) -> None:
    """Raise StateError, naming the run, when another final one holds something of this one."""
    found = list(lines)
    for name in ("time_entry", "expense"):
        ids = [value for line in found if (value := getattr(line, f"{name}_id")) is not None]
        taken = InvoiceLine.objects.filter(is_held=True, **{f"{name}__in": ids}).exclude(run=run)
        first = taken.select_related("run").first()
        if first is not None:
            raise StateError(
                f"{taken.count()} of its lines are on {first.run.key} already: collect it again."
            )


def _voided(item: Any, user: User, reason: str) -> dict[str, Any]:
    """Let go of what it bills: it can be handed over again."""
    item.lines.update(is_held=False)
    return {"voided_at": timezone.now(), "pdf": ""}


RUN_WORKFLOW = Workflow(
    InvoiceRun,
    (
        Transition(
            "finalise", (RunState.DRAFT,), RunState.FINAL, "invoice.make", "Finalise", tone="good",
            guard=_has_lines, effect=_finalised,
        ),
        Transition(
            "void", (RunState.FINAL,), RunState.VOID, "invoice.make", "Make void", tone="trouble", effect=_voided,
            needs_reason=True,
        ),
    ),
)  # fmt: skip
# What is approved is corrected by a reversing entry (services.corrections); it is "locked" with its period.
TIME_WORKFLOW = Workflow(TimeEntry, _steps("time"))
EXPENSE_WORKFLOW = Workflow(Expense, _steps("expenses"))
register(
    TIME_WORKFLOW,
    EXPENSE_WORKFLOW,
    ALERT_WORKFLOW,
    CHANGE_WORKFLOW,
    WHATIF_WORKFLOW,
    COMMITMENT_WORKFLOW,
    RUN_WORKFLOW,
)
