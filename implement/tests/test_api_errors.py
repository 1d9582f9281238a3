"""What a program is told when something is wrong: a document with the status, the field, and never a trace."""

from __future__ import annotations

import io
import json
import logging
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from structlog.stdlib import ProcessorFormatter

from implement.accounts.models import ApiToken
from implement.testkit.api import Api, assert_problem
from implement.testkit.cast import Cast
from projects.models import Person, Task

PROJECT = "/api/v1/projects/nordwind/"
TASKS = f"{PROJECT}tasks/"
SECRET = "the reason is nobody's business"


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Break the plan's rescheduling, as a fault of ours would."""

    def fall(**words: Any) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr("projects.services.plan.plan_schedule", fall)


class BrokenTests:
    @pytest.mark.parametrize("headers", [{}, {"HTTP_IDEMPOTENCY_KEY": "k1"}])
    def test_an_error_of_ours_is_a_document_with_an_id_and_no_trace(
        self, cast: Cast, api: Api, broken: None, headers: dict[str, str]
    ) -> None:
        client = api(cast.mara, raise_request_exception=False)
        answer = client.post(TASKS, {"name": "Half"}, format="json", **headers)
        assert_problem(answer, 500)
        assert answer.json()["request_id"] == answer["X-Request-ID"]
        assert len(answer["X-Request-ID"]) == 32
        said = answer.content.decode()
        assert SECRET not in said
        assert "Traceback" not in said
        assert "RuntimeError" not in said
        assert not Task.objects.filter(name="Half").exists()

    def test_the_log_knows_the_id_and_the_reason(
        self, cast: Cast, api: Api, broken: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lines = io.StringIO()
        handlers = logging.getLogger().handlers
        console = next(one for one in handlers if isinstance(one.formatter, ProcessorFormatter))
        monkeypatch.setattr(console, "stream", lines)
        answer = api(cast.mara, raise_request_exception=False).post(TASKS, {"name": "Half"}, format="json")
        assert answer["X-Request-ID"] in lines.getvalue()
        assert SECRET in lines.getvalue()

    def test_a_person_gets_a_page_with_the_id(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        def fall(*words: Any, **named: Any) -> None:
            raise RuntimeError(SECRET)

        monkeypatch.setattr("implement.core.views.JsonResponse", fall)
        answer = Client(raise_request_exception=False).get("/health")
        assert answer.status_code == 500
        assert answer["X-Request-ID"] in answer.content.decode()
        assert SECRET not in answer.content.decode()


class NowhereTests:
    @pytest.mark.parametrize(
        "address",
        ["/api/", "/api/v2/projects/", "/api/v1/nothing/", "/api/v1/projects/a%0Ab/", "/api/v1/schema/x"],
    )
    def test_an_address_that_is_none(self, cast: Cast, api: Api, address: str) -> None:
        client = api(cast.mara)
        for answer in (client.get(address), client.post(address, {}, format="json"), client.delete(address)):
            assert_problem(answer, 404)

    def test_a_host_that_is_not_ours_is_told_in_the_same_way(self, cast: Cast, api: Api) -> None:
        assert_problem(api(cast.mara).get(TASKS, HTTP_HOST="elsewhere.example"), 400)

    def test_people_still_get_pages(self, cast: Cast) -> None:
        assert "<html" in Client().get("/nowhere/at/all/").content.decode()


class BodyTests:
    @pytest.mark.parametrize("body", [b"{", b"", b"[]", b'"x"', b"null", b"\xff\xfe", b"[" * 100_000])
    def test_json_that_is_none(self, cast: Cast, api: Api, body: bytes) -> None:
        assert_problem(api(cast.mara).post(TASKS, body, content_type="application/json"), 400)

    def test_json_nested_beyond_reason(self, cast: Cast, api: Api) -> None:
        for depth in (200, 900, 980):
            body = '{"name": "x", "week": ' + "[" * depth + "]" * depth + "}"
            answer = api(cast.mara).post(f"{PROJECT}calendars/", body, content_type="application/json")
            assert_problem(answer, 400)

    @pytest.mark.parametrize(
        "content_type",
        ["application/x-www-form-urlencoded", "text/plain", "application/xml", "multipart/form-data"],
    )
    def test_what_is_no_json_is_refused(self, cast: Cast, api: Api, content_type: str) -> None:
        assert_problem(api(cast.mara).post(TASKS, b"name=x", content_type=content_type), 415)

    def test_a_file_is_sent_as_a_form_only(self, cast: Cast, api: Api) -> None:
        for room in ("attachments", "imports"):
            assert_problem(api(cast.mara).post(f"{PROJECT}{room}/", {"file": "x"}, format="json"), 415)

    def test_an_answer_that_is_no_json_is_not_made(self, cast: Cast, api: Api) -> None:
        assert_problem(api(cast.mara).get(TASKS, HTTP_ACCEPT="text/csv"), 406)

    def test_a_text_of_a_megabyte_is_named_by_its_field(self, cast: Cast, api: Api) -> None:
        long = "x" * 1_000_000
        answer = api(cast.mara).post(TASKS, {"name": long, "description": long}, format="json")
        assert_problem(answer, 400, "name", "description")
        assert len(answer.content) < 1_000

    def test_a_body_beyond_the_limit_is_413(self, cast: Cast, api: Api) -> None:
        body = json.dumps({"name": "x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE})
        assert_problem(api(cast.mara).post(TASKS, body, content_type="application/json"), 413)

    @pytest.mark.parametrize(
        ("values", "field"),
        [
            ({"name": 5}, "name"),
            ({"name": ["x"]}, "name"),
            ({"duration_minutes": "60"}, "duration_minutes"),
            ({"duration_minutes": True}, "duration_minutes"),
            ({"duration_minutes": 1.5}, "duration_minutes"),
            ({"is_milestone": "yes"}, "is_milestone"),
            ({"is_milestone": 1}, "is_milestone"),
            ({"parent": "1"}, "parent"),
            ({"parent": 10**30}, "parent"),
            ({"parent": -1}, "parent"),
            ({"deadline": "tomorrow"}, "deadline"),
            ({"constraint": "SOMETIME"}, "constraint"),
        ],
    )
    def test_a_value_of_another_kind_is_named_by_its_field(
        self, cast: Cast, api: Api, values: dict[str, Any], field: str
    ) -> None:
        assert_problem(api(cast.mara).post(TASKS, {"name": "x"} | values, format="json"), 400, field)

    def test_money_is_taken_as_text_and_as_a_number_and_told_as_text(self, cast: Cast, api: Api) -> None:
        for said in ("12.50", 12.5):
            made = api(cast.mara).post(
                f"{PROJECT}rate-cards/",
                {"effective_from": f"2026-04-0{len(str(said))}", "cost_rate": said, "bill_rate": "20"},
                format="json",
            )
            assert made.status_code == 201, made.content
            assert made.json()["cost_rate"] == "12.50"


class QueryTests:
    @pytest.mark.parametrize("room", ["tasks", "time-entries", "members", "journal", "reports", "baselines"])
    @pytest.mark.parametrize(
        "query", ["ordering=secret", "ordering=name,secret", "ordering=-", "page_size=0"]
    )
    def test_an_order_or_page_that_is_none_is_named(
        self, cast: Cast, api: Api, room: str, query: str
    ) -> None:
        answer = api(cast.mara).get(f"{PROJECT}{room}/?{query}")
        assert_problem(answer, 400, query.split("=")[0])

    def test_an_unknown_order_says_which_there_are(self, cast: Cast, api: Api) -> None:
        errors = api(cast.mara).get(f"{TASKS}?ordering=secret").json()["errors"]["ordering"]
        assert "percent_complete" in errors[0]

    @pytest.mark.parametrize(
        ("address", "field"),
        [
            ("tasks/?page_size=201", "page_size"),
            ("tasks/?page_size=ten", "page_size"),
            ("tasks/?page_size=٣", "page_size"),
            ("tasks/?is_critical=maybe", "is_critical"),
            ("tasks/?is_critical=", "is_critical"),
            ("tasks/?finish_from=05.11.2026", "finish_from"),
            ("tasks/?finish_from=", "finish_from"),
            ("time-entries/?status=lost", "status"),
            ("time-entries/?person=x", "person"),
            ("journal/?since=yesterday", "since"),
            ("jobs/?state=lost", "state"),
            ("reports/?kind=lost", "kind"),
            ("earned-value/?as_of=", "as_of"),
            ("earned-value/?as_of=1980-01-01", "as_of"),
            ("budget/figures/?measure=weight", "measure"),
        ],
    )
    def test_a_filter_that_cannot_be_read_never_answers_with_everything(
        self, cast: Cast, api: Api, address: str, field: str
    ) -> None:
        assert_problem(api(cast.mara).get(f"{PROJECT}{address}"), 400, field)

    @pytest.mark.parametrize("room", ["time-entries", "expenses", "assignments", "tasks", "budget-lines"])
    def test_another_projects_person_is_no_filter(self, cast: Cast, api: Api, room: str) -> None:
        foreign = Person.objects.get(user=cast.rita)
        assert_problem(api(cast.mara).get(f"{PROJECT}{room}/?person={foreign.pk}"), 400, "person")


class ForeignTests:
    """A key of another project in a body is as unknown as one that never was."""

    @pytest.mark.parametrize(
        ("room", "field", "others"),
        [
            ("time-entries", "task", {"worked_on": "2026-03-09", "seconds": 60}),
            ("expenses", "task", {"spent_on": "2026-03-09", "amount": "5", "description": "x"}),
            ("assignments", "task", {"planned_seconds": 60}),
            ("budget-lines", "task", {"category": "labour"}),
            ("dependencies", "predecessor", {}),
            ("dependencies", "successor", {}),
            ("milestones", "parent", {"name": "x"}),
        ],
    )
    def test_a_task(self, cast: Cast, api: Api, room: str, field: str, others: dict[str, Any]) -> None:
        client = api(cast.mara)
        foreign = client.post(f"{PROJECT}{room}/", others | {field: cast.rival_task.pk}, format="json")
        assert_problem(foreign, 400, field)
        unknown = client.post(f"{PROJECT}{room}/", others | {field: 987654321}, format="json")
        told = [answer.json()["errors"][field][0] for answer in (foreign, unknown)]
        assert told[0].replace(str(cast.rival_task.pk), "#") == told[1].replace("987654321", "#")

    @pytest.mark.parametrize(
        "room", ["time-entries", "expenses", "assignments", "budget-lines", "rate-cards"]
    )
    def test_a_person(self, cast: Cast, api: Api, room: str) -> None:
        foreign = Person.objects.get(user=cast.rolf).pk
        answer = api(cast.mara).post(f"{PROJECT}{room}/", {"person": foreign}, format="json")
        assert_problem(answer, 400, "person")

    def test_recipients_of_a_schedule(self, cast: Cast, api: Api) -> None:
        foreign = Person.objects.get(user=cast.rolf).pk
        answer = api(cast.mara).post(f"{PROJECT}report-schedules/", {"recipients": [foreign]}, format="json")
        assert_problem(answer, 400, "recipients")


class TokenTests:
    def test_a_token_that_reads_writes_nothing(self, cast: Cast, api: Api) -> None:
        client, one = api(cast.mara, "read"), f"{TASKS}{cast.setup.pk}/"
        assert client.get(one).status_code == 200
        assert_problem(client.post(TASKS, {"name": "x"}, format="json"), 403)
        assert_problem(client.patch(one, {"name": "x"}, format="json"), 403)
        assert_problem(client.put(one, {"name": "x"}, format="json"), 403)
        assert_problem(client.delete(one), 403)
        assert Task.objects.get(pk=cast.setup.pk).name == "Set up"

    def test_a_token_of_one_room_opens_no_other(self, cast: Cast, api: Api) -> None:
        client = api(cast.mara, "write:time")
        assert client.get(f"{PROJECT}time-entries/").status_code == 200
        for room in ("tasks", "expenses", "members", "earned-value", "reports"):
            assert_problem(client.get(f"{PROJECT}{room}/"), 403)

    def test_expired_unknown_and_malformed_are_401(self, cast: Cast, api: Api) -> None:
        assert_problem(api(cast.mara, days=-1).get(TASKS), 401)
        for said in ("imp_nobody", "", "é", "x" * 5_000):
            client = api(cast.mara)
            client.credentials(HTTP_AUTHORIZATION=f"Bearer {said}".encode("latin-1").decode("latin-1"))
            answer = client.get(TASKS)
            assert_problem(answer, 401)
            assert answer["WWW-Authenticate"].startswith("Bearer")

    def test_a_token_ends_with_its_user(self, cast: Cast, api: Api) -> None:
        client = api(cast.mara)
        cast.mara.is_active = False
        cast.mara.save()
        assert_problem(client.get(TASKS), 401)
        assert ApiToken.objects.filter(user=cast.mara, revoked_at=None).exists()
