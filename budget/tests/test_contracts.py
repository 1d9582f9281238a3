"""Contracts and the payment plan: what is agreed, earned, accepted and due."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from budget.choices import AlertRule, ChangeState, ContractKind, EntryState, Recognition
from budget.models import AlertSettings, ChangeLine, ChangeRequest, Contract
from budget.pdf import statement_context
from budget.presenting import MOST_ROWS
from budget.selectors.contracts import contract_figures, unassigned_changes
from budget.selectors.customer import customer_budget
from budget.selectors.findings import findings_of
from budget.selectors.payments import payment_plan
from budget.services.contracts import contract_delete, contract_save
from budget.tests.contract_rows import DAY, D, contract, finalise, milestone, run_of, spent, standing, worked
from implement.core.errors import DomainError, StateError
from implement.testkit.cast import Cast
from projects.choices import CustomerBudget
from projects.kit.panels import PANELS
from projects.models import Task
from projects.planning import today_of

pytestmark = pytest.mark.django_db


class ContractTests:
    def test_time_and_material_earns_what_is_approved_and_billable(self, cast: Cast) -> None:
        contract(cast)
        worked(cast, 2)
        worked(cast, 1, status=EntryState.SUBMITTED)
        worked(cast, 3, is_billable=False, bill="0")
        spent(cast, "50")
        (one,) = standing(cast)
        assert (one.billable, one.waiting, one.earned, one.agreed) == (350, 150, 350, None)
        assert one.margin == 350 - (160 + 240 + D("7.77"))

    def test_beyond_the_limit_nothing_is_billed_and_it_is_said_in_time(self, cast: Cast) -> None:
        contract(cast, ContractKind.CAPPED, amount=D(400))
        worked(cast, 2)
        rules = AlertSettings(
            project=cast.nordwind, off=[name for name in AlertRule.values if name != AlertRule.CAP]
        )
        asked = {"project": cast.nordwind, "as_of": today_of(cast.nordwind), "settings": rules}
        assert findings_of(**asked).found == {}
        worked(cast, 1)
        (one,) = standing(cast)
        assert (one.billable, one.earned, one.over, one.left) == (450, 400, 50, 0)
        (found,) = findings_of(**asked).found.values()
        assert (found.value, found.limit, found.severity) == (D("112.5"), 80, "trouble")
        cast.nordwind.customer_budget = CustomerBudget.FEES
        told = customer_budget(project=cast.nordwind, as_of=today_of(cast.nordwind))
        assert told is not None
        assert (told.agreed, told.used, told.over, told.remaining) == (400, 400, 50, 0)

    def test_a_fixed_price_is_earned_by_work_or_by_acceptance(self, cast: Cast) -> None:
        row = contract(cast, ContractKind.FIXED, amount=D(1000))
        Task.objects.filter(pk=cast.setup.pk).update(percent_complete=25)
        milestone(cast, "600", accepted=True)
        milestone(cast, "300", reached=True)
        (one,) = standing(cast)
        assert (one.earned, one.accepted, one.reached) == (250, 600, 300)
        row.recognition = Recognition.MILESTONES
        contract_save(contract=row, actor=cast.fay)
        assert standing(cast)[0].earned == 600
        cast.nordwind.customer_budget = CustomerBudget.FEES
        told = customer_budget(project=cast.nordwind, as_of=today_of(cast.nordwind))
        assert told is not None
        assert (told.is_fixed, told.agreed, told.used, told.in_approval) == (True, 1000, 600, 300)

    def test_parts_of_the_plan_have_contracts_of_their_own(self, cast: Cast) -> None:
        contract(cast, ContractKind.CAPPED, amount=D(1000))
        contract(cast, ContractKind.TIME, name="Kick-off", task=cast.kickoff)
        worked(cast, 1)
        worked(cast, 2, task=cast.kickoff)
        worked(cast, 4, task=None)
        assert [(one.contract.name, one.billable) for one in standing(cast)] == [
            ("Kick-off", 300),
            ("Main", 750),
        ]
        with pytest.raises(DomainError, match="a contract about the whole project already"):
            contract(cast, name="Other")
        with pytest.raises(DomainError, match="a contract about this part of the plan already"):
            contract(cast, name="Other", task=cast.kickoff)

    def test_a_contract_says_its_amount(self, cast: Cast) -> None:
        for kind in (ContractKind.FIXED, ContractKind.CAPPED):
            with pytest.raises(DomainError, match="needs its amount"):
                contract(cast, kind)
        with pytest.raises(DomainError, match="keeps something back"):
            contract(cast, retention_share=D(5))
        contract(cast, ContractKind.CAPPED, amount=D(0))
        worked(cast, 1)
        (one,) = standing(cast)
        assert (one.used, one.over, one.earned) == (None, 150, 0)

    def test_expenses_come_on_top_of_a_fixed_price(self, cast: Cast) -> None:
        about = contract(cast, ContractKind.FIXED, amount=D(1000), recognition=Recognition.MILESTONES)
        milestone(cast, "600", accepted=True)
        worked(cast, 2)
        spent(cast, "50")
        run = finalise(cast, run_of(cast, about))
        (one,) = standing(cast)
        said = statement_context(run)
        assert (said["total"], said["left"]) == ("650.00 EUR", "400.00 EUR")
        assert (one.extras, one.earned, one.handed_over) == (50, 650, 650)
        assert (one.left, one.used) == (400, D("0.6"))
        assert one.margin == 650 - (160 + D("7.77"))

    def test_a_past_day_knows_nothing_of_what_was_reached_later(self, cast: Cast) -> None:
        contract(cast, ContractKind.FIXED, amount=D(1000))
        milestone(cast, "300", reached=True)
        yesterday = today_of(cast.nordwind) - timedelta(days=1)
        (then,), (now,) = contract_figures(project=cast.nordwind, as_of=yesterday), standing(cast)
        assert (then.reached, now.reached) == (0, 300)

    def test_a_change_amends_the_contract_that_it_names(self, cast: Cast) -> None:
        part = contract(cast, name="Kick-off", task=cast.kickoff)
        change = ChangeRequest.objects.create(
            project=cast.nordwind, number=1, title="More", requested_on=DAY, price=D(500),
            status=ChangeState.APPROVED, decided_at=timezone.now(),
        )  # fmt: skip
        ChangeLine.objects.create(change=change, task=cast.setup, planned_seconds=3600)
        assert [one.changes for one in standing(cast)] == [500]
        other = contract(cast, name="Set-up", task=cast.setup)
        # Both are about parts, and nobody has said which: it is in neither, and the page says so.
        assert [one.changes for one in standing(cast)] == [0, 0]
        assert unassigned_changes(project=cast.nordwind) == [change]
        client = Client()
        client.force_login(cast.fay)
        assert "CR-001</a>: approved, but in no contract" in (
            client.get(reverse("contract_list", args=["nordwind"])).content.decode()
        )
        rest = contract(cast)
        assert {one.contract: one.changes for one in standing(cast)} == {part: 0, other: 0, rest: 500}
        ChangeRequest.objects.update(contract=part)
        assert {one.contract: one.changes for one in standing(cast)} == {part: 500, other: 0, rest: 0}
        assert not unassigned_changes(project=cast.nordwind)
        with pytest.raises(StateError, match="CR-001, which the customer has approved, amends"):
            contract_delete(contract=part, actor=cast.fay)


class PaymentTests:
    def test_done_is_not_accepted_and_the_sum_is_the_contract(self, cast: Cast) -> None:
        contract(cast, ContractKind.FIXED, amount=D(1000), payment_days=14)
        milestone(cast, "500", accepted=True, name="A")
        milestone(cast, "300", reached=True, name="B")
        milestone(cast, "100", name="C", is_published=False)
        plan = payment_plan(project=cast.nordwind, as_of=today_of(cast.nordwind))
        found = {row.name: (row.state, row.share, row.due_on) for row in plan.rows}
        due = today_of(cast.nordwind) + timedelta(days=14)
        assert found["A"] == ("accepted", D("0.5"), due)
        assert found["B"] == ("reached", D("0.3"), None)
        assert [gap for _, gap in plan.gaps] == [-100]
        client = Client()
        client.force_login(cast.fay)
        page = client.get(reverse("payments", args=["nordwind"])).content.decode()
        assert "are 100.00 EUR below what is agreed" in page
        assert "Done, not accepted" in page
        milestone(cast, "200", name="D")
        page = client.get(reverse("payments", args=["nordwind"])).content.decode()
        assert "are 100.00 EUR above what is agreed" in page

    def test_the_page_tells_every_payment_however_many(self, cast: Cast) -> None:
        for number in range(MOST_ROWS + 3):
            milestone(cast, "100", name=f"Gate {number:02d}")
        client = Client()
        client.force_login(cast.fay)
        page = client.get(reverse("payments", args=["nordwind"])).content.decode()
        assert page.count(">Gate ") == MOST_ROWS + 3

    def test_the_customer_reads_the_published_ones_and_nothing_of_ours(self, cast: Cast) -> None:
        contract(cast, ContractKind.FIXED, amount=D(1000))
        milestone(cast, "500", accepted=True, name="Ours", customer_title="Design approved")
        milestone(cast, "123.45", name="Hidden", is_published=False)
        cast.nordwind.customer_budget = CustomerBudget.FEES
        cast.nordwind.save()
        run = finalise(cast, run_of(cast, Contract.objects.get()))
        client = Client()
        client.force_login(cast.carla)
        page = client.get(reverse("portal_project", args=["nordwind"])).content.decode()
        assert "Design approved" in page
        for secret in ("Hidden", "123.45", run.key, "handed over", "Reserve", "Margin"):
            assert secret not in page, secret
        for key in ("contracts", "payments", "orders", "reserves"):
            assert PANELS[key].audiences == {"team"}
