"""How it was shown that a requirement is met, where no test of a test plan says so."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from implement.core.choices import StateField
from implement.core.db import AppendOnlyModel
from projects.requirements.choices import VerificationMethod, VerificationVerdict
from projects.requirements.models.requirement import Requirement


class Verification(AppendOnlyModel):
    """Somebody has looked whether a requirement, in the version of its text that stood then, is met.

    The latest of the version that stands counts; the others stay as they were said.
    """

    requirement = models.ForeignKey(Requirement, models.CASCADE, related_name="verifications")
    revision = models.PositiveIntegerField("text version")
    verdict = StateField(states=VerificationVerdict, max_length=8)
    method = models.CharField(max_length=16, choices=VerificationMethod)
    held_on = models.DateField("looked at on")
    evidence = models.TextField(max_length=4000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    project_lookup = "requirement__project"

    class Meta:
        ordering = ["requirement", "-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_method_display()}: {str(self.get_verdict_display()).lower()}"
