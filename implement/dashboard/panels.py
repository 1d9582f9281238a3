"""The dashboard's own places on the rail."""

from __future__ import annotations

from projects.kit import places

places.register(
    places.Place("settings", "Settings", "settings", "project_settings", "project.change", 950),
)
