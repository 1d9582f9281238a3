"""The API keeps to its own description: what the schema allows, and what it forbids, is sent to every operation.

Nothing is listed by hand: the operations come from the schema, the rows behind their addresses from the views.
Mara asks, with a token; Ada does what is the firm's. Each request is taken back, so none disturbs another.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, models, transaction
from django.urls import Resolver404, resolve
from django.utils import timezone
from drf_spectacular.renderers import OpenApiJsonRenderer
from hypothesis import HealthCheck, given, settings
from schemathesis.config import ProjectConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation import GenerationMode
from schemathesis.generation.drivers import CoverageGenerator
from schemathesis.generation.feedback import NO_FEEDBACK
from schemathesis.generation.overrides import Override
from schemathesis.schemas import APIOperation, BaseSchema

from budget.models import ChangeOption, ChangeRequest, Contract, Expense, InvoiceRun, TimeEntry, WhatIf
from implement.accounts.models import ApiToken, User
from implement.core.openapi import GuardedGenerator
from implement.reports.choices import ReportKind
from implement.reports.services import report_request
from implement.testkit.cast import Cast, build_cast
from implement.testkit.rows import any_row
from implement.wsgi import application
from projects.builds.models import BuildItem, Environment
from projects.choices import Audience
from projects.design.models import DesignElement
from projects.kit import jobs
from projects.models import Job, Person, WorkCalendar
from projects.requirements.models import Release, Requirement, SuccessCriterion, Workshop

pytestmark = [pytest.mark.django_db, pytest.mark.walk]
SHARES = 5
SHOWN = 10
BOUNDED = settings(
    max_examples=4, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck), database=None
)
KEYS = ("1", "00000000-0000-0000-0000-000000000000")
FIRM = ("/api/v1/customers/", "/api/v1/people/")
ADD_PROJECT = "POST /api/v1/projects/"
CONFIG = {
    "generation": {"deterministic": True},
    "phases": {
        "coverage": {
            # The door is the same for every body: without a token, and with a wrong one, drawn requests knock.
            "checks": {"ignored_auth": {"enabled": False}},
            # Every method at every address is asked for by the access matrix.
            "unexpected-methods": [],
        }
    },
    "operations": [
        {
            # Whether a body is accepted hangs on other fields, other rows and the state of the project, which
            # no schema can say: 400 is a right answer there. An address without a body gets no such excuse.
            "include-method": ["POST", "PUT", "PATCH"],
            "checks": {
                "positive_data_acceptance": {
                    "expected-statuses": ["2xx", "400", "401", "403", "404", "409", "429"]
                }
            },
        }
    ],
}


@dataclass
class Scene:
    """Who asks, and the rows that addresses and bodies may name."""

    manager: str
    administrator: str
    links: dict[str, int]
    rows: dict[type[models.Model], str | int]


def token_of(user: User) -> str:
    """Return the header of a token that may do what the user may."""
    tomorrow = timezone.now() + timedelta(days=1)
    _, secret = ApiToken.issue(user=user, name="schema", scopes=["write"], expires_at=tomorrow)
    return f"Bearer {secret}"


def write_rows(cast: Cast) -> None:
    """Write what is not made from nothing: a working week, a report with its PDF."""
    week = [[[540, 1020]]] * 5 + [[], []]
    WorkCalendar.objects.create(project=cast.nordwind, name="Five days", week=week)
    today = timezone.localdate()
    report_request(
        project=cast.nordwind,
        kind=ReportKind.STATUS,
        audience=Audience.CUSTOMER,
        start=today - timedelta(days=7),
        end=today,
        actor=cast.mara,
    )
    for job in Job.objects.all():
        jobs.run(str(job.pk))


@cache
def model_behind(path: str) -> type[models.Model] | None:
    """Return whose key the `{id}` in an address is."""
    for key in KEYS if "{id}" in path else ():
        try:
            view = resolve(path.replace("{project}", "nordwind").replace("{id}", key)).func
        except Resolver404:
            continue
        if hasattr(view, "actions"):
            return view.cls.queryset.model  # type: ignore[no-any-return, attr-defined]
    return None


def build_scene(paths: list[str]) -> Scene:
    """Write the cast and a row behind every address."""
    cast = build_cast()
    write_rows(cast)
    rows: dict[type[models.Model], str | int] = {}
    for path in paths:
        model = model_behind(path)
        if model is not None and model not in rows:
            user = cast.ada if path.startswith(FIRM) else cast.mara
            key = any_row(model, project=cast.nordwind, user=user).pk
            rows[model] = key if isinstance(key, int) else str(key)
    return Scene(
        manager=token_of(cast.mara),
        administrator=token_of(cast.ada),
        links={
            "task": cast.setup.pk,
            "parent": cast.setup.pk,
            "predecessor": cast.kickoff.pk,
            "successor": cast.go_live.pk,
            "person": Person.objects.get(user=cast.mara).pk,
            "manager": Person.objects.get(user=cast.tess).pk,
            "change": rows[ChangeRequest],
            "option": rows[ChangeOption],
            "run": rows[InvoiceRun],
            "contract": rows[Contract],
            "what_if": rows[WhatIf],
            "workshop": rows[Workshop],
            "requirement": rows[Requirement],
            "release": rows[Release],
            "milestone": cast.go_live.pk,
            "element": rows[DesignElement],
            "reviewer": Person.objects.get(user=cast.tom).pk,
            "success_criterion": rows[SuccessCriterion],
            "environment": rows[Environment],
            "build_item": rows[BuildItem],
            "time_entry": rows[TimeEntry],
            "expense": rows[Expense],
            "approver": Person.objects.get(user=cast.mara).pk,
            "owner": Person.objects.get(user=cast.tom).pk,
            "attendees": [Person.objects.get(user=cast.tom).pk],
            "customer": cast.nordwind.customer_id,
        },
        rows=rows,
    )


@pytest.fixture(scope="module")
def described() -> BaseSchema:
    """The schema that the product itself hands out, answered by the product itself."""
    text = OpenApiJsonRenderer().render(GuardedGenerator().get_schema(public=True))
    schema = schemathesis.openapi.from_dict(json.loads(text), config=schemathesis.Config.from_dict(CONFIG))
    schema.app = application
    return schema


@pytest.fixture(scope="module")
def scene(described: BaseSchema, django_db_setup: None, django_db_blocker: Any) -> Iterator[Scene]:
    """The rows, written once; what a request changes is rolled back."""
    signals = (request_started, request_finished)
    # The end of a request would close the connection in which the rows are.
    for signal in signals:
        signal.disconnect(close_old_connections)
    try:
        with django_db_blocker.unblock(), transaction.atomic():
            yield build_scene(list(described.raw_schema["paths"]))
            transaction.set_rollback(True)
    finally:
        for signal in signals:
            signal.connect(close_old_connections)


def is_right(case: Any, location: ParameterLocation) -> bool:
    """Return whether a part of the request keeps to the schema, so that real rows may be named in it."""
    part = case.meta.components.get(location)
    return part is not None and part.mode.is_positive


def name_rows(case: Any, scene: Scene) -> None:
    """Put keys of real rows where the schema can only say that it wants a number."""
    if is_right(case, ParameterLocation.PATH):
        model = model_behind(case.path)
        real = {"project": "nordwind"} | ({"id": scene.rows[model]} if model else {})
        case.path_parameters = {name: real.get(name, value) for name, value in case.path_parameters.items()}
    if "If-Match" in case.headers:
        # Which version a row has is nothing that a schema can know.
        case.headers["If-Match"] = "*"
    if is_right(case, ParameterLocation.QUERY):
        case.query = {name: scene.links.get(name, value) for name, value in case.query.items()}
    if is_right(case, ParameterLocation.BODY) and isinstance(case.body, dict):
        case.body = {
            name: value if value is None else scene.links.get(name, value)
            for name, value in case.body.items()
        }


def send(case: Any, scene: Scene) -> Any:
    """Send a request, hold the answer against the schema, take back what it did."""
    name_rows(case, scene)
    is_firm = case.operation.label == ADD_PROJECT or case.path.startswith(FIRM)
    with transaction.atomic():
        answer = case.call_and_validate(
            headers={"Authorization": scene.administrator if is_firm else scene.manager}
        )
        transaction.set_rollback(True)
    return answer


def every_case(operation: APIOperation, config: ProjectConfig) -> Iterator[Any]:
    """Yield the cases at the edges of each part of a request: right ones, and wrong ones by one thing each."""
    yield from CoverageGenerator(
        operation=operation,
        generation_modes=list(GenerationMode),
        generation_config=config.generation_for(operation=operation, phase="coverage"),
        auth_storage=None,
        override=Override(),
        feedback=NO_FEEDBACK,
        hooks=None,
    )


def drawn_cases(operation: APIOperation, scene: Scene) -> None:
    """Send requests made up of anything that the schema allows or, in the second half, forbids."""

    @BOUNDED
    @given(operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
    def allowed(case: Any) -> None:
        send(case, scene)

    @BOUNDED
    @given(operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
    def forbidden(case: Any) -> None:
        send(case, scene)

    allowed()
    forbidden()


@pytest.mark.parametrize("share", range(SHARES))
class SchemaTests:
    def test_every_operation_answers_as_described(
        self, share: int, described: BaseSchema, scene: Scene
    ) -> None:
        faults: list[str] = []
        operations = [found.ok() for found in described.get_all_operations()]
        for operation in operations[share::SHARES]:
            # A PUT is read by what reads the POST beside it.
            for case in every_case(operation, described.config) if operation.method != "put" else ():
                try:
                    send(case, scene)
                except FailureGroup as fault:
                    faults.append(f"{operation.label}: {fault}")
            try:
                drawn_cases(operation, scene)
            except FailureGroup as fault:
                faults.append(f"{operation.label}: {fault}")
        assert not faults, f"{len(faults)} faults:\n" + "\n".join(faults[:SHOWN])
