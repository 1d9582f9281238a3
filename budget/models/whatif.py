"""What-ifs: scratch copies of plan and budget, kept as differences over what is there today."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from budget.choices import Category, DifferenceKind, WhatIfState
from budget.models.changes import ChangeRequest
from budget.models.money import BudgetLine
from implement.core.choices import StateField
from implement.core.db import LiveManager, TrashModel, VersionedModel
from implement.core.money import MoneyField
from projects.choices import Constraint, LinkType
from projects.models import Job, Person, Project, Task


class WhatIf(VersionedModel, TrashModel):
    """A named scratch copy. It holds differences only, so it is small and always compared with today's plan.

    One that levelling proposed carries in `levelling` how the search ended and what it found (plain JSON, see
    services.levelling); `job` is the work that made it, once.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="what_ifs")
    name = models.CharField(max_length=120)
    note = models.TextField(max_length=4000, blank=True, help_text="What is to be found out. Internal.")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", editable=False
    )
    status = StateField(states=WhatIfState, default=WhatIfState.DRAFT)
    decided_at = models.DateTimeField("decided", null=True, blank=True, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", editable=False
    )
    change = models.OneToOneField(
        ChangeRequest, models.PROTECT, null=True, blank=True, related_name="what_if", editable=False,
        verbose_name="change request",
    )  # fmt: skip
    job = models.OneToOneField(
        Job, models.SET_NULL, null=True, blank=True, related_name="what_if", editable=False
    )
    levelling = models.JSONField(null=True, blank=True, editable=False)

    objects = LiveManager()
    with_trash = models.Manager()

    class Meta(TrashModel.Meta):
        abstract = False
        ordering = ["project", "-pk"]
        verbose_name = "what-if"

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        """Return whether its differences may still change."""
        return self.status == WhatIfState.DRAFT


class Difference(VersionedModel):
    """One thing that a what-if does otherwise. Which columns it uses follows from its kind.

    | kind | columns |
    |---|---|
    | task | `task`; `duration_minutes` (None: as it is), `constraint` with `constraint_at` (empty: as it is) |
    | added | `name`, `duration_minutes`, `constraint`; it stands behind `task`, or behind the new task `added` |
    | removed | `task` |
    | link | `predecessor` -> `task`, `link_type`, `lag_minutes`, `is_elapsed` |
    | unlink | `predecessor` -> `task` |
    | hours | `task`, `person`, `planned_seconds` |
    | money | `line` that is changed, or None for a new one: `task`, `person`, `job_role`, `category`, amounts |

    Where the task is one that this what-if adds, `added` names it in place of `task` (`added_predecessor` in place of
    `predecessor`). `base` holds what stood there when the difference was written. Working time, hours and amounts count
    as the step from there: what moves meanwhile is kept, and the step comes on top.
    """

    what_if = models.ForeignKey(WhatIf, models.CASCADE, related_name="differences")
    kind = models.CharField(max_length=8, choices=DifferenceKind)
    task = models.ForeignKey(Task, models.CASCADE, null=True, blank=True, related_name="+")
    added = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="follow_ups", verbose_name="new task"
    )
    predecessor = models.ForeignKey(Task, models.CASCADE, null=True, blank=True, related_name="+")
    added_predecessor = models.ForeignKey(
        "self",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="followers",
        verbose_name="new predecessor",
    )
    name = models.CharField(max_length=255, blank=True)
    duration_minutes = models.PositiveIntegerField("working time in minutes", null=True, blank=True)
    constraint = models.CharField(max_length=4, choices=Constraint, blank=True)
    constraint_at = models.DateTimeField("constraint date", null=True, blank=True)
    link_type = models.CharField("link", max_length=2, choices=LinkType, default=LinkType.FS)
    lag_minutes = models.IntegerField("lag in working minutes", default=0)
    is_elapsed = models.BooleanField("lag runs round the clock", default=False)
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    job_role = models.CharField("role", max_length=80, blank=True)
    line = models.ForeignKey(
        BudgetLine, models.CASCADE, null=True, blank=True, related_name="+", verbose_name="budget line"
    )
    category = models.CharField(max_length=12, choices=Category, default=Category.LABOUR)
    description = models.CharField(max_length=255, blank=True)
    planned_seconds = models.PositiveIntegerField("hours", null=True, blank=True)
    cost = MoneyField(null=True, blank=True)
    bill = MoneyField(null=True, blank=True)
    base = models.JSONField(default=dict, editable=False)

    project_lookup = "what_if__project"
    untold = frozenset({"cost", "bill", "base"})

    class Meta:
        ordering = ["what_if", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["what_if", "task"],
                name="difference_task_once",
                condition=Q(kind__in=[DifferenceKind.TASK, DifferenceKind.REMOVED]),
                violation_error_message="This what-if changes or removes this task already.",
            ),
            models.UniqueConstraint(
                fields=["what_if", "predecessor", "task"],
                name="difference_link_once",
                condition=Q(kind__in=[DifferenceKind.LINK, DifferenceKind.UNLINK]),
                violation_error_message="This what-if changes this link already.",
            ),
            models.UniqueConstraint(
                fields=["what_if", "task", "person"],
                name="difference_hours_once",
                condition=Q(kind=DifferenceKind.HOURS),
                violation_error_message="This what-if changes this person's hours already.",
            ),
            models.UniqueConstraint(
                fields=["what_if", "line"],
                name="difference_line_once",
                condition=Q(line__isnull=False),
                violation_error_message="This what-if changes this budget line already.",
            ),
            models.CheckConstraint(
                condition=Q(constraint__in=["", Constraint.ASAP, Constraint.ALAP])
                | Q(constraint_at__isnull=False),
                name="difference_constraint_dated",
                violation_error_message="This constraint needs a date.",
            ),
            models.CheckConstraint(
                condition=Q(task=None) | Q(added=None),
                name="difference_one_task",
                violation_error_message="It is about a task of the plan or a new one, not both.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.about}"

    @property
    def about(self) -> str:
        """Return what it is about: the new task's name, or the task's, or the budget line's."""
        if self.kind == DifferenceKind.ADDED:
            return self.name
        where = self.task or (self.added.name if self.added else "whole project")
        return str(where)
