"""Chainable questions about requests and decisions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models

from implement.core.db import AppendOnlyQuerySet
from projects.signoffs.choices import RequestState


class RequestQuerySet(models.QuerySet[Any]):
    """Questions about requests."""

    def open(self) -> RequestQuerySet:
        """Return what waits for an answer."""
        return self.filter(state=RequestState.OPEN)

    def about(self, row: models.Model) -> RequestQuerySet:
        """Return the requests about a row, the latest first."""
        kind = ContentType.objects.get_for_model(row)
        return self.filter(items__content_type=kind, items__object_id=row.pk)

    def late(self, now: datetime) -> RequestQuerySet:
        """Return the open ones whose link no longer works."""
        return self.open().filter(expires_at__lte=now)


class DecisionQuerySet(AppendOnlyQuerySet):
    """Questions about decisions; the rows themselves are never changed."""

    def about(self, row: models.Model) -> DecisionQuerySet:
        """Return what was decided about a row, the latest first."""
        return self.filter(content_type=ContentType.objects.get_for_model(row), object_id=row.pk)

    def in_force(self) -> Any:
        """Return the decisions that nobody has revoked."""
        return self.filter(revokes=None, revoked_by=None)
