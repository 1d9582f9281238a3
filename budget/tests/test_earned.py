"""Earned value from rows of the database, through the selector that every page uses."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from budget.choices import Category, EntryState, Measure
from budget.evm import EacAssumption
from budget.models import BudgetLine, BudgetSettings, Expense, ReserveRelease
from budget.selectors import EarnedFigures, budget_figures, earned_value, s_curve
from budget.services.baselines import baseline_with_budget
from budget.tests.builders import (
    BEFORE,
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
from projects.models import JournalEntry, Person, Project, Task

CASES_FILE = Path(__file__).resolve().parents[3] / "shared" / "data" / "evm" / "evm_cases.json"
CASE_IDS = [
    "studypool-100k",
    "adelaide-3task",
    "pra-book",
    "projectengineer-db",
    "pmcontrols-es-interp-001",
    "pmcontrols-evm-complete-005",
]
D = Decimal
pytestmark = pytest.mark.django_db


def shown(value: Decimal, published: Decimal) -> Decimal:
    """Round a figure as its publication did: half up, to the decimals it printed (at most 9)."""
    exponent = published.as_tuple().exponent
    assert isinstance(exponent, int)
    return value.quantize(D(1).scaleb(-min(max(-exponent, 0), 9)), rounding=ROUND_HALF_UP)


def one_task(bac: Decimal, pv: Decimal, ev: Decimal, ac: Decimal) -> tuple[Project, date]:
    """Write one task of 100 working days, of which PV/BAC have passed and EV/BAC are done."""
    project = project_build()
    task = task_build(project, first=MONDAY, last=weekday(99), percent=ev / bac * 100)
    baseline_build(project, [(task, bac, 0)])
    spend(project, person_build(project), ac, task=task)
    return project, weekday(int(pv / bac * 100) - 1)


def many_tasks(rows: list[dict[str, Any]]) -> tuple[Project, date]:
    """Write tasks of ten days, each begun so early that its planned share has passed on one day."""
    project = project_build()
    person = person_build(project)
    as_of = weekday(29)
    tasks = []
    for number, row in enumerate(rows, start=1):
        passed = int(row["planned_pct"]) // 10
        first = 30 - passed
        task = task_build(
            project,
            name=row["name"],
            position=number,
            first=weekday(first),
            last=weekday(first + 9),
            percent=row["actual_pct"],
        )
        tasks.append((task, D(row["budget"]), 0))
        spend(project, person, row["ac"], task=task)
    baseline_build(project, tasks)
    return project, as_of


def periods(costs: list[Decimal], ev: Decimal, spent: list[Decimal], at_period: int) -> tuple[Project, date]:
    """Write one task a week with each week's planned cost, done in order until EV is earned."""
    project = project_build()
    person = person_build(project)
    rows = []
    left = ev
    for week, cost in enumerate(costs):
        first = MONDAY + timedelta(weeks=week)
        done = min(max(left / cost, D(0)), D(1))
        left -= cost * done
        task = task_build(
            project,
            name=f"Week {week + 1}",
            position=week + 1,
            first=first,
            last=first + timedelta(days=4),
            percent=done * 100,
        )
        rows.append((task, cost, 0))
    for week, cost in enumerate(spent):
        spend(project, person, cost, task=rows[week][0], day=MONDAY + timedelta(weeks=week))
    baseline_build(project, rows)
    return project, MONDAY + timedelta(weeks=at_period, days=-1)


def case_build(inputs: dict[str, Any]) -> tuple[Project, date]:
    """Write a published case into the database; return the project and the date of its figures."""
    if tasks := inputs.get("tasks"):
        return many_tasks(tasks)
    bac = D(inputs["bac"])
    if schedule := inputs.get("schedule"):
        shares = [D(share) for share in schedule]
        costs = [bac * (share - before) for share, before in zip(shares, [D(0), *shares], strict=False)]
        spent = [D(cost) for cost in inputs["period_costs"]]
        return periods(costs, bac * D(inputs["actual_pct"]), spent, inputs["period"])
    if curve := inputs.get("pv_curve"):
        costs = [D(point - before) for point, before in zip(curve[1:], curve, strict=False)]
        spent = [D(inputs["ac"])] if "ac" in inputs else []
        return periods(costs, D(inputs["ev"]), spent, inputs.get("at", 4))
    return one_task(bac, D(inputs["pv"]), D(inputs["ev"]), D(inputs["ac"]))


def figure(figures: EarnedFigures, name: str) -> Decimal | None:
    """Return a figure by the name the publications use."""
    value, schedule = figures.value, figures.schedule
    assert schedule is not None
    one_off = figures.assuming(EacAssumption.ONE_OFF)
    special = {
        "eac_atypical": one_off.eac,
        "etc_atypical": one_off.etc,
        "etc_cpi": value.etc,
        "es": schedule.es,
        "sv_t": schedule.sv_t,
        "spi_t": schedule.spi_t,
        "ieac_t": schedule.forecast_duration(figures.planned_weeks),
    }
    return special[name] if name in special else getattr(value, name)


class PublishedCaseTests:
    @pytest.mark.parametrize("case_id", CASE_IDS)
    def test_rows_of_the_database_give_the_published_figures(self, case_id: str) -> None:
        if not CASES_FILE.exists():
            pytest.skip(f"published earned value cases are not here: {CASES_FILE.name}")
        cases = {case["id"]: case for case in json.loads(CASES_FILE.read_text(), parse_float=D)["cases"]}
        assert set(cases) == set(CASE_IDS)
        project, as_of = case_build(cases[case_id]["inputs"])
        figures = earned_value(project=project, as_of=as_of, measure=Measure.COST)
        for name, published in cases[case_id]["expected"].items():
            got = figure(figures, name)
            assert got is not None, name
            assert shown(got, D(published)) == shown(D(published), D(published)), name

    def test_the_reference_vector(self) -> None:
        project, as_of = one_task(D(100_000), D(40_000), D(35_000), D(50_000))
        figures = earned_value(project=project, as_of=as_of, measure=Measure.COST)
        expected = {
            "cv": "-15000", "sv": "-5000", "cpi": "0.70", "spi": "0.875", "eac_cpi": "142857.14",
            "eac_remaining_at_plan": "115000.00", "eac_cpi_spi": "156122.45", "etc": "92857.14",
            "vac": "-42857.14", "tcpi_bac": "1.30",
        }  # fmt: skip
        for name, published in expected.items():
            assert shown(getattr(figures.value, name), D(published)) == D(published), name
        assert figures.health == "trouble"


class UntaskedTests:
    """What of the budget has no task: contingency, purchases, and labour that supports the whole."""

    def built(self, *, contingency: int = 0) -> tuple[Project, Person]:
        project = project_build()
        una = person_build(project)
        task = task_build(project, last=weekday(9), percent=40)
        BudgetLine.objects.create(project=project, task=task, person=una, cost=D(1000))
        for category, cost in (
            (Category.LICENCE, 400),
            (Category.LABOUR, 200),
            (Category.CONTINGENCY, contingency),
        ):
            if cost:
                BudgetLine.objects.create(project=project, category=category, cost=D(cost))
        work(project, una, 3600, 500, task=task)
        baseline_with_budget(project=project, name="Signed", actor=None, taken_at=BEFORE)
        return project, una

    def value(self, project: Project) -> EarnedFigures:
        return earned_value(project=project, as_of=weekday(4), measure=Measure.COST)

    def test_contingency_that_is_not_used_moves_no_index_and_no_estimate(self) -> None:
        plain = self.value(self.built()[0])
        Project.objects.all().update(code="other")
        project, _ = self.built(contingency=5000)
        figures = self.value(project)
        for name in ("bac", "pv", "ev", "ac", "cpi", "spi", "eac", "bottom_up_etc", "tcpi_bac"):
            assert getattr(figures.value, name) == getattr(plain.value, name), name
        assert (figures.contingency, plain.contingency) == (5000, 0)
        row = next(
            row
            for row in budget_figures(project=project, as_of=weekday(4), measure=Measure.COST).by_category
            if row.category == Category.CONTINGENCY
        )
        assert (row.original, row.current, row.etc, row.variance, row.physical) == (5000, 5000, 0, 5000, None)

    def test_contingency_is_planned_and_earned_once_it_is_released_to_a_task(self) -> None:
        project, _ = self.built(contingency=5000)
        before = budget_figures(project=project, as_of=weekday(4), measure=Measure.COST).total
        release = ReserveRelease.objects.create(project=project, number=1, amount=D(100), reason="More")
        for task, category, cost in (
            (Task.objects.get(), Category.LABOUR, 100),
            (None, Category.CONTINGENCY, -100),
        ):
            BudgetLine.objects.create(
                project=project, task=task, category=category, cost=D(cost), release=release
            )
        baseline_with_budget(project=project, name="Released", actor=None, taken_at=BEFORE)
        figures = self.value(project)
        assert (figures.value.bac, figures.contingency) == (1700, 4900)
        total = budget_figures(project=project, as_of=weekday(4), measure=Measure.COST).total
        assert (total.current, total.etc) == (before.current, (before.etc or 0) + 60)

    def test_what_is_bought_without_a_task_is_earned_as_it_is_paid_and_never_beyond_its_budget(self) -> None:
        project, una = self.built()
        # 40 % of the task, half of the time of the labour; nothing of the licences was bought.
        assert (self.value(project).value.ev, self.value(project).untasked) == (400 + 100, 600)
        for cost, earned in ((150, 150), (200, 350), (300, 400)):
            paid = spend(project, una, cost, day=weekday(2))
            Expense.objects.filter(pk=paid.pk).update(category=Category.LICENCE)
            figures = self.value(project)
            assert figures.value.ev == 500 + earned
            # What has no day in the plan is neither late nor early.
            assert (figures.value.pv, figures.value.sv) == (500 + 100 + earned, -100)
            curve = s_curve(project=project, as_of=weekday(4), measure=Measure.COST)
            day = {point.day: point for point in curve.points}
            assert (day[weekday(4)].ev, day[weekday(4)].pv) == (figures.value.ev, figures.value.pv)
            assert curve.points[-1].pv == figures.value.bac
            loose = next(row for row in figures.by_task if row.task_id is None)
            assert (loose.ev, loose.ac) == (100 + earned, figures.value.ac - 500)
            total = budget_figures(project=project, as_of=weekday(4), measure=Measure.COST).total
            assert total.etc == figures.value.bottom_up_etc == 600 + 100 + 400 - earned


class MeasureTests:
    def test_hours_work_without_any_rate(self) -> None:
        project = project_build()
        person = person_build(project)
        task = task_build(project, last=weekday(9), percent=40)
        baseline_build(project, [(task, None, 80 * 3600)])
        work(project, person, 8 * 3600, None, task=task)
        hours = earned_value(project=project, as_of=weekday(4), measure=Measure.HOURS)
        assert (hours.value.bac, hours.value.pv, hours.value.ev, hours.value.ac) == (80, 40, 32, 8)
        assert hours.value.cpi == 4
        cost = earned_value(project=project, as_of=weekday(4), measure=Measure.COST)
        assert cost.value.bac is None
        assert cost.value.cpi is None
        assert "no money" in cost.reason
        assert cost.health is None

    def test_without_a_baseline_the_reason_is_said_and_nothing_is_green(self) -> None:
        project = project_build()
        task = task_build(project, percent=50)
        work(project, person_build(project), 3600, 80, task=task)
        figures = earned_value(project=project, as_of=MONDAY, measure=Measure.COST)
        assert figures.value.ac == 80
        assert figures.value.pv is None
        assert figures.health is None
        assert "No baseline" in figures.reason
        assert s_curve(project=project, as_of=MONDAY, measure=Measure.COST).reason == figures.reason

    def test_hours_without_a_rate_never_look_good(self) -> None:
        project = project_build()
        person = person_build(project)
        task = task_build(project, last=weekday(9), percent=100)
        baseline_build(project, [(task, D(1000), 36000)])
        work(project, person, 3600, 10, task=task)
        assert earned_value(project=project, as_of=weekday(9), measure=Measure.COST).health == "good"
        work(project, person, 7200, None, task=task, day=weekday(1))
        figures = earned_value(project=project, as_of=weekday(9), measure=Measure.COST)
        assert figures.health is None
        assert figures.notes == ("2.00 approved hours have no cost rate and are missing from the amounts.",)

    def test_the_projects_own_warning_line_decides(self) -> None:
        project, as_of = one_task(D(1000), D(400), D(390), D(420))
        assert earned_value(project=project, as_of=as_of, measure=Measure.COST).health == "watch"
        BudgetSettings.objects.create(project=project, index_limit=D("0.95"))
        assert earned_value(project=project, as_of=as_of, measure=Measure.COST).health == "trouble"

    def test_only_approved_cost_counts(self) -> None:
        project = project_build()
        person = person_build(project)
        task = task_build(project)
        baseline_build(project, [(task, D(100), 0)])
        for status in EntryState:
            spend(project, person, 10, task=task, status=status)
        assert earned_value(project=project, as_of=MONDAY, measure=Measure.COST).value.ac == 20


class BaselineTests:
    def test_the_latest_baseline_up_to_the_date_is_used(self) -> None:
        project = project_build()
        task = task_build(project, last=weekday(9))
        baseline_build(project, [(task, D(100), 0)])
        baseline_build(project, [(task, D(300), 0)], number=1, taken_at=at(weekday(5), 12))
        before = earned_value(project=project, as_of=weekday(4), measure=Measure.COST)
        after = earned_value(project=project, as_of=weekday(5), measure=Measure.COST)
        assert before.baseline
        assert (before.baseline.number, before.value.bac) == (0, 100)
        assert after.baseline
        assert (after.baseline.number, after.value.bac) == (1, 300)

    def test_a_date_before_the_first_baseline_says_which_one_is_used(self) -> None:
        project = project_build()
        task = task_build(project, last=weekday(9))
        baseline_build(project, [(task, D(100), 0)], taken_at=at(weekday(5), 12))
        figures = earned_value(project=project, as_of=weekday(1), measure=Measure.COST)
        assert figures.baseline
        assert figures.baseline.is_later
        assert "No baseline had been taken by" in figures.notes[0]

    def test_what_has_no_task_is_earned_as_it_was_planned(self) -> None:
        project = project_build()
        task = task_build(project, last=weekday(9), percent=0)
        baseline_build(project, [(task, D(100), 0)], untasked_cost=D(50))
        figures = earned_value(project=project, as_of=weekday(4), measure=Measure.COST)
        assert (figures.value.bac, figures.value.pv, figures.value.ev) == (150, 75, 25)
        assert [row.label for row in figures.by_task] == ["1 Work", "No task"]

    def test_work_on_a_task_the_baseline_does_not_know_costs_and_earns_nothing(self) -> None:
        project = project_build()
        person = person_build(project)
        known, extra = task_build(project), task_build(project, name="Extra", position=2, percent=100)
        baseline_build(project, [(known, D(100), 0)])
        spend(project, person, 30, task=extra)
        figures = earned_value(project=project, as_of=MONDAY, measure=Measure.COST)
        assert (figures.value.ac, figures.value.ev) == (30, 0)

    def test_a_task_in_the_trash_keeps_its_place_in_the_sums(self) -> None:
        project = project_build()
        person = person_build(project)
        kept, gone = task_build(project), task_build(project, name="Gone", position=2)
        baseline_build(project, [(kept, D(100), 0), (gone, D(50), 0)])
        spend(project, person, 30, task=gone)
        Task.objects.filter(pk=gone.pk).update(deleted_at=at(MONDAY, 12))
        figures = earned_value(project=project, as_of=MONDAY, measure=Measure.COST)
        assert figures.value.bac == 150
        assert [(row.label, row.ac) for row in figures.by_task] == [
            ("1 Work", 0),
            ("1 Gone (in the trash)".replace("1", "2"), 30),
        ]


class RowsTests:
    def test_thirds_of_a_cent_add_up_by_task_and_by_person(self) -> None:
        project = project_build()
        people = [person_build(project, name) for name in ("Una", "Due", "Tre")]
        parent = task_build(project, name="All", position=1, last=weekday(6))
        Task.objects.filter(pk=parent.pk).update(is_summary=True)
        rows = []
        for number in range(2, 9):
            task = task_build(
                project, name=f"T{number}", position=number, parent=parent, last=weekday(6), percent=33
            )
            rows.append((task, D("33.37"), 0))
            for person in people:
                BudgetLine.objects.create(project=project, task=task, person=person, cost=D("11.00"))
            spend(project, people[number % 3], D("7.77"), task=task)
        baseline_build(project, rows)
        figures = earned_value(project=project, as_of=weekday(1), measure=Measure.COST)
        for name in ("bac", "pv", "ev", "ac"):
            whole = getattr(figures.value, name).quantize(D("0.01"), rounding=ROUND_HALF_UP)
            by_task = [getattr(row, name) for row in figures.by_task if not row.is_rollup]
            by_person = [getattr(row, name) for row in figures.by_person]
            assert sum(by_task) == sum(by_person) == whole, name
            assert all(part == part.quantize(D("0.01")) for part in by_task + by_person)
        top = figures.by_task[0]
        assert top.is_rollup
        assert top.bac == figures.value.bac

    def test_the_number_of_queries_does_not_grow(
        self, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        project = project_build()
        person = person_build(project)
        rows = []
        for number in range(1, 40):
            task = task_build(project, name=f"T{number}", position=number, last=weekday(number), percent=10)
            BudgetLine.objects.create(
                project=project, task=task, person=person, cost=D(10), planned_seconds=3600
            )
            rows.append((task, D(10), 3600))
            work(project, person, 600, 12, task=task, day=weekday(number))
        baseline_build(project, rows)
        with django_assert_max_num_queries(16):
            earned_value(project=project, as_of=weekday(20), measure=Measure.COST)
        with django_assert_max_num_queries(12):
            s_curve(project=project, as_of=weekday(20), measure=Measure.COST)

    def test_a_budget_that_was_released_elsewhere_breaks_no_page(self) -> None:
        project = project_build()
        task, other = task_build(project), task_build(project, name="Other", position=2)
        BudgetLine.objects.create(project=project, task=task, category="contingency", cost=D(100))
        baseline_build(project, [(task, D(100), 0)])
        release = ReserveRelease.objects.create(
            project=project, number=1, reserve="contingency", amount=D(100), task=other, reason="Needed"
        )
        BudgetLine.objects.create(
            project=project, task=task, category="contingency", cost=D(-100), release=release
        )
        BudgetLine.objects.create(project=project, task=other, cost=D(100), release=release)
        figures = earned_value(project=project, as_of=MONDAY)
        assert [(row.label, row.bac) for row in figures.by_person] == [("No person", 100)]


class HistoryTests:
    def changed(self, task: Task, when: datetime, before: str | None, after: str) -> None:
        JournalEntry.objects.create(
            project=task.project,
            at=when,
            actor_name="Mara",
            action="task.changed",
            target_type="projects.task",
            target_id=str(task.pk),
            target_label=str(task),
            changes={"percent_complete": [before, after]},
        )

    def test_progress_of_a_past_day_comes_from_the_journal(self) -> None:
        project = project_build()
        task = task_build(project, last=weekday(9), percent=80)
        baseline_build(project, [(task, D(1000), 0)])
        self.changed(task, at(weekday(2), 17), "0", "30.00")
        self.changed(task, at(weekday(6), 17), "30.00", "80.00")
        earned = [
            earned_value(project=project, as_of=weekday(day), measure=Measure.COST).value.ev
            for day in (1, 2, 5, 6, 9)
        ]
        assert earned == [0, 300, 300, 800, 800]
        curve = s_curve(project=project, as_of=weekday(9), measure=Measure.COST)
        by_day = {point.day: point for point in curve.points}
        assert by_day[MONDAY + timedelta(days=6)].ev == 300
        assert by_day[weekday(9)].ev == 800
        assert curve.points[0].pv == 0
        assert curve.points[-1].pv == 1000

    def test_a_plan_that_was_imported_later_progresses_evenly_between_its_actual_dates(self) -> None:
        project = project_build()
        imported = datetime(2026, 6, 1, tzinfo=UTC)
        task = task_build(project, last=weekday(9), percent=100, created_at=imported)
        Task.objects.filter(pk=task.pk).update(actual_start=at(MONDAY, 0), actual_finish=at(weekday(5), 0))
        later = task_build(
            project, name="Later", position=2, first=weekday(8), percent=50, created_at=imported
        )
        Task.objects.filter(pk=later.pk).update(actual_start=at(weekday(8), 9))
        baseline_build(project, [(task, D(700), 0), (later, D(100), 0)])
        figures = earned_value(project=project, as_of=weekday(2), measure=Measure.COST)
        assert figures.value.ev == 300
        assert any("taken as even" in note for note in figures.notes)
        assert earned_value(project=project, as_of=weekday(6), measure=Measure.COST).value.ev == 700

    def test_a_task_added_later_had_nothing_done_before(self) -> None:
        project = project_build()
        task = task_build(project, last=weekday(9), percent=40, created_at=at(weekday(5), 12))
        self.changed(task, at(weekday(5), 12), None, "0")
        self.changed(task, at(weekday(7), 12), "0", "40")
        baseline_build(project, [(task, D(1000), 0)], taken_at=at(weekday(5), 13))
        assert earned_value(project=project, as_of=weekday(3), measure=Measure.COST).value.ev == 0

    def test_a_late_finish_shows_in_time_though_spi_returns_to_one(self) -> None:
        project = project_build()
        task = task_build(project, last=weekday(19), percent=100)
        Task.objects.filter(pk=task.pk).update(actual_finish=at(weekday(24), 18))
        baseline_build(project, [(task, D(1000), 0)])
        figures = earned_value(project=project, as_of=weekday(40), measure=Measure.COST)
        assert figures.value.spi == 1
        assert figures.schedule
        assert figures.schedule.spi_t
        assert figures.schedule.spi_t < 1
        assert figures.finishes_on
        assert figures.finishes_on > weekday(19)


class CurveTests:
    def test_the_curve_ends_where_the_tiles_stand(self) -> None:
        project, as_of = one_task(D(100_000), D(40_000), D(35_000), D(50_000))
        curve = s_curve(project=project, as_of=as_of, measure=Measure.COST)
        now = next(point for point in curve.points if point.day == as_of)
        assert (now.pv, now.ev, now.ac) == (40_000, 35_000, 50_000)
        assert all(point.ev is None and point.ac is None for point in curve.points if point.day > as_of)
        assert curve.eac
        assert shown(curve.eac, D("1.00")) == D("142857.14")
        assert curve.eac_low == 115_000
        planned = [point.pv for point in curve.points]
        assert planned == sorted(planned)
        assert planned[-1] == 100_000

    def test_a_very_long_project_is_drawn_in_longer_steps(self) -> None:
        project = project_build()
        task = task_build(project, last=MONDAY + timedelta(days=365 * 6))
        baseline_build(project, [(task, D(1000), 0)])
        assert len(s_curve(project=project, as_of=MONDAY, measure=Measure.COST).points) < 130
