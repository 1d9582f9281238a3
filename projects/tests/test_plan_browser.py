"""The plan worked on in a real browser: keys, bars, links, what moves, what is taken back, two at once."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, expect

from implement.testkit.browser import PATIENCE, PHONE, Seat, SignIn, axe, body_overflow
from implement.testkit.cast import Cast
from projects import services
from projects.models import Dependency, Task

expect.set_options(timeout=PATIENCE)
pytestmark = [pytest.mark.browser]
PLAN = "/projects/nordwind/plan/?zoom=day"
# What the browser itself writes when an edit is refused, which the page tells in its own words.
REFUSED = ("status of 400", "status of 409")


def open_plan(seat: Seat, address: str = PLAN) -> None:
    """Open the plan and wait until its script has taken over."""
    seat.open(address)
    seat.page.wait_for_selector("[data-gantt]:not([hidden])")
    seat.page.wait_for_selector("[data-plan][data-ready]")


def cell(seat: Seat, name: str, column: str) -> Locator:
    """Return a cell of the tree."""
    return seat.page.locator(f".gantt-row:has(.gantt-name:text-is('{name}')) [data-col={column}]")


def saved(seat: Seat) -> None:
    """Wait until nothing is on its way to the server."""
    expect(seat.page.locator("[data-gantt]")).to_have_attribute("aria-busy", "false", timeout=PATIENCE)


def bar(seat: Seat, task: Task) -> tuple[float, float, float]:
    """Return left, middle and right of a task's bar; the pointer is brought near, so that it can be taken."""
    mark = seat.page.locator(f"[data-mark='{task.pk}'] > :first-child")
    mark.scroll_into_view_if_needed()
    mark.hover()
    box = mark.bounding_box()
    assert box is not None
    return box["x"], box["y"] + box["height"] / 2, box["x"] + box["width"]


def drag(seat: Seat, begin: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag with the pointer, in steps as a hand does."""
    seat.page.mouse.move(*begin)
    seat.page.mouse.down()
    seat.page.mouse.move((begin[0] + end[0]) / 2, (begin[1] + end[1]) / 2, steps=4)
    seat.page.mouse.move(*end, steps=4)
    seat.page.mouse.up()


def complaints(seat: Seat) -> list[str]:
    return [text for text in seat.complaints if not any(words in text for words in REFUSED)]


class KeyboardTests:
    def test_edit_add_indent_delete_and_take_back_without_a_mouse(self, cast: Cast, sign_in: SignIn) -> None:
        seat = sign_in(cast.mara)
        keys = seat.page.keyboard
        open_plan(seat)
        cell(seat, "Kick-off", "name").focus()
        keys.press("ArrowRight")
        keys.press("F2")
        keys.type("soon")
        keys.press("Enter")
        expect(seat.page.get_by_role("alert")).to_contain_text("is no duration")
        keys.press("ControlOrMeta+a")
        keys.type("3d")
        keys.press("Enter")
        expect(cell(seat, "Go-live", "finish")).to_have_text("11 Mar 26")
        expect(cell(seat, "Kick-off", "duration")).to_be_focused()
        keys.press("ControlOrMeta+z")
        expect(cell(seat, "Go-live", "finish")).to_have_text("9 Mar 26")
        keys.press("Insert")
        keys.type("Agree the scope")
        keys.press("Enter")
        expect(cell(seat, "Agree the scope", "name")).to_be_focused()
        keys.press("Alt+Shift+ArrowRight")
        saved(seat)
        expect(cell(seat, "Kick-off", "name").locator("xpath=..")).to_have_attribute("aria-expanded", "true")
        assert str(Task.objects.get(name="Agree the scope")) == "1.1 Agree the scope"
        keys.press("Delete")
        expect(seat.page.locator("[data-notice-text]")).to_contain_text("Deleted 1 task")
        seat.page.get_by_role("button", name="Undo").click()
        expect(cell(seat, "Agree the scope", "name")).to_be_visible()
        assert str(Task.objects.get(name="Agree the scope")) == "1.1 Agree the scope"
        cell(seat, "Kick-off", "name").focus()
        keys.press("ArrowLeft")
        expect(cell(seat, "Agree the scope", "name")).to_have_count(0)
        keys.press("?")
        expect(seat.page.get_by_role("dialog", name="Keys of the plan")).to_be_visible()
        assert axe(seat.page) == []
        assert complaints(seat) == []

    def test_predecessors_people_and_dates_in_their_cells(self, cast: Cast, sign_in: SignIn) -> None:
        seat = sign_in(cast.mara, size=(1700, 900))
        keys = seat.page.keyboard
        open_plan(seat)
        cell(seat, "Go-live", "predecessors").focus()
        keys.press("Enter")
        keys.type("2FS+2d, 1SS")
        keys.press("Enter")
        expect(cell(seat, "Go-live", "finish")).to_have_text("11 Mar 26")
        assert Dependency.objects.filter(successor=cast.go_live).count() == 2
        cell(seat, "Set up", "people").focus()
        keys.press("Enter")
        assert axe(seat.page) == []
        seat.page.get_by_label("Tess Team").check()
        seat.page.locator("[data-pop]").get_by_role("button", name="Save").click()
        expect(cell(seat, "Set up", "people").get_by_role("img")).to_have_attribute(
            "aria-label", "Tess Team, Tom Team"
        )
        cell(seat, "Set up", "start").focus()
        keys.press("Enter")
        seat.page.get_by_label("Date", exact=True).fill("2026-03-12")
        keys.press("Enter")
        expect(cell(seat, "Set up", "start")).to_contain_text("12 Mar 26")
        expect(cell(seat, "Set up", "start")).to_be_focused()
        assert Task.objects.get(pk=cast.setup.pk).constraint == "SNET"
        assert complaints(seat) == []


class PointerTests:
    def test_a_bar_that_is_dragged_shows_what_moves_before_it_is_saved(
        self, cast: Cast, sign_in: SignIn
    ) -> None:
        seat = sign_in(cast.mara)
        open_plan(seat)
        left, middle, right = bar(seat, cast.kickoff)
        grip = ((left + right) / 2, middle)
        drag(seat, grip, (grip[0] + 3 * 26, middle))
        bottom = seat.page.locator("[data-pending-bar]")
        expect(bottom).to_contain_text("2 other tasks move")
        expect(bottom).to_contain_text("+3 working days")
        expect(seat.page.locator(".gantt-mark.is-preview")).to_have_count(3)
        assert axe(seat.page) == []
        assert axe(seat.page, theme="dark") == []
        seat.page.keyboard.press("Escape")
        expect(bottom).to_be_hidden()
        assert Task.objects.get(pk=cast.kickoff.pk).constraint == "ASAP"
        drag(seat, grip, (grip[0] + 3 * 26, middle))
        bottom.get_by_role("button", name="Save").click()
        saved(seat)
        expect(cell(seat, "Kick-off", "start")).to_contain_text("5 Mar 26")
        assert Task.objects.get(pk=cast.kickoff.pk).constraint == "SNET"
        seat.page.get_by_role("button", name="Undo").click()
        expect(cell(seat, "Kick-off", "start")).to_have_text("2 Mar 26")
        assert complaints(seat) == []

    def test_length_and_progress_are_dragged(self, cast: Cast, sign_in: SignIn) -> None:
        seat = sign_in(cast.mara)
        open_plan(seat)
        _, middle, right = bar(seat, cast.setup)
        # To Saturday: it lasts until Friday.
        drag(seat, (right - 2, middle), (right - 2 - 2 * 26, middle))
        seat.page.locator("[data-pending-bar]").get_by_role("button", name="Save").click()
        saved(seat)
        assert Task.objects.get(pk=cast.setup.pk).duration_minutes == 4 * 480
        # The bar is where it stays from here on.
        expect(cell(seat, "Set up", "duration")).to_have_text("4d")
        left, middle, right = bar(seat, cast.setup)
        drag(seat, (left, middle + 9), ((left + right) / 2, middle + 9))
        expect(cell(seat, "Set up", "done")).to_have_text("50 %")
        assert complaints(seat) == []

    def test_a_link_is_drawn_changed_and_removed_and_a_circle_is_refused(
        self, cast: Cast, sign_in: SignIn
    ) -> None:
        seat = sign_in(cast.mara)
        extra = Task.objects.create(project=cast.nordwind, name="Check", position=9, duration_minutes=480)
        services.tree_renumber(cast.nordwind)
        services.plan_schedule(project=cast.nordwind)
        open_plan(seat)
        left, below, _ = bar(seat, extra)
        _, middle, right = bar(seat, cast.setup)
        drag(seat, (right + 8, middle), (left + 3, below))
        seat.page.locator("[data-pending-bar]").get_by_role("button", name="Save").click()
        expect(cell(seat, "Check", "predecessors")).to_have_text("2")
        # And back: the circle is told while it is only tried out.
        _, middle, right = bar(seat, extra)
        left, above, _ = bar(seat, cast.kickoff)
        bar(seat, extra)
        drag(seat, (right + 8, middle), (left + 3, above))
        expect(seat.page.locator("[data-notice-text]")).to_contain_text("wait for each other: ")
        link = Dependency.objects.get(successor=extra)
        line = seat.page.locator(f"[data-link='{cast.setup.pk}-{extra.pk}'] .gantt-link-hit")
        line.dispatch_event("click", {"clientX": 900, "clientY": 400, "bubbles": True})
        seat.page.get_by_label("Lag").fill("2d")
        seat.page.keyboard.press("Enter")
        expect(cell(seat, "Check", "predecessors")).to_have_text("2FS+2d")
        line.dispatch_event("click", {"clientX": 900, "clientY": 400, "bubbles": True})
        seat.page.get_by_role("button", name="Remove the link").click()
        expect(cell(seat, "Check", "predecessors")).to_have_text("")
        assert not Dependency.objects.filter(pk=link.pk).exists()
        assert complaints(seat) == []


class TogetherTests:
    def test_two_who_edit_one_task_see_both_and_choose(self, cast: Cast, sign_in: SignIn) -> None:
        first, second = sign_in(cast.mara), sign_in(cast.ada)
        open_plan(first)
        open_plan(second)
        for seat, name in ((first, "Install"), (second, "Configure")):
            cell(seat, "Set up", "name").focus()
            seat.page.keyboard.press("F2")
            seat.page.keyboard.type(name)
            seat.page.keyboard.press("Enter")
            if seat is first:
                expect(cell(first, "Install", "name")).to_be_visible()
        dialog = second.page.get_by_role("dialog", name="Two of you edited this")
        expect(dialog).to_contain_text("Configure")
        expect(dialog).to_contain_text("Install")
        assert axe(second.page) == []
        dialog.get_by_role("button", name="Save mine over it").click()
        expect(cell(second, "Configure", "name")).to_be_visible()
        assert Task.objects.get(pk=cast.setup.pk).name == "Configure"


class OthersTests:
    def test_the_team_says_how_far_its_own_tasks_are_and_edits_nothing_else(
        self, cast: Cast, sign_in: SignIn
    ) -> None:
        seat = sign_in(cast.tom, theme="dark")
        open_plan(seat)
        cell(seat, "Set up", "done").focus()
        seat.page.keyboard.press("Enter")
        seat.page.keyboard.type("40")
        seat.page.keyboard.press("Enter")
        expect(cell(seat, "Set up", "done")).to_have_text("40 %")
        for name, column in (("Kick-off", "done"), ("Set up", "name"), ("Set up", "start")):
            cell(seat, name, column).focus()
            seat.page.keyboard.press("F2")
            expect(seat.page.locator(".gantt-input, .gantt-pop[open]")).to_have_count(0)
        seat.page.keyboard.press("Delete")
        assert Task.objects.filter(project=cast.nordwind).count() == 3
        assert axe(seat.page, theme="dark") == []
        assert complaints(seat) == []

    def test_filters_collapse_and_zoom_stay_in_the_address(self, cast: Cast, sign_in: SignIn) -> None:
        seat = sign_in(cast.mara)
        open_plan(seat, "/projects/nordwind/plan/?q=set&zoom=week")
        expect(seat.page.locator(".gantt-row")).to_have_count(1)
        seat.page.get_by_label("Search", exact=True).fill("")
        expect(seat.page.locator(".gantt-row")).to_have_count(3)
        seat.page.get_by_role("button", name="Zoom in").click()
        assert seat.path().endswith("/plan/?zoom=day")

    def test_the_driving_path_of_the_task_one_stands_on(self, cast: Cast, sign_in: SignIn) -> None:
        services.task_save(task=Task(project=cast.nordwind, name="Aside", position=9), actor=cast.mara)
        seat = sign_in(cast.mara)
        open_plan(seat)
        cell(seat, "Set up", "name").focus()
        seat.page.get_by_label("Show", exact=True).select_option("driving")
        expect(seat.page.locator(".gantt-row")).to_have_count(2)
        assert seat.path().endswith(f"/plan/?show=driving&task={cast.setup.pk}&zoom=day")
        # Standing elsewhere on the path leaves the path as it is, and the address shows the same.
        cell(seat, "Kick-off", "name").focus()
        open_plan(seat, seat.path())
        expect(seat.page.locator(".gantt-row .gantt-name")).to_have_text(["Kick-off", "Set up"])
        bar(seat, cast.setup)
        tip = seat.page.locator(f"[data-mark='{cast.setup.pk}'] > :first-child")
        expect(tip).to_have_attribute("data-tip", re.compile("Held by 1 Kick-off"))

    def test_a_status_date_moves_what_is_left_and_is_drawn(self, cast: Cast, sign_in: SignIn) -> None:
        seat = sign_in(cast.mara)
        open_plan(seat)
        seat.page.get_by_label("Status date").fill("2026-03-16")
        seat.page.get_by_role("button", name="Set", exact=True).click()
        open_plan(seat)
        expect(cell(seat, "Kick-off", "start")).to_have_text("16 Mar 26")
        expect(seat.page.locator("[data-chart] .chart-status")).to_have_count(1)
        assert axe(seat.page) == []
        assert complaints(seat) == []

    def test_the_grey_bars_follow_the_baseline_that_is_chosen(self, cast: Cast, sign_in: SignIn) -> None:
        for name, longer in (("First", 0), ("Second", 4800)):
            cast.kickoff.duration_minutes += longer
            services.task_save(task=cast.kickoff, actor=cast.mara)
            services.baseline_take(project=cast.nordwind, name=name, actor=cast.mara, budgets={})
        seat = sign_in(cast.mara)
        open_plan(seat)
        ghost = seat.page.locator("[data-row] .chart-ghost").first
        before = float(ghost.get_attribute("width") or 0)
        seat.page.get_by_label("Grey bars").select_option("0")
        expect(ghost).not_to_have_attribute("width", f"{before:g}")
        assert float(ghost.get_attribute("width") or 0) < before
        assert "baseline=0" in seat.path()

    def test_it_reads_on_a_phone(self, cast: Cast, sign_in: SignIn) -> None:
        seat = sign_in(cast.mara, size=PHONE)
        open_plan(seat)
        expect(cell(seat, "Kick-off", "name")).to_be_visible()
        assert body_overflow(seat.page) == 0
        assert axe(seat.page) == []

    def test_without_a_script_the_plan_reads_and_its_forms_save(
        self, cast: Cast, sign_in: SignIn, chromium: Browser
    ) -> None:
        seat = sign_in(cast.mara)
        context = chromium.new_context(java_script_enabled=False)
        context.add_cookies(seat.page.context.cookies(seat.base))  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(f"{seat.base}/projects/nordwind/plan/")
        assert "Set up" in page.inner_text(".plan-tasks")
        assert page.locator(".plan-body svg").is_visible()
        page.goto(f"{seat.base}/projects/nordwind/tasks/{cast.kickoff.pk}/edit/")
        page.fill("[name=duration_minutes]", "24")
        page.get_by_role("button", name="Save").click()
        page.goto(f"{seat.base}/projects/nordwind/plan/")
        assert "11 Mar 26" in page.inner_text(".plan-tasks")
        context.close()
