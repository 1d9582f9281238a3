"""Tax on receipts: net, tax and gross agree to the cent, and decide what an expense costs and bills."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from budget.models import Expense, ExpenseSettings
from budget.selectors.taxes import from_gross, from_net, lines_of, tax_summary
from budget.services.expenses import TaxSaid, expense_settle
from budget.tests.builders import person_build, project_build
from implement.core.errors import DomainError
from implement.core.money import round_money
from implement.testkit.cast import STARTS_ON, Cast
from projects.models import Project

D = Decimal
Login = Callable[..., Client]
amounts = st.decimals(min_value=D("0.01"), max_value=D(100_000), places=2)
percents = st.decimals(min_value=0, max_value=100, places=2)


def expense(project: Any, person: Any, amount: str = "119.00", **more: Any) -> Expense:
    return Expense(
        project=project, person=person, spent_on=project.starts_on, description="Hotel", amount=D(amount),
        **({"currency": project.currency} | more),
    )  # fmt: skip


class ArithmeticTests:
    @given(amount=amounts, rate=percents)
    def test_net_and_tax_are_the_gross_from_both_sides(self, amount: Decimal, rate: Decimal) -> None:
        inside, on_top = from_gross(amount, rate, "EUR"), from_net(amount, rate, "EUR")
        assert inside.net + inside.tax == inside.gross == amount
        assert on_top.net + on_top.tax == on_top.gross
        assert on_top.net == amount
        assert inside.tax >= 0
        assert lines_of([inside.as_json()]) == [inside]

    def test_the_yen_has_no_cents(self) -> None:
        line = from_gross(D(1000), D(10), "JPY")
        assert (line.net, line.tax) == (909, 91)


@pytest.mark.django_db
class SettledTests:
    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        amount=amounts,
        rate=st.decimals(min_value=D("0.0001"), max_value=D(500), places=4),
        tax=percents,
        markup=st.decimals(min_value=-50, max_value=100, places=2),
        recovers=st.booleans(),
    )
    def test_cost_and_bill_are_each_rounded_once(
        self, amount: Decimal, rate: Decimal, tax: Decimal, markup: Decimal, recovers: bool
    ) -> None:
        row = Expense(
            project=Project(code="x", currency="EUR", starts_on=STARTS_ON), spent_on=STARTS_ON, amount=amount,
            currency="CHF", exchange_rate=rate, is_tax_recoverable=recovers, is_billable=True,
            markup_percent=markup,
        )  # fmt: skip
        expense_settle(row, tax=TaxSaid(rate=tax))
        borne = row.net_amount if recovers else amount
        assert row.cost == round_money(borne * rate, "EUR")
        assert row.bill == round_money(borne * rate * (100 + markup) / 100, "EUR")

    def test_several_rates_on_one_receipt_leave_the_rest_at_the_usual_one(self) -> None:
        project = project_build()
        row = expense(project, person_build(project), "140.40")
        expense_settle(row, tax=TaxSaid(rate=D(19), lines=((D(7), D("21.40")),)))
        assert [(line.rate, line.gross, line.tax) for line in lines_of(row.taxes)] == [
            (7, D("21.40"), D("1.40")),
            (19, D("119.00"), D("19.00")),
        ]
        assert (row.tax_amount, row.net_amount, row.cost) == (D("20.40"), 120, 120)
        row.amount = D("150.00")
        with pytest.raises(DomainError, match=r"add up to 140\.40 EUR"):
            expense_settle(row)

    @pytest.mark.parametrize(
        ("said", "field"),
        [
            (TaxSaid(is_net=True), "tax_rate"),
            (TaxSaid(rate=D(101)), "tax_rate"),
            (TaxSaid(rate=D(19), is_net=True, lines=((D(7), D(1)),)), "taxes"),
            (TaxSaid(lines=((D(7), D(120)),)), "taxes"),
            (TaxSaid(lines=((D(7), D("0.005")),)), "taxes"),
        ],
    )
    def test_tax_that_cannot_be_is_refused_by_field(self, said: TaxSaid, field: str) -> None:
        project = project_build()
        with pytest.raises(DomainError) as refused:
            expense_settle(expense(project, person_build(project)), tax=said)
        assert list(refused.value.fields) == [field]

    def test_mileage_and_per_diems_are_quantity_times_rate(self) -> None:
        project = project_build()
        ExpenseSettings.objects.create(project=project, mileage_rate=D("0.3025"), per_diem_rate=D(28))
        una = person_build(project)
        drive = expense(project, una, "1", basis="mileage", quantity=D("214.5"))
        expense_settle(drive)
        assert (drive.amount, drive.unit_rate) == (D("64.89"), D("0.3025"))
        away = expense(project, una, "1", basis="per_diem", quantity=D("1.5"), unit_rate=D(24))
        expense_settle(away)
        assert away.amount == 36
        with pytest.raises(DomainError) as refused:
            expense_settle(expense(project, una, "1", basis="mileage"))
        assert list(refused.value.fields) == ["quantity"]

    def test_a_fixed_bill_and_the_projects_markup(self) -> None:
        project = project_build()
        ExpenseSettings.objects.create(project=project, markup_percent=D(10))
        una = person_build(project)
        usual, fixed = (
            expense(project, una, "100.00", is_billable=True, **more) for more in ({}, {"bill_fixed": D(150)})
        )
        for row in (usual, fixed):
            expense_settle(row)
        assert (usual.bill, fixed.bill) == (110, 150)

    def test_the_summary_adds_up_to_what_was_paid(self) -> None:
        project = project_build()
        una = person_build(project)
        for amount, said in (
            ("119.00", TaxSaid(rate=D(19))),
            ("107.00", TaxSaid(rate=D(7))),
            ("50.00", None),
        ):
            row = expense(project, una, amount)
            expense_settle(row, tax=said)
            row.save()
        assert tax_summary(Expense.objects.all()) == [
            ("EUR", None, False, 1, 50, 0, 50),
            ("EUR", 7, True, 1, 100, 7, 107),
            ("EUR", 19, True, 1, 100, 19, 119),
        ]


@pytest.mark.django_db
class FormTests:
    DATA = {
        "spent_on": STARTS_ON, "category": "travel", "description": "Hotel", "amount": "100.00", "currency": "EUR",
        "exchange_rate": "", "amount_is": "net", "tax_rate": "19", "is_tax_recoverable": "on",
    }  # fmt: skip

    def test_net_is_entered_and_gross_is_kept(self, cast: Cast, login: Login) -> None:
        browser = login(cast.tom)
        data = self.DATA | {"person": cast.tom.person.pk}
        assert browser.post("/projects/nordwind/expenses/add/", data).status_code == 302
        row = Expense.objects.get()
        assert (row.amount, row.tax_amount, row.cost) == (119, 19, 100)
        page = browser.get(f"/projects/nordwind/expenses/{row.pk}/").content.decode()
        assert "19.00 EUR in 119.00 EUR" in page
        # Sent again as the form shows it, with tax now, nothing moves.
        again = data | {"amount": "119.00", "amount_is": "gross", "version": row.version}
        assert browser.post(f"/projects/nordwind/expenses/{row.pk}/edit/", again).status_code == 302
        row.refresh_from_db()
        assert (row.amount, row.tax_amount, row.cost) == (119, 19, 100)

    @pytest.mark.parametrize("text", ["7", "7: x", "7: 500.00", "seven: 1.00"])
    def test_a_part_that_is_none_is_named(self, cast: Cast, login: Login, text: str) -> None:
        data = self.DATA | {"person": cast.tom.person.pk, "amount_is": "gross", "tax_lines": text}
        response = login(cast.tom).post("/projects/nordwind/expenses/add/", data)
        assert response.status_code == 422
        assert not Expense.objects.exists()

    def test_markup_and_bill_are_not_for_the_team(self, cast: Cast, login: Login) -> None:
        url = "/projects/nordwind/expenses/add/"
        assert "markup" not in login(cast.tom).get(url).content.decode()
        assert "Markup in %" in login(cast.fay).get(url).content.decode()

    @pytest.mark.parametrize("format", ["csv", "xlsx"])
    def test_the_export_holds_tax_and_summary(self, cast: Cast, login: Login, format: str) -> None:
        login(cast.tom).post("/projects/nordwind/expenses/add/", self.DATA | {"person": cast.tom.person.pk})
        browser = login(cast.fay)
        for part in ("", "?part=taxes"):
            response = browser.get(f"/projects/nordwind/expenses/export.{format}{part}")
            content = b"".join(response.streaming_content)
            assert response.status_code == 200
            if format == "csv":
                assert (b"EUR,19" if part else b"19 %: 19.00") in content

    def test_the_api_takes_net_and_tax_lines(self, cast: Cast, login: Login) -> None:
        api = "/api/v1/projects/nordwind/expenses/"
        body = {"spent_on": "2026-03-03", "description": "Hotel", "amount": "100.00", "currency": "EUR"}
        more = {"tax_rate": "19", "amount_is": "net"}
        response = login(cast.tom).post(api, body | more, content_type="application/json")
        assert response.status_code == 201, response.json()
        found = response.json()
        assert (found["amount"], found["tax_amount"], found["net_amount"]) == ("119.00", "19.00", "100.00")
        assert "markup_percent" not in found
        assert "bill" not in found
        lost = login(cast.tom).post(api, body | {"currency": "USD"}, content_type="application/json")
        assert lost.status_code == 400
        assert list(lost.json()["errors"]) == ["exchange_rate"]
