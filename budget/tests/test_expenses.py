"""Expenses: receipts, currencies, and who sees whose."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from budget.models import Expense, Receipt
from implement.testkit.cast import STARTS_ON, Cast

Login = Callable[..., Client]
URL, RECEIPTS = "/projects/nordwind/expenses/", "/projects/nordwind/receipts/"
PDF = b"%PDF-1.7 receipt"


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def data(cast: Cast, **more: object) -> dict[str, object]:
    return {
        "person": cast.tom.person.pk, "spent_on": STARTS_ON, "category": "travel", "description": "Train",
        "amount": "40.00", "currency": "EUR", "exchange_rate": "",
    } | more  # fmt: skip


class ExpenseTests:
    def test_an_expense_with_its_receipt_is_handed_in(self, cast: Cast, login: Login) -> None:
        browser = login(cast.tom)
        upload = SimpleUploadedFile("../../ticket.pdf", PDF)
        response = browser.post(f"{URL}add/", data(cast, receipts=upload))
        assert response.status_code == 302, response.content.decode()
        row = Expense.objects.get()
        assert (row.cost, row.exchange_rate, row.receipts.get().name) == (40, 1, "ticket.pdf")
        receipt = browser.get(f"{RECEIPTS}{row.receipts.get().pk}")
        assert b"".join(receipt) == PDF
        assert "attachment" in receipt["Content-Disposition"]
        assert "ticket.pdf" in browser.get(f"{URL}{row.pk}/").content.decode()
        browser.post(f"{URL}{row.pk}/do/submit/")
        row.refresh_from_db()
        assert row.status == "submitted"
        assert row.submitted_at

    @pytest.mark.parametrize("content", [b"<svg onload=alert(1)>", b"MZ", b"PK\x03\x04", b"GIF89a"])
    def test_a_receipt_is_known_by_its_content_not_its_name(
        self, cast: Cast, login: Login, content: bytes
    ) -> None:
        upload = SimpleUploadedFile("receipt.pdf", content, "application/pdf")
        response = login(cast.tom).post(f"{URL}add/", data(cast, receipts=upload))
        assert response.status_code == 422
        assert "is no PDF, PNG or JPEG" in response.content.decode()
        assert not Expense.objects.exists()

    def test_a_receipt_that_is_too_large_is_refused(self, cast: Cast, login: Login, settings: Any) -> None:
        settings.UPLOAD_MAX_BYTES = 1024
        upload = SimpleUploadedFile("receipt.pdf", PDF + b"0" * 2000)
        assert login(cast.tom).post(f"{URL}add/", data(cast, receipts=upload)).status_code == 422

    def test_a_receipt_is_only_for_who_sees_its_expense(self, cast: Cast, login: Login) -> None:
        login(cast.tom).post(f"{URL}add/", data(cast, receipts=SimpleUploadedFile("a.pdf", PDF)))
        row = Receipt.objects.get()
        receipt = f"{RECEIPTS}{row.pk}"
        seen = {name: login(getattr(cast, name)).get(receipt).status_code
                for name in ("tom", "tess", "mara", "fay", "carla", "rita")}  # fmt: skip
        assert seen == {"tom": 200, "tess": 404, "mara": 200, "fay": 200, "carla": 403, "rita": 404}
        assert login(cast.rita).get(f"/projects/rival/receipts/{row.pk}").status_code == 404

    def test_a_foreign_currency_is_converted_and_rounded(self, cast: Cast, login: Login) -> None:
        login(cast.tom).post(
            f"{URL}add/", data(cast, currency="CHF", exchange_rate="1.0425", amount="9.99", is_billable="on")
        )
        row = Expense.objects.get()
        assert (row.cost, row.bill) == (Decimal("10.41"), Decimal("10.41"))

    @pytest.mark.parametrize(
        ("wrong", "words"),
        [
            ({"currency": "USD"}, "Say what 1 USD is in EUR"),
            ({"exchange_rate": "1.2"}, "has the rate 1"),
            ({"currency": "USD", "exchange_rate": "0"}, "greater than or equal"),
            ({"currency": "XXQ", "exchange_rate": "1"}, "Select a valid choice"),
            ({"currency": "JPY", "exchange_rate": "0.006", "amount": "10.50"}, "no smaller unit"),
            ({"amount": "-4"}, "greater than or equal"),
            ({"amount": "0"}, "greater than or equal"),
            ({"amount": "NaN"}, "Enter a number"),
            ({"amount": "99999999999999", "currency": "USD", "exchange_rate": "99999999"}, "digits"),
            ({"description": "x" * 1_000_000}, "at most 255"),
        ],
    )
    def test_wrong_money_is_refused_in_words(
        self, cast: Cast, login: Login, wrong: dict[str, str], words: str
    ) -> None:
        response = login(cast.tom).post(f"{URL}add/", data(cast, **wrong))
        assert response.status_code == 422
        assert words in response.content.decode()
        assert not Expense.objects.exists()

    def test_the_team_sees_only_its_own_expenses(self, cast: Cast, login: Login) -> None:
        login(cast.tess).post(f"{URL}add/", data(cast, person=cast.tess.person.pk, description="Hers"))
        row = Expense.objects.get()
        assert "Hers" not in login(cast.tom).get(URL).content.decode()
        assert login(cast.tom).get(f"{URL}{row.pk}/").status_code == 404
        assert "Hers" in login(cast.mara).get(URL).content.decode()

    def test_an_approved_expense_is_closed(self, cast: Cast, login: Login) -> None:
        browser = login(cast.tom)
        browser.post(f"{URL}add/", data(cast))
        Expense.objects.update(status="approved")
        row = Expense.objects.get()
        assert browser.post(f"{URL}{row.pk}/edit/", data(cast, amount="400")).status_code == 422
        assert browser.post(f"{URL}{row.pk}/delete/").status_code == 409
        assert Expense.objects.get().amount == 40

    def test_trash_and_restore(self, cast: Cast, login: Login) -> None:
        browser = login(cast.tom)
        browser.post(f"{URL}add/", data(cast))
        row = Expense.objects.get()
        assert browser.post(f"{URL}{row.pk}/delete/").status_code == 302
        assert not Expense.objects.exists()
        assert browser.post(f"{URL}{row.pk}/restore/").status_code == 302
        assert Expense.objects.exists()
