"""The roadmap in a real browser: cards moved by pointer and by keys, and what is told of it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from implement.testkit.browser import PATIENCE, PHONE, Seat, SignIn, axe, body_overflow
from implement.testkit.cast import Cast
from projects.kit.access import enter
from projects.requirements.models import Release, Requirement
from projects.requirements.services.roadmap import release_save, requirements_place
from projects.requirements.tests.factories import validated, write
from projects.requirements.workflows import REQUIREMENT_WORKFLOW

expect.set_options(timeout=PATIENCE)
pytestmark = [pytest.mark.browser]
ROADMAP = "/projects/nordwind/roadmap/"


def plan(cast: Cast) -> tuple[Requirement, Release, Release]:
    """Let Mara plan two releases, and write two requirements down."""
    releases = [
        release_save(
            release=Release(project=cast.nordwind, name=name, title=f"What {name} brings"),
            entry=enter(cast.mara, "nordwind", "requirements.plan"),
        )
        for name in ("Release 1", "Release 2")
    ]
    need = write(cast, estimate_seconds=36000)
    write(cast, "Export orders")
    return need, releases[0], releases[1]


def stands_in(need: Requirement) -> str:
    need.refresh_from_db()
    return str(need.release or "")


def said(seat: Seat, words: str) -> None:
    """Wait until a screen reader is told."""
    expect(seat.page.locator("#road-said")).to_contain_text(words)


def middle(seat: Seat, selector: str) -> tuple[float, float]:
    box = seat.page.locator(selector).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


class PointerTests:
    def test_a_card_is_dragged_into_a_release_and_the_sums_follow(self, cast: Cast, sign_in: SignIn) -> None:
        need, first, _ = plan(cast)
        seat = sign_in(cast.mara)
        seat.open(ROADMAP)
        mouse = seat.page.mouse
        mouse.move(*middle(seat, f"[data-card='{need.pk}'] .road-title"))
        mouse.down()
        x, y = middle(seat, f"[data-column='{first.pk}'] h2")
        mouse.move(x - 40, y, steps=5)
        mouse.move(x, y, steps=5)
        expect(seat.page.locator(f"[data-column='{first.pk}']")).to_have_class("road-column is-target")
        mouse.up()
        expect(seat.page.locator(f"[data-column='{first.pk}'] [data-card='{need.pk}']")).to_be_visible()
        expect(seat.page.locator(f"[data-column='{first.pk}'] .road-sums")).to_contain_text("10 h")
        said(seat, "REQ-001 is in Release 1 now.")
        assert stands_in(need) == "Release 1"
        assert not seat.complaints

    def test_escape_leaves_a_dragged_card_where_it_was(self, cast: Cast, sign_in: SignIn) -> None:
        need, first, _ = plan(cast)
        seat = sign_in(cast.mara)
        seat.open(ROADMAP)
        mouse = seat.page.mouse
        mouse.move(*middle(seat, f"[data-card='{need.pk}'] .road-title"))
        mouse.down()
        mouse.move(*middle(seat, f"[data-column='{first.pk}'] h2"), steps=5)
        seat.page.keyboard.press("Escape")
        mouse.up()
        expect(seat.page.locator(".road-ghost")).to_have_count(0)
        assert stands_in(need) == ""

    def test_what_is_refused_is_told_and_the_card_stays(self, cast: Cast, sign_in: SignIn) -> None:
        need, first, _ = plan(cast)
        seat = sign_in(cast.mara)
        seat.open(ROADMAP)
        # Somebody defers it meanwhile.
        entry = enter(cast.mara, "nordwind", "requirements.decide")
        REQUIREMENT_WORKFLOW.perform(name="defer", item=need, entry=entry, reason="Later")
        mouse = seat.page.mouse
        mouse.move(*middle(seat, f"[data-card='{need.pk}'] .road-title"))
        mouse.down()
        mouse.move(*middle(seat, f"[data-column='{first.pk}'] h2"), steps=5)
        mouse.up()
        expect(seat.page.get_by_role("alert")).to_contain_text("only what is in scope is placed")
        said(seat, "stays where it was")
        assert stands_in(need) == ""


class KeyboardTests:
    def test_a_card_is_picked_up_carried_and_put_down(self, cast: Cast, sign_in: SignIn) -> None:
        need, _, second = plan(cast)
        seat = sign_in(cast.mara)
        seat.open(ROADMAP)
        keys = seat.page.keyboard
        grip = seat.page.locator(f"[data-card='{need.pk}'] [data-grip]")
        grip.focus()
        keys.press("Space")
        said(seat, "REQ-001 is picked up from Not placed yet, 1 of 3.")
        expect(grip).to_have_attribute("aria-pressed", "true")
        keys.press("ArrowRight")
        said(seat, "Release 1, 2 of 3.")
        keys.press("ArrowRight")
        keys.press("Space")
        said(seat, "REQ-001 is in Release 2 now.")
        expect(
            seat.page.locator(f"[data-column='{second.pk}'] [data-card='{need.pk}'] [data-grip]")
        ).to_be_focused()
        assert stands_in(need) == "Release 2"
        keys.press("Enter")
        keys.press("Home")
        keys.press("Escape")
        said(seat, "REQ-001 stays in Release 2.")
        assert stands_in(need) == "Release 2"
        assert not seat.complaints


class LinkTests:
    def test_a_long_list_of_tasks_is_narrowed_by_words(self, cast: Cast, sign_in: SignIn) -> None:
        need, _, _ = plan(cast)
        seat = sign_in(cast.mara)
        seat.open(f"{ROADMAP}link/?rows={need.pk}")
        options = seat.page.locator("#id_tasks option:visible")
        expect(options).to_have_count(2)
        seat.page.get_by_label("Narrow the list").fill("set UP")
        expect(options).to_have_count(1)
        seat.page.locator("#id_tasks").select_option(label="2 Set up")
        seat.page.get_by_role("button", name="Link", exact=True).click()
        expect(seat.page.get_by_text("1 link added.")).to_be_visible()
        assert not seat.complaints


class FaceTests:
    def test_who_may_not_plan_has_nothing_to_move(self, cast: Cast, sign_in: SignIn) -> None:
        plan(cast)
        seat = sign_in(cast.tom)
        seat.open(ROADMAP)
        expect(seat.page.locator("[data-card]")).to_have_count(2)
        expect(seat.page.locator("[data-grip], #bulk")).to_have_count(0)

    def test_it_is_for_everybody_in_light_and_dark_and_on_a_phone(self, cast: Cast, sign_in: SignIn) -> None:
        need, first, _ = plan(cast)
        seat = sign_in(cast.mara)
        for page in (
            "", "?by=quarter", "orphans/", f"link/?rows={need.pk}", f"tasks/?rows={need.pk}", f"place/?rows={need.pk}",
            f"releases/{first.pk}/",
        ):  # fmt: skip
            address = f"{ROADMAP}{page}"
            seat.open(address)
            assert not axe(seat.page), address
            assert not axe(seat.page, theme="dark"), address
        phone = sign_in(cast.mara, size=PHONE)
        phone.open(ROADMAP)
        assert body_overflow(phone.page) == 0

    def test_the_customers_page_is_for_everybody_too(self, cast: Cast, sign_in: SignIn) -> None:
        entry = enter(cast.mara, "nordwind", "requirements.plan")
        row = Release(
            project=cast.nordwind, name="R", title="Sales begins", is_published=True, goal="You sell"
        )
        release_save(release=row, entry=entry)
        need = validated(cast)
        requirements_place(requirements=[need], release=row, entry=entry)
        seat = sign_in(cast.carla, size=PHONE)
        seat.open("/portal/nordwind/roadmap/")
        seat.page.get_by_text("1 requirement, 1 agreed").click()
        expect(seat.page.get_by_text("REQ-001 Import orders")).to_be_visible()
        assert not axe(seat.page)
        assert not axe(seat.page, theme="dark")
        assert body_overflow(seat.page) == 0
