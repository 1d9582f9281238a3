"""When an item is done, and whether it is what was designed."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from implement.core.choices import StateField
from implement.core.db import AppendOnlyModel, VersionedModel
from projects.builds.choices import BuildKind, Verdict
from projects.builds.models.environments import Environment
from projects.builds.models.item import BuildItem
from projects.models import Project


class DoneCriterion(VersionedModel):
    """One line of the definition of done: for every item, or for those of one kind."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="done_criteria")
    text = models.CharField("criterion", max_length=255)
    kind = models.CharField(
        "for", max_length=16, choices=BuildKind, blank=True, help_text="Empty: for every kind."
    )
    position = models.PositiveSmallIntegerField(default=1, help_text="The smallest comes first.")

    class Meta:
        verbose_name = "criterion of done"
        verbose_name_plural = "definition of done"
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "kind", "text"],
                name="done_criterion_once",
                violation_error_message="This criterion is in the definition of done already.",
            )
        ]

    def __str__(self) -> str:
        return self.text


class DoneTick(models.Model):
    """Somebody says that an item meets a criterion, for the round of work that it is in."""

    item = models.ForeignKey(BuildItem, models.CASCADE, related_name="ticks")
    criterion = models.ForeignKey(DoneCriterion, models.CASCADE, related_name="ticks")
    round = models.PositiveSmallIntegerField(default=1)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    project_lookup = "item__project"

    class Meta:
        ordering = ["item", "criterion__position", "pk"]
        constraints = [models.UniqueConstraint(fields=["item", "criterion", "round"], name="done_tick_once")]

    def __str__(self) -> str:
        return str(self.criterion)


class ConformanceCheck(AppendOnlyModel):
    """Somebody else has looked at what stands in an environment, against what was designed and asked for.

    `designs` and `requirements` hold what it was checked against: [{"key", "title", "revision"}].
    """

    item = models.ForeignKey(BuildItem, models.CASCADE, related_name="checks")
    round = models.PositiveSmallIntegerField(default=1)
    verdict = StateField(states=Verdict, max_length=10)
    environment = models.ForeignKey(Environment, models.PROTECT, related_name="checks")
    build_id = models.CharField("build", max_length=80)
    designs = models.JSONField(default=list, blank=True)
    requirements = models.JSONField(default=list, blank=True)
    comment = models.TextField(max_length=4000, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    project_lookup = "item__project"

    class Meta:
        verbose_name = "conformance check"
        ordering = ["item", "-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(verdict="deviates") | ~Q(comment=""), name="check_says_what_deviates"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_verdict_display()}, {self.build_id}"
