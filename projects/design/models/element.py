"""Design elements, their versions, the reviews by us, and what the customer said about them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from implement.core.choices import StateField
from implement.core.db import AppendOnlyModel, LiveManager, TrashModel, VersionedModel
from projects.design.choices import ElementKind, ElementState, FeedbackSource, FeedbackState, ReviewVerdict
from projects.design.querysets import ElementQuerySet, FeedbackQuerySet
from projects.models import Person, Project, TextVersion


class DesignElement(VersionedModel, TrashModel):
    """One thing that is designed. What the customer reads of it is versioned: title, kind, purpose and so on.

    `revision` is the version of that text; `version` counts every save, for the lock against lost updates.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="design_elements")
    number = models.PositiveIntegerField(editable=False)
    title = models.CharField(max_length=200)
    kind = models.CharField("type", max_length=12, choices=ElementKind, default=ElementKind.COMPONENT)
    purpose = models.TextField(
        max_length=10_000, help_text="What it is there for, in a sentence or two. The customer reads this."
    )
    description = models.TextField(
        max_length=50_000, blank=True, help_text="How it works. Markdown. The customer reads this."
    )
    diagram = models.TextField(
        "diagram as text", max_length=20_000, blank=True, help_text="The customer sees the picture."
    )

    notes = models.TextField(
        "internal notes", max_length=50_000, blank=True, help_text="Markdown. Never shown to the customer."
    )
    owner = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="design_owned",
        help_text="Who of us sees it through.",
    )  # fmt: skip
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="part of"
    )
    needs_customer = models.BooleanField(
        "the customer signs it", default=True, help_text="Without it, the review by one of us is enough."
    )

    revision = models.PositiveIntegerField("text version", default=0, editable=False)
    status = StateField(states=ElementState, default=ElementState.DRAFT)
    status_reason = models.CharField("why it stands there", max_length=255, blank=True, editable=False)
    # Who of us is asked to review it, and the versions that they have approved, the customer was shown and has signed.
    reviewer = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="design_to_review", editable=False
    )
    reviewed_revision = models.PositiveIntegerField(null=True, editable=False)
    shown_revision = models.PositiveIntegerField(null=True, editable=False)
    signed_revision = models.PositiveIntegerField(null=True, editable=False)
    with_customer = models.BooleanField("waits for the customer", default=False, editable=False)
    superseded_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="supersedes", editable=False
    )

    # The versions tell the text itself; these are numbers beside it.
    untold = frozenset(
        {
            "number",
            "diagram",
            "revision",
            "reviewed_revision",
            "shown_revision",
            "signed_revision",
            "with_customer",
        }
    )

    objects = LiveManager.from_queryset(ElementQuerySet)()
    with_trash = models.Manager.from_queryset(ElementQuerySet)()

    class Meta(TrashModel.Meta):
        abstract = False
        verbose_name = "design element"
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="design_number_once"),
            models.CheckConstraint(
                condition=~Q(parent=F("id")),
                name="design_not_its_own_part",
                violation_error_message="It cannot be part of itself.",
            ),
            # Reviewed, and signed where the customer signs, on the very version that stands, whoever writes.
            models.CheckConstraint(
                condition=~Q(status="approved")
                | (
                    Q(reviewed_revision__isnull=False, reviewed_revision=F("revision"))
                    & (
                        Q(needs_customer=False)
                        | Q(signed_revision__isnull=False, signed_revision=F("revision"))
                    )
                ),
                name="design_approved_as_it_stands",
            ),
            # The customer is asked about what one of us has approved, and about nothing else.
            models.CheckConstraint(
                condition=Q(with_customer=False)
                | Q(status="review", reviewed_revision__isnull=False, reviewed_revision=F("revision")),
                name="design_asked_when_reviewed",
            ),
            models.CheckConstraint(
                condition=~Q(status="superseded") | Q(superseded_by__isnull=False) | ~Q(status_reason=""),
                name="design_superseded_by_something",
            ),
            models.CheckConstraint(
                condition=Q(superseded_by=None) | (Q(status="superseded") & ~Q(superseded_by=F("id"))),
                name="design_successor_is_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.title}"

    @property
    def key(self) -> str:
        """Return what it is called by, such as DES-001."""
        return key_of(self.number)

    @property
    def is_reviewed(self) -> bool:
        """Return whether one of us has approved it as it stands."""
        return self.reviewed_revision is not None and self.reviewed_revision == self.revision

    @property
    def is_signed(self) -> bool:
        """Return whether the customer has signed it as it stands."""
        return self.signed_revision is not None and self.signed_revision == self.revision


def key_of(number: int) -> str:
    """Return the key of a design element's number."""
    return f"DES-{number:03d}"


class DesignVersion(TextVersion):
    """What the customer reads of a design element, as it stood from one change to the next."""

    element = models.ForeignKey(DesignElement, models.CASCADE, related_name="versions")

    project_lookup = "element__project"

    class Meta:
        ordering = ["element", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["element", "number"], name="design_version_once")
        ]  # fmt: skip


class DesignReview(AppendOnlyModel):
    """What one of us found in a version of a design element."""

    element = models.ForeignKey(DesignElement, models.CASCADE, related_name="reviews")
    revision = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    name = models.CharField(max_length=150)
    role = models.CharField(max_length=120, blank=True)
    verdict = StateField(states=ReviewVerdict)
    comment = models.TextField(max_length=4000, blank=True)
    at = models.DateTimeField()

    project_lookup = "element__project"

    class Meta:
        verbose_name = "review of the design"
        verbose_name_plural = "reviews of the design"
        ordering = ["element", "-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_verdict_display()} by {self.name}, version {self.revision}"


class DesignFeedback(VersionedModel, TrashModel):
    """What somebody of the customer said about a design element, and what we answered."""

    element = models.ForeignKey(DesignElement, models.CASCADE, related_name="feedback")
    revision = models.PositiveIntegerField("text version", editable=False)
    person = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="design_feedback", verbose_name="who",
        help_text="Who of the customer said it.",
    )  # fmt: skip
    text = models.TextField("what was said", max_length=4000)
    at = models.DateTimeField("when", editable=False)
    source = models.CharField(
        max_length=8, choices=FeedbackSource, default=FeedbackSource.NOTED, editable=False
    )
    is_must_fix = models.BooleanField(
        "must be put right", default=False, help_text="The element is not approved before this is closed."
    )
    answer = models.TextField("our answer", max_length=4000, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False
    )
    answered_at = models.DateTimeField(null=True, editable=False)
    state = StateField(states=FeedbackState, default=FeedbackState.OPEN)

    project_lookup = "element__project"

    objects = LiveManager.from_queryset(FeedbackQuerySet)()
    with_trash = models.Manager.from_queryset(FeedbackQuerySet)()

    class Meta(TrashModel.Meta):
        abstract = False
        verbose_name = "feedback"
        verbose_name_plural = "feedback"
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open") | ~Q(answer=""),
                name="design_feedback_answered_in_words",
                violation_error_message="Write the answer down first.",
            )
        ]

    def __str__(self) -> str:
        return self.text[:120]
