"""Comments and attachments on anything of a project, each with its audience."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models

from implement.core.db import LiveManager, TrashModel, VersionedModel
from projects.choices import Audience
from projects.models.previews import Previewed
from projects.models.project import Project


class NoteBase(VersionedModel, TrashModel):
    """What is pinned to a row of a project."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="%(class)ss")
    content_type = models.ForeignKey(ContentType, models.CASCADE, related_name="+")
    object_id = models.PositiveBigIntegerField()
    target = GenericForeignKey()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    audience = models.CharField(max_length=10, choices=Audience, default=Audience.INTERNAL)

    objects = LiveManager()
    with_trash = models.Manager()

    class Meta(TrashModel.Meta):
        abstract = True
        ordering = ["created_at", "pk"]


class Comment(NoteBase):
    """A remark in Markdown."""

    body = models.TextField(max_length=20_000)

    class Meta(NoteBase.Meta):
        indexes = [models.Index(fields=["content_type", "object_id"], name="comment_of_target")]

    def __str__(self) -> str:
        return self.body[:60]


def attachment_path(attachment: Attachment, filename: str) -> str:
    """Return a path without any of the uploader's words: the given name is kept in a column only."""
    return f"attachments/{attachment.project_id}/{uuid.uuid4().hex}"


class Attachment(NoteBase, Previewed):
    """A file. It leaves through a view that asks for access, as a download, never as a page; what is shown is a
    picture that the product drew of it.
    """

    file = models.FileField(upload_to=attachment_path, max_length=200)
    name = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)

    class Meta(NoteBase.Meta):
        indexes = [models.Index(fields=["content_type", "object_id"], name="attachment_of_target")]

    def __str__(self) -> str:
        return self.name
