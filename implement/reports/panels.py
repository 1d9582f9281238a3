"""The place of the reports on the rail."""

from __future__ import annotations

from projects.kit import places

places.register(
    places.Place("reports", "Reports", "report-analytics", "report_list", "reports.view", 800),
)
