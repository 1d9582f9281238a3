"""A change in a real browser: worked out by one, sent by another, decided by the customer, implemented."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from budget.choices import ChangeState
from budget.models import ChangeRequest
from implement.testkit.browser import PHONE, Seat, SignIn, axe, body_overflow
from implement.testkit.cast import Cast
from projects.models import Baseline
from projects.signoffs.models import Decision, ResponseRequest
from projects.signoffs.selectors import link_of

pytestmark = [pytest.mark.browser]
ROOT = "/projects/nordwind/changes/"


class JourneyTests:
    def test_from_the_wish_to_the_new_baseline(self, cast: Cast, sign_in: SignIn) -> None:
        change = self.raise_one(sign_in(cast.tom))
        self.work_out(sign_in(cast.fay), cast, change)
        manager = sign_in(cast.mara)
        self.ask(manager, change)
        self.decide(sign_in(size=PHONE), change)
        manager.open(f"{ROOT}{change.pk}/")
        with manager.page.expect_navigation():
            manager.page.get_by_role("button", name="Implement").click()
        assert "After CR-001" in manager.page.inner_text("main")
        change.refresh_from_db()
        assert change.status == ChangeState.IMPLEMENTED
        assert Baseline.objects.filter(project=cast.nordwind).count() == 2
        assert manager.complaints == []

    def raise_one(self, seat: Seat) -> ChangeRequest:
        """Write down what is wished."""
        seat.open(f"{ROOT}add/")
        seat.page.fill("[name=title]", "Second warehouse")
        seat.page.fill("[name=description]", "Stock in Oslo, too.")
        with seat.page.expect_navigation():
            seat.page.get_by_role("button", name="Save").click()
        change = ChangeRequest.objects.get()
        with seat.page.expect_navigation():
            seat.page.get_by_role("button", name="Submit").click()
        assert seat.complaints == []
        return change

    def work_out(self, seat: Seat, cast: Cast, change: ChangeRequest) -> None:
        """Give it two lines, the second in a row that is added, and hand it in."""
        seat.open(f"{ROOT}{change.pk}/")
        with seat.page.expect_navigation():
            seat.page.get_by_role("button", name="Start the analysis").click()
        seat.page.get_by_role("link", name="Work out the impact").click()
        seat.page.select_option("[name=lines-0-task]", str(cast.setup.pk))
        seat.page.fill("[name=lines-0-planned_seconds]", "16")
        seat.page.fill("[name=lines-0-duration_days]", "2")
        seat.page.get_by_role("button", name="Add a line").click()
        seat.page.select_option("[name=lines-1-category]", "licence")
        seat.page.fill("[name=lines-1-cost]", "500")
        seat.page.fill("[name=lines-1-bill]", "600")
        seat.page.fill("[name=recommendation]", "Do it.")
        assert axe(seat.page) == []
        with seat.page.expect_navigation():
            seat.page.get_by_role("button", name="Save", exact=True).click()
        assert change.lines.count() == 2
        with seat.page.expect_navigation():
            seat.page.get_by_role("button", name="Hand in for review").click()
        assert "3,000.00 EUR" in seat.page.inner_text("main")
        assert seat.complaints == []

    def ask(self, seat: Seat, change: ChangeRequest) -> None:
        """Look at what the customer will read, and send it."""
        seat.open(f"{ROOT}{change.pk}/")
        seat.page.get_by_role("link", name="Ask the customer").click()
        assert "2 working days later" in seat.page.inner_text("main")
        due = (timezone.localdate() + timedelta(days=5)).isoformat()
        seat.page.fill("[name=due_on]", due)
        with seat.page.expect_navigation():
            seat.page.get_by_role("button", name="Send the request").click()
        assert "Waiting for an answer" in seat.page.inner_text("main")

    def decide(self, seat: Seat, change: ChangeRequest) -> None:
        """Open the link on a phone, prove who one is by the mailed code, approve, read the receipt."""
        seat.open(f"/answer/{link_of(ResponseRequest.objects.get())}/")
        assert "Oslo" not in seat.page.inner_text("main")
        assert axe(seat.page, theme="dark") == []
        with seat.page.expect_navigation():
            seat.page.get_by_role("button", name="Send me the code").click()
        code = re.search(r"\b\d{6}\b", mail.outbox[-1].body)
        assert code is not None
        seat.page.fill("[name=code]", code[0])
        with seat.page.expect_navigation():
            seat.page.get_by_role("button", name="Go on").click()
        assert "Stock in Oslo" in seat.page.inner_text("main")
        assert axe(seat.page) == []
        assert body_overflow(seat.page) == 0
        seat.page.get_by_label("Approve").check()
        seat.page.get_by_label("Comment").fill("Good.")
        with seat.page.expect_navigation():
            seat.page.get_by_role("button", name="Record my answer").click()
        assert "Your answer is recorded" in seat.page.inner_text("main")
        assert Decision.objects.get().comment == "Good."
        assert axe(seat.page) == []
        assert seat.complaints == []
