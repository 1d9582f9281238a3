"""The pages and the API of what-ifs, as people use them, and what they must not tell."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from budget.choices import DifferenceKind, WhatIfState
from budget.models import BudgetLine, ChangeRequest, Difference, WhatIf
from budget.tests.test_whatif import DAY, begun, differ, longer
from implement.accounts.models import ApiToken
from implement.testkit.cast import Cast
from projects.models import Dependency, Job, Task

pytestmark = pytest.mark.django_db
ROOT = "/projects/nordwind/what-ifs/"
API = "/api/v1/projects/nordwind/"


@pytest.fixture
def what_if(cast: Cast) -> WhatIf:
    return begun(cast)


@pytest.fixture
def mara(cast: Cast, client: Client) -> Client:
    client.force_login(cast.mara)
    return client


def write(client: Client, what_if: WhatIf, **said: Any) -> Any:
    return client.post(f"{ROOT}{what_if.pk}/write/", said)


def text_of(client: Client, what_if: WhatIf, query: str = "") -> str:
    answer = client.get(f"{ROOT}{what_if.pk}/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


class PageTests:
    def test_one_form_writes_time_date_and_hours_and_the_same_values_take_them_back(
        self, cast: Cast, what_if: WhatIf, mara: Client
    ) -> None:
        pk, tom = cast.setup.pk, cast.tom.person.pk
        assert "Another person" in text_of(mara, what_if, f"?edit=task&id={pk}")
        said = {
            "edit": "task", "id": pk, "days": "7,5", "constraint": "SNET", "on": "2026-03-05", f"person_{tom}": "60",
            "person": cast.tess.person.pk, "person_hours": "8",
        }  # fmt: skip
        assert write(mara, what_if, **said).status_code == 302
        rows = {row.kind: row for row in what_if.differences.all()}
        assert rows["task"].duration_minutes == 3600
        assert rows["task"].constraint_at.date() == date(2026, 3, 5)
        assert sorted(row.planned_seconds for row in what_if.differences.filter(kind="hours")) == [
            28_800,
            216_000,
        ]
        page = text_of(mara, what_if)
        assert "Tess Team: 0.00 h → 8.00 h" in page
        assert "+28.00" in page
        tess = cast.tess.person.pk
        same = {"edit": "task", "id": pk, "days": "5", "constraint": "ASAP"} | {
            f"person_{tom}": "40",
            f"person_{tess}": "0",
        }
        assert write(mara, what_if, **same).status_code == 302
        assert not what_if.differences.exists()

    def test_a_task_is_added_linked_priced_and_left_out(
        self, cast: Cast, what_if: WhatIf, mara: Client
    ) -> None:
        new = {
            "edit": "added",
            "name": "Pilot",
            "behind": cast.setup.pk,
            "days": "2",
            "constraint": "ASAP",
            "waits": "on",
        }
        assert write(mara, what_if, **new).status_code == 302
        pilot = what_if.differences.get(kind="added")
        assert what_if.differences.get(kind="link").predecessor == cast.setup
        link = {
            "edit": "link",
            "predecessor": -pilot.pk,
            "task": cast.go_live.pk,
            "link_type": "FS",
            "lag": "1",
        }
        assert write(mara, what_if, **link).status_code == 302
        money = {"edit": "money", "task": -pilot.pk, "category": "travel", "cost": "100", "bill": "120"}
        assert write(mara, what_if, **money).status_code == 302
        assert "+100.00 EUR" in text_of(mara, what_if)
        known = Dependency.objects.get(successor=cast.go_live)
        assert write(mara, what_if, edit="unlink", id=known.pk).status_code == 302
        assert write(mara, what_if, edit="remove", id=cast.kickoff.pk).status_code == 302
        assert "Removed" in text_of(mara, what_if)
        answer = mara.post(f"{ROOT}differences/{pilot.pk}/undo/", follow=True)
        assert "and 3 that need it" in answer.content.decode()
        assert {row.kind for row in what_if.differences.all()} == {"unlink", "removed"}

    @pytest.mark.parametrize(
        ("said", "words"),
        [
            ({"days": "-1"}, "greater than or equal to 0"),
            ({"days": "soon"}, "Enter a number"),
            ({"days": "1e9"}, "no more than"),
            ({"constraint": "SNET"}, "needs a date"),
            ({"constraint": "SNET", "on": "2500-01-01"}, "Years are from"),
            ({"constraint": "NOON"}, "Select a valid choice"),
            ({"person_hours": "5"}, "Say whose hours"),
        ],
    )
    def test_a_wrong_form_comes_back_with_what_was_typed(
        self, cast: Cast, what_if: WhatIf, mara: Client, said: dict[str, str], words: str
    ) -> None:
        answer = write(mara, what_if, **({"edit": "task", "id": cast.setup.pk, "constraint": "ASAP"} | said))
        assert answer.status_code == 422
        assert words in answer.content.decode()
        assert not what_if.differences.exists()

    def test_a_cycle_is_told_beside_the_form(self, cast: Cast, what_if: WhatIf, mara: Client) -> None:
        said = {"edit": "link", "predecessor": cast.go_live.pk, "task": cast.kickoff.pk, "link_type": "FS"}
        answer = write(mara, what_if, **said)
        assert answer.status_code == 422
        assert (
            "would wait for each other: 1 Kick-off → 2 Set up → 3 Go-live → 1 Kick-off"
            in answer.content.decode()
        )

    def test_nothing_of_that_name_is_told(self, what_if: WhatIf, mara: Client) -> None:
        for edit in ("", "task", "added", "link", "money", "nonsense"):
            for key in ("x", "-7", "9" * 30, "²"):
                text_of(mara, what_if, f"?edit={edit}&id={key}")
                assert write(mara, what_if, edit=edit, id=key).status_code in {400, 422}

    def test_accepting_from_a_page_that_is_out_of_date_tells_what_moved(
        self, cast: Cast, what_if: WhatIf, mara: Client
    ) -> None:
        longer(cast, what_if)
        answer = mara.post(f"{ROOT}{what_if.pk}/accept/", {"seen": "2020-01-01T00:00:00+00:00"}, follow=True)
        assert "The plan has moved since you looked at it" in answer.content.decode()
        seen = answer.context["compared"].seen
        answer = mara.post(f"{ROOT}{what_if.pk}/accept/", {"seen": seen}, follow=True)
        assert "is in the plan" in answer.content.decode()
        assert Task.objects.get(pk=cast.setup.pk).duration_minutes == 7 * DAY
        assert mara.post(f"{ROOT}{what_if.pk}/accept/", {"seen": seen}).status_code == 409

    def test_turning_leads_to_a_change_whose_lines_keep_to_the_what_if(
        self, cast: Cast, what_if: WhatIf, mara: Client
    ) -> None:
        longer(cast, what_if)
        differ(
            cast,
            what_if,
            DifferenceKind.HOURS,
            task=cast.setup,
            person=cast.tom.person,
            planned_seconds=180_000,
        )
        assert mara.post(f"{ROOT}{what_if.pk}/turn/", {"title": "", "reason": "new"}).status_code == 422
        answer = mara.post(
            f"{ROOT}{what_if.pk}/turn/",
            {"title": "More time", "reason": "new", "description": "Why"},
            follow=True,
        )
        page = answer.content.decode()
        assert "Working time 5 d → 7 d" in page
        assert "1,500.00 EUR" in page
        change = ChangeRequest.objects.get()
        impact = mara.get(f"/projects/nordwind/changes/{change.pk}/impact/").content.decode()
        assert impact.count("disabled") >= 6
        assert mara.get(f"{ROOT}{what_if.pk}/turn/").status_code == 409

    def test_discarded_and_taken_up_again(self, what_if: WhatIf, mara: Client) -> None:
        mara.post(f"{ROOT}{what_if.pk}/do/discard/")
        what_if.refresh_from_db()
        assert what_if.status == WhatIfState.DISCARDED
        assert write(mara, what_if, edit="added", name="x", days="1", constraint="ASAP").status_code == 409
        mara.post(f"{ROOT}{what_if.pk}/do/resume/")
        what_if.refresh_from_db()
        assert what_if.is_open

    def test_levelling_without_need_says_so_and_makes_no_job(self, what_if: WhatIf, mara: Client) -> None:
        answer = mara.post(f"{ROOT}level/", {"seconds": "30"}, follow=True)
        assert "nothing to level" in answer.content.decode()
        assert not Job.objects.exists()


class TellingTests:
    @pytest.mark.parametrize("name", ["tom", "carla", "rita"])
    def test_a_what_if_is_for_who_runs_the_project_and_who_keeps_its_money(
        self, cast: Cast, what_if: WhatIf, client: Client, name: str
    ) -> None:
        client.force_login(getattr(cast, name))
        for address in (ROOT, f"{ROOT}{what_if.pk}/", f"{API}what-ifs/{what_if.pk}/compared/"):
            assert client.get(address).status_code in {403, 404}

    def test_a_token_without_cost_gets_no_cost(self, cast: Cast, what_if: WhatIf, client: Client) -> None:
        differ(
            cast, what_if, DifferenceKind.MONEY, category="travel", cost=Decimal("77.77"), bill=Decimal(88)
        )
        later = timezone.now() + timedelta(days=1)
        _, secret = ApiToken.issue(
            user=cast.mara, name="plain", scopes=["read:whatif", "read:money"], expires_at=later
        )
        client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
        for address in ("what-ifs/", f"what-ifs/{what_if.pk}/compared/", "what-if-differences/"):
            answer = client.get(API + address)
            assert answer.status_code == 200, answer.content
            assert "77.77" not in answer.content.decode()
            assert "cost" not in answer.content.decode()


class ApiTests:
    def test_from_the_first_difference_to_the_plan(self, cast: Cast, mara: Client) -> None:
        what_if = mara.post(f"{API}what-ifs/", {"name": "Longer"}, content_type="application/json").json()
        said = {"what_if": what_if["id"], "kind": "task", "task": cast.setup.pk, "duration_minutes": 7 * DAY}
        made = mara.post(f"{API}what-if-differences/", said, content_type="application/json")
        assert made.status_code == 201, made.content
        found = mara.get(f"{API}what-ifs/{what_if['id']}/compared/").json()
        assert (found["finish"]["days"], found["milestones"][0]["days"]) == (2, 2)
        assert found["total"]["cost_after"] == "3200.00"
        accept = f"{API}what-ifs/{what_if['id']}/accept/"
        assert mara.post(accept, {}, content_type="application/json").status_code == 400
        assert mara.post(accept, {"seen": "long ago"}, content_type="application/json").status_code == 412
        answer = mara.post(accept, {"seen": found["seen"]}, content_type="application/json")
        assert (answer.status_code, answer.json()["status"]) == (200, "accepted")
        assert mara.post(accept, {"seen": found["seen"]}, content_type="application/json").status_code == 409

    def test_a_change_request_is_made_and_named(self, cast: Cast, what_if: WhatIf, mara: Client) -> None:
        longer(cast, what_if)
        answer = mara.post(
            f"{API}what-ifs/{what_if.pk}/turn/",
            {"title": "T", "description": "D"},
            content_type="application/json",
        )
        assert answer.json()["key"] == "CR-001"
        lines = mara.get(f"{API}change-lines/").json()["results"]
        assert [line["difference"] for line in lines] == [what_if.differences.get().pk]

    def test_what_points_out_of_project_or_what_if_is_refused(
        self, cast: Cast, what_if: WhatIf, mara: Client
    ) -> None:
        theirs = Difference.objects.create(
            what_if=WhatIf.objects.create(project=cast.rival, name="Secret"),
            kind="added",
            name="Spy",
            duration_minutes=1,
        )
        other = differ(cast, begun(cast, "Other"), DifferenceKind.ADDED, name="Else", duration_minutes=1)
        line = BudgetLine.objects.create(project=cast.rival, cost=Decimal(1))
        base = {"what_if": what_if.pk, "kind": "hours", "person": cast.tom.person.pk, "planned_seconds": 5}
        for said in (
            {"task": cast.rival_task.pk},
            {"added": theirs.pk},
            {"added": other.pk},
            {"kind": "money", "line": line.pk},
            {"what_if": theirs.what_if_id, "task": cast.setup.pk},
            {"task": cast.setup.pk, "planned_seconds": -1},
            {"task": cast.setup.pk, "person": cast.rita.person.pk},
        ):
            answer = mara.post(f"{API}what-if-differences/", base | said, content_type="application/json")
            assert answer.status_code == 400, said
        assert not what_if.differences.exists()

    def test_what_was_decided_stays_as_it_was(self, cast: Cast, what_if: WhatIf, mara: Client) -> None:
        row = longer(cast, what_if)
        other = begun(cast, "Other")
        seen = mara.get(f"{API}what-ifs/{what_if.pk}/compared/").json()["seen"]
        address, difference = f"{API}what-ifs/{what_if.pk}/", f"{API}what-if-differences/{row.pk}/"
        # Not out of one what-if into another, decided or not.
        moved = mara.patch(difference, {"what_if": other.pk}, content_type="application/json")
        assert (moved.status_code, what_if.differences.count()) == (400, 1)
        mara.post(f"{address}accept/", {"seen": seen}, content_type="application/json")
        moved = mara.patch(difference, {"what_if": other.pk}, content_type="application/json")
        assert (moved.status_code, what_if.differences.count()) == (400, 1)
        assert mara.patch(address, {"name": "Never"}, content_type="application/json").status_code == 409
        assert mara.delete(address).status_code == 409
        assert mara.post(f"{ROOT}{what_if.pk}/delete/").status_code == 409
        assert WhatIf.objects.get(pk=what_if.pk).name == what_if.name
