"""The design over the API: the same rules as on the pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from implement.testkit.api import assert_problem
from implement.testkit.cast import Cast
from projects.design.choices import ElementState
from projects.design.models import DesignElement, NfrTarget
from projects.design.tests.factories import PURPOSE, approved, element, review, submit
from projects.requirements.choices import RequirementKind
from projects.requirements.models import Requirement

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/projects/nordwind/"
ELEMENTS = f"{ROOT}design-elements/"


class ElementTests:
    def test_an_element_goes_the_whole_way_to_the_customer(self, cast: Cast, api: Any) -> None:
        mara, tom = api(cast.mara), api(cast.tom)
        made = mara.post(
            ELEMENTS, {"title": "Import", "purpose": PURPOSE, "diagram": "a -> b"}, format="json"
        )
        assert made.status_code == 201, made.content
        url = f"{ELEMENTS}{made.json()['id']}/"
        assert made.json()["key"] == "DES-001"
        sent = mara.post(f"{url}submit/", {"reviewer": cast.tom.person.pk}, format="json")
        assert sent.json()["status"] == "review"
        assert_problem(mara.post(f"{url}review/", {"revision": 1, "verdict": "approved"}, format="json"), 403)
        assert_problem(tom.post(f"{url}review/", {"revision": 2, "verdict": "approved"}, format="json"), 409)
        read = tom.post(f"{url}review/", {"revision": 1, "verdict": "approved"}, format="json")
        assert read.json()["reviewed_revision"] == 1
        due = (timezone.localdate() + timedelta(days=5)).isoformat()
        body = {"elements": [made.json()["id"]], "person": cast.carla.person.pk, "due_on": due}
        asked = mara.post(f"{ELEMENTS}ask/", body, format="json")
        assert asked.status_code == 200, asked.content
        assert mara.get(url).json()["with_customer"] is True
        assert [one["verdict"] for one in mara.get(f"{url}reviews/").json()] == ["approved"]
        assert [one["number"] for one in mara.get(f"{url}versions/").json()] == [1]

    @pytest.mark.parametrize(
        "body",
        [
            {"status": "approved"},
            {"reviewed_revision": 1, "signed_revision": 1},
            {"with_customer": True},
            {"superseded_by": 1},
            {"revision": 9},
        ],
    )
    def test_where_it_stands_is_written_by_nobody(self, cast: Cast, api: Any, body: dict[str, Any]) -> None:
        row = element(cast)
        api(cast.mara).patch(f"{ELEMENTS}{row.pk}/", body, format="json")
        row.refresh_from_db()
        assert (row.status, row.revision, row.reviewed_revision, row.with_customer, row.superseded_by) == (
            ElementState.DRAFT, 1, None, False, None,
        )  # fmt: skip

    def test_an_approved_text_changes_with_a_reason_only(self, cast: Cast, api: Any) -> None:
        row = approved(cast)
        url = f"{ELEMENTS}{row.pk}/"
        assert_problem(api(cast.mara).patch(url, {"purpose": "Other"}, format="json"), 400, "reason")
        changed = api(cast.mara).patch(url, {"purpose": "Other", "reason": "Moved"}, format="json")
        assert (changed.json()["status"], changed.json()["revision"]) == ("draft", 2)

    def test_bad_input_is_named_by_its_field(self, cast: Cast, api: Any) -> None:
        caller = api(cast.mara)
        rival = DesignElement.objects.create(project=cast.rival, number=1, title="Secret", purpose="x")
        whole = {"title": "A", "purpose": "x"}
        for body, field in (
            ({"title": "A"}, "purpose"),
            (whole | {"kind": "magic"}, "kind"),
            (whole | {"parent": rival.pk}, "parent"),
            (whole | {"owner": cast.carla.person.pk}, "owner"),
            (whole | {"diagram": "a -> -> b"}, "diagram"),
            (whole | {"diagram": "x" * 20_001}, "diagram"),
        ):
            assert_problem(caller.post(ELEMENTS, body, format="json"), 400, field)
        row = submit(cast, element(cast))
        assert_problem(caller.patch(f"{ELEMENTS}{row.pk}/", {"title": "B"}, format="json"), 409)
        foreign = {"elements": [rival.pk], "person": cast.carla.person.pk, "due_on": "2026-12-20"}
        assert_problem(caller.post(f"{ELEMENTS}ask/", foreign, format="json"), 400, "elements")
        assert_problem(
            caller.post(f"{ELEMENTS}{row.pk}/supersede/", {"successor": rival.pk}, format="json"), 400
        )

    def test_two_who_edit_at_once_do_not_lose_a_word(self, cast: Cast, api: Any) -> None:
        caller, row = api(cast.mara), element(cast)
        url = f"{ELEMENTS}{row.pk}/"
        tag = caller.get(url)["ETag"]
        caller.patch(url, {"title": "First"}, format="json", HTTP_IF_MATCH=tag)
        assert_problem(caller.patch(url, {"title": "Second"}, format="json", HTTP_IF_MATCH=tag), 412)

    def test_a_superseded_element_names_its_successor(self, cast: Cast, api: Any) -> None:
        old, new = approved(cast), element(cast, "Stream")
        found = api(cast.mara).post(f"{ELEMENTS}{old.pk}/supersede/", {"successor": new.pk}, format="json")
        assert found.json()["superseded_by"] == new.pk
        back = api(cast.mara).post(f"{ELEMENTS}{old.pk}/steps/", {"step": "resume"}, format="json")
        assert back.json()["status"] == "approved"
        assert_problem(
            api(cast.mara).post(f"{ELEMENTS}{new.pk}/steps/", {"step": "approve"}, format="json"), 400, "step"
        )


class RestTests:
    def test_a_decision_is_accepted_and_superseded(self, cast: Cast, api: Any) -> None:
        caller, url = api(cast.mara), f"{ROOT}architecture-decisions/"
        keys = []
        for title in ("Copy", "Ask"):
            made = caller.post(url, {"title": title, "context": "x", "decision": "y"}, format="json")
            keys.append(made.json()["id"])
            caller.post(f"{url}{keys[-1]}/steps/", {"step": "accept"}, format="json")
        assert_problem(caller.post(f"{url}{keys[0]}/supersede/", {"successor": None}, format="json"), 400)
        done = caller.post(f"{url}{keys[0]}/supersede/", {"successor": keys[1]}, format="json")
        assert (done.json()["status"], done.json()["superseded_by"]) == ("superseded", keys[1])
        assert_problem(caller.patch(f"{url}{keys[1]}/", {"title": "Z"}, format="json"), 409)

    def test_a_target_obeys_its_rules_and_opens_the_gate(self, cast: Cast, api: Any) -> None:
        caller, url = api(cast.mara), f"{ROOT}nfr-targets/"
        need = Requirement.objects.create(
            project=cast.nordwind, number=1, title="Quick", statement="x", kind=RequirementKind.PERFORMANCE
        )
        body = {"requirement": need.pk, "metric": "Time", "unit": "s", "target": "2"}
        assert_problem(caller.post(url, body | {"threshold": "1"}, format="json"), 400)
        assert caller.get(f"{ROOT}design-gate/").json()["is_met"] is False
        made = caller.post(url, body | {"test": "Open 100", "due_on": "2026-12-01"}, format="json")
        assert made.status_code == 201, made.content
        assert_problem(caller.post(url, body | {"metric": "TIME"}, format="json"), 400)
        gate = caller.get(f"{ROOT}design-gate/").json()
        assert gate == {
            "is_met": True, "musts": [],
            "qualities": [{
                "requirement": need.pk, "key": "REQ-001", "is_met": True, "elements": [],
                "targets": [NfrTarget.objects.get().pk], "missing": [],
            }],
        }  # fmt: skip

    def test_feedback_is_noted_answered_and_closed(self, cast: Cast, api: Any) -> None:
        caller, url, row = api(cast.mara), f"{ROOT}design-feedback/", element(cast)
        made = caller.post(url, {"element": row.pk, "text": "Why nightly?", "answer": "x"}, format="json")
        assert (made.status_code, made.json()["answer"], made.json()["state"]) == (201, "", "open")
        one = f"{url}{made.json()['id']}/"
        assert_problem(caller.post(f"{one}close/"), 409)
        assert (
            caller.post(f"{one}answer/", {"answer": "The shop exports then."}, format="json").status_code
            == 200
        )
        assert caller.post(f"{one}close/").json()["state"] == "closed"
        assert_problem(caller.patch(one, {"text": "Other"}, format="json"), 409)
        assert caller.post(f"{one}reopen/").json()["state"] == "open"

    def test_the_team_and_a_rival_stay_where_they_belong(self, cast: Cast, api: Any) -> None:
        row = review(cast, submit(cast, element(cast)))
        assert_problem(api(cast.fay).patch(f"{ELEMENTS}{row.pk}/", {"title": "x"}, format="json"), 403)
        assert_problem(
            api(cast.tom).post(f"{ELEMENTS}{row.pk}/supersede/", {"reason": "x"}, format="json"), 403
        )
        for user, code in ((cast.rita, 404), (cast.carla, 403)):
            for name in (f"design-elements/{row.pk}/", "design-gate/", "design-feedback/", "nfr-targets/"):
                assert_problem(api(user).get(f"{ROOT}{name}"), code)
