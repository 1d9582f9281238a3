"""Approved expenses are corrected by a reversing entry: history stays, and what was paid or billed comes back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from rest_framework.test import APIClient

from budget.choices import Measure
from budget.models import (
    ClosedPeriod,
    Commitment,
    CommitmentPart,
    EntryDecision,
    ExchangeRate,
    Expense,
    ExpenseSettings,
    Receipt,
    TimeRules,
)
from budget.selectors import budget_figures
from budget.selectors.amounts import total
from budget.selectors.expenses import owed_by_person, reimbursable, reimbursement_words
from budget.selectors.rest import orders_of
from budget.selectors.taxes import tax_summary
from budget.services.control import commitment_book, commitment_unbook
from budget.services.corrections import expense_reverse, right_of
from budget.services.deciding import entries_decide
from budget.services.expenses import TaxSaid, expense_save, expense_settle
from budget.services.periods import period_close
from budget.services.reimbursements import reimbursements_move
from budget.tests.contract_rows import contract, finalise, run_of, standing
from implement.core.errors import DomainError, NotAllowed, StateError
from implement.testkit.cast import STARTS_ON, Cast, build_cast
from projects.kit.access import Entry, enter
from projects.models import Delivery, JournalEntry
from projects.planning import today_of

Login = Callable[..., Client]
Api = Callable[..., APIClient]
D = Decimal
URL = "/projects/nordwind/expenses/"
PAID_ON = date(2026, 3, 28)


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def spent(cast: Cast, amount: str = "119.00", *, tax: str = "19", **more: Any) -> Expense:
    """Return an approved expense of Tom, as the service works it out."""
    row = Expense(
        **{"project": cast.nordwind, "person": cast.tom.person, "task": cast.setup, "spent_on": STARTS_ON,
           "description": "Hotel", "amount": D(amount), "currency": "EUR", "is_billable": True,
           "status": "approved"} | more
    )  # fmt: skip
    expense_settle(row, tax=TaxSaid(rate=D(tax)))
    row.save()
    return row


def mara(cast: Cast) -> Entry:
    return enter(cast.mara, "nordwind", "expenses.correct")


def fay(cast: Cast) -> Entry:
    return enter(cast.fay, "nordwind", "expenses.pay")


def actual(cast: Cast, day: date) -> Decimal | None:
    return budget_figures(project=cast.nordwind, as_of=day, measure=Measure.COST).total.actual


def owed(cast: Cast) -> Decimal | None:
    rows = reimbursable(Expense.objects.filter(project=cast.nordwind, reimbursement="open"))
    return total(amount for one in owed_by_person(rows) for _, amount in one.sums)


@pytest.mark.django_db
class ReversalTests:
    def test_a_reversal_takes_back_what_was_frozen_whatever_rates_are_now(self, cast: Cast) -> None:
        ExchangeRate.objects.create(base="CHF", quote="EUR", effective_on=STARTS_ON, rate=D("1.10"))
        row = spent(cast, "100.00", currency="CHF", tax="3.8", is_tax_recoverable=False)
        ExchangeRate.objects.update(rate=D("1.50"))
        ExpenseSettings.objects.create(project=cast.nordwind, markup_percent=D(50), recovers_tax=True)
        reversal, right = expense_reverse(expense=row, access=mara(cast), reason="Wrong project")
        assert right is None
        assert (reversal.amount, reversal.cost, reversal.bill) == (-100, -110, -110)
        assert (reversal.exchange_rate, reversal.rate_note) == (row.exchange_rate, row.rate_note)
        assert reversal.tax_amount == -row.tax_amount != 0
        assert [line[4:] for line in tax_summary(Expense.objects.all())] == [(0, 0, 0)]
        today = today_of(cast.nordwind)
        assert (reversal.spent_on, reversal.booked_on) == (STARTS_ON, today)
        assert (reversal.status, reversal.decided_by, reversal.reverses) == ("approved", cast.mara, row)
        stored = Expense.objects.get(pk=row.pk)
        assert (stored.amount, stored.cost, stored.status) == (100, 110, "approved")
        told = JournalEntry.objects.get(action="expense.reversed")
        assert told.changes["reason"] == [None, "Wrong project"]
        assert [one.user for one in Delivery.objects.filter(entry=told)] == [cast.tom]
        assert EntryDecision.objects.get(expense=reversal).verdict == "reversed"

    def test_mileage_and_a_fixed_price_are_taken_back_as_they_stand(self, cast: Cast) -> None:
        drive = {"basis": "mileage", "quantity": D(120), "unit_rate": D("0.30"), "bill_fixed": D(50)}
        row = spent(cast, "1", tax="0", **drive)
        reversal, _ = expense_reverse(expense=row, access=mara(cast), reason="Twice")
        assert (reversal.quantity, reversal.unit_rate, reversal.amount) == (-120, D("0.30"), -36)
        assert (reversal.bill_fixed, reversal.bill) == (-50, -50)

    def test_the_right_one_is_booked_and_history_stays_as_it_was(self, cast: Cast) -> None:
        row = spent(cast)
        access = enter(cast.mara, "nordwind", "time.lock")
        period_close(starts_on=date(2026, 3, 1), ends_on=date(2026, 3, 31), access=access)
        today = today_of(cast.nordwind)
        days = (STARTS_ON, date(2026, 3, 31), today - timedelta(days=1))
        before = {day: actual(cast, day) for day in days}
        assert set(before.values()) == {100}
        right = right_of(row)
        right.amount, right.task = D("59.50"), cast.kickoff
        _, booked = expense_reverse(expense=row, access=mara(cast), reason="Half of it", right=right)
        assert booked is not None
        assert (booked.spent_on, booked.booked_on, booked.replaces) == (STARTS_ON, today, row)
        # Who corrects decides here as well, so that it is approved at once.
        assert (booked.status, booked.cost, booked.tax_amount) == ("approved", 50, D("9.50"))
        assert {day: actual(cast, day) for day in days} == before
        assert actual(cast, today) == 50

    def test_it_is_posted_on_the_first_open_day_and_closed_with_that_period(self, cast: Cast) -> None:
        row, today = spent(cast), today_of(cast.nordwind)
        shut = {"project": cast.nordwind, "closed_at": "2026-01-01T00:00Z"}
        ClosedPeriod.objects.create(
            starts_on=today - timedelta(days=3), ends_on=today + timedelta(days=2), **shut
        )
        reversal, _ = expense_reverse(expense=row, access=mara(cast), reason="Twice")
        posted = today + timedelta(days=3)
        assert reversal.booked_on == posted
        lock = enter(cast.mara, "nordwind", "time.lock")
        period_close(starts_on=posted, ends_on=posted, access=lock)
        reversal.refresh_from_db()
        row.refresh_from_db()
        assert (reversal.status, row.status) == ("locked", "approved")

    def test_nothing_approved_is_reopened(self, cast: Cast, api: Api) -> None:
        row = spent(cast)
        address = f"/api/v1/projects/nordwind/expenses/{row.pk}/steps/"
        assert api(cast.mara).post(address, {"step": "reopen", "reason": "x"}).status_code == 400
        row.refresh_from_db()
        assert row.status == "approved"

    def test_once_only_and_never_a_reversal(self, cast: Cast) -> None:
        row = spent(cast)
        reversal, _ = expense_reverse(expense=row, access=mara(cast), reason="Twice")
        with pytest.raises(StateError, match="once"):
            expense_reverse(expense=row, access=mara(cast), reason="Again")
        with pytest.raises(StateError, match="not reversed"):
            expense_reverse(expense=reversal, access=mara(cast), reason="Back")
        with pytest.raises(IntegrityError), transaction.atomic():
            Expense.objects.filter(pk=reversal.pk).update(reverses=None)
        with pytest.raises(IntegrityError), transaction.atomic():
            Expense.objects.filter(pk=reversal.pk).update(status="draft")

    @pytest.mark.parametrize("status", ["draft", "submitted", "rejected"])
    def test_only_what_is_approved(self, cast: Cast, status: str) -> None:
        with pytest.raises(StateError, match="Only approved expenses"):
            expense_reverse(expense=spent(cast, status=status), access=mara(cast), reason="No")

    def test_not_ones_own_and_not_by_everybody(self, cast: Cast) -> None:
        with pytest.raises(NotAllowed, match="Nobody approves their own"):
            expense_reverse(expense=spent(cast, person=cast.mara.person), access=mara(cast), reason="Mine")
        with pytest.raises(NotAllowed):
            expense_reverse(
                expense=spent(cast), access=enter(cast.tom, "nordwind", "expenses.log"), reason="Mine"
            )

    @pytest.mark.parametrize(
        ("reason", "wrong"),
        [(" ", {}), ("x" * 256, {}), ("Ok", {"amount": D(-5)}), ("Ok", {"currency": "USD"}),
         ("Ok", {"task": "go_live"}), ("Ok", {"description": ""})],
    )  # fmt: skip
    def test_nonsense_changes_nothing(self, cast: Cast, reason: str, wrong: dict[str, Any]) -> None:
        row = spent(cast)
        right = right_of(row)
        for name, value in wrong.items():
            setattr(right, name, getattr(cast, value) if name == "task" else value)
        with pytest.raises(DomainError):
            expense_reverse(expense=row, access=mara(cast), reason=reason, right=right)
        row.refresh_from_db()
        assert (Expense.objects.count(), row.reimbursement) == (1, "open")

    def test_two_levels_let_the_right_one_wait_and_it_is_changed_in_its_period(self, cast: Cast) -> None:
        TimeRules.objects.create(project=cast.nordwind, levels=2)
        row = spent(cast)
        lock = enter(cast.mara, "nordwind", "time.lock")
        period_close(starts_on=date(2026, 3, 1), ends_on=date(2026, 3, 31), access=lock)
        _, booked = expense_reverse(expense=row, access=mara(cast), reason="Less", right=right_of(row))
        assert booked is not None
        assert (booked.status, booked.approved_level) == ("submitted", 1)
        entries_decide(model=Expense, ids=[booked.pk], access=fay(cast), approve=False, reason="Which?")
        booked.refresh_from_db()
        # Spent in a closed period, and booked in an open one.
        booked.amount = D("10.00")
        expense_save(expense=booked, access=enter(cast.tom, "nordwind", "expenses.log"))
        assert (booked.status, booked.booked_day) == ("draft", today_of(cast.nordwind))

    def test_the_receipts_stay_with_the_right_one(self, cast: Cast) -> None:
        row = spent(cast)
        Receipt.objects.create(expense=row, name="a.pdf", file=SimpleUploadedFile("a.pdf", b"%PDF-1.7 a"))
        more = [SimpleUploadedFile("b.pdf", b"%PDF-1.7 b")]
        _, booked = expense_reverse(
            expense=row, access=mara(cast), reason="Less", right=right_of(row), receipts=more
        )
        assert booked is not None
        kept = {one.name: one.file for one in booked.receipts.all()}
        assert {name: file.read() for name, file in kept.items()} == {
            "a.pdf": b"%PDF-1.7 a",
            "b.pdf": b"%PDF-1.7 b",
        }
        assert kept["a.pdf"].name != row.receipts.get().file.name


@pytest.mark.django_db
class MoneyBackTests:
    def test_what_was_reimbursed_is_owed_back_and_the_next_payment_nets_it(self, cast: Cast) -> None:
        row = spent(cast, reimbursement="paid", reimbursed_on=PAID_ON, payment_reference="2026-03")
        right = right_of(row)
        right.amount = D("100.00")
        reversal, booked = expense_reverse(expense=row, access=mara(cast), reason="Less", right=right)
        assert booked is not None
        assert (reimbursement_words(reversal)[0], owed(cast)) == ("Owed back", -19)
        ids = [reversal.pk, booked.pk]
        reimbursements_move(ids=ids, step="paid", access=fay(cast), on=PAID_ON, reference="2026-04")
        told = JournalEntry.objects.filter(action="expenses.reimbursed").get()
        assert told.changes["amount"] == [None, "-19.00 EUR"]
        row.refresh_from_db()
        assert (row.reimbursement, row.payment_reference, owed(cast)) == ("paid", "2026-03", None)

    def test_what_nobody_has_paid_is_owed_to_nobody(self, cast: Cast) -> None:
        row = spent(cast)
        reversal, _ = expense_reverse(expense=row, access=mara(cast), reason="Twice")
        row.refresh_from_db()
        assert (row.reimbursement, reversal.reimbursement, owed(cast)) == ("settled", "settled", None)
        with pytest.raises(StateError):
            reimbursements_move(ids=[row.pk], step="paid", access=fay(cast), on=PAID_ON)

    def test_what_is_in_a_run_is_owed_back_until_it_is_taken_out(self, cast: Cast) -> None:
        row = spent(cast, reimbursement="run", payment_reference="2026-03")
        reversal, _ = expense_reverse(expense=row, access=mara(cast), reason="Twice")
        assert (reversal.reimbursement, owed(cast)) == ("open", -119)
        reimbursements_move(ids=[row.pk], step="back", access=fay(cast))
        for one in (row, reversal):
            one.refresh_from_db()
        assert (row.reimbursement, reversal.reimbursement, owed(cast)) == ("settled", "settled", None)

    def test_what_a_card_paid_is_owed_to_nobody(self, cast: Cast) -> None:
        reversal, _ = expense_reverse(
            expense=spent(cast, paid_by="card", is_reimbursable=False), access=mara(cast), reason="Twice"
        )
        assert (reimbursement_words(reversal)[0], owed(cast)) == ("Paid by the firm", None)

    def test_what_was_billed_is_credited_in_the_next_run(self, cast: Cast) -> None:
        about = contract(cast)
        row = spent(cast, "119.00")
        one = finalise(cast, run_of(cast, about, last=STARTS_ON + timedelta(days=30)))
        assert [line.amount for line in one.lines.all()] == [100]
        right = right_of(row)
        right.amount = D("59.50")
        expense_reverse(expense=row, access=mara(cast), reason="Half", right=right)
        two = finalise(cast, run_of(cast, about, first=STARTS_ON + timedelta(days=31)))
        assert sorted(line.amount for line in two.lines.all()) == [-100, 50]
        assert {line.day for line in two.lines.all()} == {today_of(cast.nordwind)}
        assert standing(cast)[0].handed_over == 50


@pytest.mark.django_db
class OrderTests:
    def order(self, cast: Cast, row: Expense) -> Commitment:
        order = Commitment.objects.create(
            project=cast.nordwind, number=1, supplier="Bureau", description="Texts", amount=300, cost=300,
            currency="EUR", ordered_on=STARTS_ON,
        )  # fmt: skip
        commitment_book(commitment=order, expense=row, access=enter(cast.mara, "nordwind", "budget.change"))
        return order

    def open_of(self, cast: Cast, day: date) -> Decimal:
        [order] = orders_of(project=cast.nordwind, as_of=day)
        return order.open

    def test_an_order_gets_back_what_was_invoiced_of_it_from_today_on(self, cast: Cast) -> None:
        row = spent(cast, "100", tax="0")
        order = self.order(cast, row)
        right = right_of(row)
        right.amount = D("40.00")
        expense_reverse(expense=row, access=mara(cast), reason="Less", right=right)
        today = today_of(cast.nordwind)
        assert self.open_of(cast, today - timedelta(days=1)) == 200
        assert self.open_of(cast, today) == 260
        access = enter(cast.mara, "nordwind", "budget.change")
        # Alone neither would say what was invoiced.
        commitment_unbook(part=CommitmentPart.objects.get(expense=row), access=access)
        assert [part.expense.amount for part in order.parts.all()] == [40]
        with pytest.raises(DomainError, match="taken back"):
            commitment_book(commitment=order, expense=row, access=access)

    def test_more_than_is_ordered_is_refused_whole(self, cast: Cast) -> None:
        row = spent(cast, "100", tax="0")
        self.order(cast, row)
        right = right_of(row)
        right.amount = D("301.00")
        with pytest.raises(DomainError, match="raise the order first"):
            expense_reverse(expense=row, access=mara(cast), reason="More", right=right)
        assert Expense.objects.count() == CommitmentPart.objects.count() == 1


@pytest.mark.django_db
class PageTests:
    def data(self, row: Expense, **more: Any) -> dict[str, Any]:
        return {
            "reason": "Less", "books_right": "on", "task": row.task_id, "spent_on": row.spent_on,
            "category": "travel", "description": "Hotel, one night", "amount": "59.50", "currency": "EUR",
            "tax_rate": "19", "is_tax_recoverable": "on", "is_billable": "on", "is_reimbursable": "on",
        } | more  # fmt: skip

    def test_the_pages_of_a_correction(self, cast: Cast, login: Login) -> None:
        row = spent(cast)
        browser, detail = login(cast.mara), f"{URL}{row.pk}/"
        address = f"{detail}correct/"
        assert address in browser.get(detail).content.decode()
        assert address not in login(cast.tom).get(detail).content.decode()
        assert "Book the right expense instead" in browser.get(address).content.decode()
        assert browser.post(address, self.data(row, reason="")).status_code == 422
        assert browser.post(address, self.data(row, amount="-59.50")).status_code == 422
        done = browser.post(address, self.data(row))
        assert (done.status_code, done["Location"]) == (302, detail)
        right = Expense.objects.get(replaces=row)
        assert (right.person, right.amount, right.cost, right.status) == (
            row.person,
            D("59.50"),
            50,
            "approved",
        )
        page = browser.get(detail).content.decode()
        for words in ("Reversed by", "Right expense instead", "-119.00", "59.50"):
            assert words in page
        assert address not in page
        shown = browser.get(URL).content.decode()
        for words in ("Takes back", "Reversed", "Corrected"):
            assert words in shown
        assert browser.get(address).status_code == 409
        sheet = browser.get(f"{URL}export.csv").getvalue().decode()
        assert "Takes back" in sheet
        assert "-119.00" in sheet

    def test_without_a_right_one_nothing_else_is_asked(self, cast: Cast, login: Login) -> None:
        row = spent(cast)
        done = login(cast.mara).post(f"{URL}{row.pk}/correct/", {"reason": "Twice", "amount": "x"})
        assert done.status_code == 302
        assert sum(one.amount for one in Expense.objects.all()) == 0

    def test_the_finances_see_what_is_owed_back(self, cast: Cast, login: Login) -> None:
        row = spent(cast, reimbursement="paid", reimbursed_on=PAID_ON)
        expense_reverse(expense=row, access=mara(cast), reason="Twice")
        page = login(cast.fay).get("/projects/nordwind/reimbursements/").content.decode()
        assert "-119.00 EUR" in page
        assert "Owed back" in page
        assert "Settled" not in page
        assert "Owed back" in login(cast.tom).get("/my-reimbursements/").content.decode()

    def test_the_api_corrects_once_by_its_key(self, cast: Cast, api: Api) -> None:
        row = spent(cast)
        address = f"/api/v1/projects/nordwind/expenses/{row.pk}/reverse/"
        # What is not said is as it was.
        said = {"reason": "Less", "right": {"amount": "59.50"}}
        client = api(cast.mara)
        first = client.post(address, said, format="json", HTTP_IDEMPOTENCY_KEY="one")
        again = client.post(address, said, format="json", HTTP_IDEMPOTENCY_KEY="one")
        assert first.status_code == again.status_code == 201, first.content
        assert first.json() == again.json()
        answer = first.json()
        assert (answer["reversal"]["amount"], answer["reversal"]["reverses"]) == ("-119.00", row.pk)
        right = answer["right"]
        assert (right["amount"], right["tax_amount"], right["replaces"]) == ("59.50", "9.50", row.pk)
        assert (right["task"], right["description"], right["spent_on"]) == (
            cast.setup.pk,
            "Hotel",
            STARTS_ON.isoformat(),
        )
        assert Expense.objects.count() == 3
        assert client.post(address, said, format="json").status_code == 409
        assert api(cast.tom).post(address, said, format="json").status_code == 403
        other = client.post(address, {"reason": "x", "right": {"task": cast.rival_task.pk}}, format="json")
        assert (other.status_code, list(other.json()["errors"])) == (400, ["right.task"])


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
class RaceTests:
    def test_what_is_taken_back_at_this_moment_is_not_paid_out(self) -> None:
        cast = build_cast()
        row = spent(cast)
        outcome: list[str] = []
        taken, go_on = threading.Event(), threading.Event()

        def correct() -> None:
            try:
                with transaction.atomic():
                    expense_reverse(expense=row, access=mara(cast), reason="Twice")
                    taken.set()
                    go_on.wait(20)
                outcome.append("taken back")
            finally:
                connection.close()

        def pay() -> None:
            taken.wait(20)
            try:
                reimbursements_move(ids=[row.pk], step="paid", access=fay(cast), on=PAID_ON)
                outcome.append("paid")
            except StateError:
                outcome.append("refused")
            finally:
                connection.close()

        threads = [threading.Thread(target=correct), threading.Thread(target=pay)]
        for thread in threads:
            thread.start()
        taken.wait(20)
        # Who pays waits for the correction that nobody else sees yet.
        threads[1].join(0.5)
        assert outcome == []
        go_on.set()
        for thread in threads:
            thread.join(20)
        assert outcome == ["taken back", "refused"]
        assert set(Expense.objects.values_list("reimbursement", flat=True)) == {"settled"}
