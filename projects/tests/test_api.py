"""The base's resources, as an integration uses them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from rest_framework.test import APIClient

from implement.testkit.api import Api, assert_problem
from implement.testkit.cast import Cast
from projects.kit import jobs
from projects.kit.journal import record
from projects.models import Customer, Delivery, IdempotencyKey, Membership, Person, Project, Task

TASKS = "/api/v1/projects/nordwind/tasks/"


class ProblemTests:
    def test_nobody_is_asked_for_a_token(self, cast: Cast) -> None:
        response = APIClient().get(TASKS)
        assert_problem(response, 401)
        assert response["WWW-Authenticate"].startswith("Bearer")

    def test_a_stranger_learns_nothing(self, cast: Cast, api: Api) -> None:
        assert_problem(api(cast.rita).get(TASKS), 404)

    def test_an_unknown_address_is_a_problem_too(self, cast: Cast, api: Api) -> None:
        assert_problem(api(cast.mara).get("/api/v1/nothing/here"), 404)
        assert_problem(api(cast.mara).post("/api/v1/nothing/here"), 404)

    def test_wrong_values_are_named_by_field(self, cast: Cast, api: Api) -> None:
        response = api(cast.mara).post(TASKS, {"name": "", "percent_complete": "101"}, format="json")
        assert_problem(response, 400, "name", "percent_complete")

    def test_broken_json(self, cast: Cast, api: Api) -> None:
        assert_problem(api(cast.mara).post(TASKS, b"{", content_type="application/json"), 400)

    @pytest.mark.parametrize(
        "values",
        [
            {"name": "nul \x00"},
            {"name": "half \ud800"},
            {"duration_minutes": 10**30},
            {"duration_minutes": 2**40},
            {"parent": 10**30},
            {"deadline": "0001-01-01T00:00:00+14:00"},
            {"deadline": "9999-12-31T23:59:59-14:00"},
            {"percent_complete": "NaN"},
            {"percent_complete": 1e400},
            {"name": "x" * 1_000_000},
            {"description": "x" * 1_000_000},
            {"constraint": ["ASAP"]},
        ],
    )
    def test_values_that_break_databases_are_refused(
        self, cast: Cast, api: Api, values: dict[str, Any]
    ) -> None:
        body = json.dumps({"name": "x"} | values)
        assert_problem(api(cast.mara).post(TASKS, body, content_type="application/json"), 400)

    @pytest.mark.parametrize(
        "query", ["ordering=secret", "person=x", "person=99999999999999999999999", "finish_from=0001-13-01"]
    )
    def test_filters_that_cannot_be_read_are_refused(self, cast: Cast, api: Api, query: str) -> None:
        assert_problem(api(cast.mara).get(f"{TASKS}?{query}"), 400)

    @pytest.mark.parametrize("cursor", ["x", "cD14", "cD0lMDA=", "bz05OTk5OTk5OTk5OTk5OTk5OTk5"])
    def test_a_forged_cursor_is_not_found(self, cast: Cast, api: Api, cursor: str) -> None:
        response = api(cast.mara).get(TASKS, {"cursor": cursor})
        assert response.status_code in {200, 404}, response.content

    def test_filters_name_only_the_projects_own_people(self, cast: Cast, api: Api) -> None:
        foreign = Person.objects.get(user=cast.rita)
        assert_problem(api(cast.mara).get(f"{TASKS}?person={foreign.pk}"), 400, "person")


class PagesTests:
    def test_pages_follow_each_other_without_gap_or_repetition(self, cast: Cast, api: Api) -> None:
        Task.objects.bulk_create(
            Task(project=cast.nordwind, name=f"T{n}", position=7, wbs="x") for n in range(25)
        )
        client, found = api(cast.mara), []
        address = f"{TASKS}?page_size=4&ordering=position"
        while address:
            page = client.get(address).json()
            found += [row["id"] for row in page["results"]]
            address = page["next"]
        assert len(found) == len(set(found)) == Task.objects.filter(project=cast.nordwind).count()

    def test_the_way_back_shows_the_same_pages(self, cast: Cast, api: Api) -> None:
        Task.objects.bulk_create(
            Task(project=cast.nordwind, name=f"T{n}", position=7, wbs="x") for n in range(9)
        )
        client, there, back = api(cast.mara), [], []
        page = client.get(f"{TASKS}?page_size=4&ordering=-position").json()
        assert page["previous"] is None
        while page["next"]:
            there.append([row["id"] for row in page["results"]])
            page = client.get(page["next"]).json()
        while page["previous"]:
            page = client.get(page["previous"]).json()
            back.append([row["id"] for row in page["results"]])
        assert len(there) == 2
        assert back == there[::-1]

    def test_a_page_whose_rows_are_gone_leads_to_what_is_left(self, cast: Cast, api: Api) -> None:
        client = api(cast.mara)
        first = client.get(f"{TASKS}?page_size=2&ordering=name").json()
        Task.objects.exclude(pk__in=[row["id"] for row in first["results"]]).delete()
        empty = client.get(first["next"]).json()
        assert (empty["results"], empty["next"]) == ([], None)
        there = client.get(empty["previous"]).json()["results"]
        assert [row["id"] for row in there] == [row["id"] for row in first["results"]]

    def test_queries_do_not_grow_with_rows(
        self, cast: Cast, api: Api, django_assert_max_num_queries: Any
    ) -> None:
        client = api(cast.mara)
        client.get(TASKS)
        Task.objects.bulk_create(
            Task(project=cast.nordwind, name=f"T{n}", position=n, wbs="x") for n in range(40)
        )
        with django_assert_max_num_queries(4):
            assert len(client.get(TASKS).json()["results"]) > 40


class VersionTests:
    def test_a_lost_update_is_412(self, cast: Cast, api: Api) -> None:
        client, address = api(cast.mara), f"{TASKS}{cast.setup.pk}/"
        etag = client.get(address)["ETag"]
        saved = client.patch(address, {"name": "Mine"}, format="json", HTTP_IF_MATCH=etag)
        assert saved.status_code == 200
        assert saved["ETag"] != etag
        late = client.patch(address, {"name": "Theirs"}, format="json", HTTP_IF_MATCH=etag)
        assert_problem(late, 412)
        assert_problem(client.delete(address, HTTP_IF_MATCH=etag), 412)
        assert client.get(address).json()["name"] == "Mine"
        assert client.delete(address, HTTP_IF_MATCH=saved["ETag"]).status_code == 204


class IdempotencyTests:
    def post(self, client: APIClient, key: str, **values: Any) -> Any:
        return client.post(TASKS, {"name": "Once"} | values, format="json", HTTP_IDEMPOTENCY_KEY=key)

    def test_the_same_key_does_it_once_and_answers_alike(self, cast: Cast, api: Api) -> None:
        client = api(cast.mara)
        first, second = self.post(client, "k1"), self.post(client, "k1")
        assert first.status_code == second.status_code == 201
        assert first.json() == second.json()
        assert first["ETag"] == second["ETag"]
        assert second["Idempotency-Replayed"] == "true"
        assert Task.objects.filter(name="Once").count() == 1

    def test_the_same_key_for_another_request_is_refused(self, cast: Cast, api: Api) -> None:
        client = api(cast.mara)
        self.post(client, "k1")
        assert_problem(self.post(client, "k1", name="Other"), 400, "Idempotency-Key")

    def test_a_failure_frees_the_key_and_leaves_nothing(self, cast: Cast, api: Api) -> None:
        client = api(cast.mara)
        assert_problem(self.post(client, "k1", name=""), 400, "name")
        assert not IdempotencyKey.objects.filter(user=cast.mara).exists()
        assert self.post(client, "k1").status_code == 201

    def test_a_crash_leaves_neither_work_nor_key(
        self, cast: Cast, api: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        client = api(cast.mara)
        with monkeypatch.context() as patched:
            patched.setattr("projects.services.plan.plan_schedule", lambda **words: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                self.post(client, "k1")
        assert not Task.objects.filter(name="Once").exists()
        assert self.post(client, "k1").status_code == 201

    def test_keys_are_each_persons_own(self, cast: Cast, api: Api) -> None:
        assert self.post(api(cast.mara), "k1").status_code == 201
        assert self.post(api(cast.ada), "k1").status_code == 201
        assert Task.objects.filter(name="Once").count() == 2

    @pytest.mark.parametrize("key", [" ", "x" * 71, "a\tb", "é"])
    def test_keys_that_cannot_be_kept(self, cast: Cast, api: Api, key: str) -> None:
        assert_problem(self.post(api(cast.mara), key), 400, "Idempotency-Key")

    def test_files_are_part_of_the_request(self, cast: Cast, api: Api) -> None:
        client = api(cast.mara)

        def send(content: bytes) -> Any:
            return client.post(
                "/api/v1/projects/nordwind/attachments/",
                {
                    "target": f"projects.task:{cast.setup.pk}",
                    "file": SimpleUploadedFile("plan.txt", content),
                },
                format="multipart",
                HTTP_IDEMPOTENCY_KEY="f1",
            )

        assert send(b"one").status_code == 201
        assert send(b"one")["Idempotency-Replayed"] == "true"
        assert_problem(send(b"two"), 400, "Idempotency-Key")


class ProjectTests:
    def test_the_list_holds_my_projects(self, cast: Cast, api: Api) -> None:
        codes = [row["code"] for row in api(cast.mara).get("/api/v1/projects/").json()["results"]]
        assert codes == ["nordwind"]
        both = api(cast.ada).get("/api/v1/projects/?ordering=code").json()["results"]
        assert [row["code"] for row in both] == ["nordwind", "rival"]
        assert api(cast.carla).get("/api/v1/projects/").json()["results"] == []

    def test_an_administrator_adds_one_with_its_manager(self, cast: Cast, api: Api) -> None:
        values = {
            "code": "fresh",
            "name": "Fresh",
            "customer": cast.nordwind.customer_id,
            "starts_on": "2026-05-04",
            "manager": Person.objects.get(user=cast.tom).pk,
        }
        assert_problem(api(cast.mara).post("/api/v1/projects/", values, format="json"), 403)
        made = api(cast.ada).post("/api/v1/projects/", values, format="json")
        assert made.status_code == 201, made.content
        assert Membership.objects.get(project__code="fresh").person.user == cast.tom

    def test_the_manager_changes_all_but_code_and_customer(self, cast: Cast, api: Api) -> None:
        response = api(cast.mara).patch(
            "/api/v1/projects/nordwind/",
            {"name": "New", "code": "other", "customer": cast.rival.customer_id},
            format="json",
        )
        assert response.status_code == 200, response.content
        changed = Project.objects.get(pk=cast.nordwind.pk)
        assert (changed.name, changed.code) == ("New", "nordwind")
        assert changed.customer_id == cast.nordwind.customer_id


class PlanTests:
    def test_a_task_is_scheduled(self, cast: Cast, api: Api) -> None:
        made = api(cast.mara).post(TASKS, {"name": "Train", "duration_minutes": 960}, format="json")
        assert made.status_code == 201, made.content
        assert made.json()["start"]
        assert made.json()["wbs"] == "4"

    def test_another_projects_task_is_no_parent(self, cast: Cast, api: Api) -> None:
        made = api(cast.mara).post(TASKS, {"name": "X", "parent": cast.rival_task.pk}, format="json")
        assert_problem(made, 400, "parent")

    def test_a_cycle_is_refused_with_its_path(self, cast: Cast, api: Api) -> None:
        made = api(cast.mara).post(
            "/api/v1/projects/nordwind/dependencies/",
            {"predecessor": cast.setup.pk, "successor": cast.kickoff.pk},
            format="json",
        )
        assert_problem(made, 400)
        assert "Kick-off" in made.json()["detail"]

    def test_a_milestone_has_no_duration(self, cast: Cast, api: Api) -> None:
        made = api(cast.mara).post("/api/v1/projects/nordwind/milestones/", {"name": "Done"}, format="json")
        assert made.status_code == 201, made.content
        task = Task.objects.get(pk=made.json()["id"])
        assert task.is_milestone
        assert task.duration_minutes == 0

    def test_payments_are_for_who_may_see_money(self, cast: Cast, api: Api) -> None:
        address = "/api/v1/projects/nordwind/milestones/"
        assert "payment_amount" in api(cast.mara).get(address).json()["results"][0]
        assert "payment_amount" not in api(cast.tom).get(address).json()["results"][0]

    def test_people_on_tasks_and_calendars(self, cast: Cast, api: Api) -> None:
        client = api(cast.mara)
        tess = Person.objects.get(user=cast.tess)
        made = client.post(
            "/api/v1/projects/nordwind/assignments/",
            {"task": cast.setup.pk, "person": tess.pk, "planned_seconds": 3600},
            format="json",
        )
        assert made.status_code == 201, made.content
        week = [[[540, 1020]]] * 4 + [[], [], []]
        calendar = client.post(
            "/api/v1/projects/nordwind/calendars/", {"name": "Four days", "week": week}, format="json"
        )
        assert calendar.status_code == 201, calendar.content
        assert calendar.json()["week"] == week
        url = f"/api/v1/projects/nordwind/calendars/{calendar.json()['id']}/"
        named = {"exceptions": {"2026-03-04": []}, "day_names": {"2026-03-04": "Company outing"}}
        assert client.patch(url, named, format="json").json()["day_names"] == named["day_names"]
        refused = client.patch(url, {"day_names": {"2026-03-05": "Nothing"}}, format="json")
        assert_problem(refused, 400, "day_names")
        # A name goes with its day.
        assert client.patch(url, {"exceptions": {}}, format="json").json()["day_names"] == {}

    @pytest.mark.parametrize(
        "values",
        [
            {"week": [[]] * 6},
            {"week": [[[600, 500]]] * 7},
            {"week": [[[540, 1020]]] * 7, "country": "ZZ"},
            {"week": [[[540, 1020]]] * 7, "exceptions": {"someday": []}},
            {"week": [[[540, 1020]]] * 7, "day_names": {"2026-03-04": "A day as any other"}},
        ],
    )
    def test_weeks_that_are_none(self, cast: Cast, api: Api, values: dict[str, Any]) -> None:
        made = api(cast.mara).post(
            "/api/v1/projects/nordwind/calendars/", {"name": "Odd"} | values, format="json"
        )
        assert_problem(made, 400)


class MemberTests:
    def test_the_firms_people_and_this_customers_may_join(self, cast: Cast, api: Api) -> None:
        client, address = api(cast.mara), "/api/v1/projects/nordwind/members/"
        rita, rolf = (Person.objects.get(user=user).pk for user in (cast.rita, cast.rolf))
        assert client.post(address, {"person": rita, "role": "team"}, format="json").status_code == 201
        assert_problem(client.post(address, {"person": rolf, "role": "customer"}, format="json"), 400)
        assert_problem(api(cast.tom).get(address), 403)


class FirmTests:
    def test_customers_and_people_are_the_administrators(self, cast: Cast, api: Api) -> None:
        for address in ("/api/v1/customers/", "/api/v1/people/"):
            assert_problem(api(cast.mara).get(address), 403)
            assert api(cast.ada).get(address).status_code == 200
        made = api(cast.ada).post("/api/v1/customers/", {"name": "Third"}, format="json")
        assert made.status_code == 201
        gone = api(cast.ada).delete(f"/api/v1/customers/{made.json()['id']}/")
        assert gone.status_code == 204
        assert not Customer.objects.filter(name="Third").exists()
        held = api(cast.ada).delete(f"/api/v1/customers/{cast.nordwind.customer_id}/")
        assert_problem(held, 409)


class NoteTests:
    def test_a_comment_is_pinned_to_a_task(self, cast: Cast, api: Api) -> None:
        address = "/api/v1/projects/nordwind/comments/"
        made = api(cast.tom).post(
            address, {"target": f"projects.task:{cast.setup.pk}", "body": "Hi"}, format="json"
        )
        assert made.status_code == 201, made.content
        assert made.json()["target"] == f"projects.task:{cast.setup.pk}"
        one = f"{address}{made.json()['id']}/"
        assert_problem(api(cast.tess).delete(one), 403)
        assert api(cast.tom).delete(one).status_code == 204

    @pytest.mark.parametrize("said", ["", "x", "projects.task:x", "accounts.user:1", "projects.customer:1"])
    def test_a_target_that_is_none(self, cast: Cast, api: Api, said: str) -> None:
        made = api(cast.tom).post(
            "/api/v1/projects/nordwind/comments/", {"target": said, "body": "x"}, format="json"
        )
        assert_problem(made, 400, "target")

    def test_another_projects_task_is_no_target(self, cast: Cast, api: Api) -> None:
        made = api(cast.tom).post(
            "/api/v1/projects/nordwind/comments/",
            {"target": f"projects.task:{cast.rival_task.pk}", "body": "x"},
            format="json",
        )
        assert_problem(made, 400, "target")

    def test_a_file_goes_in_and_comes_out(self, cast: Cast, api: Api) -> None:
        client, address = api(cast.tom), "/api/v1/projects/nordwind/attachments/"
        values = {
            "target": f"projects.task:{cast.setup.pk}",
            "file": SimpleUploadedFile("a.html", b"<b>hi</b>", content_type="text/html"),
        }
        made = client.post(address, values, format="multipart")
        assert made.status_code == 201, made.content
        got = client.get(f"{address}{made.json()['id']}/download/")
        assert b"".join(got.streaming_content) == b"<b>hi</b>"
        assert got["Content-Disposition"].startswith("attachment")
        assert got["Content-Type"] == "application/octet-stream"
        assert_problem(client.post(address, {"target": "x"}, format="json"), 415)


class WorkTests:
    def test_a_job_is_watched_cancelled_and_not_by_others(self, cast: Cast, api: Api) -> None:
        job = jobs.enqueue(kind="none", params={}, actor=cast.tom, project=cast.nordwind)
        address = f"/api/v1/projects/nordwind/jobs/{job.pk}/"
        assert api(cast.tess).get(address).json()["state"] == "queued"
        assert_problem(api(cast.tess).post(f"{address}cancel/"), 403)
        assert_problem(api(cast.tom, "read").post(f"{address}cancel/"), 403)
        assert api(cast.tom).post(f"{address}cancel/").json()["state"] == "cancelled"
        assert_problem(api(cast.mara).post(f"{address}retry/"), 409)

    def test_failed_work_is_queued_again(self, cast: Cast, api: Api) -> None:
        job = jobs.enqueue(kind="none", params={}, actor=cast.tom, project=cast.nordwind)
        type(job).objects.filter(pk=job.pk).update(state="failed")
        again = api(cast.mara).post(f"/api/v1/projects/nordwind/jobs/{job.pk}/retry/")
        assert again.json()["state"] == "queued"

    def test_the_journal_is_read_only(self, cast: Cast, api: Api) -> None:
        client, address = api(cast.mara), "/api/v1/projects/nordwind/journal/"
        client.post(TASKS, {"name": "Told"}, format="json")
        first = client.get(f"{address}?action=task.added").json()["results"][0]
        assert first["target_label"] == "Told"
        assert first["changes"]["name"] == [None, "Told"]
        assert_problem(client.delete(f"{address}{first['id']}/"), 405)
        assert_problem(api(cast.tom).get(address), 403)


class OwnTests:
    def test_notifications_are_mine_and_read_once(self, cast: Cast, api: Api, db: None) -> None:
        from_tom = {"action": "task.changed", "target": cast.setup, "project": cast.nordwind}
        record(actor=cast.tom, notify=[cast.mara], **from_tom)  # type: ignore[arg-type]
        client = api(cast.mara)
        found = client.get("/api/v1/notifications/?unread=true").json()["results"]
        assert [row["project"] for row in found] == ["nordwind"]
        address = f"/api/v1/notifications/{found[0]['id']}/"
        assert client.post(f"{address}read/").json()["read_at"]
        assert_problem(api(cast.tom).get(address), 404)
        assert_problem(api(cast.mara, "read").post(f"{address}read/"), 403)
        assert not Delivery.objects.filter(read_at=None).exists()

    def token(self, **changed: Any) -> dict[str, Any]:
        soon = timezone.now() + timedelta(days=7)
        return {"name": "ci", "scopes": ["read:plan"], "expires_at": soon.isoformat()} | changed

    def test_a_token_opens_what_its_scopes_say_until_it_is_revoked(self, cast: Cast, api: Api) -> None:
        client = api(cast.mara)
        made = client.post("/api/v1/tokens/", self.token(), format="json")
        assert made.status_code == 201, made.content
        other = APIClient()
        other.credentials(HTTP_AUTHORIZATION=f"Bearer {made.json()['secret']}")
        assert other.get(TASKS).status_code == 200
        assert_problem(other.post(TASKS, {"name": "x"}, format="json"), 403)
        listed = client.get("/api/v1/tokens/").content.decode()
        assert made.json()["secret"] not in listed
        assert client.delete(f"/api/v1/tokens/{made.json()['id']}/").status_code == 204
        assert_problem(other.get(TASKS), 401)

    def test_a_token_makes_none_that_may_more_or_lives_longer(self, cast: Cast, api: Api) -> None:
        narrow = api(cast.mara, "write:tokens", "read:plan")
        for wider in ({"scopes": ["read"]}, {"scopes": ["write:plan"]}, {"scopes": ["read:time"]}):
            assert_problem(narrow.post("/api/v1/tokens/", self.token(**wider), format="json"), 403)
        late = (timezone.now() + timedelta(days=60)).isoformat()
        longer = narrow.post("/api/v1/tokens/", self.token(expires_at=late), format="json")
        assert_problem(longer, 403)
        assert narrow.post("/api/v1/tokens/", self.token(), format="json").status_code == 201

    @pytest.mark.parametrize(
        "values",
        [{"scopes": ["everything"]}, {"scopes": []}, {"expires_at": "2020-01-01T00:00:00Z"}, {"name": ""}],
    )
    def test_tokens_that_make_no_sense(self, cast: Cast, api: Api, values: dict[str, Any]) -> None:
        made = api(cast.mara).post("/api/v1/tokens/", self.token(**values), format="json")
        assert_problem(made, 400, *values)
