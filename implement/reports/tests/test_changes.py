"""What changed since the period before, and the raw figures beside the PDF."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from implement.reports.models import Snapshot
from implement.reports.pdf import document_context
from implement.reports.snapshots import snapshot_read
from implement.reports.tests import samples
from implement.reports.workbook import raw, report_workbook, sheets_of
from implement.testkit.cast import Cast
from projects.panels import milestone_figures

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
Login = Callable[..., Client]
BEFORE = {"start": date(2026, 10, 5), "end": date(2026, 10, 12)}


def at(panel: str, figures: list[dict[str, Any]], known: dict[str, Any]) -> None:
    """Let a sample panel say other figures from now on."""
    known[panel] = replace(known[panel], data=lambda project, as_of: {"figures": figures})


class ChangesTests:
    def test_a_report_says_which_figures_are_not_what_they_were(
        self, make: Make, sample_panels: dict[str, Any]
    ) -> None:
        make(**BEFORE)
        at(
            "sample.tiles",
            [{"label": "Progress", "value": "61 %"}, {"label": "New", "value": "1"}],
            sample_panels,
        )
        report = make()
        changes = document_context(report, snapshot_read(report.snapshot))["changes"]
        assert [(one.label, one.before, one.after) for one in changes.changes] == [
            ("Progress", "54 %", "61 %")
        ]
        assert changes.since == BEFORE["start"]

    def test_the_first_report_has_nothing_to_compare_with(self, make: Make) -> None:
        report = make()
        assert document_context(report, snapshot_read(report.snapshot))["changes"] is None

    def test_changes_stay_as_they_were_when_the_period_before_is_replaced(
        self, make: Make, sample_panels: dict[str, Any]
    ) -> None:
        make(**BEFORE)
        at("sample.tiles", [{"label": "Progress", "value": "61 %"}], sample_panels)
        report = make()
        Snapshot.objects.filter(period_to=BEFORE["end"]).update(superseded_at=report.created_at)
        again = snapshot_read(Snapshot.objects.get(pk=report.snapshot_id))
        changes = again.changes(audience="customer")
        assert changes is not None
        assert changes.changes[0].before == "54 %"

    def test_a_customer_never_reads_that_a_cost_changed(
        self, make: Make, sample_panels: dict[str, Any]
    ) -> None:
        make(**BEFORE)
        at("sample.money", [{"label": "CPI", "value": "0.12"}], sample_panels)
        report = make()
        frozen = snapshot_read(report.snapshot)
        inside, outside = frozen.changes(audience="internal"), frozen.changes(audience="customer")
        assert inside is not None
        assert outside is not None
        assert "CPI" in [one.label for one in inside.changes]
        assert "CPI" not in [one.label for one in outside.changes]

    def test_a_milestone_that_moved_is_a_change(self) -> None:
        row = {"name": "Go-live", "baseline_on": None, "forecast_on": "2026-12-04", "reached_on": None,
               "words": "Late"}  # fmt: skip
        assert milestone_figures({"rows": [row]}) == [
            ("Go-live: expected", "4 Dec 2026"), ("Go-live: state", "Late")
        ]  # fmt: skip


class WorkbookTests:
    def test_the_workbook_holds_exact_numbers_and_no_formula(self) -> None:
        assert raw("1234.50") == Decimal("1234.50")
        assert raw("2026-12-04") == date(2026, 12, 4)
        assert raw("=1+1") == "=1+1"
        tiles = {"tiles": [{"label": "Budget", "text": "1,234.50 EUR", "amount": "1234.5", "note": "x"}]}
        assert list(sheets_of(tiles)[0].rows) == [("Budget", Decimal("1234.5"), "1,234.50 EUR", "x")]

    def test_the_customer_s_workbook_has_no_internal_figure(self, make: Make) -> None:
        report = make()
        book = load_workbook(io.BytesIO(report_workbook(report, snapshot_read(report.snapshot))))
        words = " ".join(
            str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row
        )
        assert "84,210 EUR" in words
        for secret in samples.SECRETS:
            assert secret not in words

    def test_a_manager_downloads_it_and_a_stranger_does_not(
        self, cast: Cast, login: Login, make: Make
    ) -> None:
        report = make()
        address = f"/projects/nordwind/reports/{report.pk}/figures.xlsx"
        answer = login(cast.mara).get(address)
        assert answer.status_code == 200
        assert "About" in load_workbook(io.BytesIO(b"".join(answer.streaming_content))).sheetnames
        assert login(cast.rita).get(address).status_code == 404
