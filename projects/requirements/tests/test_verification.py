"""Verification without a test plan: somebody else looks, says what they saw, and the requirement follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from implement.core.errors import DomainError, NotAllowed, StateError
from implement.testkit.cast import Cast
from projects.kit import trace
from projects.kit.access import Entry, enter
from projects.models import JournalEntry, Task
from projects.requirements.choices import RequirementState
from projects.requirements.models import Requirement, Verification
from projects.requirements.services.requirements import requirement_save
from projects.requirements.services.verification import requirements_verify
from projects.requirements.tests.factories import validated, write
from projects.requirements.workflows import REQUIREMENT_WORKFLOW

pytestmark = pytest.mark.django_db
WORDS = {"method": "demonstration", "evidence": "Build 7: an order went through."}


@pytest.fixture
def mara(cast: Cast) -> Entry:
    return enter(cast.mara, "nordwind", "requirements.decide")


def implemented(cast: Cast, mara: Entry, **fields: Any) -> Requirement:
    row = validated(cast, fit="standard", **fields)
    REQUIREMENT_WORKFLOW.perform(name="implement", item=row, entry=mara)
    return row


def look(*rows: Requirement, entry: Entry, verdict: str = "met", **said: Any) -> list[Verification]:
    words = WORDS | {"held_on": timezone.localdate()} | said
    return requirements_verify(requirements=rows, entry=entry, verdict=verdict, **words)


class VerdictTests:
    def test_what_is_met_is_verified_with_the_version_of_its_text(self, cast: Cast, mara: Entry) -> None:
        row = implemented(cast, mara)
        [made] = look(row, entry=mara)
        row.refresh_from_db()
        assert row.status == RequirementState.VERIFIED
        assert (made.revision, made.by) == (row.revision, cast.mara)
        told = JournalEntry.objects.get(action="requirement.found_met")
        assert told.changes["status"] == ["implemented", "verified"]

    def test_what_is_not_met_is_implemented_only_with_what_was_seen(self, cast: Cast, mara: Entry) -> None:
        row = implemented(cast, mara)
        look(row, entry=mara)
        look(row, entry=mara, verdict="not_met", evidence="Build 8 loses the discount.")
        row.refresh_from_db()
        assert (row.status, row.status_reason) == ("implemented", "Build 8 loses the discount.")
        with pytest.raises(StateError, match="found REQ-001 not met"):
            REQUIREMENT_WORKFLOW.perform(name="verify", item=row, entry=mara)
        look(row, entry=mara)
        row.refresh_from_db()
        assert (row.status, row.status_reason) == ("verified", "")

    def test_a_test_that_is_linked_and_has_not_passed_has_the_last_word(
        self, cast: Cast, mara: Entry, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(trace.ENDS, "task", replace(trace.ENDS["task"], proves=True))
        row = implemented(cast, mara)
        trace.link_add(entry=mara, type="delivers", source=cast.setup, target=row)
        Task.objects.filter(pk=cast.setup.pk).update(percent_complete=50)
        look(row, entry=mara)
        row.refresh_from_db()
        assert row.status == RequirementState.IMPLEMENTED
        Task.objects.filter(pk=cast.setup.pk).update(percent_complete=100)
        REQUIREMENT_WORKFLOW.perform(name="verify", item=row, entry=mara)
        assert row.status == RequirementState.VERIFIED

    def test_what_was_seen_of_an_earlier_text_says_nothing_of_the_next(self, cast: Cast, mara: Entry) -> None:
        row = implemented(cast, mara)
        look(row, entry=mara)
        row.refresh_from_db()
        row.statement = "The product shall import an order at once."
        requirement_save(requirement=row, entry=mara, reason="Asked for")
        assert row.status == RequirementState.REWORK
        Requirement.objects.filter(pk=row.pk).update(status="implemented", signed_revision=row.revision)
        row.refresh_from_db()
        with pytest.raises(StateError, match="nobody has looked at it"):
            REQUIREMENT_WORKFLOW.perform(name="verify", item=row, entry=mara)


class RefusalTests:
    @pytest.mark.parametrize(
        ("said", "field"),
        [
            ({"verdict": "fine"}, "verdict"),
            ({"method": "guess"}, "method"),
            ({"held_on": date(2100, 1, 1)}, "held_on"),
            ({"evidence": " "}, "evidence"),
        ],
    )
    def test_what_is_missing_is_named(self, cast: Cast, mara: Entry, said: Any, field: str) -> None:
        row = implemented(cast, mara)
        with pytest.raises(DomainError) as refused:
            look(row, entry=mara, **said)
        assert list(refused.value.fields) == [field]

    def test_its_owner_does_not_verify_it(self, cast: Cast, mara: Entry) -> None:
        row = implemented(cast, mara, owner=cast.mara.person)
        with pytest.raises(NotAllowed, match="somebody else verifies it"):
            look(row, entry=mara)

    def test_all_of_them_or_none(self, cast: Cast, mara: Entry) -> None:
        row, draft = implemented(cast, mara), write(cast)
        with pytest.raises(StateError, match="REQ-002 is draft"):
            look(row, draft, entry=mara)
        row.refresh_from_db()
        assert row.status == RequirementState.IMPLEMENTED
        assert not Verification.objects.exists()


class FacesTests:
    def test_many_are_verified_on_one_page(self, cast: Cast, mara: Entry, login: Any) -> None:
        rows = [implemented(cast, mara), implemented(cast, mara)]
        url, browser = "/projects/nordwind/requirements/verify/", login(cast.mara)
        chosen = {"rows": [row.pk for row in rows]}
        assert "Verify 2 requirements" in browser.get(url, chosen).content.decode()
        said = chosen | WORDS | {"verdict": "met", "held_on": str(timezone.localdate())}
        refused = browser.post(url, said | {"evidence": ""})
        assert refused.status_code == 422
        assert browser.post(url, said).status_code == 302
        assert set(Requirement.objects.values_list("status", flat=True)) == {"verified"}
        page = browser.get(f"/projects/nordwind/requirements/{rows[0].pk}/").content.decode()
        assert "Build 7: an order went through." in page

    def test_the_api_says_and_tells_it(self, cast: Cast, mara: Entry, login: Any) -> None:
        row, browser = implemented(cast, mara), login(cast.mara)
        url = f"/api/v1/projects/nordwind/requirements/{row.pk}/verifications/"
        said = WORDS | {"verdict": "not_met", "held_on": str(timezone.localdate())}
        made = browser.post(url, said, content_type="application/json")
        assert made.status_code == 201, made.content
        told = browser.get(url).json()
        assert [one["verdict"] for one in told] == ["not_met"]
        assert browser.post(url, {}, content_type="application/json").status_code == 400
