"""What waits, what was decided, and whether it still holds."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db.models import Q
from django.urls import reverse

from implement.core.errors import StateError
from implement.core.sealing import canonical, digest
from projects.choices import Audience
from projects.kit.notes import shared_attachments
from projects.kit.purposes import PURPOSES, Purpose, Shown
from projects.kit.texts import Changed
from projects.models import Attachment, Person, Project
from projects.planning import end_of_day
from projects.signoffs.models import Decision, RequestItem, ResponseRequest
from projects.signoffs.querysets import RequestQuerySet

_signer = Signer(salt="projects.signoffs.link")


class RequestClosed(StateError):
    """A link that opens nothing any more, and why."""

    status = 410


def link_of(request: ResponseRequest) -> str:
    """Return the signed part of the link: it names this request and nothing else, and is stored nowhere."""
    return _signer.sign(request.uid.hex)


def address_of(request: ResponseRequest) -> str:
    """Return the whole address, for mails."""
    return settings.PUBLIC_URL.rstrip("/") + reverse("answer", args=[link_of(request)])


def request_of(*, link: str) -> ResponseRequest:
    """Return the request behind a link, open or not.

    Raises RequestClosed when the link was altered, cut off, or is of nothing that is known.
    """
    try:
        uid = uuid.UUID(hex=_signer.unsign(link))
    except (BadSignature, ValueError) as error:
        raise RequestClosed(
            "This link is not complete or was changed on its way. Copy the whole link from the e-mail."
        ) from error
    found = (
        ResponseRequest.objects.select_related("project__customer", "person__customer", "requested_by")
        .filter(uid=uid, project__deleted_at=None)
        .first()
    )
    if found is None:
        raise RequestClosed("This request is no longer known.")
    return found


def papers_of(*, purpose: Purpose, rows: Iterable[Any], project: Project) -> list[Shown]:
    """Return what the customer reads of rows as they are now: their text, and the files for the customer on them."""
    files = shared_attachments(project=project, model=purpose.model)
    return [_with_files(purpose.shown(row), [_named(file) for file in files.get(row.pk, ())]) for row in rows]


def _named(file: Attachment) -> dict[str, Any]:
    return {"name": file.name, "size": file.size, "sha256": file.sha256}


def _with_files(content: Shown, files: list[dict[str, Any]]) -> Shown:
    """Return what is shown with its files. Without any it stays as it is, and so does its seal."""
    return content | {"files": files} if files else content


def seal_today(item: RequestItem, shown: Shown) -> str:
    """Return the seal of a row as it would be `shown` today, with the files that were shown.

    What was pinned to it or taken away since is no change of what was signed.
    """
    return digest(canonical(_with_files(shown, item.content.get("files", []))))


def files_of(request: ResponseRequest) -> dict[str, Attachment]:
    """Return the files that a request names and that are still there for the customer, by SHA-256."""
    return _files_on(list(request.items.all()), request.project_id)


def _files_on(items: list[RequestItem], project_id: int) -> dict[str, Attachment]:
    named = {file["sha256"] for item in items for file in item.content.get("files", [])}
    if not named:
        return {}
    found = Attachment.objects.filter(
        project=project_id, audience=Audience.CUSTOMER, sha256__in=named,
        content_type__in={item.content_type_id for item in items},
        object_id__in={item.object_id for item in items},
    )  # fmt: skip
    return {file.sha256: file for file in found}


def is_outdated(item: RequestItem) -> bool:
    """Return whether what was asked is no longer it: the row would be shown differently, or it or a file is gone."""
    row = item.target
    if row is None or getattr(row, "deleted_at", None) is not None:
        return True
    named = {file["sha256"] for file in item.content.get("files", [])}
    if named - _files_on([item], item.request.project_id).keys():
        return True
    return seal_today(item, PURPOSES[item.request.purpose].shown(row)) != item.sha256


def changed_of(request: ResponseRequest) -> dict[int, Changed]:
    """Return, by the row's id, what an open question says otherwise than when the customer signed it last."""
    rows = [item.target for item in request.items.prefetch_related("target")]
    return PURPOSES[request.purpose].changed([row for row in rows if row is not None])


@dataclass(frozen=True)
class SignOff:
    """A decision in force, and whether what it was given on has changed since."""

    decision: Decision
    is_stale: bool


def signoffs_of(row: Any) -> list[SignOff]:
    """Return the decisions in force about a row, the latest first; a stale one was given on another text."""
    found = Decision.objects.about(row).in_force().select_related("item")
    shown: dict[str, Shown] = {}
    for decision in found:
        if decision.purpose not in shown:
            shown[decision.purpose] = PURPOSES[decision.purpose].shown(row)
    return [
        SignOff(decision, decision.sha256 != seal_today(decision.item, shown[decision.purpose]))
        for decision in found
    ]


def waited_at_end_of(*, project: Project, day: date) -> RequestQuerySet:
    """Return what waited for an answer at the end of a day, the earliest due first."""
    end = end_of_day(project, day)
    return (
        ResponseRequest.objects.filter(project=project, created_at__lt=end, expires_at__gte=end)
        .filter(Q(closed_at=None) | Q(closed_at__gte=end))
        .select_related("person")
        .order_by("due_on", "pk")
    )


@dataclass(frozen=True)
class Waiting:
    """A request that a customer's people see: whom it waits for, and the way to answer for that person only."""

    request: ResponseRequest
    link: str


def waiting_for(*, project: Project, person: Person | None) -> list[Waiting]:
    """Return the open requests of a project, the earliest due first; only the addressee's carry a link."""
    rows = (
        ResponseRequest.objects.open()
        .filter(project=project)
        .select_related("person")
        .order_by("due_on", "pk")
    )
    return [
        Waiting(row, link_of(row) if person is not None and row.person_id == person.pk else "")
        for row in rows
    ]
