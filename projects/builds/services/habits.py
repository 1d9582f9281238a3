"""How a project builds, begun from a template: its environments, what done means, the limits of its board."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from implement.accounts.models import User
from projects.builds.models import DoneCriterion, Environment, WipLimit
from projects.kit.rows import row_save
from projects.models import Project


@transaction.atomic
def habits_begin(
    *,
    project: Project,
    actor: User | None,
    environments: Sequence[Mapping[str, Any]],
    criteria: Sequence[Mapping[str, Any]],
    limits: Sequence[Mapping[str, Any]],
) -> None:
    """Write the habits of a new project, in the order given. Raises DomainError for what its table refuses."""
    for position, values in enumerate(environments, start=1):
        row_save(row=Environment(project=project, position=position, **values), actor=actor)
    for position, values in enumerate(criteria, start=1):
        row_save(row=DoneCriterion(project=project, position=position, **values), actor=actor)
    for values in limits:
        row_save(row=WipLimit(project=project, **values), actor=actor)
