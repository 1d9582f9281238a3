"""My week: what a person types, sees and hands in."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from budget.models import TimeEntry
from budget.timesheet import hours_text
from implement.testkit.cast import Cast
from projects.models import Membership, Task

Login = Callable[..., Client]
WEEK = date(2026, 3, 2)
URL = f"/timesheet/?week={WEEK}"


def fields(page: str) -> dict[str, str]:
    """Return the hidden and typed fields of the sheet's form."""
    form = page.split('id="sheet"')[1].split("</form>")[0]
    found = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name = re.search(r' name="([^"]*)"', tag)
        value = re.search(r' value="([^"]*)"', tag)
        if name:
            found[name[1]] = unescape(value[1]) if value else ""
    return found


def cell(task: Task, day: int = 0) -> str:
    return f"cell-{task.pk}-{WEEK + timedelta(days=day)}"


def opened(browser: Client, url: str = URL) -> dict[str, str]:
    return fields(browser.get(url).content.decode())


def entry(cast: Cast, day: int = 0, seconds: int = 3600, **more: object) -> TimeEntry:
    return TimeEntry.objects.create(
        **{"project": cast.nordwind, "person": cast.tom.person, "task": cast.setup,
           "worked_on": WEEK + timedelta(days=day), "seconds": seconds} | more
    )  # fmt: skip


class TimesheetTests:
    def test_a_week_is_typed_saved_and_submitted(self, cast: Cast, login: Login) -> None:
        browser = login(cast.tom)
        page = opened(browser)
        typed = {cell(cast.setup, 0): "7.5", cell(cast.setup, 1): "7,5", cell(cast.setup, 2): "7:30"}
        assert set(typed) <= set(page), "what one is assigned to stands on the sheet by itself"
        response = browser.post("/timesheet/", page | typed | {"do": "submit"})
        assert response.status_code == 302, response.content.decode()
        assert list(TimeEntry.objects.values_list("seconds", "status")) == [(27000, "submitted")] * 3
        assert "22.50" in browser.get(URL).content.decode()

    def test_emptying_a_cell_throws_its_hours_away(self, cast: Cast, login: Login) -> None:
        entry(cast)
        browser = login(cast.tom)
        browser.post("/timesheet/", opened(browser) | {cell(cast.setup): "", "do": "save"})
        assert not TimeEntry.objects.exists()
        assert TimeEntry.with_trash.count() == 1

    def test_sending_the_sheet_twice_saves_and_submits_once(self, cast: Cast, login: Login) -> None:
        browser = login(cast.tom)
        data = opened(browser) | {cell(cast.setup): "8", "do": "submit"}
        assert browser.post("/timesheet/", data).status_code == 302
        assert browser.post("/timesheet/", data).status_code == 302
        assert TimeEntry.objects.get().seconds == 8 * 3600

    def test_a_stale_sheet_saves_nothing_and_keeps_what_was_typed(self, cast: Cast, login: Login) -> None:
        browser = login(cast.tom)
        data = opened(browser)
        entry(cast, seconds=2 * 3600)
        response = browser.post("/timesheet/", data | {cell(cast.setup): "5.25", "do": "save"})
        page = response.content.decode()
        assert response.status_code == 409
        assert TimeEntry.objects.get().seconds == 7200
        again = fields(page)
        assert again[cell(cast.setup)] == "5.25"
        assert "stored: 2" in page
        assert browser.post("/timesheet/", again | {"do": "save"}).status_code == 302
        assert TimeEntry.objects.get().seconds == 18900

    def test_a_stale_sheet_does_not_bring_back_what_nobody_typed(self, cast: Cast, login: Login) -> None:
        mine = entry(cast, seconds=3600)
        browser = login(cast.tom)
        data = opened(browser)
        TimeEntry.objects.filter(pk=mine.pk).update(seconds=7200, version=9)
        page = browser.post("/timesheet/", data | {cell(cast.setup, 1): "1", "do": "save"})
        assert page.status_code == 409
        assert fields(page.content.decode())[cell(cast.setup)] == "2"

    @pytest.mark.parametrize("text", ["abc", "7.5.5", "-3", "25", "<script>", "1" * 1_000_000, "\x00"])
    def test_a_bad_cell_names_task_and_day_and_saves_nothing(
        self, cast: Cast, login: Login, text: str
    ) -> None:
        browser = login(cast.tom)
        data = opened(browser) | {cell(cast.setup): "4", cell(cast.setup, 1): text, "do": "save"}
        response = browser.post("/timesheet/", data)
        page = response.content.decode()
        assert response.status_code == 400
        assert "Set up, Tuesday 03 Mar" in page
        assert "<script>" not in page.split("<main")[1]
        assert fields(page)[cell(cast.setup)] == "4"
        assert not TimeEntry.objects.exists()

    def test_a_day_has_24_hours_over_all_projects(self, cast: Cast, login: Login) -> None:
        Membership.objects.create(project=cast.rival, person=cast.tom.person, role="team")
        entry(cast, project=cast.rival, task=cast.rival_task, seconds=20 * 3600)
        browser = login(cast.tom)
        response = browser.post("/timesheet/", opened(browser) | {cell(cast.setup): "4.01", "do": "save"})
        assert response.status_code == 400
        assert "a day has 24" in response.content.decode()
        assert TimeEntry.objects.count() == 1

    def test_foreign_tasks_cannot_be_put_on_the_sheet_or_typed_into(self, cast: Cast, login: Login) -> None:
        browser = login(cast.tom)
        page = browser.get(f"{URL}&add={cast.rival_task.pk}&add=²&add=99999999999999999999")
        assert "Secret rival work" not in page.content.decode()
        data = fields(page.content.decode()) | {cell(cast.rival_task): "4", "do": "save"}
        browser.post("/timesheet/", data)
        assert not TimeEntry.objects.exists()
        assert "Secret" not in browser.get("/timesheet/?find=secret").content.decode()

    def test_a_task_is_found_and_added_without_losing_what_is_typed(self, cast: Cast, login: Login) -> None:
        browser = login(cast.tom)
        found = browser.get(
            f"{URL}&find=kick", headers={"HX-Request": "true", "HX-Target": "timesheet-found"}
        )
        assert "Kick-off" in found.content.decode()
        assert "<html" not in found.content.decode()
        data = opened(browser) | {cell(cast.setup): "3", "add": str(cast.kickoff.pk)}
        response = browser.post("/timesheet/", data)
        assert cell(cast.kickoff) in opened(browser, response["Location"])
        assert TimeEntry.objects.get().seconds == 3 * 3600

    def test_copying_last_week_fills_only_empty_cells(self, cast: Cast, login: Login) -> None:
        entry(cast, day=-7, seconds=3600)
        entry(cast, day=-6, seconds=7200)
        entry(cast, day=0, seconds=1800)
        browser = login(cast.tom)
        browser.post("/timesheet/", opened(browser) | {"do": "copy"})
        this_week = TimeEntry.objects.filter(worked_on__gte=WEEK).order_by("worked_on")
        assert [row.seconds for row in this_week] == [1800, 7200]

    def test_approved_hours_stay_and_rejected_ones_say_why(self, cast: Cast, login: Login) -> None:
        entry(cast, day=0, seconds=7200, status="approved")
        entry(cast, day=1, seconds=3600, status="rejected", decision_note="Wrong <b>task</b>")
        browser = login(cast.tom)
        page = browser.get(URL).content.decode()
        assert "Wrong &lt;b&gt;task" in page
        browser.post("/timesheet/", fields(page) | {cell(cast.setup): "1", "do": "save"})
        assert TimeEntry.objects.get(status="approved").seconds == 7200
        browser.post("/timesheet/", opened(browser) | {cell(cast.setup, 1): "2", "do": "save"})
        assert TimeEntry.objects.get(worked_on=WEEK + timedelta(days=1)).status == "draft"

    def test_hours_without_a_bookable_task_still_count(self, cast: Cast, login: Login) -> None:
        entry(cast, task=None, seconds=5400)
        entry(cast, day=1, seconds=1800)
        Task.objects.filter(pk=cast.setup.pk).update(is_summary=True)
        page = login(cast.tom).get(URL).content.decode()
        assert "No task" in page
        assert "shown only" in page
        assert "<span data-week-total>2.00" in page

    @pytest.mark.parametrize("week", ["nonsense", "2026-13-40", "9999-12-31", "0001-01-01", "\x00"])
    def test_a_week_that_is_none_opens_this_week(self, cast: Cast, login: Login, week: str) -> None:
        assert login(cast.tom).get("/timesheet/", {"week": week}).status_code == 200

    def test_customers_have_no_timesheet(self, cast: Cast, login: Login) -> None:
        assert login(cast.carla).get("/timesheet/").status_code == 403

    @pytest.mark.parametrize("seen", ["", "[]", "{", "null"])
    def test_a_form_without_its_memory_is_still_saved(self, cast: Cast, login: Login, seen: str) -> None:
        browser = login(cast.tom)
        data = opened(browser) | {"seen": seen, cell(cast.setup): "2", "do": "save"}
        assert browser.post("/timesheet/", data).status_code == 302
        assert TimeEntry.objects.get().seconds == 7200

    def test_the_queries_do_not_grow_with_the_rows(self, cast: Cast, login: Login) -> None:
        browser = login(cast.tom)
        entry(cast)
        browser.get(URL)
        with CaptureQueriesContext(
            connection,
        ) as few:
            browser.get(URL)
        for number in range(10):
            task = Task.objects.create(project=cast.nordwind, name=f"Work {number}", position=10 + number)
            for day in range(5):
                entry(cast, day=day, task=task)
        with CaptureQueriesContext(connection) as many:
            assert "Work 9" in browser.get(URL).content.decode()
        assert len(many) <= len(few) <= 20

    @pytest.mark.parametrize(
        ("seconds", "text"), [(0, ""), (27000, "7.5"), (36, "0.01"), (3601, "1:00:01"), (100, "0:01:40")]
    )
    def test_hours_are_shown_as_exactly_what_they_are(self, seconds: int, text: str) -> None:
        assert hours_text(seconds) == text

    def test_the_page_remembers_what_it_showed(self, cast: Cast, login: Login) -> None:
        entry(cast, seconds=27000)
        assert json.loads(opened(login(cast.tom))["seen"]) == {cell(cast.setup): "7.5"}
