"""Approved hours are corrected by a reversing entry: history stays, and every figure agrees."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from rest_framework.test import APIClient

from budget.choices import Measure
from budget.models import ClosedPeriod, EntryDecision, RateCard, TimeEntry, TimeRules
from budget.selectors import budget_figures
from budget.selectors.burn import burn_by_week
from budget.services.corrections import Right, time_reverse
from budget.services.deciding import entries_decide
from budget.services.periods import period_close
from budget.services.pricing import entries_reprice
from budget.services.time import copy_week, time_save
from implement.core.errors import DomainError, NotAllowed, StateError
from implement.testkit.cast import STARTS_ON, Cast
from projects.kit.access import Entry, enter
from projects.models import JournalEntry
from projects.planning import today_of

Login = Callable[..., Client]
Api = Callable[..., APIClient]
D = Decimal


def hours(cast: Cast, **more: object) -> TimeEntry:
    return TimeEntry.objects.create(
        **{"project": cast.nordwind, "person": cast.tom.person, "task": cast.setup, "seconds": 7200,
           "worked_on": STARTS_ON, "status": "approved", "cost_rate": D(80), "bill_rate": D(150), "cost": D(160),
           "bill": D(300)} | more
    )  # fmt: skip


def mara(cast: Cast) -> Entry:
    return enter(cast.mara, "nordwind", "time.correct")


def actual(cast: Cast, day: date, measure: str = Measure.COST) -> Decimal | None:
    return budget_figures(project=cast.nordwind, as_of=day, measure=measure).total.actual


class ReversalTests:
    def test_a_reversal_takes_back_what_was_frozen(self, cast: Cast) -> None:
        row = hours(cast, overtime_seconds=3600, cost_factor=D("1.5"))
        RateCard.objects.update(cost_rate=D(999))
        reversal, booked = time_reverse(entry=row, access=mara(cast), reason="Wrong project")
        assert booked is None
        assert (reversal.seconds, reversal.cost, reversal.bill, reversal.cost_rate) == (-7200, -160, -300, 80)
        assert (reversal.overtime_seconds, reversal.cost_factor) == (-3600, D("1.5"))
        assert (reversal.worked_on, reversal.booked_on) == (STARTS_ON, today_of(cast.nordwind))
        assert (reversal.status, reversal.decided_by, reversal.reverses) == ("approved", cast.mara, row)
        row.refresh_from_db()
        assert (row.seconds, row.cost, row.status) == (7200, 160, "approved")
        assert JournalEntry.objects.get(action="timeentry.reversed").changes["reason"] == [
            None,
            "Wrong project",
        ]
        assert EntryDecision.objects.get().verdict == "reversed"

    def test_the_right_hours_are_booked_and_history_stays_as_it_was(self, cast: Cast) -> None:
        row = hours(cast)
        period_close(
            starts_on=date(2026, 3, 1),
            ends_on=date(2026, 3, 31),
            access=enter(cast.mara, "nordwind", "time.lock"),
        )
        before = {day: actual(cast, day) for day in (STARTS_ON, date(2026, 3, 31), date(2026, 6, 30))}
        right = Right(task=cast.kickoff, seconds=3600, note="Kick-off")
        _, booked = time_reverse(entry=row, access=mara(cast), reason="Other task", right=right)
        assert booked is not None
        assert (booked.worked_on, booked.booked_on) == (STARTS_ON, today_of(cast.nordwind))
        # Who corrects decides here as well, so that it is approved at once.
        assert (booked.status, booked.cost, booked.replaces) == ("approved", 80, row)
        assert {day: actual(cast, day) for day in before} == before
        assert actual(cast, today_of(cast.nordwind)) == 80
        # What was worked in the week is told by the week of the work.
        weeks = {
            week.monday: week.actual
            for week in burn_by_week(project=cast.nordwind, as_of=today_of(cast.nordwind))
        }
        assert weeks[STARTS_ON] == 1
        assert min(weeks.values()) == 0

    def test_it_is_posted_in_the_first_open_day(self, cast: Cast) -> None:
        row, today = hours(cast), today_of(cast.nordwind)
        ClosedPeriod.objects.create(
            project=cast.nordwind, starts_on=today - timedelta(days=3), ends_on=today + timedelta(days=2),
            closed_at="2026-01-01T00:00Z",
        )  # fmt: skip
        reversal, _ = time_reverse(entry=row, access=mara(cast), reason="Twice")
        assert reversal.booked_on == today + timedelta(days=3)

    def test_once_only_and_never_a_reversal(self, cast: Cast) -> None:
        row = hours(cast)
        reversal, _ = time_reverse(entry=row, access=mara(cast), reason="Twice")
        with pytest.raises(StateError, match="once"):
            time_reverse(entry=row, access=mara(cast), reason="Again")
        with pytest.raises(StateError, match="not reversed"):
            time_reverse(entry=reversal, access=mara(cast), reason="Back")
        with pytest.raises(IntegrityError), transaction.atomic():
            TimeEntry.objects.create(
                project=cast.nordwind, person=cast.tom.person, worked_on=STARTS_ON, seconds=-1, reverses=row,
                correction_reason="x", status="approved",
            )  # fmt: skip

    @pytest.mark.parametrize("status", ["draft", "submitted", "rejected"])
    def test_only_what_is_approved(self, cast: Cast, status: str) -> None:
        with pytest.raises(StateError, match="Only approved"):
            time_reverse(entry=hours(cast, status=status), access=mara(cast), reason="No")

    def test_not_ones_own_and_not_by_everybody(self, cast: Cast) -> None:
        with pytest.raises(NotAllowed, match="Nobody approves their own"):
            time_reverse(entry=hours(cast, person=cast.mara.person), access=mara(cast), reason="Mine")
        with pytest.raises(NotAllowed):
            time_reverse(entry=hours(cast), access=enter(cast.tom, "nordwind", "time.log"), reason="Mine")

    @pytest.mark.parametrize(
        ("reason", "right"),
        [(" ", None), ("x" * 256, None), ("Ok", {"seconds": 0}), ("Ok", {"seconds": 90_000}),
         ("Ok", {"task": "go_live"})],
    )  # fmt: skip
    def test_nonsense_changes_nothing(self, cast: Cast, reason: str, right: dict[str, object] | None) -> None:
        row = hours(cast)
        wanted = None
        if right is not None:
            task = getattr(cast, str(right.get("task", "setup")))
            wanted = Right(task=task, seconds=int(str(right.get("seconds", 60))))
        with pytest.raises(DomainError):
            time_reverse(entry=row, access=mara(cast), reason=reason, right=wanted)
        assert TimeEntry.objects.count() == 1

    def test_no_negative_hours_but_by_reversal(self, cast: Cast) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            hours(cast, seconds=-60)

    def test_a_copy_of_the_week_takes_neither_of_the_pair(self, cast: Cast) -> None:
        time_reverse(entry=hours(cast), access=mara(cast), reason="Twice")
        monday = STARTS_ON + timedelta(days=7)
        tom = enter(cast.tom, "nordwind", "time.log")
        assert copy_week(person=cast.tom.person, access=tom, monday=monday) == 0

    def test_two_levels_let_the_right_hours_wait_for_the_second(self, cast: Cast) -> None:
        TimeRules.objects.create(project=cast.nordwind, levels=2)
        _, booked = time_reverse(
            entry=hours(cast), access=mara(cast), reason="Less", right=Right(task=cast.setup, seconds=60)
        )
        assert booked is not None
        assert (booked.status, booked.approved_level) == ("submitted", 1)
        fay = enter(cast.fay, "nordwind", "time.decide")
        entries_decide(model=TimeEntry, ids=[booked.pk], access=fay, approve=True)
        booked.refresh_from_db()
        assert booked.status == "approved"


class FrozenTests:
    def test_a_rate_changed_later_moves_no_approved_amount(self, cast: Cast) -> None:
        row = hours(cast, status="submitted")
        draft = hours(cast, status="draft", worked_on=STARTS_ON + timedelta(days=1))
        entries_decide(model=TimeEntry, ids=[row.pk], access=mara(cast), approve=True)
        RateCard.objects.filter(project=cast.nordwind).update(cost_rate=D(100), bill_rate=D(200))
        TimeRules.objects.create(project=cast.nordwind, overtime_day=D(1), overtime_cost=D(2))
        entries_reprice(project=cast.nordwind)
        row.refresh_from_db()
        draft.refresh_from_db()
        assert (row.cost, row.bill, row.overtime_seconds) == (160, 300, 0)
        assert (draft.cost, draft.bill, draft.overtime_seconds) == (300, 400, 3600)


class PageTests:
    def test_the_pages_of_a_correction(self, cast: Cast, login: Login) -> None:
        row = hours(cast)
        browser = login(cast.mara)
        assert (
            f"/time/{row.pk}/correct/" in browser.get(f"/projects/nordwind/time/{row.pk}/").content.decode()
        )
        address = f"/projects/nordwind/time/{row.pk}/correct/"
        page = browser.get(address).content.decode()
        assert "2026" in page
        refused = browser.post(
            address, {"reason": "", "books_right": "on", "task": cast.setup.pk, "seconds": "1"}
        )
        assert refused.status_code == 422
        done = browser.post(
            address, {"reason": "Less", "books_right": "on", "task": cast.setup.pk, "seconds": "1"}
        )
        assert done.status_code == 302
        page = browser.get(f"/projects/nordwind/time/{row.pk}/").content.decode()
        assert "Reversed" in page
        assert "Less" in page
        assert "/correct/" not in page
        assert browser.get(address).status_code == 409

    def test_who_may_not_see_cost_sees_none_of_it(self, cast: Cast, login: Login) -> None:
        row = hours(cast, overtime_seconds=3600, cost_factor=D("1.77"), bill_factor=D("1.33"))
        page = login(cast.tom).get(f"/projects/nordwind/time/{row.pk}/").content.decode()
        assert "1.00 h" in page
        for figure in ("177", "133", "160", "300"):
            assert f">{figure}" not in page
            assert f"{figure} %" not in page

    def test_the_api_corrects_once_by_its_key(self, cast: Cast, api: Api) -> None:
        row = hours(cast)
        address = f"/api/v1/projects/nordwind/time-entries/{row.pk}/reverse/"
        said = {"reason": "Less", "right": {"task": cast.setup.pk, "seconds": 60}}
        client = api(cast.mara)
        first = client.post(address, said, format="json", HTTP_IDEMPOTENCY_KEY="one")
        again = client.post(address, said, format="json", HTTP_IDEMPOTENCY_KEY="one")
        assert first.status_code == again.status_code == 201, first.content
        assert first.json() == again.json()
        assert TimeEntry.objects.count() == 3
        assert client.post(address, said, format="json").status_code == 409
        own = client.post(address, {"reason": "x", "seconds": 1}, format="json")
        assert own.status_code == 409
        assert api(cast.tom).post(address, said, format="json").status_code == 403

    def test_a_replacement_is_saved_without_losing_its_posting(self, cast: Cast) -> None:
        TimeRules.objects.create(project=cast.nordwind, levels=2)
        _, booked = time_reverse(
            entry=hours(cast), access=mara(cast), reason="Less", right=Right(task=cast.setup, seconds=60)
        )
        assert booked is not None
        fay = enter(cast.fay, "nordwind", "time.decide")
        entries_decide(model=TimeEntry, ids=[booked.pk], access=fay, approve=False, reason="Which task?")
        booked.refresh_from_db()
        booked.task = cast.kickoff
        time_save(entry=booked, access=enter(cast.tom, "nordwind", "time.log"))
        booked.refresh_from_db()
        assert (booked.status, booked.booked_on) == ("draft", today_of(cast.nordwind))
