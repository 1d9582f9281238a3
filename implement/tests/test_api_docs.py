"""What is written about the API is true: every example of docs/api.md, its table of resources, the live page."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView
from playwright.sync_api import expect
from rest_framework.test import APIClient

from budget.models import TimeEntry
from implement.bootstrap import ROOT
from implement.core.openapi import ONE_AT_A_TIME, GuardedGenerator
from implement.testkit.api import Api
from implement.testkit.browser import Demo, Seat, SignIn
from implement.testkit.cast import Cast
from projects.models import Person, Task

TEXT = (ROOT / "docs" / "api.md").read_text()
DOCS = "/api/v1/docs/"
# The rows of the demo that the examples name.
INTERFACE, MAPPING = "tasks/33/", '"task": 43'


def examples() -> list[str]:
    """Return every curl of the documentation as one line."""
    blocks = re.findall(r"(?m)^    curl (?:.|\n(?=      ))*", TEXT)
    return [re.sub(r"\\\n\s*", "", block).strip() for block in blocks]


def sent(client: APIClient, command: str) -> Any:
    """Send what a curl command says."""
    words = iter(shlex.split(command)[1:])
    method, address, headers, data = "GET", "", {}, ""
    for word in words:
        if word == "-X":
            method = next(words)
        elif word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word == "-d":
            data = next(words)
        elif word != "-i":
            address = word
    return client.generic(method, address, data, headers.pop("Content-Type", ""), headers=headers)


def resources() -> set[str]:
    """Return the resources that the documentation's table names, as addresses of the schema."""
    table = TEXT.split("## Resources")[1].split("## ")[0]
    found = set()
    for line in re.findall(r"(?m)^\| (`.*?) \|", table):
        names = re.findall(r"`([^`]+)`", line)
        below = "projects/{code}/" if names[0].startswith("projects/{code}/") else ""
        found |= {below + name.removeprefix("projects/{code}/") for name in names}
    return {f"/api/v1/{name}".replace("{code}", "{project}") for name in found}


def lists() -> Iterator[str]:
    """Yield every resource of the schema: the addresses without a row's key or a verb behind them."""
    paths = GuardedGenerator().get_schema(public=True)["paths"]
    for path in paths:
        if "{id}" not in path and not path.endswith("{project}/"):
            yield path


class TogetherTests:
    def test_two_first_readers_do_not_break_each_other(self, monkeypatch: pytest.MonkeyPatch) -> None:
        guarded: list[bool] = []

        def described(*words: Any, **named: Any) -> None:
            guarded.append(ONE_AT_A_TIME.locked())

        monkeypatch.setattr(SchemaGenerator, "get_schema", described)
        SpectacularAPIView.generator_class().get_schema(public=True)
        assert guarded == [True]


class WrittenTests:
    def test_every_example_works_as_written(self, cast: Cast, api: Api) -> None:
        with time_machine.travel(datetime(2026, 11, 24, 9, tzinfo=UTC), tick=False):
            token = api(cast.mara)._credentials["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
            entry = TimeEntry.objects.create(
                project=cast.nordwind,
                person=Person.objects.get(user=cast.mara),
                worked_on=date(2026, 11, 20),
                seconds=60,
            )
            Task.objects.filter(pk=cast.setup.pk).update(version=1)
            commands = examples()
            for command in commands:
                said = (
                    command.replace("$TOKEN", token)
                    .replace("$API", "/api/v1")
                    .replace("$ENTRY", str(entry.pk))
                    .replace("nordwind-crm", "nordwind")
                    .replace(INTERFACE, f"tasks/{cast.setup.pk}/")
                    .replace(MAPPING, f'"task": {cast.setup.pk}')
                )
                answer = sent(APIClient(), said)
                assert answer.status_code in {200, 201}, f"{command}\n{answer.content.decode()}"
        assert len(commands) == 6
        assert Task.objects.get(pk=cast.setup.pk).name == "Interface to the ERP, second part"
        assert TimeEntry.objects.get(seconds=27000).note == "Field mapping"

    def test_the_table_names_every_resource_and_no_other(self) -> None:
        assert resources() == set(lists())

    def test_the_example_of_an_error_is_what_is_answered(self, cast: Cast, api: Api) -> None:
        block = re.search(r"(?m)^    \{\n(?:    .*\n)+?    \}", TEXT)
        assert block is not None
        answer = api(cast.mara).post(
            "/api/v1/projects/nordwind/time-entries/",
            {"worked_on": "23.11.2026", "seconds": 60},
            format="json",
        )
        written, said = json.loads(block[0]), answer.json()
        assert written.keys() == said.keys()
        assert (written["title"], written["status"], written["detail"]) == (
            said["title"],
            said["status"],
            said["detail"],
        )
        assert written["errors"].keys() == said["errors"].keys()

    def test_every_status_of_the_schema_is_explained(self) -> None:
        told = {code for line in re.findall(r"(?m)^\| (\d{3}[\d, ]*) \|", TEXT) for code in line.split(", ")}
        paths = GuardedGenerator().get_schema(public=True)["paths"]
        answered = {code for path in paths.values() for said in path.values() for code in said["responses"]}
        assert {code for code in answered if code >= "400"} <= told

    def test_every_operation_says_what_it_does(self) -> None:
        paths = GuardedGenerator().get_schema(public=True)["paths"]
        silent = [
            f"{method} {path}"
            for path, said in paths.items()
            for method, words in said.items()
            if not words.get("summary") or not words.get("description")
        ]
        assert silent == []


def tried(seat: Seat, tag: str, operation: str, body: str = "") -> Any:
    """Try an operation out as a reader does, and return its answer's part of the page."""
    seat.page.locator(f"#operations-tag-{tag}").click()
    part = seat.page.locator(f"#operations-{tag}-{operation}")
    part.locator(".opblock-summary-control").click()
    part.get_by_role("button", name="Try it out").click()
    part.locator("tr[data-param-name=project] input").fill("nordwind-crm")
    if body:
        part.locator("textarea.body-param__text").fill(body)
    part.get_by_role("button", name="Execute").click()
    return part.locator(".live-responses-table .response").first


@pytest.mark.browser
class LivePageTests:
    def test_operations_are_listed_and_can_be_tried_out_with_the_session(
        self, demo: Demo, sign_in: SignIn
    ) -> None:
        seat = sign_in(demo.manager)
        assert seat.open(DOCS).status == 200
        tags = {path.split("/")[5 if "{project}" in path else 3] for path in lists()}
        expect(seat.page.locator(".opblock-tag")).to_have_count(len(tags))
        task = demo.project.tasks.filter(is_summary=False).first()
        read = tried(seat, "tasks", "projects_tasks_list")
        expect(read.locator(".response-col_status")).to_contain_text("200")
        expect(read).to_contain_text('"results"')
        body = json.dumps({"target": f"projects.task:{task.pk}", "body": "From the live documentation"})
        written = tried(seat, "comments", "projects_comments_create", body)
        expect(written.locator(".response-col_status")).to_contain_text("201")
        expect(written).to_contain_text("From the live documentation")
        assert seat.complaints == []

    def test_a_stranger_is_sent_to_the_login(self, sign_in: SignIn) -> None:
        seat = sign_in()
        seat.open(DOCS)
        assert seat.path().startswith("/account/login/")
