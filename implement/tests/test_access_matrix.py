"""Who gets in where: role x address x method x tenant, made from the resolver and the router.

Nothing here is listed by hand but the addresses that are open, each with its reason. What a role may do is
what GRANTS says; the address's own view says which grant it asks for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import zeal
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from implement.accounts.models import User
from implement.testkit.cast import Cast, build_cast
from implement.testkit.contract import address
from implement.testkit.routes import METHODS, Route, routes
from projects.choices import Role
from projects.kit.access import ADMINISTRATOR_GRANTS, GRANTS
from projects.kit.rest import OwnScope
from projects.models import Project

# Addresses without a grant: for everybody, or for everybody who is signed in and shows only their own.
OPEN = {
    "health": "supervisors and load balancers have no login",
    "metrics": "Prometheus brings its own token",
    "invitation": "the signed link is the key",
    "calendar_file": "the secret address is the key; calendar programs cannot sign in",
    "hook_builds": "the signature over the body is the key; forges cannot sign in",
    "answer": "the signed link, and a code or the login of the contact, are the key",
    "answer_code": "mails a code to the contact of the signed link, and to nobody else",
    "answer_prove": "takes that code",
    "answer_file": "the same, and a file that the question names",
    "answer_picture": "the same, and a file that the question names",
}
OWN = {
    "home": "shows the projects in which one is",
    "palette": "finds in the projects in which one is",
    "notifications": "one's own",
    "saved_views": "one's own",
    "account": "one's own",
    "tokens": "one's own",
    "token_revoke": "one's own",
    "calendars": "one's own",
    "calendar_revoke": "one's own",
    "absences": "one's own",
    "absence_own": "one's own",
    "load": "of the people whom one manages, else one's own",
    "load_export": "of the people whom one manages, else one's own",
    "reportbatch_list": "the projects whose reports one may make",
    "reportbatch_detail": "one's own",
    "timesheet": "one's own hours",
    "my_reimbursements": "one's own expenses",
    "log_time": "one's own hours",
    "timer": "one's own timer",
    "portal": "the customer's own projects",
    "api-docs": "describes the API, holds no data",
    "api-nowhere": "answers 404",
}
# Granted, but what they show exists in some states only.
STATEFUL = {
    "report_pdf",
    "report_xlsx",
    "api-report-figures",
    "portal_report",
    "portal_report_xlsx",
    "receipt",
    "attachment_picture",
    "portal_file",
    "portal_picture",
    "receipt_preview",
    "print_pdf",
    "print_html",
    "job",
    "job_step",
    "import_step",
    "import_upload",
    "report_delivery_again",
    "changerequest_impact",
    "changerequest_implement",
    "commitment_unbook",
    "invoicerun_pdf",
    "reserverelease_decide",
    "api-change-request-implement",
    "api-change-request-ask",
    # One's own, and an administrator may have no person.
    "api-timer-detail",
    "api-what-if-accept",
    "whatif_write",
}
ROUTES = routes()


def is_stateful(route: Route) -> bool:
    return route.name in STATEFUL or route.name.endswith(("_restore", "_step"))


def is_own(route: Route) -> bool:
    return route.name in OWN or (route.is_api and issubclass(route.view, OwnScope))


GUARDED = [route for route in ROUTES if route.name not in OPEN and not is_own(route)]
pytestmark = [pytest.mark.django_db, pytest.mark.walk]
MEMBERS = [Role.MANAGER, Role.TEAM, Role.FINANCE, Role.CUSTOMER]


@pytest.fixture(scope="module")
def people(django_db_setup: None, django_db_blocker: Any) -> Iterator[Cast]:
    """The cast, written once; each request below is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield build_cast()
        transaction.set_rollback(True)


def signed_in(user: User) -> Client:
    """Return the user's browser; an exception in a view counts as the 500 that it would be."""
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def grants_of(role: str) -> frozenset[str]:
    return frozenset(ADMINISTRATOR_GRANTS) if role == "administrator" else GRANTS[role]


def ask(client: Client, route: Route, method: str, *, project: Project, user: User) -> Any:
    """Send a request, and take back what it did."""
    with transaction.atomic():
        path = address(route, project=project, user=user)
        task = project.tasks.first()
        data: Any = {"target": f"projects.task:{task.pk}"} if task else {}
        kind = {"content_type": "application/json"} if route.is_api and method != "get" else {}
        with timezone.override(None):
            response = getattr(client, method)(path, {} if kind or method == "get" else data, **kind)
        if response.streaming:
            b"".join(response.streaming_content)
        transaction.set_rollback(True)
    return response


class GuardTests:
    def test_every_address_declares_its_grant_or_says_why_not(self) -> None:
        known = ADMINISTRATOR_GRANTS.union(*GRANTS.values())
        faults = [f"{route} answers no method." for route in GUARDED if not route.methods]
        for route, method in walked():
            if route.permission(method) not in known:
                faults.append(f"{route} {method} asks for no known grant: “{route.permission(method)}”.")
        assert_none(faults)

    def test_open_addresses_are_still_there(self) -> None:
        assert OPEN.keys() | OWN.keys() <= {route.name for route in ROUTES}


def walked() -> list[tuple[Route, str]]:
    """Return each guarded address with each method that it answers."""
    return [(route, method) for route in GUARDED for method in route.methods]


def assert_none(faults: list[str]) -> None:
    """Fail with every fault at once: a walk over all addresses tells all of them."""
    assert not faults, "\n" + "\n".join(faults)


def fault_of(role: str, route: Route, method: str, code: int) -> str | None:
    """Return what is wrong with an answer to a member of the project, None when it is right."""
    wanted = route.permission(method)
    if "/imports/" in route.template and wanted == "project.view" and role != Role.CUSTOMER:
        # Each kind of import has its own grant; the row and the address here are of this kind.
        wanted = "time.import"
        if wanted not in grants_of(role):
            return (
                None if code in {403, 404} or route.name == "api-import-list" else f"{role} {route}: {code}"
            )
    if wanted in grants_of(role):
        # Behind the door a service may still refuse a write of this very row.
        refused = {404} if method != "get" else {403, 404}
        right = code < 500 and (is_stateful(route) or code not in refused)
    elif "project" not in route.params and wanted == "project.view":
        right = code == 200
    else:
        right = code == 403
    return None if right else f"{role} {method.upper()} {route} ({wanted}): {code}"


class MatrixTests:
    @pytest.mark.parametrize("role", ["administrator", *MEMBERS])
    def test_the_granted_get_in_and_nobody_else(self, role: str, people: Cast) -> None:
        client, user, faults = signed_in(people.user_of(role)), people.user_of(role), []
        for route, method in walked():
            response = ask(client, route, method, project=people.nordwind, user=user)
            faults.append(fault_of(role, route, method, response.status_code))
        assert_none([fault for fault in faults if fault])

    def test_strangers_find_nothing(self, people: Cast) -> None:
        rival, manager, faults = signed_in(people.rita), signed_in(people.mara), []
        for route, method in walked():
            if "project" not in route.params:
                continue
            for who, client, project in (
                ("rival", rival, people.nordwind),
                ("manager on the rival's", manager, people.rival),
            ):
                code = ask(client, route, method, project=project, user=people.rita).status_code
                if code != 404:
                    faults.append(f"{who} {method.upper()} {route}: {code}")
        assert_none(faults)

    def test_the_rivals_row_is_not_found_below_ones_own_project(self, people: Cast) -> None:
        client, faults = signed_in(people.ada), []
        for route, method in walked():
            granted = route.permission(method) in ADMINISTRATOR_GRANTS
            if not granted or not {"project", "pk"} <= set(route.params):
                continue
            with transaction.atomic():
                theirs = address(route, project=people.rival, user=people.rita)
                path = theirs.replace("/rival/", "/nordwind/")
                response = getattr(client, method)(path, content_type="application/json")
                transaction.set_rollback(True)
            if response.status_code != 404:
                faults.append(f"{method.upper()} {path}: {response.status_code}")
        assert_none(faults)

    def test_nobody_is_sent_to_the_login(self, people: Cast) -> None:
        faults, login = [], reverse("account_login")
        for route, method in walked():
            response = ask(Client(), route, method, project=people.nordwind, user=people.mara)
            code, where = response.status_code, response.get("Location", "")
            right = code == 401 if route.is_api else code == 302 and where.startswith(login)
            if not right:
                faults.append(f"{method.upper()} {route}: {code} {where}")
        assert_none(faults)

    def test_no_method_breaks_it(self, people: Cast) -> None:
        client, faults = signed_in(people.ada), []
        for route in GUARDED:
            for method in sorted({*METHODS, "head", "options"} - set(route.methods)):
                code = ask(client, route, method, project=people.nordwind, user=people.ada).status_code
                if code >= 500:
                    faults.append(f"{method.upper()} {route}: {code}")
        assert_none(faults)

    def test_no_query_is_repeated_per_row(self, people: Cast) -> None:
        client, faults = signed_in(people.ada), []
        for route in GUARDED:
            if "get" not in route.methods or "pk" in route.params:
                continue
            try:
                with zeal.zeal_context():
                    ask(client, route, "get", project=people.nordwind, user=people.ada)
            except zeal.ZealError as error:
                faults.append(f"{route}: {error}")
        assert_none(faults)
