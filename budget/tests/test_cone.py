"""The forecast cone: the arithmetic, how often it was right on real work, and what people see of it."""

from __future__ import annotations

import csv
import json
from bisect import bisect_left
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from django.test import Client
from openpyxl import load_workbook

from budget.choices import AlertRule, AlertState, Measure, Severity
from budget.evm.cone import LEAST, Bands, OpenTask, quantile, simulate, size_of, triangular
from budget.models import Alert, AlertSettings, BudgetSettings, Estimate, Experience
from budget.panels.customer import work_done
from budget.panels.earned import outlook_cost
from budget.selectors import earned_value
from budget.selectors.experience import experience_of, learn
from budget.selectors.findings import findings_of
from budget.selectors.forecast import forecast
from budget.selectors.trend import index_trend
from budget.services.experience import experience_keep
from budget.tests.builders import (
    MONDAY,
    at,
    baseline_build,
    person_build,
    project_build,
    spend,
    task_build,
    weekday,
    work,
)
from implement.accounts.models import User
from implement.testkit.api import Api
from implement.testkit.cast import Cast
from projects.models import Project, Task

Login = Callable[[User], Client]
SIP = Path(__file__).resolve().parents[3] / "shared" / "data" / "sip"
D = Decimal
HOUR = 3600


def spread(count: int = 60) -> Bands:
    """Return the bands of tasks that took between half and twice their estimate."""
    return Bands.of([(10.0, 10.0 * (0.5 + 1.5 * number / (count - 1))) for number in range(count)])


class ArithmeticTests:
    def test_a_size_at_its_limit_belongs_below_it(self) -> None:
        assert [size_of(hours) for hours in (0.1, 2.0, 2.1, 8.0, 20.0, 20.1)] == [0, 0, 1, 1, 2, 3]

    def test_the_same_seed_gives_the_same_runs_and_another_one_does_not(self) -> None:
        tasks = [OpenTask(hours=5.0 + number, cost=100.0, time=float(number % 3)) for number in range(90)]
        runs = simulate(tasks=tasks, bands=spread(), seed="1:2026-03-02")
        assert runs == simulate(tasks=list(reversed(tasks)), bands=spread(), seed="1:2026-03-02")
        assert runs != simulate(tasks=tasks, bands=spread(), seed="1:2026-03-03")

    def test_tasks_that_always_took_their_estimate_leave_nothing_to_chance(self) -> None:
        bands = Bands.of([(10.0, 10.0)] * LEAST)
        runs = simulate(tasks=[OpenTask(hours=4.0, cost=7.0)], bands=bands, seed="x")
        assert {(run.cost, run.time) for run in runs} == {(1.0, 1.0)}

    def test_a_single_task_is_spread_as_its_band_is(self) -> None:
        runs = simulate(tasks=[OpenTask(hours=10.0, cost=1.0)], bands=spread(), seed="x", runs=4000)
        costs = sorted(run.cost for run in runs)
        for share in (0.1, 0.5, 0.9):
            assert quantile(costs, share) == pytest.approx(0.5 + 1.5 * share, abs=0.06)

    def test_many_tasks_do_not_average_their_common_luck_away(self) -> None:
        tasks = [OpenTask(hours=10.0, cost=1.0) for _ in range(400)]
        costs = sorted(run.cost for run in simulate(tasks=tasks, bands=spread(), seed="x"))
        width = quantile(costs, 0.9) - quantile(costs, 0.1)
        assert 0.3 < width < 0.8

    def test_a_band_with_too_few_tasks_is_drawn_from_all_sizes(self) -> None:
        bands = Bands.of([(1.0, 3.0)] * 5 + [(10.0, 10.0)] * LEAST)
        assert bands.band(0) is bands.whole
        assert bands.band(2) is bands.sizes[2]

    def test_too_little_experience_gives_no_runs(self) -> None:
        assert simulate(tasks=[OpenTask(hours=1.0, cost=1.0)], bands=Bands.of([]), seed="x") == []

    def test_a_triangle_keeps_its_corners_and_its_likeliest_value(self) -> None:
        runs = triangular(cost=(1.0, 1.2, 2.0), time=(1.0, 1.0, 1.0), seed="x", runs=4000)
        costs = sorted(run.cost for run in runs)
        assert costs[0] >= 1.0
        assert costs[-1] <= 2.0
        # The share below the likeliest value is (mode - low) / (high - low).
        assert bisect_left(costs, 1.2) / len(costs) == pytest.approx(0.2, abs=0.03)
        assert {run.time for run in runs} == {1.0}


class RealWorkTests:
    """The published work log of a firm: did what happened fall between P10 and P90 about four times of five?"""

    @staticmethod
    def finished() -> list[tuple[date, date, str, float, float]]:
        """Return (started, completed, project, estimate, actual) of every finished task, as they were completed."""

        def day(text: str) -> date | None:
            return datetime.strptime(text, "%d-%b-%y").date() if text not in {"", "NA"} else None  # noqa: DTZ007

        dates: dict[str, tuple[date | None, date | None]] = {}
        with (SIP / "est-act-dates.csv").open(encoding="latin-1") as file:
            for row in csv.DictReader(file):
                dates[row["TaskNumber"]] = (day(row["StartedOn"]), day(row["CompletedOn"]))
        found: dict[str, tuple[date, date, str, float, float]] = {}
        with (SIP / "Sip-task-info.csv").open(encoding="latin-1") as file:
            for row in csv.DictReader(file):
                started, completed = dates.get(row["TaskNumber"], (None, None))
                estimate, actual = float(row["HoursEstimate"]), float(row["HoursActual"])
                if completed is not None and estimate > 0 and actual > 0:
                    found[row["TaskNumber"]] = (
                        started or completed, completed, row["ProjectCode"], estimate, actual
                    )  # fmt: skip
        return sorted(found.values(), key=lambda task: (task[1], task[0], task[2], task[3], task[4]))

    def test_four_of_five_windows_of_work_ended_inside_the_cone(self) -> None:
        if not SIP.exists():
            pytest.skip("The published work log is not here.")
        tasks = self.finished()
        size, inside, below, count = 20, 0, 0, 0
        windows = []
        for project in sorted({task[2] for task in tasks}):
            own = sorted(task for task in tasks if task[2] == project)
            windows += [own[begin : begin + size] for begin in range(0, len(own) - size + 1, size)]
        windows.sort()
        # The correlation was fitted to every other window; it is judged by those between.
        for window in windows[1::2]:
            started = window[0][0]
            known = [(estimate, actual) for _, done, _, estimate, actual in tasks if done < started]
            if len(known) < 200:
                continue
            open_tasks = [OpenTask(hours=task[3], cost=task[3]) for task in window]
            runs = simulate(tasks=open_tasks, bands=Bands.of(known), seed=str(started), runs=200)
            costs = sorted(run.cost for run in runs)
            took = sum(task[4] for task in window) / sum(task[3] for task in window)
            count += 1
            inside += quantile(costs, 0.1) <= took <= quantile(costs, 0.9)
            below += took <= quantile(costs, 0.5)
        assert count > 150
        assert 0.76 <= inside / count <= 0.88, inside / count
        assert 0.38 <= below / count <= 0.62, below / count


@pytest.fixture
def firm(db: None) -> Project:
    """Another project of the firm: forty finished tasks that took from half to twice their eight hours."""
    other = project_build("older")
    person = person_build(other, "Old")
    rows = []
    for number in range(40):
        task = task_build(other, name=f"T{number}", position=number + 1, percent=100)
        Task.objects.filter(pk=task.pk).update(actual_finish=at(MONDAY, 18) - timedelta(days=200))
        rows.append((task, D(100), 8 * HOUR))
        seconds = int(8 * HOUR * (0.5 + 1.5 * number / 39))
        work(other, person, seconds, 10, task=task, day=MONDAY - timedelta(days=201))
    baseline_build(other, rows)
    return other


def half_done(project: Project) -> date:
    """Write five tasks of two weeks one after the other: two are done and cost as much, the third has not begun."""
    person = person_build(project)
    rows = []
    for number in range(5):
        first = number * 10
        task = task_build(
            project, name=f"Work {number}", position=number + 1, first=weekday(first), last=weekday(first + 9),
            percent=100 if number < 2 else 0,
        )  # fmt: skip
        rows.append((task, D(1000), 8 * HOUR))
        if number < 2:
            spend(project, person, 1100, task=task, day=weekday(first))
    baseline_build(project, rows)
    return weekday(19)


class ForecastTests:
    def test_it_draws_from_the_firms_finished_tasks_and_says_so(self, firm: Project) -> None:
        project = project_build()
        as_of = half_done(project)
        found = forecast(project=project, as_of=as_of, measure=Measure.COST)
        assert (found.basis, found.reason) == ("experience", "")
        assert found.learned
        assert found.learned.bands.whole.count == 40
        costs = [level.cost for level in found.levels]
        assert costs == sorted(costs)
        # 2,200 are spent, and the 3,000 that remain take half to twice as much.
        assert 2200 + 1500 < costs[0] < costs[-1] < 2200 + 6000
        days = [level.finishes_on for level in found.levels if level.finishes_on]
        assert days == sorted(days)
        assert all(as_of < day and day.weekday() < 5 for day in days)
        assert found.within_budget
        assert 0 < found.within_budget < D("0.5")
        assert found.fan[0].day == as_of
        assert found.fan[-1].low < found.fan[-1].middle < found.fan[-1].high

    def test_it_is_the_same_whenever_it_is_asked(self, firm: Project) -> None:
        project = project_build()
        as_of = half_done(project)
        first = forecast(project=project, as_of=as_of, measure=Measure.COST)
        assert forecast(project=project, as_of=as_of, measure=Measure.COST).levels == first.levels
        panel = outlook_cost(project, as_of)
        assert panel
        assert json.loads(json.dumps(panel)) == panel
        assert [row["cost"] for row in panel["levels"]] == [str(level.cost) for level in first.levels]

    def test_a_firm_without_a_past_falls_back_on_the_three_estimates(self, db: None) -> None:
        project = project_build()
        found = forecast(project=project, as_of=half_done(project), measure=Measure.COST)
        assert found.basis == "estimates"
        value = earned_value(project=project, as_of=weekday(19), measure=Measure.COST).value
        estimates = sorted([value.eac_cpi, value.eac_remaining_at_plan, value.eac_cpi_spi])  # type: ignore[type-var]
        assert all(estimates[0] - 1 <= level.cost <= estimates[-1] + 1 for level in found.levels)  # type: ignore[operator]

    def test_nothing_to_forecast_is_said_and_no_zero(self, db: None) -> None:
        project = project_build()
        task = task_build(project, percent=100)
        baseline_build(project, [(task, D(10), 0)])
        done = forecast(project=project, as_of=MONDAY, measure=Measure.COST)
        assert "All work is done" in done.reason
        assert done.levels == ()
        bare = project_build("bare")
        assert "No baseline" in forecast(project=bare, as_of=MONDAY, measure=Measure.COST).reason
        begun = project_build("begun")
        baseline_build(begun, [(task_build(begun, last=weekday(9)), D(10), 0)])
        assert "too few finished tasks" in forecast(project=begun, as_of=MONDAY, measure=Measure.COST).reason

    def test_a_past_day_knows_only_what_was_finished_then(self, firm: Project) -> None:
        late = task_build(firm, name="Late", position=99, percent=100)
        Task.objects.filter(pk=late.pk).update(actual_finish=at(weekday(30), 18))
        baseline_build(firm, [(late, D(100), 8 * HOUR)], number=1)
        work(firm, person_build(firm, "New"), 9 * HOUR, 10, task=late, day=weekday(29))
        assert learn(weekday(29)).bands.whole.count == 40
        assert learn(weekday(30)).bands.whole.count == 41

    def test_what_was_kept_on_a_day_counts_until_more_is_kept(self, firm: Project) -> None:
        first = experience_keep(day=MONDAY)
        assert experience_keep(day=MONDAY).pk == first.pk
        assert Experience.objects.count() == 1
        Task.objects.filter(project=firm).update(percent_complete=0)
        learned = experience_of(as_of=weekday(4))
        assert (learned.day, learned.bands.whole.count, learned.projects) == (MONDAY, 40, 1)
        assert experience_of(as_of=MONDAY - timedelta(days=1)).bands.whole.count == 0


class AssumptionTests:
    @pytest.mark.parametrize(
        ("assumption", "eac"),
        [
            ("performance_continues", 5500),
            ("one_off", 5200),
            ("cost_and_schedule", 5500),
            ("bottom_up", None),
        ],
    )
    def test_the_projects_assumption_decides_tiles_alerts_and_curve(
        self, db: None, assumption: str, eac: int | None
    ) -> None:
        project = project_build()
        as_of = half_done(project)
        settings = BudgetSettings.objects.create(project=project, eac_assumption=assumption)
        value = earned_value(project=project, as_of=as_of, measure=Measure.COST).value
        assert value.eac == eac
        assert value.explain("eac").label == "Estimate at completion"
        from_alerts = findings_of(project=project, as_of=as_of, settings=AlertSettings(project=project))
        is_over = ("eac", "project") in from_alerts.found
        assert is_over == (eac is not None and eac > 5250)
        assert settings.get_eac_assumption_display()

    def test_what_people_estimated_of_the_rest_is_the_bottom_up_estimate(self, db: None) -> None:
        project = project_build()
        as_of = half_done(project)
        task = Task.objects.get(project=project, name="Work 2")
        Estimate.objects.create(project=project, task=task, estimated_on=as_of, cost=D(4000), note="Harder")
        BudgetSettings.objects.create(project=project, eac_assumption="bottom_up")
        value = earned_value(project=project, as_of=as_of, measure=Measure.COST).value
        assert (value.bottom_up_etc, value.eac) == (4000, 6200)

    def test_indices_over_time_keep_what_a_late_finish_proves(self, db: None) -> None:
        project = project_build()
        task = task_build(project, last=weekday(9), percent=100)
        Task.objects.filter(pk=task.pk).update(
            actual_start=at(MONDAY, 9), actual_finish=at(weekday(14), 17), progress_rule="50_50"
        )
        baseline_build(project, [(task, D(1000), 0)])
        points = index_trend(project=project, as_of=weekday(30), measure=Measure.COST)
        assert points[-1].spi == 1
        assert points[-1].spi_t is not None
        assert points[-1].spi_t < 1
        assert points[-1].sv_t is not None
        assert points[-1].sv_t < 0
        assert points[-1].day < weekday(16)


class FaceTests:
    def test_cost_is_for_who_may_see_it_and_hours_for_the_team(
        self, cast: Cast, login: Login, api: Api, firm: Project
    ) -> None:
        task = Task.objects.get(pk=cast.setup.pk)
        baseline_build(cast.nordwind, [(task, D(77_777), 40 * HOUR)])
        spend(cast.nordwind, cast.tom.person, 555, task=task, day=MONDAY)
        day = weekday(2).isoformat()
        page = login(cast.mara).get(f"/projects/nordwind/earned-value/?as_of={day}").content.decode()
        assert "Where it may end" in page
        assert "Chance to keep the budget" in page
        hours = login(cast.tom).get(f"/projects/nordwind/earned-value/?as_of={day}&measure=cost")
        assert "77,777" not in hours.content.decode()
        assert "EUR" not in hours.content.decode().split("<main", 1)[1]
        found = api(cast.mara).get("/api/v1/projects/nordwind/earned-value/", {"as_of": day}).json()
        figures = forecast(project=cast.nordwind, as_of=weekday(2), measure=Measure.COST)
        assert [row["cost"] for row in found["forecast"]["levels"]] == [
            str(row.cost) for row in figures.levels
        ]
        assert f"{figures.levels[2].cost:,.0f} EUR" in page
        assert sum(row["is_chosen"] for row in found["estimates"]) == 1
        mine = api(cast.tom).get("/api/v1/projects/nordwind/earned-value/", {"as_of": day}).json()
        assert mine["unit"] == "h"
        assert "77777" not in json.dumps(mine)

    def test_an_alert_about_the_estimate_says_what_it_assumes(self, cast: Cast, login: Login) -> None:
        BudgetSettings.objects.create(project=cast.nordwind, eac_assumption="one_off")
        alert = Alert.objects.create(
            project=cast.nordwind, rule=AlertRule.EAC, subject="project", severity=Severity.TROUBLE,
            value=D(120), limit=D(105), state=AlertState.OPEN, first_seen=at(MONDAY, 9), last_seen=at(MONDAY, 9),
        )  # fmt: skip
        page = login(cast.mara).get(f"/projects/nordwind/alerts/{alert.pk}/").content.decode()
        assert "Assumed: the overrun was one-off" in page

    def test_the_workbook_holds_what_the_page_shows(self, cast: Cast, login: Login) -> None:
        task = Task.objects.get(pk=cast.setup.pk)
        baseline_build(cast.nordwind, [(task, D(1000), 40 * HOUR)])
        where = f"/projects/nordwind/earned-value.xlsx?as_of={weekday(2).isoformat()}"
        assert login(cast.tom).get(where).status_code == 403
        book = load_workbook(BytesIO(login(cast.fay).get(where).getvalue()))
        assert book.sheetnames == ["Figures", "By task", "By person", "Curve", "Indices", "Forecast"]
        assert book["By task"]["D2"].value == 1000

    def test_the_customer_reads_shares_and_no_amount(self, cast: Cast) -> None:
        task = Task.objects.get(pk=cast.setup.pk)
        baseline_build(cast.nordwind, [(task, D(77_777), 40 * HOUR)])
        data = work_done(cast.nordwind, weekday(2))
        assert data
        said = json.dumps(data)
        assert "77" not in said.replace("0.77", "")
        assert [item["label"] for item in data["tiles"]] == ["Work done", "Planned by now"]
