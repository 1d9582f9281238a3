"""The homes of the team: what needs me is there, another tenant is not, and the page stays cheap."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from budget.choices import EntryState
from budget.models import BudgetSettings, TimeEntry
from implement.dashboard import selectors
from implement.reports.models import ReportSchedule
from implement.testkit.cast import Cast
from projects import services
from projects.choices import Role
from projects.kit.access import enter
from projects.kit.journal import record
from projects.kit.needs import Need, needs_of
from projects.kit.stations import stations_for
from projects.models import Delivery, Membership, Project, SavedView, Task, WorkCalendar
from projects.requirements.models import Requirement

Login = Callable[..., Client]
TEAM = ["ada", "mara", "tom", "fay"]


def queries_of(browser: Client, address: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert browser.get(address).status_code == 200
    return len(seen)


class PortfolioTests:
    @pytest.mark.parametrize("who", TEAM)
    def test_everybody_of_the_team_sees_the_project(self, cast: Cast, login: Login, who: str) -> None:
        page = login(getattr(cast, who)).get("/").content.decode()
        assert "Nordwind CRM" in page

    def test_a_rival_sees_nothing_of_another_tenant(self, cast: Cast, login: Login) -> None:
        page = login(cast.rita).get("/").content.decode()
        assert "Nordwind" not in page
        assert "Rival ERP" in page

    def test_without_a_baseline_the_indices_are_not_available(self, cast: Cast) -> None:
        (row,) = selectors.standings(cast.mara, [cast.nordwind], as_of=date(2026, 3, 20))
        assert row.budget.value is None
        assert row.budget.tone == "quiet"
        assert row.done is None
        assert row.reason

    def test_queries_do_not_grow_with_projects_once_warm(self, cast: Cast, login: Login) -> None:
        browser = login(cast.mara)
        browser.get("/")
        few = queries_of(browser, "/")
        for number in range(8):
            project = Project.objects.create(
                code=f"p{number}",
                name=f"P {number}",
                customer=cast.nordwind.customer,
                starts_on=date(2026, 1, 5),
            )
            Membership.objects.create(project=project, person=cast.mara.person, role=Role.MANAGER)
        browser.get("/")
        assert queries_of(browser, "/") <= few + 1

    def test_a_change_makes_the_figures_new(self, cast: Cast) -> None:
        today = timezone.localdate()
        first = selectors.standings(cast.mara, [cast.nordwind], as_of=today)[0]
        assert first.done is None
        services.baseline_take(
            project=cast.nordwind,
            name="First",
            actor=cast.mara,
            budgets={cast.setup.pk: services.TaskBudget(planned_seconds=3600, cost=Decimal(80), bill=None)},
        )
        assert selectors.standings(cast.mara, [cast.nordwind], as_of=today)[0].done == 0

    def test_my_week_counts_every_project(self, cast: Cast, login: Login) -> None:
        monday = date(2026, 3, 2)
        for project, hours in ((cast.nordwind, 6), (cast.rival, 2)):
            TimeEntry.objects.create(
                project=project, person=cast.tom.person, worked_on=monday, seconds=hours * 3600
            )
        week = selectors.my_week(cast.tom.person, as_of=monday + timedelta(days=3))
        assert (week.monday, week.logged, week.capacity, week.left) == (
            monday,
            Decimal(8),
            Decimal(40),
            Decimal(32),
        )

    def test_my_tasks_say_which_are_late(self, cast: Cast) -> None:
        (row,) = selectors.my_tasks(cast.tom, cast.tom.person, as_of=date(2027, 1, 1))
        assert row.task == cast.setup
        assert row.is_late
        assert row.planned == 40
        assert selectors.my_tasks(cast.rita, cast.tom.person, as_of=date(2027, 1, 1)) == []


class ProjectHomeTests:
    @pytest.mark.parametrize("who", TEAM)
    def test_every_role_opens_it(self, cast: Cast, login: Login, who: str) -> None:
        page = login(getattr(cast, who)).get("/projects/nordwind/").content.decode()
        assert "What needs you" in page

    def test_hours_to_approve_need_the_manager_not_their_author(self, cast: Cast) -> None:
        for person in (cast.tom.person, cast.mara.person):
            TimeEntry.objects.create(
                project=cast.nordwind, person=person, worked_on=date(2026, 3, 3), seconds=3600,
                status=EntryState.SUBMITTED,
            )  # fmt: skip
        found = {need.key: need for need in needs_of(enter(cast.mara, "nordwind", "project.view"))}
        assert found["time.approve"].count == 1
        assert "time.approve" not in {
            need.key for need in needs_of(enter(cast.tom, "nordwind", "project.view"))
        }

    def test_overdue_tasks_are_mine_or_for_the_manager_all(self, cast: Cast) -> None:
        Task.objects.filter(project=cast.nordwind).update(finish=timezone.now() - timedelta(days=3))
        manager = {need.key: need.count for need in needs_of(enter(cast.mara, "nordwind", "project.view"))}
        mine = {need.key: need.count for need in needs_of(enter(cast.tom, "nordwind", "project.view"))}
        assert manager["plan.overdue"] == 3
        assert mine["plan.overdue"] == 1
        plan = {
            stop.key: stop
            for stop in stations_for(enter(cast.mara, "nordwind", "project.view"), as_of=timezone.localdate())
        }["plan"]
        assert plan.standing.state == "trouble"
        assert "3 overdue" in plan.standing.reason

    def test_a_finished_plan_says_so(self, cast: Cast) -> None:
        Task.objects.filter(project=cast.nordwind).update(percent_complete=100)
        found = {
            stop.key: stop
            for stop in stations_for(enter(cast.mara, "nordwind", "project.view"), as_of=timezone.localdate())
        }
        assert found["plan"].words == "Done"

    def test_needs_are_worst_first(self) -> None:
        assert Need("a", "t", "trouble", 1, "/").tone == "trouble"

    def test_a_stranger_gets_not_found(self, cast: Cast, login: Login) -> None:
        assert login(cast.rita).get("/projects/nordwind/").status_code == 404


class PaletteTests:
    def found(self, browser: Client, query: str) -> str:
        return json.dumps(browser.get("/palette.json", {"q": query, "project": "nordwind"}).json())

    def test_it_finds_projects_tasks_and_pages(self, cast: Cast, login: Login) -> None:
        browser = login(cast.mara)
        assert "/projects/nordwind/" in self.found(browser, "nordw")
        assert f"/tasks/{cast.setup.pk}/" in self.found(browser, "set up")
        assert "/me/" in self.found(browser, "account")

    @pytest.mark.parametrize("who", ["rita", "rolf"])
    @pytest.mark.parametrize("query", ["", "nordwind", "set up", "kick"])
    def test_a_rival_finds_nothing_of_another_tenant(
        self, cast: Cast, login: Login, who: str, query: str
    ) -> None:
        answer = self.found(login(getattr(cast, who)), query)
        assert "ordwind" not in answer
        assert "Set up" not in answer
        assert "Kick" not in answer

    def test_a_customer_finds_the_portal_only(self, cast: Cast, login: Login) -> None:
        answer = self.found(login(cast.carla), "")
        assert "/portal/nordwind/" in answer
        assert "/projects/" not in answer
        assert "/customers/" not in answer
        assert "Set up" not in self.found(login(cast.carla), "set up")


class NotificationsTests:
    def notice(self, cast: Cast) -> Delivery:
        with transaction.atomic():
            record(
                action="task.changed",
                target=cast.setup,
                actor=cast.mara,
                project=cast.nordwind,
                notify=[cast.tom],
            )
        return Delivery.objects.get(user=cast.tom)

    def test_a_notice_is_read_when_the_person_says_so(self, cast: Cast, login: Login) -> None:
        notice = self.notice(cast)
        browser = login(cast.tom)
        assert "Set up" in browser.get("/notifications/").content.decode()
        browser.post("/notifications/", {"notice": notice.pk})
        notice.refresh_from_db()
        assert notice.read_at is not None
        assert "All read" in browser.get("/notifications/?show=unread").content.decode()

    def test_all_at_once(self, cast: Cast, login: Login) -> None:
        notice = self.notice(cast)
        login(cast.tom).post("/notifications/")
        notice.refresh_from_db()
        assert notice.read_at is not None

    @pytest.mark.parametrize("value", ["x", "9" * 40, "-1"])
    def test_nobody_reads_or_marks_the_notices_of_others(self, cast: Cast, login: Login, value: str) -> None:
        notice = self.notice(cast)
        browser = login(cast.rita)
        assert "Set up" not in browser.get("/notifications/").content.decode()
        for chosen in (notice.pk, value):
            assert browser.post("/notifications/", {"notice": chosen}).status_code == 302
        notice.refresh_from_db()
        assert notice.read_at is None

    def test_a_project_one_has_left_is_named_but_not_linked(self, cast: Cast, login: Login) -> None:
        self.notice(cast)
        Membership.objects.filter(person=cast.tom.person).update(is_active=False)
        page = login(cast.tom).get("/notifications/").content.decode()
        assert "Nordwind CRM" in page
        assert 'href="/projects/nordwind/"' not in page


class SavedViewsTests:
    def test_views_are_listed_opened_and_forgotten(self, cast: Cast, login: Login) -> None:
        mine = SavedView.objects.create(user=cast.mara, page="task", name="Late", query="is_critical=true")
        theirs = SavedView.objects.create(user=cast.tom, page="gone", name="Tom's", query="")
        browser = login(cast.mara)
        page = browser.get("/views/").content.decode()
        assert "/projects/nordwind/tasks/?is_critical=true" in page
        assert "Tom" not in page
        browser.post("/views/", {"forget": theirs.pk})
        browser.post("/views/", {"forget": mine.pk})
        assert list(SavedView.objects.values_list("name", flat=True)) == ["Tom's"]
        assert login(cast.tom).get("/views/").status_code == 200


class RailTests:
    def test_each_place_tells_how_far_it_is_to_who_may_see_it(self, cast: Cast, login: Login) -> None:
        page = login(cast.mara).get("/projects/nordwind/rail/?room=plan")
        text = page.content.decode()
        assert 'aria-label="In trouble"' in text
        assert "3 overdue, 0 of 3 tasks done" in text
        assert '/projects/nordwind/plan/" aria-current' in text.replace("'", '"')
        assert "private" in page["Cache-Control"]
        assert "None made yet" not in login(cast.tom).get("/projects/nordwind/rail/").content.decode()

    def test_it_is_closed_to_strangers_and_customers(self, cast: Cast, login: Login) -> None:
        assert login(cast.rita).get("/projects/nordwind/rail/").status_code == 404
        assert login(cast.carla).get("/projects/nordwind/rail/").status_code == 403


class RecentTests:
    def labels(self, browser: Client) -> list[str]:
        groups = json.loads(browser.get("/palette.json").content)["groups"]
        return [item["label"] for group in groups if group["title"] == "Recent" for item in group["items"]]

    def test_what_i_changed_last_comes_first_and_what_is_gone_does_not(
        self, cast: Cast, login: Login
    ) -> None:
        for task in (cast.kickoff, cast.setup, cast.kickoff, cast.go_live):
            task.description = f"{task.description} more"
            services.task_save(task=task, actor=cast.mara)
        services.task_delete(task=cast.setup, actor=cast.mara)
        labels = self.labels(login(cast.mara))
        assert labels[0].endswith("Go-live")
        assert labels[1].endswith("Kick-off")
        assert len(labels) == 2
        assert self.labels(login(cast.tom)) == []

    def test_a_project_one_has_left_is_forgotten(self, cast: Cast, login: Login) -> None:
        services.task_save(task=cast.setup, actor=cast.mara)
        cast.setup.description = "x"
        services.task_save(task=cast.setup, actor=cast.mara)
        Membership.objects.filter(person__user=cast.mara).update(is_active=False)
        assert self.labels(login(cast.mara)) == []


class SetupTests:
    def test_a_new_project_says_what_is_next_until_nothing_is(self, cast: Cast, login: Login) -> None:
        browser = login(cast.mara)
        page = browser.get("/projects/nordwind/")
        done = {step.label: step.is_done for step in page.context["steps"]}
        assert done["Add the tasks, or import the plan"]
        assert not done["Take the agreed plan as a baseline"]
        assert "Set up this project" in page.content.decode()
        for step in page.context["steps"]:
            assert browser.get(step.url).status_code == 200, step.label
        services.baseline_take(project=cast.nordwind, name="Contract", actor=None, budgets={})
        BudgetSettings.objects.update_or_create(project=cast.nordwind, defaults={"agreed_fees": 1000})
        Requirement.objects.create(
            project=cast.nordwind, number=1, title="Orders", statement="It shall print."
        )
        calendar = WorkCalendar.objects.create(name="Own", project=cast.nordwind, week=[[[540, 1080]]] * 7)
        Project.objects.filter(pk=cast.nordwind.pk).update(calendar=calendar)
        ReportSchedule.objects.create(
            project=cast.nordwind,
            kind="status",
            audience="internal",
            anchor=date(2026, 3, 2),
            time="07:00",
            time_zone="UTC",
        )
        assert "Set up this project" not in browser.get("/projects/nordwind/").content.decode()

    def test_it_is_not_for_who_cannot_do_it(self, cast: Cast, login: Login) -> None:
        assert "Set up this project" not in login(cast.tom).get("/projects/nordwind/").content.decode()
