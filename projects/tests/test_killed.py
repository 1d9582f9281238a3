"""Programs killed with -9 in the middle of a change of the plan: nothing is lost, nothing twice, nothing by halves."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection, transaction

from implement.bootstrap import ROOT
from implement.testkit.cast import Cast, build_cast
from implement.testkit.workers import Stage, wait_until
from projects import services
from projects.choices import JobState
from projects.kit import imports
from projects.kit.access import enter
from projects.models import Absence, Dependency, ImportRun, Job, JournalEntry, Project, Task
from projects.models.imports import ImportState
from projects.services import scheduling
from projects.tests.importing import link_xml, plan_xml, stored, task_xml, upload

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
LENGTHEN = """
from implement.accounts.models import User
from projects import services
from projects.models import Task
task = Task.objects.get(pk={pk})
task.duration_minutes = 4800
services.task_save(task=task, actor=User.objects.get(email="mara@example.test"))
"""


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """The cast, committed, so that other programs see it."""
    return build_cast()


def somebody_waits() -> bool:
    """Return whether another program waits for a row that we hold: it is in the middle of its transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
        )
        return bool(cursor.fetchone()[0])


def plan_rows() -> dict[str, int]:
    """Return how many rows the tables of the plan have; beat's other programs write theirs meanwhile."""
    names = ("task", "dependency", "assignment", "workcalendar", "membership", "person", "baseline")
    counts = stored()
    return {name: counts[f"projects.{name}"] for name in names}


@contextlib.contextmanager
def held(task: Task) -> Iterator[None]:
    """Hold a task's row, at which whoever recomputes the plan stops half-way."""
    with transaction.atomic():
        Task.objects.select_for_update().get(pk=task.pk)
        yield


@contextlib.contextmanager
def program(stage: Stage, code: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program on the test's database, as a request of the web server would."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", code],
        cwd=ROOT,
        env=stage.environment(),
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


class KilledTests:
    def test_a_recompute_that_is_killed_leaves_the_plan_as_it_was(self, cast: Cast, tmp_path: Path) -> None:
        stage = Stage(folder=tmp_path)
        before = list(Task.objects.filter(project=cast.nordwind).order_by("pk").values())
        entries = JournalEntry.objects.count()
        with held(cast.go_live), program(stage, LENGTHEN.format(pk=cast.kickoff.pk)) as process:
            wait_until(somebody_waits, what="the recompute has written its first rows and waits for ours")
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        assert list(Task.objects.filter(project=cast.nordwind).order_by("pk").values()) == before
        assert JournalEntry.objects.count() == entries
        with program(stage, LENGTHEN.format(pk=cast.kickoff.pk)) as process:
            assert process.wait(timeout=90) == 0
        after = {task.pk: task for task in Task.objects.filter(project=cast.nordwind)}
        assert after[cast.kickoff.pk].duration_minutes == 4800
        assert after[cast.setup.pk].start > cast.setup.start
        assert after[cast.go_live.pk].finish > cast.go_live.finish
        assert JournalEntry.objects.count() == entries + 1

    def test_an_import_that_is_killed_is_done_by_the_next_worker_once(
        self, cast: Cast, tmp_path: Path
    ) -> None:
        Task.objects.filter(pk=cast.setup.pk).update(external_uid=2)
        tasks = (
            task_xml(1, "Dig") + task_xml(2, "Set up more", link_xml(1)) + task_xml(3, "Pour", link_xml(2))
        )
        run = upload(
            cast.mara, cast.nordwind, "plan.mspdi", plan_xml(tasks), "plan.xml", start="keep", calendar="keep"
        )
        assert run.state == ImportState.PREVIEWED, run.preview
        imports.import_apply(run=run, entry=enter(cast.mara, "nordwind", "plan.import"))
        before = plan_rows()
        stage = Stage(folder=tmp_path)
        with stage.beat():
            with held(cast.setup), stage.worker() as first:
                wait_until(somebody_waits, what="the import has added its tasks and waits for a row of ours")
                first.kill()
                assert plan_rows() == before
            assert ImportRun.objects.get(pk=run.pk).state == ImportState.PREVIEWED
            # Also when the broker forgets: the row is the queue.
            stage.lose_broker_data()
            with stage.worker():
                wait_until(
                    ImportRun.objects.filter(pk=run.pk, state=ImportState.APPLIED).exists,
                    what="the next worker imports it",
                )
        job = Job.objects.get(kind="import.apply")
        assert (job.state, job.attempts) == (JobState.DONE, 2)
        names = list(
            Task.objects.filter(project=cast.nordwind).order_by("name").values_list("name", flat=True)
        )
        assert names == ["Dig", "Go-live", "Kick-off", "Pour", "Set up more"]
        assert Dependency.objects.filter(successor__project=cast.nordwind).count() == 4
        assert JournalEntry.objects.filter(action="importrun.applied").count() == 1
        assert JournalEntry.objects.filter(action="task.added", project=cast.nordwind).count() == 2
        assert Project.objects.get(code="nordwind").scheduled_at is not None

    def test_a_plan_left_to_a_worker_follows_an_absence_although_the_worker_dies(
        self, cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(scheduling, "RESCHEDULED_AT_ONCE", 0)
        assert cast.setup.start is not None
        day = cast.setup.start.date()
        absence = Absence(person=cast.tom.person, first=day, last=day)
        services.absence_save(absence=absence, actor=cast.tom)
        job = Job.objects.get(kind=scheduling.RESCHEDULE_JOB)
        stage = Stage(folder=tmp_path)
        with stage.beat():
            with held(cast.setup), stage.worker() as first:
                wait_until(somebody_waits, what="the plan is computed and its rows are being written")
                first.kill()
            assert Task.objects.get(pk=cast.setup.pk).start == cast.setup.start
            stage.lose_broker_data()
            with stage.worker():
                wait_until(
                    Job.objects.filter(pk=job.pk, state=JobState.DONE).exists,
                    what="the next worker reschedules it",
                )
        moved = Task.objects.get(pk=cast.setup.pk).start
        assert moved is not None
        assert moved.date() > day
        job.refresh_from_db()
        assert job.attempts == 2
