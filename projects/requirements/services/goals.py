"""Writing goals. The title of a goal is part of what the customer signs of every requirement that names it."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from implement.core.errors import DomainError, StateError
from projects.kit.access import Entry
from projects.kit.journal import record_many
from projects.kit.rows import row_delete, row_save
from projects.kit.texts import seal_of
from projects.kit.trace import mark_suspect
from projects.requirements.choices import SIGNED, RequirementState
from projects.requirements.models import Requirement, RequirementVersion, SuccessCriterion
from projects.requirements.selectors.texts import content_of

KEYS_TOLD = 3


@transaction.atomic
def goal_save(
    *, goal: SuccessCriterion, entry: Entry, expected_version: int | None = None, reason: str = ""
) -> SuccessCriterion:
    """Add a goal, or edit one.

    A new title is a new version of every requirement that names the goal: what was signed goes back to rework, and
    `reason` must say why. While one of them is at the customer it is refused: they read the old title. Nothing that
    was signed changes in silence. Raises DomainError by field, NotAllowed, StateError or StaleVersion.
    """
    entry.require("requirements.change")
    stored = None
    if not goal._state.adding:
        stored = SuccessCriterion.objects.select_for_update(no_key=True).get(pk=goal.pk)
    if stored is None or stored.title != goal.title:
        _refuse_twin(goal)
    row_save(row=goal, actor=entry.user, expected_version=expected_version)
    if stored is not None and stored.title != goal.title:
        _reword(goal, before=stored.title, entry=entry, reason=reason.strip()[:255])
    return goal


@transaction.atomic
def goal_delete(*, goal: SuccessCriterion, entry: Entry, expected_version: int | None = None) -> None:
    """Remove a goal that no requirement names. Raises NotAllowed, StateError or StaleVersion."""
    entry.require("requirements.change")
    row_delete(row=goal, actor=entry.user, expected_version=expected_version)


def _refuse_twin(goal: SuccessCriterion) -> None:
    """Raise DomainError when the project has a goal of this title, in whichever case."""
    others = SuccessCriterion.objects.filter(project=goal.project, title__iexact=goal.title)
    if others.exclude(pk=goal.pk).exists():
        message = "This goal is written down already."
        raise DomainError(message, fields={"title": message})


def _reword(goal: SuccessCriterion, *, before: str, entry: Entry, reason: str) -> None:
    """Write a version of every requirement that names the goal, those out of scope and in the trash too."""
    rows = list(
        Requirement.with_trash.filter(success_criterion=goal)
        .select_for_update(of=("self",))
        .select_related("project")
        .prefetch_related("criteria")
        .order_by("pk")
    )
    asked = [row.key for row in rows if row.status == RequirementState.REVIEW]
    if asked:
        raise StateError(
            f"{_keys(asked)} at the customer, who reads the old title: withdraw that request, or wait for the answer."
        )
    signed = [row.key for row in rows if row.status in SIGNED]
    if signed and not reason:
        message = f"The customer has signed {_keys(signed, verb='')}: say why the goal is called otherwise."
        raise DomainError(message, fields={"reason": message})
    now = timezone.now()
    versions = []
    for row in rows:
        row.success_criterion = goal
        content = content_of(row)
        versions.append(
            RequirementVersion(
                requirement=row, number=row.revision + 1, content=content, sha256=seal_of(content), reason=reason,
                by=entry.user, at=now,
            )
        )  # fmt: skip
    RequirementVersion.objects.bulk_create(versions, batch_size=500)
    named = Requirement.with_trash.filter(success_criterion=goal)
    named.filter(status__in=SIGNED).update(status=RequirementState.REWORK, status_reason=reason)
    named.update(revision=F("revision") + 1, version=F("version") + 1, updated_at=now)
    record_many(
        actor=entry.user,
        project=goal.project,
        entries=(("requirement.changed", row, {"success_criterion": (before, goal.title)}) for row in rows),
    )
    mark_suspect(rows=rows, actor=entry.user)


def _keys(keys: list[str], *, verb: str = "is,are") -> str:
    """Return the first keys in words, such as "REQ-001, REQ-002 and 4 more are"."""
    more = len(keys) - KEYS_TOLD
    told = ", ".join(keys[:KEYS_TOLD]) + (f" and {more} more" if more > 0 else "")
    one, _, many = verb.partition(",")
    return f"{told} {one if len(keys) == 1 else many}".strip()
