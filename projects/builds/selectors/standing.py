"""What stands where: the latest build of each item in each environment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from projects.builds.models import BuildItem, Environment, PromotedItem
from projects.models import Project


@dataclass(frozen=True)
class Standing:
    """A build of an item in an environment. `is_past`: the item's work has begun anew since."""

    promotion_id: int
    build_id: str
    at: datetime
    is_past: bool


def standings_of(items: Iterable[BuildItem]) -> dict[tuple[int, int], Standing]:
    """Return (item id, environment id) -> what stands there of an item, the latest promotion. One query."""
    rounds = {item.pk: item.round for item in items}
    rows = (
        PromotedItem.objects.filter(item__in=list(rounds))
        .order_by("promotion__at", "promotion_id")
        .values_list(
            "item_id",
            "round",
            "promotion_id",
            "promotion__environment_id",
            "promotion__build_id",
            "promotion__at",
        )
    )
    return {
        (item, environment): Standing(promotion, build, at, is_past=number < rounds[item])
        for item, number, promotion, environment, build, at in rows
    }


@dataclass(frozen=True)
class MatrixRow:
    """An item with what stands of it in each environment, in their order; None where it has not been."""

    item: BuildItem
    cells: tuple[Standing | None, ...]


def matrix_of(*, project: Project, items: Iterable[BuildItem]) -> tuple[list[Environment], list[MatrixRow]]:
    """Return the environments in their order, and a row per item. Two queries."""
    environments = list(Environment.objects.filter(project=project))
    chosen = list(items)
    found = standings_of(chosen)
    rows = [
        MatrixRow(item, tuple(found.get((item.pk, environment.pk)) for environment in environments))
        for item in chosen
    ]
    return environments, rows
