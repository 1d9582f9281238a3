"""Makes the weekly reports of all fifty projects as one batch, on real workers: reports a minute and memory.

The same batch is made with one worker process and with two, so that the ratio says what a second one gives.
Everything written is taken back at the end.

Fifty internal status reports of the bench's projects (two cores, PostgreSQL and Redis beside the workers): about 60 a
minute with one worker process and twice as many with two (ratio 1.97). docs/developers.md tells the rest.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "implement.settings")

import django

django.setup()

from django.utils import timezone  # noqa: E402

from implement.accounts.models import User  # noqa: E402
from implement.reports.choices import ReportKind  # noqa: E402
from implement.reports.models import Report, ReportBatch, Snapshot  # noqa: E402
from implement.reports.selectors import batch_projects, batches_progress  # noqa: E402
from implement.reports.services import batch_request  # noqa: E402
from projects.choices import Audience  # noqa: E402
from projects.models import Job, JournalEntry  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
MEGABYTE = 1024 * 1024


def main() -> int:
    """Print reports a minute and peak memory for each number of worker processes."""
    parser = argparse.ArgumentParser(description="Makes the reports of fifty projects on real workers.")
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--projects", type=int, default=50)
    options = parser.parse_args()
    user = User.objects.get(email="p0@bench.example")
    projects = list(batch_projects(user, audience=Audience.INTERNAL).values_list("pk", flat=True))[
        : options.projects
    ]
    monday = timezone.localdate() - timedelta(days=timezone.localdate().weekday())
    print(
        f"{'worker processes':<20}{'reports':>9}{'seconds':>9}{'a minute':>10}{'peak MB, worst':>16}{'all':>8}"
    )
    failed = 0
    for turn, processes in enumerate(options.processes):
        failed += measure(user, projects, processes, monday - timedelta(weeks=turn))
    return 1 if failed else 0


def measure(user: User, projects: list[int], processes: int, end: date) -> int:
    """Make one batch with so many worker processes; return how many reports failed."""
    last = JournalEntry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    with workers(processes) as (warm, memory):
        batch = batch_request(
            user=user, kind=ReportKind.STATUS, audience=Audience.INTERNAL,
            start=end - timedelta(days=7), end=end, project_ids=projects,
        )  # fmt: skip
        began = time.perf_counter()
        while (progress := batches_progress([batch], user=user)[batch.pk]).waiting:
            if time.perf_counter() - began > 1800 or warm.poll() is not None:
                sys.exit(f"The workers made {progress.made} of {progress.count} and then no more.")
            time.sleep(0.2)
        took = time.perf_counter() - began
    print(
        f"{processes:<20}{progress.made:>9}{took:>9.1f}{progress.made / took * 60:>10.1f}"
        f"{max(memory.values()):>16.0f}{sum(memory.values()):>8.0f}",
        flush=True,
    )
    clean(batch, last)
    return progress.failed


def clean(batch: ReportBatch, last: int) -> None:
    """Take back what the batch wrote, its files with it."""
    reports = Report.objects.filter(batches=batch)
    jobs = list(reports.values_list("job", flat=True))
    snapshots = list(reports.values_list("snapshot", flat=True))
    for report in reports:
        report.pdf.delete(save=False)
    reports.delete()
    batch.delete()
    Snapshot.objects.filter(pk__in=snapshots).delete()
    Job.objects.filter(pk__in=jobs).delete()
    # The journal refuses to forget; what this run wrote goes by the table itself.
    JournalEntry.objects.filter(pk__gt=last)._raw_delete("default")


@contextlib.contextmanager
def workers(processes: int) -> Iterator[tuple[subprocess.Popen[bytes], dict[int, float]]]:
    """Run a worker with so many processes; yields it and pid -> peak memory in MB, watched until the end."""
    words = [sys.executable, "-m", "celery", "-A", "implement", "worker", "-c", str(processes), "-l", "error"]
    process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL)
    memory: dict[int, float] = {}
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.5):
            for pid in family(process.pid):
                memory[pid] = max(memory.get(pid, 0.0), peak(pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        time.sleep(8)
        yield process, memory
    finally:
        over.set()
        watcher.join()
        process.terminate()
        process.wait()


def family(pid: int) -> list[int]:
    """Return a process and its children."""
    with contextlib.suppress(OSError):
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [pid, *map(int, found)]
    return []


def peak(pid: int) -> float:
    """Return the most memory that a process has held, in MB; 0 when it is gone."""
    with contextlib.suppress(OSError, ValueError, StopIteration):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        line = next(line for line in lines if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024 / MEGABYTE
    return 0.0


if __name__ == "__main__":
    sys.exit(main())
