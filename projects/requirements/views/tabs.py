"""The neighbouring pages of requirements."""

from __future__ import annotations

from typing import Any

from projects.kit.access import Entry
from projects.kit.tabs import neighbours

TABS = (
    ("requirements", "Requirements", "requirement_list", "requirements.view"),
    ("tree", "Tree", "requirement_tree", "requirements.view"),
    ("roadmap", "Roadmap", "roadmap", "requirements.view"),
    ("matrix", "Trace matrix", "trace_matrix", "trace.view"),
    ("workshops", "Workshops", "workshop_list", "requirements.view"),
    ("questions", "Open questions", "openquestion_list", "requirements.view"),
    ("goals", "Goals", "successcriterion_list", "requirements.view"),
    ("glossary", "Glossary", "glossaryterm_list", "requirements.view"),
    ("baselines", "Baselines", "requirementbaseline_list", "requirements.view"),
    ("specification", "Specification", "requirement_specification", "requirements.view"),
)


def tabs_of(entry: Entry, current: str) -> list[dict[str, Any]]:
    """Return the neighbouring pages of requirements that the person may open."""
    return neighbours(entry, TABS, current)
