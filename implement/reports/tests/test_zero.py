"""A project that is budgeted at nothing is reported to both sides, as a document and as raw figures."""

from __future__ import annotations

import io
from collections.abc import Callable
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client
from openpyxl import load_workbook

from budget.models import ChangeRequest
from budget.services import changes as services
from budget.tests.test_changes import answer, ask, inside, work_out
from budget.tests.test_zero_budgets import budget_of_nothing
from implement.reports.models import Report
from implement.reports.pdf import document_context
from implement.reports.services import report_request
from implement.reports.snapshots import snapshot_read
from implement.reports.tests.conftest import START
from implement.reports.workbook import report_workbook
from implement.testkit.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(cast: Cast, work: Callable[[], None]) -> Callable[[str, str], Report]:
    """Report on the project that is budgeted at nothing."""
    budget_of_nothing(cast)

    def make(kind: str, audience: str) -> Report:
        report = report_request(
            project=cast.nordwind, kind=kind, audience=audience, start=START, end=START.replace(day=19),
            actor=cast.mara,
        )  # fmt: skip
        work()
        report.refresh_from_db()
        assert report.snapshot is not None, report.error
        return report

    return make


@pytest.mark.parametrize("kind", ["budget", "status"])
@pytest.mark.parametrize("audience", ["internal", "customer"])
def test_what_nothing_can_be_divided_by_is_not_said(
    made: Callable[[str, str], Report], kind: str, audience: str
) -> None:
    report = made(kind, audience)
    frozen = snapshot_read(report.snapshot)
    page = unescape(render_to_string("reports/document.html", document_context(report, frozen)))
    assert not {"NaN", "Infinity", "None %"} & set(page.split())
    book = load_workbook(io.BytesIO(report_workbook(report, frozen)))
    cells = [cell.value for sheet in book for row in sheet for cell in row]
    assert not {"NaN", "#DIV/0!", "Infinity"} & {str(value) for value in cells}
    if kind == "budget" and audience == "internal":
        assert "n/a" in page


def test_the_portal_answers(cast: Cast, login: Callable[..., Client]) -> None:
    budget_of_nothing(cast)
    assert login(cast.carla).get("/portal/nordwind/").status_code == 200


def test_a_change_is_the_whole_budget(cast: Cast, login: Callable[..., Client]) -> None:
    budget_of_nothing(cast)
    change = ChangeRequest(
        project=cast.nordwind, title="Second warehouse", description="Oslo, too.", requester=cast.carla.person,
        owner=cast.fay.person, requested_on=START,
    )  # fmt: skip
    services.change_save(change=change, entry=inside(cast, "tom"))
    answer(ask(cast, work_out(cast, change)))
    change.refresh_from_db()
    services.change_implement(change=change, entry=inside(cast, "mara"))
    browser: Any = login(cast.mara)
    for place in ("", "budget/", "earned-value/", f"changes/{change.pk}/"):
        assert browser.get(f"/projects/nordwind/{place}").status_code == 200
    figures = browser.get("/api/v1/projects/nordwind/budget/figures/?measure=hours").json()["total"]
    told = [Decimal(figures[name]) for name in ("original", "current", "consumed")]
    assert told == [0, 16, 0]
