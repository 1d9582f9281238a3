"""One Idempotency-Key, two connections at the same moment: the work is done once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, connections

from implement.testkit.api import Api, assert_problem
from implement.testkit.cast import Cast, build_cast
from projects import services
from projects.models import IdempotencyKey, JournalEntry, Task

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
TASKS = "/api/v1/projects/nordwind/tasks/"
PATIENCE = 20.0


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """The cast, committed, so that other connections see it."""
    assert connection.vendor == "postgresql", "Two connections at once need PostgreSQL."
    return build_cast()


class Door:
    """Holds the first request in the middle of its work until it is let go, then works or breaks."""

    def __init__(self, work: Callable[..., Any]) -> None:
        self.work = work
        self.entered, self.go = threading.Event(), threading.Event()
        self.breaks = False

    def __call__(self, **words: Any) -> Any:
        if not self.entered.is_set():
            self.entered.set()
            assert self.go.wait(PATIENCE)
            if self.breaks:
                raise RuntimeError("The first one breaks.")
        return self.work(**words)


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Door:
    held = Door(services.plan_schedule)
    monkeypatch.setattr("projects.services.plan.plan_schedule", held)
    return held


def is_waiting() -> bool:
    """Return whether a connection waits for what another one has written."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


class Race:
    """Sends two requests with one key: the second while the first is in the middle of its work."""

    def __init__(self, client: Any, door: Door) -> None:
        self.client, self.door = client, door

    def post(self, name: str) -> Any:
        try:
            return self.client.post(TASKS, {"name": name}, format="json", HTTP_IDEMPOTENCY_KEY="once")
        finally:
            connections.close_all()

    def run(self, second_name: str = "Once") -> tuple[Any, Any]:
        """Return both answers."""
        with ThreadPoolExecutor(2) as threads:
            first = threads.submit(self.post, "Once")
            assert self.door.entered.wait(PATIENCE)
            second: Future[Any] = threads.submit(self.post, second_name)
            end = time.monotonic() + PATIENCE
            while not is_waiting() and not second.done():
                assert time.monotonic() < end, "The second request waits for nothing."
                time.sleep(0.02)
            assert not second.done(), "The second request was answered before the first had ended."
            self.door.go.set()
            return first.result(PATIENCE), second.result(PATIENCE)


class RaceTests:
    def test_the_second_waits_and_gets_the_firsts_answer(self, cast: Cast, api: Api, door: Door) -> None:
        first, second = Race(api(cast.mara), door).run()
        assert (first.status_code, second.status_code) == (201, 201)
        assert first.json() == second.json()
        assert first["ETag"] == second["ETag"]
        assert "Idempotency-Replayed" not in first
        assert second["Idempotency-Replayed"] == "true"
        assert Task.objects.filter(name="Once").count() == 1
        assert JournalEntry.objects.filter(action="task.added", target_label__contains="Once").count() == 1
        assert IdempotencyKey.objects.count() == 1

    def test_another_body_with_the_same_key_is_refused(self, cast: Cast, api: Api, door: Door) -> None:
        first, second = Race(api(cast.mara), door).run("Another")
        assert first.status_code == 201
        assert_problem(second, 400, "Idempotency-Key")
        assert not Task.objects.filter(name="Another").exists()

    def test_when_the_first_breaks_the_second_does_the_work(self, cast: Cast, api: Api, door: Door) -> None:
        door.breaks = True
        first, second = Race(api(cast.mara, raise_request_exception=False), door).run()
        assert_problem(first, 500)
        assert second.status_code == 201
        assert "Idempotency-Replayed" not in second
        assert Task.objects.filter(name="Once").count() == 1
