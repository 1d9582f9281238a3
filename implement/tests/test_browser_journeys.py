"""The main job in a real browser, from the plan's file to the report on the customer's portal."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pypdf import PdfReader

from budget.choices import EntryState
from budget.models import TimeEntry
from implement.reports.choices import ReportState
from implement.reports.models import Report
from implement.testkit.browser import Seat, SignIn, work_off
from implement.testkit.cast import PASSWORD, Cast
from projects.models import Task

pytestmark = [pytest.mark.browser]
PLAN = Path(__file__).parent / "files" / "plan.xml"


def log_in(seat: Seat, email: str) -> None:
    """Sign in by the form, as a person does."""
    seat.open("/account/login/")
    seat.page.fill("input[name=login]", email)
    seat.page.fill("input[name=password]", PASSWORD)
    seat.page.keyboard.press("Enter")
    seat.page.wait_for_url(lambda url: "/account/login" not in url)


class MainJobTests:
    def test_from_the_plan_to_the_report_on_the_portal(self, cast: Cast, sign_in: SignIn) -> None:
        manager = sign_in()
        log_in(manager, cast.mara.email)
        self.import_plan(manager)
        task = Task.objects.get(project=cast.nordwind, name="Configure the order desk")

        consultant = sign_in(cast.tom)
        self.log_time(consultant, task)
        self.approve(manager, task)
        report = self.make_report(manager)
        self.read_as_customer(sign_in(), cast, report)
        assert manager.complaints == []
        assert consultant.complaints == []

    def import_plan(self, seat: Seat) -> None:
        """Upload the plan's file, look at the preview, import it, see it in the plan."""
        seat.open("/projects/nordwind/imports/")
        seat.page.locator("a[href$='/imports/add/plan.mspdi/']").first.click()
        seat.page.set_input_files("input[name=file]", PLAN)
        seat.page.get_by_role("button", name="Upload and preview").click()
        seat.page.wait_for_url("**/imports/*/")
        work_off()
        seat.page.reload()
        # The preview has written nothing yet.
        assert not Task.objects.filter(name="Map the order process").exists()
        assert "Map the order process" in seat.page.inner_text("main")
        with seat.page.expect_navigation():
            seat.page.get_by_role("button", name="Import now").click()
        work_off()
        seat.page.reload()
        seat.open("/projects/nordwind/plan/")
        assert "Order desk handed over" in seat.page.inner_text("main")

    def log_time(self, seat: Seat, task: Task) -> None:
        """Type hours into the grid and hand the week in, without touching the mouse."""
        today = timezone.localdate()
        monday = today - timedelta(days=today.weekday())
        seat.open(f"/timesheet/?week={monday}&add={task.pk}")
        cell = seat.page.locator(f"[name='cell-{task.pk}-{monday}']")
        cell.focus()
        seat.page.keyboard.type("7.5")
        seat.page.keyboard.press("Tab")
        submit = seat.page.get_by_role("button", name="Submit").first
        submit.focus()
        with seat.page.expect_navigation():
            seat.page.keyboard.press("Enter")
        entry = TimeEntry.objects.get(task=task)
        assert (entry.seconds, entry.status) == (27_000, EntryState.SUBMITTED)
        assert entry.worked_on == monday

    def approve(self, seat: Seat, task: Task) -> None:
        """Approve what waits."""
        seat.open("/projects/nordwind/time/approvals/")
        assert "Tom Team" in seat.page.inner_text("main")
        entry = TimeEntry.objects.get(task=task)
        box = seat.page.locator(f"input[type=checkbox][name=time][value='{entry.pk}']")
        if not box.is_visible():
            seat.page.locator("summary").first.click()
        box.check()
        with seat.page.expect_navigation():
            seat.page.locator("button[name=decision][value='time-approve']").first.click()
        entry.refresh_from_db()
        assert entry.status == EntryState.APPROVED
        assert entry.cost is not None

    def make_report(self, seat: Seat) -> Report:
        """Make the customer's status report, approve it, open its PDF."""
        seat.open("/projects/nordwind/reports/add/")
        seat.page.select_option("select[name=kind]", "status")
        seat.page.select_option("select[name=audience]", "customer")
        seat.page.get_by_role("button", name="Make the report").click()
        seat.page.wait_for_url("**/reports/*/")
        work_off()
        seat.page.reload()
        with seat.page.expect_navigation():
            seat.page.get_by_role("button", name="Approve", exact=True).click()
        work_off()
        report = Report.objects.get(kind="status", audience="customer")
        assert report.state == ReportState.APPROVED
        seat.page.reload()
        address = seat.page.get_by_role("link", name="Open PDF").get_attribute("href")
        answer = seat.page.request.get(f"{seat.base}{address}")
        assert answer.headers["content-type"] == "application/pdf"
        assert len(PdfReader(io.BytesIO(answer.body())).pages) >= 1
        return report

    def read_as_customer(self, seat: Seat, cast: Cast, report: Report) -> None:
        """See the published report on the portal and keep it; the workspace stays shut."""
        log_in(seat, cast.carla.email)
        assert seat.path().startswith("/portal/nordwind/")
        with seat.page.expect_download() as waiting:
            seat.page.locator(f"a[href$='/portal/nordwind/reports/{report.pk}.pdf']").first.click()
        text = PdfReader(waiting.value.path()).pages[0].extract_text()
        assert "Nordwind" in text
        assert seat.complaints == []
        for shut in ("/projects/nordwind/", "/projects/nordwind/plan/", "/projects/rival/", "/people/"):
            answer = seat.page.request.get(seat.base + shut, max_redirects=0)
            assert answer.status in {302, 403, 404}, shut
            if answer.status == 302:
                assert "/portal/" in answer.headers["location"]


class ShellTests:
    def test_second_factor_can_be_set_up(self, cast: Cast, sign_in: SignIn) -> None:
        seat = sign_in()
        log_in(seat, cast.mara.email)
        seat.open("/account/2fa/totp/activate/")
        # So grave a change asks for the password once more.
        seat.page.fill("input[name=password]", PASSWORD)
        seat.page.keyboard.press("Enter")
        seat.page.wait_for_url("**/account/2fa/totp/activate/")
        assert seat.page.locator("input[name=code]").is_visible()
        assert seat.page.locator("main img[src^='data:image/svg']").evaluate(
            "(image) => image.naturalWidth > 0"
        )
        assert seat.complaints == []

    def test_the_palette_jumps_by_keyboard(self, cast: Cast, sign_in: SignIn) -> None:
        seat = sign_in(cast.mara)
        seat.open("/projects/nordwind/")
        seat.page.keyboard.press("Control+k")
        seat.page.locator("#palette input").wait_for(state="visible")
        seat.page.keyboard.type("Set up")
        seat.page.locator("#palette [role=option]", has_text="Set up").first.wait_for()
        seat.page.keyboard.press("Enter")
        seat.page.wait_for_url(f"**/tasks/{cast.setup.pk}/**")
        assert "Set up" in seat.page.inner_text("h1")
        assert seat.complaints == []

    def test_the_chosen_theme_stays(self, cast: Cast, sign_in: SignIn) -> None:
        seat = sign_in(cast.mara)
        seat.open("/")
        seat.page.locator("[popovertarget=account-menu]").click()
        seat.page.locator("[data-theme-choice=dark]").click()
        for address in ("/", "/projects/nordwind/"):
            seat.open(address)
            assert seat.page.evaluate("document.documentElement.dataset.bsTheme") == "dark"
        seat.page.locator("[popovertarget=account-menu]").click()
        assert seat.page.locator("[data-theme-choice=dark]").get_attribute("aria-pressed") == "true"
