"""Budget against actual: every view tells the same story, to the cent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from budget.choices import ACTUAL_STATES, Category, ChangeState, EntryState, Measure, ReserveKind
from budget.models import (
    BaselineShare,
    BudgetLine,
    ChangeLine,
    ChangeRequest,
    Commitment,
    CommitmentPart,
    Estimate,
    Expense,
    RateCard,
    ReserveRelease,
    TimeEntry,
)
from budget.selectors import BudgetFigures, FigureRow, budget_figures, earned_value, ledger
from budget.services.baselines import baseline_with_budget
from budget.services.corrections import below_zero
from budget.services.expenses import TaxSaid, expense_settle
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
from projects.models import Assignment, Person, Project, Task

D = Decimal
pytestmark = pytest.mark.django_db
cents = st.decimals(min_value=0, max_value=50_000, places=2)
maybe_cents = st.none() | cents


@dataclass
class Drawn:
    """A drawn project: per line or entry (task 0..n or None, person 0..1 or None, ...)."""

    percents: list[int]
    lines: list[tuple[int | None, int | None, str, int, Decimal | None]]
    hours: list[tuple[int | None, int, int, int, str, Decimal | None]]
    spent: list[tuple[int | None, int, int, str, str, Decimal, tuple[str, Decimal, Decimal, bool, Decimal]]]
    reversed: list[tuple[int, int]]
    returned: list[tuple[int, int]]
    # task, category, amount, how many of the expenses are part of it
    orders: list[tuple[int | None, str, Decimal, int]]
    # task, person, day, hours, cost
    said: list[tuple[int, int | None, int, int | None, Decimal | None]]
    # task, category, amount, whether out of contingency
    released: list[tuple[int | None, str, Decimal, bool]]
    # How many of the lines were there when the baseline was taken, and whether it says for whom they were.
    frozen: int
    is_shared: bool


def projects() -> st.SearchStrategy[Drawn]:
    task, person = st.none() | st.integers(0, 4), st.integers(0, 1)
    state, category = st.sampled_from(EntryState.values), st.sampled_from(Category.values)
    day = st.integers(0, 60)
    # Currency, its rate, tax in percent, whether it is recovered, markup in percent.
    how = st.tuples(
        st.sampled_from(["EUR", "CHF", "USD"]),
        st.decimals(min_value=D("0.001"), max_value=200, places=6),
        st.decimals(min_value=0, max_value=100, places=2),
        st.booleans(),
        st.decimals(min_value=-50, max_value=100, places=2),
    )
    return st.builds(
        Drawn,
        percents=st.lists(st.integers(0, 100), min_size=5, max_size=5),
        lines=st.lists(
            st.tuples(task, st.none() | person, category, st.integers(0, 400_000), maybe_cents), max_size=8
        ),
        hours=st.lists(st.tuples(task, person, day, st.integers(1, 86_400), state, maybe_cents), max_size=10),
        spent=st.lists(st.tuples(task, person, day, state, category, cents, how), max_size=6),
        # Which of the hours and expenses is taken back, and how many days later that counts.
        reversed=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 40)), max_size=4),
        returned=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 40)), max_size=3),
        orders=st.lists(st.tuples(task, category, cents, st.integers(0, 2)), max_size=3),
        said=st.lists(
            st.tuples(
                st.integers(0, 4), st.none() | person, day, st.none() | st.integers(0, 200_000), maybe_cents
            ),
            max_size=4,
        ),
        released=st.lists(st.tuples(task, category, cents, st.booleans()), max_size=2),
        frozen=st.integers(0, 8),
        is_shared=st.booleans(),
    )


def write(drawn: Drawn) -> Project:
    """Write a drawn project: five tasks, the last two below the second, which may be booked on as well."""
    project = project_build()
    people = [person_build(project, name) for name in ("Una", "Due")]
    Person.objects.filter(pk=people[1].pk).update(job_role="Architect, senior")
    tasks: list[Task] = []
    for number, percent in enumerate(drawn.percents):
        parent = tasks[1] if number > 2 else None
        position = {0: 1, 1: 2, 2: 5, 3: 3, 4: 4}[number]
        tasks.append(
            task_build(
                project,
                name=f"T{number}",
                percent=percent,
                position=position,
                parent=parent,
                first=weekday(number),
                last=weekday(number * 12 + 2),
            )
        )
    Task.objects.filter(pk=tasks[1].pk).update(is_summary=True)
    Task.objects.filter(pk=tasks[2].pk).update(deleted_at=at(MONDAY, 12))
    Task.objects.filter(pk=tasks[0].pk).update(start=None, finish=None)

    def task_of(number: int | None) -> Task | None:
        return None if number is None else tasks[number]

    done, wished = (
        ChangeRequest.objects.create(
            project=project,
            number=number,
            title="More",
            description="More",
            requested_on=MONDAY,
            status=status,
        )
        for number, status in ((1, ChangeState.DRAFT), (2, ChangeState.SUBMITTED))
    )
    for number, (line_task, line_person, category, seconds, cost) in enumerate(drawn.lines):
        if number == drawn.frozen:
            freeze(project, is_shared=drawn.is_shared)
        BudgetLine.objects.create(
            project=project,
            task=task_of(line_task),
            person=None if line_person is None else people[line_person],
            category=category,
            planned_seconds=seconds,
            cost=cost,
            change_request=done if number % 2 else None,
        )
        ChangeLine.objects.create(
            change=wished,
            task=task_of(line_task),
            person=None if line_person is None else people[line_person],
            category=category,
            planned_seconds=-seconds if number % 3 else seconds,
            cost=cost,
        )
    worked = []
    for entry_task, person, day, seconds, status, cost in drawn.hours:
        when = MONDAY + timedelta(days=day)
        worked.append(
            work(project, people[person], seconds, cost, task=task_of(entry_task), day=when, status=status)
        )
    for at_, later in dict(drawn.reversed).items():
        if at_ < len(worked) and worked[at_].status in ACTUAL_STATES:
            reverse(worked[at_], later)
    bought = []
    for entry_task, person, day, status, category, amount, how in drawn.spent:
        when = MONDAY + timedelta(days=day)
        row = spend(project, people[person], amount, task=task_of(entry_task), day=when, status=status)
        row.category, row.is_billable = category, True
        row.currency, rate, tax, row.is_tax_recoverable, row.markup_percent = how
        row.exchange_rate = rate if row.currency != project.currency else D(1)
        expense_settle(row, tax=TaxSaid(rate=tax))
        row.save()
        bought.append(row)
    for at_, later in dict(drawn.returned).items():
        if at_ < len(drawn.spent) and bought[at_].status in ACTUAL_STATES:
            bought.append(give_back(bought[at_], later))
    for number, (order_task, category, amount, parts) in enumerate(drawn.orders):
        order = Commitment.objects.create(
            project=project, number=number, supplier="Bureau", description="Texts", task=task_of(order_task),
            category=category, amount=amount + 1, cost=amount + 1, currency="EUR", ordered_on=MONDAY,
            expected_on=MONDAY + timedelta(days=40) if number % 2 else None,
        )  # fmt: skip
        for _ in range(min(parts, len(bought))):
            CommitmentPart.objects.create(commitment=order, expense=bought.pop())
    for said_task, said_person, day, seconds, cost in drawn.said:
        Estimate.objects.create(
            project=project, task=tasks[said_task], person=None if said_person is None else people[said_person],
            estimated_on=MONDAY + timedelta(days=day), seconds=seconds, cost=cost,
        )  # fmt: skip
    for number, (to, category, amount, is_inside) in enumerate(drawn.released):
        release = ReserveRelease.objects.create(
            project=project, number=number, amount=amount + 1, reason="More", category=Category.LABOUR,
            reserve=ReserveKind.CONTINGENCY if is_inside else ReserveKind.MANAGEMENT,
        )  # fmt: skip
        line = {"project": project, "release": release}
        BudgetLine.objects.create(**line, task=task_of(to), category=category, cost=amount + 1)
        if is_inside:
            BudgetLine.objects.create(**line, category=Category.CONTINGENCY, cost=-amount - 1)
    return project


def freeze(project: Project, *, is_shared: bool) -> None:
    """Take a baseline; one that is not shared is as they were before it was kept for whom the budget is."""
    baseline = baseline_with_budget(project=project, name="Agreed", actor=None, taken_at=BEFORE)
    if not is_shared:
        BaselineShare.objects.filter(baseline=baseline)._raw_delete("default")


def reverse(entry: TimeEntry, later: int) -> TimeEntry:
    """Take an entry back some days later, as a correction does."""
    return TimeEntry.objects.create(
        project=entry.project,
        task=entry.task,
        person=entry.person,
        worked_on=entry.worked_on,
        posted_on=entry.worked_on + timedelta(days=later),
        seconds=-entry.seconds,
        cost=None if entry.cost is None else -entry.cost,
        status=EntryState.APPROVED,
        reverses=entry,
        correction_reason="Wrong",
    )


def give_back(expense: Expense, later: int) -> Expense:
    """Take an expense back some days later, as a correction does."""
    row = below_zero(expense)
    row.posted_on = expense.spent_on + timedelta(days=later)
    row.status, row.reverses, row.correction_reason = EntryState.APPROVED, expense, "Wrong"
    row.save()
    return row


COLUMNS = (
    "original", "changes", "released", "pending", "current", "actual", "unapproved", "committed", "remaining",
    "etc", "eac", "variance",
)  # fmt: skip
# What a column is computed from: what is added, what is taken off.
DERIVED = {
    "remaining": (("current",), ("actual",)),
    "eac": (("actual", "etc"), ()),
    "variance": (("current",), ("actual", "etc")),
}


def known(row: FigureRow, name: str) -> Decimal:
    """Return a figure; of one that is n/a, for hours have no rate, the part that is known."""
    value: Decimal | None = getattr(row, name)
    if value is None and name in DERIVED:
        plus, minus = DERIVED[name]
        return sum((known(row, one) for one in plus), D(0)) - sum((known(row, one) for one in minus), D(0))
    return D(0) if value is None else value


def sums(figures: BudgetFigures, name: str) -> dict[str, Decimal]:
    """Return a column's sum in each view, rows that repeat others left out."""
    views = {
        "task": [row for row in figures.by_task if not row.is_rollup],
        "person": figures.by_person,
        "role": figures.by_role,
        "category": figures.by_category,
        "month": figures.by_month,
    }
    return {
        view: sum((known(row, name) for row in rows), D(0)).quantize(D("0.000001"))
        for view, rows in views.items()
    }


class InvariantTests:
    @settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(drawn=projects(), measure=st.sampled_from(Measure.values))
    def test_by_task_by_person_by_category_and_by_month_all_add_up_to_the_project(
        self, drawn: Drawn, measure: str
    ) -> None:
        with transaction.atomic():
            project = write(drawn)
            as_of = MONDAY + timedelta(days=45)
            figures = budget_figures(project=project, as_of=as_of, measure=measure)
            booked = self.booked(project, as_of, measure)
            self.check_entries(project, figures)
            transaction.set_rollback(True)
        for name in COLUMNS:
            whole = known(figures.total, name).quantize(D("0.000001"))
            found = sums(figures, name)
            assert set(found.values()) == {whole}, (name, found)
        assert figures.total.actual in (None, booked)
        # Whatever is ordered and not invoiced comes, unless somebody said what the rest costs.
        if measure == Measure.COST and not drawn.said and not drawn.released:
            open_orders = figures.total.committed or D(0)
            assert (figures.total.etc or D(0)) >= open_orders

    @settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(drawn=projects(), measure=st.sampled_from(Measure.values))
    def test_what_remains_is_the_same_beside_the_budget_and_beside_earned_value(
        self, drawn: Drawn, measure: str
    ) -> None:
        with transaction.atomic():
            project = write(drawn)
            asked = {"project": project, "as_of": MONDAY + timedelta(days=45), "measure": measure}
            expected, earned = budget_figures(**asked).total.etc, earned_value(**asked)
            by_task = [row for row in earned.by_task if not row.is_rollup]
            for name in ("bac", "pv", "ev", "ac"):
                by = [sum((getattr(row, name) or D(0) for row in rows), D(0)).quantize(D("0.000001"))
                      for rows in (by_task, earned.by_person)]  # fmt: skip
                assert by[0] == by[1], name
            has_gaps = any(
                "planned hours have no cost rate" in note for note in budget_figures(**asked).notes
            )
            transaction.set_rollback(True)
        if not earned.reason and not has_gaps:
            assert (earned.value.bottom_up_etc or D(0)) == (expected or D(0))

    @settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(drawn=projects(), later=st.integers(0, 30))
    def test_a_correction_moves_no_figure_of_an_earlier_day_and_ends_in_nothing(
        self, drawn: Drawn, later: int
    ) -> None:
        with transaction.atomic():
            project = write(drawn)
            days = [MONDAY + timedelta(days=number) for number in (5, 45, 100)]
            before = {day: self.booked(project, day, Measure.HOURS) for day in days}
            spent_before = {day: self.spent(project, day) for day in days}
            left = TimeEntry.objects.actual().filter(project=project, reverses=None, reversal=None)
            posted = [reverse(entry, later) for entry in left]
            bought = Expense.objects.actual().filter(project=project, reverses=None, reversal=None)
            returned = [give_back(row, later) for row in bought]
            for day in days:
                figures = budget_figures(project=project, as_of=day, measure=Measure.HOURS)
                gone = sum(-row.seconds for row in posted if row.booked_on <= day)
                actual = ((figures.total.actual or D(0)) * 3600).quantize(D(1))
                assert actual == (before[day] * 3600).quantize(D(1)) - gone
                back = sum(
                    (
                        -(row.cost or D(0))
                        for row in returned
                        if row.booked_on <= day and row.category != Category.LABOUR
                    ),
                    D(0),
                )
                assert self.spent(project, day) == spent_before[day] - back
            whole = budget_figures(project=project, as_of=days[-1], measure=Measure.HOURS)
            assert whole.total.actual == 0
            assert budget_figures(project=project, as_of=days[-1], measure=Measure.COST).total.actual in (
                None,
                0,
            )
            transaction.set_rollback(True)

    def spent(self, project: Project, as_of: date) -> Decimal:
        """Return what the categories of the budget say that was spent, hours aside."""
        figures = budget_figures(project=project, as_of=as_of, measure=Measure.COST)
        found = [row.actual or D(0) for row in figures.by_category if row.key != "category-labour"]
        return sum(found, D(0)).quantize(D("0.01"))

    def check_entries(self, project: Project, figures: BudgetFigures) -> None:
        """Hold every figure against the entries to which it leads: the same sum, and that of the rows shown."""
        rows = [
            figures.total,
            *figures.by_task,
            *figures.by_person,
            *figures.by_role,
            *figures.by_category,
            *figures.by_month,
        ]
        for row, state in product([row for row in rows if row.key != "month-none"], ledger.STATES):
            found = ledger.ledger_of(
                project=project, key=row.key, state=state, as_of=figures.as_of, measure=figures.measure
            )
            assert found.total == getattr(row, state), (row.key, state)
            shown = [dict(zip(ledger.COLUMNS, values, strict=True)) for values in found.entries]
            name = "taken" if figures.measure == Measure.HOURS else "cost"
            added = sum((D(entry[name] or 0) for entry in shown), D(0))
            whole = found.total or D(0)
            assert added == (whole * 3600 if name == "taken" else whole).quantize(D("0.01")), (row.key, state)

    def booked(self, project: Project, as_of: Any, measure: str) -> Decimal:
        """Return what the rows themselves say."""
        time = TimeEntry.objects.filter(project=project, booked_on__lte=as_of, status__in=ACTUAL_STATES)
        if measure == Measure.HOURS:
            return D(sum(entry.seconds for entry in time)) / 3600
        spent = Expense.objects.filter(project=project, booked_on__lte=as_of, status__in=ACTUAL_STATES)
        return sum((row.cost or D(0) for row in [*time, *spent]), D(0))


class ColumnTests:
    def built(self) -> tuple[Project, Task]:
        project = project_build()
        una = person_build(project)
        task = task_build(project, last=weekday(9), percent=25)
        BudgetLine.objects.create(project=project, task=task, person=una, planned_seconds=36000, cost=D(1000))
        BudgetLine.objects.create(project=project, task=task, category=Category.TRAVEL, cost=D(200))
        work(project, una, 7200, D(300), task=task)
        work(project, una, 3600, D(150), task=task, status=EntryState.SUBMITTED)
        work(project, una, 3600, D(999), task=task, status=EntryState.REJECTED)
        spend(project, una, 50)
        work(project, una, 3600, D(777), task=task, day=weekday(20))
        return project, task

    def test_the_columns_of_the_budget(self) -> None:
        project, task = self.built()
        baseline_build(project, [(task, D(900), 36000)])
        total = budget_figures(project=project, as_of=weekday(5), measure=Measure.COST).total
        assert (total.original, total.current, total.actual, total.unapproved) == (900, 1200, 350, 150)
        assert (total.remaining, total.etc, total.eac, total.variance) == (850, 900, 1250, -50)
        assert total.consumed == D(350) / 1200
        assert total.physical == D("0.25")
        assert total.is_over

    def test_rows_without_task_are_shown_as_such(self) -> None:
        project, _ = self.built()
        figures = budget_figures(project=project, as_of=weekday(5), measure=Measure.COST)
        assert [(row.label, row.actual) for row in figures.by_task] == [("1 Work", 300), ("No task", 50)]
        assert [(row.label, row.current) for row in figures.by_person] == [("Una", 1000), ("No person", 200)]
        labels = [row.label for row in figures.by_category]
        assert labels == ["Labour", "Travel"]
        assert [row.label for row in figures.by_month] == ["Mar 2026"]

    def test_the_original_is_told_by_person_role_category_and_month_whatever_was_planned_since(self) -> None:
        project = project_build()
        una, due = person_build(project), person_build(project, "Due")
        Person.objects.filter(pk=due.pk).update(job_role="Architect")
        task = task_build(project, first=weekday(0), last=weekday(4))
        for person, cost in ((una, 700), (due, 300)):
            BudgetLine.objects.create(
                project=project, task=task, person=person, planned_seconds=3600, cost=cost
            )
        BudgetLine.objects.create(project=project, category=Category.LICENCE, cost=D(90))
        baseline_with_budget(project=project, name="Signed", actor=None, taken_at=BEFORE)
        BudgetLine.objects.filter(person=una).update(person=due)
        Task.objects.filter(pk=task.pk).update(start=at(weekday(30), 9), finish=at(weekday(34), 18))
        figures = budget_figures(project=project, as_of=weekday(5), measure=Measure.COST)
        assert {row.label: (row.original, row.current) for row in figures.by_person} == {
            "Una": (700, 0), "Due": (300, 1000), "No person": (90, 90),
        }  # fmt: skip
        assert {row.label: row.original for row in figures.by_role} == {
            "Consultant": 700, "Architect": 300, "No role": 90,
        }  # fmt: skip
        assert {row.label: row.original for row in figures.by_category} == {"Labour": 1000, "Licences": 90}
        assert {row.label: (row.original, row.current, row.etc) for row in figures.by_month} == {
            "Mar 2026": (1090, 0, 0), "Apr 2026": (0, 1090, 1090),
        }  # fmt: skip

    def test_what_remains_comes_from_the_day_on_and_in_its_months(self) -> None:
        project = project_build()
        una = person_build(project)
        late = task_build(project, name="Late", last=weekday(4), percent=50)
        ahead = task_build(project, name="Ahead", first=weekday(0), last=weekday(39), position=2)
        for task in (late, ahead):
            BudgetLine.objects.create(project=project, task=task, person=una, cost=D(1000))
        work(project, una, 3600, D(300), task=late, day=weekday(1))
        figures = budget_figures(project=project, as_of=weekday(19), measure=Measure.COST)
        march, april = figures.by_month
        # Half of the work that should be done is due at once; of the other's 20 days that are left two are in March.
        assert (march.etc, march.eac, march.variance) == (600, 900, march.current - 900)
        assert (april.etc, april.eac) == (900, 900)

    def test_a_task_without_budget_has_none_and_is_over_it(self) -> None:
        project, _ = self.built()
        extra = task_build(project, name="Extra", position=2)
        work(project, project.memberships.get().person, 3600, D(80), task=extra)
        figures = budget_figures(project=project, as_of=weekday(5), measure=Measure.COST)
        row = next(row for row in figures.by_task if row.task_id == extra.pk)
        assert (row.current, row.remaining, row.etc, row.eac, row.variance) == (0, -80, 0, 80, -80)
        assert row.is_over

    def test_hours_need_no_rate(self) -> None:
        project, _ = self.built()
        total = budget_figures(project=project, as_of=weekday(5), measure=Measure.HOURS).total
        assert (total.current, total.actual, total.unapproved, total.etc) == (10, 2, 1, D("7.5"))

    def test_a_task_without_a_labour_line_is_budgeted_by_its_assignments_at_their_rates(self) -> None:
        project = project_build()
        una = person_build(project)
        planned, lined = task_build(project), task_build(project, name="Lined", position=2)
        RateCard.objects.create(project=project, effective_from=MONDAY, cost_rate=D(80))
        RateCard.objects.create(
            project=project, job_role="Consultant", effective_from=MONDAY, cost_rate=D(100)
        )
        for task in (planned, lined):
            Assignment.objects.create(task=task, person=una, planned_seconds=36000)
        BudgetLine.objects.create(project=project, task=lined, planned_seconds=3600, job_role="Architect")
        figures = budget_figures(project=project, as_of=MONDAY, measure=Measure.COST)
        assert [(row.label, row.current) for row in figures.by_task] == [
            ("1 Planned".replace("Planned", "Work"), 1000),
            ("2 Lined", 80),
        ]

    def test_missing_rates_are_said_and_nothing_is_made_up(self) -> None:
        project = project_build()
        una = person_build(project)
        task = task_build(project)
        Assignment.objects.create(task=task, person=una, planned_seconds=36000)
        work(project, una, 7200, None, task=task)
        figures = budget_figures(project=project, as_of=MONDAY, measure=Measure.COST)
        assert (figures.total.current, figures.total.actual, figures.total.eac) == (None, None, None)
        assert figures.notes[:2] == (
            "10.00 planned hours have no cost rate and are missing from the amounts.",
            "2.00 approved hours have no cost rate and are missing from the amounts.",
        )

    def test_the_number_of_queries_does_not_grow(
        self, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        project = project_build()
        people = [person_build(project, f"P{number}") for number in range(8)]
        for number in range(30):
            task = task_build(project, name=f"T{number}", position=number + 1)
            BudgetLine.objects.create(
                project=project, task=task, person=people[number % 8], planned_seconds=3600
            )
            work(project, people[number % 8], 3600, D(10), task=task, day=weekday(number))
        with django_assert_max_num_queries(16):
            budget_figures(project=project, as_of=weekday(40), measure=Measure.COST)
