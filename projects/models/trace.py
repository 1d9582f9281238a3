"""The thread: what follows from what, in which versions, and whether that still holds."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from implement.core.db import VersionedModel
from projects.models.project import Project


class TraceLinkQuerySet(models.QuerySet["TraceLink"]):
    """Questions about links."""

    def touching(self, kind: str, pks: list[int]) -> TraceLinkQuerySet:
        """Return the links with any of these rows at either end."""
        return self.filter(Q(source_kind=kind, source_id__in=pks) | Q(target_kind=kind, target_id__in=pks))

    def suspect(self) -> TraceLinkQuerySet:
        """Return the links of which an end has changed since somebody said that they hold."""
        return self.exclude(suspect_since=None)


class TraceLink(VersionedModel):
    """One step of the thread: a later thing (source) that follows from an earlier one (target), such as a design
    element that satisfies a requirement.

    Both ends are named by what projects.kit.trace calls their kind, so that later rooms attach theirs without a
    column here. The revisions are those of the texts when somebody last said that the link holds; null: an end
    without versions.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="trace_links")
    type = models.CharField(max_length=20, editable=False)
    source_kind = models.CharField(max_length=20, editable=False)
    source_id = models.PositiveBigIntegerField(editable=False)
    source_revision = models.PositiveIntegerField(null=True, editable=False)
    target_kind = models.CharField(max_length=20, editable=False)
    target_id = models.PositiveBigIntegerField(editable=False)
    target_revision = models.PositiveIntegerField(null=True, editable=False)
    suspect_since = models.DateTimeField(null=True, blank=True, editable=False)
    note = models.CharField(max_length=255, blank=True, help_text="What of it, if not all.")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False
    )

    objects = TraceLinkQuerySet.as_manager()

    class Meta:
        verbose_name = "trace link"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["type", "source_id", "target_id"],
                name="trace_link_once",
                violation_error_message="These two are linked so already.",
            ),
            models.CheckConstraint(
                condition=~Q(source_kind=models.F("target_kind"), source_id=models.F("target_id")),
                name="trace_link_of_two",
                violation_error_message="Nothing follows from itself.",
            ),
        ]
        indexes = [
            models.Index(fields=["project", "target_kind", "target_id"], name="trace_by_target"),
            models.Index(fields=["project", "source_kind", "source_id"], name="trace_by_source"),
        ]

    def __str__(self) -> str:
        return f"{self.source_kind} {self.source_id} {self.type} {self.target_kind} {self.target_id}"
