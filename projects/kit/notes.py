"""Comments and attachments on any row of a project: who reads them is filtered in the query."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from functools import partial
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import FieldError
from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.http import FileResponse

from implement.core.db import VersionedModel
from implement.core.errors import DomainError
from projects.choices import Audience, PreviewState
from projects.kit import previews
from projects.kit.access import Entry
from projects.kit.rows import row_save
from projects.models import Attachment, Comment, Project

Note = TypeVar("Note", Comment, Attachment)
DRAW_TASK = "projects.tasks.draw_attachments"


def content_type_of(item: models.Model) -> ContentType:
    """Return the content type of a row's real table."""
    return ContentType.objects.get_for_model(item)


def table_of(item: models.Model) -> str:
    """Return the name of the row's real table, such as projects.task for a milestone."""
    real = item._meta.concrete_model
    assert real is not None
    return real._meta.label_lower


def notes_context(item: models.Model, entry: Entry) -> dict[str, Any]:
    """Return the comments and attachments on a row that this person may read."""
    here = {
        "content_type": content_type_of(item),
        "object_id": item.pk,
        "project": entry.project,
        "audience__in": entry.audiences,
    }
    return {
        "comments": Comment.objects.filter(**here).select_related("author"),
        "attachments": Attachment.objects.filter(**here).select_related("author"),
        "audience_choices": Audience.choices,
        "note_target": f"{table_of(item)}:{item.pk}",
    }


def shared_comments(*, project: Project, model: type[models.Model]) -> dict[int, list[Comment]]:
    """Return the comments for the customer on a model's rows of a project, by the row's id; one query."""
    rows = Comment.objects.filter(
        project=project, content_type=content_type_of(model()), audience=Audience.CUSTOMER
    )
    return _by_row(rows.select_related("author"))


def shared_attachments(*, project: Project, model: type[models.Model]) -> dict[int, list[Attachment]]:
    """Return the files for the customer on a model's rows of a project, by the row's id; one query."""
    rows = Attachment.objects.filter(
        project=project, content_type=content_type_of(model()), audience=Audience.CUSTOMER
    )
    return _by_row(rows)


def _by_row(notes: Iterable[Note]) -> dict[int, list[Note]]:
    found: dict[int, list[Note]] = defaultdict(list)
    for note in notes:
        found[note.object_id].append(note)
    return dict(found)


def attachment_response(file: Attachment) -> FileResponse:
    """Hand a file out as a download, never as a page: what is in it is the uploader's."""
    return FileResponse(
        file.file.open("rb"), as_attachment=True, filename=file.name, content_type="application/octet-stream"
    )


def note_target(*, entry: Entry, said: str) -> models.Model:
    """Return the row named "app.model:id", of this project only.

    Raises DomainError when it is not named so, not there, or not of this project.
    """
    label, _, pk = said.partition(":")
    app, _, name = label.partition(".")
    kind = ContentType.objects.filter(app_label=app, model=name).first()
    model = kind.model_class() if kind else None
    found = None
    if model is not None and issubclass(model, VersionedModel) and pk.isascii() and pk.isdigit():
        try:
            found = entry.visible(model._default_manager.filter(pk=pk)).first()
        except FieldError:
            found = None  # A table of the firm: its rows are of no project.
    if found is None:
        message = f"“{said}” is nothing of this project: write app.model:id, such as projects.task:12."
        raise DomainError(message, fields={"target": message})
    return found


def comment_add(*, item: models.Model, entry: Entry, body: str, audience: str = Audience.INTERNAL) -> Comment:
    """Pin a comment to a row.

    Raises DomainError for an empty or too long text, or an unknown audience.
    """
    entry.require("notes.change")
    comment = Comment(
        project=entry.project,
        content_type=content_type_of(item),
        object_id=item.pk,
        author=entry.user,
        body=body.strip(),
        audience=audience,
    )
    row_save(row=comment, actor=entry.user, audience=audience)
    return comment


@transaction.atomic
def attachment_add(
    *, item: models.Model, entry: Entry, upload: UploadedFile, audience: str = Audience.INTERNAL
) -> Attachment:
    """Pin a file to a row, with its size and SHA-256.

    Raises DomainError when it is empty or larger than the product takes.
    """
    entry.require("notes.change")
    size = upload.size or 0
    if not size:
        raise DomainError(f"“{upload.name}” is empty.", fields={"file": "The file is empty."})
    if size > settings.UPLOAD_MAX_BYTES:
        limit = settings.UPLOAD_MAX_BYTES // (1024 * 1024)
        raise DomainError(
            f"“{upload.name}” is larger than {limit} MB.", fields={"file": f"At most {limit} MB."}
        )
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    attachment = Attachment(
        project=entry.project,
        content_type=content_type_of(item),
        object_id=item.pk,
        author=entry.user,
        file=upload,
        name=(upload.name or "file")[:200],
        size=size,
        sha256=digest.hexdigest(),
        audience=audience,
        preview_state=previews.state_of(upload),
    )
    row_save(row=attachment, actor=entry.user, audience=audience)
    if attachment.preview_state == PreviewState.WAITING:
        transaction.on_commit(partial(previews.poke, DRAW_TASK))
    return attachment


def attachments_draw() -> int:
    """Draw the pictures of attachments that wait for it; return how many were drawn."""
    return previews.draw_waiting(Attachment)
