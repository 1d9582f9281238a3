"""Requirements for tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from implement.testkit.cast import Cast
from projects.kit.access import enter
from projects.requirements.models import Requirement
from projects.requirements.purposes import APPROVE, VALIDATE
from projects.requirements.services.requirements import requirement_save
from projects.signoffs.models import ResponseRequest
from projects.signoffs.services import Answer, request_answer, request_send

STATEMENT = "The product shall import an order within 5 seconds."
CRITERION = "Given an order of 100 lines, when it is imported, then it is shown within 5 seconds."


def write(
    cast: Cast, title: str = "Import orders", *, criteria: list[str] | None = None, **fields: Any
) -> Requirement:
    """Let Mara write a requirement down."""
    row = Requirement(project=cast.nordwind, title=title, **{"statement": STATEMENT, **fields})
    return requirement_save(
        requirement=row,
        entry=enter(cast.mara, "nordwind", "requirements.change"),
        criteria=[CRITERION] if criteria is None else criteria,
    )


def ask(cast: Cast, *rows: Requirement) -> ResponseRequest:
    """Let Mara ask Carla to validate."""
    return request_send(
        purpose=VALIDATE,
        rows=rows,
        person=cast.carla.person,
        due_on=timezone.localdate() + timedelta(days=7),
        entry=enter(cast.mara, "nordwind", "signoffs.change"),
    )


def answer(request: ResponseRequest, verdict: str = APPROVE, comment: str = "") -> None:
    """Let Carla answer everything alike."""
    answers = {item.pk: Answer(verdict, comment) for item in request.items.all()}
    request_answer(request=request, answers=answers, user=None, proof="code")


def validated(cast: Cast, title: str = "Import orders", **fields: Any) -> Requirement:
    """Return a requirement that Carla has signed."""
    row = write(cast, title, **fields)
    answer(ask(cast, row))
    row.refresh_from_db()
    return row
