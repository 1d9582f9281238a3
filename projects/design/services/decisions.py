"""Writing architecture decisions down. An accepted one is never rewritten: another one supersedes it."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone

from implement.core.errors import DomainError, StateError
from projects.design.choices import DecisionState
from projects.design.models import ArchitectureDecision
from projects.kit.access import Entry
from projects.kit.journal import record
from projects.kit.rows import row_delete
from projects.kit.trace import mark_suspect, text_save
from projects.models import Project


def why_decision_locked(decision: ArchitectureDecision) -> str | None:
    """Return why a decision cannot be edited as it stands, or None."""
    if decision.status == DecisionState.PROPOSED:
        return None
    state = str(decision.get_status_display()).lower()
    if decision.status == DecisionState.ACCEPTED:
        return f"{decision.key} is {state}: write the new decision down, and let it supersede this one."
    return f"{decision.key} is {state}: it stays as it was decided."


@transaction.atomic
def decision_save(
    *, decision: ArchitectureDecision, entry: Entry, expected_version: int | None = None
) -> ArchitectureDecision:
    """Add a decision with the project's next number, or edit a proposed one.

    Raises DomainError by field, NotAllowed, StateError or StaleVersion.
    """
    entry.require("design.change")
    if decision._state.adding:
        decision.number = _next_number(decision.project)
    else:
        stored = ArchitectureDecision.with_trash.select_for_update(of=("self",)).get(pk=decision.pk)
        locked = why_decision_locked(stored)
        if locked:
            raise StateError(locked)
    text_save(row=decision, actor=entry.user, expected_version=expected_version)
    return decision


def _next_number(project: Project) -> int:
    Project.with_trash.select_for_update(no_key=True).values_list("pk", flat=True).get(pk=project.pk)
    last = ArchitectureDecision.with_trash.filter(project=project).aggregate(last=Max("number"))["last"]
    return (last or 0) + 1


@transaction.atomic
def decision_supersede(
    *, decision: ArchitectureDecision, entry: Entry, successor: ArchitectureDecision | None, reason: str = ""
) -> None:
    """Say which accepted decision takes the place of an accepted one. Raises NotAllowed, DomainError, StateError."""
    entry.require("design.decide")
    both = {decision.pk, successor.pk} if successor else {decision.pk}
    held = ArchitectureDecision.objects.filter(pk__in=both).order_by("pk").select_for_update(of=("self",))
    found = {row.pk: row for row in held}
    decision, successor = found[decision.pk], found.get(successor.pk) if successor else None
    if decision.status != DecisionState.ACCEPTED:
        state = str(decision.get_status_display()).lower()
        raise StateError(f"{decision.key} is {state}: only an accepted decision is superseded.")
    message = ""
    if successor is None or successor.pk == decision.pk or successor.project_id != decision.project_id:
        message = "Choose the decision of this project that takes its place."
    elif successor.status != DecisionState.ACCEPTED:
        message = f"{successor.key} is not accepted: accept it first."
    if message:
        raise DomainError(message, fields={"successor": message})
    reason = reason.strip()[:255]
    ArchitectureDecision.objects.filter(pk=decision.pk).update(
        status=DecisionState.SUPERSEDED, superseded_by=successor, status_reason=reason, version=F("version") + 1,
        updated_at=timezone.now(),
    )  # fmt: skip
    record(
        action="architecturedecision.superseded", target=decision, actor=entry.user, project=decision.project,
        changes={"superseded_by": (None, successor)} | ({"reason": (None, reason)} if reason else {}),
    )  # fmt: skip
    # What follows from it may not hold any more.
    mark_suspect(rows=[decision], actor=entry.user)


@transaction.atomic
def decision_delete(
    *, decision: ArchitectureDecision, entry: Entry, expected_version: int | None = None
) -> None:
    """Throw a proposed decision away. What was decided stays (StateError)."""
    entry.require("design.change")
    if decision.status != DecisionState.PROPOSED:
        raise StateError(f"{decision.key} was decided about: it stays, so that everybody finds why.")
    row_delete(row=decision, actor=entry.user, expected_version=expected_version)
