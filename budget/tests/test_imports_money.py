"""Exchange rates, expenses and hours of Harvest from files: in several locales, twice, and with faults in them."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import Workbook

from budget.models import ExchangeRate, Expense, TimeEntry, TimeRules
from budget.selectors.exchange import rate_on
from implement.core.errors import NotAllowed
from implement.testkit.cast import Cast
from projects.models import Project
from projects.tests.importing import answer, apply, opened, rows, upload

D = Decimal
ECB_DAY = (
    b"Date, USD, JPY, CHF, GBP, SEK, TRY, \n12 March 2026, 1.0842, 161.35, 0.9571, 0.8412, 11.021, N/A, \n"
)
ECB_HISTORY = (
    b"Date,USD,JPY,CHF,GBP,SEK,TRY,\n2026-03-12,1.0842,161.35,0.9571,0.8412,11.021,N/A,\n"
    b"2026-03-11,1.0801,160.9,0.9566,0.8400,11.004,N/A,\n2019-01-02,1.1397,124.96,1.1271,0.901,10.2,N/A,\n"
)
HARVEST = (
    "Date,Client,Project,Project Code,Task,Notes,Hours,Billable?,Invoiced?,Approved?,First Name,Last Name,Roles,"
    "Employee?,Billable Rate,Billable Amount,Cost Rate,Cost Amount,Currency,External Reference URL\n"
)
LINE = '{day},Nordwind,Nordwind,NW,Set up,{note},"{hours}",Yes,No,No,Tom,Team,,Yes,"{bill}",,"{cost}",,{currency},\n'


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def project(cast: Cast) -> Project:
    return cast.nordwind


def workbook(content: bytes) -> bytes:
    """Return a CSV file's cells as a workbook of texts."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for line in content.decode().splitlines():
        sheet.append([cell.strip() for cell in line.split(",")])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def harvest(*lines: dict[str, str]) -> bytes:
    usual = {"day": "2026-03-04", "note": "x", "hours": "7.5", "bill": "", "cost": "", "currency": "EUR"}
    return (HARVEST + "".join(LINE.format(**(usual | line)) for line in lines)).encode()


class ExchangeTests:
    @pytest.mark.parametrize("name", ["eurofxref.csv", "eurofxref.xlsx"])
    def test_the_day_file_of_the_ecb(self, cast: Cast, project: Project, name: str) -> None:
        content = workbook(ECB_DAY) if name.endswith("xlsx") else ECB_DAY
        run = apply(cast.fay, upload(cast.fay, project, "exchange.file", content, name, currencies="all"))
        assert run.state == "applied", (run.preview, run.job.error)
        assert ExchangeRate.objects.count() == 5
        found = rate_on(base="CHF", quote="EUR", on=date(2026, 3, 15))
        assert found is not None
        assert found.rate == D("1.0448229025")
        assert found.words == "rate of 12 Mar 2026: 1 CHF = 1.0448229025 EUR, inverse (ECB)"

    def test_of_the_history_only_what_is_needed_is_proposed_and_twice_changes_nothing(
        self, cast: Cast, project: Project
    ) -> None:
        Project.objects.filter(pk=cast.rival.pk).update(currency="CHF")
        run = apply(cast.fay, upload(cast.fay, project, "exchange.file", ECB_HISTORY, "eurofxref-hist.csv"))
        assert sorted(ExchangeRate.objects.values_list("quote", "effective_on")) == [
            ("CHF", date(2026, 3, 11)),
            ("CHF", date(2026, 3, 12)),
        ], run.preview
        again = upload(cast.fay, project, "exchange.file", ECB_HISTORY, "eurofxref-hist.csv")
        assert again.preview["counts"]["unchanged"] == 2
        assert again.preview["counts"]["created"] == 0

    def test_a_table_names_row_column_and_value_of_what_is_wrong(self, cast: Cast, project: Project) -> None:
        content = (
            b"Date;From;To;Rate;Source\n12.03.2026;USD;EUR;0,9223;Bank\n31.12.2026;USX;EUR;1,2;\n"
            b"13.03.2026;USD;USD;1,1;\n14.03.2026;GBP;EUR;-1,5;\n15.03.2026;GBP;EUR;viel;\n32.03.2026;GBP;EUR;1,3;\n"
        )
        run = upload(cast.fay, project, "exchange.file", content, "rates.csv")
        refused = {row["line"]: (row["column"], row["value"]) for row in rows(run, "refused")}
        assert refused == {
            3: ("From", "USX"), 4: ("To", "USD"), 5: ("Rate", "-1,5"), 6: ("Rate", "viel"), 7: ("Date", "32.03.2026"),
        }  # fmt: skip
        apply(cast.fay, run)
        assert [(row.rate, row.source) for row in ExchangeRate.objects.all()] == [(D("0.9223"), "Bank")]

    def test_a_number_that_means_two_is_asked_once(self, cast: Cast, project: Project) -> None:
        run = upload(
            cast.fay, project, "exchange.file", b'Date,From,To,Rate\n2026-03-12,EUR,XAF,"1,234"\n', "r.csv"
        )
        assert opened(run) == {"decimal_mark"}
        apply(cast.fay, answer(cast.fay, run, decimal_mark="comma"))
        assert ExchangeRate.objects.get().rate == D("1.234")

    def test_a_rate_of_forty_digits_is_refused(self, cast: Cast, project: Project) -> None:
        content = f"Date,From,To,Rate\n2026-03-12,CHF,EUR,{'1' * 40}\n".encode()
        run = upload(cast.fay, project, "exchange.file", content, "r.csv")
        assert [row["column"] for row in rows(run, "refused")] == ["Rate"]

    def test_only_the_finances_import_rates(self, cast: Cast, project: Project) -> None:
        with pytest.raises(NotAllowed):
            upload(cast.mara, project, "exchange.file", ECB_DAY, "r.csv")


class ExpenseFileTests:
    CONTENT = (
        "Datum;Betrag;Währung;Kategorie;Name;Notes;VAT rate\n"
        "04.03.2026;119,00;EUR;Hotel;Tom Team;Two nights;19\n"
        "05.03.2026;50,00;CHF;Meals;Tom Team;Dinner;\n"
        "06.03.2026;1.234,50;USD;Travel;Tom Team;Flight;\n"
        "07.03.2026;12,00;EUX;Travel;Tom Team;Taxi;\n"
        "07.03.2026;-3,00;EUR;Travel;Tom Team;Back;\n"
    ).encode()
    COLUMNS = {"column__date": "0", "column__amount": "1", "column__currency": "2", "column__category": "3"}

    def test_rows_get_the_rate_of_their_day_and_what_is_wrong_is_named(
        self, cast: Cast, project: Project
    ) -> None:
        ExchangeRate.objects.create(
            base="EUR", quote="CHF", effective_on=date(2026, 3, 2), rate=D("0.95"), source="ECB"
        )
        run = upload(cast.fay, project, "expenses.file", self.CONTENT, "e.csv")
        assert opened(run) == {"column:date", "column:amount"}
        run = answer(cast.fay, answer(cast.fay, run, **self.COLUMNS), date_order="dmy")
        assert not opened(run), run.preview
        refused = {row["line"]: (row["column"], row["value"]) for row in rows(run, "refused")}
        assert refused == {4: ("", "USD"), 5: ("Währung", "EUX"), 6: ("Betrag", "-3.00")}
        assert "Say what 1 USD is in EUR" in next(
            row["message"] for row in rows(run, "refused") if row["line"] == 4
        )
        assert apply(cast.fay, run).state == "applied"
        hotel, dinner = Expense.objects.order_by("spent_on")
        assert (hotel.amount, hotel.tax_amount, hotel.cost, hotel.status) == (119, 19, 100, "draft")
        assert (dinner.category, dinner.cost, dinner.rate_origin) == ("expense", D("52.63"), "table")
        assert hotel.person == cast.tom.person

    def test_the_same_file_again_adds_nothing(self, cast: Cast, project: Project) -> None:
        content = b"Date,Amount,Person\n2026-03-04,10.00,Tom Team\n2026-03-04,10.00,Tom Team\n"
        apply(cast.fay, upload(cast.fay, project, "expenses.file", content, "e.csv"))
        assert Expense.objects.count() == 2
        again = apply(cast.fay, upload(cast.fay, project, "expenses.file", content, "e.csv"))
        assert again.preview["counts"] == {"created": 0, "changed": 0, "unchanged": 2, "refused": 0}
        assert Expense.objects.count() == 2

    def test_what_has_an_id_follows_the_file_until_it_is_approved(self, cast: Cast, project: Project) -> None:
        head = b"Id,Date,Amount,Person\n"
        apply(
            cast.fay,
            upload(cast.fay, project, "expenses.file", head + b"7,2026-03-04,10.00,Tom Team\n", "e.csv"),
        )
        apply(
            cast.fay,
            upload(cast.fay, project, "expenses.file", head + b"7,2026-03-04,12.50,Tom Team\n", "e.csv"),
        )
        row = Expense.objects.get()
        assert (row.amount, row.cost) == (D("12.50"), D("12.50"))
        Expense.objects.update(status="approved")
        run = upload(cast.fay, project, "expenses.file", head + b"7,2026-03-04,99.00,Tom Team\n", "e.csv")
        assert [row["message"] for row in rows(run, "refused")] == ["It is approved already and differs."]

    def test_nobody_approves_their_own_in_a_file(self, cast: Cast, project: Project) -> None:
        content = b"Date,Amount,Person\n2026-03-04,10,Mara Manager\n2026-03-04,11,Tom Team\n"
        run = upload(cast.mara, project, "expenses.file", content, "e.csv", status="approved")
        apply(cast.mara, run)
        assert dict(Expense.objects.values_list("person__name", "status")) == {
            "Mara Manager": "draft", "Tom Team": "approved",
        }  # fmt: skip

    def test_history_is_for_who_decides_last(self, cast: Cast, project: Project) -> None:
        TimeRules.objects.create(project=project, levels=2)
        content = b"Date,Amount,Person\n2026-03-04,11,Tom Team\n"
        for user, expected in ((cast.mara, "draft"), (cast.fay, "approved")):
            run = upload(user, project, "expenses.file", content, "e.csv", status="approved")
            apply(user, run)
            assert Expense.objects.get().status == expected
            Expense.with_trash.all().delete()

    @pytest.mark.parametrize("rate", ["0", "-0.95", "1" * 40, "200000000"])
    def test_a_rate_that_cannot_be_is_refused_by_its_column(
        self, cast: Cast, project: Project, rate: str
    ) -> None:
        content = f"Date,Amount,Currency,Person,Exchange rate\n2026-03-04,10,CHF,Tom Team,{rate}\n".encode()
        [refused] = rows(upload(cast.fay, project, "expenses.file", content, "e.csv"), "refused")
        assert (refused["column"], refused["value"]) == ("Exchange rate", rate[: len(refused["value"])])
        assert "more than 0, and less than" in refused["message"]

    def test_an_amount_too_large_for_its_column_is_refused(self, cast: Cast, project: Project) -> None:
        content = (
            b"Date,Amount,Currency,Person,Exchange rate\n2026-03-04,9000000000000,CHF,Tom Team,99000000\n"
        )
        run = upload(cast.fay, project, "expenses.file", content, "e.csv")
        assert len(rows(run, "refused")) == 1, run.preview

    @pytest.mark.parametrize(
        ("more", "name", "value"),
        [
            ("CHF,Tom Team,0.96,,", "exchange_rate", D("0.96")),
            ("CHF,Tom Team,0.95,19,", "tax_amount", D("1.60")),
            ("CHF,Tess Team,0.95,,", "person__name", "Tess Team"),
            ("CHF,Tom Team,0.95,,Set up", "task__name", "Set up"),
        ],
    )
    def test_whatever_an_id_s_row_says_otherwise_is_taken(
        self, cast: Cast, project: Project, more: str, name: str, value: object
    ) -> None:
        line = "Id,Date,Amount,Currency,Person,Exchange rate,Tax rate,Task\n7,2026-03-04,10.00,{}\n"
        for said, outcome in (("CHF,Tom Team,0.95,,", "created"), (more, "changed"), (more, "unchanged")):
            run = upload(cast.fay, project, "expenses.file", line.format(said).encode(), "e.csv")
            assert len(rows(run, outcome)) == 1, run.preview
            apply(cast.fay, run)
        assert Expense.objects.values_list(name, flat=True).get() == value

    def test_a_stranger_of_the_file_is_asked_for(self, cast: Cast, project: Project) -> None:
        run = upload(
            cast.fay, project, "expenses.file", b"Date,Amount,Person\n2026-03-04,10,Nobody\n", "e.csv"
        )
        [key] = opened(run)
        assert key.startswith("person:")
        run = answer(cast.fay, run, **{key: "skip"})
        assert [row["message"] for row in rows(run, "refused")] == ["The person is left out."]


class HarvestTests:
    @pytest.mark.parametrize(
        ("lines", "answers", "found"),
        [
            ([{"hours": "7,5"}, {"hours": "0,01", "note": "y"}], {}, [36, 27000]),
            (
                [{"day": "04/03/2026", "hours": "7.5"}, {"day": "13/03/2026", "hours": "0.01"}],
                {},
                [36, 27000],
            ),
            ([{"day": "03/13/2026", "hours": "1.25"}], {}, [4500]),
            ([{"day": "04.03.2026", "hours": "0:01"}], {"date_order": "dmy"}, [60]),
            ([{"day": "03/04/2026", "hours": "1"}], {"date_order": "mdy"}, [3600]),
        ],
    )
    def test_hours_of_several_locales_are_exact(
        self,
        cast: Cast,
        project: Project,
        lines: list[dict[str, str]],
        answers: dict[str, str],
        found: list[int],
    ) -> None:
        run = upload(cast.mara, project, "time.file", harvest(*lines), "harvest.csv", **answers)
        assert ["Format", "Harvest"] in run.preview["totals"], run.preview
        assert not opened(run)
        apply(cast.mara, run)
        assert sorted(TimeEntry.objects.values_list("seconds", flat=True)) == found
        again = upload(cast.mara, project, "time.file", harvest(*lines), "harvest.csv", **answers)
        assert again.preview["counts"]["unchanged"] == len(found)

    def test_a_date_that_means_two_is_asked_once(self, cast: Cast, project: Project) -> None:
        content = harvest({"day": "04/03/2026"}, {"day": "05/03/2026", "note": "y"})
        assert opened(upload(cast.mara, project, "time.file", content, "harvest.csv")) == {"date_order"}

    def test_a_workbook_is_read_alike(self, cast: Cast, project: Project) -> None:
        content = workbook(harvest({"hours": "7.5"}).replace(b'"', b""))
        apply(cast.mara, upload(cast.mara, project, "time.file", content, "harvest.xlsx"))
        assert TimeEntry.objects.get().seconds == 27000

    def test_history_may_keep_the_rates_of_the_file(self, cast: Cast, project: Project) -> None:
        content = harvest({"bill": "120,00", "cost": "66,50", "hours": "7,5"})
        run = upload(cast.mara, project, "time.file", content, "harvest.csv", status="approved", rates="file")
        apply(cast.mara, run)
        entry = TimeEntry.objects.get()
        assert (entry.cost_rate, entry.bill_rate, entry.cost) == (D("66.50"), 120, D("498.75"))

    def test_rates_of_another_currency_are_refused_by_field_and_value(
        self, cast: Cast, project: Project
    ) -> None:
        content = harvest({"cost": "66.50", "currency": "US Dollar - USD"})
        run = upload(cast.mara, project, "time.file", content, "harvest.csv", status="approved", rates="file")
        [refused] = rows(run, "refused")
        assert (refused["line"], refused["column"], refused["value"]) == (2, "Currency", "US Dollar - USD")

    def test_drafts_follow_the_projects_rates_and_the_note_names_no_figure(
        self, cast: Cast, project: Project
    ) -> None:
        run = upload(cast.mara, project, "time.file", harvest({"cost": "66.50"}), "harvest.csv")
        assert "rates" not in {question["key"] for question in run.preview["questions"]}
        assert any("left behind" in note["message"] for note in run.preview["notes"])
        assert "66.50" not in str(run.preview)
