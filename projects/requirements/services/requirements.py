"""Writing requirements: every change of what the customer reads is a new version, and ends what was signed."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from implement.core.errors import DomainError, StateError
from projects.kit.access import Entry
from projects.kit.rows import row_delete, row_restore, row_save
from projects.kit.texts import seal_of
from projects.kit.trace import mark_suspect
from projects.models import Project
from projects.requirements.choices import EDITABLE, SIGNED, RequirementState, SourceKind
from projects.requirements.models import (
    AcceptanceCriterion,
    Requirement,
    RequirementVersion,
    SuccessCriterion,
)
from projects.requirements.selectors.texts import content_of

MOST_CRITERIA = 50
LONGEST_CRITERION = 4000
DEEPEST = 12


def why_locked(requirement: Requirement) -> str | None:
    """Return why what it says cannot be changed as it stands, or None."""
    if requirement.status in EDITABLE:
        return None
    if requirement.status == RequirementState.REVIEW:
        return f"{requirement.key} waits for the customer's answer: withdraw that request first."
    state = str(requirement.get_status_display()).lower()
    return f"{requirement.key} is {state}: take it up again first."


@transaction.atomic
def requirement_save(
    *,
    requirement: Requirement,
    entry: Entry,
    criteria: Sequence[str] | None = None,
    expected_version: int | None = None,
    reason: str = "",
    needs: str = "requirements.change",
) -> Requirement:
    """Add a requirement with the project's next number, or edit one; `criteria` None leaves these as they are.

    When what the customer reads differs, a version is kept; what they had signed goes back to rework, and `reason`
    must say why. Raises DomainError by field, StateError, StaleVersion, or NotAllowed without the grant it `needs`:
    of a verb that rewrites by itself, the verb's own.
    """
    entry.require(needs)
    _check_links(requirement)
    _hold_goal(requirement)
    wanted = checked_criteria(criteria)
    is_new = requirement._state.adding
    if is_new:
        requirement.number = next_number(requirement.project)
        stored = None
    else:
        # Held, so that it is not sent to the customer while it changes.
        stored = Requirement.with_trash.select_for_update(of=("self",)).get(pk=requirement.pk)
        locked = why_locked(stored)
        if locked:
            raise StateError(locked)
        if wanted is None:
            wanted = stored.criteria_texts
    content = content_of(requirement, wanted or [])
    changed = stored is None or content != content_of(stored)
    if changed:
        requirement.revision = (stored.revision if stored else 0) + 1
        requirement.status = RequirementState.DRAFT if stored is None else stored.status
        if stored is not None and stored.status in SIGNED:
            if not reason.strip():
                message = f"The customer has signed {requirement.key}: say why it changes."
                raise DomainError(message, fields={"reason": message})
            requirement.status, requirement.status_reason = RequirementState.REWORK, reason.strip()[:255]
    row_save(row=requirement, actor=entry.user, expected_version=expected_version)
    if changed:
        _write_criteria(requirement, wanted or [])
        RequirementVersion.objects.create(
            requirement=requirement, number=requirement.revision, content=content, sha256=seal_of(content),
            reason=reason.strip()[:255], by=entry.user, at=timezone.now(),
        )  # fmt: skip
        if not is_new:
            mark_suspect(rows=[requirement], actor=entry.user)
    return requirement


def next_number(project: Project) -> int:
    """Return the project's next number; one after the other, or two would get the same."""
    Project.with_trash.select_for_update(no_key=True).values_list("pk", flat=True).get(pk=project.pk)
    last = Requirement.with_trash.filter(project=project).aggregate(last=Max("number"))["last"]
    return (last or 0) + 1


def checked_criteria(criteria: Sequence[str] | None) -> list[str] | None:
    """Return criteria without blanks around them. Raises DomainError for too many, or too long a one."""
    if criteria is None:
        return None
    found = [text.strip() for text in criteria if text.strip()]
    message = ""
    if len(found) > MOST_CRITERIA:
        message = (
            f"At most {MOST_CRITERIA} acceptance criteria; these are {len(found)}. Split the requirement."
        )
    elif long := next((number for number, text in enumerate(found, 1) if len(text) > LONGEST_CRITERION), 0):
        message = f"Criterion {long} has more than {LONGEST_CRITERION} characters."
    if message:
        raise DomainError(message, fields={"criteria": message})
    return found


def _write_criteria(requirement: Requirement, texts: Sequence[str]) -> None:
    """Keep the rows whose text stays, in the new order; drop the others, add what is new."""
    left = list(requirement.criteria.all())
    for position, text in enumerate(texts, start=1):
        row = next((one for one in left if one.text == text), None)
        if row is None:
            AcceptanceCriterion.objects.create(requirement=requirement, position=position, text=text)
            continue
        left.remove(row)
        if row.position != position:
            row.position = position
            row.save(update_fields=["position", "updated_at"])
    AcceptanceCriterion.objects.filter(pk__in=[row.pk for row in left]).delete()
    getattr(requirement, "_prefetched_objects_cache", {}).clear()


def _check_links(requirement: Requirement) -> None:
    """Raise DomainError, by field, for what points out of the project, around in a circle, or at the wrong side."""
    project = requirement.project_id
    if requirement.owner is not None and requirement.owner.customer_id is not None:
        raise DomainError("The owner is one of us.", fields={"owner": "Choose somebody of the firm."})
    workshop = requirement.workshop
    if workshop is not None and (workshop.project_id != project or workshop.deleted_at):
        raise DomainError(
            "The workshop is of another project.", fields={"workshop": "Choose one of this project."}
        )
    if requirement.source_kind == SourceKind.WORKSHOP and workshop is None:
        message = "Say which workshop it comes from."
        raise DomainError(message, fields={"workshop": message})
    seen, above = {requirement.pk} - {None}, requirement.parent
    while above is not None:
        message = ""
        if above.project_id != project or above.deleted_at:
            message = "Choose a requirement of this project."
        elif above.pk in seen:
            message = f"{above.key} is part of this one already: it would be part of itself."
        elif len(seen) > DEEPEST:
            message = f"The tree is at most {DEEPEST} levels deep."
        if message:
            raise DomainError(message, fields={"parent": message})
        seen.add(above.pk)
        above = above.parent


def _hold_goal(requirement: Requirement) -> None:
    """Hold the goal, so that it keeps the title that goes into the version. Raises DomainError for a foreign one."""
    if requirement.success_criterion_id is None:
        return
    held = SuccessCriterion.objects.select_for_update(no_key=True)
    goal = held.filter(pk=requirement.success_criterion_id, project=requirement.project_id).first()
    if goal is None:
        message = "Choose a goal of this project."
        raise DomainError(message, fields={"success_criterion": message})
    requirement.success_criterion = goal


def why_kept(requirement: Requirement) -> str | None:
    """Return why it cannot be thrown away, or None."""
    if requirement.status != RequirementState.DRAFT or requirement.signed_revision is not None:
        return f"{requirement.key} is no mere draft: mark it obsolete instead, and say why."
    if requirement.children.exists():
        return f"{requirement.key} has parts: throw these away, or move them, first."
    return None


@transaction.atomic
def requirement_delete(
    *, requirement: Requirement, entry: Entry, expected_version: int | None = None
) -> None:
    """Throw a draft away. What the customer has read is made obsolete instead, with its reason (StateError)."""
    entry.require("requirements.change")
    kept = why_kept(requirement)
    if kept:
        raise StateError(kept)
    row_delete(row=requirement, actor=entry.user, expected_version=expected_version)


@transaction.atomic
def requirement_restore(*, requirement: Requirement, entry: Entry) -> None:
    """Take a draft back out of the trash; what it was part of, or the release it stood in, may be gone."""
    entry.require("requirements.change")
    if requirement.release is not None and requirement.release.deleted_at is not None:
        requirement.release = None
        requirement.save_version(fields=["release_id"])
    if requirement.parent is not None and requirement.parent.deleted_at is not None:
        requirement.parent = None
        requirement.save_version(fields=["parent_id"])
    row_restore(row=requirement, actor=entry.user)
