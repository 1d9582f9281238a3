"""Design elements for tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from implement.accounts.models import User
from implement.testkit.cast import Cast
from projects.design.choices import ReviewVerdict
from projects.design.models import DesignElement
from projects.design.purposes import APPROVE, APPROVE_DESIGN
from projects.design.services.elements import element_save
from projects.design.services.reviews import review_ask, review_give
from projects.kit.access import enter
from projects.signoffs.models import ResponseRequest
from projects.signoffs.services import Answer, request_answer, request_send

PURPOSE = "It takes orders over from the shop."


def element(cast: Cast, title: str = "Order import", **fields: Any) -> DesignElement:
    """Let Mara write a design element down."""
    row = DesignElement(project=cast.nordwind, title=title, **{"purpose": PURPOSE, **fields})
    return element_save(element=row, entry=enter(cast.mara, "nordwind", "design.change"))


def submit(cast: Cast, row: DesignElement, *, reviewer: User | None = None) -> DesignElement:
    """Let Mara send an element to its review by Tom."""
    who = (reviewer or cast.tom).person
    review_ask(element=row, entry=enter(cast.mara, "nordwind", "design.change"), reviewer=who)
    row.refresh_from_db()
    return row


def review(
    cast: Cast,
    row: DesignElement,
    verdict: str = ReviewVerdict.APPROVED,
    comment: str = "",
    *,
    by: User | None = None,
) -> DesignElement:
    """Let Tom review the version that stands."""
    entry = enter(by or cast.tom, "nordwind", "design.review")
    review_give(element=row, entry=entry, revision=row.revision, verdict=verdict, comment=comment)
    row.refresh_from_db()
    return row


def ask(cast: Cast, *rows: DesignElement) -> ResponseRequest:
    """Let Mara ask Carla to approve."""
    return request_send(
        purpose=APPROVE_DESIGN,
        rows=rows,
        person=cast.carla.person,
        due_on=timezone.localdate() + timedelta(days=7),
        entry=enter(cast.mara, "nordwind", "signoffs.change"),
    )


def answer(request: ResponseRequest, verdict: str = APPROVE, comment: str = "") -> None:
    """Let Carla answer everything alike."""
    answers = {item.pk: Answer(verdict, comment) for item in request.items.all()}
    request_answer(request=request, answers=answers, user=None, proof="code")


def approved(cast: Cast, title: str = "Order import", **fields: Any) -> DesignElement:
    """Return an element that Tom has reviewed and Carla has signed."""
    row = review(cast, submit(cast, element(cast, title, **fields)))
    answer(ask(cast, row))
    row.refresh_from_db()
    return row
