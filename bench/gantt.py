"""Scrolls and drags the Gantt of a plan of 1,000 tasks in a real Chromium: how long each frame takes.

The web server is the one of production. A frame of an empty page in the same browser is the unit: nothing is shown
faster than that. Everything written is taken back at the end.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "implement.settings")
# Playwright's own loop runs in this thread, where Django would refuse the database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import transaction  # noqa: E402
from django.test import Client  # noqa: E402
from playwright.sync_api import Page, sync_playwright  # noqa: E402

from bench.data import write_project  # noqa: E402
from bench.load import web  # noqa: E402
from budget.models import BudgetLine  # noqa: E402
from implement.accounts.models import User  # noqa: E402
from implement.testkit import services  # noqa: E402
from implement.testkit.browser import FLAGS, WIDE  # noqa: E402
from projects.models import Customer, Dependency, JournalEntry, Person, Project, Task  # noqa: E402
from projects.services import plan_schedule  # noqa: E402

NUMBER, TASKS, LINKS = 99, 1_000, 1_429
FRAMES = 240
STEP, REACH = 60, 120
# Counts the frames of whatever happens until it is asked for them.
WATCH = """() => {
  const taken = window.taken = [];
  let last = null;
  const next = (now) => {
    if (last !== null) taken.push(now - last);
    last = now;
    if (window.taken === taken) requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
}"""
TAKEN = "() => { const found = window.taken; window.taken = null; return found; }"
REST = """(frames) => new Promise((done) => {
  const next = () => (frames-- > 0 ? requestAnimationFrame(next) : done());
  next();
})"""
ASIDE = "(by) => { document.querySelector('[data-scroll]').scrollLeft += by; }"
GRIP = "([x, y]) => document.elementFromPoint(x, y)?.dataset.grip"
SCROLL = """([frames, step]) => new Promise((done) => {
  const scroller = document.querySelector("[data-scroll]");
  let by = step;
  const next = () => {
    if (frames-- <= 0) return done();
    const before = scroller.scrollTop;
    scroller.scrollTop += by;
    if (scroller.scrollTop === before) by = -by;
    requestAnimationFrame(next);
  };
  next();
})"""


def main() -> int:
    """Print what a frame takes while nothing happens, while the plan is scrolled and while a bar is dragged."""
    user = User.objects.get(email="p0@bench.example")
    client = Client()
    client.force_login(user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    with plan() as project, web(2) as (port, _), sync_playwright() as playwright:
        links = Dependency.objects.of_plan(project).count()
        print(
            f"a plan of {TASKS:,} tasks and {links:,} links; milliseconds a frame, and work of the page in them\n"
        )
        print(f"{'':<34}{'median':>9}{'p95':>9}{'work':>9}{'median, p95 in empty frames':>30}")
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or services.chromium(), args=FLAGS
        )
        context = browser.new_context(viewport={"width": WIDE[0], "height": WIDE[1]})
        base = f"http://127.0.0.1:{port}"
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": base}])
        page = context.new_page()
        page.set_default_timeout(60_000)
        previews = look(page, f"{base}/projects/{project.code}/plan/?zoom=week")
        browser.close()
    print(f"\n{len(previews)} previews came while dragging, all of them good: {set(previews) == {200}}")
    return 0 if set(previews) == {200} else 1


def look(page: Page, address: str) -> list[int]:
    """Print a line for the empty page, for scrolling and for dragging; return how previews were answered."""
    watch = Watch(page)
    with watch.frames("an empty page"):
        page.evaluate(REST, FRAMES)
    page.goto(address)
    page.wait_for_selector("[data-plan][data-ready]", state="attached")
    page.evaluate(REST, 30)
    with watch.frames(f"scrolling, {STEP} px a frame"):
        page.evaluate(SCROLL, [FRAMES, STEP])
    page.locator("[data-act=today]").click()
    page.evaluate(REST, 30)
    previews: list[int] = []
    page.on("response", lambda answer: previews.append(answer.status) if "preview" in answer.url else None)
    x, y = take_bar(page)
    with watch.frames("dragging a bar, with live preview"):
        for number in range(FRAMES):
            page.mouse.move(x + REACH - abs(REACH - number), y)
            page.evaluate(REST, 1)
    page.keyboard.press("Escape")
    page.mouse.up()
    return previews


def take_bar(page: Page) -> tuple[float, float]:
    """Press the pointer on the first bar in view that can be moved; return where."""
    box = page.locator("[data-scroll]").bounding_box()
    assert box is not None
    for bar in page.locator(".gantt-mark > rect:first-child").all():
        place = bar.bounding_box()
        if place is None or not box["y"] + 80 < place["y"] < box["y"] + box["height"] - 80:
            continue
        # To the middle of the chart, which begins right of the tree.
        middle = box["x"] + box["width"] * 0.75
        page.evaluate(ASIDE, place["x"] + place["width"] / 2 - middle)
        page.evaluate(REST, 5)
        place = bar.bounding_box() or place
        x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
        page.mouse.move(x, y)
        if page.evaluate(GRIP, [x, y]) == "move":
            page.mouse.down()
            return x, y
    sys.exit("No bar in view can be dragged.")


class Watch:
    """Counts frames and prints them; the first ones that it counts are the unit."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.unit: tuple[float, float] | None = None

    @contextmanager
    def frames(self, name: str) -> Iterator[None]:
        """Print how long each frame took within the block, and how long the page worked for it."""
        session = self.page.context.new_cdp_session(self.page)
        session.send("Performance.enable")

        def worked() -> float:
            metrics = session.send("Performance.getMetrics")["metrics"]
            return 1000 * next(one["value"] for one in metrics if one["name"] == "TaskDuration")

        self.page.evaluate(WATCH)
        before = worked()
        yield
        work = worked() - before
        took = sorted(self.page.evaluate(TAKEN))
        median, p95 = statistics.median(took), took[int(len(took) * 0.95) - 1]
        self.unit = self.unit or (median, p95)
        ratios = f"{median / self.unit[0]:.2f}, {p95 / self.unit[1]:.2f}"
        print(f"{name:<34}{median:>9.1f}{p95:>9.1f}{work / len(took):>9.1f}{ratios:>30}", flush=True)
        session.detach()


@contextmanager
def plan() -> Iterator[Project]:
    """Yield a project with a plan; it is gone afterwards, and with it what its making left in the journal."""
    last = JournalEntry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    try:
        with transaction.atomic():
            project = write_plan()
        yield project
    finally:
        JournalEntry.objects.filter(pk__gt=last)._raw_delete("default")
        BudgetLine.objects.filter(project__code=f"bench-{NUMBER}").delete()
        Project.with_trash.filter(code=f"bench-{NUMBER}").delete()


def write_plan() -> Project:
    """Write a project with a plan, as the data set has them, and more links in it."""
    dice = random.Random(5)
    everybody = list(Person.objects.filter(user__email__endswith="@bench.example").order_by("pk"))
    project = write_project(NUMBER, Customer.objects.earliest("pk"), everybody, TASKS, dice)
    leaves = list(
        Task.objects.filter(project=project, is_summary=False).order_by("pk").values_list("pk", flat=True)
    )
    links = set(Dependency.objects.of_plan(project).values_list("predecessor_id", "successor_id"))
    more: set[tuple[int, int]] = set()
    while len(links | more) < LINKS:
        before = dice.randrange(len(leaves) - 30)
        more.add((leaves[before], leaves[before + dice.randrange(1, 30)]))
    Dependency.objects.bulk_create(
        Dependency(predecessor_id=before, successor_id=after) for before, after in sorted(more - links)
    )
    plan_schedule(project=project)
    return project


if __name__ == "__main__":
    sys.exit(main())
