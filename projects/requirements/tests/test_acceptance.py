"""From implemented to verified and accepted: by passed tests, then by the customer's own word."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from implement.core.errors import DomainError, StateError
from implement.testkit.cast import Cast
from projects.kit import trace
from projects.kit.access import Entry, enter
from projects.models import JournalEntry, Task
from projects.requirements.choices import RequirementState
from projects.requirements.models import Requirement
from projects.requirements.purposes import ACCEPT, APPROVE, REJECT
from projects.requirements.services.requirements import requirement_save
from projects.requirements.tests.factories import answer, validated, write
from projects.requirements.workflows import REQUIREMENT_WORKFLOW
from projects.signoffs.models import Decision, ResponseRequest
from projects.signoffs.services import decision_revoke, request_send

pytestmark = pytest.mark.django_db


@pytest.fixture
def tested(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tasks stand for tests, as a later room's rows will."""
    monkeypatch.setitem(trace.ENDS, "task", replace(trace.ENDS["task"], proves=True))


@pytest.fixture
def mara(cast: Cast) -> Entry:
    return enter(cast.mara, "nordwind", "requirements.decide")


def step(row: Requirement, entry: Entry, name: str, reason: str = "") -> None:
    REQUIREMENT_WORKFLOW.perform(name=name, item=row, entry=entry, reason=reason)


def verified(cast: Cast, mara: Entry) -> Requirement:
    row = validated(cast, fit="standard")
    step(row, mara, "implement")
    trace.link_add(entry=mara, type="delivers", source=cast.setup, target=row)
    Task.objects.filter(pk=cast.setup.pk).update(percent_complete=100)
    step(row, mara, "verify")
    return row


def offer(cast: Cast, row: Requirement) -> ResponseRequest:
    return request_send(
        purpose=ACCEPT,
        rows=[row],
        person=cast.carla.person,
        due_on=timezone.localdate() + timedelta(days=7),
        entry=enter(cast.mara, "nordwind", "signoffs.change"),
    )


class VerifiedTests:
    def test_without_a_linked_test_nothing_is_verified(self, cast: Cast, mara: Entry) -> None:
        row = validated(cast, fit="standard")
        step(row, mara, "implement")
        with pytest.raises(StateError, match="No test is linked"):
            step(row, mara, "verify")

    def test_every_linked_test_must_have_passed(self, cast: Cast, mara: Entry, tested: None) -> None:
        row = validated(cast, fit="standard")
        step(row, mara, "implement")
        trace.link_add(entry=mara, type="delivers", source=cast.setup, target=row)
        Task.objects.filter(pk=cast.setup.pk).update(percent_complete=50)
        with pytest.raises(StateError, match="Not done yet"):
            step(row, mara, "verify")
        Task.objects.filter(pk=cast.setup.pk).update(percent_complete=100)
        step(row, mara, "verify")
        assert row.status == RequirementState.VERIFIED
        step(row, mara, "unprove", "The test was of another build")
        assert row.status == RequirementState.IMPLEMENTED


@pytest.mark.usefixtures("tested")
class AcceptedTests:
    def test_only_the_customer_accepts_and_their_word_is_kept(self, cast: Cast, mara: Entry) -> None:
        row = verified(cast, mara)
        request = offer(cast, row)
        with pytest.raises(DomainError, match="waits for an answer already"):
            offer(cast, row)
        answer(request, APPROVE)
        row.refresh_from_db()
        assert row.status == RequirementState.ACCEPTED
        assert JournalEntry.objects.filter(action="requirement.accepted").count() == 1
        decision = Decision.objects.get(purpose=ACCEPT.key)
        decision_revoke(decision=decision, entry=mara, reason="Signed for another project")
        row.refresh_from_db()
        assert row.status == RequirementState.VERIFIED

    def test_what_is_not_accepted_is_implemented_again_with_the_reason(self, cast: Cast, mara: Entry) -> None:
        row = verified(cast, mara)
        answer(offer(cast, row), REJECT, "The totals are wrong.")
        row.refresh_from_db()
        assert (row.status, row.status_reason) == (RequirementState.IMPLEMENTED, "The totals are wrong.")

    def test_what_is_not_verified_is_not_offered(self, cast: Cast) -> None:
        with pytest.raises(DomainError, match="only what is verified"):
            offer(cast, write(cast))

    def test_a_change_of_the_text_ends_all_of_it(self, cast: Cast, mara: Entry) -> None:
        row = verified(cast, mara)
        request = offer(cast, row)
        row.statement = "The product shall import an order at once."
        requirement_save(requirement=row, entry=mara, reason="Asked for")
        assert row.status == RequirementState.REWORK
        with pytest.raises(DomainError):
            answer(request, APPROVE)
        row.refresh_from_db()
        assert row.status == RequirementState.REWORK

    def test_the_page_and_the_api_ask_for_it(self, cast: Cast, mara: Entry, login: Any) -> None:
        row = verified(cast, mara)
        browser = login(cast.mara)
        page = browser.get(f"/projects/nordwind/requirements/ask/?rows={row.pk}").content.decode()
        assert "Is this what you got?" in page, page[page.find("page-subtitle") :][:400]
        data = {
            "requirements": [row.pk], "person": cast.carla.person.pk, "purpose": "accept",
            "due_on": str(timezone.localdate() + timedelta(days=7)),
        }  # fmt: skip
        url = "/api/v1/projects/nordwind/requirements/validate/"
        assert browser.post(url, data, content_type="application/json").status_code == 200
        assert ResponseRequest.objects.get(purpose=ACCEPT.key).title
