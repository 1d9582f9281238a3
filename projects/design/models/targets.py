"""What a quality is measured by, and what it must reach."""

from __future__ import annotations

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from implement.core.db import LiveManager, TrashModel, VersionedModel
from implement.core.money import format_number
from projects.design.choices import SIGNS, Operator
from projects.models import Person, Project
from projects.requirements.models import Requirement

LARGEST = Decimal("999999999.9999")
VALUE = [MinValueValidator(-LARGEST), MaxValueValidator(LARGEST)]


class NfrTarget(VersionedModel, TrashModel):
    """A figure that a requirement of a quality is held to, and how it will be measured."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="nfr_targets")
    requirement = models.ForeignKey(Requirement, models.CASCADE, related_name="nfr_targets")
    metric = models.CharField(max_length=120, help_text="What is measured, such as: time to open an order.")
    unit = models.CharField(max_length=40, help_text="Such as s, %, users or orders an hour.")
    operator = models.CharField(max_length=3, choices=Operator, default=Operator.AT_MOST)
    target = models.DecimalField(max_digits=13, decimal_places=4, validators=VALUE)
    threshold = models.DecimalField(
        max_digits=13, decimal_places=4, null=True, blank=True, validators=VALUE,
        help_text="The worst that is still acceptable; empty where the target itself is the limit.",
    )  # fmt: skip
    load_profile = models.CharField(
        max_length=255, blank=True, help_text="Under which load, such as: 80 people at once, month end."
    )
    test = models.TextField(
        "measuring test", max_length=4000, blank=True, help_text="How, where and with which data it is measured."
    )  # fmt: skip
    due_on = models.DateField("measured by", null=True, blank=True)
    owner = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="nfr_targets", help_text="Who measures it."
    )  # fmt: skip

    objects = LiveManager()
    with_trash = models.Manager()

    class Meta(TrashModel.Meta):
        abstract = False
        verbose_name = "NFR target"
        ordering = ["requirement__number", "metric", "pk"]
        constraints = [
            models.UniqueConstraint(
                "requirement",
                Lower("metric"),
                condition=Q(deleted_at=None),
                name="nfr_metric_once",
                violation_error_message="This requirement has a target for this metric already.",
            ),
            models.CheckConstraint(
                condition=Q(threshold=None)
                | Q(operator="lte", threshold__gte=F("target"))
                | Q(operator="gte", threshold__lte=F("target")),
                name="nfr_threshold_on_its_side",
                violation_error_message="The threshold is the worst that is still acceptable: it cannot be better "
                "than the target.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.target_text}"

    @property
    def sign(self) -> str:
        """Return ≤ or ≥."""
        return SIGNS[Operator(self.operator)]

    @property
    def target_text(self) -> str:
        """Return the target in one line, such as "≤ 2 s"."""
        return f"{self.sign} {plain(self.target)} {self.unit}"

    @property
    def threshold_text(self) -> str:
        """Return the threshold in one line; empty without one."""
        return "" if self.threshold is None else f"{self.sign} {plain(self.threshold)} {self.unit}"


def plain(value: Decimal) -> str:
    """Return a figure with as many decimals as it needs."""
    digits = max(0, -int(value.normalize().as_tuple().exponent))
    return format_number(value, digits=digits)
