"""What-ifs: differences over the live plan, what they would do, and accepting them or turning them into a change."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from budget.choices import Category, ChangeState, DifferenceKind, WhatIfState
from budget.models import BudgetLine, ChangeRequest, Difference, TimeEntry, WhatIf
from budget.selectors.changes import plan_effect
from budget.selectors.planned import planned_of, summed
from budget.selectors.whatif import Compared, compared_of
from budget.services import whatif as services
from budget.services.changes import change_implement, part_delete
from implement.core.errors import DomainError, NotAllowed, StaleVersion, StateError
from implement.testkit.cast import Cast
from projects import services as plan
from projects.choices import AbsenceKind, Constraint, ProjectStatus
from projects.kit.access import Entry, enter
from projects.models import Absence, Assignment, Dependency, JournalEntry, Project, Task, WorkCalendar
from projects.selectors import load_of, periods_from

pytestmark = pytest.mark.django_db
DAY = 480


def inside(cast: Cast, name: str) -> Entry:
    return enter(getattr(cast, name), "nordwind", "project.view")


@pytest.fixture
def what_if(cast: Cast) -> WhatIf:
    return begun(cast)


def begun(cast: Cast, name: str = "Two weeks later") -> WhatIf:
    return services.whatif_save(what_if=WhatIf(project=cast.nordwind, name=name), entry=inside(cast, "mara"))


def differ(cast: Cast, what_if: WhatIf, kind: str, **values: Any) -> Difference:
    row = Difference(what_if=what_if, kind=kind, **values)
    return services.difference_save(row=row, entry=inside(cast, "mara"))


def longer(cast: Cast, what_if: WhatIf, days: int = 7) -> Difference:
    """Have the set-up of 5 days take so many."""
    return differ(cast, what_if, DifferenceKind.TASK, task=cast.setup, duration_minutes=days * DAY)


def shown(what_if: WhatIf) -> Compared:
    return compared_of(what_if=WhatIf.objects.select_related("project__calendar").get(pk=what_if.pk))


def dates(project: Any) -> dict[str, tuple[Any, Any, bool]]:
    """Return what the plan shows of every task, by name."""
    return {
        task.name: (task.start.date(), task.finish.date(), task.is_critical)
        for task in Task.objects.filter(project=project)
        if task.start and task.finish
    }


def sketched(compared: Compared) -> dict[str, tuple[Any, Any, bool]]:
    """Return what the what-if shows of every task, by name."""
    return {
        row.task.name: (row.after.start, row.after.finish, row.after.is_critical)
        for row in compared.tasks
        if row.after
    }


def accept(cast: Cast, what_if: WhatIf, name: str = "mara") -> WhatIf:
    return services.whatif_accept(what_if=what_if, entry=inside(cast, name), seen=shown(what_if).seen)


def agreed(cast: Cast, what_if: WhatIf) -> ChangeRequest:
    """Turn a what-if into a change, and have it approved."""
    change = services.whatif_turn(
        what_if=what_if, entry=inside(cast, "mara"), title="More", description="More is wished."
    )
    ChangeRequest.objects.filter(pk=change.pk).update(status=ChangeState.APPROVED)
    return ChangeRequest.objects.get(pk=change.pk)


class ComparedTests:
    def test_a_longer_task_moves_milestone_and_finish_and_nothing_is_stored(
        self, cast: Cast, what_if: WhatIf
    ) -> None:
        before = dates(cast.nordwind)
        longer(cast, what_if)
        found = shown(what_if)
        assert (found.finish.days, [row.days for row in found.milestones]) == (2, [2])
        assert dates(cast.nordwind) == before
        assert not found.total.is_different

    def test_hours_cost_what_the_rates_say(self, cast: Cast, what_if: WhatIf) -> None:
        differ(
            cast,
            what_if,
            DifferenceKind.HOURS,
            task=cast.setup,
            person=cast.tess.person,
            planned_seconds=10 * 3600,
        )
        found = shown(what_if)
        assert (found.total.cost, found.total.cost_after) == (Decimal(3200), Decimal(4000))
        assert [(row.name, row.seconds_step, row.bill_step) for row in found.by_person] == [
            ("Tess Team", 36_000, Decimal(1500))
        ]
        assert [row.name for row in found.by_task] == ["2 Set up"]

    def test_what_comes_onto_the_critical_path_and_what_leaves_it_is_named(
        self, cast: Cast, what_if: WhatIf
    ) -> None:
        side = Task(project=cast.nordwind, name="Side track", duration_minutes=3 * DAY)
        plan.task_save(task=side, actor=cast.mara)
        differ(cast, what_if, DifferenceKind.TASK, task=side, duration_minutes=20 * DAY)
        found = shown(what_if)
        assert found.critical_in == ("4 Side track",)
        assert found.critical_out == ("1 Kick-off", "2 Set up", "3 Go-live")

    def test_who_has_too_much_to_do_is_shown_then_and_now(
        self, cast: Cast, what_if: WhatIf, time_machine: Any
    ) -> None:
        time_machine.move_to(datetime(2026, 3, 2, 8, tzinfo=UTC))
        differ(
            cast,
            what_if,
            DifferenceKind.HOURS,
            task=cast.setup,
            person=cast.tom.person,
            planned_seconds=60 * 3600,
        )
        [row] = shown(what_if).people
        assert (row.days_over, row.days_over_after, row.worst_hours, row.worst_capacity) == (0, 5, 12.0, 8.0)

    def test_who_has_half_a_week_has_half_a_day_for_it(
        self, cast: Cast, what_if: WhatIf, time_machine: Any
    ) -> None:
        time_machine.move_to(datetime(2026, 3, 2, 8, tzinfo=UTC))
        person = cast.tom.person
        person.weekly_hours = Decimal(20)
        plan.person_save(person=person, actor=None)
        [row] = shown(what_if).people
        assert (row.days_over, row.worst_hours, row.worst_capacity) == (5, 8.0, 4.0)
        # The same as on the page of the load.
        weeks = periods_from(zoom="week", day=date(2026, 3, 2), count=2)
        [load] = load_of(people=[person], periods=weeks, as_of=date(2026, 3, 2)).people
        assert [cell.capacity for cell in load.cells] == [20 * 3600] * 2

    def test_what_a_closed_project_left_open_is_nobody_s_work(
        self, cast: Cast, what_if: WhatIf, time_machine: Any
    ) -> None:
        time_machine.move_to(datetime(2026, 3, 2, 8, tzinfo=UTC))
        task = Task(project=cast.rival, name="Left over", duration_minutes=10 * DAY)
        plan.task_save(task=task, actor=cast.rita)
        Assignment.objects.create(task=task, person=cast.tom.person, planned_seconds=80 * 3600)
        assert [row.days_over for row in shown(what_if).people] == [5]
        Project.objects.filter(pk=cast.rival.pk).update(status=ProjectStatus.CLOSED)
        assert [row.days_over for row in shown(what_if).people] == [0]

    def test_work_on_a_saturday_is_on_the_saturday(
        self, cast: Cast, what_if: WhatIf, time_machine: Any
    ) -> None:
        time_machine.move_to(datetime(2026, 3, 2, 8, tzinfo=UTC))
        calendar = WorkCalendar.objects.create(name="Saturdays", week=[[], [], [], [], [], [[540, 1020]], []])
        task = Task.objects.get(pk=cast.setup.pk)
        task.calendar, task.duration_minutes = calendar, DAY
        plan.task_save(task=task, actor=cast.mara)
        Assignment.objects.filter(task=task).update(planned_seconds=8 * 3600)
        [row] = shown(what_if).people
        # Tom works from Monday to Friday, yet on this task when it can be worked on.
        assert (row.days_over, row.worst, row.worst_hours) == (1, date(2026, 3, 7), 8.0)

    def test_several_are_open_at_once_and_know_nothing_of_each_other(
        self, cast: Cast, what_if: WhatIf
    ) -> None:
        other = begun(cast, "Another way")
        longer(cast, what_if, 7)
        longer(cast, other, 10)
        assert (shown(what_if).days, shown(other).days) == (2, 5)

    def test_the_step_is_kept_when_the_plan_moves_meanwhile(self, cast: Cast, what_if: WhatIf) -> None:
        row = longer(cast, what_if, 7)
        cast.setup.duration_minutes = 10 * DAY
        plan.task_save(task=cast.setup, actor=cast.mara)
        found = shown(what_if)
        assert found.days == 2
        assert found.moved == {row.pk: "2 Set up: working time 5 d → 10 d"}
        assert services.whatif_rebase(what_if=what_if, entry=inside(cast, "mara")) == 1
        row.refresh_from_db()
        assert (row.duration_minutes, shown(what_if).days, shown(what_if).moved) == (12 * DAY, 2, {})

    def test_a_task_that_went_or_was_finished_is_a_conflict_and_no_crash(
        self, cast: Cast, what_if: WhatIf
    ) -> None:
        row = longer(cast, what_if)
        link = differ(cast, what_if, DifferenceKind.UNLINK, predecessor=cast.kickoff, task=cast.setup)
        plan.progress_say(task=cast.setup, said=plan.Said(percent=Decimal(100)), actor=cast.mara)
        assert "finished" in shown(what_if).conflicts[row.pk]
        plan.task_delete(task=Task.objects.get(pk=cast.setup.pk), actor=cast.mara)
        found = shown(what_if)
        assert set(found.conflicts) == {row.pk, link.pk}
        with pytest.raises(StateError, match="thrown away"):
            accept(cast, what_if)


class RefusedTests:
    @pytest.mark.parametrize(
        ("kind", "values", "field", "words"),
        [
            ("task", {"task": "setup", "duration_minutes": -5}, "duration_minutes", "less than nothing"),
            ("task", {"task": "setup", "duration_minutes": 10_000 * DAY}, "duration_minutes", "at most"),
            ("task", {"task": "setup"}, "duration_minutes", "what is to change"),
            ("task", {"task": "go_live", "duration_minutes": 5}, "duration_minutes", "milestone"),
            ("task", {"task": "rival_task", "duration_minutes": 5}, "task", "this project"),
            ("task", {"duration_minutes": 5}, "task", "which task"),
            ("task", {"task": "setup", "constraint": "SNET"}, "constraint_at", "needs a date"),
            (
                "task",
                {"task": "setup", "constraint": "SNET", "constraint_at": datetime(2500, 1, 1, tzinfo=UTC)},
                "constraint_at",
                "Years",
            ),
            ("added", {"name": "", "duration_minutes": 5}, "name", "needs a name"),
            ("added", {"name": "New"}, "duration_minutes", "how long"),
            ("link", {"predecessor": "setup", "task": "setup"}, "predecessor", "itself"),
            ("link", {"predecessor": "rival_task", "task": "setup"}, "predecessor", "this project"),
            ("unlink", {"predecessor": "go_live", "task": "setup"}, "predecessor", "does not wait"),
            ("hours", {"task": "setup", "planned_seconds": 5}, "person", "whose"),
            ("hours", {"task": "setup", "person": "rita", "planned_seconds": 5}, "person", "not on the team"),
            (
                "hours",
                {"task": "setup", "person": "tom", "planned_seconds": -1},
                "planned_seconds",
                "less than",
            ),
            ("money", {"task": "setup"}, "planned_seconds", "hours, a cost"),
            ("money", {"task": "setup", "cost": Decimal(-1)}, "cost", "less than nothing"),
        ],
    )
    def test_what_says_nothing_or_points_elsewhere_is_refused_by_its_field(
        self, cast: Cast, what_if: WhatIf, kind: str, values: dict[str, Any], field: str, words: str
    ) -> None:
        named = {name: getattr(cast, value) if isinstance(value, str) and hasattr(cast, value) else value
                 for name, value in values.items()}  # fmt: skip
        if "person" in named:
            named["person"] = named["person"].person
        with pytest.raises(DomainError) as caught:
            differ(cast, what_if, kind, **named)
        assert words in caught.value.fields[field]
        assert not what_if.differences.exists()

    def test_a_cycle_is_refused_with_its_path(self, cast: Cast, what_if: WhatIf) -> None:
        with pytest.raises(DomainError, match="1 Kick-off → 2 Set up"):
            differ(cast, what_if, DifferenceKind.LINK, predecessor=cast.setup, task=cast.kickoff)
        assert not what_if.differences.exists()

    def test_a_cycle_that_arose_later_is_shown(self, cast: Cast, what_if: WhatIf) -> None:
        side = Task(project=cast.nordwind, name="Side")
        plan.task_save(task=side, actor=cast.mara)
        differ(cast, what_if, DifferenceKind.LINK, predecessor=cast.go_live, task=side)
        plan.dependency_save(link=Dependency(predecessor=side, successor=cast.kickoff), actor=cast.mara)
        assert "would wait for each other" in shown(what_if).reason
        with pytest.raises(StateError, match="wait for each other"):
            accept(cast, what_if)

    def test_a_task_with_booked_hours_is_not_removed(self, cast: Cast, what_if: WhatIf) -> None:
        TimeEntry.objects.create(
            project=cast.nordwind,
            task=cast.setup,
            person=cast.tom.person,
            worked_on=date(2026, 3, 3),
            seconds=60,
        )
        with pytest.raises(DomainError, match="booked"):
            differ(cast, what_if, DifferenceKind.REMOVED, task=cast.setup)

    @pytest.mark.parametrize("name", ["tom", "carla"])
    def test_the_team_and_the_customer_have_no_part_in_it(
        self, cast: Cast, what_if: WhatIf, name: str
    ) -> None:
        with pytest.raises(NotAllowed):
            services.whatif_save(what_if=what_if, entry=enter_any(cast, name))


def enter_any(cast: Cast, name: str) -> Entry:
    return enter(getattr(cast, name), "nordwind", "portal.view" if name == "carla" else "project.view")


class AcceptTests:
    def test_accepting_gives_exactly_the_plan_that_was_shown_once(self, cast: Cast, what_if: WhatIf) -> None:
        longer(cast, what_if)
        differ(
            cast, what_if, DifferenceKind.TASK, task=cast.kickoff, constraint=Constraint.SNET,
            constraint_at=datetime(2026, 3, 9, tzinfo=UTC),
        )  # fmt: skip
        wanted = sketched(shown(what_if))
        accept(cast, what_if)
        assert dates(cast.nordwind) == wanted
        assert what_if.status == WhatIfState.ACCEPTED
        assert JournalEntry.objects.filter(action="whatif.accepted").count() == 1
        with pytest.raises(StateError, match="accepted by Mara"):
            accept(cast, what_if)
        with pytest.raises(StateError):
            longer(cast, what_if, 9)

    def test_whoever_looked_at_an_older_plan_is_told_what_moved(self, cast: Cast, what_if: WhatIf) -> None:
        longer(cast, what_if)
        seen = shown(what_if).seen
        cast.kickoff.duration_minutes = 960
        plan.task_save(task=cast.kickoff, actor=cast.tess)
        with pytest.raises(StaleVersion, match=r"1 Kick-off \(Tess Team\)"):
            services.whatif_accept(what_if=what_if, entry=inside(cast, "mara"), seen=seen)
        assert Task.objects.get(pk=cast.setup.pk).duration_minutes == 5 * DAY
        accept(cast, what_if)

    def test_scope_and_money_go_by_change_request(self, cast: Cast, what_if: WhatIf) -> None:
        differ(
            cast,
            what_if,
            DifferenceKind.ADDED,
            name="Second warehouse",
            task=cast.setup,
            duration_minutes=DAY,
        )
        with pytest.raises(DomainError, match="turn it into a change request"):
            accept(cast, what_if)

    def test_finance_may_try_things_but_not_move_the_plan(self, cast: Cast, what_if: WhatIf) -> None:
        longer(cast, what_if)
        with pytest.raises(NotAllowed):
            accept(cast, what_if, "fay")

    def test_a_copy_goes_on_where_a_decided_one_ended(self, cast: Cast, what_if: WhatIf) -> None:
        added = differ(cast, what_if, DifferenceKind.ADDED, name="New", task=cast.setup, duration_minutes=DAY)
        differ(cast, what_if, DifferenceKind.LINK, predecessor=cast.setup, added=added)
        copied = services.whatif_copy(what_if=what_if, entry=inside(cast, "fay"))
        services.difference_undo(row=added, entry=inside(cast, "mara"))
        assert not what_if.differences.exists()
        assert sketched(shown(copied))["New"][0] == date(2026, 3, 10)
        assert len(copied.differences.all()) == 2


class TurnTests:
    def test_implementing_gives_exactly_the_plan_and_the_budget_that_were_shown(
        self, cast: Cast, what_if: WhatIf
    ) -> None:
        line = BudgetLine.objects.create(
            project=cast.nordwind,
            task=cast.setup,
            category=Category.LICENCE,
            cost=Decimal(500),
            bill=Decimal(600),
        )
        everything(cast, what_if, line)
        found = shown(what_if)
        assert not found.conflicts
        change = agreed(cast, what_if)
        assert (what_if.status, change.schedule_days) == (WhatIfState.TURNED, found.days)
        lines = list(change.lines.select_related("difference__added", "task"))
        assert plan_effect(project=cast.nordwind, lines=lines).finish_after == found.finish.after
        change_implement(change=change, entry=inside(cast, "mara"))
        assert dates(cast.nordwind) == sketched(found)
        after = summed(planned_of(project=cast.nordwind))
        assert (after.seconds, after.cost, after.bill) == (
            found.total.seconds_after, found.total.cost_after, found.total.bill_after
        )  # fmt: skip
        review = Task.objects.get(project=cast.nordwind, name="Review")
        assert Assignment.objects.get(task=review).planned_seconds == 6 * 3600
        assert not Task.objects.filter(name="Side track").exists()
        rows = BudgetLine.objects.filter(change_request=change)
        assert {row.task.name if row.task else None for row in rows} == {
            "Set up",
            "Review",
            "Side track",
            None,
        }

    @settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        minutes=st.integers(0, 9000),
        new=st.lists(
            st.tuples(
                st.integers(0, 3000), st.sampled_from(["FS", "SS", "FF", "SF"]), st.integers(-900, 900)
            ),
            max_size=3,
        ),
        start=st.integers(0, 30),
        unlinked=st.booleans(),
    )
    def test_whatever_moves_implementing_gives_the_plan_that_was_shown(
        self, cast: Cast, minutes: int, new: list[tuple[int, str, int]], start: int, unlinked: bool
    ) -> None:
        with rolled_back():
            what_if = begun(cast)
            differ(cast, what_if, DifferenceKind.TASK, task=cast.setup, duration_minutes=minutes)
            differ(
                cast, what_if, DifferenceKind.TASK, task=cast.kickoff, constraint=Constraint.SNET,
                constraint_at=datetime(2026, 3, 2, tzinfo=UTC) + timedelta(days=start),
            )  # fmt: skip
            if unlinked:
                differ(cast, what_if, DifferenceKind.UNLINK, predecessor=cast.setup, task=cast.go_live)
            behind: Difference | None = None
            for number, (length, kind, lag) in enumerate(new):
                where = {"added": behind} if behind else {"task": cast.setup}
                ahead = {"added_predecessor": behind} if behind else {"predecessor": cast.setup}
                behind = differ(
                    cast,
                    what_if,
                    DifferenceKind.ADDED,
                    name=f"New {number}",
                    duration_minutes=length,
                    **where,
                )
                differ(
                    cast, what_if, DifferenceKind.LINK, added=behind, link_type=kind, lag_minutes=lag, **ahead
                )
            wanted = sketched(shown(what_if))
            change_implement(change=agreed(cast, what_if), entry=inside(cast, "mara"))
            assert dates(cast.nordwind) == wanted

    def test_people_s_own_working_time_counts_then_as_it_was_shown(self, cast: Cast, what_if: WhatIf) -> None:
        Absence.objects.create(
            person=cast.tess.person, first=date(2026, 3, 9), last=date(2026, 3, 13), kind=AbsenceKind.HOLIDAY
        )
        new = differ(
            cast, what_if, DifferenceKind.ADDED, name="New", task=cast.setup, duration_minutes=2 * DAY
        )
        differ(cast, what_if, DifferenceKind.LINK, predecessor=cast.setup, added=new)
        differ(cast, what_if, DifferenceKind.HOURS, added=new, person=cast.tess.person, planned_seconds=3600)
        found = shown(what_if)
        assert sketched(found)["New"][0] == date(2026, 3, 16)
        change = agreed(cast, what_if)
        lines = list(change.lines.select_related("difference__added", "task"))
        assert plan_effect(project=cast.nordwind, lines=lines).finish_after == found.finish.after
        change_implement(change=change, entry=inside(cast, "mara"))
        assert dates(cast.nordwind) == sketched(found)

    def test_what_moved_while_the_customer_decided_is_kept(self, cast: Cast, what_if: WhatIf) -> None:
        longer(cast, what_if, 7)
        change = agreed(cast, what_if)
        cast.setup.duration_minutes = 10 * DAY
        plan.task_save(task=cast.setup, actor=cast.mara)
        change_implement(change=change, entry=inside(cast, "mara"))
        assert Task.objects.get(pk=cast.setup.pk).duration_minutes == 12 * DAY

    def test_a_line_that_others_need_is_not_taken_out_of_the_change(
        self, cast: Cast, what_if: WhatIf
    ) -> None:
        added = differ(cast, what_if, DifferenceKind.ADDED, name="New", task=cast.setup, duration_minutes=DAY)
        link = differ(cast, what_if, DifferenceKind.LINK, predecessor=cast.setup, added=added)
        change = services.whatif_turn(what_if=what_if, entry=inside(cast, "mara"), title="T", description="D")
        line = change.lines.get(difference=added)
        with pytest.raises(StateError, match="take these out first"):
            part_delete(row=line, entry=inside(cast, "mara"))
        part_delete(row=change.lines.get(difference=link), entry=inside(cast, "mara"))
        part_delete(row=line, entry=inside(cast, "mara"))
        assert not change.lines.exists()

    def test_a_task_gone_since_stops_the_change_and_nothing_is_half_done(
        self, cast: Cast, what_if: WhatIf
    ) -> None:
        longer(cast, what_if, 7)
        differ(cast, what_if, DifferenceKind.ADDED, name="New", task=cast.kickoff, duration_minutes=DAY)
        change = agreed(cast, what_if)
        plan.task_delete(task=cast.setup, actor=cast.mara)
        with pytest.raises(StateError, match="thrown away"):
            change_implement(change=change, entry=inside(cast, "mara"))
        assert not Task.objects.filter(name="New").exists()


def everything(cast: Cast, what_if: WhatIf, line: BudgetLine) -> None:
    """Write down one difference of every kind."""
    side = Task(project=cast.nordwind, name="Side track", duration_minutes=3 * DAY)
    plan.task_save(task=side, actor=cast.mara)
    Assignment.objects.create(task=side, person=cast.tess.person, planned_seconds=8 * 3600)
    longer(cast, what_if)
    review = differ(
        cast, what_if, DifferenceKind.ADDED, name="Review", task=cast.setup, duration_minutes=DAY + 100
    )
    differ(cast, what_if, DifferenceKind.UNLINK, predecessor=cast.setup, task=cast.go_live)
    differ(cast, what_if, DifferenceKind.LINK, predecessor=cast.setup, added=review, lag_minutes=240)
    differ(cast, what_if, DifferenceKind.LINK, added_predecessor=review, task=cast.go_live)
    differ(
        cast, what_if, DifferenceKind.HOURS, added=review, person=cast.tess.person, planned_seconds=6 * 3600
    )
    differ(
        cast,
        what_if,
        DifferenceKind.HOURS,
        task=cast.setup,
        person=cast.tom.person,
        planned_seconds=50 * 3600,
    )
    differ(cast, what_if, DifferenceKind.REMOVED, task=side)
    differ(
        cast,
        what_if,
        DifferenceKind.MONEY,
        line=line,
        cost=Decimal(400),
        bill=Decimal(600),
        planned_seconds=0,
    )
    differ(
        cast, what_if, DifferenceKind.MONEY, category=Category.TRAVEL, cost=Decimal(90), description="Trains"
    )


@contextmanager
def rolled_back() -> Iterator[None]:
    """Take back what one example wrote: the next begins with the same cast."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
