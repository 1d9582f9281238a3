"""People's calendars and absences: plans follow them, others do not read them, nothing is half-saved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from implement.accounts.models import User
from implement.core.errors import DomainError
from implement.testkit.api import Api, assert_problem
from implement.testkit.cast import Cast
from projects import services
from projects.choices import AbsenceKind, JobState
from projects.gantt.state import read_plan
from projects.kit import jobs
from projects.models import (
    Absence,
    Assignment,
    Dependency,
    Job,
    JournalEntry,
    Person,
    Project,
    Task,
    WorkCalendar,
)
from projects.planning import Availability, task_calendars, working_calendar, zone_of
from projects.services import scheduling

pytestmark = pytest.mark.django_db
Login = Callable[[User], Client]
DAY = [[540, 780], [840, 1080]]
FOUR_DAYS = [DAY] * 4 + [[], [], []]
# Tom's task “Set up” begins on Tuesday, 3 March 2026 and takes five days.
MONDAY, FRIDAY = date(2026, 3, 9), date(2026, 3, 13)


def away(user: User, first: date, last: date | None = None, **more: Any) -> Absence:
    return services.absence_save(
        absence=Absence(person=user.person, first=first, last=last or first, **more), actor=user
    )


def dates(task: Task) -> tuple[datetime, datetime]:
    """Return start and finish on the project's clock."""
    task = Task.objects.select_related("project").get(pk=task.pk)
    assert task.start is not None
    assert task.finish is not None
    zone = zone_of(task.project)
    return task.start.astimezone(zone).replace(tzinfo=None), task.finish.astimezone(zone).replace(tzinfo=None)


def four_days(person: Person) -> None:
    person.calendar = WorkCalendar.objects.create(name="Four days", week=FOUR_DAYS)
    services.person_save(person=person, actor=None)


@pytest.fixture
def five_days(cast: Cast) -> Task:
    """Tom's task of five days, from Monday, 9 March to Friday, 13 March."""
    task = Task.objects.get(pk=cast.setup.pk)
    task.duration_minutes = 5 * 480
    task.constraint, task.constraint_at = "SNET", datetime(2026, 3, 9, tzinfo=zone_of(cast.nordwind))
    services.task_save(task=task, actor=cast.mara)
    assert dates(task) == (datetime(2026, 3, 9, 9), datetime(2026, 3, 13, 18))
    return task


class PlanFollowsTests:
    def test_nobody_differs_and_every_task_works_as_before(self, cast: Cast) -> None:
        tasks = list(Task.objects.filter(project=cast.nordwind))
        usual = working_calendar(cast.nordwind.calendar)
        assert set(task_calendars(project=cast.nordwind, tasks=tasks).values()) == {usual}
        assert Availability([cast.tom.person]).calendar(cast.tom.person.pk, usual) == usual

    def test_an_absence_moves_the_finish_and_its_end_moves_it_back(self, cast: Cast, five_days: Task) -> None:
        absence = away(cast.tom, date(2026, 3, 11), date(2026, 3, 12))
        assert dates(five_days)[1] == datetime(2026, 3, 17, 18)
        services.absence_delete(absence=absence, actor=cast.tom)
        assert dates(five_days)[1] == datetime(2026, 3, 13, 18)

    def test_hours_away_move_it_by_hours(self, cast: Cast, five_days: Task) -> None:
        away(cast.tom, MONDAY, times=[[840, 960]])
        away(cast.tom, date(2026, 3, 10), minutes=60)
        assert dates(five_days)[1] == datetime(2026, 3, 16, 12)

    def test_four_days_a_week_take_longer_and_are_the_capacity(self, cast: Cast, five_days: Task) -> None:
        four_days(cast.tom.person)
        assert dates(five_days)[1] == datetime(2026, 3, 16, 18)
        cast.tom.person.refresh_from_db()
        assert cast.tom.person.weekly_hours == 32

    def test_a_task_works_when_one_of_its_people_does(self, cast: Cast, five_days: Task) -> None:
        away(cast.tom, MONDAY, FRIDAY)
        assert dates(five_days)[0] == datetime(2026, 3, 16, 9)
        services.assignment_save(
            assignment=Assignment(task=five_days, person=cast.tess.person), actor=cast.mara
        )
        assert dates(five_days)[0] == datetime(2026, 3, 9, 9)
        row = Assignment.objects.get(task=five_days, person=cast.tess.person)
        services.assignment_delete(assignment=row, actor=cast.mara)
        assert dates(five_days)[0] == datetime(2026, 3, 16, 9)

    def test_a_task_may_ignore_its_people(self, cast: Cast, five_days: Task) -> None:
        away(cast.tom, MONDAY, FRIDAY)
        task = Task.objects.get(pk=five_days.pk)
        task.ignores_people = True
        services.task_save(task=task, actor=cast.mara)
        assert dates(five_days) == (datetime(2026, 3, 9, 9), datetime(2026, 3, 13, 18))

    def test_a_task_s_own_calendar_limits_its_people_s(self, cast: Cast, five_days: Task) -> None:
        mornings = WorkCalendar.objects.create(
            project=cast.nordwind, name="Mornings", week=[[[540, 780]]] * 5 + [[], []]
        )
        task = Task.objects.get(pk=five_days.pk)
        task.calendar = mornings
        services.task_save(task=task, actor=cast.mara)
        # Ten mornings; from Monday to Thursday only, they end on a Monday two weeks later.
        assert dates(five_days)[1] == datetime(2026, 3, 20, 13)
        four_days(cast.tom.person)
        assert dates(five_days)[1] == datetime(2026, 3, 24, 13)

    def test_a_task_nobody_can_work_on_is_named_with_the_reason(self, cast: Cast, five_days: Task) -> None:
        weekend = WorkCalendar.objects.create(
            project=cast.nordwind, name="Weekend", week=[[]] * 5 + [DAY, DAY]
        )
        task = Task.objects.get(pk=five_days.pk)
        task.calendar = weekend
        services.task_save(task=task, actor=cast.mara)
        before = dates(five_days)
        with pytest.raises(
            DomainError, match=r"Nordwind CRM cannot follow\. “2 Set up” can never be worked on"
        ):
            four_days(cast.tom.person)
        cast.tom.person.refresh_from_db()
        assert cast.tom.person.calendar is None
        assert dates(five_days) == before

    def test_a_calendar_of_the_firm_moves_every_plan_that_works_by_it(
        self, cast: Cast, five_days: Task
    ) -> None:
        four_days(cast.tom.person)
        calendar = WorkCalendar.objects.get(name="Four days")
        calendar.week = [DAY] * 3 + [[]] * 4
        services.firm_calendar_save(calendar=calendar, actor=cast.ada)
        assert dates(five_days)[1] == datetime(2026, 3, 17, 18)
        cast.tom.person.refresh_from_db()
        assert cast.tom.person.weekly_hours == 24

    def test_big_plans_are_left_to_a_worker_and_nothing_is_lost(
        self, cast: Cast, five_days: Task, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(scheduling, "RESCHEDULED_AT_ONCE", 1)
        away(cast.tom, MONDAY)
        assert dates(five_days)[0] == datetime(2026, 3, 9, 9)
        job = Job.objects.get(kind=scheduling.RESCHEDULE_JOB, project=cast.nordwind)
        assert jobs.run(str(job.pk))
        job.refresh_from_db()
        assert job.state == JobState.DONE
        assert dates(five_days)[0] == datetime(2026, 3, 10, 9)

    def test_a_plan_that_cannot_be_computed_keeps_no_absence_from_being_noted(
        self, cast: Cast, five_days: Task
    ) -> None:
        # The project's own trouble, which whoever is away may not know of.
        broken = WorkCalendar.objects.create(project=cast.nordwind, name="Broken", week=[[]] * 7)
        Project.objects.filter(pk=cast.nordwind.pk).update(calendar=broken)
        assert away(cast.tom, MONDAY).pk
        job = Job.objects.get(kind=scheduling.RESCHEDULE_JOB)
        jobs.run(str(job.pk))
        job.refresh_from_db()
        assert job.state == JobState.FAILED
        assert "no working time" in job.error


class NamedTests:
    """What keeps a plan from being computed is told by the names that people gave."""

    def test_a_circle_through_a_summary_is_told_by_its_path(self, cast: Cast) -> None:
        phase = services.task_save(task=Task(project=cast.nordwind, name="Phase"), actor=cast.mara)
        inside = services.task_save(
            task=Task(project=cast.nordwind, name="Inside", parent=phase), actor=cast.mara
        )
        services.dependency_save(link=Dependency(predecessor=cast.go_live, successor=phase), actor=cast.mara)
        with pytest.raises(DomainError, match=r"wait for each other: .*Set up → .*Go-live → .*Phase") as told:
            services.dependency_save(
                link=Dependency(predecessor=inside, successor=cast.setup), actor=cast.mara
            )
        assert "Inside" in told.value.message

    def test_a_calendar_without_a_working_day_is_told_with_its_task(self, cast: Cast) -> None:
        never = WorkCalendar.objects.create(
            project=cast.nordwind, name="Never", week=[[]] * 7, exceptions={"2020-01-01": [[0, 60]]}
        )
        task = Task.objects.get(pk=cast.setup.pk)
        task.calendar, task.ignores_people = never, True
        with pytest.raises(DomainError, match="“2 Set up”: Calendar “Never” has no working time at all"):
            services.task_save(task=task, actor=cast.mara)
        assert Task.objects.get(pk=task.pk).calendar is None

    def test_a_lead_past_the_start_of_the_project_begins_with_it(self, cast: Cast) -> None:
        link = Dependency.objects.get(successor=cast.setup)
        link.lag_minutes = -60 * 480
        services.dependency_save(link=link, actor=cast.mara)
        assert dates(cast.setup)[0] == datetime(2026, 3, 2, 9)


class RefusalTests:
    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"first": FRIDAY, "last": MONDAY}, "last"),
            ({"last": date(2027, 3, 10)}, "last"),
            ({"times": [[600, 500]]}, "times"),
            ({"times": [[600, 1500]]}, "times"),
            ({"times": [[600, 700], [650, 800]]}, "times"),
            ({"times": "all"}, "times"),
            ({"times": [[600, 700]], "minutes": 60}, "minutes"),
            ({"minutes": 0}, "__all__"),
            ({"minutes": 1441}, "__all__"),
            ({"kind": "strike"}, "kind"),
        ],
    )
    def test_days_and_hours_that_cannot_be(self, cast: Cast, wrong: dict[str, Any], field: str) -> None:
        values: dict[str, Any] = {"first": MONDAY, "last": FRIDAY} | wrong
        with pytest.raises(DomainError) as refused:
            services.absence_save(absence=Absence(person=cast.tom.person, **values), actor=cast.tom)
        assert field in refused.value.fields
        assert not Absence.objects.exists()

    def test_two_at_once_unless_at_other_hours(self, cast: Cast) -> None:
        away(cast.tom, MONDAY, FRIDAY, times=[[540, 660]])
        away(cast.tom, MONDAY, times=[[660, 720]])
        with pytest.raises(DomainError, match="Tom Team is away already: 09 Mar"):
            away(cast.tom, FRIDAY, date(2026, 3, 20))
        away(cast.tess, MONDAY)

    def test_it_stays_with_its_person(self, cast: Cast) -> None:
        absence = away(cast.tom, MONDAY)
        absence.person = cast.tess.person
        with pytest.raises(DomainError) as refused:
            services.absence_save(absence=absence, actor=cast.mara)
        assert "person" in refused.value.fields

    def test_a_calendar_without_work_or_of_somebody_else(self, cast: Cast) -> None:
        person = cast.tom.person
        for calendar in (
            WorkCalendar.objects.create(name="Never", week=[[]] * 7),
            WorkCalendar.objects.create(name="Tess's", person=cast.tess.person),
            WorkCalendar.objects.create(name="The project's", project=cast.nordwind),
        ):
            person.calendar = calendar
            with pytest.raises(DomainError) as refused:
                services.person_save(person=person, actor=cast.ada)
            assert "calendar" in refused.value.fields


class PageTests:
    FORM = {"kind": "sick", "first": "2026-03-09", "last": "", "times": "", "minutes": "", "note": "Flu"}

    def test_ones_own_from_first_to_last(self, cast: Cast, five_days: Task, login: Login) -> None:
        browser = login(cast.tom)
        assert browser.post("/me/absences/", self.FORM).status_code == 302
        absence = Absence.objects.get()
        assert (absence.person, absence.first, absence.last) == (cast.tom.person, MONDAY, MONDAY)
        page = browser.get("/me/absences/").content.decode()
        assert "9 Mar 2026" in page
        url = reverse("absence_own", args=[absence.pk])
        changed = self.FORM | {"times": "14-18", "version": absence.version}
        assert browser.post(url, changed).status_code == 302
        absence.refresh_from_db()
        assert absence.times == [[840, 1080]]
        assert dates(five_days)[1] == datetime(2026, 3, 16, 13)
        assert browser.post(url, {"forget": "yes"}).status_code == 302
        assert not Absence.objects.exists()

    def test_a_mistake_is_told_beside_its_field_and_a_stale_save_is_no_loss(
        self, cast: Cast, login: Login
    ) -> None:
        browser = login(cast.tom)
        wrong = browser.post("/me/absences/", self.FORM | {"last": "2026-03-01"})
        assert wrong.status_code == 422
        assert "Choose a later day." in wrong.content.decode()
        absence = away(cast.tom, MONDAY)
        url = reverse("absence_own", args=[absence.pk])
        assert browser.post(url, self.FORM | {"version": 7}).status_code == 409

    def test_nobody_elses(self, cast: Cast, login: Login) -> None:
        url = reverse("absence_own", args=[away(cast.tom, MONDAY).pk])
        for user in (cast.tess, cast.mara, cast.carla, cast.rita):
            assert login(user).get(url).status_code == 404
            assert login(user).post(url, {"forget": "yes"}).status_code == 404

    def test_the_manager_enters_them_for_the_projects_people_only(self, cast: Cast, login: Login) -> None:
        browser, url = login(cast.mara), "/projects/nordwind/absences/add/"
        theirs = self.FORM | {"person": cast.rita.person.pk}
        assert browser.post(url, theirs).status_code == 422
        assert browser.post(url, self.FORM | {"person": cast.tom.person.pk}).status_code == 302
        assert "Flu" in browser.get("/projects/nordwind/absences/").content.decode()
        away(cast.rita, MONDAY, note="Secret")
        assert "Secret" not in browser.get("/projects/nordwind/absences/").content.decode()

    def test_the_reason_is_in_no_history_and_on_no_page_of_the_team(
        self, cast: Cast, five_days: Task, login: Login
    ) -> None:
        away(cast.tom, MONDAY, kind=AbsenceKind.SICK, note="Broken leg")
        told = str(list(JournalEntry.objects.filter(target_type="projects.absence").values()))
        assert "Broken leg" not in told
        assert "sick" not in told
        for user in (cast.tess, cast.fay, cast.carla):
            assert login(user).get("/projects/nordwind/absences/").status_code == 403

    def test_an_administrator_gives_a_calendar_a_week_and_absences(self, cast: Cast, login: Login) -> None:
        browser, person = login(cast.ada), cast.tess.person
        week = {f"day_{number}": "09:00-13:00" if number < 4 else "" for number in range(7)}
        url = reverse("person_week", args=[person.pk])
        assert browser.post(url, week | {"country": "DE", "subdivision": "by"}).status_code == 302
        person.refresh_from_db()
        assert person.weekly_hours == 16
        assert person.calendar.subdivision == "BY"
        assert browser.post(url, dict.fromkeys(week, "") | {"country": ""}).status_code == 422
        url = reverse("workcalendar_add")
        assert browser.post(url, week | {"name": "Mornings", "country": ""}).status_code == 302
        assert "Mornings" in browser.get(reverse("workcalendar_list")).content.decode()
        page = browser.get(reverse("person_edit", args=[person.pk])).content.decode()
        assert "Mornings" in page
        assert f"Hours of {person}" in page
        assert browser.post(reverse("person_absences", args=[person.pk]), self.FORM).status_code == 302
        assert login(cast.mara).get(reverse("person_absences", args=[person.pk])).status_code == 403
        # A person's own week is offered to nobody else, and to no project.
        other = browser.get(reverse("person_edit", args=[cast.tom.person.pk])).content.decode()
        assert f"Hours of {person}" not in other
        assert f"Hours of {person}" not in browser.get("/projects/nordwind/settings/").content.decode()


class ApiTests:
    def test_own_managed_and_hidden(self, cast: Cast, api: Api) -> None:
        mine, rivals = away(cast.tom, MONDAY), away(cast.rita, MONDAY)
        for user, seen in ((cast.tom, {mine.pk}), (cast.mara, {mine.pk}), (cast.tess, set()),
                           (cast.carla, set()), (cast.ada, {mine.pk, rivals.pk})):  # fmt: skip
            rows = api(user).get("/api/v1/absences/").json()["results"]
            assert {row["id"] for row in rows} == seen
        assert api(cast.tess).get(f"/api/v1/absences/{mine.pk}/").status_code == 404

    def test_writing(self, cast: Cast, five_days: Task, api: Api) -> None:
        said = {"person": cast.tom.person.pk, "kind": "training", "first": "2026-03-09", "last": "2026-03-10"}
        made = api(cast.mara).post("/api/v1/absences/", said, format="json")
        assert made.status_code == 201
        assert dates(five_days)[0] == datetime(2026, 3, 11, 9)
        url = f"/api/v1/absences/{made.json()['id']}/"
        assert_problem(api(cast.mara).post("/api/v1/absences/", said, format="json"), 400, "first")
        wrong = said | {"person": cast.rita.person.pk}
        assert_problem(api(cast.mara).post("/api/v1/absences/", wrong, format="json"), 400, "person")
        assert_problem(api(cast.tess).post("/api/v1/absences/", said, format="json"), 400, "person")
        assert_problem(api(cast.tom).patch(url, {"last": "2026-03-01"}, format="json"), 400, "last")
        stale = api(cast.tom).patch(url, {"note": "x"}, format="json", HTTP_IF_MATCH='"9"')
        assert_problem(stale, 412)
        reader = api(cast.tom, "read")
        assert reader.get(url).status_code == 200
        assert reader.delete(url).status_code == 403
        assert api(cast.tom).delete(url).status_code == 204

    def test_a_person_s_calendar_and_the_firm_s(self, cast: Cast, api: Api) -> None:
        admin = api(cast.ada)
        made = admin.post("/api/v1/working-calendars/", {"name": "Short", "week": FOUR_DAYS}, format="json")
        assert made.status_code == 201
        own_days = {"exceptions": {"2026-03-04": [[540, 600]]}, "day_names": {"2026-03-04": "Stocktaking"}}
        days = admin.patch(f"/api/v1/working-calendars/{made.json()['id']}/", own_days, format="json").json()
        assert {name: days[name] for name in own_days} == own_days
        url = f"/api/v1/people/{cast.tom.person.pk}/"
        changed = admin.patch(url, {"calendar": made.json()["id"], "weekly_hours": "40.00"}, format="json")
        assert changed.json()["weekly_hours"] == "32.00"
        own = WorkCalendar.objects.create(name="Tess's", person=cast.tess.person)
        assert_problem(admin.patch(url, {"calendar": own.pk}, format="json"), 400, "calendar")
        assert_problem(
            admin.post("/api/v1/working-calendars/", {"name": "x", "week": [[]] * 7}, format="json"),
            400,
            "week",
        )
        assert api(cast.mara).get("/api/v1/working-calendars/").status_code == 403


class PreviewTests:
    def test_the_plan_s_page_tries_out_who_is_on_a_task_by_their_time(
        self, cast: Cast, five_days: Task
    ) -> None:
        away(cast.tom, MONDAY, FRIDAY)
        state = read_plan(cast.nordwind)
        assert state.calendar_of(state.by_id[five_days.pk]).intervals(MONDAY) == ()
        state.people[five_days.pk] = [cast.tess.person.pk]
        state.is_computed = False
        state.compute()
        assert state.day(state.by_id[five_days.pk].start) == MONDAY
        assert dates(five_days)[0] == datetime(2026, 3, 16, 9)
