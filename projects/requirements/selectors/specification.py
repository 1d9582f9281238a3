"""The requirements as one document: in the order of their tree, each in the version that the reader is to see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.db.models import F

from projects.kit.texts import Content
from projects.models import Project
from projects.requirements.choices import (
    CUSTOMER_WORDS,
    RequirementState,
    SpecificationEdition,
    SpecificationScope,
)
from projects.requirements.models import (
    BaselinedRequirement,
    GlossaryTerm,
    Requirement,
    RequirementBaseline,
    RequirementVersion,
)
from projects.requirements.selectors.outline import in_tree
from projects.requirements.selectors.texts import content_of
from projects.signoffs.models import Decision


@dataclass(frozen=True)
class Signature:
    """Who signed which version of a requirement's text, and when. `by` is name, role and organisation."""

    version: int
    by: str
    at: datetime


@dataclass(frozen=True)
class SpecifiedRequirement:
    """One requirement at its place. `content` and `number` are of the version that is printed.

    `baselined` is its version in the latest baseline; `signature` may be on an earlier version than is printed.
    """

    requirement: Requirement
    level: int
    number: int
    content: Content
    words: str
    tone: str
    signature: Signature | None
    baselined: int | None

    @property
    def is_signed(self) -> bool:
        """Return whether the printed version is the one that was signed."""
        return self.signature is not None and self.signature.version == self.number


@dataclass(frozen=True)
class Specification:
    """All that a printed specification holds; `left` is how many in scope are not in it."""

    rows: tuple[SpecifiedRequirement, ...]
    terms: tuple[GlossaryTerm, ...]
    baseline: RequirementBaseline | None
    left: int


def specification_of(
    *, project: Project, scope: str, edition: str, purpose: str, verdicts: Sequence[str]
) -> Specification:
    """Return a specification; `purpose` and `verdicts` say which decisions are signatures.

    For the customer: what they were shown, in the version that they were shown last. A fixed number of queries.
    """
    is_internal = edition == SpecificationEdition.INTERNAL
    rows = Requirement.objects.filter(project=project).in_scope()
    if not is_internal:
        rows = rows.shown()
    whole = rows.count()
    if scope == SpecificationScope.SIGNED:
        rows = rows.signed()
    found = list(
        rows.select_related("owner", "workshop", "source_person", "success_criterion")
        .prefetch_related("criteria")
        .order_by("number")
        if is_internal
        else rows.order_by("number")
    )
    shown = {} if is_internal else shown_contents(project)
    signatures = signatures_of(project=project, purpose=purpose, verdicts=verdicts)
    baseline = RequirementBaseline.objects.filter(project=project).first()
    baselined = dict(
        BaselinedRequirement.objects.filter(baseline=baseline).values_list("requirement_id", "revision")
    )
    ordered = []
    for row, level in in_tree(found)[0]:
        state = RequirementState(row.status)
        ordered.append(
            SpecifiedRequirement(
                requirement=row,
                level=level,
                number=row.revision if is_internal else row.shown_revision or 0,
                content=content_of(row) if is_internal else shown[row.pk],
                words=str(state.label if is_internal else CUSTOMER_WORDS.get(state, state.label)),
                tone=state.tone,
                signature=signature_of(row, signatures.get(row.pk)),
                baselined=baselined.get(row.pk),
            )
        )
    terms = tuple(GlossaryTerm.objects.filter(project=project))
    return Specification(tuple(ordered), terms, baseline, whole - len(found))


def shown_contents(project: Project) -> dict[int, Content]:
    """Return requirement -> what the customer was shown of it last; one query."""
    versions = RequirementVersion.objects.filter(
        requirement__project=project, number=F("requirement__shown_revision")
    )
    return dict(versions.values_list("requirement_id", "content"))


def signatures_of(*, project: Project, purpose: str, verdicts: Sequence[str]) -> dict[int, Decision]:
    """Return requirement -> the latest approval in force; one query."""
    decisions = Decision.objects.filter(
        project=project,
        content_type=ContentType.objects.get_for_model(Requirement),
        purpose=purpose,
        verdict__in=verdicts,
    ).in_force()
    return {one.object_id: one for one in decisions.order_by("at", "pk")}


def signature_of(requirement: Requirement, decision: Decision | None) -> Signature | None:
    """Return the signature in force on a requirement, on whichever version; None without one."""
    if requirement.signed_revision is None or decision is None:
        return None
    by = ", ".join(filter(None, (decision.name, decision.role, decision.organisation)))
    return Signature(requirement.signed_revision, by, decision.at)
