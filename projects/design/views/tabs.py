"""The neighbouring pages of the design."""

from __future__ import annotations

from typing import Any

from projects.kit.access import Entry
from projects.kit.tabs import neighbours

TABS = (
    ("design", "Design", "designelement_list", "design.view"),
    ("decisions", "Decisions", "architecturedecision_list", "design.view"),
    ("targets", "NFR targets", "nfrtarget_list", "design.view"),
    ("feedback", "Feedback", "designfeedback_list", "design.view"),
    ("gate", "Gate", "design_gate", "design.view"),
)


def tabs_of(entry: Entry, current: str) -> list[dict[str, Any]]:
    """Return the neighbouring pages of the design that the person may open."""
    return neighbours(entry, TABS, current)
