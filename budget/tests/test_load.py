"""Load: every planned hour is somewhere, against the time people have; what is not yours to see is not named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from budget.models import TimeEntry
from budget.panels.load import load_panel, present_load
from budget.selectors.load import load_asked as asked_words
from budget.selectors.load import over_ahead, people_on, people_seen, seen_load
from budget.selectors.yardstick import Plan
from budget.services.baselines import baseline_with_budget
from implement.accounts.models import User
from implement.core.errors import DomainError
from implement.testkit.api import Api, assert_problem
from implement.testkit.cast import Cast
from projects import services
from projects.choices import Role
from projects.kit.access import enter
from projects.kit.needs import needs_of
from projects.models import Absence, Assignment, Membership, Person, Task, WorkCalendar
from projects.planning import zone_of
from projects.selectors import Load, capacity_of, load_of, periods_from

Login = Callable[[User], Client]
HOUR = 3600
MONDAY = date(2026, 3, 9)
DAY = [[540, 780], [840, 1080]]


@pytest.fixture
def week_of_tom(cast: Cast) -> Task:
    """Tom's 40 hours on “Set up”, in the week of Monday, 9 March 2026."""
    task = Task.objects.get(pk=cast.setup.pk)
    task.duration_minutes = 5 * 480
    task.constraint, task.constraint_at = "SNET", datetime(2026, 3, 9, tzinfo=zone_of(cast.nordwind))
    services.task_save(task=task, actor=cast.mara)
    return task


def load(*people: Person, as_of: date = MONDAY, count: int = 3, seen: Any = None, zoom: str = "week") -> Load:
    periods = periods_from(zoom=zoom, day=as_of, count=count)
    return load_of(people=people, periods=periods, as_of=as_of, seen=seen)


def hours(found: Load, name: str = "planned") -> list[float]:
    return [getattr(cell, name) / HOUR for cell in found.people[0].cells]


def rival_work(cast: Cast, planned: int) -> Task:
    """Put Tom on the rival's project, too."""
    Membership.objects.create(project=cast.rival, person=cast.tom.person, role=Role.TEAM)
    task = Task.objects.create(
        project=cast.rival,
        name="Rival work",
        position=2,
        duration_minutes=5 * 480,
        constraint="SNET",
        constraint_at=datetime(2026, 3, 9, tzinfo=zone_of(cast.rival)),
    )
    Assignment.objects.create(task=task, person=cast.tom.person, planned_seconds=planned)
    services.plan_schedule(project=cast.rival)
    return task


@pytest.mark.django_db
class FigureTests:
    def test_a_full_week(self, cast: Cast, week_of_tom: Task) -> None:
        found = load(cast.tom.person)
        assert hours(found) == [40, 0, 0]
        assert hours(found, "capacity") == [40, 40, 40]
        assert [cell.state for cell in found.people[0].cells] == ["full", "free", "free"]

    def test_what_is_done_is_not_to_do_and_what_is_over_is_due_now(
        self, cast: Cast, week_of_tom: Task
    ) -> None:
        begun = Task.objects.get(pk=week_of_tom.pk)
        services.progress_say(task=begun, said=services.Said(percent=Decimal(25)), actor=cast.mara)
        assert sum(hours(load(cast.tom.person))) == 30
        later = load(cast.tom.person, as_of=date(2026, 5, 6))
        assert hours(later) == [30, 0, 0]
        assert later.people[0].cells[0].pieces[0].is_overdue
        # Of the week only Wednesday to Friday are still to come.
        assert hours(later, "ahead")[0] == 24
        assert later.people[0].cells[0].state == "over"

    def test_absences_take_time_and_push_work(self, cast: Cast, week_of_tom: Task) -> None:
        services.absence_save(
            absence=Absence(person=cast.tom.person, first=date(2026, 3, 11), last=date(2026, 3, 13)),
            actor=cast.tom,
        )
        found = load(cast.tom.person)
        assert hours(found, "capacity") == [16, 40, 40]
        assert hours(found) == [16, 24, 0]

    def test_part_time_is_a_calendar_or_hours_a_week(self, cast: Cast, week_of_tom: Task) -> None:
        person = cast.tom.person
        person.weekly_hours = Decimal(20)
        services.person_save(person=person, actor=None)
        assert hours(load(person), "capacity") == [20, 20, 20]
        person.calendar = WorkCalendar.objects.create(name="Three", week=[DAY] * 3 + [[]] * 4)
        services.person_save(person=person, actor=None)
        found = load(person)
        assert hours(found, "capacity") == [24, 24, 24]
        assert hours(found) == [24, 16, 0]

    def test_all_projects_count_and_hidden_ones_are_not_named(self, cast: Cast, week_of_tom: Task) -> None:
        rival_work(cast, 8 * HOUR)
        found = load(cast.tom.person, seen={cast.nordwind.pk})
        cell = found.people[0].cells[0]
        assert (cell.planned, cell.other, cell.over) == (48 * HOUR, 8 * HOUR, 8 * HOUR)
        assert [piece.project for piece in cell.pieces] == [cast.nordwind]
        assert found.over[0] == 8 * HOUR

    def test_who_is_away_all_the_time_has_the_work_all_the_same(self, cast: Cast, week_of_tom: Task) -> None:
        Absence.objects.create(person=cast.tom.person, first=MONDAY, last=date(2026, 3, 13))
        # The plan is not rescheduled: the absence came past the services.
        cell = load(cast.tom.person).people[0].cells[0]
        assert (cell.capacity, cell.planned, cell.state) == (0, 40 * HOUR, "over")

    def test_months_and_quarters_hold_the_same_hours(self, cast: Cast, week_of_tom: Task) -> None:
        for zoom, label in (("month", "Mar 2026"), ("quarter", "Q1 2026")):
            found = load(cast.tom.person, zoom=zoom)
            assert found.periods[0].label == label
            assert hours(found)[0] == 40
        years = periods_from(zoom="month", day=date(2026, 11, 30), count=3)
        assert [period.first for period in years] == [date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1)]

    def test_booked_is_told_beside_it(self, cast: Cast, week_of_tom: Task) -> None:
        for day, seconds, status in ((9, 4 * HOUR, "draft"), (15, HOUR, "approved"), (16, HOUR, "rejected")):
            TimeEntry.objects.create(project=cast.nordwind, task=week_of_tom, person=cast.tom.person,
                                     worked_on=date(2026, 3, day), seconds=seconds, status=status)  # fmt: skip
        asked = asked_words(zoom="", start="2026-03-09", count="2", today=MONDAY)
        found = seen_load(people=[cast.tom.person], asked=asked, as_of=date(2026, 3, 12), user=cast.mara)
        assert hours(found, "booked") == [5, 0]

    def test_capacity_of_a_week_with_an_absence(self, cast: Cast) -> None:
        Absence.objects.create(person=cast.tom.person, first=MONDAY, last=MONDAY, minutes=120)
        found = capacity_of(people=[cast.tom.person], first=MONDAY, last=date(2026, 3, 15))
        assert found == {cast.tom.person.pk: 38 * HOUR}


@pytest.mark.django_db
class ViewerTests:
    def test_whom_one_sees(self, cast: Cast) -> None:
        def seen(user: User) -> set[str]:
            return {person.name.split()[0] for person in people_seen(user)}

        assert seen(cast.mara) == {"Mara", "Tom", "Tess", "Fay"}
        assert seen(cast.tom) == {"Tom"}
        assert seen(cast.ada) == {"Mara", "Tom", "Tess", "Fay", "Rita"}
        assert seen(cast.carla) == set()
        assert {person.name.split()[0] for person in people_on(cast.nordwind)} == {
            "Mara",
            "Tom",
            "Tess",
            "Fay",
        }

    def test_a_hidden_project_is_on_no_face(
        self, cast: Cast, week_of_tom: Task, login: Login, api: Api
    ) -> None:
        rival_work(cast, 8 * HOUR)
        browser = login(cast.mara)
        query = f"?start=2026-03-09&person={cast.tom.person.pk}&at="
        faces = [
            browser.get(f"{url}{query}{monday}").content.decode()
            for url in (reverse("load"), reverse("project_load", args=["nordwind"]))
            for monday in [timezone.localdate() - timedelta(days=timezone.localdate().weekday())]
        ]
        faces.append(api(cast.mara).get("/api/v1/load/").content.decode())
        faces.append(api(cast.mara).get("/api/v1/projects/nordwind/load/").content.decode())
        for kind in ("csv", "xlsx"):
            for url in (
                reverse("load_export", args=[kind]),
                reverse("project_load_export", args=["nordwind", kind]),
            ):
                content = b"".join(browser.get(url).streaming_content)  # type: ignore[attr-defined]
                faces.append(content.decode("utf-8") if kind == "csv" else sheets_text(content))
        for face in faces:
            assert "Tom Team" in face
            assert "Rival" not in face

    def test_the_page_opens_the_tasks_behind_a_cell(
        self, cast: Cast, week_of_tom: Task, login: Login
    ) -> None:
        today = timezone.localdate()
        monday = today - timedelta(days=today.weekday())
        query = f"?person={cast.tom.person.pk}&at={monday}"
        page = login(cast.mara).get(reverse("project_load", args=["nordwind"]) + query).content.decode()
        assert "2 Set up" in page
        assert "overdue" in page
        assert "too much" in page
        own = login(cast.tom).get(reverse("load") + query).content.decode()
        assert "My load" in own
        assert "2 Set up" in own
        assert "Tess" not in own

    def test_months_quarters_and_only_who_has_too_much(
        self, cast: Cast, week_of_tom: Task, login: Login
    ) -> None:
        browser = login(cast.mara)
        for zoom in ("month", "quarter"):
            assert browser.get(reverse("load") + f"?zoom={zoom}").status_code == 200
        page = browser.get(reverse("load") + "?show=over").content.decode()
        assert "Tom Team" in page
        assert "Tess Team" not in page

    @pytest.mark.parametrize(
        ("query", "field"),
        [("zoom=year", "zoom"), ("start=x", "start"), ("start=1000-01-01", "start"), ("count=0", "count"),
         ("count=54", "count"), ("count=-1", "count"), ("zoom=", "zoom")],
    )  # fmt: skip
    def test_what_cannot_be_read(self, cast: Cast, login: Login, api: Api, query: str, field: str) -> None:
        assert_problem(api(cast.mara).get(f"/api/v1/projects/nordwind/load/?{query}"), 400, field)
        if query != "zoom=":
            assert login(cast.mara).get(reverse("load") + f"?{query}").status_code == 400

    def test_the_manager_is_told_who_has_too_much(self, cast: Cast, week_of_tom: Task) -> None:
        assert over_ahead(project=cast.nordwind, as_of=MONDAY) == []
        rival_work(cast, 8 * HOUR)
        assert over_ahead(project=cast.nordwind, as_of=MONDAY) == [cast.tom.person]
        found = {need.key: need for need in needs_of(enter(cast.mara, "nordwind", "project.view"))}
        assert found["load.over"].count == 1
        assert "load.over" not in {need.key for need in needs_of(enter(cast.tom, "nordwind", "project.view"))}


@pytest.mark.django_db
def test_an_unknown_zoom_is_named() -> None:
    with pytest.raises(DomainError, match="“year” is no zoom"):
        asked_words(zoom="year", start="", count="", today=MONDAY)


def sheets_text(content: bytes) -> str:
    book = load_workbook(BytesIO(content))
    return "\n".join(str([cell.value for cell in row]) for sheet in book for row in sheet.iter_rows())


@pytest.mark.django_db
class PlannedValueTests:
    def test_it_follows_the_working_time_of_who_does_the_task(self, cast: Cast, week_of_tom: Task) -> None:
        cast.tom.person.calendar = WorkCalendar.objects.create(name="Three", week=[DAY] * 3 + [[]] * 4)
        services.person_save(person=cast.tom.person, actor=None)
        # Five days from Monday, 9 March, three in each week: the second week ends on Tuesday.
        baseline_with_budget(project=cast.nordwind, name="Plan", actor=cast.mara)
        plan = Plan(project=cast.nordwind, as_of=date(2026, 4, 1), measure="hours")
        due = [plan.planned_at(date(2026, 3, day))[week_of_tom.pk] / HOUR for day in (9, 11, 13, 16, 17)]
        assert due == [8, 24, 24, 32, 40]
        assert [total / HOUR for total in plan.curve([date(2026, 3, 13), date(2026, 3, 16)])] == [24, 32]


class ReportTests:
    def test_a_report_names_who_has_more_to_do_than_time(self, cast: Cast, week_of_tom: Task) -> None:
        assert load_panel(cast.nordwind, MONDAY) is not None
        Assignment.objects.filter(task=week_of_tom).update(planned_seconds=60 * HOUR)
        data = load_panel(cast.nordwind, MONDAY)
        assert data is not None
        (row,) = present_load(data)["rows"]
        assert (row["name"], row["weeks"], row["over"], row["worst_on"]) == ("Tom Team", 1, "20.00", MONDAY)
        assert [tile["text"] for tile in data["tiles"]] == ["1 of 1", "20.00 h"]
