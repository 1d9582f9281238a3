"""One journal: every change with its outgoing deliveries, written in the same transaction."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models

from implement.core.choices import StateField
from implement.core.db import AppendOnlyModel, AppendOnlyQuerySet
from projects.choices import Audience, Channel, DeliveryState
from projects.models.project import Project


class JournalQuerySet(AppendOnlyQuerySet):
    """The journal refuses to be rewritten, in bulk too."""

    def shared(self) -> JournalQuerySet:
        """Return what a customer may read."""
        return self.filter(audience=Audience.CUSTOMER)


class JournalEntry(AppendOnlyModel):
    """Who did what to which thing, when, and what changed: {"field": [before, after]}."""

    project = models.ForeignKey(Project, models.CASCADE, null=True, blank=True, related_name="journal")
    at = models.DateTimeField(db_index=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    actor_name = models.CharField(max_length=120)
    action = models.CharField(max_length=60, db_index=True)
    target_type = models.CharField(max_length=60)
    target_id = models.CharField(max_length=40)
    target_label = models.CharField(max_length=255)
    changes = models.JSONField(default=dict)
    audience = models.CharField(max_length=10, choices=Audience, default=Audience.INTERNAL)

    objects: ClassVar[Any] = JournalQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name_plural = "journal entries"
        indexes = [
            models.Index(fields=["project", "-at"], name="journal_of_project"),
            models.Index(fields=["target_type", "target_id", "-at"], name="journal_of_target"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_name} {self.action} {self.target_label}"


class Outgoing(models.Model):
    """A message on its way to one receiver. The row is the queue; every attempt is recorded on it.

    `is_handing_over` is true from just before the message is handed to the mail server until it is known to
    be sent: a worker that dies in between leaves "not confirmed", which a person decides. It is never sent
    again by itself.
    """

    address = models.CharField(max_length=500, blank=True)
    state = StateField(states=DeliveryState, default=DeliveryState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(db_index=True)
    token = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    is_handing_over = models.BooleanField(default=False, editable=False)
    message_id = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        abstract = True


class Delivery(Outgoing):
    """One message of one journal entry: in the product, by e-mail, later by webhook."""

    entry = models.ForeignKey(JournalEntry, models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=8, choices=Channel)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="deliveries"
    )
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "deliveries"
        indexes = [models.Index(fields=["user", "channel", "read_at"], name="delivery_inbox")]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} to {self.user or self.address}"
