"""Writing down what a quality must reach."""

from __future__ import annotations

from django.db import transaction

from implement.core.errors import DomainError
from projects.design.models import NfrTarget
from projects.kit.access import Entry
from projects.kit.rows import row_delete, row_save
from projects.requirements.choices import QUALITIES


@transaction.atomic
def target_save(*, target: NfrTarget, entry: Entry, expected_version: int | None = None) -> NfrTarget:
    """Add or edit a target of a requirement of a quality.

    Raises DomainError by field, NotAllowed or StaleVersion.
    """
    entry.require("design.change")
    requirement = target.requirement
    message = ""
    if requirement.project_id != target.project_id or requirement.deleted_at:
        message = "Choose a requirement of this project."
    elif requirement.kind not in QUALITIES:
        kind = str(requirement.get_kind_display()).lower()
        message = (
            f"{requirement.key} is of the type {kind}: a target is set for a quality, such as performance."
        )
    if message:
        raise DomainError(message, fields={"requirement": message})
    target.metric, target.unit = target.metric.strip(), target.unit.strip()
    row_save(row=target, actor=entry.user, expected_version=expected_version)
    return target


@transaction.atomic
def target_delete(*, target: NfrTarget, entry: Entry, expected_version: int | None = None) -> None:
    """Throw a target away."""
    entry.require("design.change")
    row_delete(row=target, actor=entry.user, expected_version=expected_version)
