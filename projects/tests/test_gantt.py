"""The plan page: tree and chart agree, whatever is filtered, and cost the same for many rows as for few."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client

from implement.testkit.cast import Cast
from projects import services
from projects.gantt import held_by, plan_page, summary_progress
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


class DrivingTests:
    """What holds a task is named, and followed back."""

    def test_the_driving_path_of_a_task_is_what_decides_its_start(self, cast: Cast, login: Login) -> None:
        aside = Task.objects.create(project=cast.nordwind, name="Aside", position=9, duration_minutes=60)
        services.task_save(task=aside, actor=cast.mara)
        page = plan_page(
            project=cast.nordwind, asked={"show": "driving", "task": f"{cast.go_live.pk}"}, today=TODAY
        )
        assert [row.task.name for row in page.rows] == ["Kick-off", "Set up", "Go-live"]
        alone = plan_page(
            project=cast.nordwind, asked={"show": "driving", "task": f"{aside.pk}"}, today=TODAY
        )
        assert [row.task.name for row in alone.rows] == ["Aside"]
        of_the_last = plan_page(project=cast.nordwind, asked={"show": "driving"}, today=TODAY)
        assert [row.task.name for row in of_the_last.rows] == ["Kick-off", "Set up", "Go-live"]
        nowhere = login(cast.mara).get("/projects/nordwind/plan/?show=driving&task=999999")
        assert "No task fits these filters" in nowhere.content.decode()

    def test_a_task_s_page_says_what_holds_it_and_reads_as_the_plan_does(
        self, cast: Cast, login: Login
    ) -> None:
        link = cast.setup.predecessor_links.get()
        link.lag_minutes = 480
        services.dependency_save(link=link, actor=cast.mara)
        cast.setup.refresh_from_db()
        cast.setup.is_estimated = True
        services.task_save(task=cast.setup, actor=cast.mara)
        page = login(cast.mara).get(f"/projects/nordwind/tasks/{cast.setup.pk}/").content.decode()
        facts = dict(re.findall(r"<div><dt>(.*?)</dt><dd>(.*?)</dd></div>", page))
        held = f'<a href="/projects/nordwind/tasks/{cast.kickoff.pk}/">1 Kick-off</a>'
        assert facts["Held by"] == held
        assert facts["Duration"] == f"{cast.setup.duration_minutes // 480}d?"
        assert (facts["Done"], facts["Total float"], facts["Free float"]) == ("0 %", "0d", "0d")
        assert (facts["On the critical path"], facts["Billable"]) == ("Yes", "Yes")
        assert "FS+1d" in page
        assert not {"True", "False"} & set(facts.values())
        first = login(cast.mara).get(f"/projects/nordwind/tasks/{cast.kickoff.pk}/").content.decode()
        assert "<dt>Held by</dt><dd>The project&#x27;s start</dd>" in first

    @pytest.mark.parametrize(
        ("driver", "set_on", "words"),
        [
            ("status", None, "Today: what is left cannot be done before"),
            ("status", TODAY, "The status date, 9 Mar 2026"),
            ("dated", None, "Its constraint"),
            ("begun", None, "Nothing any more: it has begun"),
            ("", None, ""),
        ],
    )
    def test_what_holds_a_task_when_no_other_does(
        self, cast: Cast, driver: str, set_on: date | None, words: str
    ) -> None:
        cast.kickoff.driver, cast.kickoff.project.data_date = driver, set_on
        assert held_by(cast.kickoff) == words

    def test_the_grey_bars_are_those_of_the_baseline_that_is_chosen(self, cast: Cast, login: Login) -> None:
        services.baseline_take(project=cast.nordwind, name="First", actor=cast.mara, budgets={})
        cast.kickoff.duration_minutes += 4800
        services.task_save(task=cast.kickoff, actor=cast.mara)
        services.baseline_take(project=cast.nordwind, name="Second", actor=cast.mara, budgets={})
        browser, key = login(cast.mara), f"{cast.kickoff.pk}"
        latest = browser.get("/projects/nordwind/plan/data/").json()["ghosts"][key]
        first = browser.get("/projects/nordwind/plan/data/?baseline=0").json()["ghosts"][key]
        assert first[1] < latest[1]
        assert browser.get("/projects/nordwind/plan/data/?baseline=9").json()["ghosts"][key] == latest
        page = plan_page(project=cast.nordwind, asked={"baseline": "0"}, today=TODAY)
        assert page.baseline is not None
        assert page.baseline.name == "First"
