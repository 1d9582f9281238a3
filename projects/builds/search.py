"""What of the build is found from anywhere."""

from __future__ import annotations

from projects.builds.models import BuildItem
from projects.kit import search

search.register(
    search.Searched(
        key="builds", label="Build items", model=BuildItem, fields=("title", "description"), icon="hammer",
        permission="builds.view", place="builditem_detail", order=40, prefix="BLD",
    ),
)  # fmt: skip
