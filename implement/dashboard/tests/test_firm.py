"""The firm's own pages and a project's settings: administrators and managers, nobody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from implement.core.errors import DomainError
from implement.dashboard.forms import IntervalsField
from implement.testkit.cast import Cast
from projects import services
from projects.models import Customer, JournalEntry, Person, Project, Task, WorkCalendar

Login = Callable[..., Client]
FIRM = ["/customers/", "/customers/add/", "/people/", "/people/add/", "/projects/add/"]


class DoorTests:
    @pytest.mark.parametrize("page", FIRM)
    def test_only_administrators_enter(self, cast: Cast, login: Login, page: str) -> None:
        assert login(cast.ada).get(page).status_code == 200
        for who in (cast.mara, cast.tom, cast.fay, cast.carla, cast.rita):
            assert login(who).get(page).status_code == 403
            assert login(who).post(page).status_code in {403, 405}

    @pytest.mark.parametrize("page", ["settings", "calendar"])
    def test_settings_are_the_managers(self, cast: Cast, login: Login, page: str) -> None:
        url = f"/projects/nordwind/{page}/"
        assert login(cast.mara).get(url).status_code == login(cast.ada).get(url).status_code == 200
        for who in (cast.tom, cast.fay, cast.carla):
            assert login(who).get(url).status_code == 403
        assert login(cast.rita).get(url).status_code == 404


class CustomersAndPeopleTests:
    def test_a_customer_is_added_found_and_changed(self, cast: Cast, login: Login) -> None:
        browser = login(cast.ada)
        assert browser.post("/customers/add/", {"name": "Solara"}).status_code == 302
        row = Customer.objects.get(name="Solara")
        page = browser.get("/customers/?q=sola").content.decode()
        assert "Solara" in page
        assert "Rival Retail" not in page
        assert browser.get(f"/customers/{row.pk}/").status_code == 200
        browser.post(f"/customers/{row.pk}/", {"name": "Solara AG", "version": row.version})
        assert Customer.objects.filter(name="Solara AG").exists()
        assert JournalEntry.objects.filter(action="customer.changed").exists()

    def test_a_name_that_is_taken_is_said_beside_the_field(self, cast: Cast, login: Login) -> None:
        response = login(cast.ada).post("/customers/add/", {"name": "Nordwind Foods"})
        assert response.status_code == 422
        assert "already" in response.content.decode()

    def test_a_stale_save_is_told(self, cast: Cast, login: Login) -> None:
        row = cast.nordwind.customer
        Customer.objects.filter(pk=row.pk).update(notes="theirs", version=2)
        data = {"name": "Mine", "version": 1}
        response = login(cast.ada).post(f"/customers/{row.pk}/", data)
        assert response.status_code == 409
        assert "newer version" in response.content.decode()

    def test_a_person_is_added_and_invited(self, cast: Cast, login: Login) -> None:
        browser = login(cast.ada)
        data = {"name": "Nora", "email": "nora@example.test", "weekly_hours": "40", "is_active": "on"}
        assert browser.post("/people/add/", data).status_code == 302
        person = Person.objects.get(name="Nora")
        assert browser.post(f"/people/{person.pk}/invite/").status_code == 302
        assert mail.outbox[-1].to == ["nora@example.test"]
        page = browser.get(f"/people/{person.pk}/").content.decode()
        assert "Invited" in page
        assert "Withdraw" in page
        browser.post(f"/people/{person.pk}/invite/", {"withdraw": "yes"})
        assert "Invitation needed" in browser.get("/people/?q=nora").content.decode()

    def test_who_cannot_be_invited_is_told_why(self, cast: Cast) -> None:
        nobody = Person.objects.create(name="No Mail")
        gone = Person.objects.create(name="Gone", email="gone@example.test", is_active=False)
        double = Person(name="Double", email=cast.tom.email)
        for person in (nobody, gone, double):
            with pytest.raises(DomainError):
                services.person_login(person=person, actor=cast.ada)

    def test_people_cost_the_same_queries_however_many(
        self, cast: Cast, login: Login, django_assert_max_num_queries: Callable[..., object]
    ) -> None:
        Person.objects.bulk_create(Person(name=f"P {number}") for number in range(40))
        browser = login(cast.ada)
        with django_assert_max_num_queries(16):  # type: ignore[attr-defined]
            browser.get("/people/")


class NewProjectTests:
    def test_it_opens_with_its_manager(self, cast: Cast, login: Login) -> None:
        data = {
            "name": "Solara HR", "code": "solara", "customer": cast.nordwind.customer.pk, "phase": "implement",
            "starts_on": "2026-06-01", "currency": "EUR", "time_zone": "UTC", "customer_budget": "fees",
            "manager": cast.mara.person.pk,
        }  # fmt: skip
        response = login(cast.ada).post("/projects/add/", data)
        assert response.status_code == 302, response.content.decode()
        assert response["Location"] == "/projects/solara/"
        assert login(cast.mara).get("/projects/solara/").status_code == 200

    def test_a_taken_code_or_a_wrong_finish_is_refused(self, cast: Cast, login: Login) -> None:
        data = {"name": "X", "code": "nordwind", "customer": cast.nordwind.customer.pk, "phase": "implement",
                "starts_on": "2026-06-01", "ends_on": "2026-05-01", "currency": "EUR", "time_zone": "UTC",
                "customer_budget": "fees", "manager": cast.mara.person.pk}  # fmt: skip
        assert login(cast.ada).post("/projects/add/", data).status_code == 422
        assert Project.objects.count() == 2


class SettingsTests:
    DATA = {"name": "New name", "phase": "adopt", "starts_on": "2026-03-09", "data_date": "2026-03-09",
            "currency": "EUR", "time_zone": "Europe/Berlin", "customer_budget": "hours"}  # fmt: skip

    def test_changing_the_start_moves_the_plan(self, cast: Cast, login: Login) -> None:
        response = login(cast.mara).post(
            "/projects/nordwind/settings/", self.DATA | {"version": cast.nordwind.version}
        )
        assert response.status_code == 302, response.content.decode()
        cast.nordwind.refresh_from_db()
        assert cast.nordwind.name == "New name"
        start = Task.objects.get(pk=cast.kickoff.pk).start
        assert start is not None
        assert start.date() == date(2026, 3, 9)

    def test_a_stale_form_is_told(self, cast: Cast, login: Login) -> None:
        Project.objects.filter(pk=cast.nordwind.pk).update(version=7)
        response = login(cast.mara).post("/projects/nordwind/settings/", self.DATA | {"version": 1})
        assert response.status_code == 409

    def test_nonsense_is_refused(self, cast: Cast, login: Login) -> None:
        url = "/projects/nordwind/settings/"
        for wrong in ({"currency": "XXY"}, {"ends_on": "2020-01-01"}, {"calendar": "999"}):
            assert login(cast.mara).post(url, self.DATA | wrong).status_code == 422


class CalendarTests:
    URL = "/projects/nordwind/calendar/"
    WEEK = {f"day_{number}": "08:00-12:00, 13:00-17:00" for number in range(4)}

    def test_a_week_and_holidays_of_ones_own(self, cast: Cast, login: Login) -> None:
        browser = login(cast.mara)
        response = browser.post(self.URL, self.WEEK | {"country": "DE", "subdivision": "by"})
        assert response.status_code == 302, response.content.decode()
        cast.nordwind.refresh_from_db()
        calendar = cast.nordwind.calendar
        assert calendar is not None
        assert calendar.project == cast.nordwind
        assert calendar.week[0] == [[480, 720], [780, 1020]]
        assert calendar.week[4] == []
        assert (calendar.country, calendar.subdivision) == ("DE", "BY")
        page = browser.get(self.URL).content.decode()
        assert "08:00-12:00, 13:00-17:00" in page
        assert "Public holidays in Germany" in page
        assert "Corpus Christi" in page

    def test_a_shared_calendar_is_copied_not_changed(self, cast: Cast, login: Login) -> None:
        shared = WorkCalendar.objects.create(name="Firm", week=[[[540, 1020]]] * 5 + [[], []])
        Project.objects.filter(pk=cast.nordwind.pk).update(calendar=shared)
        browser = login(cast.mara)
        assert "shared calendar" in browser.get(self.URL).content.decode()
        browser.post(self.URL, self.WEEK)
        shared.refresh_from_db()
        assert shared.week[0] == [[540, 1020]]
        assert WorkCalendar.objects.filter(project=cast.nordwind).count() == 1

    @pytest.mark.parametrize(
        "wrong",
        [{"day_0": "nine to five"}, {"day_0": "12:00-08:00"}, {"day_0": "08:00-12:00, 11:00-13:00"}, {"country": "QQ"},
         {"day_0": "08:00-25:00"}, {"country": "DE", "subdivision": "ZZ"}],
    )  # fmt: skip
    def test_nonsense_changes_nothing(self, cast: Cast, login: Login, wrong: dict[str, str]) -> None:
        assert login(cast.mara).post(self.URL, self.WEEK | wrong).status_code == 422
        assert not WorkCalendar.objects.exists()

    def test_a_week_without_work_is_refused(self, cast: Cast, login: Login) -> None:
        response = login(cast.mara).post(self.URL, {})
        assert response.status_code == 422
        assert "never end" in response.content.decode()

    def test_a_stale_calendar_is_told(self, cast: Cast, login: Login) -> None:
        browser = login(cast.mara)
        browser.post(self.URL, self.WEEK)
        WorkCalendar.objects.update(version=9)
        assert browser.post(self.URL, self.WEEK | {"day_4": "08:00-10:00", "version": "1"}).status_code == 409

    def test_days_off_move_the_plan_and_can_be_taken_back(self, cast: Cast, login: Login) -> None:
        browser = login(cast.mara)
        url = f"{self.URL}exceptions/"
        before = Task.objects.get(pk=cast.setup.pk).finish
        assert browser.post(url, {"first": "2026-03-03", "last": "2026-03-05"}).status_code == 302
        later = Task.objects.get(pk=cast.setup.pk).finish
        assert before is not None
        assert later is not None
        assert later > before
        assert "Day off" in browser.get(self.URL).content.decode()
        for day in ("2026-03-03", "2026-03-04", "2026-03-05"):
            browser.post(url, {"first": day, "remove": "yes"})
        assert Task.objects.get(pk=cast.setup.pk).finish == before
        assert browser.get(url).status_code == 302

    def test_days_in_a_row_are_one_line_with_their_name(self, cast: Cast, login: Login) -> None:
        browser = login(cast.mara)
        url = f"{self.URL}exceptions/"
        browser.post(url, {"name": "  Year's   end ", "first": "2031-12-24", "last": "2031-12-31"})
        page = browser.get(self.URL).content.decode()
        assert page.count("Year&#x27;s end · Day off") == 1
        assert "Wed, 24 Dec 2031 – Wed, 31 Dec 2031" in page
        browser.post(url, {"first": "2031-12-24", "last": "2031-12-31", "remove": "yes"})
        calendar = WorkCalendar.objects.get()
        assert (calendar.exceptions, calendar.day_names) == ({}, {})

    def test_shorter_hours_for_a_month_leave_weekends_and_holidays_off(
        self, cast: Cast, login: Login
    ) -> None:
        browser = login(cast.mara)
        browser.post(self.URL, self.WEEK | {"day_4": "08:00-12:00", "country": "DE"})
        url = f"{self.URL}exceptions/"
        browser.post(url, {"first": "2026-05-01", "last": "2026-05-05", "times": "08-10"})
        calendar = WorkCalendar.objects.get()
        # Friday is Labour Day, then a weekend.
        assert calendar.exceptions == {day: [[480, 600]] for day in ("2026-05-04", "2026-05-05")}
        # A single day is meant as it is said.
        browser.post(url, {"first": "2026-05-02", "times": "08-10", "name": "Move"})
        calendar.refresh_from_db()
        assert calendar.exceptions["2026-05-02"] == [[480, 600]]
        assert calendar.day_names == {"2026-05-02": "Move"}

    def test_two_who_add_days_at_once_both_find_theirs(self, cast: Cast, login: Login) -> None:
        login(cast.mara).post(self.URL, self.WEEK)
        one, other = (Project.objects.select_related("calendar").get(pk=cast.nordwind.pk) for _ in range(2))
        for project, number in ((one, 3), (other, 4)):
            day = date(2026, 3, number)
            days = services.Days(first=day, last=day, times=())
            services.calendar_days_set(project=project, days=days, actor=cast.mara)
        assert set(WorkCalendar.objects.get().exceptions) == {"2026-03-03", "2026-03-04"}

    @pytest.mark.parametrize(
        "wrong",
        [
            {"first": "x"},
            {"first": "2026-03-05", "last": "2026-03-01"},
            {"first": "2026-01-01", "last": "2029-01-01"},
        ],
    )
    def test_impossible_days_are_refused(self, cast: Cast, login: Login, wrong: dict[str, str]) -> None:
        assert login(cast.mara).post(f"{self.URL}exceptions/", wrong).status_code == 422

    def test_hours_are_read_as_people_write_them(self) -> None:
        field = IntervalsField()
        assert field.clean("9-12, 13:30–17") == ((540, 720), (810, 1020))
        assert field.clean("") == ()
        for wrong in ("9", "a-b", "9-9", "1:2:3-4"):
            with pytest.raises(ValidationError):
                field.clean(wrong)


@pytest.mark.django_db
class FirmDaysTests:
    """Days on which everybody who works by a calendar of the firm, or one person, works otherwise."""

    WEEK = [[[540, 780], [840, 1080]]] * 5 + [[], []]

    def test_a_day_off_of_the_firm_moves_plans_and_is_taken_back(self, cast: Cast, login: Login) -> None:
        calendar = WorkCalendar.objects.create(name="Office", week=self.WEEK)
        project = Project.objects.get(pk=cast.nordwind.pk)
        project.calendar = calendar
        services.project_change(project=project, actor=cast.mara)
        before = Task.objects.get(pk=cast.setup.pk).finish
        browser = login(cast.ada)
        page, url = (
            reverse("workcalendar_edit", args=[calendar.pk]),
            reverse("workcalendar_days", args=[calendar.pk]),
        )
        answer = browser.post(url, {"name": "Company outing", "first": "2026-03-04"})
        assert answer["Location"] == page
        assert Task.objects.get(pk=cast.setup.pk).finish > before
        assert "Company outing · Day off" in browser.get(page).content.decode()
        browser.post(url, {"first": "2026-03-07", "times": "09-13", "name": "Stocktaking"})
        calendar.refresh_from_db()
        assert calendar.day_names == {"2026-03-04": "Company outing", "2026-03-07": "Stocktaking"}
        for day in ("2026-03-04", "2026-03-07"):
            browser.post(url, {"first": day, "remove": "yes"})
        assert Task.objects.get(pk=cast.setup.pk).finish == before
        assert browser.get(url)["Location"] == page

    def test_it_is_for_administrators_and_no_calendar_of_a_project(self, cast: Cast, login: Login) -> None:
        own = WorkCalendar.objects.create(name="Own", week=self.WEEK, project=cast.nordwind)
        url = reverse("workcalendar_days", args=[own.pk])
        assert login(cast.ada).post(url, {"first": "2026-03-04"}).status_code == 404
        assert login(cast.mara).post(url, {"first": "2026-03-04"}).status_code == 403
        firm = WorkCalendar.objects.create(name="Office", week=self.WEEK)
        url = reverse("workcalendar_days", args=[firm.pk])
        wrong = {"first": "2026-03-05", "last": "2026-03-01"}
        answer = login(cast.ada).post(url, wrong)
        assert answer.status_code == 422
        assert "Choose a later day." in answer.content.decode()

    def test_a_person_s_own_week_keeps_the_firm_s_days_and_has_its_own(
        self, cast: Cast, login: Login
    ) -> None:
        person = cast.tom.person
        person.calendar = WorkCalendar.objects.create(
            name="Office",
            week=self.WEEK,
            exceptions={"2026-03-04": []},
            day_names={"2026-03-04": "Company outing"},
        )
        services.person_save(person=person, actor=None)
        browser = login(cast.ada)
        page, url = reverse("person_week", args=[person.pk]), reverse("person_days", args=[person.pk])
        # There is no week of their own yet: the firm's is not changed from here.
        assert "Days that differ" not in browser.get(page).content.decode()
        assert browser.post(url, {"first": "2026-03-05"})["Location"] == page
        browser.post(page, {f"day_{number}": "09-13" for number in range(4)})
        browser.post(url, {"first": "2026-03-07", "times": "09-12", "name": "Market"})
        own = person.own_calendars.get()
        assert own.exceptions == {"2026-03-04": [], "2026-03-07": [[540, 720]]}
        assert own.day_names == {"2026-03-04": "Company outing", "2026-03-07": "Market"}
        assert WorkCalendar.objects.get(name="Office").exceptions == {"2026-03-04": []}
