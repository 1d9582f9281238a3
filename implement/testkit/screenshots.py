"""`make screenshots`: draws the pictures of README and handbook anew, from a fresh demo on an own port.

Pages are pictured light and wide; a few also dark or as a phone shows them. Nothing of the reader's own data
is touched: the demo lives in a folder that goes.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass

from playwright.sync_api import Browser, sync_playwright

from implement.bootstrap import ROOT
from implement.testkit import services

PORT = 8769
BASE = f"http://127.0.0.1:{PORT}"
FOLDER = ROOT / "docs" / "screenshots"
MANAGER, CUSTOMER = "mara@brightwater.example", "carla@nordwind.example"
PASSWORD = "implement-demo"
BROWSER_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True)
class Picture:
    """One picture: its file name, who looks, at what."""

    name: str
    address: str
    user: str = MANAGER
    theme: str = "light"
    width: int = 1400
    height: int = 900


ROOM = "/projects/nordwind-crm"
PICTURES = (
    Picture("portfolio", "/"),
    Picture("project", f"{ROOM}/"),
    Picture("project-dark", f"{ROOM}/", theme="dark"),
    Picture("requirements", f"{ROOM}/requirements/"),
    Picture("goal", f"{ROOM}/goals/2/"),
    Picture("design", f"{ROOM}/design/4/"),
    Picture("design-gate", f"{ROOM}/design/gate/"),
    Picture("roadmap", f"{ROOM}/roadmap/"),
    Picture("matrix", f"{ROOM}/requirements/matrix/"),
    Picture("board", f"{ROOM}/builds/board/"),
    Picture("plan", f"{ROOM}/plan/?zoom=week"),
    Picture("what-if", f"{ROOM}/what-ifs/2/"),
    Picture("load", f"{ROOM}/load/"),
    Picture("timesheet", "/timesheet/", user="tom@brightwater.example"),
    Picture("approvals", f"{ROOM}/time/approvals/"),
    Picture("budget", f"{ROOM}/budget/"),
    Picture("change", f"{ROOM}/changes/4/"),
    Picture("earned-value", f"{ROOM}/earned-value/"),
    Picture("reports", f"{ROOM}/reports/"),
    Picture("portal", "/portal/nordwind-crm/", user=CUSTOMER),
    Picture("portal-phone", "/portal/nordwind-crm/", user=CUSTOMER, width=390, height=844),
)


def main() -> int:
    """Serve a fresh demo, take every picture, stop."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    chromium = services.chromium()
    with tempfile.TemporaryDirectory(prefix="implement-pictures-") as folder:
        unwanted = ("DATABASE_URL", "REDIS_URL", "IMPLEMENT_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
        server = subprocess.Popen(
            [sys.executable, "manage.py", "serve", "--port", str(PORT)],
            cwd=ROOT,
            env=kept | {"IMPLEMENT_DATA_DIR": folder},
        )
        try:
            wait_until_ready()
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium, args=BROWSER_FLAGS)
                for picture in PICTURES:
                    take(browser, picture)
        finally:
            server.terminate()
            server.wait(timeout=30)
    return 0


def wait_until_ready(seconds: int = 300) -> None:
    """Wait for the health page; give up with a TimeoutError."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"{BASE}/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise TimeoutError("The demo did not start.")


def take(browser: Browser, picture: Picture) -> None:
    """Sign in, open the page and keep its picture."""
    context = browser.new_context(
        viewport={"width": picture.width, "height": picture.height}, color_scheme=picture.theme
    )  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{BASE}/account/login/")
    page.fill("input[name=login]", picture.user)
    page.fill("input[name=password]", PASSWORD)
    page.locator("form:has(input[name=password]) button[type=submit]").first.click()
    page.wait_for_load_state("networkidle")
    page.goto(BASE + picture.address)
    page.evaluate(f"document.documentElement.dataset.bsTheme = '{picture.theme}'")
    page.wait_for_timeout(500)
    page.screenshot(path=str(FOLDER / f"{picture.name}.png"))
    print(f"{picture.name}.png")  # noqa: T201
    context.close()


if __name__ == "__main__":
    sys.exit(main())
