"""Which rate counts, and that approved money never moves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db.models import Sum
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from budget.models import RateCard, TimeEntry
from budget.selectors.pricing import prices_for
from budget.selectors.rates import NO_RATE, rates_for
from budget.services.deciding import entries_decide
from budget.services.rates import rate_delete, rate_save
from implement.core.errors import DomainError
from implement.testkit.cast import STARTS_ON, Cast
from projects.kit.access import enter

Login = Callable[..., Client]
LATER = STARTS_ON + timedelta(days=30)


def card(cast: Cast, cost: str | None, bill: str | None = None, **more: object) -> RateCard:
    row = RateCard(
        project=cast.nordwind,
        cost_rate=None if cost is None else Decimal(cost),
        bill_rate=None if bill is None else Decimal(bill),
        **{"effective_from": STARTS_ON} | more,
    )
    return rate_save(card=row, actor=cast.mara)


def cost_on(cast: Cast, day: date, person: object = None) -> Decimal | None:
    return rates_for(project=cast.nordwind).resolve(person or cast.tom.person, day).cost_rate


class ResolutionTests:
    def test_a_person_goes_before_their_role_before_the_project(self, cast: Cast) -> None:
        assert cost_on(cast, STARTS_ON) == 80
        card(cast, "90", job_role="Consultant")
        assert cost_on(cast, STARTS_ON) == 90
        assert cost_on(cast, STARTS_ON, cast.mara.person) == 80
        card(cast, "100", person=cast.tom.person)
        assert cost_on(cast, STARTS_ON) == 100
        assert cost_on(cast, STARTS_ON, cast.tess.person) == 90

    def test_the_latest_effective_card_wins(self, cast: Cast) -> None:
        card(cast, "95", effective_from=LATER)
        assert cost_on(cast, LATER - timedelta(days=1)) == 80
        assert cost_on(cast, LATER) == 95

    def test_a_card_of_the_future_leaves_the_wider_one_in_force(self, cast: Cast) -> None:
        card(cast, "100", person=cast.tom.person, effective_from=LATER)
        assert cost_on(cast, STARTS_ON) == 80

    def test_without_any_card_the_money_is_not_known(self, cast: Cast) -> None:
        book = rates_for(project=cast.nordwind)
        assert book.resolve(cast.tom.person, STARTS_ON - timedelta(days=1)) == NO_RATE
        entry = TimeEntry(
            project=cast.nordwind, person=cast.tom.person, seconds=3600,
            worked_on=STARTS_ON - timedelta(days=1), is_billable=False,
        )  # fmt: skip
        prices_for(project=cast.nordwind).price(entry)
        assert entry.cost is None
        assert entry.bill is None

    def test_an_hour_that_is_not_billable_is_billed_nothing(self, cast: Cast) -> None:
        entry = TimeEntry(
            project=cast.nordwind,
            person=cast.tom.person,
            seconds=1800,
            worked_on=STARTS_ON,
            is_billable=False,
        )
        prices_for(project=cast.nordwind).price(entry)
        assert (entry.cost, entry.bill) == (40, 0)

    @pytest.mark.parametrize("more", [{"job_role": "Consultant", "person": "tom"}, {}])
    def test_a_card_for_both_or_twice_the_same_is_refused(self, cast: Cast, more: dict[str, str]) -> None:
        values = more | ({"person": cast.tom.person} if more else {})
        with pytest.raises(DomainError):
            card(cast, "1", **values)


class FrozenTests:
    def test_a_new_rate_moves_open_hours_but_never_approved_ones(self, cast: Cast) -> None:
        rows = {
            state: TimeEntry.objects.create(
                project=cast.nordwind, person=cast.tom.person, task=cast.setup, worked_on=STARTS_ON,
                seconds=3600, status=state, cost=80, bill=150, cost_rate=80, bill_rate=150,
            )
            for state in ("draft", "submitted", "rejected", "approved", "locked")
        }  # fmt: skip
        added = card(cast, "100", "200", person=cast.tom.person)
        stored = {row.status: row.cost for row in TimeEntry.objects.all()}
        assert stored == {"draft": 100, "submitted": 100, "rejected": 100, "approved": 80, "locked": 80}
        rate_delete(card=added, actor=cast.mara)
        assert TimeEntry.objects.get(pk=rows["draft"].pk).cost == 80

    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        rows=st.lists(
            st.tuples(st.integers(1, 86400), st.sampled_from(["tom", "tess", "mara"]), st.integers(0, 2)),
            min_size=1, max_size=12,
        ),
        rate=st.decimals("0.01", "999.99", places=2),
    )  # fmt: skip
    def test_by_task_and_by_person_sum_to_the_same_cent(
        self, cast: Cast, rows: list[tuple[int, str, int]], rate: Decimal
    ) -> None:
        TimeEntry.with_trash.all().delete()
        RateCard.objects.filter(project=cast.nordwind).update(cost_rate=rate)
        tasks = [cast.kickoff, cast.setup, None]
        made = TimeEntry.objects.bulk_create(
            TimeEntry(
                project=cast.nordwind, person=getattr(cast, name).person, task=tasks[task], seconds=seconds,
                worked_on=STARTS_ON, status="submitted",
            )
            for seconds, name, task in rows
        )  # fmt: skip
        entries_decide(
            model=TimeEntry, ids=[row.pk for row in made],
            access=enter(cast.fay, "nordwind", "time.approve"), approve=True,
        )  # fmt: skip

        def by(name: str) -> Decimal:
            found = TimeEntry.objects.actual().order_by().values(name).annotate(sum=Sum("cost"))
            return sum((row["sum"] for row in found), Decimal(0))

        total = sum((row.cost or Decimal(0) for row in TimeEntry.objects.actual()), Decimal(0))
        assert by("task") == by("person") == total
        before = dict(TimeEntry.objects.values_list("pk", "cost"))
        stored = RateCard.objects.get(project=cast.nordwind)
        stored.cost_rate = rate + 1
        rate_save(card=stored, actor=cast.mara)
        assert dict(TimeEntry.objects.values_list("pk", "cost")) == before


class RatePagesTests:
    @pytest.mark.parametrize(
        ("role", "status"),
        [("manager", 200), ("finance", 200), ("team", 403), ("customer", 403), ("rival", 404)],
    )
    @pytest.mark.parametrize("page", ["", "add/", "export.csv"])
    def test_only_who_keeps_the_money_sees_rates(
        self, cast: Cast, login: Login, role: str, status: int, page: str
    ) -> None:
        assert login(cast.user_of(role)).get(f"/projects/nordwind/rates/{page}").status_code == status

    def test_a_rate_is_added_by_form(self, cast: Cast, login: Login) -> None:
        response = login(cast.mara).post(
            "/projects/nordwind/rates/add/",
            {"job_role": "Consultant", "effective_from": "2026-04-01", "cost_rate": "85", "bill_rate": "160"},
        )
        assert response.status_code == 302, response.content.decode()
        assert RateCard.objects.get(job_role="Consultant").cost_rate == 85

    def test_a_negative_rate_is_refused(self, cast: Cast, login: Login) -> None:
        response = login(cast.mara).post(
            "/projects/nordwind/rates/add/", {"effective_from": "2026-04-01", "cost_rate": "-1"}
        )
        assert response.status_code == 422
