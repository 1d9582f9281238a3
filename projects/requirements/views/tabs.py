"""The neighbouring pages of requirements."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from projects.kit.access import Entry

TABS = (
    ("requirements", "Requirements", "requirement_list"),
    ("tree", "Tree", "requirement_tree"),
    ("workshops", "Workshops", "workshop_list"),
    ("questions", "Open questions", "openquestion_list"),
    ("glossary", "Glossary", "glossaryterm_list"),
    ("baselines", "Baselines", "requirementbaseline_list"),
    ("specification", "Specification", "requirement_specification"),
)


def tabs_of(entry: Entry, current: str) -> list[dict[str, Any]]:
    """Return the neighbouring pages of requirements; who may read one may read all."""
    return [
        {"label": label, "url": reverse(name, args=[entry.project.code]), "is_current": key == current}
        for key, label, name in TABS
    ]
