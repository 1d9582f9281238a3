"""Requirements, what tells that they are met, their versions, and baselines of all of them."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from implement.core.choices import StateField
from implement.core.db import AppendOnlyModel, LiveManager, TrashModel, VersionedModel
from projects.models import Person, Project, TextVersion
from projects.requirements.choices import (
    Criticality,
    Fit,
    Priority,
    RequirementKind,
    RequirementState,
    SourceKind,
)
from projects.requirements.models.elicitation import SuccessCriterion, Workshop
from projects.requirements.models.roadmap import Release
from projects.requirements.querysets import RequirementQuerySet


class Requirement(VersionedModel, TrashModel):
    """One thing that the customer needs. What they read of it is versioned: title, statement, criteria and so on.

    `revision` is the version of that text; `version` counts every save, for the lock against lost updates.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="requirements")
    number = models.PositiveIntegerField(editable=False)
    title = models.CharField(max_length=200)
    statement = models.TextField(
        max_length=10_000,
        help_text="What the product shall do or be, in one sentence. The customer reads this.",
    )
    rationale = models.TextField(
        max_length=10_000, blank=True, help_text="Why it is needed. The customer reads this."
    )
    kind = models.CharField(
        "type", max_length=16, choices=RequirementKind, default=RequirementKind.FUNCTIONAL
    )
    priority = models.CharField(max_length=8, choices=Priority, default=Priority.SHOULD)
    fit = models.CharField(
        max_length=12,
        choices=Fit,
        blank=True,
        help_text="How the product meets it; empty until it is assessed.",
    )
    success_criterion = models.ForeignKey(
        SuccessCriterion, models.PROTECT, null=True, blank=True, related_name="requirements",
        help_text="Which of the project's goals it serves. The customer reads its title.",
    )  # fmt: skip

    category = models.CharField(
        max_length=80, blank=True, help_text="As the customer's own lists group them, such as a module."
    )
    criticality = models.CharField(max_length=8, choices=Criticality, default=Criticality.MEDIUM)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="part of"
    )
    owner = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="requirements_owned",
        help_text="Who of us sees it through.",
    )  # fmt: skip
    source_kind = models.CharField("source", max_length=8, choices=SourceKind, blank=True)
    source_person = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="requirements_raised",
        verbose_name="raised by",
    )  # fmt: skip
    workshop = models.ForeignKey(Workshop, models.PROTECT, null=True, blank=True, related_name="requirements")
    source = models.CharField(
        "source in words", max_length=255, blank=True, help_text="Such as a clause of the contract or a page."
    )
    estimate_seconds = models.PositiveIntegerField(
        "estimate", null=True, blank=True, validators=[MinValueValidator(0)]
    )
    # When it is delivered; set by services.roadmap alone, and no part of what the customer signs.
    release = models.ForeignKey(
        Release, models.PROTECT, null=True, blank=True, related_name="requirements", editable=False
    )

    revision = models.PositiveIntegerField("text version", default=0, editable=False)
    status = StateField(states=RequirementState, default=RequirementState.DRAFT)
    status_reason = models.CharField("why it stands there", max_length=255, blank=True, editable=False)
    # The version that the customer was shown last, and the one that they have signed.
    shown_revision = models.PositiveIntegerField(null=True, editable=False)
    signed_revision = models.PositiveIntegerField(null=True, editable=False)
    # What another tool calls it, so that a second import finds it again.
    external_id = models.CharField(max_length=255, blank=True, editable=False)

    # The versions tell the text itself; these are numbers beside it.
    untold = frozenset({"number", "revision", "shown_revision", "signed_revision", "external_id"})

    objects = LiveManager.from_queryset(RequirementQuerySet)()
    with_trash = models.Manager.from_queryset(RequirementQuerySet)()

    class Meta(TrashModel.Meta):
        abstract = False
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="requirement_number_once"),
            models.UniqueConstraint(
                fields=["project", "external_id"],
                condition=~Q(external_id="") & Q(deleted_at=None),
                name="requirement_external_once",
            ),
            models.CheckConstraint(
                condition=~Q(parent=F("id")),
                name="requirement_not_its_own_part",
                violation_error_message="It cannot be part of itself.",
            ),
            # The signature is on the very version that stands; the database keeps it whoever writes.
            models.CheckConstraint(
                condition=~Q(status__in=["validated", "baselined", "implemented", "verified", "accepted"])
                | Q(signed_revision__isnull=False, signed_revision=F("revision")),
                name="requirement_signed_as_it_stands",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.title}"

    @property
    def key(self) -> str:
        """Return what it is called by, such as REQ-001."""
        return key_of(self.number)

    @property
    def criteria_texts(self) -> list[str]:
        """Return the acceptance criteria in their order."""
        return [one.text for one in self.criteria.all()]


def key_of(number: int) -> str:
    """Return the key of a requirement's number."""
    return f"REQ-{number:03d}"


class AcceptanceCriterion(VersionedModel):
    """One thing that can be observed when the requirement is met; plain, or as given, when, then."""

    requirement = models.ForeignKey(Requirement, models.CASCADE, related_name="criteria")
    position = models.PositiveSmallIntegerField(default=1)
    text = models.TextField("criterion", max_length=4000, help_text="Plain, or: Given … When … Then …")

    project_lookup = "requirement__project"

    class Meta:
        verbose_name = "acceptance criterion"
        verbose_name_plural = "acceptance criteria"
        ordering = ["requirement", "position", "pk"]

    def __str__(self) -> str:
        return self.text[:80]


class RequirementVersion(TextVersion):
    """What the customer reads of a requirement, as it stood from one change to the next."""

    requirement = models.ForeignKey(Requirement, models.CASCADE, related_name="versions")

    project_lookup = "requirement__project"

    class Meta:
        ordering = ["requirement", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["requirement", "number"], name="requirement_version_once")
        ]


class RequirementBaseline(AppendOnlyModel):
    """All that was signed at one moment: what changes from then on counts as volatility."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="requirement_baselines")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = "baseline of requirements"
        verbose_name_plural = "baselines of requirements"
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="requirement_baseline_once")
        ]

    def __str__(self) -> str:
        return f"Baseline {self.number} “{self.name}”"


class BaselinedRequirement(AppendOnlyModel):
    """One requirement in a baseline, in the version that was signed."""

    baseline = models.ForeignKey(RequirementBaseline, models.CASCADE, related_name="items")
    requirement = models.ForeignKey(Requirement, models.CASCADE, related_name="baselined")
    revision = models.PositiveIntegerField()

    project_lookup = "baseline__project"

    class Meta:
        ordering = ["baseline", "requirement"]
        constraints = [
            models.UniqueConstraint(fields=["baseline", "requirement"], name="baselined_requirement_once")
        ]

    def __str__(self) -> str:
        return f"{self.requirement} in version {self.revision}"
