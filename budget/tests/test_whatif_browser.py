"""A what-if in a real browser: edited in place, wrong and right, accepted; read by everybody, also on a phone."""

from __future__ import annotations

import pytest

from budget.choices import WhatIfState
from budget.models import WhatIf
from budget.tests.test_whatif import begun
from implement.testkit.browser import PHONE, SignIn, axe, body_overflow
from implement.testkit.cast import Cast
from projects.models import Task

pytestmark = [pytest.mark.browser]
ROOT = "/projects/nordwind/what-ifs/"


class JourneyTests:
    def test_edited_in_place_and_accepted(self, cast: Cast, sign_in: SignIn) -> None:
        what_if = begun(cast)
        seat = sign_in(cast.mara)
        seat.open(f"{ROOT}{what_if.pk}/")
        page = seat.page
        page.evaluate("window.isSamePage = true")
        page.get_by_role("link", name="Change Set up, 5 d").click()
        days = page.get_by_label("Working days")
        days.fill("-2")
        page.get_by_role("button", name="Save").click()
        page.get_by_text("greater than or equal to 0").wait_for()
        page.get_by_label("Working days").fill("7")
        page.get_by_role("button", name="Save").click()
        page.get_by_text("Working time 5 d → 7 d").wait_for()
        assert "+2 working days" in page.inner_text("main")
        assert page.evaluate("window.isSamePage"), "Editing loaded the whole page again."
        for theme in ("light", "dark"):
            page.get_by_role("link", name="Change Set up, 7 d").click()
            page.get_by_label("Working days").wait_for()
            assert axe(page, theme=theme) == []
            page.get_by_role("link", name="Cancel").click()
            page.get_by_label("Working days").wait_for(state="detached")
        with page.expect_navigation():
            page.get_by_role("button", name="Accept into the plan").click()
        assert "is in the plan" in page.inner_text("main")
        assert Task.objects.get(pk=cast.setup.pk).duration_minutes == 7 * 480
        assert WhatIf.objects.get().status == WhatIfState.ACCEPTED
        assert [line for line in seat.complaints if "422" not in line] == []

    def test_readable_on_a_phone(self, cast: Cast, sign_in: SignIn) -> None:
        what_if = begun(cast)
        seat = sign_in(cast.fay, size=PHONE)
        seat.open(f"{ROOT}{what_if.pk}/?edit=added")
        assert body_overflow(seat.page) <= 0
        assert seat.page.get_by_role("link", name="Set up", exact=True).bounding_box()["width"] > 20
