"""What the design shows elsewhere: where it is on the rail."""

from __future__ import annotations

from projects.kit import places

places.register(places.Place("design", "Design", "sitemap", "designelement_list", "design.view", 30))
