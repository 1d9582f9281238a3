"""Hours in a real browser: typed by keyboard only, approved with a few keys."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from budget.models import TimeEntry, Timer
from implement.testkit.browser import SignIn
from implement.testkit.cast import STARTS_ON, Cast

pytestmark = [pytest.mark.browser]


class TimeInTheBrowserTests:
    def test_a_week_is_logged_by_keyboard_only(self, cast: Cast, sign_in: SignIn) -> None:
        seat = sign_in(cast.tom)
        seat.open(f"/timesheet/?week={STARTS_ON}")
        keyboard = seat.page.keyboard
        seat.page.locator(f"[name='cell-{cast.setup.pk}-{STARTS_ON}']").focus()
        for text in ("7.5", "7,5", "7:30"):
            keyboard.type(text)
            keyboard.press("ArrowRight")
        assert seat.page.inner_text("tfoot [data-week-total]") == "22.50"
        assert seat.page.inner_text("[data-dirty]") == "Not saved yet"
        keyboard.type("oops")
        assert seat.page.locator(":focus").get_attribute("aria-invalid") == "true"
        keyboard.press("Escape")
        keyboard.press("Control+s")
        seat.page.wait_for_load_state("load")
        seat.page.get_by_text("3 cells changed").wait_for()
        saved = TimeEntry.objects.filter(person=cast.tom.person)
        assert sorted((row.worked_on, row.seconds) for row in saved) == [
            (STARTS_ON + timedelta(days=day), 27_000) for day in range(3)
        ]
        seat.page.get_by_role("button", name="Save and submit the week").focus()
        keyboard.press("Enter")
        seat.page.get_by_text("3 entries submitted").wait_for()
        assert not saved.exclude(status="submitted").exists()
        assert seat.complaints == []

    def test_a_manager_approves_a_persons_week_at_once(self, cast: Cast, sign_in: SignIn) -> None:
        for day in range(5):
            TimeEntry.objects.create(
                project=cast.nordwind,
                person=cast.tom.person,
                task=cast.setup,
                worked_on=STARTS_ON + timedelta(days=day),
                seconds=8 * 3600,
                status="submitted",
            )
        seat = sign_in(cast.mara)
        seat.open("/projects/nordwind/time/approvals/")
        approve = seat.page.get_by_role("button", name="Approve")
        assert approve.is_disabled()
        seat.page.get_by_label("Select all of Tom Team").press("Space")
        assert seat.page.inner_text("[data-selected]") == "5 selected, 40.00 h"
        seat.page.get_by_role("button", name="Reject").press("Enter")
        assert seat.page.inner_text("[data-selected]") == "A rejection needs a reason."
        approve.press("Enter")
        seat.page.get_by_text("5 time entries approved").wait_for()
        assert {row.status for row in TimeEntry.objects.all()} == {"approved"}
        assert {row.cost for row in TimeEntry.objects.all()} == {640}
        assert seat.complaints == []

    def test_the_timer_runs_on_over_pages_and_is_logged(self, cast: Cast, sign_in: SignIn) -> None:
        seat = sign_in(cast.tom)
        seat.open(f"/timesheet/?add={cast.setup.pk}")
        seat.page.get_by_role("button", name="Start the timer on Set up").press("Enter")
        seat.page.get_by_text("The timer runs on").wait_for()
        Timer.objects.update(started_at=timezone.now() - timedelta(minutes=61))
        seat.open("/projects/nordwind/plan/")
        assert seat.page.inner_text(".timer-chip time") == "1:01"
        seat.page.get_by_role("button", name="Stop the timer on Set up").press("Enter")
        seat.page.get_by_text("h logged on").wait_for()
        assert sum(TimeEntry.objects.values_list("seconds", flat=True)) in range(3660, 3720)
        assert seat.page.locator(".timer-chip").count() == 0
        assert seat.complaints == []

    def test_approved_hours_are_corrected(self, cast: Cast, sign_in: SignIn) -> None:
        row = TimeEntry.objects.create(
            project=cast.nordwind, person=cast.tom.person, task=cast.setup, worked_on=STARTS_ON, seconds=7200,
            status="approved",
        )  # fmt: skip
        seat = sign_in(cast.mara)
        seat.open(f"/projects/nordwind/time/{row.pk}/")
        seat.page.get_by_role("link", name="Correct").press("Enter")
        seat.page.get_by_label("Reason").fill("Half an hour less")
        seat.page.locator("[name=seconds]").fill("1.5")
        seat.page.get_by_role("button", name="Correct").press("Enter")
        seat.page.get_by_text("The hours are taken back").wait_for()
        table = seat.page.get_by_role("region", name="Entries of the correction")
        assert "Reversed by" in table.inner_text()
        assert "-2.00" in table.inner_text()
        assert "1.50" in table.inner_text()
        assert sorted(TimeEntry.objects.values_list("seconds", flat=True)) == [-7200, 5400, 7200]
        assert seat.complaints == []

    def test_what_stands_above_is_taken_over(self, cast: Cast, sign_in: SignIn) -> None:
        seat = sign_in(cast.tom)
        seat.open(f"/timesheet/?week={STARTS_ON}&add={cast.kickoff.pk}")
        above = seat.page.locator(f"[name='cell-{cast.kickoff.pk}-{STARTS_ON}']")
        above.fill("2.5")
        below = seat.page.locator(f"[name='cell-{cast.setup.pk}-{STARTS_ON}']")
        below.press("Control+d")
        assert below.input_value() == "2.5"
        assert seat.complaints == []
