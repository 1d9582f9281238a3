"""Templates: a project's plan and habits without its people, dates and money, to begin another one from."""

from __future__ import annotations

from typing import Any

from django.db import models

from implement.core.db import VersionedModel
from projects.models.project import Project


def nothing() -> dict[str, Any]:
    """Return the content of a template with nothing in it; `projects.kit.parts` says what else there can be."""
    plan: dict[str, Any] = {"tasks": [], "links": [], "calendars": []}
    parts = {"plan": plan, "roles": []}
    return {"format": "implement-project-template", "version": 1, "currency": "EUR", "parts": parts}


class ProjectTemplate(VersionedModel):
    """A template of the whole firm. `content` is versioned JSON, checked before it is stored and before it is used."""

    name = models.CharField(
        max_length=120, unique=True, error_messages={"unique": "Another template has this name."}
    )
    description = models.TextField(blank=True)
    content = models.JSONField(default=nothing)
    source = models.ForeignKey(
        Project, models.SET_NULL, null=True, blank=True, related_name="templates", editable=False
    )
    is_builtin = models.BooleanField("comes with the product", default=False, editable=False)

    # Long, and of no use as a line of history.
    untold = frozenset({"content"})

    class Meta:
        verbose_name = "template"
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name
