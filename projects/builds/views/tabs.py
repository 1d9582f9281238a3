"""The neighbouring pages of build items."""

from __future__ import annotations

from typing import Any

from projects.kit.access import Entry
from projects.kit.tabs import neighbours

TABS = (
    ("board", "Board", "builditem_board", "builds.view"),
    ("items", "Build items", "builditem_list", "builds.view"),
    ("environments", "Environments", "environment_list", "builds.view"),
    ("matrix", "What stands where", "environment_matrix", "builds.view"),
    ("promotions", "Promotions", "promotion_list", "builds.view"),
    ("done", "Definition of done", "donecriterion_list", "builds.view"),
    ("hooks", "Hooks", "inboundhook_list", "builds.hooks"),
)


def tabs_of(entry: Entry, current: str) -> list[dict[str, Any]]:
    """Return the neighbouring pages of build items that the person may open."""
    return neighbours(entry, TABS, current)
