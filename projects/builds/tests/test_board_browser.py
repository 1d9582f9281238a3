"""The board in a real browser: dragged by pointer, moved by keys, told by somebody else's move; and in both themes."""

from __future__ import annotations

from typing import Any

import pytest

from implement.testkit.browser import PHONE, Seat, SignIn, axe, body_overflow
from implement.testkit.cast import Cast
from projects.builds.choices import BuildState
from projects.builds.models import BuildItem
from projects.builds.services.board import limit_set
from projects.builds.services.items import item_block
from projects.builds.tests.factories import build, mara, step, tom

pytestmark = [pytest.mark.browser]
BOARD = "/projects/nordwind/builds/board/"


def card(seat: Seat, title: str) -> Any:
    return seat.page.locator("[data-card]", has_text=title)


def column(state: str) -> list[str]:
    """Return the titles of a column as the server keeps them."""
    return list(
        BuildItem.objects.filter(status=state).order_by("position", "pk").values_list("title", flat=True)
    )


def drag(seat: Seat, title: str, state: str, *, above: str = "") -> None:
    """Drag a card into a column with the mouse, above another card or to its end."""
    page = seat.page
    source = card(seat, title).bounding_box()
    target = (card(seat, above) if above else page.locator(f"#column-{state} [data-cards]")).bounding_box()
    page.mouse.move(source["x"] + source["width"] / 2, source["y"] + source["height"] - 12)
    page.mouse.down()
    page.mouse.move(source["x"] + source["width"] / 2 + 12, source["y"] + 30, steps=3)
    y = target["y"] + (6 if above else min(target["height"], 600) - 8)
    page.mouse.move(target["x"] + target["width"] / 2, y, steps=8)
    page.wait_for_timeout(50)
    page.mouse.up()


class PointerTests:
    def test_a_card_is_dragged_to_its_column_and_place(self, cast: Cast, sign_in: SignIn) -> None:
        build(cast, "Below", state=BuildState.DOING)
        build(cast, "Dragged")
        build(cast, "Stays")
        seat = sign_in(cast.mara)
        seat.open(BOARD)
        drag(seat, "Dragged", "doing", above="Below")
        seat.page.locator("#column-doing [data-card][data-state=doing]", has_text="Dragged").wait_for()
        assert column("doing") == ["Dragged", "Below"]
        assert seat.page.inner_text("#column-doing [data-count]").startswith("2")
        assert seat.page.inner_text("#column-todo [data-count]").startswith("1")
        # The click that ends a drag opens nothing.
        assert seat.path() == BOARD
        with seat.page.expect_response("**/move/"):
            drag(seat, "Dragged", "doing")
        assert column("doing") == ["Below", "Dragged"]
        assert seat.complaints == []

    def test_what_is_refused_goes_back_and_says_why(self, cast: Cast, sign_in: SignIn) -> None:
        limit_set(entry=mara(cast), state="doing", limit=1)
        build(cast, "First", state=BuildState.DOING)
        item_block(item=build(cast, "Waits"), entry=tom(cast), reason="No test data")
        build(cast, "Second")
        seat = sign_in(cast.mara)
        seat.open(BOARD)
        for title, words in (("Second", "takes at most 1"), ("Waits", "is blocked: No test data")):
            drag(seat, title, "doing")
            seat.page.get_by_text(words).wait_for()
            assert card(seat, title).locator("xpath=ancestor::section").get_attribute("id") == "column-todo"
        assert column("doing") == ["First"]

    def test_a_finger_drags_by_the_handle(self, cast: Cast, sign_in: SignIn) -> None:
        build(cast, "Touched")
        seat = sign_in(cast.mara)
        hand = seat.page.context.new_cdp_session(seat.page)
        hand.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
        seat.open(BOARD)
        grip = card(seat, "Touched").locator("[data-grip]").bounding_box()
        target = seat.page.locator("#column-doing [data-cards]").bounding_box()
        begin, end = (grip["x"] + 8, grip["y"] + 8), (target["x"] + 60, target["y"] + 40)
        for part in range(11):
            x, y = (begin[at] + (end[at] - begin[at]) * part / 10 for at in (0, 1))
            kind = "touchMove" if part else "touchStart"
            hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
            seat.page.wait_for_timeout(20)
        with seat.page.expect_response("**/move/"):
            hand.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        assert column("doing") == ["Touched"]

    def test_going_back_asks_why(self, cast: Cast, sign_in: SignIn) -> None:
        build(cast, "Wrong", state=BuildState.REVIEW)
        seat = sign_in(cast.mara)
        seat.open(BOARD)
        drag(seat, "Wrong", "doing")
        seat.page.get_by_label("Reason").fill("The totals are wrong")
        seat.page.get_by_role("button", name="Move", exact=True).click()
        seat.page.locator("#column-doing [data-card][data-state=doing]", has_text="Wrong").wait_for()
        assert column("doing") == ["Wrong"]

    def test_somebody_elses_move_is_told_and_shown(self, cast: Cast, sign_in: SignIn) -> None:
        row = build(cast, "Shared")
        build(cast, "Other")
        seat = sign_in(cast.mara)
        seat.open(BOARD)
        step(cast, row, "start")
        drag(seat, "Shared", "doing")
        seat.page.get_by_text("has been moved to “In progress” meanwhile").wait_for()
        seat.page.locator("#column-doing [data-card][data-state=doing]", has_text="Shared").wait_for()
        assert column("doing") == ["Shared"]
        # The board that was drawn anew can be moved, too.
        drag(seat, "Other", "doing")
        seat.page.locator("#column-doing [data-card][data-state=doing]", has_text="Other").wait_for()


class KeyTests:
    def test_a_card_is_moved_by_keys_and_each_step_is_said(self, cast: Cast, sign_in: SignIn) -> None:
        for title in ("One", "Two"):
            build(cast, title)
        seat = sign_in(cast.mara)
        seat.open(BOARD)
        page, live = seat.page, seat.page.locator("[data-board-live]")
        card(seat, "Two").locator("[data-grip]").focus()
        page.keyboard.press("Space")
        assert "BLD-002 Two is picked up. To do, place 2 of 2." in live.inner_text()
        page.keyboard.press("ArrowUp")
        assert live.inner_text() == "To do, place 1 of 2"
        page.keyboard.press("Escape")
        assert live.inner_text() == "BLD-002 Two is back in To do, place 2 of 2."
        page.keyboard.press("Enter")
        page.keyboard.press("ArrowRight")
        assert live.inner_text() == "In progress, place 1 of 1"
        page.keyboard.press("Space")
        page.get_by_text("BLD-002 Two is in In progress, place 1 of 1.").wait_for(state="attached")
        assert column("doing") == ["Two"]
        assert page.evaluate("document.activeElement.matches('[data-grip]')")
        assert seat.complaints == []

    def test_leaving_a_card_that_is_picked_up_puts_it_back(self, cast: Cast, sign_in: SignIn) -> None:
        build(cast, "One")
        seat = sign_in(cast.mara)
        seat.open(BOARD)
        card(seat, "One").locator("[data-grip]").focus()
        seat.page.keyboard.press("Space")
        seat.page.keyboard.press("ArrowRight")
        seat.page.locator(".filters [name=q]").focus()
        seat.page.locator("#column-todo [data-card]", has_text="One").wait_for()
        assert column("doing") == []


class LookTests:
    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_the_board_is_for_everybody(self, cast: Cast, sign_in: SignIn, theme: Any) -> None:
        limit_set(entry=mara(cast), state="doing", limit=1)
        build(cast, "Full", state=BuildState.DOING, priority=1)
        item_block(item=build(cast, "Waits", owner=None), entry=tom(cast), reason="No test data")
        seat = sign_in(cast.mara, theme=theme)
        seat.open(BOARD)
        assert axe(seat.page, theme=theme) == []

    def test_it_fits_a_phone_and_scrolls_within_itself(self, cast: Cast, sign_in: SignIn) -> None:
        build(cast, "One")
        seat = sign_in(cast.tom, size=PHONE)
        seat.open(BOARD)
        assert body_overflow(seat.page) <= 0
        card(seat, "One").locator("[data-grip]").click()
        seat.page.get_by_label("Move to").select_option("doing")
        seat.page.get_by_role("button", name="Move", exact=True).click()
        seat.page.get_by_text("is in “In progress”").wait_for()
        assert column("doing") == ["One"]
