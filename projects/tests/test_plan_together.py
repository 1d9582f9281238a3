"""Two people change one plan at the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from implement.testkit.cast import Cast
from projects import services
from projects.models import Project, Task
from projects.planning import today_of
from projects.services.scheduling import plans_catch_up

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
TURNS = 12


class TogetherTests:
    def test_neither_is_turned_away_and_neither_s_change_is_lost(self, cast: Cast) -> None:
        start = Barrier(2)

        def change(pk: int) -> None:
            try:
                start.wait(timeout=20)
                for turn in range(1, TURNS + 1):
                    # Every change moves the other's task too: without order among them they would deadlock.
                    task = Task.objects.select_related("project").get(pk=pk)
                    task.duration_minutes = 480 * turn + 60
                    services.task_save(task=task, actor=cast.mara)
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(change, task.pk) for task in (cast.kickoff, cast.setup)]:
                done.result(timeout=60)
        for task in (cast.kickoff, cast.setup):
            task.refresh_from_db()
            assert task.duration_minutes == 480 * TURNS + 60
            assert task.version == TURNS + 1

    def test_of_two_beats_one_moves_the_plan_on_to_the_day(self, cast: Cast) -> None:
        Project.objects.filter(pk=cast.nordwind.pk).update(
            data_date=None, scheduled_at=timezone.now() - timedelta(days=2)
        )
        start = Barrier(2)

        def beat() -> int:
            try:
                start.wait(timeout=20)
                return plans_catch_up()
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            assert sum(done.result(timeout=60) for done in [pool.submit(beat), pool.submit(beat)]) == 1
        cast.kickoff.refresh_from_db()
        assert cast.kickoff.start is not None
        assert cast.kickoff.start.date() >= today_of(cast.nordwind)
