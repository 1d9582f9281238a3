"""Deciding hours and expenses: by whom, once, and never one's own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from budget.models import Expense, TimeEntry
from implement.testkit.cast import STARTS_ON, Cast
from projects.models import JournalEntry, Task

Login = Callable[..., Client]
URL = "/projects/nordwind/time/approvals/"


def hours(cast: Cast, person: object = None, **more: object) -> TimeEntry:
    return TimeEntry.objects.create(
        **{"project": cast.nordwind, "person": person or cast.tom.person, "task": cast.setup, "seconds": 3600,
           "worked_on": STARTS_ON, "status": "submitted"} | more
    )  # fmt: skip


def expense(cast: Cast, person: object = None, **more: object) -> Expense:
    return Expense.objects.create(
        **{"project": cast.nordwind, "person": person or cast.tom.person, "spent_on": STARTS_ON,
           "description": "Train", "amount": Decimal("40"), "currency": "EUR", "cost": Decimal("40"),
           "bill": Decimal(0), "status": "submitted"} | more
    )  # fmt: skip


class ApprovalTests:
    def test_a_manager_approves_a_week_and_the_rates_freeze(self, cast: Cast, login: Login) -> None:
        rows = [hours(cast, worked_on=STARTS_ON + timedelta(days=day)) for day in range(3)]
        browser = login(cast.mara)
        page = browser.get(URL).content.decode()
        assert "Tom Team" in page
        assert "3.00 h" in page
        response = browser.post(URL, {"decision": "time-approve", "time": [row.pk for row in rows]})
        assert response.status_code == 302
        for row in rows:
            row.refresh_from_db()
            assert (row.status, row.cost, row.bill, row.decided_by) == ("approved", 80, 150, cast.mara)
        assert JournalEntry.objects.filter(action="time.approved").count() == 1

    def test_finance_approves_expenses(self, cast: Cast, login: Login) -> None:
        row = expense(cast)
        login(cast.fay).post(URL, {"decision": "expenses-approve", "expenses": row.pk})
        row.refresh_from_db()
        assert row.status == "approved"
        assert row.cost == 40

    def test_a_rejection_needs_a_reason_and_tells_it_to_the_person(self, cast: Cast, login: Login) -> None:
        row = hours(cast)
        browser = login(cast.mara)
        refused = browser.post(URL, {"decision": "time-reject", "time": row.pk, "reason": "  "})
        assert refused.status_code == 400
        assert "needs a reason" in refused.content.decode()
        assert f'value="{row.pk}"' in refused.content.decode()
        assert "checked" in refused.content.decode()
        browser.post(URL, {"decision": "time-reject", "time": row.pk, "reason": "Wrong <task>"})
        row.refresh_from_db()
        assert (row.status, row.decision_note) == ("rejected", "Wrong <task>")
        told = JournalEntry.objects.get(action="time.rejected")
        assert [delivery.user for delivery in told.deliveries.all()] == [cast.tom]

    @pytest.mark.parametrize("reason", ["x" * 256, "x" * 1_000_000])
    def test_a_reason_that_would_be_cut_is_refused(self, cast: Cast, login: Login, reason: str) -> None:
        row = hours(cast)
        response = login(cast.mara).post(URL, {"decision": "time-reject", "time": row.pk, "reason": reason})
        assert response.status_code == 400
        assert "at most 255" in response.content.decode()

    def test_nobody_approves_their_own(self, cast: Cast, login: Login) -> None:
        own, other = hours(cast, cast.mara.person), hours(cast)
        browser = login(cast.mara)
        assert "nobody approves their own" in browser.get(URL).content.decode()
        response = browser.post(URL, {"decision": "time-approve", "time": [own.pk, other.pk]})
        assert response.status_code == 403
        assert set(TimeEntry.objects.values_list("status", flat=True)) == {"submitted"}
        single = browser.post(f"/projects/nordwind/time/{own.pk}/do/approve/")
        assert single.status_code == 409
        own.refresh_from_db()
        assert own.status == "submitted"

    @pytest.mark.parametrize("other", ["approved", "draft", "rejected"])
    def test_when_one_is_decided_already_nothing_is_decided(
        self, cast: Cast, login: Login, other: str
    ) -> None:
        first, second = hours(cast), hours(cast, status=other)
        response = login(cast.mara).post(URL, {"decision": "time-approve", "time": [first.pk, second.pk]})
        assert response.status_code == 409
        first.refresh_from_db()
        assert first.status == "submitted"

    def test_rows_of_another_project_are_out_of_reach(self, cast: Cast, login: Login) -> None:
        row = hours(cast, cast.rita.person, project=cast.rival, task=cast.rival_task)
        response = login(cast.mara).post(URL, {"decision": "time-approve", "time": row.pk})
        assert response.status_code == 409
        row.refresh_from_db()
        assert row.status == "submitted"

    @pytest.mark.parametrize(
        "data",
        [{}, {"decision": "time-approve"}, {"decision": "time-burn", "time": "1"}, {"decision": "rates-approve"},
         {"decision": "time-approve", "time": "²"}, {"decision": "time-approve", "time": "9" * 40}],
    )  # fmt: skip
    def test_nonsense_is_a_message_not_a_crash(self, cast: Cast, login: Login, data: dict[str, str]) -> None:
        assert login(cast.mara).post(URL, data).status_code == 400

    @pytest.mark.parametrize(
        ("role", "status"),
        [("administrator", 200), ("manager", 200), ("finance", 200), ("customer", 403),
         ("rival", 404), ("rival_customer", 404)],
    )  # fmt: skip
    def test_who_may_open_the_page(self, cast: Cast, login: Login, role: str, status: int) -> None:
        browser = login(cast.user_of(role))
        assert browser.get(URL).status_code == status
        if status != 200:
            row = hours(cast)
            assert browser.post(URL, {"decision": "time-approve", "time": row.pk}).status_code == status

    def test_who_decides_nobodys_hours_sees_none(self, cast: Cast, login: Login) -> None:
        row = hours(cast, cast.tess.person)
        browser = login(cast.tom)
        assert "Tess" not in browser.get(URL).content.decode().split("<main")[1]
        assert browser.post(URL, {"decision": "time-approve", "time": row.pk}).status_code == 403

    def test_notes_are_shown_as_text(self, cast: Cast, login: Login) -> None:
        hours(cast, note="<script>alert(1)</script>")
        page = login(cast.mara).get(URL).content.decode()
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page

    def test_the_queries_do_not_grow_with_what_waits(self, cast: Cast, login: Login) -> None:
        browser = login(cast.mara)
        hours(cast), expense(cast)
        browser.get(URL)
        with CaptureQueriesContext(connection) as few:
            browser.get(URL)
        for number in range(20):
            task = Task.objects.create(project=cast.nordwind, name=f"Work {number}", position=10 + number)
            hours(cast, cast.tess.person, task=task, worked_on=STARTS_ON + timedelta(days=number))
            expense(cast, cast.tess.person)
        with CaptureQueriesContext(connection) as many:
            browser.get(URL)
        assert len(many) <= len(few) <= 15


class OfferedTests:
    """A page offers only what would be done."""

    @pytest.mark.parametrize(
        ("who", "whose", "status", "offered"),
        [
            ("tom", "tom", "draft", {"Edit", "Delete", "Submit"}),
            ("tom", "tom", "submitted", {"Withdraw"}),
            ("tom", "tom", "approved", set()),
            ("mara", "tom", "submitted", {"Approve", "Reject"}),
            ("mara", "tom", "draft", {"Edit", "Delete"}),
            ("mara", "mara", "submitted", {"Withdraw"}),
            ("mara", "tom", "approved", set()),
        ],
    )
    @pytest.mark.parametrize("make", [hours, expense])
    def test_of_hours_and_expenses(
        self,
        cast: Cast,
        login: Login,
        make: Callable[..., TimeEntry | Expense],
        who: str,
        whose: str,
        status: str,
        offered: set[str],
    ) -> None:
        row = make(cast, person=getattr(cast, whose).person, status=status)
        room = "time" if make is hours else "expenses"
        page = login(getattr(cast, who)).get(f"/projects/nordwind/{room}/{row.pk}/")
        if status == "approved":
            # What is approved is never edited: a reversing entry corrects it.
            assert ("/correct/" in page.content.decode()) == (who == "mara")
        assert {step.label for step in page.context["steps"]} == offered - {"Edit", "Delete"}
        assert ("/edit/" in page.content.decode()) == ("Edit" in offered)
        assert ("/delete/" in page.content.decode()) == ("Delete" in offered)
