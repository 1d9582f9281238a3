"""The neighbouring pages of the plan."""

from __future__ import annotations

from typing import Any

from projects.kit.access import Entry
from projects.kit.tabs import neighbours

TABS = (
    ("plan", "Plan", "plan", "plan.view"),
    ("tasks", "Tasks", "task_list", "plan.view"),
    ("milestones", "Milestones", "milestone_list", "plan.view"),
    ("trend", "Milestone trend", "milestone_trend", "plan.view"),
    ("dependencies", "Dependencies", "dependency_list", "plan.view"),
    ("assignments", "Assignments", "assignment_list", "plan.view"),
    ("load", "Load", "project_load", "load.view"),
)


def plan_tabs(entry: Entry, current: str) -> list[dict[str, Any]]:
    """Return the neighbouring pages of the plan that the person may open."""
    return neighbours(entry, TABS, current)
