"""Writing many drafts at once into a project that has just begun: what a template holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from implement.accounts.models import User
from projects.kit.journal import record_many
from projects.kit.rows import clean_columns
from projects.kit.texts import seal_of
from projects.models import Project
from projects.requirements.models import (
    AcceptanceCriterion,
    GlossaryTerm,
    Requirement,
    RequirementVersion,
    SuccessCriterion,
)
from projects.requirements.selectors.texts import content_of
from projects.requirements.services.requirements import checked_criteria, next_number

BATCH = 500


@dataclass(frozen=True)
class Begun:
    """A draft to write: its columns, its criteria, and the places of its whole and its goal among the others."""

    fields: dict[str, Any]
    criteria: Sequence[str]
    parent: int | None = None
    goal: int | None = None


def requirements_begin(
    *,
    project: Project,
    actor: User | None,
    goals: Sequence[dict[str, Any]],
    drafts: Sequence[Begun],
) -> list[Requirement]:
    """Write goals, and requirements in their first version. A whole stands before its parts.

    Must be called inside the transaction that begins the project. Raises DomainError by field.
    """
    targets = [SuccessCriterion(project=project, **goal) for goal in goals]
    first, now = next_number(project), timezone.now()
    rows = [
        Requirement(
            project=project,
            number=first + place,
            revision=1,
            success_criterion=None if one.goal is None else targets[one.goal],
            **one.fields,
        )
        for place, one in enumerate(drafts)
    ]
    for row in (*targets, *rows):
        clean_columns(row)
    SuccessCriterion.objects.bulk_create(targets, batch_size=BATCH)
    for row in rows:
        # Its goal has its number only now.
        row.success_criterion = row.success_criterion
    Requirement.objects.bulk_create(rows, batch_size=BATCH)
    parts = []
    for row, one in zip(rows, drafts, strict=True):
        if one.parent is not None:
            row.parent = rows[one.parent]
            parts.append(row)
    Requirement.objects.bulk_update(parts, ["parent"], batch_size=BATCH)
    criteria = [checked_criteria(one.criteria) or [] for one in drafts]
    AcceptanceCriterion.objects.bulk_create(
        (
            AcceptanceCriterion(requirement=row, position=position, text=text)
            for row, texts in zip(rows, criteria, strict=True)
            for position, text in enumerate(texts, start=1)
        ),
        batch_size=BATCH,
    )
    versions = []
    for row, texts in zip(rows, criteria, strict=True):
        content = content_of(row, texts)
        versions.append(
            RequirementVersion(
                requirement=row, number=1, content=content, sha256=seal_of(content), by=actor, at=now
            )
        )
    RequirementVersion.objects.bulk_create(versions, batch_size=BATCH)
    told = [
        *(("successcriterion.added", row) for row in targets),
        *(("requirement.added", row) for row in rows),
    ]
    record_many(actor=actor, project=project, entries=((action, row, {}) for action, row in told))
    return rows


def glossary_begin(
    *, project: Project, actor: User | None, terms: Sequence[dict[str, Any]]
) -> list[GlossaryTerm]:
    """Write the terms of a glossary. Raises DomainError by field."""
    rows = [GlossaryTerm(project=project, **term) for term in terms]
    for row in rows:
        clean_columns(row)
    GlossaryTerm.objects.bulk_create(rows, batch_size=BATCH)
    record_many(actor=actor, project=project, entries=(("glossaryterm.added", row, {}) for row in rows))
    return rows
