"""A worker killed with -9 at the end of an import of hours or expenses: nothing is lost, nothing is there twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import models

from budget.models import Expense, TimeEntry
from implement.testkit.cast import build_cast
from implement.testkit.workers import Stage, wait_until
from projects.choices import JobState
from projects.kit import imports
from projects.kit.access import enter
from projects.models import ImportRun, Job, JournalEntry, Task
from projects.models.imports import ImportState
from projects.tests.importing import upload
from projects.tests.test_killed import held, somebody_waits

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
HOURS = """Date,Person,Task,Hours,Note
2026-03-02,Tom Team,Tidy up,2,Dug
2026-03-03,Tom Team,Tidy up,3.5,Poured
"""
EXPENSES = """Date,Person,Task,Category,Amount,Currency,Note
2026-03-02,Tom Team,Tidy up,travel,120.00,EUR,Train
2026-03-03,Tom Team,Tidy up,travel,80.00,EUR,Taxi
"""


@pytest.mark.parametrize(
    ("kind", "text", "model"), [("time.file", HOURS, TimeEntry), ("expenses.file", EXPENSES, Expense)]
)
def test_what_a_killed_worker_had_written_is_written_once(
    transactional_db: None,
    tmp_path: Path,
    kind: str,
    text: str,
    model: type[models.Model],
) -> None:
    cast = build_cast()
    # A task that nothing else of the schedule looks at meanwhile.
    quiet = Task.objects.create(project=cast.nordwind, name="Tidy up", position=9)
    run = upload(cast.mara, cast.nordwind, kind, text.encode(), "rows.csv")
    assert run.state == ImportState.PREVIEWED, run.preview
    assert run.preview["counts"]["created"] == 2, run.preview
    imports.import_apply(run=run, entry=enter(cast.mara, "nordwind", "project.view"))
    stage = Stage(folder=tmp_path)
    with stage.beat():
        with held(quiet), stage.worker() as first:
            wait_until(somebody_waits, what="the import commits its rows and waits for the task they are on")
            first.kill()
        # It was killed at its COMMIT, which the database may have heard: all of it, then, or nothing.
        assert model._default_manager.count() in {0, 2}
        stage.lose_broker_data()
        with stage.worker():
            wait_until(
                ImportRun.objects.filter(pk=run.pk, state=ImportState.APPLIED).exists,
                what="the next worker imports it",
            )
    job = Job.objects.get(kind="import.apply")
    assert job.state == JobState.DONE
    assert model._default_manager.count() == 2
    assert JournalEntry.objects.filter(action="importrun.applied").count() == 1
