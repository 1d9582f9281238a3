"""The roadmap: in which release a requirement is delivered, and why a task that delivers none is done."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower

from implement.core.choices import StateField
from implement.core.db import LiveManager, TrashModel, VersionedModel
from projects.models import Milestone, Project, Task
from projects.requirements.choices import ReleaseState
from projects.requirements.querysets import ReleaseQuerySet


class Release(VersionedModel, TrashModel):
    """What is handed over at once. Its day is its milestone's in the plan; without one, the day that is aimed at."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="releases")
    number = models.PositiveIntegerField(editable=False)
    position = models.PositiveIntegerField(default=0, editable=False)
    name = models.CharField(max_length=60, help_text="What the team calls it, such as Release 1.")
    title = models.CharField(
        max_length=200, help_text="What it is to the customer, in their words. They read this."
    )
    goal = models.TextField(
        max_length=2000, blank=True, help_text="What they can do from then on. The customer reads this."
    )
    note = models.TextField("internal note", max_length=4000, blank=True)
    milestone = models.ForeignKey(
        Milestone, models.SET_NULL, null=True, blank=True, related_name="releases",
        help_text="Its day comes from the plan.",
    )  # fmt: skip
    target_on = models.DateField(
        "target day", null=True, blank=True, help_text="Counts while no milestone of the plan is its day."
    )
    is_published = models.BooleanField(
        "shown to the customer", default=False, help_text="On their roadmap, in their words."
    )
    status = StateField(states=ReleaseState, default=ReleaseState.PLANNED)
    status_reason = models.CharField("why it stands there", max_length=255, blank=True, editable=False)
    released_on = models.DateField("handed over on", null=True, editable=False)

    untold = frozenset({"number", "position"})

    objects = LiveManager.from_queryset(ReleaseQuerySet)()
    with_trash = models.Manager.from_queryset(ReleaseQuerySet)()

    class Meta(TrashModel.Meta):
        abstract = False
        ordering = ["position", "number"]
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="roadmap_release_number_once"),
            models.UniqueConstraint(
                Lower("name"),
                "project",
                condition=models.Q(deleted_at=None),
                name="roadmap_release_name_once",
                violation_error_message="Another release has this name.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def live_milestone(self) -> Milestone | None:
        """Return its milestone, unless that lies in the plan's trash."""
        found = self.milestone
        return None if found is None or found.deleted_at is not None else found


class TaskReason(VersionedModel):
    """Why a task is done though it delivers no requirement, such as project management: it, and what is below it."""

    task = models.OneToOneField(Task, models.CASCADE, related_name="own_reason")
    reason = models.CharField(max_length=255, help_text="Such as: project management.")

    project_lookup = "task__project"

    class Meta:
        verbose_name = "reason of a task"
        verbose_name_plural = "reasons of tasks"
        ordering = ["task__position", "pk"]

    def __str__(self) -> str:
        return f"{self.task}: {self.reason}"
