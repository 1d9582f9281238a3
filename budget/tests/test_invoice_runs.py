"""What is handed over to be invoiced: once, and to the cent."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from rest_framework.test import APIClient

from budget.choices import ContractKind, EntryState, RunGrouping, RunState
from budget.models import Contract, Expense, InvoiceLine, InvoiceRun, TimeEntry
from budget.selectors.invoices import collect, is_intact, row_words, statement_of, uncollected_before
from budget.services import contracts as services
from budget.services.contracts import contract_delete, contract_save, run_collect, run_delete
from budget.tests.contract_rows import (
    DAY,
    D,
    contract,
    fay,
    finalise,
    milestone,
    run_of,
    spent,
    standing,
    worked,
)
from budget.workflows import PDF_JOB, RUN_WORKFLOW
from implement.accounts.models import User
from implement.core.errors import DomainError, StateError
from implement.testkit.cast import STARTS_ON, Cast
from projects.kit import jobs
from projects.kit.access import enter
from projects.models import Job, Task
from projects.signoffs.purposes import MILESTONE
from projects.signoffs.services import Answer, decision_revoke, request_answer, request_send

Api = Callable[[User], APIClient]


pytestmark = pytest.mark.django_db


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
        spent(cast, "50", person=cast.tom.person)
        one, two = run_of(cast, about), run_of(cast, about)
        finalise(cast, one)
        assert (one.status, one.total, is_intact(one)) == (RunState.FINAL, 350, True)
        with pytest.raises(StateError, match="of its lines are on IR-001 already"):
            finalise(cast, two)
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

    def test_a_raised_limit_bills_what_was_beyond_it(self, cast: Cast) -> None:
        about = contract(cast, ContractKind.CAPPED, amount=D(500))
        worked(cast, 4)
        finalise(cast, run_of(cast, about, last=DAY))
        assert standing(cast)[0].handed_over == 500
        about.amount = D(700)
        contract_save(contract=about, actor=cast.fay)
        worked(cast, 1, worked_on=DAY + timedelta(days=1))
        run = run_of(cast, about, first=DAY + timedelta(days=1))
        assert [(line.kind, line.amount) for line in run.lines.all()] == [("time", 150), ("cap", 50)]
        assert "Within the limit now" in [row_words(row) for row in statement_of(run).rows][1]
        finalise(cast, run)
        (one,) = standing(cast)
        assert one.earned == one.handed_over == 700

    def test_a_correction_beyond_the_limit_credits_nothing_that_was_not_billed(self, cast: Cast) -> None:
        about = contract(cast, ContractKind.CAPPED, amount=D(500))
        entry = worked(cast, 4)
        finalise(cast, run_of(cast, about, last=DAY))
        worked(
            cast, -0.5, reverses=entry, correction_reason="Half an hour less",
            posted_on=DAY + timedelta(days=3),
        )  # fmt: skip
        finalise(cast, run_of(cast, about, first=DAY + timedelta(days=1)))
        (one,) = standing(cast)
        assert (one.billable, one.earned, one.handed_over) == (525, 500, 500)

    def test_an_acceptance_stays_while_its_payment_is_on_a_final_run(self, cast: Cast) -> None:
        about = contract(cast, ContractKind.FIXED, amount=D(1000))
        built = milestone(cast, "600", reached=True)
        entry = enter(cast.mara, "nordwind", "signoffs.change")
        request = request_send(
            purpose=MILESTONE, rows=[built], person=cast.carla.person, entry=entry,
            due_on=timezone.localdate() + timedelta(days=7),
        )  # fmt: skip
        answers = {request.items.get().pk: Answer("accepted")}
        (decision,) = request_answer(request=request, answers=answers, user=None, proof="code")
        run = finalise(cast, run_of(cast, about))
        with pytest.raises(StateError, match=f"is on {run.key}, which is final: make the run void first"):
            decision_revoke(decision=decision, entry=entry, reason="Too early")
        client = Client()
        client.force_login(cast.mara)
        page = client.get(reverse("responserequest_detail", args=["nordwind", request.pk])).content.decode()
        assert f"is on {run.key}, which is final" in page
        RUN_WORKFLOW.perform(name="void", item=run, entry=fay(cast), reason="Too early")
        decision_revoke(decision=decision, entry=entry, reason="Too early")
        built.refresh_from_db()
        assert built.accepted_at is None


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
        said = next(csv.DictReader(io.StringIO(text)))
        assert [said[name] for name in ("Run", "Contract", "Customer", "Project", "Payable within, in days")] == [
            run.key, about.name, str(cast.nordwind.customer), cast.nordwind.name, "30",
        ]  # fmt: skip
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
