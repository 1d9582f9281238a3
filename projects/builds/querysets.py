"""Chainable questions about build items."""

from __future__ import annotations

from typing import Any

from django.db import models

from projects.builds.choices import DONE, OPEN, BuildState


class BuildItemQuerySet(models.QuerySet[Any]):
    """Questions about build items."""

    def open(self) -> BuildItemQuerySet:
        """Return what is not built yet."""
        return self.filter(status__in=OPEN)

    def built(self) -> BuildItemQuerySet:
        """Return what is built, deployed or verified."""
        return self.filter(status__in=DONE)

    def blocked(self) -> BuildItemQuerySet:
        """Return what cannot go on."""
        return self.exclude(blocked_since=None)

    def waiting(self) -> BuildItemQuerySet:
        """Return what stands in an environment and is not checked yet."""
        return self.filter(status=BuildState.DEPLOYED)
