"""What the panels of time and money have in common."""

from __future__ import annotations

from typing import Any

from projects.kit.panels import CUSTOMER, TEAM

Data = dict[str, Any]
ONLY_TEAM, ONLY_CUSTOMER = frozenset({TEAM}), frozenset({CUSTOMER})
EVERYWHERE = frozenset({"home", "budget", "status"})
# The home answers at a glance; what it would take pages to tell has a page of its own, and stands in the reports.
REPORTS = frozenset({"budget", "status"})
