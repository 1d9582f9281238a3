"""Contracts, the payment plan, and what is handed over to be invoiced: once, and to the cent."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from rest_framework.test import APIClient

from budget.choices import AlertRule, ContractKind, EntryState, Recognition, RunGrouping, RunState
from budget.models import AlertSettings, Contract, Expense, InvoiceLine, InvoiceRun, TimeEntry
from budget.selectors.contracts import contract_figures
from budget.selectors.customer import customer_budget
from budget.selectors.findings import findings_of
from budget.selectors.invoices import collect, is_intact, statement_of, uncollected_before
from budget.selectors.payments import payment_plan
from budget.services import contracts as services
from budget.services.contracts import contract_delete, contract_save, run_collect, run_delete, run_save
from budget.workflows import EXPENSE_WORKFLOW, PDF_JOB, RUN_WORKFLOW
from implement.accounts.models import User
from implement.core.errors import DomainError, StateError
from implement.testkit.cast import STARTS_ON, Cast
from projects.choices import CustomerBudget
from projects.kit import jobs
from projects.kit.access import Entry, enter
from projects.kit.panels import PANELS
from projects.models import Job, Task
from projects.planning import today_of

D = Decimal
Api = Callable[[User], APIClient]
pytestmark = pytest.mark.django_db
DAY = STARTS_ON + timedelta(days=7)


def fay(cast: Cast) -> Entry:
    return enter(cast.fay, "nordwind", "invoice.make")


def contract(cast: Cast, kind: str = ContractKind.TIME, **values: object) -> Contract:
    row = Contract(**{"project": cast.nordwind, "name": "Main", "kind": kind} | values)
    return contract_save(contract=row, actor=cast.fay)


def worked(cast: Cast, hours: float, *, bill: str | None = None, **values: object) -> TimeEntry:
    """Return approved hours of Tom at 150 an hour."""
    rate = D(150)
    amount = rate * D(str(hours)) if bill is None else D(bill)
    return TimeEntry.objects.create(
        **{
            "project": cast.nordwind, "person": cast.tom.person, "task": cast.setup, "worked_on": DAY,
            "seconds": round(hours * 3600), "status": EntryState.APPROVED, "bill_rate": rate, "bill": amount,
            "cost_rate": D(80), "cost": D(80) * D(str(hours)),
        } | values
    )  # fmt: skip


def spent(cast: Cast, bill: str, **values: object) -> Expense:
    return Expense.objects.create(
        **{
            "project": cast.nordwind, "person": cast.tom.person, "spent_on": DAY, "description": "Train",
            "amount": D(bill), "currency": "EUR", "cost": D("7.77"), "bill": D(bill), "is_billable": True,
            "status": EntryState.APPROVED,
        } | values
    )  # fmt: skip


def run_of(
    cast: Cast, about: Contract, first: date = STARTS_ON, last: date | None = None, **values: object
) -> InvoiceRun:
    row = InvoiceRun(
        project=cast.nordwind, contract=about, period_from=first, period_to=last or today_of(cast.nordwind), **values
    )  # fmt: skip
    return run_save(run=row, access=fay(cast))


def finalise(cast: Cast, run: InvoiceRun) -> InvoiceRun:
    RUN_WORKFLOW.perform(name="finalise", item=run, entry=fay(cast))
    return run


def milestone(
    cast: Cast, amount: str, *, accepted: bool = False, reached: bool = False, **values: object
) -> Task:
    now = timezone.now()
    return Task.objects.create(
        **{
            "project": cast.nordwind, "name": "Built", "position": 9, "is_milestone": True, "is_published": True,
            "payment_amount": D(amount), "percent_complete": 100 if accepted or reached else 0,
            "actual_finish": now if accepted or reached else None, "accepted_at": now if accepted else None,
        } | values
    )  # fmt: skip


def standing(cast: Cast):  # type: ignore[no-untyped-def]
    return contract_figures(project=cast.nordwind, as_of=today_of(cast.nordwind))


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


class CollectTests:
    def test_a_run_takes_what_is_approved_billable_and_of_the_period(self, cast: Cast) -> None:
        about = contract(cast)
        took = worked(cast, 2)
        worked(cast, 1, status=EntryState.SUBMITTED)
        worked(cast, 1, is_billable=False, bill="0")
        worked(cast, 1, worked_on=DAY + timedelta(days=30))
        unpriced = worked(cast, 4)
        TimeEntry.objects.filter(pk=unpriced.pk).update(bill=None)
        trip = spent(cast, "12.34")
        run = run_of(cast, about, last=DAY)
        lines = {(line.kind, line.time_entry_id or line.expense_id, line.amount) for line in run.lines.all()}
        assert lines == {("time", took.pk, D(300)), ("expense", trip.pk, D("12.34"))}
        assert (run.total, collect(run).unpriced_seconds) == (D("312.34"), 4 * 3600)
        later = run_of(cast, about, first=DAY + timedelta(days=1))
        left = uncollected_before(contract=about, day=later.period_from)
        assert (left.count, left.first) == (2, DAY)

    def test_an_hour_is_on_one_final_run_until_it_is_void(self, cast: Cast) -> None:
        about = contract(cast)
        worked(cast, 2)
        trip = spent(cast, "50", person=cast.tom.person)
        one, two = run_of(cast, about), run_of(cast, about)
        mara = enter(cast.mara, "nordwind", "expenses.approve")
        finalise(cast, one)
        assert (one.status, one.total, is_intact(one)) == (RunState.FINAL, 350, True)
        with pytest.raises(StateError, match="of its lines are on IR-001 already"):
            finalise(cast, two)
        with pytest.raises(StateError, match="IR-001, which is final"):
            EXPENSE_WORKFLOW.perform(name="reopen", item=trip, entry=mara, reason="x")
        for attempt in (run_collect, run_delete):
            with pytest.raises(StateError, match="is final"):
                attempt(run=one, access=fay(cast))
        run_collect(run=two, access=fay(cast))
        assert not two.lines.exists()
        RUN_WORKFLOW.perform(name="void", item=one, entry=fay(cast), reason="Wrong period")
        run_collect(run=two, access=fay(cast))
        finalise(cast, two)
        assert standing(cast)[0].handed_over == 350
        RUN_WORKFLOW.perform(name="void", item=two, entry=fay(cast), reason="Again")
        EXPENSE_WORKFLOW.perform(name="reopen", item=trip, entry=mara, reason="x")
        with pytest.raises(StateError, match="it stays"):
            contract_delete(contract=about, actor=cast.fay)

    def test_a_correction_of_what_was_handed_over_comes_into_the_next_run(self, cast: Cast) -> None:
        about = contract(cast)
        entry = worked(cast, 2, unbilled_seconds=1800, bill="225")
        one = finalise(cast, run_of(cast, about, last=DAY))
        assert [(line.seconds, line.amount) for line in one.lines.all()] == [(5400, 225)]
        worked(
            cast, -2, bill="-225", unbilled_seconds=-1800, reverses=entry, correction_reason="Wrong task",
            posted_on=DAY + timedelta(days=3),
        )  # fmt: skip
        two = finalise(cast, run_of(cast, about, first=DAY + timedelta(days=1)))
        assert [(line.seconds, line.amount) for line in two.lines.all()] == [(-5400, -225)]
        assert standing(cast)[0].handed_over == 0

    def test_what_changed_since_it_was_collected_is_collected_again(self, cast: Cast) -> None:
        about = contract(cast)
        worked(cast, 1)
        run = run_of(cast, about)
        worked(cast, 1)
        with pytest.raises(StateError, match="has changed since"):
            finalise(cast, run)
        run_collect(run=run, access=fay(cast))
        finalise(cast, run)
        InvoiceLine.objects.filter(run=run, position=1).update(amount=D(1))
        assert not is_intact(run)

    def test_the_limit_is_kept_over_all_runs(self, cast: Cast) -> None:
        about = contract(cast, ContractKind.CAPPED, amount=D(500))
        worked(cast, 2)
        finalise(cast, run_of(cast, about, last=DAY))
        worked(cast, 2, worked_on=DAY + timedelta(days=1))
        run = run_of(cast, about, first=DAY + timedelta(days=1))
        assert [(line.kind, line.amount) for line in run.lines.all()] == [("time", 300), ("cap", -100)]
        finalise(cast, run)
        assert standing(cast)[0].handed_over == 500

    def test_a_fixed_price_bills_accepted_milestones_and_keeps_its_share_back(self, cast: Cast) -> None:
        about = contract(cast, ContractKind.FIXED, amount=D(1000), retention_share=D(10))
        worked(cast, 5)
        milestone(cast, "600", accepted=True)
        last = milestone(cast, "400", reached=True)
        run = finalise(cast, run_of(cast, about))
        assert [(line.kind, line.amount) for line in run.lines.all()] == [
            ("milestone", 600),
            ("retention", -60),
        ]
        Task.objects.filter(pk=last.pk).update(accepted_at=timezone.now())
        end = finalise(cast, run_of(cast, about))
        amounts = [line.amount for line in end.lines.all()]
        assert amounts == [400, -40, 100]
        assert standing(cast)[0].handed_over == 1000

    def test_a_run_of_nothing_is_not_handed_over(self, cast: Cast) -> None:
        run = run_of(cast, contract(cast))
        with pytest.raises(StateError, match="There is nothing on it"):
            finalise(cast, run)
        with pytest.raises(DomainError, match="ends before it begins"):
            run_of(cast, run.contract, first=DAY, last=DAY - timedelta(days=1))

    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        amounts=st.lists(
            st.tuples(st.integers(1, 86_400), st.decimals(min_value=-500, max_value=5000, places=2)),
            max_size=8,
        ),
        trips=st.lists(st.decimals(min_value="0.01", max_value=900, places=2), max_size=4),
        grouping=st.sampled_from(RunGrouping.values),
        limit=st.none() | st.decimals(min_value=0, max_value=8000, places=2),
    )
    def test_every_way_of_adding_up_comes_to_the_same_cent(
        self,
        cast: Cast,
        amounts: list[tuple[int, Decimal]],
        trips: list[Decimal],
        grouping: str,
        limit: Decimal | None,
    ) -> None:
        for model in (InvoiceLine, InvoiceRun, Contract, TimeEntry, Expense):
            model.objects.all().delete()  # type: ignore[attr-defined]
        kind = ContractKind.TIME if limit is None else ContractKind.CAPPED
        about = contract(cast, kind, amount=limit)
        for number, (seconds, bill) in enumerate(amounts):
            worked(cast, 1, bill=str(bill), seconds=seconds, worked_on=DAY + timedelta(days=number % 3))
        for bill in trips:
            spent(cast, str(bill))
        run = run_of(cast, about, grouping=grouping)
        said = statement_of(run)
        whole = sum((bill for _, bill in amounts), D(0)) + sum(trips, D(0))
        expected = whole if limit is None else min(whole, limit)
        assert run.total == said.total == sum((row.amount for row in said.rows), D(0)) == expected
        assert (
            said.seconds == sum(seconds for seconds, _ in amounts) == sum(row.seconds for row in said.hours)
        )


class FaceTests:
    def test_large_runs_and_statements_are_made_by_a_worker(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch, tmp_path: object, settings: object
    ) -> None:
        settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
        monkeypatch.setattr(services, "MOST_AT_ONCE", 1)
        about = contract(cast)
        for hours in (1, 2):
            worked(cast, hours)
        run = run_of(cast, about, language="de")
        assert not run.lines.exists()
        assert jobs.run(str(run.job.pk))
        run.refresh_from_db()
        assert run.total == 450
        finalise(cast, run)
        monkeypatch.setattr(services, "statement_pdf", lambda row: f"%PDF {row.key}".encode())
        assert jobs.run(str(Job.objects.get(kind=PDF_JOB).pk))
        client = Client()
        client.force_login(cast.fay)
        answer = client.get(reverse("invoicerun_pdf", args=["nordwind", run.pk]))
        assert b"".join(answer.streaming_content) == b"%PDF IR-001"  # type: ignore[attr-defined]

    def test_a_run_leaves_as_workbook_csv_and_over_the_api_without_cost(self, cast: Cast, api: Api) -> None:
        about = contract(cast)
        worked(cast, 2, note="=cmd", cost=D("77.77"), cost_rate=D("38.88"))
        run = finalise(cast, run_of(cast, about))
        client = Client()
        client.force_login(cast.fay)
        book = client.get(reverse("invoicerun_lines", args=["nordwind", run.pk, "xlsx"]))
        sheets = load_workbook(io.BytesIO(b"".join(book.streaming_content))).worksheets  # type: ignore[attr-defined]
        told = [[cell.value for cell in row] for sheet in sheets for row in sheet.iter_rows()]
        assert any(300 in row for row in told)
        answer = client.get(reverse("invoicerun_lines", args=["nordwind", run.pk, "csv"]))
        text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
        assert "300.00" in text
        for said in (
            text,
            str(told),
            api(cast.fay).get("/api/v1/projects/nordwind/invoice-lines/").content.decode(),
        ):
            assert "77.77" not in said
            assert "38.88" not in said

    def test_over_the_api_a_run_is_made_and_finalised_once(self, cast: Cast, api: Api) -> None:
        about = contract(cast)
        worked(cast, 2)
        body = {"contract": about.pk, "period_from": STARTS_ON.isoformat(), "period_to": DAY.isoformat()}
        address = "/api/v1/projects/nordwind/invoice-runs/"
        assert api(cast.tom).post(address, body, format="json").status_code == 403
        made = api(cast.fay).post(address, body, format="json")
        assert (made.status_code, made.json()["total"]) == (201, "300.00")
        step = f"{address}{made.json()['id']}/steps/"
        done = api(cast.fay).post(step, {"step": "finalise"}, format="json")
        assert (done.json()["status"], len(done.json()["sha256"])) == ("final", 64)
        assert api(cast.fay).post(step, {"step": "finalise"}, format="json").status_code == 409
        wrong = api(cast.fay).post(address, body | {"period_to": "2026-01-01"}, format="json")
        assert wrong.status_code == 400
        assert wrong["Content-Type"].startswith("application/problem+json")

    def test_who_may_see_and_make(self, cast: Cast, api: Api) -> None:
        run = run_of(cast, contract(cast))
        client = Client()
        for name, status in (("fay", 200), ("mara", 200), ("tom", 403), ("carla", 403), ("rita", 404)):
            client.force_login(getattr(cast, name))
            for page in ("contract_list", "payments", "invoicerun_list"):
                assert client.get(reverse(page, args=["nordwind"])).status_code == status, (name, page)
            assert client.get(reverse("invoicerun_detail", args=["nordwind", run.pk])).status_code == status
            figures = api(getattr(cast, name)).get("/api/v1/projects/nordwind/contract-figures/")
            assert figures.status_code == status
            if status == 200:
                assert "margin" in figures.json()["contracts"][0]
