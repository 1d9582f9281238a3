"""Long work as rows: the row is the truth, the broker's message only a wake-up."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from implement.core.choices import StateField
from projects.choices import JobState
from projects.models.project import Project


class Job(models.Model):
    """One piece of work for a worker: safe to run twice, finished once.

    `token` and `lease_until` belong to the worker that claimed it: whoever is overtaken changes nothing.
    `key` makes a job unique while it waits or runs and after it is done, such as a report's period.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=60, db_index=True)
    project = models.ForeignKey(Project, models.CASCADE, null=True, blank=True, related_name="jobs")
    params = models.JSONField(default=dict)
    key = models.CharField(max_length=160, null=True, blank=True, unique=True)
    state = StateField(states=JobState, default=JobState.QUEUED)
    progress = models.PositiveSmallIntegerField(default=0)
    message = models.CharField(max_length=255, blank=True)
    result = models.JSONField(null=True, blank=True)
    result_url = models.CharField(max_length=255, blank=True)
    error = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    max_attempts = models.PositiveSmallIntegerField(default=5)
    token = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    run_after = models.DateTimeField(null=True, blank=True)
    woken_at = models.DateTimeField(null=True, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [models.CheckConstraint(condition=Q(progress__lte=100), name="job_progress_percent")]

    def __str__(self) -> str:
        return f"{self.kind} ({self.get_state_display().lower()})"
