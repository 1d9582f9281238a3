"""Closed periods: nothing gets in or out by any way, and a closing is undone with a reason only."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from budget.models import ClosedPeriod, Expense, TimeEntry
from budget.services.deciding import entries_decide
from budget.services.editing import entries_change
from budget.services.expenses import expense_delete, expense_save
from budget.services.periods import period_close, period_reopen
from budget.services.time import (
    Cell,
    cells_save,
    copy_day,
    copy_week,
    time_delete,
    time_restore,
    time_save,
    week_submit,
)
from budget.services.timer import timer_start, timer_stop
from budget.workflows import TIME_WORKFLOW
from implement.core.errors import DomainError, NotAllowed, StateError
from implement.testkit.cast import STARTS_ON, Cast, build_cast
from projects.kit.access import Entry, enter
from projects.models import JournalEntry

Login = Callable[..., Client]
Api = Callable[..., APIClient]
FIRST, LAST = date(2026, 3, 1), date(2026, 3, 31)
OPEN_DAY = date(2026, 4, 7)


def hours(cast: Cast, **more: object) -> TimeEntry:
    return TimeEntry.objects.create(
        **{"project": cast.nordwind, "person": cast.tom.person, "task": cast.setup, "seconds": 3600,
           "worked_on": STARTS_ON} | more
    )  # fmt: skip


def spent(cast: Cast, **more: object) -> Expense:
    return Expense.objects.create(
        **{"project": cast.nordwind, "person": cast.tom.person, "spent_on": STARTS_ON, "description": "Train",
           "amount": Decimal(40), "currency": "EUR", "cost": Decimal(40), "bill": Decimal(0)} | more
    )  # fmt: skip


def mara(cast: Cast) -> Entry:
    return enter(cast.mara, "nordwind", "time.lock")


def tom(cast: Cast) -> Entry:
    return enter(cast.tom, "nordwind", "time.log")


def closed(cast: Cast) -> ClosedPeriod:
    return period_close(starts_on=FIRST, ends_on=LAST, access=mara(cast))


class ClosingTests:
    def test_what_is_approved_becomes_locked(self, cast: Cast) -> None:
        inside, outside = hours(cast, status="approved"), hours(cast, status="approved", worked_on=OPEN_DAY)
        cost, of_rival = (
            spent(cast, status="approved"),
            hours(cast, project=cast.rival, task=None, status="approved"),
        )
        closed(cast)
        for row, status in (
            (inside, "locked"),
            (outside, "approved"),
            (cost, "locked"),
            (of_rival, "approved"),
        ):
            row.refresh_from_db()
            assert row.status == status
        assert JournalEntry.objects.get(action="closedperiod.closed").changes["locked"] == [None, 2]

    @pytest.mark.parametrize("status", ["draft", "submitted", "rejected"])
    def test_open_hours_are_named_and_nothing_is_closed(self, cast: Cast, status: str) -> None:
        hours(cast, status=status)
        with pytest.raises(StateError, match="1 entry is not decided yet \\(Tom Team\\)"):
            closed(cast)
        assert not ClosedPeriod.objects.exists()

    def test_days_that_make_no_period_are_refused(self, cast: Cast) -> None:
        for first, last in ((LAST, FIRST), (FIRST, FIRST + timedelta(days=999))):
            with pytest.raises(DomainError):
                period_close(starts_on=first, ends_on=last, access=mara(cast))
        closed(cast)
        with pytest.raises(StateError, match="closed already"):
            closed(cast)

    def test_the_firm_is_closed_by_administrators_only(self, cast: Cast) -> None:
        with pytest.raises(NotAllowed):
            period_close(starts_on=FIRST, ends_on=LAST, user=cast.mara)
        period_close(starts_on=FIRST, ends_on=LAST, user=cast.ada)
        with pytest.raises(StateError, match="whole firm"):
            time_save(entry=hours(cast, worked_on=OPEN_DAY), access=tom(cast)) and time_save(
                entry=TimeEntry(
                    project=cast.nordwind,
                    person=cast.tom.person,
                    task=cast.setup,
                    seconds=1,
                    worked_on=STARTS_ON,
                ),
                access=tom(cast),
            )


def moved_in(cast: Cast, entry: TimeEntry, cost: Expense) -> None:
    entry.worked_on = STARTS_ON
    time_save(entry=entry, access=tom(cast))


def moved_by_api(cast: Cast, entry: TimeEntry, cost: Expense) -> None:
    client = APIClient()
    client.force_login(cast.tom)
    answer = client.patch(
        f"/api/v1/projects/nordwind/time-entries/{entry.pk}/", {"worked_on": str(STARTS_ON)}, format="json"
    )
    assert answer.status_code == 409
    assert "closed period" in answer.json()["errors"]["worked_on"][0]
    raise StateError("closed")


def expense_moved_in(cast: Cast, entry: TimeEntry, cost: Expense) -> None:
    cost.spent_on = STARTS_ON
    expense_save(expense=cost, access=tom(cast))


WAYS: dict[str, Callable[[Cast, TimeEntry, Expense], Any]] = {
    "moved in": moved_in,
    "moved by API": moved_by_api,
    "grid": lambda cast, entry, cost: cells_save(
        access=tom(cast), person=cast.tom.person, cells=[Cell(cast.setup, STARTS_ON, 60)]
    ),
    "expense moved in": expense_moved_in,
    "restored": lambda cast, entry, cost: time_restore(
        entry=hours(cast, deleted_at=timezone.now()), access=tom(cast)
    ),
}
# What lies in the period and was open when it was closed cannot be there; if it is, it stays as it is.
INSIDE: dict[str, Callable[[Cast, TimeEntry, Expense], Any]] = {
    "moved out": lambda cast, entry, cost: (
        setattr(entry, "worked_on", OPEN_DAY), time_save(entry=entry, access=tom(cast))
    ),
    "deleted": lambda cast, entry, cost: time_delete(entry=entry, access=tom(cast)),
    "expense deleted": lambda cast, entry, cost: expense_delete(expense=cost, access=tom(cast)),
    "bulk": lambda cast, entry, cost: entries_change(ids=[entry.pk], access=tom(cast), note="x"),
    "submitted": lambda cast, entry, cost: week_submit(
        access=tom(cast), person=cast.tom.person, monday=STARTS_ON
    ),
    "step": lambda cast, entry, cost: TIME_WORKFLOW.perform(name="submit", item=entry, entry=tom(cast)),
    "decided": lambda cast, entry, cost: (
        TimeEntry.objects.filter(pk=entry.pk).update(status="submitted"),
        entries_decide(model=TimeEntry, ids=[entry.pk], access=mara(cast), approve=True),
    ),
}  # fmt: skip


class ClosedTests:
    @pytest.mark.parametrize("way", WAYS)
    def test_nothing_gets_in(self, cast: Cast, way: str) -> None:
        entry, cost = hours(cast, worked_on=OPEN_DAY), spent(cast, spent_on=OPEN_DAY)
        closed(cast)
        with pytest.raises(StateError, match="closed"), transaction.atomic():
            WAYS[way](cast, entry, cost)
        assert not TimeEntry.objects.filter(worked_on__lte=LAST).exists()
        assert not Expense.objects.filter(spent_on__lte=LAST).exists()

    @pytest.mark.parametrize("way", INSIDE)
    def test_nothing_gets_out_or_on(self, cast: Cast, way: str) -> None:
        closed(cast)
        entry, cost = hours(cast), spent(cast)
        with pytest.raises(StateError, match="closed"), transaction.atomic():
            INSIDE[way](cast, entry, cost)
        entry.refresh_from_db()
        assert (entry.status, entry.worked_on, entry.deleted_at) == ("draft", STARTS_ON, None)

    def test_a_copy_leaves_closed_days_out(self, cast: Cast) -> None:
        for day in range(5):
            hours(cast, worked_on=STARTS_ON + timedelta(days=21 + day), status="approved")
        closed(cast)
        assert copy_week(person=cast.tom.person, access=tom(cast), monday=date(2026, 3, 30)) == 3
        assert (
            copy_day(
                person=cast.tom.person, access=tom(cast), source=date(2026, 3, 23), target=date(2026, 3, 31)
            )
            == 0
        )

    def test_a_timer_that_ends_in_a_closed_day_runs_on(self, cast: Cast) -> None:
        now = timezone.now()
        timer_start(task=cast.setup, access=tom(cast), person=cast.tom.person, at=now - timedelta(hours=1))
        today = timezone.localdate()
        period_close(
            starts_on=today - timedelta(days=2), ends_on=today + timedelta(days=1), access=mara(cast)
        )
        with pytest.raises(StateError, match="closed"):
            timer_stop(person=cast.tom.person, user=cast.tom)
        assert cast.tom.person.timer


class OpeningTests:
    def test_it_is_opened_with_a_reason_by_who_may(self, cast: Cast) -> None:
        row = hours(cast, status="approved")
        period = closed(cast)
        with pytest.raises(NotAllowed):
            period_reopen(period=period, reason="Late hours", access=mara(cast))
        fay = enter(cast.fay, "nordwind", "time.unlock")
        with pytest.raises(DomainError, match="needs a reason"):
            period_reopen(period=period, reason=" ", access=fay)
        period_reopen(period=period, reason="Late hours", access=fay)
        row.refresh_from_db()
        assert row.status == "approved"
        told = JournalEntry.objects.get(action="closedperiod.reopened")
        assert told.changes["reason"] == [None, "Late hours"]
        with pytest.raises(StateError, match="open already"):
            period_reopen(period=period, reason="Again", access=fay)

    def test_what_another_period_holds_stays_locked(self, cast: Cast) -> None:
        row = hours(cast, status="approved")
        period_close(starts_on=FIRST, ends_on=LAST, user=cast.ada)
        mine = period_close(starts_on=FIRST, ends_on=LAST, access=mara(cast))
        period_reopen(period=mine, reason="Mistake", access=enter(cast.fay, "nordwind", "time.unlock"))
        row.refresh_from_db()
        assert row.status == "locked"


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
class RaceTests:
    def test_who_saves_while_a_period_is_closed_is_in_it_or_refused(self) -> None:
        cast = build_cast()
        outcome: list[str] = []
        saved, go_on = threading.Event(), threading.Event()

        def save() -> None:
            try:
                with transaction.atomic():
                    time_save(
                        entry=TimeEntry(
                            project=cast.nordwind, person=cast.tom.person, task=cast.setup, seconds=60,
                            worked_on=STARTS_ON,
                        ),
                        access=tom(cast),
                    )  # fmt: skip
                    saved.set()
                    go_on.wait(20)
                outcome.append("saved")
            finally:
                connection.close()

        def close() -> None:
            saved.wait(20)
            try:
                period_close(starts_on=FIRST, ends_on=LAST, access=mara(cast))
                outcome.append("closed")
            except StateError:
                outcome.append("refused")
            finally:
                connection.close()

        threads = [threading.Thread(target=save), threading.Thread(target=close)]
        for thread in threads:
            thread.start()
        saved.wait(20)
        # The closing waits for the draft that nobody else sees yet; then it must find it.
        threads[1].join(0.5)
        assert outcome == []
        go_on.set()
        for thread in threads:
            thread.join(20)
        assert outcome == ["saved", "refused"]
        assert not ClosedPeriod.objects.exists()
