"""Imports: an uploaded file, its dry run, its outcome; and the column mapping people chose last time."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from implement.core.choices import StateField, TonedChoices
from projects.models.jobs import Job
from projects.models.project import Project


class ImportState(TonedChoices):
    UPLOADED = "uploaded", "quiet", "Uploaded"
    NEEDS_ANSWER = "needs_answer", "watch", "Needs an answer"
    PREVIEWED = "previewed", "moving", "Ready to import"
    REFUSED = "refused", "trouble", "Refused"
    APPLIED = "applied", "done", "Imported"


def import_path(run: ImportRun, filename: str) -> str:
    """Return a path without the uploader's words."""
    return f"imports/{run.project_id}/{uuid.uuid4().hex}"


class ImportRun(models.Model):
    """One file on its way in. `preview` is the dry run; nothing else is written until it is applied."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="imports")
    kind = models.CharField(max_length=40)
    file = models.FileField(upload_to=import_path, max_length=200)
    filename = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    # The second file of a kind that comes in two, such as the dates beside a work log.
    companion = models.FileField(upload_to=import_path, max_length=200, blank=True)
    companion_name = models.CharField(max_length=200, blank=True)
    # The job that reads or imports it last; an older one that wakes up late does nothing.
    job = models.ForeignKey(Job, models.SET_NULL, null=True, blank=True, related_name="+")
    options = models.JSONField(default=dict)
    preview = models.JSONField(default=dict)
    outcome = models.JSONField(default=dict)
    state = StateField(states=ImportState, default=ImportState.UPLOADED)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    applied_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.filename


class ColumnMapping(models.Model):
    """Which column is what, remembered for the next file with the same headings."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="column_mappings")
    kind = models.CharField(max_length=40)
    signature = models.CharField(max_length=64)
    options = models.JSONField(default=dict)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["project", "kind"]
        constraints = [
            models.UniqueConstraint(fields=["project", "kind", "signature"], name="column_mapping_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.signature[:8]}"
