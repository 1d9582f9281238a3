"""Environments: the usual four at first use, and the project's own."""

from __future__ import annotations

from django.db import transaction

from implement.core.db import update_rows
from implement.core.errors import DomainError, StateError
from projects.builds.models import Environment
from projects.kit.access import Entry
from projects.kit.rows import row_delete, row_save
from projects.models import Project

# name, is it production, does the customer read its release notes
USUAL = (("DEV", False, False), ("TEST", False, False), ("UAT", False, True), ("PROD", True, True))


@transaction.atomic
def environments_ensure(*, project: Project) -> None:
    """Give a project the usual environments when it has none yet. The project must be held."""
    if Environment.objects.filter(project=project).exists():
        return
    Environment.objects.bulk_create(
        Environment(
            project=project, name=name, position=position, is_production=is_production, is_shown=is_shown
        )
        for position, (name, is_production, is_shown) in enumerate(USUAL, start=1)
    )


@transaction.atomic
def environment_save(
    *, environment: Environment, entry: Entry, expected_version: int | None = None
) -> Environment:
    """Add an environment, or change one. Raises DomainError by field, NotAllowed or StaleVersion."""
    entry.require("builds.decide")
    if not environment.name.strip():
        raise DomainError("It needs a name.", fields={"name": "It needs a name."})
    Project.with_trash.select_for_update(no_key=True).values_list("pk", flat=True).get(
        pk=environment.project_id
    )
    others = list(Environment.objects.filter(project=environment.project).exclude(pk=environment.pk))
    place = min(max(environment.position, 1), len(others) + 1)
    environment.position = place
    row_save(row=environment, actor=entry.user, expected_version=expected_version)
    _line_up(others, without=place)
    return environment


def _line_up(others: list[Environment], *, without: int) -> None:
    """Number the other environments in their order, around the place that is taken."""
    free = (number for number in range(1, len(others) + 2) if number != without)
    moved = []
    for row, position in zip(others, free, strict=False):
        if row.position != position:
            row.position = position
            moved.append(row)
    update_rows(moved, ["position"])


@transaction.atomic
def environment_delete(
    *, environment: Environment, entry: Entry, expected_version: int | None = None
) -> None:
    """Remove an environment into which nothing was ever brought (else StateError)."""
    entry.require("builds.decide")
    if environment.promotions.exists():
        raise StateError(f"Builds were brought into {environment}: it stays, so that their history does.")
    row_delete(row=environment, actor=entry.user, expected_version=expected_version)
