"""Puts the product under load: gunicorn as in production, many people at once, over HTTP.

Prints per page median and p95 in milliseconds, requests a second over all, and the memory of the web processes.
"""

from __future__ import annotations

import argparse
import http.client
import os
import random
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "implement.settings")

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.test import Client  # noqa: E402

from bench.pages import targets  # noqa: E402
from implement.accounts.models import User  # noqa: E402
from implement.testkit.services import free_port  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
HEAVY = {"CSV of 5,000 tasks"}


def main() -> int:
    """Run the load and print its figures; return 1 when an answer was not 200."""
    parser = argparse.ArgumentParser(description="Puts the product under load.")
    parser.add_argument("--people", type=int, default=8, help="how many click at once")
    parser.add_argument("--rounds", type=int, default=2, help="how often each opens every page")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    client = Client(headers={"X-Forwarded-Proto": "https"})
    client.force_login(User.objects.get(email="p0@bench.example"))
    cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    pages = {name: address for name, address in targets().items() if name not in HEAVY}
    with web(options.processes) as (port, server):
        began = time.perf_counter()
        with ThreadPoolExecutor(options.people) as pool:
            walks = [
                pool.submit(walk, port, cookie, pages, options.rounds, seed) for seed in range(options.people)
            ]
            clicks = [click for done in walks for click in done.result()]
        seconds = time.perf_counter() - began
        memory = [resident(pid) for pid in children(server.pid)]
    took: dict[str, list[float]] = defaultdict(list)
    for name, _, milliseconds in clicks:
        took[name].append(milliseconds)
    print(f"{options.people} people at once, {options.processes} web processes of 4 threads; milliseconds\n")
    print(f"{'page or call':<48}{'median':>9}{'p95':>9}")
    for name, values in took.items():
        p95 = sorted(values)[int(len(values) * 0.95) - 1]
        print(f"{name:<48}{statistics.median(values):>9.1f}{p95:>9.1f}")
    bad = [status for _, status, _ in clicks if status != 200]
    print(f"\n{len(clicks)} requests, {len(clicks) / seconds:.0f} a second, {len(bad)} not 200")
    print(f"memory of the web processes: {', '.join(f'{megabytes:.0f} MB' for megabytes in memory)}")
    return 1 if bad else 0


@contextmanager
def web(processes: int) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Run the web server as the operators' handbook says; yield its port and process."""
    port = free_port()
    words = ["-m", "gunicorn", "implement.wsgi:application", "--bind", f"127.0.0.1:{port}"]
    words += ["--worker-class", "gthread", "--workers", str(processes), "--threads", "4"]
    server = subprocess.Popen(
        [sys.executable, *words, "--no-control-socket", "--log-level", "error"], cwd=ROOT
    )
    try:
        for _ in range(100):
            try:
                if get(http.client.HTTPConnection("127.0.0.1", port), "/health", "")[0] == 200:
                    break
            except OSError:
                time.sleep(0.1)
        yield port, server
    finally:
        server.terminate()
        server.wait()


def get(link: http.client.HTTPConnection, address: str, cookie: str) -> tuple[int, float]:
    """Fetch a page; return its status and how many milliseconds it took to the last byte."""
    began = time.perf_counter()
    link.request("GET", address, headers={"Cookie": cookie, "X-Forwarded-Proto": "https"})
    answer = link.getresponse()
    answer.read()
    return answer.status, (time.perf_counter() - began) * 1000


def walk(
    port: int, cookie: str, pages: dict[str, str], rounds: int, seed: int
) -> list[tuple[str, int, float]]:
    """Open every page in an order of one's own, again and again; return (page, status, milliseconds)."""
    dice = random.Random(seed)
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    clicks = []
    for _ in range(rounds):
        for name, address in dice.sample(list(pages.items()), len(pages)):
            clicks.append((name, *get(link, address, cookie)))
    return clicks


def children(pid: int) -> list[int]:
    """Return the processes that a process started."""
    return [int(text) for text in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def resident(pid: int) -> float:
    """Return a process's resident memory in megabytes."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024**2


if __name__ == "__main__":
    sys.exit(main())
