"""Environments, and what was brought into them with which build."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from implement.core.db import AppendOnlyModel, VersionedModel
from projects.models import Project

BUILD_ID = RegexValidator(
    r"^[0-9A-Za-z][0-9A-Za-z._+/-]*$", "Use letters, digits and . _ + / - such as 1.4.0 or 2026-05-12.3."
)


class Environment(VersionedModel):
    """A place where builds stand. Items go through them in the order of their positions."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="environments")
    name = models.CharField(max_length=40)
    position = models.PositiveSmallIntegerField(default=1, help_text="1 is the first that a build reaches.")
    is_production = models.BooleanField("production", default=False)
    is_shown = models.BooleanField(
        "shown to the customer", default=False, help_text="The customer reads its release notes."
    )

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                Lower("name"),
                "project",
                name="environment_name_once",
                violation_error_message="There is an environment of this name already.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Promotion(AppendOnlyModel):
    """A build that was brought into an environment, with the items in it."""

    environment = models.ForeignKey(Environment, models.PROTECT, related_name="promotions")
    build_id = models.CharField("build", max_length=80, validators=[BUILD_ID])
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    notes = models.TextField(max_length=10_000, blank=True, help_text="Markdown. Internal.")
    # Why items came here that had not stood in the environment before.
    skip_reason = models.CharField("why an environment was left out", max_length=255, blank=True)
    items = models.ManyToManyField("builds.BuildItem", through="PromotedItem", related_name="promotions")

    project_lookup = "environment__project"

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["environment", "build_id"],
                name="promotion_build_once",
                violation_error_message="This build is in this environment already.",
            ),
            models.CheckConstraint(condition=~Q(build_id=""), name="promotion_names_its_build"),
        ]

    def __str__(self) -> str:
        return f"{self.build_id} in {self.environment}"


class PromotedItem(AppendOnlyModel):
    """One item in a promoted build, in the round in which it was built."""

    promotion = models.ForeignKey(Promotion, models.CASCADE, related_name="promoted")
    item = models.ForeignKey("builds.BuildItem", models.CASCADE, related_name="promoted")
    round = models.PositiveSmallIntegerField(default=1)

    project_lookup = "item__project"

    class Meta:
        ordering = ["promotion", "item__number"]
        constraints = [models.UniqueConstraint(fields=["promotion", "item"], name="promoted_item_once")]

    def __str__(self) -> str:
        return f"{self.item} with {self.promotion.build_id}"
