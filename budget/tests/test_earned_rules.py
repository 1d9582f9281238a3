"""Earned value by the way each task is measured, through the selector that every page uses.

The vectors are worked by hand after the measurement methods of PMI, *Practice Standard for Earned Value Management*
(2nd ed.): fixed formula (0/100, 50/50, 20/80), weighted milestones, percent complete, physical measurement (units) and
level of effort. The fixed formula and the milestone vectors follow the worked tables of Fleming and Koppelman, *Earned
Value Project Management* (4th ed.).
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from budget.choices import Measure
from budget.models import BudgetLine
from budget.selectors import budget_figures, earned_value, s_curve
from budget.tests.builders import (
    MONDAY,
    at,
    baseline_build,
    person_build,
    project_build,
    spend,
    task_build,
    weekday,
)
from projects.choices import ProgressRule
from projects.models import MeasureChange, ProgressCount, ProgressStep, Project, Task

D = Decimal
pytestmark = pytest.mark.django_db
BAC = D(1000)


def ruled(project: Project, rule: str, *, position: int = 1, length: int = 10, **values: object) -> Task:
    """Return a task of `length` working days from the first Monday, measured by a rule."""
    task = task_build(project, name=f"{rule} {position}", position=position, last=weekday(length - 1))
    Task.objects.filter(pk=task.pk).update(progress_rule=rule, **values)
    return Task.objects.get(pk=task.pk)


def earned_on(project: Project, *days: int) -> list[Decimal | None]:
    """Return EV at the end of some working days, which the curve must show, too."""
    found = [earned_value(project=project, as_of=weekday(day), measure=Measure.COST).value.ev for day in days]
    for day, ev in zip(days, found, strict=True):
        curve = s_curve(project=project, as_of=weekday(day), measure=Measure.COST)
        assert next(point.ev for point in curve.points if point.day == weekday(day)) == ev
    return found


class VectorTests:
    @pytest.mark.parametrize(
        ("rule", "expected"),
        [
            (ProgressRule.ZERO_HUNDRED, [0, 0, 0, 1000]),
            (ProgressRule.FIFTY_FIFTY, [0, 500, 500, 1000]),
            (ProgressRule.TWENTY_EIGHTY, [0, 200, 200, 1000]),
        ],
    )
    def test_fixed_formula(self, rule: str, expected: list[int]) -> None:
        project = project_build()
        task = ruled(project, rule, actual_start=at(weekday(2), 9), actual_finish=at(weekday(8), 17))
        baseline_build(project, [(task, BAC, 0)])
        assert earned_on(project, 1, 2, 7, 8) == expected

    def test_weighted_milestones(self) -> None:
        project = project_build()
        task = ruled(project, ProgressRule.STEPS)
        for position, (weight, day) in enumerate([(10, 1), (30, 4), (40, None), (20, None)]):
            ProgressStep.objects.create(
                task=task, position=position, name=f"Step {position}", weight=weight,
                done_on=None if day is None else weekday(day),
            )  # fmt: skip
        baseline_build(project, [(task, BAC, 0)])
        assert earned_on(project, 0, 1, 3, 4, 9) == [0, 100, 100, 400, 400]

    def test_units_done(self) -> None:
        project = project_build()
        task = ruled(project, ProgressRule.UNITS, units_total=D(300))
        for day, done in ((1, 60), (3, 150), (6, 120)):
            ProgressCount.objects.create(
                task=task, counted_on=weekday(day), done=done, at=at(weekday(day), 18)
            )
        baseline_build(project, [(task, BAC, 0)])
        # Rework took thirty units back on the seventh day.
        assert earned_on(project, 0, 1, 2, 3, 6) == [0, 200, 200, 500, 400]

    def test_level_of_effort_earns_what_was_planned(self) -> None:
        project = project_build()
        task = ruled(project, ProgressRule.EFFORT)
        baseline_build(project, [(task, BAC, 0)])
        Task.objects.filter(pk=task.pk).update(finish=at(weekday(30), 18))
        assert earned_on(project, 0, 4, 9, 12) == [100, 500, 1000, 1000]
        figures = earned_value(project=project, as_of=weekday(4), measure=Measure.COST)
        assert figures.value.sv == 0
        # As far on the budget's page, whatever today's dates are.
        total = budget_figures(project=project, as_of=weekday(4), measure=Measure.COST)
        assert next(row.physical for row in total.by_task) == D("0.5")

    def test_physical_percent(self) -> None:
        project = project_build()
        task = ruled(project, ProgressRule.PHYSICAL, percent_complete=D(37.5))
        baseline_build(project, [(task, BAC, 0)])
        assert earned_on(project, 4) == [375]

    def test_the_usual_rule_of_the_project_counts_where_a_task_says_nothing(self) -> None:
        project = project_build(progress_rule=ProgressRule.FIFTY_FIFTY)
        task = ruled(project, "", actual_start=at(weekday(1), 9))
        baseline_build(project, [(task, BAC, 0)])
        assert earned_on(project, 0, 1) == [0, 500]

    def test_what_was_earned_before_a_new_measure_stays(self) -> None:
        project = project_build()
        task = ruled(
            project, ProgressRule.ZERO_HUNDRED, measured_since=weekday(5), actual_start=at(weekday(1), 9)
        )
        MeasureChange.objects.create(
            task=task, since=weekday(5), at=at(weekday(5), 10), before=ProgressRule.FIFTY_FIFTY,
            after=ProgressRule.ZERO_HUNDRED, reason="Agreed", earned=[[weekday(1).isoformat(), "50"]],
        )  # fmt: skip
        baseline_build(project, [(task, BAC, 0)])
        assert earned_on(project, 0, 1, 4, 5) == [0, 500, 500, 0]


RULES = st.sampled_from([rule.value for rule in ProgressRule])
AMOUNTS = st.decimals(min_value=D("0.01"), max_value=D(9999), places=2)
ROWS = st.lists(st.tuples(RULES, AMOUNTS, AMOUNTS, st.integers(0, 100)), min_size=1, max_size=6)


class SumTests:
    @settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(rows=ROWS, day=st.integers(0, 12))
    def test_by_task_and_by_person_add_up_whatever_the_rules(
        self, rows: list[tuple[str, Decimal, Decimal, int]], day: int
    ) -> None:
        project = project_build(code=f"p{Project.with_trash.count()}")
        people = [person_build(project, name) for name in ("Una", "Due", "Tre")]
        stored = []
        for position, (rule, bac, cost, percent) in enumerate(rows, start=1):
            task = ruled(project, rule, position=position, length=3 + position, units_total=D(7))
            for person in people[: 1 + position % 3]:
                BudgetLine.objects.create(project=project, task=task, person=person, cost=bac)
            if rule == ProgressRule.PHYSICAL:
                Task.objects.filter(pk=task.pk).update(percent_complete=percent)
            elif rule == ProgressRule.STEPS:
                for weight in (D("33.33"), D("66.67")):
                    ProgressStep.objects.create(
                        task=task, name="Step", weight=weight, done_on=weekday(percent % 9)
                    )
            elif rule == ProgressRule.UNITS:
                ProgressCount.objects.create(
                    task=task, counted_on=weekday(percent % 9), done=percent % 8, at=at(MONDAY, 9)
                )
            elif percent:
                Task.objects.filter(pk=task.pk).update(actual_start=at(weekday(percent % 9), 9))
            spend(project, people[position % 3], cost, task=task, day=weekday(percent % 12))
            stored.append((task, bac, 0))
        baseline_build(project, stored)
        as_of = weekday(day)
        figures = earned_value(project=project, as_of=as_of, measure=Measure.COST)
        for name in ("bac", "pv", "ev", "ac"):
            whole = getattr(figures.value, name).quantize(D("0.01"), rounding=ROUND_HALF_UP)
            by_task = sum(getattr(row, name) for row in figures.by_task if not row.is_rollup)
            by_person = sum(getattr(row, name) for row in figures.by_person)
            assert by_task == by_person == whole, name
        curve = s_curve(project=project, as_of=as_of, measure=Measure.COST)
        now = next(point for point in curve.points if point.day == as_of)
        for name in ("pv", "ev", "ac"):
            # Added up in another order, the last of 28 digits may differ.
            assert abs(getattr(now, name) - getattr(figures.value, name)) < D("1E-15"), name
        assert all(
            earlier.pv <= later.pv + D("1E-15")  # type: ignore[operator]
            for earlier, later in zip(curve.points, curve.points[1:], strict=False)
        )
