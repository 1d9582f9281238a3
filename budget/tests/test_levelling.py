"""Levelling a plan: what a worker proposes keeps to people's time, says how it ended, and moves nothing by itself."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from budget.models import WhatIf
from budget.selectors.whatif import compared_of
from budget.services import levelling as services
from budget.services.whatif import whatif_accept
from budget.tests.test_whatif import DAY, dates, inside, rolled_back, sketched
from implement.core.errors import DomainError, NotAllowed, StateError
from implement.testkit.cast import Cast
from projects import services as plan
from projects.choices import Constraint, JobState
from projects.kit import jobs
from projects.models import Assignment, Dependency, Job, Project, Task

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def first_monday(time_machine: Any) -> None:
    time_machine.move_to(datetime(2026, 3, 2, 6, tzinfo=UTC), tick=False)


def work(
    cast: Cast,
    name: str,
    days: float,
    *people: str,
    share: float = 1,
    project: Project | None = None,
    **values: Any,
) -> Task:
    """Add a task on which people work a share of their days."""
    task = Task(project=project or cast.nordwind, name=name, duration_minutes=int(days * DAY), **values)
    plan.task_save(task=task, actor=cast.mara)
    for person in people:
        seconds = int(days * 8 * 3600 * share)
        Assignment.objects.create(task=task, person=getattr(cast, person).person, planned_seconds=seconds)
    return task


def levelled(cast: Cast, seconds: int = 10) -> WhatIf:
    job = services.level_request(project=cast.nordwind, entry=inside(cast, "mara"), seconds=seconds)
    assert jobs.run(str(job.pk))
    job.refresh_from_db()
    assert job.state == JobState.DONE, job.error
    assert job.result_url == f"/projects/nordwind/what-ifs/{job.what_if.pk}/"
    return WhatIf.objects.select_related("project__calendar").get(job=job)


class LevelledTests:
    def test_two_tasks_of_one_person_come_one_after_the_other_and_the_plan_stays(self, cast: Cast) -> None:
        work(cast, "Report", 3, "tom")
        before = dates(cast.nordwind)
        what_if = levelled(cast)
        found = compared_of(what_if=what_if)
        assert dates(cast.nordwind) == before
        assert all(not row.days_over_after for row in found.people)
        told = what_if.levelling
        # Set-up is critical: three days of the report fit behind it.
        assert (told["outcome"], told["days"], told["moved"], told["over"]) == ("optimal", 2, 1, [2, 0])
        assert told["peak"] == [200, 100]
        assert "Nobody has too much to do any more." in told["verdict"]
        whatif_accept(what_if=what_if, entry=inside(cast, "mara"), seen=found.seen)
        assert dates(cast.nordwind) == sketched(found)

    def test_work_on_other_projects_counts_and_is_not_named(self, cast: Cast) -> None:
        elsewhere = work(cast, "Secret audit", 4, "tom", project=cast.rival)
        what_if = levelled(cast)
        rows = {row.task.name: row for row in compared_of(what_if=what_if).tasks}
        assert rows["Set up"].after.start.isoformat() == "2026-03-06"
        assert str(elsewhere) not in str(what_if.levelling)

    def test_what_has_begun_and_what_is_on_a_date_stays(self, cast: Cast) -> None:
        plan.progress_say(task=cast.kickoff, said=plan.Said(percent=Decimal(100)), actor=cast.mara)
        begun = work(cast, "Report", 3, "tom", percent_complete=10)
        fixed = work(
            cast,
            "Fair",
            1,
            "tom",
            constraint=Constraint.MSO,
            constraint_at=datetime(2026, 3, 10, 9, tzinfo=UTC),
        )
        found = compared_of(what_if=levelled(cast))
        rows = {row.task.name: row for row in found.tasks}
        for task in (begun, fixed):
            assert rows[task.name].after == rows[task.name].before
        assert rows["Set up"].after.start.isoformat() > "2026-03-04"
        assert all(not row.days_over_after for row in found.people)

    def test_who_has_half_a_week_does_one_half_day_after_the_other(self, cast: Cast) -> None:
        cast.tess.person.weekly_hours = Decimal(20)
        plan.person_save(person=cast.tess.person, actor=None)
        for name in ("Report", "Handbook"):
            work(cast, name, 2, "tess", share=0.5)
        what_if = levelled(cast)
        found = {row.person: row for row in compared_of(what_if=what_if).people}[cast.tess.person]
        assert (found.days_over, found.days_over_after) == (2, 0)
        assert (what_if.levelling["moved"], what_if.levelling["too_much"]) == (1, [])

    def test_what_moving_cannot_mend_is_named(self, cast: Cast) -> None:
        work(cast, "Report", 3, "tom")
        heavy = work(cast, "Sprint", 2, "tess", share=1.5)
        what_if = levelled(cast)
        [left] = what_if.levelling["left"]
        assert (left["person"], left["days"], left["hours"], left["capacity"]) == ("Tess Team", 2, 12.0, 8.0)
        assert what_if.levelling["too_much"] == [{"task": f"{heavy}", "person": "Tess Team"}]

    def test_dates_that_leave_no_time_are_said_in_plain_words(self, cast: Cast) -> None:
        report = work(cast, "Report", 5, "tom")
        fair = work(
            cast, "Fair", 1, constraint=Constraint.MSO, constraint_at=datetime(2026, 3, 10, 9, tzinfo=UTC)
        )
        plan.dependency_save(link=Dependency(predecessor=cast.setup, successor=fair), actor=cast.mara)
        plan.dependency_save(link=Dependency(predecessor=report, successor=fair), actor=cast.mara)
        job = services.level_request(project=cast.nordwind, entry=inside(cast, "mara"), seconds=5)
        jobs.run(str(job.pk))
        job.refresh_from_db()
        assert job.state == JobState.FAILED
        assert "No plan fits" in job.error
        assert "Fair" in job.error
        assert not WhatIf.objects.exists()

    def test_a_plan_in_order_is_left_alone(self, cast: Cast) -> None:
        with pytest.raises(StateError, match="nothing to level"):
            services.level_request(project=cast.nordwind, entry=inside(cast, "mara"))

    def test_a_cancelled_one_leaves_nothing(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        work(cast, "Report", 3, "tom")
        job = services.level_request(project=cast.nordwind, entry=inside(cast, "mara"), seconds=5)

        def cancelled(*args: Any, progress: Any, **words: Any) -> Any:
            jobs.cancel(job=Job.objects.get(pk=job.pk))
            progress(0.5, None)

        monkeypatch.setattr(services, "level", cancelled)
        assert not jobs.run(str(job.pk))
        assert not WhatIf.objects.exists()

    @pytest.mark.parametrize("seconds", [0, 4, 181])
    def test_an_endless_search_is_refused(self, cast: Cast, seconds: int) -> None:
        with pytest.raises(DomainError) as caught:
            services.level_request(project=cast.nordwind, entry=inside(cast, "mara"), seconds=seconds)
        assert "seconds" in caught.value.fields

    def test_it_is_asked_for_once_at_a_time_and_by_who_may(self, cast: Cast) -> None:
        work(cast, "Report", 3, "tom")
        with pytest.raises(NotAllowed):
            services.level_request(project=cast.nordwind, entry=inside(cast, "tom"))
        services.level_request(project=cast.nordwind, entry=inside(cast, "fay"))
        with pytest.raises(StateError, match="already"):
            services.level_request(project=cast.nordwind, entry=inside(cast, "mara"))

    @settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        lengths=st.lists(st.tuples(st.integers(99, 2500), st.sampled_from(["tom", "tess"])), min_size=2, max_size=6),
        links=st.lists(
            st.tuples(st.integers(0, 5), st.integers(0, 5), st.sampled_from(["FS", "SS", "FF"]), st.integers(-99, 900)),
            max_size=4, unique_by=lambda link: link[:2],
        ),
    )  # fmt: skip
    def test_nobody_has_too_much_to_do_in_whatever_is_proposed(
        self, cast: Cast, lengths: list[tuple[int, str]], links: list[tuple[int, int, str, int]]
    ) -> None:
        with rolled_back():
            tasks = [
                work(cast, f"T{number}", length / DAY, who) for number, (length, who) in enumerate(lengths)
            ]
            for low, high, kind, lag in links:
                if low < high < len(tasks):
                    Dependency.objects.create(
                        predecessor=tasks[low], successor=tasks[high], type=kind, lag_minutes=lag
                    )
            plan.plan_schedule(project=cast.nordwind)
            try:
                what_if = levelled(cast)
            except StateError:
                return
            found = compared_of(what_if=what_if)
            assert not found.conflicts
            assert [
                (str(row.person), row.days_over_after) for row in found.people if row.days_over_after
            ] == []
            assert all(row.after.start >= row.before.start for row in found.tasks)


class VerdictTests:
    @pytest.mark.parametrize(
        ("moved", "over", "words"),
        [
            (1, 1, "1 task starts later. 1 day stays with too much to do."),
            (2, 3, "2 tasks start later. 3 days stay with too much to do."),
            (0, 0, "0 tasks start later. Nobody has too much to do any more."),
        ],
    )
    def test_one_is_one_and_two_are_two(self, moved: int, over: int, words: str) -> None:
        found = SimpleNamespace(outcome=services.Outcome.OPTIMAL)
        said = services._verdict(found, SimpleNamespace(days_over=(5, over)), moved)  # type: ignore[arg-type]
        assert said.startswith(words)
