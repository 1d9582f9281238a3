"""Exchange rates: the latest until the day, which way it was found, and a question where nobody knows one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from budget.models import ExchangeRate, Expense
from budget.selectors.exchange import ExchangeBook, rate_on
from budget.services.exchange import exchange_rate_delete, exchange_rate_save
from budget.services.expenses import expense_save, expense_settle
from implement.core.errors import DomainError
from implement.core.money import round_money
from implement.testkit.cast import STARTS_ON, Cast
from projects.kit.access import enter

D = Decimal
DAY = STARTS_ON
Login = Callable[..., Client]
URL = "/projects/nordwind/exchange-rates/"


def row(base: str, quote: str, rate: str, on: date = DAY, source: str = "ECB") -> ExchangeRate:
    return ExchangeRate(base=base, quote=quote, rate=D(rate), effective_on=on, source=source)


def spent(cast: Cast, currency: str = "USD", amount: str = "100.00", **more: Any) -> Expense:
    return Expense(
        project=cast.nordwind, person=cast.tom.person, spent_on=DAY, description="Taxi", amount=D(amount),
        currency=currency, **more,
    )  # fmt: skip


class BookTests:
    def test_the_latest_until_the_day_wins(self) -> None:
        book = ExchangeBook.of([row("USD", "EUR", "0.9"), row("USD", "EUR", "0.8", DAY - timedelta(3))])
        assert book.find(base="USD", quote="EUR", on=DAY - timedelta(1)).rate == D("0.8")
        assert book.find(base="USD", quote="EUR", on=DAY).rate == D("0.9")
        assert book.find(base="USD", quote="EUR", on=DAY - timedelta(9)) is None

    def test_the_other_side_and_the_way_by_the_euro_are_said(self) -> None:
        book = ExchangeBook.of([row("EUR", "USD", "1.25"), row("EUR", "CHF", "0.95", DAY - timedelta(2))])
        inverse = book.find(base="USD", quote="EUR", on=DAY)
        assert (inverse.rate, inverse.way) == (D("0.8"), "inverse")
        cross = book.find(base="USD", quote="CHF", on=DAY)
        assert (cross.rate, cross.way, cross.on) == (D("0.76"), "cross", DAY - timedelta(2))
        assert cross.words.endswith("1 USD = 0.76 CHF, by way of EUR (ECB)")

    def test_of_one_day_the_direct_rate_goes_before_the_inverse_and_the_cross(self) -> None:
        rows = [
            row("EUR", "USD", "1.25"),
            row("EUR", "CHF", "0.95"),
            row("USD", "CHF", "0.77"),
            row("CHF", "USD", "1.3"),
        ]
        assert ExchangeBook.of(rows).find(base="USD", quote="CHF", on=DAY).rate == D("0.77")

    @given(
        rate=st.decimals(min_value=D("0.0001"), max_value=D(100_000), places=6),
        amount=st.decimals(min_value=D("0.01"), max_value=D(1_000_000), places=2),
    )
    def test_what_is_shown_is_what_is_computed_with(self, rate: Decimal, amount: Decimal) -> None:
        found = ExchangeBook.of([row("EUR", "XAU", str(rate))]).find(base="XAU", quote="EUR", on=DAY)
        assert abs(found.rate - 1 / rate) <= D("0.00000000005")
        assert round_money(amount * found.rate, "EUR") == round_money(
            amount * D(format(found.rate, "f")), "EUR"
        )


@pytest.mark.django_db
class FrozenTests:
    def test_an_open_expense_follows_the_table_and_an_approved_one_never(self, cast: Cast) -> None:
        exchange_rate_save(base="USD", quote="EUR", on=DAY, rate=D("0.9"), source="", actor=cast.fay)
        access = enter(cast.tom, "nordwind", "expenses.log")
        draft = expense_save(expense=spent(cast), access=access)
        done = expense_save(expense=spent(cast), access=access)
        Expense.objects.filter(pk=done.pk).update(status="approved")
        exchange_rate_save(base="USD", quote="EUR", on=DAY, rate=D("0.8"), source="", actor=cast.fay)
        draft.refresh_from_db()
        done.refresh_from_db()
        assert (draft.cost, done.cost, done.exchange_rate) == (80, 90, D("0.9"))
        exchange_rate_delete(row=ExchangeRate.objects.get(), actor=cast.fay)
        draft.refresh_from_db()
        assert draft.cost == 80  # Nobody knows a rate any more: it keeps what it had.

    def test_a_rate_said_by_hand_stays_and_names_the_tables(self, cast: Cast) -> None:
        ExchangeRate.objects.bulk_create([row("USD", "EUR", "0.9")])
        access = enter(cast.tom, "nordwind", "expenses.log")
        mine = expense_save(expense=spent(cast, exchange_rate=D("0.95"), rate_reason="card"), access=access)
        assert (mine.cost, mine.rate_origin) == (95, "own")
        assert "the table says: rate of 2 Mar 2026: 1 USD = 0.9 EUR (ECB)" in mine.rate_note
        exchange_rate_save(base="USD", quote="EUR", on=DAY, rate=D("0.8"), source="", actor=cast.fay)
        mine.refresh_from_db()
        assert mine.cost == 95

    def test_another_day_or_currency_takes_another_rate(self, cast: Cast) -> None:
        ExchangeRate.objects.bulk_create([row("USD", "EUR", "0.9"), row("CHF", "EUR", "1.05")])
        access = enter(cast.tom, "nordwind", "expenses.log")
        mine = expense_save(expense=spent(cast), access=access)
        mine = Expense.objects.get(pk=mine.pk)
        mine.currency = "CHF"
        assert expense_save(expense=mine, access=access).cost == 105
        mine = Expense.objects.get(pk=mine.pk)
        mine.currency = "EUR"
        saved = expense_save(expense=mine, access=access)
        assert (saved.cost, saved.exchange_rate, saved.rate_note) == (100, 1, "")

    @pytest.mark.parametrize("on", [None, DAY - timedelta(days=32), DAY + timedelta(days=1)])
    def test_without_a_rate_of_the_day_it_is_asked_for_and_never_1(self, cast: Cast, on: date | None) -> None:
        if on is not None:
            ExchangeRate.objects.bulk_create([row("USD", "EUR", "0.9", on)])
        with pytest.raises(DomainError, match="Say what 1 USD is in EUR") as refused:
            expense_settle(spent(cast))
        assert list(refused.value.fields) == ["exchange_rate"]


@pytest.mark.django_db
class PageTests:
    FORM = {"base": "CHF", "quote": "EUR", "rate": "1.0425", "effective_on": "2026-03-02", "source": "Bank"}

    def test_the_finances_enter_and_replace_and_everybody_looks_up(self, cast: Cast, login: Login) -> None:
        browser = login(cast.fay)
        assert browser.post(URL, self.FORM).status_code == 302
        assert browser.post(URL, self.FORM | {"rate": "1.05"}).status_code == 302
        assert [stored.rate for stored in ExchangeRate.objects.all()] == [D("1.05")]
        page = login(cast.tom).get(f"{URL}?base=chf&on=2026-03-09").content.decode()
        assert "Rate of 2 Mar 2026: 1 CHF = 1.05 EUR (Bank)." in page
        assert "Enter a rate" not in page
        assert browser.post(URL, {"remove": ExchangeRate.objects.get().pk}).status_code == 302
        assert not ExchangeRate.objects.exists()

    @pytest.mark.parametrize(
        ("wrong", "words"),
        [
            ({"quote": "CHF"}, "two different currencies"),
            ({"rate": "0"}, "greater than"),
            ({"base": "XQX"}, "valid choice"),
        ],
    )
    def test_what_is_no_rate_is_refused_by_field(
        self, cast: Cast, login: Login, wrong: dict[str, str], words: str
    ) -> None:
        response = login(cast.fay).post(URL, self.FORM | wrong)
        assert response.status_code == 422
        assert words in response.content.decode()

    @pytest.mark.parametrize("who", ["tom", "mara"])
    def test_a_project_does_not_write_the_firms_table(self, cast: Cast, login: Login, who: str) -> None:
        assert login(getattr(cast, who)).post(URL, self.FORM).status_code == 403

    @pytest.mark.parametrize(
        "query", ["base=QQQ", "base=CHF&on=yesterday", "base=CHF&on=0001-01-01", "currency=%00"]
    )
    def test_a_look_up_of_nonsense_is_answered_in_words(self, cast: Cast, login: Login, query: str) -> None:
        assert login(cast.tom).get(f"{URL}?{query}").status_code == 200

    def test_the_api_answers_with_the_way_it_was_found(self, cast: Cast, login: Login) -> None:
        api = "/api/v1/projects/nordwind/exchange-rates/"
        browser = login(cast.fay)
        body = {"base": "EUR", "quote": "USD", "effective_on": "2026-03-02", "rate": "1.25", "source": "ECB"}
        assert browser.post(api, body, content_type="application/json").status_code == 201
        assert browser.post(api, body | {"rate": "1.6"}, content_type="application/json").status_code == 200
        found = browser.get(f"{api}found/?base=USD&quote=EUR&on=2026-03-05").json()
        assert (found["rate"], found["way"], found["effective_on"]) == (
            "0.6250000000",
            "inverse",
            "2026-03-02",
        )
        wrong = browser.post(api, body | {"base": "usd"}, content_type="application/json")
        assert wrong.status_code == 400
        assert "base" in wrong.json()["errors"]
        gone = {"base": "EUR", "quote": "USD", "effective_on": "2026-03-02"}
        assert browser.post(f"{api}remove/", gone, content_type="application/json").status_code == 204
        assert rate_on(base="USD", quote="EUR", on=DAY) is None
