"""Architecture decisions: what was chosen, from which options, and what follows from it."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from implement.core.choices import StateField
from implement.core.db import LiveManager, TrashModel, VersionedModel
from projects.design.choices import DecisionState
from projects.models import Person, Project


class ArchitectureDecision(VersionedModel, TrashModel):
    """One decision that shapes the design. An accepted one is never rewritten: another one supersedes it."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="architecture_decisions")
    number = models.PositiveIntegerField(editable=False)
    title = models.CharField(max_length=200, help_text="What is decided, in a few words.")
    context = models.TextField(
        max_length=20_000, help_text="What forces a decision: facts, constraints, requirements. Markdown."
    )
    options = models.TextField(
        max_length=20_000, blank=True, help_text="What was weighed, with what speaks for and against it."
    )
    decision = models.TextField(max_length=20_000, blank=True, help_text="What is done, and why.")
    consequences = models.TextField(
        max_length=20_000, blank=True, help_text="What becomes easier, what harder, and what must follow."
    )
    # The version of what is written above, as the thread refers to it.
    revision = models.PositiveIntegerField("text version", default=1, editable=False)
    decided_on = models.DateField(null=True, blank=True)
    decided_by = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="architecture_decisions"
    )
    status = StateField(states=DecisionState, default=DecisionState.PROPOSED)
    status_reason = models.CharField("why it stands there", max_length=255, blank=True, editable=False)
    superseded_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="supersedes", editable=False
    )

    untold = frozenset({"number", "revision"})

    objects = LiveManager()
    with_trash = models.Manager()

    class Meta(TrashModel.Meta):
        abstract = False
        verbose_name = "architecture decision"
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="architecture_decision_number_once"),
            models.CheckConstraint(
                condition=~Q(status__in=["accepted", "superseded"])
                | (Q(decided_on__isnull=False) & ~Q(decision="")),
                name="architecture_decision_says_what_and_when",
            ),
            models.CheckConstraint(
                condition=Q(superseded_by=None, status__in=["proposed", "accepted", "rejected"])
                | (Q(superseded_by__isnull=False, status="superseded") & ~Q(superseded_by=F("id"))),
                name="architecture_decision_successor_is_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.title}"

    @property
    def key(self) -> str:
        """Return what it is called by, such as ADR-001."""
        return f"ADR-{self.number:03d}"
