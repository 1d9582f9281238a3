"""Files of which a picture is shown."""

from __future__ import annotations

import uuid

from django.db import models

from projects.choices import PreviewState


def preview_path(row: Previewed, filename: str) -> str:
    """Return where a picture is kept, without any of the uploader's words."""
    return f"previews/{uuid.uuid4().hex}.png"


class Previewed(models.Model):
    """A row with a `file`, and the picture of its first page that the product draws of it, apart."""

    file: models.FileField
    preview = models.FileField(upload_to=preview_path, max_length=200, blank=True, editable=False)
    preview_state = models.CharField(
        max_length=8, choices=PreviewState, default=PreviewState.WAITING, editable=False
    )

    class Meta:
        abstract = True
