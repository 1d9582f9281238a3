"""Two people change one plan at the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from implement.testkit.cast import Cast
from projects import services
from projects.models import Task

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
