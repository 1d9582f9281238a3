"""Measures what workers do: scheduling, imports, reports. Everything written is taken back at the end."""

from __future__ import annotations

import csv
import io
import os
import random
import resource
import sys
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "implement.settings")

import django

django.setup()

from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: E402
from django.db import transaction  # noqa: E402

from bench.pages import BIG  # noqa: E402
from implement.accounts.models import User  # noqa: E402
from implement.reports.choices import ReportKind  # noqa: E402
from implement.reports.services import report_request  # noqa: E402
from projects import services  # noqa: E402
from projects.choices import Audience  # noqa: E402
from projects.kit import imports, jobs  # noqa: E402
from projects.kit.access import enter  # noqa: E402
from projects.models import (  # noqa: E402
    Absence,
    Assignment,
    Dependency,
    ImportRun,
    Job,
    Membership,
    Person,
    Project,
    Task,
    WorkCalendar,
)
from projects.planning import working_calendar  # noqa: E402
from projects.schedule import Activity, Link, compute  # noqa: E402

TASKS, ROWS = 5_000, 20_000
NAMESPACE = "http://schemas.microsoft.com/project"


def main() -> None:
    """Print how long each piece of work takes."""
    user = User.objects.get(email="p0@bench.example")
    big = Project.objects.get(code=BIG)
    with transaction.atomic():
        empty = Project.objects.create(
            code="bench-scratch", name="Scratch", customer=big.customer, starts_on=date(2026, 1, 5)
        )
        Membership.objects.create(project=empty, person=user.person, role="manager")
        print(f"{'work':<58}{'seconds':>9}")
        timed("schedule of 5,000 tasks, stored", services.plan_schedule, project=big)
        schedule_of_ten_thousand()
        timed(f"plan of {TASKS:,} tasks from MS Project XML: read", read, user, empty, "plan.mspdi", plan())
        timed("  … import", apply, user, empty)
        timed(f"time file of {ROWS:,} rows: read", read, user, empty, "time.file", hours())
        timed("  … import", apply, user, empty)
        for kind in (ReportKind.BUDGET, ReportKind.STATUS):
            timed(f"{kind.label} on {BIG} as PDF", report, user, big, kind)
        transaction.set_rollback(True)
    print(
        f"\npeak memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB"
    )


def schedule_of_ten_thousand() -> None:
    """Print what 10,000 tasks with 15,000 links take: the network alone, read and written, and people's calendars.

    The last column of each line counts in units of the network alone, which is pure arithmetic.
    """
    dice = random.Random(3)
    project = Project.objects.create(
        code="bench-network",
        name="Network",
        customer=Project.objects.get(code=BIG).customer,
        starts_on=date(2026, 1, 5),
        calendar=WorkCalendar.objects.create(name="Network", country="DE"),
    )
    phases = [Task(project=project, name=f"Phase {n}", position=20 * n, is_summary=True) for n in range(500)]
    Task.objects.bulk_create(phases)
    leaves = [
        Task(project=project, parent=phase, name=f"Task {number}", position=phase.position + 1 + number,
             duration_minutes=dice.randrange(60, 4800))
        for phase in phases for number in range(19)
    ]  # fmt: skip
    Task.objects.bulk_create(leaves, batch_size=500)
    pairs: set[tuple[int, int]] = set()
    while len(pairs) < 15_000:
        before = dice.randrange(len(leaves) - 1)
        pairs.add((before, min(before + dice.randrange(1, 60), len(leaves) - 1)))
    links = [Dependency(predecessor=leaves[a], successor=leaves[b]) for a, b in sorted(pairs)]
    Dependency.objects.bulk_create(links, batch_size=500)
    people = [Person.objects.create(name=f"Crew {number}") for number in range(20)]
    Assignment.objects.bulk_create(
        [Assignment(task=task, person=who) for task in leaves for who in dice.sample(people, 2)],
        batch_size=500,
    )
    tasks = [*phases, *leaves]
    activities = [
        Activity(id=task.pk, parent=task.parent_id, duration_minutes=task.duration_minutes) for task in tasks
    ]
    network = [Link(predecessor=link.predecessor_id, successor=link.successor_id) for link in links]
    begin = datetime.combine(project.starts_on, datetime.min.time())
    calendar = working_calendar(project.calendar)
    unit = measured(lambda: compute(activities, network, calendar, begin))
    print(f"{'network of 10,000 tasks and 15,000 links, computed':<58}{unit:>9.2f}{1:>7.1f}")

    def line(name: str) -> None:
        took = measured(lambda: services.plan_schedule(project=project))
        print(f"{name:<58}{took:>9.2f}{took / unit:>7.1f}", flush=True)

    line("  … read, computed, every row written")
    line("  … again: nothing differs, nothing is written")
    week = [[[540, 780], [840, 1080]]] * 4 + [[], [], []]
    for number, person in enumerate(people):
        person.calendar = WorkCalendar.objects.create(
            name=person.name, person=person, week=week, country="DE"
        )
        person.save()
        first = date(2026, 2, 2) + timedelta(weeks=number)
        Absence.objects.create(person=person, first=first, last=first + timedelta(days=11))
    line("  … by the calendars and absences of 20 people, written")
    line("  … again")


def measured(act: Callable[[], object]) -> float:
    """Return how many seconds it takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def timed(name: str, act: Callable[..., object], *words: object, **more: object) -> None:
    """Do it and print how long it took."""
    began = time.perf_counter()
    act(*words, **more)
    print(f"{name:<58}{time.perf_counter() - began:>9.2f}", flush=True)


def do(job: Job | None) -> None:
    """Do a job as a worker would; stop the measure when it did not end well."""
    assert job is not None
    jobs.run(str(job.pk))
    job.refresh_from_db()
    if job.state != "done":
        sys.exit(f"{job.kind} ended {job.state}: {job.error}")


def read(user: User, project: Project, kind: str, content: bytes) -> None:
    """Upload a file and read it; questions get the answers of a user who wants all of it."""
    entry = enter(user, project.code, "project.view")
    name = "plan.xml" if kind == "plan.mspdi" else "time.csv"
    run = imports.import_upload(
        entry=entry, kind=kind, upload=SimpleUploadedFile(name, content), answers={"people": "create"}
    )
    do(run.job)
    run.refresh_from_db()
    if run.state != "previewed":
        sys.exit(f"{kind}: {run.state}, {run.preview}"[:2000])


def apply(user: User, project: Project) -> None:
    """Import what was read last."""
    run = ImportRun.objects.filter(project=project).latest("pk")
    do(imports.import_apply(run=run, entry=enter(user, project.code, "project.view")).job)


def plan() -> bytes:
    """Return a plan of phases of fifty tasks, each waiting for the one before."""
    tasks = []
    for uid in range(1, TASKS + 1):
        is_phase = uid % 50 == 1
        link = ""
        if not is_phase and uid % 50 != 2:
            link = (
                f"<PredecessorLink><PredecessorUID>{uid - 1}</PredecessorUID><Type>1</Type></PredecessorLink>"
            )
        tasks.append(
            f"<Task><UID>{uid}</UID><ID>{uid}</ID><Name>{'Phase' if is_phase else 'Task'} {uid}</Name>"
            f"<OutlineLevel>{1 if is_phase else 2}</OutlineLevel><Duration>PT16H0M0S</Duration>{link}</Task>"
        )
    head = "<StartDate>2026-01-05T08:00:00</StartDate>"
    return f'<Project xmlns="{NAMESPACE}">{head}<Tasks>{"".join(tasks)}</Tasks></Project>'.encode()


def hours() -> bytes:
    """Return hours of twenty people on the plan's tasks, as a Clockify file."""
    dice = random.Random(7)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["Project", "Client", "Description", "Task", "User", "Group", "Email", "Tags", "Billable",
                     "Start Date", "Start Time", "End Date", "End Time", "Duration (h)", "Duration (decimal)",
                     "Billable Rate (USD)", "Billable Amount (USD)"])  # fmt: skip
    for number in range(ROWS):
        day = (date(2023, 1, 2) + timedelta(days=number // 20)).isoformat()
        who = number % 20
        task = f"Task {dice.choice([uid for uid in (number % TASKS + 1, 2) if uid % 50 != 1])}"
        writer.writerow(["Scratch", "", f"Work {number}", task, f"Worker {who}", "", f"w{who}@scratch.example", "",
                         "Yes", day, "09:00:00", day, "10:00:00", "01:00:00", "1.00", "", ""])  # fmt: skip
    return text.getvalue().encode()


def report(user: User, project: Project, kind: str) -> None:
    """Make the internal edition of a report."""
    end = date.today() - timedelta(days=1)  # noqa: DTZ011
    made = report_request(
        project=project,
        kind=kind,
        audience=Audience.INTERNAL,
        start=end - timedelta(days=7),
        end=end,
        actor=user,
    )
    do(made.job)


if __name__ == "__main__":
    main()
