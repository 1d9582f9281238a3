"""Two people at the same change at the same moment: one wins, the other is told, and nothing is done twice."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from budget.choices import ChangeState
from budget.models import BudgetLine, ChangeLine, ChangeRequest
from budget.purposes import APPROVE, CHANGE, REJECT
from budget.services.changes import change_implement, change_save
from implement.core.errors import DomainError
from implement.testkit.cast import Cast
from projects.kit.access import enter
from projects.models import Baseline, Task
from projects.signoffs.models import Decision, ResponseRequest
from projects.signoffs.services import Answer, request_answer, request_send

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
PATIENCE = 30


def together(*acts: Callable[[], object]) -> list[str]:
    """Do all of it at the same moment; return "done" or what was said instead, in the order of `acts`."""
    start = Barrier(len(acts))

    def act_of(act: Callable[[], object]) -> str:
        try:
            start.wait(timeout=PATIENCE)
            act()
        except DomainError as error:
            return error.message
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return [one.result(timeout=PATIENCE) for one in [pool.submit(act_of, act) for act in acts]]


def reviewed(cast: Cast) -> ChangeRequest:
    """Return a change that is ready to be asked about."""
    change = ChangeRequest.objects.create(
        project=cast.nordwind, number=1, title="More", description="More", requested_on=timezone.localdate(),
        recommendation="Do it", price=Decimal(100), schedule_days=1, status=ChangeState.REVIEW,
    )  # fmt: skip
    ChangeLine.objects.create(
        change=change, task=cast.setup, person=cast.tom.person, planned_seconds=3600, duration_days=Decimal(1)
    )
    return change


def asked(cast: Cast, change: ChangeRequest) -> ResponseRequest:
    return request_send(
        purpose=CHANGE, rows=[change], person=cast.carla.person, due_on=timezone.localdate() + timedelta(days=3),
        entry=enter(cast.mara, "nordwind", "signoffs.change"),
    )  # fmt: skip


class TogetherTests:
    def test_a_change_is_implemented_once(self, cast: Cast) -> None:
        change = reviewed(cast)
        ChangeRequest.objects.update(status=ChangeState.APPROVED)

        def implement(name: str) -> Callable[[], object]:
            mine = ChangeRequest.objects.get(pk=change.pk)
            entry = enter(getattr(cast, name), "nordwind", "changes.decide")
            return lambda: change_implement(change=mine, entry=entry)

        said = together(implement("mara"), implement("fay"))
        assert sorted(word == "done" for word in said) == [False, True]
        assert "Implemented" in next(word for word in said if word != "done")
        assert BudgetLine.objects.filter(change_request=change).count() == 1
        assert Baseline.objects.count() == 2
        assert Task.objects.get(pk=cast.setup.pk).duration_minutes == 2400 + 480

    def test_a_question_is_answered_once(self, cast: Cast) -> None:
        change = reviewed(cast)
        request = asked(cast, change)
        item = request.items.get()

        def answer(verdict: str) -> Callable[[], object]:
            mine = ResponseRequest.objects.get(pk=request.pk)
            given = {item.pk: Answer(verdict, "Because")}
            return lambda: request_answer(request=mine, answers=given, user=None, proof="code")

        said = together(answer(APPROVE), answer(REJECT))
        assert sorted(word == "done" for word in said) == [False, True]
        change.refresh_from_db()
        assert Decision.objects.get().verdict == change.status

    def test_a_thing_is_asked_about_once(self, cast: Cast) -> None:
        change = reviewed(cast)
        said = together(*[lambda: asked(cast, ChangeRequest.objects.get(pk=change.pk))] * 2)
        assert sorted(word == "done" for word in said) == [False, True]
        assert ResponseRequest.objects.count() == 1

    def test_two_changes_get_two_numbers(self, cast: Cast) -> None:
        entry = enter(cast.tom, "nordwind", "changes.change")

        def wish() -> None:
            row = ChangeRequest(
                project=cast.nordwind, title="Wish", description="Wish", requested_on=timezone.localdate()
            )
            change_save(change=row, entry=entry)

        assert together(*[wish] * 4) == ["done"] * 4
        assert sorted(ChangeRequest.objects.values_list("number", flat=True)) == [1, 2, 3, 4]
