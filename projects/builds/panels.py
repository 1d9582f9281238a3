"""What build items show elsewhere."""

from __future__ import annotations

from projects.kit import places

places.register(places.Place("builds", "Build", "hammer", "builditem_board", "builds.view", 40))
