"""The plan page: tree and chart agree, whatever is filtered, and cost the same for many rows as for few."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client

from implement.testkit.cast import Cast
from projects import services
from projects.gantt import plan_page, summary_progress
from projects.models import Task

Login = Callable[..., Client]
TODAY = date(2026, 3, 9)


class PlanPageTests:
    @pytest.mark.parametrize(
        "query",
        [
            "",
            "?zoom=day",
            "?zoom=nonsense",
            "?show=critical",
            "?level=1",
            "?q=set",
            "?page=99999999",
            "?level=%00",
        ],
    )
    def test_every_filter_opens(self, cast: Cast, login: Login, query: str) -> None:
        assert login(cast.tom).get(f"/projects/nordwind/plan/{query}").status_code == 200

    def test_what_is_late_and_what_is_critical_is_said_in_words(self, cast: Cast, login: Login) -> None:
        services.progress_say(task=cast.kickoff, said=services.Said(percent=Decimal(50)), actor=cast.mara)
        page = login(cast.mara).get("/projects/nordwind/plan/").content.decode()
        assert 'aria-label="Critical"' in page
        assert 'aria-label="Late"' in page

    def test_a_summary_is_as_far_as_all_of_its_tasks_whatever_is_filtered(self, cast: Cast) -> None:
        below = Task.objects.create(
            project=cast.nordwind, parent=cast.kickoff, name="Done", percent_complete=100
        )
        Task.objects.create(project=cast.nordwind, parent=cast.kickoff, name="Still to do")
        services.tree_renumber(cast.nordwind)
        for asked in ({}, {"level": "1"}, {"show": "open"}, {"q": "kick"}):
            page = plan_page(project=cast.nordwind, asked=asked, today=TODAY)
            assert page.rows[0].percent == 50, asked
            assert page.is_filtered == bool(asked)
        assert below.pk not in {row.task.pk for row in page.rows}

    def test_what_comes_too_late_for_a_date_is_a_conflict(self, cast: Cast, login: Login) -> None:
        cast.setup.deadline = cast.setup.finish - timedelta(days=3)  # type: ignore[operator]
        services.task_save(task=cast.setup, actor=cast.mara)
        rows = plan_page(project=cast.nordwind, asked={}, today=TODAY).rows
        assert [row.is_conflict for row in rows] == [True, True, False]
        assert 'aria-label="Conflict"' in login(cast.mara).get("/projects/nordwind/plan/").content.decode()

    def test_a_baseline_is_drawn_behind_the_bars(self, cast: Cast) -> None:
        services.baseline_take(project=cast.nordwind, name="First", actor=cast.mara, budgets={})
        page = plan_page(project=cast.nordwind, asked={}, today=TODAY)
        assert page.baseline is not None
        assert "Baseline" in page.body.headers

    def test_queries_do_not_grow_with_rows(
        self, cast: Cast, login: Login, django_assert_max_num_queries: Callable[..., object]
    ) -> None:
        Task.objects.bulk_create(
            Task(project=cast.nordwind, name=f"More {number}", position=10 + number) for number in range(200)
        )
        services.tree_renumber(cast.nordwind)
        services.plan_schedule(project=cast.nordwind)
        browser = login(cast.mara)
        with django_assert_max_num_queries(14):  # type: ignore[attr-defined]
            assert browser.get("/projects/nordwind/plan/").status_code == 200

    def test_a_summary_is_as_far_as_its_leaves_weighted_by_duration(self, cast: Cast) -> None:
        parent = Task.objects.create(project=cast.nordwind, name="Phase", position=9)
        for minutes, percent in ((480, 100), (1440, 0)):
            Task.objects.create(
                project=cast.nordwind,
                parent=parent,
                name="Leaf",
                duration_minutes=minutes,
                percent_complete=percent,
                position=10,
            )
        services.tree_renumber(cast.nordwind)
        progress = summary_progress(list(Task.objects.filter(project=cast.nordwind)))
        assert progress[parent.pk] == 25


class ProgressTests:
    def test_the_people_on_a_task_say_how_far_it_is(self, cast: Cast, login: Login) -> None:
        url = f"/projects/nordwind/tasks/{cast.setup.pk}/progress/"
        assert login(cast.tom).post(url, {"percent": "40"}).status_code == 302
        cast.setup.refresh_from_db()
        assert cast.setup.percent_complete == 40
        assert cast.setup.actual_start is not None

    def test_others_of_the_team_may_not(self, cast: Cast, login: Login) -> None:
        url = f"/projects/nordwind/tasks/{cast.setup.pk}/progress/"
        assert login(cast.tess).post(url, {"percent": "40"}).status_code == 403

    @pytest.mark.parametrize("said", ["", "much", "101", "-1", "1e9"])
    def test_what_is_no_percentage_is_refused(self, cast: Cast, login: Login, said: str) -> None:
        url = f"/projects/nordwind/tasks/{cast.setup.pk}/progress/"
        assert login(cast.mara).post(url, {"percent": said}).status_code == 400
        cast.setup.refresh_from_db()
        assert cast.setup.percent_complete == 0

    def test_finishing_a_task_sets_its_actual_dates(self, cast: Cast, login: Login) -> None:
        services.progress_say(task=cast.kickoff, said=services.Said(percent=Decimal(100)), actor=cast.mara)
        cast.kickoff.refresh_from_db()
        assert cast.kickoff.actual_finish is not None
        assert cast.kickoff.actual_start is not None
        assert cast.kickoff.actual_start <= cast.kickoff.actual_finish
