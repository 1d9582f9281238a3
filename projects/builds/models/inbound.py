"""What other tools say of build items: commits, tickets, requests; and the hooks by which they say it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.core.validators import URLValidator
from django.db import models

from implement.core.db import VersionedModel
from projects.builds.choices import REFERENCE_ICONS, ReferenceKind
from projects.builds.models.item import BuildItem
from projects.models import Project

WEB_ADDRESS = URLValidator(
    schemes=["http", "https"], message="Give an address that begins with https:// or http://."
)


class InboundHook(VersionedModel):
    """An address to which another tool sends what happens there. Its secret follows from `uid` and is not kept."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="inbound_hooks")
    name = models.CharField(max_length=80, help_text="Such as the name of the repository.")
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_result = models.CharField(max_length=255, blank=True, editable=False)

    class Meta:
        verbose_name = "hook"
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.name


class CodeReference(VersionedModel):
    """A commit, ticket or request of another tool that belongs to an item. Its title is plain text."""

    item = models.ForeignKey(BuildItem, models.CASCADE, related_name="references")
    kind = models.CharField(max_length=8, choices=ReferenceKind, default=ReferenceKind.COMMIT)
    external_id = models.CharField(
        "id there", max_length=200, help_text="A commit's hash, or the number of a ticket."
    )
    url = models.CharField("address", max_length=500, blank=True, validators=[WEB_ADDRESS])
    title = models.CharField(max_length=255, blank=True)
    author = models.CharField(max_length=120, blank=True)
    at = models.DateTimeField("when", null=True, blank=True)
    hook = models.ForeignKey(
        InboundHook, models.SET_NULL, null=True, blank=True, related_name="references", editable=False
    )

    project_lookup = "item__project"

    class Meta:
        verbose_name = "reference"
        ordering = ["item", "-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["item", "kind", "external_id"],
                name="code_reference_once",
                violation_error_message="This is linked to the item already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.short_id}"

    @property
    def icon(self) -> str:
        """Return the icon beside it."""
        return REFERENCE_ICONS[ReferenceKind(self.kind)]

    @property
    def short_id(self) -> str:
        """Return a commit's hash as people write it, anything else whole."""
        is_hash = self.kind == ReferenceKind.COMMIT and len(self.external_id) >= 40
        return self.external_id[:10] if is_hash else self.external_id
