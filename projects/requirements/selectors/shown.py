"""The requirements as the customer was shown them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import F

from projects.kit.texts import Content
from projects.models import Project
from projects.requirements.choices import CUSTOMER_WORDS, RequirementState
from projects.requirements.models import RequirementVersion
from projects.requirements.selectors.texts import shown_value


@dataclass(frozen=True)
class ShownRequirement:
    """One requirement in the version that the customer was shown last; what was written since stays with the team."""

    pk: int
    key: str
    content: Content
    words: str
    tone: str
    is_signed: bool
    status: str
    release_id: int | None
    category: str

    @property
    def priority(self) -> str:
        """Return the priority in words."""
        return shown_value("priority", self.content["priority"])


def shown_requirements(*, project: Project) -> list[ShownRequirement]:
    """Return what the customer has been asked about, by key; one query."""
    versions = (
        RequirementVersion.objects.filter(
            requirement__project=project,
            requirement__deleted_at=None,
            number=F("requirement__shown_revision"),
        )
        .select_related("requirement")
        .order_by("requirement__number")
    )
    found = []
    for version in versions:
        row = version.requirement
        state = RequirementState(row.status)
        found.append(
            ShownRequirement(
                pk=row.pk,
                key=row.key,
                content=version.content,
                words=str(CUSTOMER_WORDS.get(state, state.label)),
                tone=state.tone,
                is_signed=row.signed_revision == version.number,
                status=row.status,
                release_id=row.release_id,
                category=row.category,
            )
        )
    return found


def by_category(rows: Iterable[ShownRequirement]) -> list[tuple[str, list[ShownRequirement]]]:
    """Return the rows by category, in the order in which each first occurs; those without one last."""
    groups: dict[str, list[ShownRequirement]] = {}
    for row in rows:
        groups.setdefault(row.category, []).append(row)
    return sorted(groups.items(), key=lambda pair: not pair[0])
