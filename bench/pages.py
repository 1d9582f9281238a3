"""Measures pages and API calls on the data set of bench/data.py: median, p95, queries, size, memory.

Requests go through Django's own handler in this process, one at a time: what is measured is the product, not
the network.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "implement.settings")

import django

django.setup()

from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402

from implement.accounts.models import User  # noqa: E402
from projects.models import Project, Task  # noqa: E402

BIG = "bench-00"


def targets() -> dict[str, str]:
    """Return what is measured: a name and its address."""
    task = Task.objects.filter(project__code=BIG, is_summary=False).first()
    if task is None:
        sys.exit("The data set is not there: start with bench/run.py.")
    root, api = f"/projects/{BIG}", f"/api/v1/projects/{BIG}"
    return {
        "portfolio home": "/",
        "project home (5,000 tasks)": f"{root}/",
        "task list, 25 of 5,000, filtered and sorted": f"{root}/tasks/?q=Task&sort=-finish",
        "task detail": f"{root}/tasks/{task.pk}/",
        "plan with Gantt, 150 of 5,000": f"{root}/plan/",
        "plan, all rows for its script (5,000)": f"{root}/plan/data/",
        "requirements, 25 of 4,000": f"{root}/requirements/",
        "trace matrix, 50 of 4,000": f"{root}/requirements/matrix/",
        "trace matrix of another project (40)": "/projects/bench-01/requirements/matrix/",
        "trace matrix, without build": f"{root}/requirements/matrix/?gap=hole-build",
        "trace matrix as CSV (4,000)": f"{root}/requirements/matrix/export.csv",
        "time entries, 25 of 20,000": f"{root}/time/",
        "budget page (5,000 tasks)": f"{root}/budget/",
        "earned value (5,000 tasks)": f"{root}/earned-value/",
        "approvals": f"{root}/time/approvals/",
        "timesheet": "/timesheet/",
        "reports": f"{root}/reports/",
        "CSV of 5,000 tasks": f"{root}/tasks/export.csv",
        "API: 100 tasks": f"{api}/tasks/?page_size=100",
        "API: one task": f"{api}/tasks/{task.pk}/",
        "API: 100 time entries": f"{api}/time-entries/?page_size=100",
    }


def main() -> None:
    """Print a table of the measures."""
    parser = argparse.ArgumentParser(description="Measures pages and API calls.")
    parser.add_argument("--repeat", type=int, default=20)
    repeat = parser.parse_args().repeat
    client = Client(headers={"X-Forwarded-Proto": "https"})
    client.force_login(User.objects.get(email="p0@bench.example"))
    counts = f"{Project.objects.count()} projects, {Task.objects.count():,} tasks"
    print(f"{counts}, {connection.vendor}, {repeat} calls each; milliseconds\n")
    print(f"{'page or call':<48}{'status':>7}{'median':>9}{'p95':>9}{'queries':>9}{'kB':>8}")
    for name, address in targets().items():
        client.get(address)
        queries: list[str] = []
        with connection.execute_wrapper(counted(queries)):
            response = client.get(address)
        size = len(response.getvalue()) if response.streaming else len(response.content)
        took = sorted(measure(client, address) for _ in range(repeat))
        median, p95 = statistics.median(took), took[int(len(took) * 0.95) - 1]
        figures = f"{median:>9.1f}{p95:>9.1f}{len(queries):>9}{size / 1024:>8.0f}"
        print(f"{name:<48}{response.status_code:>7}{figures}")
    print(
        f"\npeak memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB"
    )


def counted(queries: list[str]) -> Callable[..., Any]:
    """Return a wrapper that notes every query it lets through."""

    def wrapper(execute: Callable[..., Any], query: str, *words: Any) -> Any:
        queries.append(query)
        return execute(query, *words)

    return wrapper


def measure(client: Client, address: str) -> float:
    """Return how long one call takes, in milliseconds."""
    began = time.perf_counter()
    response = client.get(address)
    if response.streaming:
        response.getvalue()
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main()
