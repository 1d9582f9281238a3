"""What is left is never planned in the past: today, or the status date that somebody set, holds it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from implement.testkit.cast import STARTS_ON, Cast
from projects import services
from projects.choices import ProjectStatus
from projects.models import Baseline, BaselineTask, Job, JournalEntry, Project, Task, WorkCalendar
from projects.planning import to_local, today_of, zone_of
from projects.selectors import milestones_of
from projects.services.scheduling import RESCHEDULE_JOB, plans_catch_up
from projects.tests.importing import answer, apply, empty_project, plan_xml, task_xml, upload

pytestmark = pytest.mark.django_db
Login = Callable[..., Client]
KIND = "plan.mspdi"


def begins(task: Task) -> date:
    """Return the day on which a task starts by now."""
    task.refresh_from_db()
    found = to_local(task.start, zone_of(task.project))
    assert found is not None
    return found.date()


def let_go(project: Project, *, since: timedelta = timedelta(days=2), **values: Any) -> None:
    """Let a plan that was computed some days ago go with the day."""
    seen = timezone.now() - since
    Project.objects.filter(pk=project.pk).update(**{"data_date": None, "scheduled_at": seen} | values)


class TodayTests:
    def test_a_project_that_began_before_anybody_worked_on_it_does_not_end_in_the_past(
        self, cast: Cast
    ) -> None:
        Project.objects.filter(pk=cast.nordwind.pk).update(data_date=None)
        services.plan_schedule(project=cast.nordwind)
        today = today_of(cast.nordwind)
        assert begins(cast.kickoff) >= today > STARTS_ON
        assert begins(cast.setup) > begins(cast.kickoff)

    def test_what_is_done_stays_and_what_is_left_of_a_task_goes_on_today(self, cast: Cast) -> None:
        moment = cast.kickoff.start
        assert moment is not None
        Task.objects.filter(pk=cast.kickoff.pk).update(
            actual_start=moment, actual_finish=moment + timedelta(hours=8), percent_complete=100
        )
        Task.objects.filter(pk=cast.setup.pk).update(actual_start=cast.setup.start, percent_complete=50)
        Project.objects.filter(pk=cast.nordwind.pk).update(data_date=None)
        services.plan_schedule(project=cast.nordwind)
        assert begins(cast.kickoff) == STARTS_ON
        assert begins(cast.setup) == to_local(cast.setup.start, zone_of(cast.nordwind)).date()  # type: ignore[union-attr]
        assert cast.setup.finish.date() >= today_of(cast.nordwind)  # type: ignore[union-attr]

    def test_a_closed_project_stays_as_it_ended(self, cast: Cast) -> None:
        Project.objects.filter(pk=cast.nordwind.pk).update(data_date=None, status=ProjectStatus.CLOSED)
        services.plan_schedule(project=cast.nordwind)
        assert begins(cast.kickoff) == STARTS_ON

    def test_a_baseline_keeps_what_was_promised(self, cast: Cast) -> None:
        services.baseline_take(project=cast.nordwind, name="First", actor=cast.mara, budgets={})
        before = list(BaselineTask.objects.order_by("pk").values_list("start", "finish"))
        Project.objects.filter(pk=cast.nordwind.pk).update(data_date=None)
        services.plan_schedule(project=cast.nordwind)
        assert list(BaselineTask.objects.order_by("pk").values_list("start", "finish")) == before
        assert Baseline.objects.count() == 1


class SettingTests:
    def test_it_is_set_beside_the_plan_and_moves_it(self, cast: Cast, login: Login) -> None:
        browser = login(cast.mara)
        url = "/projects/nordwind/plan/status/"
        assert browser.post(f"{url}?show=open", {"data_date": "2026-03-16"}).url.endswith("/plan/?show=open")  # type: ignore[attr-defined]
        assert begins(cast.kickoff) == date(2026, 3, 16)
        said = JournalEntry.objects.filter(action="project.changed").latest("pk")
        assert said.changes["data_date"] == ["2026-03-02", "2026-03-16"]
        assert 'value="2026-03-16"' in browser.get("/projects/nordwind/plan/").content.decode()
        browser.post(url, {"data_date": ""})
        assert begins(cast.kickoff) >= today_of(cast.nordwind)

    @pytest.mark.parametrize(
        ("day", "words"),
        [
            ("2026-03-01", "The status date is before the project’s start, 02 Mar 2026."),
            ("2199-01-01", "The status date is at most 31 days ahead"),
            ("soon", "Enter a valid date."),
        ],
    )
    def test_what_cannot_be_is_refused_in_words(self, cast: Cast, login: Login, day: str, words: str) -> None:
        answered = login(cast.mara).post("/projects/nordwind/plan/status/", {"data_date": day}, follow=True)
        assert words.replace("’", "&#x27;") in answered.content.decode()
        cast.nordwind.refresh_from_db()
        assert cast.nordwind.data_date == STARTS_ON

    def test_the_team_does_not_set_it(self, cast: Cast, login: Login) -> None:
        browser = login(cast.tom)
        assert browser.post("/projects/nordwind/plan/status/", {"data_date": "2026-03-16"}).status_code == 403
        assert 'name="data_date"' not in browser.get("/projects/nordwind/plan/").content.decode()

    def test_the_api_sets_it_by_the_same_rules(self, cast: Cast, api: Callable[..., Any]) -> None:
        client = api(cast.mara)
        url = "/api/v1/projects/nordwind/"
        version = client.get(url)["ETag"]
        set_to = client.patch(url, {"data_date": "2026-03-16"}, headers={"If-Match": version}, format="json")
        assert set_to.json()["data_date"] == "2026-03-16"
        assert begins(cast.kickoff) == date(2026, 3, 16)
        refused = client.patch(
            url, {"data_date": "2026-02-01"}, headers={"If-Match": set_to["ETag"]}, format="json"
        )
        assert refused.status_code == 400
        assert "before the project's start" in refused.json()["errors"]["data_date"][0]

    def test_an_imported_plan_brings_its_own(self, cast: Cast) -> None:
        fresh = empty_project(cast.nordwind.customer, cast.mara)
        run = apply(cast.mara, upload(cast.mara, fresh, KIND, dated("2026-03-11T08:00:00"), "plan.xml"))
        assert run.state == "applied"
        fresh.refresh_from_db()
        assert fresh.data_date == date(2026, 3, 11)
        assert begins(fresh.tasks.get(name="Dig")) == date(2026, 3, 11)
        # The second file asks before it moves a plan that is there.
        again = upload(cast.mara, fresh, KIND, dated("2026-03-12T08:00:00"), "plan.xml")
        assert "status_date" in {question["key"] for question in again.preview["questions"]}
        apply(cast.mara, answer(cast.mara, again, status_date="take"))
        fresh.refresh_from_db()
        assert fresh.data_date == date(2026, 3, 12)

    def test_an_imported_one_that_cannot_be_is_left_behind_and_said_so(self, cast: Cast) -> None:
        fresh = empty_project(cast.nordwind.customer, cast.mara)
        run = upload(cast.mara, fresh, KIND, dated("2026-02-01T08:00:00"), "plan.xml")
        assert "is left behind. The status date is before" in str(run.preview)


def dated(moment: str) -> bytes:
    """Return a plan of one task that starts on 2 March, with a status date."""
    return plan_xml(task_xml(1, "Dig"), head=f"<StatusDate>{moment}</StatusDate>")


class NightTests:
    def test_a_plan_goes_on_with_the_day_once(self, cast: Cast) -> None:
        let_go(cast.nordwind)
        assert plans_catch_up() == 1
        assert begins(cast.kickoff) >= today_of(cast.nordwind)
        assert begins(cast.rival_task) == STARTS_ON
        assert plans_catch_up() == 0

    def test_the_day_is_that_of_the_project(self, cast: Cast) -> None:
        let_go(
            cast.nordwind,
            time_zone="Pacific/Auckland",
            scheduled_at=datetime.fromisoformat("2026-03-02T20:00Z"),
        )
        # At ten in the evening in London it is the next morning there, as it was when the plan was computed.
        assert plans_catch_up(now=datetime.fromisoformat("2026-03-02T22:00Z")) == 0
        assert plans_catch_up(now=datetime.fromisoformat("2026-03-03T12:00Z")) == 1

    @pytest.mark.parametrize("values", [{"data_date": STARTS_ON}, {"status": ProjectStatus.CLOSED}])
    def test_what_has_a_date_of_its_own_or_is_closed_stays(self, cast: Cast, values: dict[str, Any]) -> None:
        let_go(cast.nordwind, **values)
        assert plans_catch_up() == 0
        assert begins(cast.kickoff) == STARTS_ON

    def test_a_plan_that_cannot_be_computed_holds_up_no_other_and_says_why(self, cast: Cast) -> None:
        never = WorkCalendar.objects.create(name="Never", week=[[]] * 7, exceptions={"2020-01-01": [[0, 60]]})
        let_go(cast.nordwind, calendar=never, since=timedelta(days=3))
        let_go(cast.rival)
        assert plans_catch_up() == 2
        assert begins(cast.rival_task) >= today_of(cast.rival)
        assert Job.objects.filter(kind=RESCHEDULE_JOB, project=cast.nordwind).count() == 1
        assert plans_catch_up() == 0


class OverdueTests:
    def test_a_task_whose_promised_day_has_passed_is_overdue_although_the_plan_expects_it_today(
        self, cast: Cast, login: Login
    ) -> None:
        services.baseline_take(project=cast.nordwind, name="First", actor=cast.mara, budgets={})
        let_go(cast.nordwind)
        plans_catch_up()
        assert begins(cast.kickoff) >= today_of(cast.nordwind)
        late = Task.objects.filter(project=cast.nordwind).overdue(timezone.now())
        assert {task.name for task in late} == {"Kick-off", "Set up", "Go-live"}
        page = login(cast.mara).get("/projects/nordwind/").content.decode()
        assert "tasks overdue" in page
        assert 'aria-label="Late"' in login(cast.mara).get("/projects/nordwind/plan/").content.decode()
        assert {row.state for row in milestones_of(project=cast.nordwind, as_of=today_of(cast.nordwind))} == {
            "overdue"
        }

    def test_what_nobody_promised_is_not(self, cast: Cast) -> None:
        let_go(cast.nordwind)
        plans_catch_up()
        assert not Task.objects.filter(project=cast.nordwind).overdue(timezone.now()).exists()
