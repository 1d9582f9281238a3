"""What changed since the period before, and the raw figures beside the PDF."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from budget.services.alerts import alerts_evaluate
from implement.reports.models import Snapshot
from implement.reports.pdf import document_context
from implement.reports.snapshots import snapshot_read
from implement.reports.tests import samples
from implement.reports.workbook import figures_of, raw, report_workbook
from implement.testkit.cast import Cast
from projects.kit import panels
from projects.models import Project
from projects.panels import milestone_figures, milestone_things

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
        assert milestone_figures({"rows": [row]}) == [("Go-live: expected", "4 Dec 2026")]
        assert milestone_things({"rows": [row]}) == [("Go-live: state", "Late")]


class WorkbookTests:
    def test_the_workbook_holds_exact_numbers_and_no_formula(self) -> None:
        assert raw("1234.50") == Decimal("1234.50")
        assert raw("2026-12-04") == date(2026, 12, 4)
        assert raw("=1+1") == "=1+1"
        tiles = {"tiles": [{"label": "Budget", "text": "1,234.50 EUR", "amount": "1234.5", "note": "x"}]}
        assert list(figures_of(tiles)[0].rows) == [("Budget", Decimal("1234.5"), "1,234.50 EUR", "x")]

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


def told(report: Any, *, audience: str = "internal") -> list[tuple[str, str, str]]:
    """Return (label, before, after) of what a report says has changed."""
    changes = snapshot_read(report.snapshot).changes(audience=audience)
    assert changes is not None
    return [(one.label, one.before, one.after) for one in changes.changes]


class ThingsTests:
    """Questions, changes, milestones and alerts come and go, and a reader is told which."""

    @pytest.fixture
    def questions(self, sample_panels: dict[str, Any]) -> Callable[..., None]:
        def ask(*rows: tuple[str, str]) -> None:
            sample_panels["sample.tiles"] = replace(
                sample_panels["sample.tiles"],
                data=lambda project, as_of: {"figures": [], "rows": list(rows)} if rows else None,
                things=lambda data: [tuple(row) for row in data["rows"]],
            )

        ask()
        return ask

    def test_one_that_is_new_and_one_that_is_gone_are_named(
        self, make: Make, questions: Callable[..., None]
    ) -> None:
        questions(("CR-001 Scanner", "Submitted"), ("CR-002 Portal", "Submitted"))
        make(**BEFORE)
        questions(("CR-002 Portal", "Approved"), ("CR-003 Labels", "Submitted"))
        assert sorted(told(make())) == [
            ("CR-001 Scanner", "Submitted", "–"),
            ("CR-002 Portal", "Submitted", "Approved"),
            ("CR-003 Labels", "–", "Submitted"),
        ]

    def test_the_first_one_of_all_is_named_and_the_last_one_that_goes(
        self, make: Make, questions: Callable[..., None]
    ) -> None:
        make(**BEFORE)
        questions(("Accept the design", "open"))
        report = make()
        assert told(report, audience="customer") == [("Accept the design", "–", "open")]
        questions()
        later = make(start=date(2026, 10, 19), end=date(2026, 10, 26))
        assert told(later, audience="customer") == [("Accept the design", "open", "–")]

    def test_what_only_the_team_sees_comes_and_goes_unseen_by_the_customer(
        self, make: Make, questions: Callable[..., None], sample_panels: dict[str, Any]
    ) -> None:
        secret = replace(
            sample_panels["sample.money"], things=lambda data: [(row["label"], "") for row in data["figures"]]
        )
        sample_panels["sample.money"] = replace(secret, data=lambda project, as_of: None)
        make(**BEFORE)
        sample_panels["sample.money"] = secret
        report = make()
        assert ("Margin", "–", "") in told(report)
        assert not told(report, audience="customer")

    def test_a_period_that_overlaps_the_one_before_is_compared_all_the_same(
        self, make: Make, questions: Callable[..., None]
    ) -> None:
        make(start=date(2026, 10, 5), end=date(2026, 10, 13))
        questions(("Accept the design", "open"))
        assert told(make()) == [("Accept the design", "–", "open")]

    def test_a_document_says_when_there_is_nothing_to_compare_with(self, make: Make) -> None:
        report = make()
        context = document_context(report, snapshot_read(report.snapshot))
        said = "There are no figures of an earlier period to compare with."
        assert said in render_to_string("reports/document.html", context)

    def test_a_panel_without_a_history_says_of_which_day_it_is(
        self, make: Make, sample_panels: dict[str, Any]
    ) -> None:
        """Figures as of Sunday beside counts of Monday would pass for one day's."""
        sample_panels["sample.tiles"] = replace(sample_panels["sample.tiles"], is_of_now=True)
        with time_machine.travel(datetime(2026, 10, 21, 9, tzinfo=UTC), tick=False):
            report = make()
        context = document_context(report, snapshot_read(report.snapshot))
        notes = {one.key: one.note for one in [*context["lead"], *context["sections"]]}
        assert notes["sample.tiles"] == "As it stood on 21 Oct 2026, when the figures were frozen."
        assert {note for key, note in notes.items() if key != "sample.tiles"} == {""}
        assert notes["sample.tiles"] in render_to_string("reports/document.html", context)

    def test_an_alert_that_came_since_is_named(self, demo: Project) -> None:
        before, after = date(2020, 1, 6), timezone.localdate()
        panel = panels.PANELS["alerts"]
        assert panel.things is not None
        alerts_evaluate(project=demo)
        assert panel.data(demo, before) is None
        data = panel.data(demo, after)
        assert data is not None
        assert len(panel.things(data)) == len(data["rows"]) > 0


def drawn_on(project: Project, day: date) -> Iterator[tuple[panels.Panel, dict[str, Any]]]:
    """Yield every panel of the reports that has something to say on a day, with its data."""
    for panel in panels.PANELS.values():
        data = panel.data(project, day) if panel.places & {"budget", "status"} else None
        if data is not None:
            yield panel, data


class PanelsTests:
    """What every panel of a report promises, on the demo's richest project."""

    def test_no_figure_is_said_twice_under_one_name(self, demo: Project) -> None:
        """Two figures of one name overwrite each other in what changed: "Built 70 %" became "n/a" there."""
        alerts_evaluate(project=demo)
        seen = set()
        for panel, data in drawn_on(demo, timezone.localdate()):
            said = [
                label for label, _ in [*panel.figures(data), *(panel.things(data) if panel.things else ())]
            ]
            assert sorted(set(said)) == sorted(said), panel.key
            seen.add(panel.key)
        assert {"builds", "customer_builds", "changes", "alerts", "payments", "health"} <= seen

    def test_every_list_of_rows_has_its_sheet_with_heads_in_words(self, demo: Project) -> None:
        """Heads made of the keys of the rows would stand there in English, whatever the language."""
        alerts_evaluate(project=demo)
        for panel, data in drawn_on(demo, timezone.localdate()):
            lists = [
                name
                for name, value in data.items()
                if isinstance(value, list)
                and any(isinstance(row, dict) and not any(panels.tiles_in(row)) for row in value)
            ]
            assert panel.sheets is not None or not lists, (panel.key, lists)
            for sheet in panel.sheets(data) if panel.sheets else ():
                assert all(len(row) == len(sheet.headers) for row in sheet.rows), (panel.key, sheet.name)
