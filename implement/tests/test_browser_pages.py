"""Every page that a person is offered, in a real browser: no barrier, no complaint, no side scroll.

The pages are not listed here: they are read from the URL resolver and filled with rows of the demo. A page
that is added is looked at from the first day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import models
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from budget.models import Alert, BudgetLine, ChangeRequest, Expense, InvoiceRun, Receipt, TimeEntry, WhatIf
from implement.accounts.models import User
from implement.demo.reports import write_schedules
from implement.reports.models import Report, ReportBatch, ReportDelivery
from implement.testkit.browser import PHONE, Demo, Seat, SignIn, axe, body_overflow
from projects.builds.models import BuildItem, DoneCriterion, Environment, Promotion
from projects.design.models import ArchitectureDecision, DesignElement, DesignFeedback
from projects.models import (
    Absence,
    Attachment,
    Baseline,
    Customer,
    ImportRun,
    Job,
    Milestone,
    Person,
    Project,
    ProjectTemplate,
    Task,
    WorkCalendar,
)
from projects.requirements.models import (
    GlossaryTerm,
    OpenQuestion,
    Release,
    Requirement,
    SuccessCriterion,
    TaskReason,
    Workshop,
)
from projects.signoffs.models import ResponseRequest
from projects.tests.importing import upload

pytestmark = [pytest.mark.browser]

# Their answers are data or files for programs, not pages.
NOT_PAGES = ("api/v1/", "health", "metrics", "palette.json")
# Which row fills the number in an address of a plain view. The generic pages name their model themselves.
ROWS: dict[str, type[models.Model]] = {
    "absence": Absence,
    "alert": Alert,
    "attachment": Attachment,
    "baseline": Baseline,
    "changerequest": ChangeRequest,
    "budgetline": BudgetLine,
    "customer": Customer,
    "expense": Expense,
    "import": ImportRun,
    "invoicerun": InvoiceRun,
    "job": Job,
    "milestone": Milestone,
    "person": Person,
    "receipt": Receipt,
    "report": Report,
    "reportbatch": ReportBatch,
    "portal_report": Report,
    "report_delivery": ReportDelivery,
    "responserequest": ResponseRequest,
    "release": Release,
    "builditem": BuildItem,
    "environment": Environment,
    "promotion": Promotion,
    "donecriterion": DoneCriterion,
    "requirement": Requirement,
    "architecturedecision": ArchitectureDecision,
    "designelement": DesignElement,
    "designfeedback": DesignFeedback,
    "workshop": Workshop,
    "glossaryterm": GlossaryTerm,
    "successcriterion": SuccessCriterion,
    "openquestion": OpenQuestion,
    "task": Task,
    "taskreason": TaskReason,
    "template": ProjectTemplate,
    "timeentry": TimeEntry,
    "whatif": WhatIf,
    "workcalendar": WorkCalendar,
}
# Addresses whose number nothing in the demo fills, and that are no pages.
NOT_FILLED = {
    "attachment": "hands out a file",
    "attachment_picture": "hands out a file",
    "portal_file": "hands out a file",
    "portal_picture": "hands out a file",
    "answer_file": "hands out a file",
    "answer_picture": "hands out a file",
    "calendar_file": "hands out a file",
    "print_pdf": "hands out a file",
    "print_html": "hands out a file",
}
HOURS = b"""User,Email,Project,Description,Start date,Duration
Tom Okafor,tom@brightwater.example,Nordwind,Review,2026-03-04,01:30:00
Somebody New,new@brightwater.example,Nordwind,Call,2026-03-05,00:45:00
Tom Okafor,tom@brightwater.example,Nordwind,Broken,2026-13-40,01:00:00
"""
GROUP = re.compile(r"\(\?P<(\w+)>[^)]*\)|<(?:\w+:)?(\w+)>")
SHARES = 2


@dataclass(frozen=True)
class Address:
    """A way into the product: its pattern as text, its name, the view."""

    pattern: str
    name: str
    view: Any

    @property
    def takes_no_get(self) -> bool:
        """Return whether it takes the press of a button only."""
        view = getattr(self.view, "view_class", None)
        return view is not None and not hasattr(view, "get")

    def filled(self, values: dict[str, str]) -> str | None:
        """Return the address with its parts filled in; None when the demo has no such thing."""
        text = self.pattern.replace("^", "").replace("$", "").replace("\\Z", "")
        for match in list(GROUP.finditer(text)):
            value = values.get(match[1] or match[2])
            if value is None:
                return None
            text = text.replace(match[0], value, 1)
        return f"/{text}".replace("\\.", ".").replace("\\-", "-")


def addresses(resolver: Any = None, before: str = "") -> Iterator[Address]:
    """Walk the resolver."""
    for entry in (resolver or get_resolver()).url_patterns:
        pattern = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from addresses(entry, pattern)
        elif isinstance(entry, URLPattern) and not pattern.startswith(NOT_PAGES):
            yield Address(pattern=pattern, name=entry.name or "", view=entry.callback)


def row_for(address: Address, project: Project) -> models.Model | None:
    """Return a row of the demo that the number in an address can mean; of the project where it has one."""
    initial = getattr(address.view, "view_initkwargs", {})
    if pages := initial.get("pages"):
        model = pages.model
    else:
        fitting = [name for name in ROWS if address.name.startswith(name)]
        model = ROWS[max(fitting, key=len)] if fitting else None
    if model is None:
        return None
    if model is WorkCalendar and "project" not in address.pattern:
        return WorkCalendar.objects.of_firm().first()
    rows = model._default_manager.order_by("pk")
    names = {field.name for field in model._meta.get_fields()}
    for path in ("project", "task__project", "predecessor__project", "report__project"):
        if path.split("__")[0] in names:
            return rows.filter(**{path: project}).last()
    return rows.first()


def pages_offered(demo: Demo, user: User) -> list[str]:
    """Return the addresses that answer this user's GET with a whole page of HTML, or break."""
    client = Client(raise_request_exception=False)
    client.force_login(user)
    found: dict[str, None] = {}
    for address in addresses():
        row = row_for(address, demo.project)
        values = {
            "project": demo.project.code,
            "format": "csv",
            "kind": "plan.mspdi",
            "end": "design",
            "verb": "retry",
            "key": "none",
        }
        values |= {"link": "none", "step": "none", "url_name": "none", "provider": "none", "uidb36": "1"}
        if row is not None:
            values["pk"] = str(row.pk)
        url = address.filled(values)
        if url is None:
            excused = address.takes_no_get or address.name in NOT_FILLED
            assert excused, f"{address.name}: the demo has no row for {address.pattern}."
            continue
        answer = client.get(url)
        is_page = answer.status_code == 200 and answer["Content-Type"].startswith("text/html")
        if answer.status_code >= 500 or (is_page and not answer.streaming and b"<html" in answer.content):
            found[url] = None
    return list(found)


def faults_of(seat: Seat, url: str) -> list[str]:
    """Open a page, look at it in light and in dark, return what is wrong with it."""
    seat.complaints.clear()
    answer = seat.open(url)
    faults = [] if answer.status == 200 else [f"answered {answer.status}"]
    light = axe(seat.page, theme="light")
    faults += light
    # What is wrong in both is said once.
    faults += [f"dark: {violation}" for violation in axe(seat.page, theme="dark") if violation not in light]
    if seat.page.locator("h1").count() != 1:
        faults.append(f"{seat.page.locator('h1').count()} first headings instead of one")
    faults += [f"browser: {text}" for text in seat.complaints]
    if (more := body_overflow(seat.page)) > 0:
        faults.append(f"{more} px wider than the window")
    return [f"{url}: {fault}" for fault in dict.fromkeys(faults)]


@pytest.mark.parametrize(
    ("who", "share"), [("manager", 0), ("manager", 1), ("admin", 0), ("admin", 1), ("customer", None)]
)
class PagesTests:
    def test_every_page_is_free_of_barriers_in_light_and_dark(
        self, demo: Demo, sign_in: SignIn, who: str, share: int | None
    ) -> None:
        user: User = getattr(demo, who)
        upload(demo.manager, demo.project, "time.file", HOURS, "hours.csv")
        write_schedules(demo.project, demo.manager, timezone.localdate())
        urls = pages_offered(demo, user)
        assert len(urls) > (4 if who == "customer" else 30)
        seat = sign_in(user)
        mine = urls if share is None else urls[share::SHARES]
        faults = [fault for url in mine for fault in faults_of(seat, url)]
        assert not faults, f"{len(faults)} faults on {len(mine)} pages:\n" + "\n".join(faults)


class StrangerTests:
    def test_the_way_in_is_free_of_barriers(self, demo: Demo, sign_in: SignIn) -> None:
        seat = sign_in()
        faults = [
            fault for url in ("/account/login/", "/account/password/reset/") for fault in faults_of(seat, url)
        ]
        assert not faults, "\n".join(faults)


class PhoneTests:
    def test_portal_time_approvals_load_and_absences_fit_a_phone(self, demo: Demo, sign_in: SignIn) -> None:
        code = demo.project.code
        views = (
            (demo.customer, f"/portal/{code}/"),
            (demo.team, "/timesheet/"),
            (demo.manager, f"/projects/{code}/time/approvals/"),
            (demo.manager, f"/projects/{code}/load/"),
            (demo.team, "/me/absences/"),
        )
        faults = []
        for user, url in views:
            seat = sign_in(user, size=PHONE)
            faults += faults_of(seat, url)
        assert not faults, "\n".join(faults)
