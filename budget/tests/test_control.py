"""Orders, estimates and reserves: what is committed, what people say remains, and what was released."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from budget.choices import Category, CommitmentState, EntryState, Measure, ReleaseState, ReserveKind
from budget.models import (
    BaselineReserve,
    BudgetLine,
    Commitment,
    CostControl,
    Estimate,
    Expense,
    ReserveRelease,
)
from budget.selectors import budget_figures, planned_of
from budget.selectors.etc import estimates_of, stale_count
from budget.selectors.reserves import reserves_of
from budget.services.baselines import baseline_with_budget
from budget.services.control import (
    commitment_book,
    commitment_save,
    control_save,
    estimate_add,
    release_decide,
    release_request,
)
from budget.services.lines import line_delete, line_save
from budget.workflows import COMMITMENT_WORKFLOW
from implement.accounts.models import User
from implement.core.errors import DomainError, NotAllowed, StateError
from implement.testkit.cast import Cast
from projects.kit.access import Entry, enter
from projects.planning import today_of

D = Decimal
Api = Callable[[User], APIClient]
pytestmark = pytest.mark.django_db


def inside(cast: Cast, name: str) -> Entry:
    return enter(getattr(cast, name), "nordwind", "budget.view")


def order(cast: Cast, amount: str = "1000", **values: object) -> Commitment:
    """Return an order of Nordwind, made today."""
    row = Commitment(
        project=cast.nordwind, supplier="Bureau", description="Texts", amount=D(amount),
        currency="EUR", ordered_on=today_of(cast.nordwind), **values,
    )  # fmt: skip
    return commitment_save(commitment=row, actor=cast.fay)


def bought(cast: Cast, cost: str, **values: object) -> Expense:
    return Expense.objects.create(
        project=cast.nordwind, person=cast.fay.person, spent_on=today_of(cast.nordwind), description="Part",
        amount=D(cost), currency="EUR", cost=D(cost), category=Category.SUBCONTRACT,
        **{"status": EntryState.APPROVED} | values,
    )  # fmt: skip


def figures(cast: Cast, measure: str = Measure.COST):  # type: ignore[no-untyped-def]
    return budget_figures(project=cast.nordwind, as_of=today_of(cast.nordwind), measure=measure)


class CommitmentTests:
    def test_what_is_ordered_is_committed_until_it_is_invoiced(self, cast: Cast) -> None:
        row = order(cast, task=cast.setup)
        assert figures(cast).total.committed == 1000
        commitment_book(
            commitment=row, expense=bought(cast, "300", task=cast.setup), access=inside(cast, "fay")
        )
        total = figures(cast).total
        assert (total.committed, total.actual) == (700, 300)
        COMMITMENT_WORKFLOW.perform(name="close", item=row, entry=inside(cast, "fay"))
        row.refresh_from_db()
        assert (row.ended_on, figures(cast).total.committed) == (today_of(cast.nordwind), 0)
        yesterday = today_of(cast.nordwind) - timedelta(days=1)
        Commitment.objects.update(ordered_on=yesterday)
        then = budget_figures(project=cast.nordwind, as_of=yesterday, measure=Measure.COST)
        assert then.total.committed == 1000

    def test_an_order_comes_in_any_case_so_it_is_expected(self, cast: Cast) -> None:
        before = figures(cast).total
        order(cast, "500", task=cast.setup)
        after = figures(cast).total
        assert (after.eac or 0) - (before.eac or 0) == 500
        BudgetLine.objects.create(
            project=cast.nordwind, task=cast.setup, category=Category.SUBCONTRACT, cost=D(800)
        )
        again = figures(cast).total
        assert (again.eac or 0) - (before.eac or 0) == 800

    def test_an_order_in_another_currency_needs_its_rate(self, cast: Cast) -> None:
        row = Commitment(
            project=cast.nordwind, supplier="Peak", description="x", amount=D(10), currency="USD",
            ordered_on=today_of(cast.nordwind),
        )  # fmt: skip
        with pytest.raises(DomainError, match="Say what 1 USD is in EUR"):
            commitment_save(commitment=row, actor=cast.fay)
        row.exchange_rate = D("0.925")
        commitment_save(commitment=row, actor=cast.fay)
        assert row.cost == D("9.25")
        assert figures(cast).total.committed == D("9.25")

    def test_an_order_is_never_below_what_was_invoiced_of_it(self, cast: Cast) -> None:
        row, fay = order(cast), inside(cast, "fay")
        commitment_book(commitment=row, expense=bought(cast, "600"), access=fay)
        row.amount = D("599.99")
        with pytest.raises(DomainError, match=r"600\.00 EUR of it were invoiced already") as told:
            commitment_save(commitment=row, actor=cast.fay)
        assert set(told.value.fields) == {"amount"}
        with pytest.raises(DomainError, match=r"400\.00 EUR of PO-001 are open"):
            commitment_book(commitment=row, expense=bought(cast, "400.01"), access=fay)

    def test_an_expense_is_part_of_one_order(self, cast: Cast) -> None:
        one, two, paid = order(cast), order(cast), bought(cast, "10")
        commitment_book(commitment=one, expense=paid, access=inside(cast, "fay"))
        with pytest.raises(DomainError, match="part of PO-001 Bureau already"):
            commitment_book(commitment=two, expense=paid, access=inside(cast, "fay"))
        with pytest.raises(DomainError, match="was rejected"):
            commitment_book(
                commitment=two,
                expense=bought(cast, "10", status=EntryState.REJECTED),
                access=inside(cast, "fay"),
            )

    def test_what_is_cancelled_is_not_committed(self, cast: Cast) -> None:
        row = order(cast)
        COMMITMENT_WORKFLOW.perform(name="cancel", item=row, entry=inside(cast, "fay"), reason="Not needed")
        assert (row.status, figures(cast).total.committed) == (CommitmentState.CANCELLED, 0)
        with pytest.raises(StateError, match="reopen it"):
            commitment_save(commitment=row, actor=cast.fay)

    def test_only_who_sees_cost_sees_orders(self, cast: Cast, api: Api) -> None:
        row = order(cast, "987.65")
        client = Client()
        for name, status in (("fay", 200), ("tom", 403), ("carla", 403), ("rita", 404)):
            client.force_login(getattr(cast, name))
            for page in ("commitment_list", "reserves"):
                assert client.get(reverse(page, args=["nordwind"])).status_code == status, (name, page)
            assert client.get(reverse("commitment_detail", args=["nordwind", row.pk])).status_code == status
            address = f"/api/v1/projects/nordwind/commitments/{row.pk}/"
            assert api(getattr(cast, name)).get(address).status_code == status
        client.force_login(cast.tom)
        page = client.get(reverse("budget", args=["nordwind"]) + "?measure=cost").content.decode()
        assert "987.65" not in page
        assert "Committed" not in page.split("How these figures")[0]


class EstimateTests:
    def said(self, cast: Cast, who: str = "mara", **values: object) -> Estimate:
        row = Estimate(
            **{"project": cast.nordwind, "task": cast.setup, "estimated_on": today_of(cast.nordwind)} | values
        )
        return estimate_add(estimate=row, access=inside(cast, who))

    def test_what_people_say_takes_the_place_of_the_rule(self, cast: Cast) -> None:
        assert figures(cast, Measure.HOURS).total.etc == 40
        self.said(cast, seconds=50 * 3600)
        by_task = {row.task_id: row.etc for row in figures(cast, Measure.HOURS).by_task if row.etc}
        assert by_task == {cast.setup.pk: 50}
        assert figures(cast).total.etc == 50 * 80
        assert figures(cast).total.etc_basis == "typed"
        self.said(cast, cost=D("3333.33"))
        assert figures(cast).total.etc == D("3333.33")
        assert [row.etc for row in figures(cast).by_person] == [D("3333.33")]
        self.said(cast)
        assert (figures(cast).total.etc_basis, figures(cast).total.etc) == ("rule", 3200)

    def test_a_day_keeps_what_was_said_by_then(self, cast: Cast) -> None:
        day = today_of(cast.nordwind)
        self.said(cast, seconds=30 * 3600, estimated_on=day - timedelta(days=40))
        self.said(cast, seconds=20 * 3600)
        for when, hours in ((day - timedelta(days=41), 40), (day - timedelta(days=1), 30), (day, 20)):
            found = budget_figures(project=cast.nordwind, as_of=when, measure=Measure.HOURS)
            assert found.total.etc == hours, when
        assert [
            row.is_stale
            for row in estimates_of(project=cast.nordwind, as_of=day, with_cost=True)
            if row.latest
        ] == [False]
        assert stale_count(project=cast.nordwind, as_of=day - timedelta(days=1)) == 1

    def test_people_say_it_of_their_own_tasks_without_cost(self, cast: Cast, api: Api) -> None:
        self.said(cast, "tom", seconds=3600)
        with pytest.raises(NotAllowed, match="you are not on it"):
            self.said(cast, "tess", seconds=3600)
        with pytest.raises(DomainError, match="Your role does not see cost"):
            self.said(cast, "tom", cost=D(1))
        with pytest.raises(DomainError, match="a day to come"):
            self.said(cast, seconds=1, estimated_on=today_of(cast.nordwind) + timedelta(days=1))
        with pytest.raises(DomainError, match="is a milestone"):
            self.said(cast, task=cast.go_live, seconds=1)
        self.said(cast, cost=D("7654.32"))
        answer = api(cast.tom).get("/api/v1/projects/nordwind/estimates/").json()["results"]
        assert len(answer) == 2
        assert all("cost" not in row for row in answer)
        client = Client()
        client.force_login(cast.tom)
        assert "7,654.32" not in client.get(reverse("estimates", args=["nordwind"])).content.decode()

    def test_by_person_the_others_go_by_the_rule(self, cast: Cast) -> None:
        BudgetLine.objects.create(
            project=cast.nordwind, task=cast.setup, person=cast.tom.person, planned_seconds=36000, cost=D(800)
        )
        BudgetLine.objects.create(
            project=cast.nordwind,
            task=cast.setup,
            person=cast.tess.person,
            planned_seconds=36000,
            cost=D(900),
        )
        self.said(cast, person=cast.tom.person, seconds=7200)
        by_name = {row.label: row.etc for row in figures(cast).by_person}
        assert by_name == {"Tess Team": 900, "Tom Team": 160}
        assert figures(cast).total.etc_basis == "mixed"


class ReserveTests:
    def contingency(self, cast: Cast, cost: int = 1000) -> BudgetLine:
        return BudgetLine.objects.create(project=cast.nordwind, category=Category.CONTINGENCY, cost=D(cost))

    def asked(self, cast: Cast, amount: str, who: str = "mara", **values: object) -> ReserveRelease:
        row = ReserveRelease(
            project=cast.nordwind, amount=D(amount), task=cast.setup, reason="It is needed", **values
        )
        return release_request(release=row, access=inside(cast, who))

    def now(self, cast: Cast):  # type: ignore[no-untyped-def]
        return reserves_of(project=cast.nordwind, as_of=today_of(cast.nordwind))

    def test_contingency_moves_within_the_budget_and_the_management_reserve_into_it(self, cast: Cast) -> None:
        self.contingency(cast)
        control_save(control=CostControl(project=cast.nordwind, management_reserve=D(5000)), actor=cast.fay)
        whole = self.now(cast)
        budget, total = whole.budget, whole.total
        release_decide(release=self.asked(cast, "400"), is_approved=True, access=inside(cast, "fay"))
        after = self.now(cast)
        assert (after.contingency.set_aside, after.contingency.released, after.contingency.left) == (
            1000,
            400,
            600,
        )
        assert (after.budget, after.total) == (budget, total)
        grown = self.asked(cast, "1500", reserve=ReserveKind.MANAGEMENT)
        release_decide(release=grown, is_approved=True, access=inside(cast, "fay"))
        after = self.now(cast)
        assert (after.management.left, after.budget, after.total) == (3500, budget + 1500, total)
        rows = {row.label: (row.released, row.current) for row in figures(cast).by_category}
        assert rows["Contingency"] == (-400, 600)
        assert rows["Labour"][0] == 1900
        assert [(step.contingency, step.management) for step in after.burn][-1] == (600, 3500)
        baseline = baseline_with_budget(project=cast.nordwind, name="With reserves", actor=cast.mara)
        kept = BaselineReserve.objects.get(baseline=baseline)
        assert (kept.contingency, kept.management) == (600, 3500)

    def test_a_reserve_is_never_below_zero(self, cast: Cast) -> None:
        line = self.contingency(cast)
        with pytest.raises(DomainError, match=r"1,000\.00 EUR of the contingency are left") as told:
            self.asked(cast, "1000.01")
        assert set(told.value.fields) == {"amount"}
        one, two = self.asked(cast, "600"), self.asked(cast, "600")
        release_decide(release=one, is_approved=True, access=inside(cast, "fay"))
        with pytest.raises(DomainError, match=r"400\.00 EUR of the contingency are left"):
            release_decide(release=two, is_approved=True, access=inside(cast, "fay"))
        with pytest.raises(DomainError, match="were released already"):
            line_delete(line=line, actor=cast.mara)
        line.cost = D("599.99")
        with pytest.raises(DomainError, match="were released already"):
            line_save(line=line, actor=cast.mara)
        with pytest.raises(DomainError, match=r"0\.00 EUR of the management reserve are left"):
            self.asked(cast, "1", reserve=ReserveKind.MANAGEMENT)

    def test_nobody_approves_their_own_release_but_within_the_limit(self, cast: Cast) -> None:
        self.contingency(cast)
        waits = self.asked(cast, "100")
        assert waits.status == ReleaseState.REQUESTED
        with pytest.raises(NotAllowed, match="asked for themselves"):
            release_decide(release=waits, is_approved=True, access=inside(cast, "mara"))
        with pytest.raises(DomainError, match="needs a reason"):
            release_decide(release=waits, is_approved=False, access=inside(cast, "fay"))
        release_decide(release=waits, is_approved=False, access=inside(cast, "fay"), note="Not now")
        with pytest.raises(StateError, match="decided already"):
            release_decide(release=waits, is_approved=True, access=inside(cast, "fay"))
        assert not [piece for piece in planned_of(project=cast.nordwind) if piece.reserve]
        control_save(control=CostControl(project=cast.nordwind, release_limit=D(100)), actor=cast.fay)
        assert self.asked(cast, "100").status == ReleaseState.RELEASED
        assert self.asked(cast, "100.01").status == ReleaseState.REQUESTED

    def test_what_was_released_holds_the_reserve(self, cast: Cast) -> None:
        control = control_save(
            control=CostControl(project=cast.nordwind, management_reserve=D(500), release_limit=D(500)),
            actor=cast.fay,
        )
        self.asked(cast, "300", reserve=ReserveKind.MANAGEMENT)
        control.management_reserve = D("299.99")
        with pytest.raises(DomainError, match="is not below that"):
            control_save(control=control, actor=cast.fay)
        line = BudgetLine.objects.get(release__isnull=False)
        with pytest.raises(StateError, match="only another release changes it"):
            line_delete(line=line, actor=cast.fay)
