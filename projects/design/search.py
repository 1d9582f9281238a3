"""What of the design is found from anywhere."""

from __future__ import annotations

from projects.design.models import ArchitectureDecision, DesignElement
from projects.kit import search

search.register(
    search.Searched(
        key="design", label="Design", model=DesignElement, fields=("title", "purpose"), icon="sitemap",
        permission="design.view", place="designelement_detail", order=20, prefix="DES",
    ),
    search.Searched(
        key="decisions", label="Architecture decisions", model=ArchitectureDecision, fields=("title", "decision"),
        icon="arrows-split", permission="design.view", place="architecturedecision_detail", order=22, prefix="ADR",
    ),
)  # fmt: skip
