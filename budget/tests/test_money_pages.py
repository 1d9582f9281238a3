"""Budget pages, panels and API, as each role meets them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from budget.choices import AlertRule, ChangeState, EntryState
from budget.models import (
    Alert,
    BudgetLine,
    BudgetSettings,
    ChangeLine,
    ChangeRequest,
    Commitment,
    Contract,
    CostControl,
)
from budget.services.baselines import baseline_with_budget
from budget.tests.builders import spend, work
from implement.testkit.cast import Cast
from projects.kit.access import enter
from projects.kit.panels import CUSTOMER, PANELS, TEAM, draw, drawn_for, panels_for
from projects.models import Baseline, JournalEntry, MilestoneForecast, Person, Task
from projects.signoffs.models import ResponseRequest

Login = Callable[..., Client]
DAY = date(2026, 3, 6)
MODULES = ("budget.panels", "projects.panels")
SECRET = "7,654"


@pytest.fixture
def busy(cast: Cast) -> Cast:
    """Nordwind with a budget, a baseline, hours and an expense."""
    tom = Person.objects.get(user=cast.tom)
    BudgetLine.objects.create(
        project=cast.nordwind,
        task=cast.setup,
        person=tom,
        planned_seconds=40 * 3600,
        cost=Decimal("7654.32"),
        bill=Decimal("9876.54"),
    )
    Task.objects.filter(pk=cast.setup.pk).update(percent_complete=25, created_at=cast.nordwind.created_at)
    BudgetSettings.objects.create(project=cast.nordwind, agreed_fees=Decimal(12000), agreed_hours=80)
    baseline_with_budget(project=cast.nordwind, name="Signed plan", actor=cast.mara)
    work(cast.nordwind, tom, 8 * 3600, 640, task=cast.setup, day=DAY, bill=1200)
    work(cast.nordwind, tom, 3600, 80, task=cast.setup, day=DAY, bill=150, status=EntryState.SUBMITTED)
    spend(cast.nordwind, tom, 111, day=DAY)
    change = ChangeRequest.objects.create(
        project=cast.nordwind, number=1, title="More", description="More", requested_on=DAY, schedule_days=1,
        status=ChangeState.DECISION,
    )  # fmt: skip
    ChangeLine.objects.create(change=change, task=cast.setup, planned_seconds=3600)
    seen = datetime.combine(DAY, time(9), tzinfo=UTC)
    ResponseRequest.objects.create(
        project=cast.nordwind, purpose="change.decide", title=str(change), person=cast.carla.person,
        address="carla@example.test", due_on=DAY, expires_at=seen + timedelta(days=400), requested_by=cast.mara,
    )  # fmt: skip
    ResponseRequest.objects.update(created_at=seen)
    Alert.objects.create(
        project=cast.nordwind,
        rule=AlertRule.TIMESHEET,
        subject=f"person-{tom.pk}",
        person=tom,
        value=Decimal(40),
        limit=Decimal(80),
        first_seen=seen,
        last_seen=seen,
    )
    return cast


PAGES = [
    "budget/",
    "budget/?by=person",
    "budget/?by=category",
    "budget/?by=month&as_of=2026-03-09",
    "earned-value/",
    "earned-value/?as_of=2026-03-09&measure=cost",
    "budget/lines/",
    "budget/lines/export.csv",
    "baselines/",
    "",
]


class PageTests:
    @pytest.mark.parametrize("page", [*PAGES, "budget/settings/", "budget/lines/add/", "budget/lines/trash/"])
    def test_the_manager_opens_every_page(self, busy: Cast, login: Login, page: str) -> None:
        assert login(busy.mara).get(f"/projects/nordwind/{page}").status_code == 200

    @pytest.mark.parametrize("page", PAGES)
    def test_the_team_works_with_hours_and_never_meets_money(
        self, busy: Cast, login: Login, page: str
    ) -> None:
        browser = login(busy.tom)
        response = browser.get(f"/projects/nordwind/{page}")
        if page.endswith("csv"):
            assert response.status_code == 403
            return
        assert response.status_code == 200
        text = response.content.decode()
        assert SECRET not in text
        assert "EUR" not in text

    def test_the_team_reads_a_line_without_its_amounts_and_their_history(
        self, busy: Cast, login: Login
    ) -> None:
        line = BudgetLine.objects.get()
        edit = {"task": busy.setup.pk, "category": "labour", "planned_seconds": "40", "cost": "7654.99"}
        manager = login(busy.mara)
        url = f"/projects/nordwind/budget/lines/{line.pk}/"
        assert manager.post(url + "edit/", edit | {"version": 1, "nonce": "a"}).status_code == 302
        assert "7654.99" in manager.get(url).content.decode()
        text = login(busy.tom).get(url).content.decode()
        assert "40.00" in text
        assert "7654" not in text.replace(",", "")
        assert login(busy.tom).get(url + "history/").status_code == 403
        assert login(busy.tom).get("/projects/nordwind/budget/settings/").status_code == 403

    @pytest.mark.parametrize(
        ("query", "place"),
        [("as_of=13/15/2024", "as of"), ("as_of=0001-01-01", "1990"), ("measure=gold", "gold")],
    )
    def test_a_day_or_measure_that_cannot_be_read_is_named(
        self, busy: Cast, login: Login, query: str, place: str
    ) -> None:
        for page in ("budget", "earned-value"):
            response = login(busy.mara).get(f"/projects/nordwind/{page}/?{query}")
            assert response.status_code == 400
            assert place in response.content.decode()

    def test_strangers_and_customers_stay_outside(self, busy: Cast, login: Login) -> None:
        baseline = Baseline.objects.get()
        for page in ("budget/", "earned-value/", "baselines/", f"baselines/{baseline.pk}/"):
            assert login(busy.rita).get(f"/projects/nordwind/{page}").status_code == 404
            assert login(busy.carla).get(f"/projects/nordwind/{page}").status_code == 403
        assert login(busy.rita).get(f"/projects/rival/baselines/{baseline.pk}/").status_code == 404

    def test_a_line_of_nothing_is_refused_and_a_foreign_task_too(self, busy: Cast, login: Login) -> None:
        browser = login(busy.mara)
        url = "/projects/nordwind/budget/lines/add/"
        response = browser.post(url, {"category": "labour", "nonce": "n"})
        assert response.status_code == 422
        assert "has hours, a cost or a bill amount" in response.content.decode()
        data = {"category": "labour", "planned_seconds": "8", "task": busy.rival_task.pk, "nonce": "m"}
        assert browser.post(url, data).status_code == 422
        assert browser.post(url, {"category": "travel", "cost": "-1", "nonce": "o"}).status_code == 422
        assert BudgetLine.objects.count() == 1

    def test_the_agreed_budget_is_kept_and_a_stale_save_is_noticed(self, busy: Cast, login: Login) -> None:
        browser, url = login(busy.fay), "/projects/nordwind/budget/settings/"
        data = {"agreed_fees": "15000", "agreed_hours": "", "index_limit": "0.92", "schedule_limit": "0.9"}
        data |= {"overrun_limit": "5"}
        assert browser.post(url, data | {"version": 1}).status_code == 302
        assert BudgetSettings.objects.get().agreed_fees == 15000
        assert browser.post(url, data | {"version": 1, "agreed_fees": "1"}).status_code == 409
        assert browser.post(url, data | {"agreed_fees": "-1"}).status_code == 422
        assert JournalEntry.objects.filter(action="budgetsettings.changed").exists()


class BaselineTests:
    def test_a_baseline_freezes_the_money_of_today(self, busy: Cast, login: Login) -> None:
        baseline = Baseline.objects.get()
        row = baseline.tasks.get(task=busy.setup)
        assert (row.planned_seconds, row.cost, row.bill) == (
            144000,
            Decimal("7654.32"),
            Decimal("9876.54"),
        )
        BudgetLine.objects.create(project=busy.nordwind, category="travel", cost=Decimal(500))
        BudgetLine.objects.filter(task=busy.setup).update(cost=Decimal(9000))
        browser = login(busy.mara)
        response = browser.post("/projects/nordwind/baselines/", {"name": "After CR-001"})
        assert response.status_code == 302
        newer = Baseline.objects.get(number=1)
        assert newer.untasked_cost == 500
        assert baseline.tasks.get(task=busy.setup).cost == Decimal("7654.32")
        text = browser.get(f"/projects/nordwind/baselines/{baseline.pk}/?show=changed").content.decode()
        assert "7,654.32" in text
        assert "9,000.00" in text
        assert "Kick-off" not in text

    def test_the_team_compares_without_money(self, busy: Cast, login: Login) -> None:
        url = f"/projects/nordwind/baselines/{Baseline.objects.get().pk}/"
        text = login(busy.tom).get(url).content.decode()
        assert "40.00" in text
        assert SECRET not in text

    def test_only_who_changes_the_plan_takes_one(self, busy: Cast, login: Login) -> None:
        for user in (busy.tom, busy.fay):
            response = login(user).post("/projects/nordwind/baselines/", {"name": "Mine"})
            assert response.status_code == 403
        assert login(busy.mara).post("/projects/nordwind/baselines/", {"name": " "}).status_code == 422
        assert login(busy.rita).post("/projects/rival/baselines/", {"name": "Ours"}).status_code == 302
        assert Baseline.objects.count() == 2


class PanelTests:
    def every(self) -> list[Any]:
        keys = {
            panel.key
            for place in ("home", "portal", "budget", "status")
            for audience in (TEAM, CUSTOMER)
            for panel in panels_for(place, audience=audience)
        }
        return [PANELS[key] for key in sorted(keys) if PANELS[key].data.__module__.startswith(MODULES)]

    def test_every_panel_is_plain_json_and_draws_the_same_from_it(self, busy: Cast) -> None:
        # A trend has something to say once a published milestone has moved.
        Task.objects.filter(pk=busy.go_live.pk).update(is_published=True, payment_amount=Decimal(9000))
        Contract.objects.create(project=busy.nordwind, name="All", kind="fixed", amount=Decimal(12000))
        CostControl.objects.create(project=busy.nordwind, management_reserve=Decimal(500))
        Commitment.objects.create(
            project=busy.nordwind, number=1, supplier="Peak", description="Test", amount=Decimal(90),
            cost=Decimal(90), currency="EUR", ordered_on=DAY, category="subcontract",
        )  # fmt: skip
        for days in (14, 7):
            noted_on = DAY - timedelta(days=days)
            MilestoneForecast.objects.create(
                task=busy.go_live,
                noted_at=datetime.combine(noted_on, time(12), UTC),
                noted_on=noted_on,
                forecast_on=DAY - timedelta(days=days),
            )
        found = self.every()
        assert len(found) >= 13
        for panel in found:
            data = panel.data(busy.nordwind, DAY)
            assert data is not None, panel.key
            stored = json.loads(json.dumps(data, allow_nan=False))
            drawn = draw(panel, stored)
            assert drawn is not None
            on_page = render_to_string(panel.template, {"data": drawn.context})
            in_report = render_to_string(panel.template, drawn.context)
            assert on_page == in_report, panel.key
            assert "style=" not in on_page
            assert len(on_page.strip()) > 20

    def test_an_empty_project_breaks_no_panel_and_nothing_is_green(self, cast: Cast) -> None:
        for project in (cast.nordwind, cast.rival):
            for panel in self.every():
                drawn = draw(panel, panel.data(project, DAY))
                if drawn is not None:
                    text = render_to_string(panel.template, drawn.context)
                    assert "tone-good" not in text, panel.key

    def test_internal_panels_never_meet_the_customer(self, busy: Cast) -> None:
        tasks = Task.objects.filter(pk=busy.go_live.pk)
        tasks.update(customer_title="You go live")
        Task.objects.create(project=busy.nordwind, name="Secret gate", is_milestone=True)
        shown = [
            drawn
            for place in ("portal", "budget", "status")
            for panel in panels_for(place, audience=CUSTOMER)
            if panel.data.__module__.startswith(MODULES)
            for drawn in [draw(panel, panel.data(busy.nordwind, DAY))]
            if drawn
        ]
        text = " ".join(
            render_to_string(drawn.panel.template, drawn.context) + json.dumps(drawn.context, default=str)
            for drawn in shown
        )
        assert "12,000.00 EUR" in text
        assert "1,200.00 EUR" in text
        assert "You go live" in text
        for secret in ("7654", "7,654", "640", "Secret gate", "Go-live", "CPI", "Tom"):
            # Not the digits in the middle of an exact share.
            assert not re.search(rf"(?<!\d){secret}", text), secret

    def test_the_budget_takes_the_form_that_is_agreed(self, busy: Cast) -> None:
        panel = PANELS["customer_budget"]
        fees = panel.data(busy.nordwind, DAY)
        assert fees is not None
        assert (fees["agreed"], fees["used"], fees["in_approval"]) == ("12000.00", "1200.00", "150.00")
        busy.nordwind.customer_budget = "hours"
        hours = panel.data(busy.nordwind, DAY)
        assert hours is not None
        assert (hours["agreed"], hours["used"], hours["in_approval"]) == ("80.00", "8", "1")
        busy.nordwind.customer_budget = "none"
        assert panel.data(busy.nordwind, DAY) is None

    def test_billable_hours_without_a_rate_make_fees_unknown(self, busy: Cast) -> None:
        tom = Person.objects.get(user=busy.tom)
        work(busy.nordwind, tom, 3600, None, task=busy.setup, day=DAY)
        data = PANELS["customer_budget"].data(busy.nordwind, DAY)
        assert data is not None
        assert data["used"] is None

    def test_the_team_sees_hours_where_the_manager_sees_cost(self, busy: Cast) -> None:
        of_team = {
            item.panel.key
            for item in drawn_for(enter(busy.tom, "nordwind", "project.view"), "home", as_of=DAY)
        }
        of_manager = {
            item.panel.key
            for item in drawn_for(enter(busy.mara, "nordwind", "project.view"), "home", as_of=DAY)
        }
        assert {"budget_tiles_hours", "earned_value_hours", "s_curve_hours", "burn"} <= of_team
        assert {"budget_tiles", "earned_value", "s_curve", "health"} <= of_manager
        assert not of_team & {"budget_tiles", "earned_value", "s_curve", "health"}
        assert not of_manager & {"budget_tiles_hours", "earned_value_hours", "s_curve_hours"}

    def test_a_milestone_slips_in_working_days(self, busy: Cast) -> None:
        task = Task.objects.get(pk=busy.go_live.pk)
        assert task.finish is not None
        # From a Monday on: a calendar week later is five working days.
        Task.objects.filter(pk=task.pk).update(finish=task.finish + timedelta(days=7))
        data = PANELS["milestones"].data(busy.nordwind, DAY)
        assert data is not None
        assert [(row["slip_days"], row["state"]) for row in data["rows"]] == [(5, "late")]
        later = PANELS["milestones"].data(busy.nordwind, task.finish.date() + timedelta(days=30))
        assert later is not None
        assert later["rows"][0]["state"] == "overdue"


class ApiTests:
    def test_figures_and_earned_value_speak_of_the_same_money(self, busy: Cast, login: Login) -> None:
        browser = login(busy.mara)
        figures = browser.get("/api/v1/projects/nordwind/budget/figures/?as_of=2026-03-09").json()
        earned = browser.get("/api/v1/projects/nordwind/earned-value/?as_of=2026-03-09").json()
        assert figures["unit"] == earned["unit"] == "EUR"
        actual = Decimal(figures["total"]["actual"])
        by_task = sum(Decimal(row["actual"]) for row in figures["by_task"] if not row["is_rollup"])
        values = {row["name"]: row["value"] for row in earned["figures"]}
        assert actual == by_task == Decimal(values["ac"]) == 751
        assert earned["baseline"] == 0
        assert sum(Decimal(row["ac"]) for row in earned["by_person"]) == 751
        assert earned["curve"]["points"]

    def test_no_figure_leaves_with_more_digits_than_it_means(self, busy: Cast, login: Login) -> None:
        browser = login(busy.mara)
        for path in ("budget/figures", "earned-value"):
            answer = browser.get(
                f"/api/v1/projects/nordwind/{path}/?as_of=2026-03-09&measure=cost"
            ).content.decode()
            assert "." in answer
            assert not re.search(r"\.\d{5,}", answer), path

    def test_both_estimates_at_completion_say_what_they_assume(self, busy: Cast, login: Login) -> None:
        page = login(busy.mara).get("/projects/nordwind/").content.decode()
        assert "the rest to plan" in page
        assert "Estimate at completion: Cost performance so far continues" in page

    def test_the_team_gets_hours_and_is_refused_cost(self, busy: Cast, login: Login) -> None:
        browser = login(busy.tom)
        for address in ("budget/figures", "earned-value"):
            own = browser.get(f"/api/v1/projects/nordwind/{address}/?as_of=2026-03-09")
            assert own.status_code == 200
            assert own.json()["unit"] == "h"
            refused = browser.get(f"/api/v1/projects/nordwind/{address}/?measure=cost")
            assert refused.status_code == 403
            wrong = browser.get(f"/api/v1/projects/nordwind/{address}/?as_of=yesterday")
            assert wrong.status_code == 400
            assert "as_of" in wrong.json()["errors"]
            assert login(busy.carla).get(f"/api/v1/projects/nordwind/{address}/").status_code == 403
            assert login(busy.rita).get(f"/api/v1/projects/nordwind/{address}/").status_code == 404
        line = browser.get("/api/v1/projects/nordwind/budget-lines/").json()["results"][0]
        assert line["planned_seconds"] == 144000
        assert "cost" not in line
        assert "bill" not in line
        baseline = Baseline.objects.get()
        detail = browser.get(f"/api/v1/projects/nordwind/baselines/{baseline.pk}/").json()
        assert len(detail["tasks"]) == 3
        assert "cost" not in detail["tasks"][0]

    def test_lines_and_baselines_are_written_through_the_services(self, busy: Cast, login: Login) -> None:
        browser = login(busy.mara)
        root = "/api/v1/projects/nordwind/"
        made = browser.post(
            root + "budget-lines/", {"category": "travel", "cost": "250.00"}, "application/json"
        )
        assert made.status_code == 201, made.content
        empty = browser.post(root + "budget-lines/", {"category": "travel"}, "application/json")
        assert empty.status_code == 400
        gone = browser.delete(f"{root}budget-lines/{made.json()['id']}/")
        assert gone.status_code == 204
        taken = browser.post(root + "baselines/", {"name": "Second"}, "application/json")
        assert taken.status_code == 201
        assert taken.json()["number"] == 1
        assert (
            login(busy.tom).post(root + "baselines/", {"name": "Mine"}, "application/json").status_code == 403
        )
        assert browser.delete(f"{root}baselines/{taken.json()['id']}/").status_code == 405


class EntriesTests:
    def test_a_figure_leads_to_the_entries_of_which_it_is_the_sum(self, busy: Cast, login: Login) -> None:
        browser = login(busy.fay)
        page = browser.get("/projects/nordwind/budget/?as_of=2026-03-09&measure=cost").content.decode()
        query = f"of=task-{busy.setup.pk}&state=actual&as_of=2026-03-09&measure=cost"
        assert query.replace("&", "&amp;") in page
        shown = browser.get(f"/projects/nordwind/budget/entries/?{query}").content.decode()
        assert "640.00 EUR" in shown
        assert "2 Set up" in shown
        whole = browser.get("/projects/nordwind/budget/entries/?of=total&as_of=2026-03-09&measure=cost")
        assert "751.00 EUR" in whole.content.decode()
        waiting = browser.get("/projects/nordwind/budget/entries/?of=total&state=unapproved&as_of=2026-03-09")
        assert "80.00 EUR" in waiting.content.decode()

    def test_every_figure_leads_to_what_is_behind_it_for_who_may_open_that(
        self, busy: Cast, login: Login
    ) -> None:
        for number, supplier, task in ((7, "Bureau", busy.setup), (8, "Elsewhere", None)):
            Commitment.objects.create(
                project=busy.nordwind, number=number, supplier=supplier, description="x", task=task,
                amount=900, cost=900, currency="EUR", ordered_on=DAY,
            )  # fmt: skip
        baseline = f"/projects/nordwind/baselines/{Baseline.objects.get(project=busy.nordwind).pk}/"
        orders = f"/projects/nordwind/commitments/?status=ordered&task={busy.setup.pk}"

        def ways_of(browser: Client, measure: str) -> set[str]:
            page = browser.get(f"/projects/nordwind/budget/?as_of=2026-03-09&measure={measure}")
            return set(re.findall(r'href="([^"]+)" title="Show the', unescape(page.content.decode())))

        mara, tom = login(busy.mara), login(busy.tom)
        ways = ways_of(mara, "hours") | ways_of(mara, "cost")
        assert ways >= {
            baseline, orders, "/projects/nordwind/changes/?show=pending",
            "/projects/nordwind/estimates/?as_of=2026-03-09",
        }  # fmt: skip
        for way in ways:
            assert mara.get(way).status_code == 200, way
        listed = mara.get(orders).content.decode()
        assert "Bureau" in listed
        assert "Elsewhere" not in listed
        # Who opens neither orders nor others' entries finds no way there, and none to a closed door.
        for way in ways_of(tom, "cost"):
            assert tom.get(way).status_code == 200, way
        assert baseline in ways_of(tom, "cost")

    @pytest.mark.parametrize(
        "query",
        ["of=nothing", "of=month-2026-13", "state=all", "of=task-99999999999999999999", "of=category-x%27"],
    )
    def test_what_is_no_row_is_said(self, busy: Cast, login: Login, query: str) -> None:
        assert login(busy.fay).get(f"/projects/nordwind/budget/entries/?{query}").status_code == 400

    def test_the_team_has_no_way_to_others_entries(self, busy: Cast, login: Login) -> None:
        browser = login(busy.tom)
        assert "budget/entries" not in browser.get("/projects/nordwind/budget/").content.decode()
        assert browser.get("/projects/nordwind/budget/entries/").status_code == 403


class QueryTests:
    @pytest.mark.parametrize(("page", "most"), [("budget/", 31), ("earned-value/", 34), ("baselines/", 12)])
    def test_a_page_asks_a_fixed_number_of_questions(
        self,
        busy: Cast,
        login: Login,
        page: str,
        most: int,
        django_assert_max_num_queries: DjangoAssertNumQueries,
    ) -> None:
        tom = Person.objects.get(user=busy.tom)
        for number in range(40):
            task = Task.objects.create(project=busy.nordwind, name=f"T{number}", position=10 + number)
            BudgetLine.objects.create(project=busy.nordwind, task=task, person=tom, planned_seconds=3600)
            work(busy.nordwind, tom, 60, 2, task=task, day=DAY)
        baseline_with_budget(project=busy.nordwind, name="Large", actor=busy.mara)
        browser = login(busy.mara)
        with django_assert_max_num_queries(most):
            assert browser.get(f"/projects/nordwind/{page}").status_code == 200
