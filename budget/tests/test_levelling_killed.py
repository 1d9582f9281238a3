"""A real worker killed while it levels, and two people who accept at once: once, and nothing half-done."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from budget.choices import WhatIfState
from budget.models import Difference, WhatIf
from budget.selectors.whatif import compared_of
from budget.services import levelling
from budget.services.whatif import whatif_accept
from budget.tests.test_changes_together import together
from implement.testkit.cast import Cast, build_cast
from implement.testkit.workers import Stage, wait_until
from projects import services as plan
from projects.choices import JobState
from projects.kit.access import enter
from projects.models import Assignment, Job, JournalEntry, Membership, Task
from projects.planning import today_of

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """The cast, committed, so that other programs see it."""
    return build_cast()


def crowd(cast: Cast) -> None:
    """Plan so much at once for two people that nobody proves the best order of it in some seconds."""
    cast.nordwind.starts_on = today_of(cast.nordwind)
    cast.nordwind.save()
    for number in range(40):
        task = Task.objects.create(
            project=cast.nordwind,
            name=f"Piece {number}",
            position=10 + number,
            duration_minutes=480 + 60 * (number * 7 % 13),
        )
        for person, share in (
            (cast.tom.person, 0.3 + number % 5 / 10),
            (cast.tess.person, 0.2 + number % 7 / 10),
        ):
            seconds = int(task.duration_minutes * 60 * share)
            Assignment.objects.create(task=task, person=person, planned_seconds=seconds)
    plan.tree_renumber(cast.nordwind)
    plan.plan_schedule(project=cast.nordwind)


class KilledTests:
    def test_killed_while_it_searches_the_next_worker_levels_once(self, cast: Cast, tmp_path: Path) -> None:
        crowd(cast)
        entry = enter(cast.mara, "nordwind", "whatif.change")
        job = levelling.level_request(project=cast.nordwind, entry=entry, seconds=8)
        searching = Job.objects.filter(pk=job.pk, state=JobState.RUNNING, progress__gte=8).exists
        stage = Stage(folder=tmp_path)
        with stage.beat():
            with stage.worker() as first:
                wait_until(searching, what="the search is under way")
                first.kill()
            assert not WhatIf.objects.exists()
            with stage.worker():
                wait_until(
                    Job.objects.filter(pk=job.pk, state=JobState.DONE).exists, what="the next one ends it"
                )
        job.refresh_from_db()
        what_if = WhatIf.objects.select_related("project__calendar").get()
        assert (job.attempts, what_if.job_id) == (2, job.pk)
        assert Difference.objects.filter(what_if=what_if).exists()
        assert JournalEntry.objects.filter(action="whatif.levelled").count() == 1
        before, after = compared_of(what_if=what_if).days_over
        assert after < before


class TogetherTests:
    def test_two_accept_at_once_and_one_is_told(self, cast: Cast) -> None:
        Membership.objects.filter(project=cast.nordwind, person=cast.tess.person).update(role="manager")
        what_if = WhatIf.objects.create(project=cast.nordwind, name="Longer", owner=cast.mara)
        Difference.objects.create(
            what_if=what_if, kind="task", task=cast.setup, duration_minutes=2880,
            base={"duration_minutes": 2400, "constraint": "ASAP", "constraint_at": None},
        )  # fmt: skip
        seen = compared_of(what_if=WhatIf.objects.select_related("project__calendar").get(pk=what_if.pk)).seen

        def accept(name: str) -> Callable[[], object]:
            mine = WhatIf.objects.select_related("project").get(pk=what_if.pk)
            entry = enter(getattr(cast, name), "nordwind", "whatif.change")
            return lambda: whatif_accept(what_if=mine, entry=entry, seen=seen)

        said = together(accept("mara"), accept("tess"))
        assert sorted(word == "done" for word in said) == [False, True]
        assert "was accepted by" in next(word for word in said if word != "done")
        assert Task.objects.get(pk=cast.setup.pk).duration_minutes == 2880
        what_if.refresh_from_db()
        assert what_if.status == WhatIfState.ACCEPTED
