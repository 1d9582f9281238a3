"""Paying back: who gets what, in which currency, once, and who may see a receipt's picture."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from budget.models import Expense, ExpenseSettings, Receipt
from budget.selectors.expenses import lacks_receipt, reimbursement_words, sums_of
from budget.services.deciding import entries_decide
from budget.services.receipts import receipts_draw
from budget.services.reimbursements import reimbursements_move
from implement.core.errors import DomainError, NotAllowed, StateError
from implement.testkit.cast import STARTS_ON, Cast
from projects.kit.access import enter
from projects.models import Delivery, JournalEntry

D = Decimal
Login = Callable[..., Client]
URL, RECEIPTS = "/projects/nordwind/reimbursements/", "/projects/nordwind/receipts/"
PAID_ON = date(2026, 3, 28)


def spent(cast: Cast, who: str = "tom", amount: str = "40.00", currency: str = "EUR", **more: Any) -> Expense:
    values = {"status": "approved", "description": "Train"} | more
    return Expense.objects.create(
        project=cast.nordwind,
        person=getattr(cast, who).person,
        spent_on=STARTS_ON,
        amount=D(amount),
        currency=currency,
        exchange_rate=1,
        cost=D(amount),
        **values,
    )


def picture() -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (60, 40), (200, 30, 30)).save(stream, "JPEG")
    return stream.getvalue()


@pytest.mark.django_db
class PayingTests:
    def test_the_way_of_the_money(self, cast: Cast) -> None:
        rows = [spent(cast), spent(cast, "tess", "12.00", "CHF"), spent(cast, amount="8.50")]
        access = enter(cast.fay, "nordwind", "expenses.pay")
        ids = [row.pk for row in rows]
        assert reimbursements_move(ids=ids, step="run", access=access, reference="2026-03") == 3
        assert reimbursements_move(ids=ids[2:], step="back", access=access) == 1
        assert reimbursements_move(ids=ids[:2], step="paid", access=access, on=PAID_ON) == 2
        for row in rows:
            row.refresh_from_db()
        assert [(row.reimbursement, row.payment_reference, row.reimbursed_on) for row in rows] == [
            ("paid", "2026-03", PAID_ON),
            ("paid", "2026-03", PAID_ON),
            ("open", "", None),
        ]
        told = JournalEntry.objects.filter(action="expenses.reimbursed").order_by("target_label")
        assert [entry.changes["amount"][1] for entry in told] == ["12.00 CHF", "40.00 EUR"]
        assert {one.user for one in Delivery.objects.filter(entry__in=told)} == {cast.tess, cast.tom}

    @pytest.mark.parametrize(
        "more",
        [
            {"status": "submitted"}, {"is_reimbursable": False}, {"paid_by": "card", "is_reimbursable": False},
            {"reimbursement": "paid", "reimbursed_on": PAID_ON},
        ],
    )  # fmt: skip
    def test_what_is_not_owed_is_not_paid_and_nothing_else_either(
        self, cast: Cast, more: dict[str, Any]
    ) -> None:
        right, wrong = spent(cast), spent(cast, **more)
        access = enter(cast.fay, "nordwind", "expenses.pay")
        with pytest.raises(StateError):
            reimbursements_move(ids=[right.pk, wrong.pk], step="paid", access=access, on=PAID_ON)
        right.refresh_from_db()
        assert right.reimbursement == "open"

    def test_nobody_pays_out_their_own_and_a_manager_pays_nothing(self, cast: Cast) -> None:
        own = spent(cast, "fay")
        with pytest.raises(NotAllowed):
            reimbursements_move(
                ids=[own.pk], step="paid", access=enter(cast.fay, "nordwind", "expenses.pay"), on=PAID_ON
            )
        with pytest.raises(NotAllowed):
            enter(cast.mara, "nordwind", "expenses.pay")

    @pytest.mark.parametrize(
        ("step", "on", "reference", "field"),
        [("run", None, " ", "reference"), ("paid", None, "", "paid_on"), ("run", None, "x" * 61, "reference"),
         ("paid", date(1999, 1, 1), "", "paid_on"), ("give", None, "", "step")],
    )  # fmt: skip
    def test_a_step_that_lacks_something_names_it(
        self, cast: Cast, step: str, on: date | None, reference: str, field: str
    ) -> None:
        access = enter(cast.fay, "nordwind", "expenses.pay")
        with pytest.raises(DomainError) as refused:
            reimbursements_move(ids=[spent(cast).pk], step=step, access=access, on=on, reference=reference)
        assert list(refused.value.fields) == [field]

    def test_what_is_in_a_run_says_so(self, cast: Cast) -> None:
        row = spent(cast, reimbursement="run", payment_reference="2026-03")
        assert reimbursement_words(row)[0] == "In a payment run"

    def test_sums_never_mix_currencies(self, cast: Cast) -> None:
        rows = [spent(cast), spent(cast, amount="1.00"), spent(cast, amount="5.00", currency="CHF")]
        assert sums_of(rows) == (("CHF", 5), ("EUR", 41))


@pytest.mark.django_db
class PageTests:
    def test_the_list_by_person_and_paying_many_at_once(self, cast: Cast, login: Login) -> None:
        rows = [spent(cast), spent(cast, "tess", "12.00", "CHF")]
        browser = login(cast.fay)
        page = browser.get(URL).content.decode()
        assert "40.00 EUR" in page
        assert "12.00 CHF" in page
        data = {
            "rows": [row.pk for row in rows],
            "step": "paid",
            "paid_on": "2026-03-28",
            "reference": "2026-03",
        }
        assert browser.post(URL, data).status_code == 302
        assert "Nothing to reimburse" in browser.get(URL).content.decode()
        assert "2026-03" in browser.get(f"{URL}?state=paid").content.decode()
        assert browser.post(URL, data).status_code == 409

    def test_a_manager_looks_and_the_team_does_not(self, cast: Cast, login: Login) -> None:
        spent(cast)
        page = login(cast.mara).get(URL)
        assert page.status_code == 200
        assert "Mark as paid" not in page.content.decode()
        assert login(cast.tom).get(URL).status_code == 403

    def test_ones_own_over_all_projects_and_nobody_elses(self, cast: Cast, login: Login) -> None:
        spent(cast)
        spent(cast, "tess", "12.00", "CHF", description="Hers")
        page = login(cast.tom).get("/my-reimbursements/").content.decode()
        assert "To reimburse" in page
        assert "40.00 EUR" in page
        assert "Hers" not in page

    def test_the_api_pays_many(self, cast: Cast, login: Login) -> None:
        api = "/api/v1/projects/nordwind/reimbursements/"
        body = {"step": "paid", "expenses": [spent(cast).pk], "paid_on": "2026-03-28"}
        assert login(cast.mara).post(api, body, content_type="application/json").status_code == 403
        found = login(cast.fay).post(api, body, content_type="application/json")
        assert found.json() == {"moved": 1, "reimbursement": "paid"}


@pytest.mark.django_db
class ReceiptTests:
    @pytest.fixture(autouse=True)
    def media(self, settings: Any, tmp_path: Any) -> None:
        settings.MEDIA_ROOT = tmp_path

    def upload(self, cast: Cast, browser: Client, content: bytes, name: str = "r.jpg") -> Receipt:
        data = {
            "person": cast.tom.person.pk, "spent_on": STARTS_ON, "category": "travel", "description": "Taxi",
            "amount": "40.00", "currency": "EUR", "receipts": SimpleUploadedFile(name, content),
        }  # fmt: skip
        assert browser.post("/projects/nordwind/expenses/add/", data).status_code == 302
        return Receipt.objects.get()

    def test_the_picture_is_drawn_by_the_product_and_only_for_who_sees_the_expense(
        self, cast: Cast, login: Login
    ) -> None:
        row = self.upload(cast, login(cast.tom), picture())
        preview = f"{RECEIPTS}{row.pk}/preview"
        assert login(cast.tom).get(preview).status_code == 404
        assert receipts_draw() == 1
        response = login(cast.tom).get(preview)
        assert b"".join(response.streaming_content).startswith(b"\x89PNG")
        assert response["Content-Type"] == "image/png"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
        others = ("tess", "carla", "rita", "fay")
        seen = {who: login(getattr(cast, who)).get(preview).status_code for who in others}
        assert seen == {"tess": 404, "carla": 403, "rita": 404, "fay": 200}
        edit = f"/projects/nordwind/expenses/{row.expense_id}/edit/"
        assert preview in login(cast.tom).get(edit).content.decode()

    def test_a_file_that_breaks_the_parser_is_kept_and_only_not_drawn(self, cast: Cast, login: Login) -> None:
        row = self.upload(cast, login(cast.tom), b"%PDF-1.7 nothing of the kind", "r.pdf")
        assert receipts_draw() == 0
        row.refresh_from_db()
        assert row.preview_state == "failed"
        assert login(cast.tom).get(f"{RECEIPTS}{row.pk}").status_code == 200
        assert receipts_draw() == 0

    def test_a_receipt_taken_off_while_it_was_drawn_leaves_no_file(
        self, cast: Cast, login: Login, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        row = self.upload(cast, login(cast.tom), picture())

        def gone(content: bytes) -> bytes:
            Receipt.objects.filter(pk=row.pk).delete()
            return content

        monkeypatch.setattr("projects.kit.previews.first_page", gone)
        assert receipts_draw() == 0
        assert [name for name in row.file.storage.listdir("receipts/" + str(cast.nordwind.pk))[1]
                if name.endswith(".png")] == []  # fmt: skip

    def test_an_expense_has_several_until_it_is_handed_in(
        self, cast: Cast, login: Login, django_capture_on_commit_callbacks: Any
    ) -> None:
        browser = login(cast.tom)
        first = self.upload(cast, browser, picture(), "hotel.jpg")
        expense = first.expense
        edit = f"/projects/nordwind/expenses/{expense.pk}/edit/"
        more = [SimpleUploadedFile(name, picture()) for name in ("taxi.jpg", "bar.jpg")]
        data = {
            "person": cast.tom.person.pk, "spent_on": STARTS_ON, "category": "travel", "description": "Taxi",
            "amount": "40.00", "currency": "EUR", "receipts": more,
        }  # fmt: skip
        assert browser.post(edit, data).status_code == 302
        assert [one.name for one in expense.receipts.all()] == ["hotel.jpg", "taxi.jpg", "bar.jpg"]
        assert receipts_draw() == 3
        shown = browser.get(f"/projects/nordwind/expenses/{expense.pk}/").content.decode()
        assert shown.count("First page of") == 3
        assert login(cast.tess).post(f"{RECEIPTS}{first.pk}").status_code == 404
        with django_capture_on_commit_callbacks(execute=True):
            assert browser.post(f"{RECEIPTS}{first.pk}").status_code == 302
        assert not first.file.storage.exists(first.file.name)
        told = JournalEntry.objects.filter(action="expense.changed").order_by("pk").last()
        assert told.changes["receipt"] == ["hotel.jpg", None]
        Expense.objects.update(status="submitted")
        kept = expense.receipts.first()
        assert browser.post(f"{RECEIPTS}{kept.pk}").status_code == 409
        assert expense.receipts.count() == 2
        page = login(cast.mara).get("/projects/nordwind/time/approvals/").content.decode()
        assert "2 receipts" in page
        assert page.count("First page of") == 2
        assert "Take off" not in page

    def test_the_page_says_who_is_next_and_what_was_decided(self, cast: Cast, login: Login) -> None:
        row = spent(cast, status="submitted")
        url = f"/projects/nordwind/expenses/{row.pk}/"
        page = login(cast.tom).get(url).content.decode()
        assert "Waits for Fay Finance or Mara Manager" in page
        assert "Decided by" not in page
        entries_decide(
            model=Expense, ids=[row.pk], access=enter(cast.fay, "nordwind", "time.decide"), approve=True
        )
        page = login(cast.tom).get(url).content.decode()
        assert "Decisions" in page
        assert "1 of 1" in page

    def test_one_bad_file_of_several_keeps_all_out(self, cast: Cast, login: Login) -> None:
        data = {
            "person": cast.tom.person.pk, "spent_on": STARTS_ON, "category": "travel", "description": "Taxi",
            "amount": "40.00", "currency": "EUR",
            "receipts": [SimpleUploadedFile("a.jpg", picture()), SimpleUploadedFile("b.pdf", b"MZ")],
        }  # fmt: skip
        response = login(cast.tom).post("/projects/nordwind/expenses/add/", data)
        assert response.status_code == 422
        assert "b.pdf” is no PDF" in response.content.decode()
        assert not Expense.objects.exists()
        assert not Receipt.objects.exists()

    def test_the_api_takes_a_receipt(self, cast: Cast, login: Login) -> None:
        row = spent(cast, status="draft")
        api = f"/api/v1/projects/nordwind/expenses/{row.pk}/receipt/"
        good = login(cast.tom).post(api, {"receipt": SimpleUploadedFile("r.jpg", picture())})
        [kept] = good.json()["receipts"]
        assert kept["name"] == "r.jpg"
        gone = f"/api/v1/projects/nordwind/expenses/{row.pk}/receipt-remove/"
        said, json = {"receipt": kept["id"]}, {"content_type": "application/json"}
        assert login(cast.tess).post(gone, said, **json).status_code == 404
        assert login(cast.tom).post(gone, {"receipt": kept["id"] + 1}, **json).status_code == 400
        assert login(cast.tom).post(gone, said, **json).json()["receipts"] == []
        wrong = login(cast.tom).post(api, {"receipt": SimpleUploadedFile("r.jpg", b"MZ")})
        assert wrong.status_code == 400
        assert list(wrong.json()["errors"]) == ["receipt"]

    def test_above_the_limit_a_missing_receipt_is_pointed_out(self, cast: Cast, login: Login) -> None:
        settings = ExpenseSettings(project=cast.nordwind, receipt_limit=D(30))
        large, small = spent(cast, amount="30.00", status="submitted"), spent(cast, amount="29.99")
        drive = spent(cast, amount="99.00", basis="mileage")
        assert [lacks_receipt(row, settings) for row in (large, small, drive)] == [True, False, False]
        assert "Missing" in login(cast.mara).get("/projects/nordwind/time/approvals/").content.decode()
        assert (
            "Receipt missing"
            in login(cast.tom).get(f"/projects/nordwind/expenses/{large.pk}/").content.decode()
        )

    def test_the_settings_are_kept_by_who_approves(self, cast: Cast, login: Login) -> None:
        url = "/projects/nordwind/expenses/settings/"
        data = {"recovers_tax": "", "receipt_limit": "50", "markup_percent": "5", "mileage_rate": "0.3"}
        assert login(cast.mara).post(url, data).status_code == 302
        stored = ExpenseSettings.objects.get()
        assert (stored.recovers_tax, stored.receipt_limit, stored.mileage_rate) == (False, 50, D("0.3"))
        assert login(cast.mara).post(url, data | {"receipt_limit": "-1"}).status_code == 422
        assert login(cast.tom).get(url).status_code == 403
