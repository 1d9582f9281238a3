"""What a task's progress is measured by: weighted steps, counted units, and how it was measured before."""

from __future__ import annotations

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from implement.core.db import AppendOnlyModel, VersionedModel
from projects.choices import ProgressRule
from projects.models.plan import Task

WEIGHT = [MinValueValidator(Decimal("0.01")), MaxValueValidator(Decimal(100))]


class ProgressStep(VersionedModel):
    """One of a task's weighted milestones; their weights add up to 100. Earned from the day it was done."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="progress_steps")
    position = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(max_length=120)
    weight = models.DecimalField("weight in %", max_digits=5, decimal_places=2, validators=WEIGHT)
    done_on = models.DateField(null=True, blank=True)

    project_lookup = "task__project"

    class Meta:
        ordering = ["task", "position", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(weight__gt=0, weight__lte=100), name="step_weight_in_range")
        ]

    def __str__(self) -> str:
        return self.name


class ProgressCount(AppendOnlyModel):
    """How many of a task's units were done at the end of a day; of two for one day the later one counts."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="progress_counts")
    counted_on = models.DateField()
    done = models.DecimalField(max_digits=12, decimal_places=2, validators=[MinValueValidator(Decimal(0))])
    at = models.DateTimeField()
    by = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")

    project_lookup = "task__project"

    class Meta:
        ordering = ["task", "counted_on", "pk"]
        constraints = [models.CheckConstraint(condition=Q(done__gte=0), name="count_not_negative")]

    def __str__(self) -> str:
        return f"{self.done.normalize():f} on {self.counted_on.isoformat()}"


class MeasureChange(AppendOnlyModel):
    """That a begun task is measured otherwise from a day on, and why.

    `earned` holds the days before it as they were measured then, [[ISO day, percent], …]: what was earned in the
    past stays what it was.
    """

    task = models.ForeignKey(Task, models.CASCADE, related_name="measure_changes")
    since = models.DateField()
    at = models.DateTimeField()
    by = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")
    before = models.CharField(max_length=8, choices=ProgressRule)
    after = models.CharField(max_length=8, choices=ProgressRule)
    reason = models.CharField(max_length=255)
    earned = models.JSONField(default=list)

    project_lookup = "task__project"

    class Meta:
        ordering = ["task", "since", "pk"]

    def __str__(self) -> str:
        return f"{self.get_before_display()} → {self.get_after_display()}"
