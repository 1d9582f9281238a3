"""A real Chromium for the tests marked `browser`: who is signed in, what the page complained about, axe.

conftest.py takes the fixtures from here: `chromium` (one for the whole run), `sign_in` (a page of its own for
a user), `demo` (the demo projects with reports, committed so that the live server sees them).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from implement.accounts.models import User
from implement.bootstrap import ROOT
from implement.demo.alerts import raise_alerts
from implement.demo.build import build
from implement.demo.builds import write_builds
from implement.demo.changes import raise_changes
from implement.demo.contracts import agree_contracts
from implement.demo.designs import write_designs
from implement.demo.notes import write_notes
from implement.demo.requirements import change_requirements, write_requirements
from implement.demo.roadmap import plan_releases
from implement.demo.templates import save_templates
from implement.demo.whatif import think_ahead
from implement.reports import services as reports
from implement.reports.choices import ReportKind
from implement.reports.models import Report
from implement.testkit import services
from projects.choices import Audience, JobState
from projects.kit import jobs
from projects.kit.access import enter
from projects.models import Job, Project

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDE = (1400, 900)
PHONE = (390, 844)
PATIENCE = 15_000
# A page that is still changing its colours shows contrasts that nobody sees.
SETTLE = """async (theme) => {
  const root = document.documentElement;
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  for (let tries = 0; root.dataset.bsTheme && root.dataset.bsTheme !== theme && tries < 60; tries++) await frame();
  await frame();
  for (const animation of document.getAnimations()) animation.finish();
  await frame();
}"""
# A chart is one picture with a name and a description: its thousand marks are not looked at one by one.
LOOK = """async (tags) => {
  const place = (node) => {
    const checks = [...node.any, ...node.all, ...node.none].map((check) => check.message).join("; ");
    return `${node.target.join(" ")} {${node.html.slice(0, 140)}} ${checks.slice(0, 220)}`;
  };
  const options = {runOnly: {type: "tag", values: tags}, resultTypes: ["violations"]};
  const result = await axe.run({exclude: [["svg.chart > *"]]}, options);
  return result.violations.map(({id, help, nodes}) => (
    {id, help, count: nodes.length, places: nodes.slice(0, 3).map(place)}
  ));
}"""


@dataclass
class Seat:
    """A person in front of a page: the page, the live server's address, what the browser complained about."""

    page: Page
    base: str
    complaints: list[str] = field(default_factory=list)

    def open(self, address: str) -> Any:
        """Go to an address of the product and return the answer."""
        return self.page.goto(self.base + address, wait_until="load", timeout=PATIENCE)

    def path(self) -> str:
        """Return where the page is, without the host."""
        return self.page.url.removeprefix(self.base)

    def complaint_of(self, message: ConsoleMessage) -> None:
        """Keep what the console called an error: broken scripts, missing files, breaches of the CSP."""
        if message.type == "error":
            self.complaints.append(f"{message.text} ({message.location.get('url', '')})")


SignIn = Callable[..., Seat]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for the whole run."""
    # Playwright's own loop runs in the test's thread, where Django would refuse the database.
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or services.chromium(), args=FLAGS
        )
        yield browser
        browser.close()


@pytest.fixture
def sign_in(chromium: Browser, live_server: Any) -> Iterator[SignIn]:
    """Return a function that gives a seat in which a user, or nobody, is signed in."""
    contexts = []

    def seat_of(
        user: User | None = None, *, size: tuple[int, int] = WIDE, theme: Literal["light", "dark"] = "light"
    ) -> Seat:
        context = chromium.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=theme,
            reduced_motion="reduce",
            accept_downloads=True,
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        if user is not None:
            client = Client()
            client.force_login(user)
            cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
            )
        seat = Seat(page=context.new_page(), base=live_server.url)
        seat.page.on("console", seat.complaint_of)
        seat.page.on("pageerror", lambda error: seat.complaints.append(f"script error: {error}"))
        return seat

    yield seat_of
    for context in contexts:
        # A page may still be asking the server, whose database is about to be emptied.
        for page in context.pages:
            page.goto("about:blank")
        context.close()


@dataclass
class Demo:
    """The demo: its project in mid-flight, and the people who look at it."""

    project: Project
    manager: User
    team: User
    admin: User
    customer: User


@pytest.fixture
def demo(transactional_db: None) -> Demo:
    """The demo project with an internal draft and a published customer report."""
    project = build()[0]
    manager = User.objects.get(email="mara@brightwater.example")
    write_requirements(project)
    write_designs(project)
    write_builds(project)
    plan_releases(project)
    change_requirements(project)
    write_notes(project)
    raise_changes(project)
    think_ahead(project)
    agree_contracts(project, with_pdf=False)
    raise_alerts([project])
    save_templates(project)
    make_reports(project, manager)
    return Demo(
        project=project,
        manager=manager,
        team=User.objects.get(email="tom@brightwater.example"),
        admin=User.objects.get(email="ada@brightwater.example"),
        customer=User.objects.get(email="carla@nordwind.example"),
    )


def make_reports(project: Project, manager: User) -> None:
    """Make an internal budget report, left as a draft, and a status report that the customer may read."""
    end = timezone.localdate() - timedelta(days=1)
    for kind, audience in (
        (ReportKind.BUDGET, Audience.INTERNAL),
        (ReportKind.STATUS, Audience.CUSTOMER),
    ):
        report = reports.report_request(
            project=project,
            kind=kind,
            audience=audience,
            start=end - timedelta(days=7),
            end=end,
            actor=manager,
        )
        work_off()
        if audience == Audience.CUSTOMER:
            report = Report.objects.get(pk=report.pk)
            reports.report_approve(report=report, entry=enter(manager, project.code, "reports.send"))
            work_off()
    reports.batch_request(
        user=manager,
        kind=ReportKind.BUDGET,
        audience=Audience.INTERNAL,
        start=end - timedelta(days=7),
        end=end,
        project_ids=[project.pk],
    )


def work_off(rounds: int = 10) -> None:
    """Do every job that waits, as a worker would; a job that failed fails the test with its reason."""
    for _ in range(rounds):
        waiting = list(Job.objects.filter(state=JobState.QUEUED).values_list("pk", flat=True))
        if not waiting:
            break
        for pk in waiting:
            jobs.run(str(pk))
    broken = Job.objects.exclude(error="").values_list("kind", "error")
    assert not broken, list(broken)


def axe(page: Page, *, theme: Literal["light", "dark"] = "light") -> list[str]:
    """Return axe's violations on the page as a theme shows it: rule, what it wants, the first places."""
    page.emulate_media(color_scheme=theme)
    page.evaluate(SETTLE, theme)
    if not page.evaluate("() => Boolean(window.axe)"):
        # Handed over by the debugger, so the page's CSP has no say in it.
        page.evaluate(AXE.read_text())
    found = page.evaluate(LOOK, AXE_TAGS)
    return [f"{rule['id']} x{rule['count']}: {rule['help']}: {' | '.join(rule['places'])}" for rule in found]


def body_overflow(page: Page) -> int:
    """Return how many pixels the page is wider than its window: 0 without a horizontal scroll bar."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
