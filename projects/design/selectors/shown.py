"""The design as the customer was shown it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import F

from projects.design.choices import (
    CUSTOMER_WAITS,
    CUSTOMER_WORDS,
    ElementState,
    FeedbackSource,
    FeedbackState,
)
from projects.design.models import DesignFeedback, DesignVersion
from projects.design.selectors.texts import shown_value
from projects.kit.texts import Content
from projects.models import Project


@dataclass(frozen=True)
class ShownFeedback:
    """What the customer said, and our answer once there is one."""

    name: str
    text: str
    answer: str


@dataclass(frozen=True)
class ShownElement:
    """One element in the version that the customer was shown last; what was written since stays with the team."""

    pk: int
    key: str
    content: Content
    words: str
    tone: str
    feedback: tuple[ShownFeedback, ...]
    successor: str

    @property
    def kind(self) -> str:
        """Return the type in words."""
        return shown_value("kind", self.content["kind"])


def shown_elements(*, project: Project) -> list[ShownElement]:
    """Return what the customer has been asked about, by key, with their own words; two queries."""
    versions = (
        DesignVersion.objects.filter(
            element__project=project, element__deleted_at=None, number=F("element__shown_revision")
        )
        .select_related("element__superseded_by")
        .order_by("element__number")
    )  # fmt: skip
    said: dict[int, list[ShownFeedback]] = defaultdict(list)
    rows = DesignFeedback.objects.filter(element__project=project, source=FeedbackSource.SIGNOFF)
    for row in rows.select_related("person").order_by("at"):
        answer = "" if row.state == FeedbackState.OPEN else row.answer
        said[row.element_id].append(ShownFeedback(row.person.name if row.person else "", row.text, answer))
    return [_shown(version, tuple(said[version.element_id])) for version in versions]


def _shown(version: DesignVersion, feedback: tuple[ShownFeedback, ...]) -> ShownElement:
    row = version.element
    state = ElementState(row.status)
    words, tone = CUSTOMER_WORDS[state], state.tone
    if row.with_customer:
        words = CUSTOMER_WAITS
    elif state == ElementState.REVIEW and row.signed_revision == version.number:
        words, tone = CUSTOMER_WORDS[ElementState.APPROVED], ElementState.APPROVED.tone
    elif state == ElementState.APPROVED and row.signed_revision != version.number:
        # What was approved since is another text than the one that they were shown.
        words, tone = CUSTOMER_WORDS[ElementState.DRAFT], ElementState.DRAFT.tone
    successor = row.superseded_by
    # What they have not been shown themselves is not named either.
    named = str(successor) if successor is not None and successor.shown_revision is not None else ""
    return ShownElement(row.pk, row.key, version.content, str(words), tone, feedback, named)
