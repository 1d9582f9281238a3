"""Logging time from anywhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client

from budget.models import TimeEntry
from implement.testkit.browser import SignIn
from implement.testkit.cast import STARTS_ON, Cast
from projects.models import Task

Login = Callable[..., Client]
URL = "/timesheet/log/"
HTMX = {"HX-Request": "true"}


def said(offered: Task, **more: str) -> dict[str, str]:
    return {
        "task": str(offered.pk),
        "worked_on": "2026-03-03",
        "seconds": "1:30",
        "note": "Call",
        "nonce": "n1",
    } | more


class QuickLogTests:
    def test_sending_it_twice_logs_once_and_leads_to_the_week(self, cast: Cast, login: Login) -> None:
        browser = login(cast.tom)
        for _ in range(2):
            response = browser.post(URL, said(cast.setup))
            assert response["Location"] == "/timesheet/?week=2026-03-02"
        (entry,) = TimeEntry.objects.all()
        assert (entry.person, entry.seconds, entry.note) == (cast.tom.person, 5400, "Call")
        assert entry.cost is not None, "priced like any other hour"

    def test_the_tasks_offered_are_mine_and_running_or_the_one_i_look_at(
        self, cast: Cast, login: Login
    ) -> None:
        browser = login(cast.tom)
        page = browser.get(URL).content.decode()
        assert "Set up" in page
        assert "Kick-off" not in page
        page = browser.get(URL, {"task": cast.kickoff.pk}).content.decode()
        assert f'value="{cast.kickoff.pk}" selected' in page

    def test_a_task_of_a_rival_cannot_be_named(self, cast: Cast, login: Login) -> None:
        browser = login(cast.tom)
        assert "Secret" not in browser.get(URL, {"task": cast.rival_task.pk}).content.decode()
        assert browser.post(URL, said(cast.rival_task)).status_code == 422
        assert not TimeEntry.objects.exists()

    @pytest.mark.parametrize(
        ("field", "value", "message"),
        [
            ("seconds", "soon", "not a duration"),
            ("seconds", "25", "24 hours"),
            ("seconds", "0", "0"),
            ("worked_on", "2026-02-30", "valid date"),
            ("worked_on", "1931-01-01", "1931"),
            ("task", "x", "Select a valid choice"),
            ("note", "x" * 1_000_000, "at most"),
        ],
    )
    def test_what_cannot_be_is_said_beside_its_field(
        self, cast: Cast, login: Login, field: str, value: str, message: str
    ) -> None:
        response = login(cast.tom).post(URL, said(cast.setup, **{field: value}))
        assert response.status_code in {400, 422}
        assert message in response.content.decode()
        assert not TimeEntry.objects.exists()

    def test_a_day_has_24_hours_over_all_entries(self, cast: Cast, login: Login) -> None:
        TimeEntry.objects.create(
            project=cast.nordwind, person=cast.tom.person, task=cast.setup,
            worked_on=date(2026, 3, 3), seconds=23 * 3600,
        )  # fmt: skip
        assert "a day has 24" in login(cast.tom).post(URL, said(cast.setup)).content.decode()

    def test_in_the_dialog_errors_come_back_as_the_form(self, cast: Cast, login: Login) -> None:
        browser = login(cast.tom)
        response = browser.post(URL, said(cast.setup, seconds="soon"), headers=HTMX)
        assert response.status_code == 200
        assert "<html" not in response.content.decode()
        assert browser.post(URL, said(cast.setup), headers=HTMX)["HX-Refresh"] == "true"

    def test_a_customer_logs_nothing(self, cast: Cast, login: Login) -> None:
        browser = login(cast.carla)
        assert browser.get(URL).status_code == 403
        assert "data-quick-log" not in browser.get("/portal/").content.decode()


@pytest.mark.browser
class QuickLogBrowserTests:
    def test_time_is_logged_from_any_page(self, cast: Cast, sign_in: SignIn) -> None:
        seat = sign_in(cast.tom)
        seat.open(f"/projects/nordwind/tasks/{cast.kickoff.pk}/")
        page = seat.page
        page.get_by_role("link", name="Log time").click()
        dialog = page.get_by_role("dialog", name="Log time")
        dialog.get_by_label("Time").fill("soon")
        dialog.get_by_role("button", name="Log time").click()
        dialog.get_by_text("not a duration").wait_for()
        dialog.get_by_label("Time").fill("1,5")
        dialog.get_by_label("Day").fill(STARTS_ON.isoformat())
        dialog.get_by_role("button", name="Log time").click()
        page.get_by_text("1.50 h logged on").wait_for()
        assert TimeEntry.objects.get().task == cast.kickoff, "the task of the page was chosen already"
        assert seat.complaints == []
