"""Verification without a test plan: somebody else looks whether requirements are met, and says what they saw."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.utils import timezone

from implement.core.errors import DomainError, NotAllowed, StateError
from projects.kit.access import Entry
from projects.kit.journal import record
from projects.kit.rows import clean_row
from projects.planning import today_of
from projects.requirements.choices import RequirementState, VerificationMethod, VerificationVerdict
from projects.requirements.models import Requirement, Verification
from projects.requirements.workflows import requirement_move, why_unproved

VERIFIABLE = (RequirementState.IMPLEMENTED, RequirementState.VERIFIED)


def why_unverifiable(requirement: Requirement, entry: Entry) -> str | None:
    """Return why this person cannot verify a requirement as it stands, or None."""
    if requirement.status not in VERIFIABLE:
        state = str(requirement.get_status_display()).lower()
        return f"{requirement.key} is {state}: it is verified once it is implemented, until it is accepted."
    if requirement.owner is not None and requirement.owner.user_id == entry.user.pk:
        return f"You own {requirement.key}: somebody else verifies it."
    return None


@transaction.atomic
def requirements_verify(
    *,
    requirements: Sequence[Requirement],
    entry: Entry,
    verdict: str,
    method: str,
    held_on: date,
    evidence: str,
) -> list[Verification]:
    """Say of requirements how somebody looked at them and whether they are met: of all or of none.

    What is met is verified, unless a test that is linked has not passed; what is not met is implemented only, again.
    Raises DomainError by field, NotAllowed for their owner, StateError for what is not implemented or accepted.
    """
    entry.require("requirements.verify")
    _check(entry, verdict, method, held_on, evidence)
    held = Requirement.objects.select_for_update(of=("self",)).filter(project=entry.project)
    rows = list(held.filter(pk__in=[row.pk for row in requirements]).select_related("owner", "project"))
    if not rows or len(rows) != len(requirements):
        raise StateError("Some of these requirements are gone: choose again.")
    return [_verify(row, entry, verdict, method, held_on, evidence.strip()) for row in rows]


def _check(entry: Entry, verdict: str, method: str, held_on: date, evidence: str) -> None:
    wrong: dict[str, str] = {}
    if verdict not in VerificationVerdict.values:
        wrong["verdict"] = "Say whether it is met."
    if method not in VerificationMethod.values:
        wrong["method"] = "Say how you looked at it."
    if held_on > today_of(entry.project):
        wrong["held_on"] = f"{held_on} is in the future."
    if not evidence.strip():
        wrong["evidence"] = "Say what you looked at and what you saw."
    if wrong:
        raise DomainError(next(iter(wrong.values())), fields=wrong)


def _verify(
    row: Requirement, entry: Entry, verdict: str, method: str, held_on: date, evidence: str
) -> Verification:
    refusal = why_unverifiable(row, entry)
    if refusal:
        raise (NotAllowed if row.status in VERIFIABLE else StateError)(refusal)
    made = Verification(
        requirement=row, revision=row.revision, verdict=verdict, method=method, held_on=held_on, evidence=evidence,
        by=entry.user, at=timezone.now(),
    )  # fmt: skip
    clean_row(made)
    made.save(force_insert=True)
    is_met = verdict == VerificationVerdict.MET
    change = {}
    if is_met and row.status == RequirementState.IMPLEMENTED and why_unproved(row, entry) is None:
        change = requirement_move(row, VERIFIABLE, RequirementState.VERIFIED, status_reason="")
    elif not is_met:
        change = requirement_move(row, VERIFIABLE, RequirementState.IMPLEMENTED, status_reason=evidence[:255])
        change = {name: (old, new) for name, (old, new) in change.items() if old != new}
    owner = row.owner.user if row.owner else None
    record(
        action="requirement.found_met" if is_met else "requirement.found_unmet",
        target=row,
        actor=entry.user,
        project=entry.project,
        changes={"method": (None, method), "evidence": (None, evidence[:255]), **change},
        notify=[owner] if owner and not is_met else (),
    )
    return made
