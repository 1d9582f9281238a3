"""Writing many rows at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from implement.core import db
from implement.testkit.cast import Cast
from projects.models import Task

COLUMNS = ["name", "parent", "start", "finish", "percent_complete", "is_critical", "total_float_minutes"]


class UpdateRowsTests:
    @pytest.mark.parametrize("most", [32_000, 16])
    def test_every_kind_of_column_is_written_and_nothing_else(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch, most: int
    ) -> None:
        monkeypatch.setattr(db, "most_values", lambda: most)
        tasks = list(Task.objects.filter(project=cast.nordwind))
        for number, task in enumerate(tasks):
            task.name = f"'Ünïcode' {number} %s"
            task.parent = cast.kickoff if number == 1 else None
            task.start = None if number == 0 else datetime(2026, 3, 2, 9, number, tzinfo=UTC)
            task.finish = None
            task.percent_complete = Decimal("33.33")
            task.is_critical = number % 2 == 0
            task.total_float_minutes = -number
            task.description = "not named, so not written"
        db.update_rows(tasks, COLUMNS)
        for task in tasks:
            stored = Task.objects.get(pk=task.pk)
            assert [getattr(stored, name) for name in COLUMNS] == [getattr(task, name) for name in COLUMNS]
            assert stored.description == ""
        assert Task.objects.get(pk=cast.rival_task.pk).name == "Secret rival work"

    def test_ten_thousand_rows_are_one_statement(
        self, cast: Cast, django_assert_num_queries: Callable[..., Any]
    ) -> None:
        rows = [Task(pk=cast.setup.pk, name="Set up")] + [Task(pk=10**9 + n, name="x") for n in range(10_000)]
        # Its own savepoint stands around it.
        with django_assert_num_queries(3):
            db.update_rows(rows, COLUMNS)

    def test_no_rows_are_no_statement(self, django_assert_num_queries: object, cast: Cast) -> None:
        with django_assert_num_queries(0):  # type: ignore[operator]
            db.update_rows([], ["name"])
