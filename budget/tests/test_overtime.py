"""Overtime, the day's cap and internal tasks: the same hours always give the same money, frozen at approval."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time, timedelta
from decimal import Decimal
from typing import Any

from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.test import APIClient

from budget.models import TimeEntry, TimeRules
from budget.selectors.customer import customer_budget
from budget.selectors.pricing import PriceBook, prices_for
from budget.selectors.rates import RateBook
from budget.services.deciding import entries_decide
from budget.services.rules import rules_save
from budget.services.time import Cell, cells_save, time_delete, time_save
from implement.testkit.cast import STARTS_ON, Cast
from projects.kit.access import Entry, enter
from projects.models import JournalEntry, Project, Task

Login = Callable[..., Client]
Api = Callable[..., APIClient]
D = Decimal
HOUR = 3600


def tom(cast: Cast) -> Entry:
    return enter(cast.tom, "nordwind", "time.log")


def log(cast: Cast, hours: float, day: int = 0, **more: object) -> TimeEntry:
    values = {"project": cast.nordwind, "person": cast.tom.person, "task": cast.setup} | more
    entry = TimeEntry(**values, seconds=int(hours * HOUR), worked_on=STARTS_ON + timedelta(days=day))
    return time_save(entry=entry, access=tom(cast))


def rules(cast: Cast, **values: Any) -> TimeRules:
    return TimeRules.objects.create(project=cast.nordwind, **values)


class OvertimeTests:
    def test_beyond_the_day_at_the_factors(self, cast: Cast) -> None:
        rules(cast, overtime_day=D(8), overtime_cost=D("1.5"), overtime_bill=D("1.25"))
        first, second = log(cast, 7), log(cast, 2.5)
        assert (first.overtime_seconds, first.cost, first.bill) == (0, 560, 1050)
        assert (second.overtime_seconds, second.cost_factor) == (5400, D("1.5"))
        # 1 h at 80 and 1.5 h at 120; 1 h at 150 and 1.5 h at 187.50.
        assert (second.cost, second.bill) == (260, D("431.25"))

    def test_beyond_the_week_what_is_no_overtime_by_the_day_already(self, cast: Cast) -> None:
        rules(cast, overtime_day=D(8), overtime_week=D(40), overtime_cost=D(2))
        monday = log(cast, 12)
        rest = [log(cast, 8, day) for day in range(1, 5)]
        saturday = log(cast, 3, 5)
        assert monday.overtime_seconds == 4 * HOUR
        assert [row.overtime_seconds for row in rest] == [0, 0, 0, 0]
        assert saturday.overtime_seconds == 3 * HOUR

    def test_days_without_work_are_overtime_whole(self, cast: Cast) -> None:
        rules(cast, overtime_free_days=True)
        assert log(cast, 2, 5).overtime_seconds == 2 * HOUR
        assert log(cast, 2, 4).overtime_seconds == 0

    def test_the_others_follow_when_one_of_the_day_changes(self, cast: Cast) -> None:
        rules(cast, overtime_day=D(8), overtime_cost=D(2))
        first, second = log(cast, 8, started_at=time(8)), log(cast, 2, started_at=time(17))
        assert second.overtime_seconds == 2 * HOUR
        time_delete(entry=first, access=tom(cast))
        second.refresh_from_db()
        assert (second.overtime_seconds, second.cost) == (0, 160)
        cells_save(access=tom(cast), person=cast.tom.person, cells=[Cell(cast.kickoff, STARTS_ON, 7 * HOUR)])
        assert sum(TimeEntry.objects.values_list("overtime_seconds", flat=True)) == HOUR

    def test_a_rule_set_later_reaches_what_is_open_and_nothing_approved(self, cast: Cast) -> None:
        approved, draft = log(cast, 10), log(cast, 10, 1)
        TimeEntry.objects.filter(pk=approved.pk).update(status="submitted")
        mara = enter(cast.mara, "nordwind", "time.rules")
        entries_decide(model=TimeEntry, ids=[approved.pk], access=mara, approve=True)
        rules_save(rules=TimeRules(overtime_day=D(8), overtime_cost=D(2)), access=mara)
        approved.refresh_from_db()
        draft.refresh_from_db()
        assert (approved.overtime_seconds, approved.cost) == (0, 800)
        assert (draft.overtime_seconds, draft.cost) == (2 * HOUR, 960)

    def test_what_is_frozen_counts_first(self, cast: Cast) -> None:
        rules(cast, overtime_day=D(8))
        evening = log(cast, 8, started_at=time(12))
        TimeEntry.objects.filter(pk=evening.pk).update(status="approved")
        morning = log(cast, 2, started_at=time(6))
        assert morning.overtime_seconds == 2 * HOUR

    def test_the_firms_rules_hold_where_a_project_has_none(self, cast: Cast) -> None:
        TimeRules.objects.create(project=None, overtime_day=D(1))
        assert log(cast, 2).overtime_seconds == HOUR
        rules(cast)
        assert log(cast, 2).overtime_seconds == 0


class BillingTests:
    def test_beyond_the_cap_nothing_is_billed(self, cast: Cast) -> None:
        rules(cast, billable_day=D(6))
        inside, across, beyond = log(cast, 4), log(cast, 4), log(cast, 1)
        assert [row.unbilled_seconds for row in (inside, across, beyond)] == [0, 2 * HOUR, HOUR]
        assert [row.bill for row in (inside, across, beyond)] == [600, 300, 0]
        assert [row.cost for row in (inside, across, beyond)] == [320, 320, 80]

    def test_hours_that_are_not_billable_use_up_no_cap(self, cast: Cast) -> None:
        rules(cast, billable_day=D(6))
        log(cast, 6, is_billable=False)
        assert log(cast, 6).bill == 900

    def test_on_and_below_an_internal_task_nothing_is_billed(self, cast: Cast) -> None:
        Task.objects.filter(pk=cast.kickoff.pk).update(is_billable=False)
        below = Task.objects.create(project=cast.nordwind, name="Below", parent=cast.kickoff, position=9)
        row = log(cast, 2, task=below)
        assert (row.bill, row.cost, row.unbilled_seconds) == (0, 160, 7200)
        row.task = cast.setup
        assert time_save(entry=row, access=tom(cast)).bill == 300

    def test_the_customers_hours_are_those_that_are_billed(self, cast: Cast) -> None:
        rules(cast, billable_day=D(6))
        log(cast, 8)
        TimeEntry.objects.update(status="approved")
        Project.objects.filter(pk=cast.nordwind.pk).update(customer_budget="hours")
        cast.nordwind.refresh_from_db()
        found = customer_budget(project=cast.nordwind, as_of=STARTS_ON)
        assert found is not None
        assert found.used == 6


class SeenTests:
    def test_overtime_is_told_and_its_money_only_to_who_may(self, cast: Cast, login: Login) -> None:
        rules(cast, overtime_day=D(8), overtime_cost=D("1.77"), overtime_bill=D("1.33"))
        row = log(cast, 9.5)
        page = f"/projects/nordwind/time/{row.pk}/"
        mine, theirs = (login(user).get(page).content.decode() for user in (cast.tom, cast.fay))
        assert "1.50 h of it" in mine
        assert "1.50 h of it, billed at 133 %, paid at 177 %" in theirs
        assert "133" not in mine
        assert "177" not in mine

    def test_the_api_hides_the_factors(self, cast: Cast, api: Api) -> None:
        rules(cast, overtime_day=D(8), overtime_cost=D("1.77"), overtime_bill=D("1.33"))
        row = log(cast, 9)
        address = f"/api/v1/projects/nordwind/time-entries/{row.pk}/"
        mine, theirs = api(cast.tom).get(address).json(), api(cast.fay).get(address).json()
        assert mine["overtime_seconds"] == theirs["overtime_seconds"] == HOUR
        assert {"cost_factor", "bill_factor", "cost", "bill"} & mine.keys() == set()
        assert (theirs["cost_factor"], theirs["bill_factor"]) == ("1.770", "1.330")
        listed = api(cast.tom).get("/api/v1/projects/nordwind/time-rules/")
        assert listed.status_code == 403

    def test_the_api_gives_a_project_rules_of_its_own_and_leaves_the_firms_alone(
        self, cast: Cast, api: Api
    ) -> None:
        client, root = api(cast.fay), "/api/v1/projects/nordwind/time-rules/"
        firm = TimeRules.objects.create(project=None, levels=1)
        refused = client.patch(f"{root}{firm.pk}/", {"levels": 2}, format="json")
        assert (refused.status_code, TimeRules.objects.get(project=None).levels) == (403, 1)
        made = client.post(root, {"levels": 2}, format="json")
        assert (made.status_code, made.json()["project"]) == (201, cast.nordwind.pk)
        assert JournalEntry.objects.filter(action="timerules.added", project=cast.nordwind).exists()
        assert client.post(root, {"levels": 2}, format="json").status_code == 409


weeks = st.lists(
    st.tuples(st.integers(0, 6), st.integers(1, 12 * HOUR), st.booleans()), min_size=1, max_size=8
)


class ReckoningTests:
    @given(
        week=weeks,
        day=st.none() | st.integers(0, 10),
        limit=st.none() | st.integers(0, 50),
        cap=st.none() | st.integers(0, 10),
        frozen=st.integers(0, 3),
        dice=st.randoms(use_true_random=False),
    )
    def test_it_depends_on_the_hours_only_and_splits_them_whole(
        self, week: list[tuple[int, int, bool]], day: int | None, limit: int | None, cap: int | None, frozen: int,
        dice: Any,
    ) -> None:  # fmt: skip
        book = PriceBook(
            project=Project(currency="EUR"),
            rates=RateBook(currency="EUR"),
            rules=TimeRules(overtime_day=day, overtime_week=limit, billable_day=cap),
            internal=frozenset(),
        )
        rows = [
            TimeEntry(
                pk=number + 1, worked_on=STARTS_ON + timedelta(days=at), seconds=seconds, is_billable=billed,
                status="approved" if number < frozen else "draft",
            )
            for number, (at, seconds, billed) in enumerate(week)
        ]  # fmt: skip
        found = book.reckon(rows)
        shuffled = list(rows)
        dice.shuffle(shuffled)
        assert book.reckon(shuffled) == found
        assert set(found) == {row.pk for row in rows[frozen:]}
        for row in rows[frozen:]:
            assert 0 <= found[row.pk].overtime <= row.seconds
            assert 0 <= found[row.pk].unbilled <= row.seconds
        if limit is not None and not frozen:
            regular = sum(row.seconds - found[row.pk].overtime for row in rows)
            assert regular <= limit * HOUR
        if cap is not None and not frozen:
            for at in range(7):
                of_day = [
                    row for row in rows if row.worked_on == STARTS_ON + timedelta(days=at) and row.is_billable
                ]
                billed = sum(row.seconds - found[row.pk].unbilled for row in of_day)
                assert billed == min(sum(row.seconds for row in of_day), cap * HOUR)

    def test_without_rules_no_query_looks_at_the_week(
        self, cast: Cast, django_assert_num_queries: Any
    ) -> None:
        book = prices_for(project=cast.nordwind)
        row = log(cast, 1)
        with django_assert_num_queries(0):
            book.price_in_week(row)
