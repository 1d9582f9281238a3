"""What requirements ask the customer: to validate them as they are written."""

from __future__ import annotations

from functools import partial

from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext_noop

from implement.core.errors import StateError
from projects.choices import Audience
from projects.kit.access import Entry
from projects.kit.journal import record
from projects.kit.purposes import Answered, Purpose, Shown, Verdict, register
from projects.kit.texts import changed_since_signed
from projects.requirements.choices import ASKABLE, RequirementState
from projects.requirements.models import Requirement
from projects.requirements.selectors.texts import content_of, criteria_text, differences_of, shown_value
from projects.requirements.workflows import requirement_move

APPROVE, APPROVE_NOTED, REJECT = "approved", "approved_noted", "rejected"


def requirement_shown(requirement: Requirement) -> Shown:
    """Return a requirement as the customer reads it: exactly what its version holds, whatever language is active."""
    with translation.override("en"):
        return _shown(requirement)


def _shown(requirement: Requirement) -> Shown:
    content = content_of(requirement)
    facts = [
        ["Type", shown_value("kind", content["kind"])],
        ["Priority", shown_value("priority", content["priority"])],
    ]
    if content["fit"]:
        facts.append(["How it is met", shown_value("fit", content["fit"])])
    if content["success_criterion"]:
        facts.append(["Success criterion", content["success_criterion"]])
    numbered = [f"{number}. {text}" for number, text in enumerate(content["criteria"], start=1)]
    sections = [{"title": "Acceptance criteria", "text": criteria_text(numbered) or "None yet."}]
    if content["rationale"]:
        sections.insert(0, {"title": "Why", "text": content["rationale"]})
    return {
        "key": requirement.key,
        "title": requirement.title,
        "lead": requirement.statement,
        "facts": facts,
        "sections": sections,
        "tables": [],
        "options": [],
    }


def requirement_guard(requirement: Requirement, entry: Entry) -> str | None:
    """Refuse what waits already, is signed, is out of scope, or says nothing that could be tested."""
    if requirement.status not in ASKABLE:
        state = str(requirement.get_status_display()).lower()
        return f"{requirement.key} is {state}: only a draft or what went back to rework can be validated."
    if not requirement.criteria_texts:
        return f"{requirement.key} has no acceptance criterion: nobody could say when it is met."
    return None


def requirement_asked(requirement: Requirement, entry: Entry) -> None:
    """Lock it for the customer's answer. Raises StateError when somebody was faster."""
    change = requirement_move(
        requirement, ASKABLE, RequirementState.REVIEW, status_reason="", shown_revision=F("revision")
    )
    record(
        action="requirement.asked", target=requirement, actor=entry.user, project=requirement.project,
        changes=change,
    )  # fmt: skip


def requirement_answered(requirement: Requirement, given: Answered) -> None:
    """Take the answer over: the signature is on the version that was shown, which is locked until now."""
    review = (RequirementState.REVIEW,)
    if given.verdict in {APPROVE, APPROVE_NOTED}:
        change = requirement_move(
            requirement, review, RequirementState.VALIDATED, signed_revision=F("revision")
        )
    else:
        change = requirement_move(
            requirement, review, RequirementState.REWORK, status_reason=given.comment[:255]
        )
    verb = "rejected" if given.verdict == REJECT else "validated"
    record(
        action=f"requirement.{verb}", target=requirement, actor=given.person.user, project=requirement.project,
        audience=Audience.CUSTOMER, changes=change | _comment(given),
    )  # fmt: skip


def _comment(given: Answered) -> dict[str, tuple[None, str]]:
    """Return what was said beside the verdict, for the journal."""
    return {"comment": (None, given.comment[:255])} if given.comment else {}


def requirement_dropped(requirement: Requirement, why: str) -> None:
    """Go back to the draft when nobody will answer."""
    if requirement.status == RequirementState.REVIEW:
        change = requirement_move(requirement, (RequirementState.REVIEW,), RequirementState.DRAFT)
        record(
            action="requirement.recalled", target=requirement, actor=None, project=requirement.project,
            changes=change | {"reason": (None, why)},
        )  # fmt: skip


def requirement_revoked(requirement: Requirement, reason: str) -> None:
    """Go back to rework when a validation is revoked. Raises StateError once it is built, or no longer signed."""
    signed = (RequirementState.VALIDATED, RequirementState.BASELINED)
    if requirement.status not in signed:
        raise StateError(
            f"{requirement.key} is {str(requirement.get_status_display()).lower()}: there is nothing to revoke."
        )
    change = requirement_move(
        requirement, signed, RequirementState.REWORK, signed_revision=None, status_reason=reason[:255]
    )
    record(
        action="requirement.revoked", target=requirement, actor=None, project=requirement.project,
        changes=change | {"reason": (None, reason[:255])},
    )  # fmt: skip


def acceptance_guard(requirement: Requirement, entry: Entry) -> str | None:
    """Refuse what is not verified."""
    if requirement.status != RequirementState.VERIFIED:
        state = str(requirement.get_status_display()).lower()
        return f"{requirement.key} is {state}: only what is verified can be accepted."
    return None


def acceptance_asked(requirement: Requirement, entry: Entry) -> None:
    """Tell the journal; nothing is locked, as a change of the text makes the question outdated."""
    record(action="requirement.offered", target=requirement, actor=entry.user, project=requirement.project)


def acceptance_answered(requirement: Requirement, given: Answered) -> None:
    """Take the answer over: accepted, or implemented again with what was said. Raises StateError."""
    verified, said = (RequirementState.VERIFIED,), given.comment[:255]
    is_accepted = given.verdict in {APPROVE, APPROVE_NOTED}
    target = RequirementState.ACCEPTED if is_accepted else RequirementState.IMPLEMENTED
    change = requirement_move(requirement, verified, target, status_reason=said)
    record(
        action=f"requirement.{'accepted' if is_accepted else 'refused'}", target=requirement,
        actor=given.person.user, project=requirement.project, audience=Audience.CUSTOMER,
        changes=change | _comment(given),
    )  # fmt: skip


def acceptance_revoked(requirement: Requirement, reason: str) -> None:
    """Go back to verified. Raises StateError when it is no longer accepted."""
    accepted = (RequirementState.ACCEPTED,)
    change = requirement_move(requirement, accepted, RequirementState.VERIFIED, status_reason=reason[:255])
    record(
        action="requirement.revoked", target=requirement, actor=None, project=requirement.project,
        changes=change | {"reason": (None, reason[:255])},
    )  # fmt: skip


VALIDATE = Purpose(
    key="requirement.validate",
    label=gettext_noop("Validation of requirements"),
    question="Is this what you need?",
    model=Requirement,
    verdicts=(
        Verdict(APPROVE, "Approve", "good"),
        Verdict(APPROVE_NOTED, "Approve with a comment", "good", needs_comment=True),
        Verdict(REJECT, "Reject", "trouble", needs_comment=True),
    ),
    place="requirement_detail",
    shown=requirement_shown,
    guard=requirement_guard,
    asked=requirement_asked,
    answered=requirement_answered,
    dropped=requirement_dropped,
    revoked=requirement_revoked,
    changed=partial(changed_since_signed, differences=differences_of),
)
ACCEPT = Purpose(
    key="requirement.accept",
    label=gettext_noop("Acceptance of requirements"),
    question="Is this what you got?",
    model=Requirement,
    verdicts=(
        Verdict(APPROVE, "Accept", "good"),
        Verdict(APPROVE_NOTED, "Accept with a comment", "good", needs_comment=True),
        Verdict(REJECT, "Do not accept", "trouble", needs_comment=True),
    ),
    place="requirement_detail",
    shown=requirement_shown,
    guard=acceptance_guard,
    asked=acceptance_asked,
    answered=acceptance_answered,
    revoked=acceptance_revoked,
)
register(VALIDATE, ACCEPT)
