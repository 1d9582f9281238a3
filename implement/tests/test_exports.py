"""Downloads of whole lists: in the reader's time, every row once, and no more memory for a long list."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from budget.models import TimeEntry
from budget.tables.time import TimeEntryTable
from implement.reports.models import Report
from implement.testkit.cast import Cast
from projects.models import Task

Login = Callable[..., Client]
pytestmark = pytest.mark.django_db


def peak(browser: Client, address: str) -> int:
    """Return how many bytes a download takes at most while nobody keeps it.

    What other tests left is frozen: with it, the collector would let this one's garbage lie for longer.
    The client closes the response after its last piece; a second time would close the test's connection.
    """
    gc.collect()
    gc.freeze()
    tracemalloc.start()
    try:
        response: Any = browser.get(address)
        assert response.status_code == 200
        for piece in response.streaming_content:
            del piece
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        gc.unfreeze()


class MemoryTests:
    @pytest.mark.parametrize("format", ["csv", "xlsx"])
    def test_a_list_ten_times_as_long_takes_no_more(
        self, cast: Cast, login: Login, monkeypatch: pytest.MonkeyPatch, format: str
    ) -> None:
        monkeypatch.setattr("projects.kit.exports.ROWS_READ", 50)
        browser, address = login(cast.mara), f"/projects/nordwind/tasks/export.{format}"
        add_tasks(cast, 150)
        peak(browser, address)
        short = peak(browser, address)
        add_tasks(cast, 1350)
        assert peak(browser, address) < 2 * short


def add_tasks(cast: Cast, count: int) -> None:
    Task.objects.bulk_create(
        Task(project=cast.nordwind, name=f"Task {number}", position=number) for number in range(count)
    )


class RowsTests:
    def test_moments_are_told_in_the_readers_time(self, cast: Cast, login: Login) -> None:
        type(cast.mara).objects.filter(pk=cast.mara.pk).update(time_zone="Asia/Tokyo")
        Report.objects.create(
            project=cast.nordwind,
            kind="status",
            audience="internal",
            period_from=date(2026, 2, 23),
            period_to=date(2026, 3, 2),
            sent_at=datetime(2026, 3, 2, 20, 0, tzinfo=UTC),
        )
        address = "/projects/nordwind/reports/export."
        text: Any = login(cast.mara).get(f"{address}csv")
        assert b",2026-03-03 05:00:00+09:00\r\n" in text.getvalue()
        sheet: Any = login(cast.mara).get(f"{address}xlsx")
        book = load_workbook(BytesIO(sheet.getvalue()))
        assert book.active["G2"].value == datetime(2026, 3, 3, 5, 0)

    def test_rows_that_are_alike_have_an_order(self) -> None:
        """Else the database may put a row on two pages, and another on none."""
        table = TimeEntryTable(TimeEntry.objects.all())
        assert table.data.data.query.order_by == ("-worked_on", "-pk")
        table.order_by = "seconds"
        assert table.data.data.query.order_by == ("seconds", "pk")
