"""Templates: what goes in and what never does, dates that move by working time, and templates that are not right."""

from __future__ import annotations

import copy
import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from budget.models import AlertSettings, BudgetLine, BudgetSettings, Expense, TimeEntry
from implement.core.errors import DomainError, NotAllowed
from implement.testkit.cast import Cast
from projects import services
from projects.kit import parts
from projects.kit.access import enter
from projects.models import (
    Assignment,
    Dependency,
    JournalEntry,
    Membership,
    Person,
    Project,
    ProjectTemplate,
    Task,
    WorkCalendar,
)
from projects.planning import to_local, working_calendar, zone_of
from projects.services.progress import Measure, Step
from projects.tests.importing import empty_project, stored
from projects.tests.planshown import shown
from projects.tests.test_planfile import draw_plan

pytestmark = pytest.mark.django_db
STANDARD = Path(__file__).parents[1] / "migrations" / "standard_implementation.json"
ALL = {"calendar", "work", "budget_lines", "budget_settings", "alert_settings"}


def template_of(
    cast: Cast, *, user: Any = None, keys: set[str] = ALL, with_amounts: bool = False
) -> ProjectTemplate:
    entry = enter(user or cast.mara, "nordwind", "project.view")
    return services.template_take(
        entry=entry, name="Like Nordwind", description="", keys=keys, with_amounts=with_amounts
    )


def begun(cast: Cast, code: str = "alpen", **values: Any) -> Project:
    words = {"name": "Alpen ERP", "starts_on": date(2027, 1, 11), "currency": "EUR"} | values
    return Project(code=code, customer=cast.rival.customer, **words)


def start(
    cast: Cast, template: ProjectTemplate, project: Project | None = None, **words: Any
) -> services.Started:
    return services.project_start(
        template=template,
        project=project or begun(cast),
        manager=words.pop("manager", cast.mara.person),
        people=words.pop("people", {}),
        actor=cast.ada,
        **words,
    )


class TakingTests:
    def test_people_hours_progress_and_money_of_the_past_never_go_in(self, cast):
        Task.objects.filter(pk=cast.setup.pk).update(
            percent_complete=50, actual_start=cast.setup.start, payment_amount=Decimal("4711.00")
        )
        BudgetLine.objects.create(
            project=cast.nordwind, task=cast.setup, person=cast.tom.person, planned_seconds=7200,
            cost=Decimal("4711.00"), bill=Decimal("4711.00"),
        )  # fmt: skip
        BudgetSettings.objects.update_or_create(
            project=cast.nordwind,
            defaults={"agreed_fees": Decimal("4711.00"), "index_limit": Decimal("0.85")},
        )
        AlertSettings.objects.update_or_create(project=cast.nordwind, defaults={"gap_points": Decimal(7)})
        text = json.dumps(template_of(cast).content)
        for person in Person.objects.all():
            assert person.name not in text
            assert person.email not in text
        assert "4711" not in text
        assert "percent" not in text
        assert "actual" not in text
        found = parts.checked(json.loads(text))
        assert found["budget_lines"][0]["seconds"] == 7200
        assert found["budget_settings"]["index_limit"] == Decimal("0.85")
        assert found["alert_settings"]["gap_points"] == 7

    def test_amounts_go_in_when_asked_by_who_sees_cost(self, cast):
        Task.objects.filter(pk=cast.go_live.pk).update(payment_amount=Decimal("4711.00"))
        content = template_of(cast, with_amounts=True).content
        assert content["parts"]["plan"]["tasks"][2]["payment"] == "4711.00"
        for user in (cast.tom, cast.carla):
            role = "portal.view" if user is cast.carla else "plan.view"
            entry = enter(user, "nordwind", role)
            with pytest.raises(NotAllowed):
                services.template_take(entry=entry, name="X", description="", keys=set(), with_amounts=True)

    def test_two_of_one_role_are_numbered_and_a_name_is_taken_once(self, cast):
        template = template_of(cast)
        assert {role["name"] for role in template.content["parts"]["roles"]} == {
            *("Project manager", "Consultant 1", "Consultant 2", "Controller")
        }
        with pytest.raises(DomainError) as caught:
            template_of(cast)
        assert caught.value.fields == {"name": "Another template has this name."}


class StartingTests:
    def test_a_trial_shows_what_is_created_and_keeps_nothing(self, cast):
        template = template_of(cast)
        before = stored()
        tried = start(cast, template, is_trial=True)
        assert stored() == before
        made = start(cast, template)
        assert made.rows == tried.rows
        assert (made.made, made.left, made.open_roles) == (tried.made, tried.left, tried.open_roles)
        project = Project.objects.get(code="alpen")
        assert [row.finish for row in made.rows] == list(
            project.tasks.order_by("position").values_list("finish", flat=True)
        )
        entry = JournalEntry.objects.get(action="project.started")
        assert entry.changes == {"template": [None, "Like Nordwind"]}

    def test_roles_become_people_and_what_stays_open_is_told(self, cast):
        BudgetLine.objects.create(
            project=cast.nordwind, task=cast.setup, person=cast.tom.person, planned_seconds=40 * 3600
        )
        template = template_of(cast)
        roles = {role["name"]: role["key"] for role in template.content["parts"]["roles"]}
        made = start(cast, template, people={roles["Consultant 1"]: cast.tess.person})
        project = made.project
        assert made.left == ("40 h of “Consultant 2” are nobody's yet.",)
        assert not Assignment.objects.filter(task__project=project).exists()
        line = BudgetLine.objects.get(project=project)
        assert (line.person, line.job_role, line.planned_seconds) == (None, "Consultant", 144_000)
        other = start(
            cast, template, begun(cast, code="other"), people={roles["Consultant 2"]: cast.tess.person}
        ).project
        assert Assignment.objects.get(task__project=other).person == cast.tess.person
        assert BudgetLine.objects.get(project=other).person == cast.tess.person
        members = dict(Membership.objects.filter(project=other).values_list("person__name", "role"))
        assert members == {"Mara Manager": "manager", "Tess Team": "team"}
        assert not TimeEntry.objects.filter(project=other).exists()
        assert not Expense.objects.filter(project=other).exists()

    def test_somebody_of_another_customer_is_refused_beside_the_role(self, cast):
        template = template_of(cast)
        key = template.content["parts"]["roles"][0]["key"]
        before = stored()
        with pytest.raises(DomainError) as caught:
            start(cast, template, people={key: cast.carla.person})
        assert list(caught.value.fields) == [f"role_{key}"]
        with pytest.raises(DomainError, match="no role “nobody”"):
            start(cast, template, people={"nobody": cast.tom.person})
        assert stored() == before

    def test_dates_move_by_working_time_of_the_new_calendar(self, cast):
        # 16 working hours after the start, and a deadline at the end of the tenth day.
        Task.objects.filter(pk=cast.setup.pk).update(
            constraint="SNET",
            constraint_at=datetime.fromisoformat("2026-03-04T09:00+00:00"),
            deadline=datetime.fromisoformat("2026-03-13T18:00+00:00"),
        )
        template = template_of(cast)
        # Fridays are off, and so is 13 January.
        week = [[[480, 960]]] * 4 + [[], [], []]
        calendar = WorkCalendar.objects.create(name="Alps", week=week, exceptions={"2027-01-13": []})
        made = start(cast, template, begun(cast, calendar=calendar, time_zone="Europe/Zurich"))
        task = Task.objects.get(project=made.project, name="Set up")
        zone = zone_of(made.project)
        assert to_local(task.constraint_at, zone) == datetime(2027, 1, 14, 8)
        # Ten days of four a week, one of them off: 11, 12, 14, 18 to 21, 25 to 27 January.
        assert to_local(task.deadline, zone) == datetime(2027, 1, 27, 16)
        assert to_local(task.start, zone) == datetime(2027, 1, 14, 8)

    def test_the_calendar_comes_along_without_its_single_days(self, cast):
        services.calendar_week_set(
            project=cast.nordwind, week=[((480, 960),)] * 4 + [(), (), ()], country="DE", subdivision="HH",
            actor=cast.mara,
        )  # fmt: skip
        cast.nordwind.refresh_from_db()
        off = services.Days(first=date(2026, 3, 4), last=date(2026, 3, 4), times=())
        services.calendar_days_set(project=cast.nordwind, days=off, actor=cast.mara)
        made = start(cast, template_of(cast))
        calendar = made.project.calendar
        assert (calendar.project, calendar.country, calendar.exceptions) == (made.project, "DE", {})
        assert working_calendar(calendar).minutes_on(date(2027, 3, 5)) == 0
        assert ("Working calendar", "Calendar of Nordwind CRM") in made.made

    def test_amounts_in_another_currency_are_left_out_aloud(self, cast):
        BudgetLine.objects.create(
            project=cast.nordwind, category="licence", cost=Decimal(500), bill=Decimal(700)
        )
        Task.objects.filter(pk=cast.go_live.pk).update(payment_amount=Decimal(900))
        template = template_of(cast, with_amounts=True)
        made = start(cast, template, begun(cast, currency="CHF"))
        assert not BudgetLine.objects.filter(project=made.project).exists()
        assert (
            "Payments of milestones are left out: the template's amounts are in EUR, this project is in CHF."
            in made.left
        )
        assert any(words.startswith("Amounts of budget lines are left out") for words in made.left)
        same = start(cast, template, begun(cast, code="same")).project
        line = BudgetLine.objects.get(project=same)
        assert (line.cost, line.bill) == (500, 700)
        assert Task.objects.get(project=same, name="Go-live").payment_amount == 900

    def test_settings_come_along(self, cast):
        BudgetSettings.objects.update_or_create(
            project=cast.nordwind, defaults={"agreed_fees": Decimal(5), "index_limit": Decimal("0.85")}
        )
        AlertSettings.objects.update_or_create(
            project=cast.nordwind, defaults={"consumed_limits": "60, 80", "off": ["timesheet"]}
        )
        project = start(cast, template_of(cast)).project
        settings = BudgetSettings.objects.get(project=project)
        assert (settings.index_limit, settings.agreed_fees) == (Decimal("0.85"), None)
        alerts = AlertSettings.objects.get(project=project)
        assert (alerts.consumed_limits, alerts.off) == ("60, 80", ["timesheet"])

    def test_how_tasks_are_measured_comes_along_and_what_is_done_does_not(self, cast):
        Project.objects.filter(pk=cast.nordwind.pk).update(progress_rule="50_50")
        steps = (Step(name="Draft", weight=Decimal("37.5")), Step(name="Agreed", weight=Decimal("62.5")))
        services.measure_set(task=cast.setup, measure=Measure(rule="steps", steps=steps), actor=cast.mara)
        cast.setup.progress_steps.filter(name="Draft").update(done_on=date(2026, 3, 4))
        project = start(cast, template_of(cast)).project
        task = Task.objects.get(project=project, name="Set up")
        assert (project.progress_rule, task.progress_rule, task.percent_complete) == ("50_50", "steps", 0)
        assert list(task.progress_steps.values_list("name", "weight", "done_on")) == [
            ("Draft", Decimal("37.50"), None),
            ("Agreed", Decimal("62.50"), None),
        ]

    def test_nobody_s_own_hours_become_a_project_s_calendar(self, cast):
        services.calendar_week_set(
            project=cast.nordwind, week=[((480, 960),)] * 4 + [(), (), ()], country="DE", subdivision="",
            actor=cast.mara,
        )  # fmt: skip
        cast.nordwind.refresh_from_db()
        calendar = cast.nordwind.calendar
        own = WorkCalendar.objects.create(
            person=cast.tom.person, name=calendar.name, week=calendar.week, country="DE"
        )
        made = start(cast, template_of(cast)).project
        assert made.calendar != own
        assert made.calendar.person is None

    def test_a_code_that_is_taken_keeps_nothing(self, cast):
        template = template_of(cast)
        before = stored()
        with pytest.raises(DomainError) as caught:
            start(cast, template, begun(cast, code="rival"))
        assert "code" in caught.value.fields
        assert stored() == before

    @given(data=st.data())
    @settings(
        max_examples=4,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    def test_started_on_the_same_day_it_is_the_same_plan(self, cast, data):
        code = f"any-{Project.objects.count()}"
        source = empty_project(cast.nordwind.customer, cast.mara, code=code)
        draw_plan(data.draw, source, [cast.tom.person, cast.tess.person])
        Task.objects.filter(project=source).update(percent_complete=0, actual_start=None, actual_finish=None)
        # With one calendar: a moment between two working days is two moments to who works at other hours.
        Task.objects.filter(project=source).update(calendar=None)
        # A lag round the clock runs from the moment itself; one outside working hours becomes the next edge of work.
        Dependency.objects.filter(successor__project=source).update(is_elapsed=False)
        services.plan_schedule(project=source)
        template = services.template_take(
            entry=enter(cast.mara, code, "templates.make"),
            name=code,
            description="",
            keys=ALL,
            with_amounts=False,
        )
        content = json.loads(json.dumps(template.content))
        people = {
            role["key"]: Person.objects.get(name=f"{name} Team")
            for role, name in zip(
                [role for role in content["parts"]["roles"] if not role["is_lead"]],
                [
                    row.person.name.split()[0]
                    for row in Membership.objects.filter(project=source, role="team").order_by("person__name")
                ],
                strict=True,
            )
        }
        project = Project(
            code=f"{code}-2", name="Copy", customer=source.customer, starts_on=source.starts_on,
            data_date=source.data_date, calendar=Project.objects.get(pk=source.pk).calendar,
        )  # fmt: skip
        made = start(cast, template, project, people=people)
        one, other = shown(source), shown(made.project)
        calendar = working_calendar(project.calendar)
        for name in ("links", "work"):
            assert other[name] == one[name]
        for mine, theirs in zip(other["tasks"], one["tasks"], strict=True):
            for name in (
                "name",
                "wbs",
                "minutes",
                "constraint",
                "priority",
                "is_critical",
                "total_float_minutes",
            ):
                assert mine[name] == theirs[name]
            for name in ("start", "finish"):
                assert calendar.position(mine[name]) == calendar.position(theirs[name])


class StandardTests:
    def test_the_one_that_comes_with_the_product_covers_the_method(self, cast):
        template = services.standard_restore()
        assert services.standard_restore() == template
        made = start(cast, template)
        phases = [row.name for row in made.rows if row.level == 1]
        assert phases == [
            *("Mobilise", "Requirements", "Design", "Build", "Data migration", "Testing", "Training"),
            *("Change management", "Go-live", "Hypercare"),
        ]
        tasks = {task.name: task for task in made.project.tasks.all()}
        assert all(
            task.customer_title and task.acceptance_criteria for task in tasks.values() if task.is_milestone
        )
        linked = set(
            Dependency.objects.filter(successor__project=made.project).values_list(
                "successor__name", flat=True
            )
        )
        assert {task.name for task in tasks.values() if not task.is_summary} - linked == {"Kick-off workshop"}
        assert tasks["Hypercare closed"].finish == made.finish
        # Four to five months of work.
        assert 80 < (made.finish.date() - made.project.starts_on).days < 160


def broken(*path: Any, value: Any = None) -> dict[str, Any]:
    """Return the standard template with one value replaced, or taken out when there is none."""
    content = copy.deepcopy(json.loads(STANDARD.read_text(encoding="utf-8")))
    inner: Any = content
    for name in path[:-1]:
        inner = inner[name]
    if value is None:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return content


TASK = ("parts", "plan", "tasks", 3)
LINK = ("parts", "plan", "links", 0)
BAD = [
    ({}, "This is no project template"),
    ([], "This is no project template"),
    (broken("format", value="zip"), "This is no project template"),
    (broken("version"), "version “None” is none"),
    (broken("version", value=0), "version “0” is none"),
    (broken("version", value=2), "of version 2, which a newer Implement wrote; this one reads version 1"),
    (broken("currency"), "“currency” is missing"),
    (broken("parts"), "“parts” are missing"),
    (broken("parts", "plan"), "has no “plan”"),
    (broken("parts", "people", value=[]), "“people” is no part"),
    (broken(*TASK, "name"), "plan.tasks[3].name: This field is required."),
    (broken(*TASK, "duration_minutes", value="long"), "plan.tasks[3].duration_minutes: A valid integer"),
    (broken(*TASK, "duration_minutes", value=10**12), "plan.tasks[3].duration_minutes: Ensure"),
    (broken(*TASK, "parent", value=3), "plan.tasks[3].parent: 3 is no task before"),
    (broken(*TASK, "calendar", value=0), "plan.tasks[3].calendar: there is no calendar 0"),
    (broken(*TASK, "constraint", value="MSO"), "plan.tasks[3].constraint_offset: MSO needs a moment"),
    (broken(*TASK, "constraint", value="SOON"), "plan.tasks[3].constraint: “SOON”"),
    (broken(*TASK, "progress_rule", value="units"), "plan.tasks[3].units_total: a task measured by units"),
    (broken(*TASK, "progress_rule", value="steps"), "plan.tasks[3].steps: the weights add up to 0, not 100"),
    (broken("parts", "plan", "progress_rule", value="steps"), "plan.progress_rule: “steps”"),
    (broken(*LINK, "after", value=999), "plan.links[0]: there is no task 999"),
    (broken(*LINK, "after", value=1), "plan.links[0]: a task waits for itself"),
    (
        broken("parts", "plan", "links", 81, value={"before": 65, "after": 1}),
        "these tasks wait for each other: ",
    ),
    (broken("parts", "plan", "links", 81, value={"before": 0, "after": 1}), "plan"),
    (broken("parts", "work", 0, "role", value="cook"), "work[0].role: there is no role “cook”"),
    (broken("parts", "work", 0, "task", value=99), "work[0].task: there is no task 99"),
    (broken("parts", "roles", 1, "key", value="pm"), "two roles have the key “pm”"),
    (broken("parts", "budget_lines", 0, "seconds", value=0), "budget_lines[0]: a budget line has hours"),
    (broken("parts", "budget_lines", 0, "job_role", value="Cook"), "budget_lines[0]: a line is for one role"),
    (broken("parts", "budget_lines", 0, "category", value="fun"), "budget_lines[0].category: “fun”"),
    (
        broken("parts", "calendar", value={"name": "None", "week": [[]] * 7}),
        "calendar: A week without working hours",
    ),
    (
        broken("parts", "calendar", value={"name": "X", "week": [[[60, 30]]] * 7, "country": ""}),
        "calendar: Calendar “X”",
    ),
    (
        broken("parts", "calendar", value={"name": "X", "week": [[[0, 30]]] * 7, "country": "XX"}),
        "calendar: No public holidays are known",
    ),
    (
        broken("parts", "alert_settings", value={"consumed_limits": "a lot"}),
        "alert_settings.consumed_limits: ",
    ),
]


class BadTemplateTests:
    @pytest.mark.parametrize(("content", "said"), BAD, ids=[said[:40] for _, said in BAD])
    def test_it_is_refused_by_its_path_and_nothing_is_kept(self, cast, content, said):
        before = stored()
        with pytest.raises(DomainError) as caught:
            services.template_save(template=ProjectTemplate(name="Bad", content=content), actor=cast.ada)
        assert said in caught.value.message.replace('"', "“", 1).replace('"', "”", 1)
        assert caught.value.fields == {"content": caught.value.message}
        # One that was stored before its rules were: neither page nor start breaks.
        row = ProjectTemplate.objects.create(name="Old", content=content)
        with pytest.raises(DomainError):
            start(cast, row)
        row.delete()
        assert stored() == before


class PageTests:
    def test_the_whole_way(self, cast, login):
        mara, ada = login(cast.mara), login(cast.ada)
        assert b"Planned hours by role" in mara.get("/projects/nordwind/template/").content
        words = {"name": "Like Nordwind", "description": "For small ones", "parts": ["work", "calendar"]}
        assert mara.post("/projects/nordwind/template/", words).status_code == 302
        assert mara.post("/projects/nordwind/template/", words).status_code == 422
        assert mara.get("/templates/").status_code == 403
        template = ProjectTemplate.objects.get(name="Like Nordwind")
        assert b"Like Nordwind" in ada.get("/templates/").content
        assert b"Like Nordwind" in ada.get("/projects/add/").content
        page = ada.get(f"/templates/{template.pk}/").content.decode()
        assert "Consultant 1" in page
        assert "Tom Team" not in page
        role = next(one["key"] for one in template.content["parts"]["roles"] if one["name"] == "Consultant 2")
        facts = {
            "name": "Alpen", "code": "alpen", "customer": cast.rival.customer.pk, "starts_on": "2027-01-11",
            "currency": "EUR", "time_zone": "Europe/Zurich", "phase": "implement", "customer_budget": "fees",
            "manager": cast.mara.person.pk, f"role_{role}": cast.tess.person.pk,
        }  # fmt: skip
        address = f"/templates/{template.pk}/start/"
        tried = ada.post(address, facts | {"preview": "yes"})
        assert tried.status_code == 200
        assert "finishes Mon 18 Jan 2027" in tried.content.decode()
        assert not Project.objects.filter(code="alpen").exists()
        assert ada.post(address, facts | {"create": "yes", "code": "rival"}).status_code == 422
        made = ada.post(address, facts | {"create": "yes"})
        assert (made.status_code, made["Location"]) == (302, "/projects/alpen/")
        assert Assignment.objects.get(task__project__code="alpen").person == cast.tess.person
        kept = ada.get(f"/templates/{template.pk}/file/")
        assert json.loads(kept.content) == template.content
        assert ada.post(f"/templates/{template.pk}/delete/").status_code == 302
        assert Project.objects.filter(code="alpen").exists()

    def test_one_that_is_not_right_says_so_on_its_pages(self, cast, login):
        row = ProjectTemplate.objects.create(name="Old", content={"format": parts.FORMAT, "version": 9})
        ada = login(cast.ada)
        for address in (f"/templates/{row.pk}/", f"/templates/{row.pk}/start/"):
            page = ada.get(address)
            assert page.status_code == 200
            assert "of version 9, which a newer Implement wrote" in page.content.decode()
        assert ada.post(f"/templates/{row.pk}/start/", {"name": "X"}).status_code == 422

    def test_amounts_are_offered_to_who_sees_cost(self, cast, login):
        assert b"with_amounts" in login(cast.mara).get("/projects/nordwind/template/").content
        for user in (cast.tom, cast.fay, cast.carla):
            assert login(user).get("/projects/nordwind/template/").status_code == 403


class ApiTests:
    def test_save_start_and_keep(self, cast, api):
        mara, ada = api(cast.mara), api(cast.ada)
        made = mara.post("/api/v1/projects/nordwind/template/", {"name": "Like Nordwind"}, format="json")
        assert made.status_code == 201, made.json()
        assert set(made.json()["content"]["parts"]) >= {"plan", "roles", "work"}
        address = f"/api/v1/templates/{made.json()['id']}/"
        assert mara.get(address).status_code == 403
        facts = {
            "name": "Alpen", "code": "alpen", "customer": cast.rival.customer.pk, "starts_on": "2027-01-11",
            "manager": cast.mara.person.pk, "dry_run": True,
        }  # fmt: skip
        tried = ada.post(address + "start/", facts, format="json")
        assert tried.status_code == 200, tried.json()
        assert tried.json()["project"] is None
        assert [row["name"] for row in tried.json()["rows"]] == ["Kick-off", "Set up", "Go-live"]
        assert not Project.objects.filter(code="alpen").exists()
        begun = ada.post(address + "start/", facts | {"dry_run": False}, format="json")
        assert begun.json()["project"]["code"] == "alpen"
        assert begun.json()["rows"] == tried.json()["rows"]
        again = ada.post(address + "start/", facts | {"dry_run": False}, format="json")
        assert (again.status_code, list(again.json()["errors"])) == (400, ["code"])

    def test_a_bad_one_is_refused_by_its_path(self, cast, api):
        ada = api(cast.ada)
        answer = ada.post(
            "/api/v1/templates/", {"name": "Bad", "content": broken(*TASK, "name")}, format="json"
        )
        assert answer.status_code == 400
        assert answer.json()["errors"]["content"] == ["plan.tasks[3].name: This field is required."]
        whole = json.loads(STANDARD.read_text(encoding="utf-8"))
        good = ada.post("/api/v1/templates/", {"name": "Good", "content": whole}, format="json")
        assert good.status_code == 201
        unknown = ada.post(
            f"/api/v1/templates/{good.json()['id']}/start/",
            {
                "name": "A",
                "code": "alpen",
                "customer": cast.rival.customer.pk,
                "starts_on": "2027-01-11",
                "people": {"pm": cast.carla.person.pk},
            },
            format="json",
        )
        assert unknown.status_code == 400
        assert "cannot be on this project" in str(unknown.json())
