"""How progress is measured, and said: on the task's page, over the API, by who may."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client

from budget.selectors.progress import Progress
from implement.accounts.models import User
from implement.core.errors import DomainError
from implement.testkit.api import Api, assert_problem
from implement.testkit.cast import Cast
from projects import services
from projects.choices import ProgressRule
from projects.models import MeasureChange, ProgressCount, Task, WorkCalendar
from projects.planning import today_of
from projects.progress import Facts
from projects.services import Measure, Said, Step

Login = Callable[[User], Client]
D = Decimal
STEPS = (Step("Drafted", D(20)), Step("Reviewed", D(30)), Step("Signed", D(50)))


def measured(cast: Cast, rule: str, **values: object) -> Task:
    """Return the set-up task, measured by a rule."""
    task = Task.objects.get(pk=cast.setup.pk)
    return services.measure_set(task=task, measure=Measure(rule=rule, **values), actor=cast.mara)  # type: ignore[arg-type]


def days_ago(task: Task, count: int) -> date:
    return today_of(task.project) - timedelta(days=count)


def percents(task: Task, *days: date) -> list[Decimal | None]:
    """Return what is known of a task on some days."""
    task = Task.objects.get(pk=task.pk)
    facts = Facts.of(task.project, [task])
    return [facts.percent(task, day) for day in days]


class SayTests:
    @pytest.mark.parametrize(
        ("rule", "begun"),
        [(ProgressRule.ZERO_HUNDRED, 0), (ProgressRule.FIFTY_FIFTY, 50), (ProgressRule.TWENTY_EIGHTY, 20)],
    )
    def test_start_and_finish_say_it_all(self, cast: Cast, rule: str, begun: int) -> None:
        task = measured(cast, rule)
        first, last = days_ago(task, 9), days_ago(task, 2)
        task = services.progress_say(task=task, said=Said(started_on=first), actor=cast.tom)
        assert task.percent_complete == begun
        task = services.progress_say(task=task, said=Said(started_on=first, finished_on=last), actor=cast.tom)
        assert task.percent_complete == 100
        assert percents(task, days_ago(task, 10), first, days_ago(task, 3), last) == [0, begun, begun, 100]

    def test_each_step_counts_from_the_day_it_was_done(self, cast: Cast) -> None:
        task = measured(cast, ProgressRule.STEPS, steps=STEPS)
        drafted, reviewed, signed = task.progress_steps.all()
        said = {drafted.pk: days_ago(task, 20), reviewed.pk: days_ago(task, 10), signed.pk: None}
        task = services.progress_say(task=task, said=Said(steps=said), actor=cast.tom)
        assert task.percent_complete == 50
        assert percents(task, *(days_ago(task, days) for days in (21, 20, 11, 10, 0))) == [0, 20, 20, 50, 50]
        said[signed.pk] = days_ago(task, 1)
        task = services.progress_say(task=task, said=Said(steps=said), actor=cast.tom)
        assert task.percent_complete == 100
        assert task.actual_finish is not None
        assert task.actual_finish.date() == days_ago(task, 1)

    def test_a_step_that_was_not_done_after_all_opens_the_task_again(self, cast: Cast) -> None:
        task = measured(cast, ProgressRule.STEPS, steps=(Step("Only", D(100)),))
        step = task.progress_steps.get()
        task = services.progress_say(task=task, said=Said(steps={step.pk: days_ago(task, 1)}), actor=cast.tom)
        task = services.progress_say(task=task, said=Said(steps={step.pk: None}), actor=cast.tom)
        assert (task.percent_complete, task.actual_finish, task.actual_start) == (0, None, None)

    def test_units_are_counted_and_a_later_count_of_a_day_corrects_it(self, cast: Cast) -> None:
        task = measured(cast, ProgressRule.UNITS, units_total=D(500), unit_name="records")
        day = days_ago(task, 5)
        for done in (300, 200):
            task = services.progress_say(task=task, said=Said(done=D(done), on=day), actor=cast.tom)
        assert task.percent_complete == 40
        assert percents(task, day - timedelta(days=1), day) == [0, 40]
        assert ProgressCount.objects.filter(task=task).count() == 2

    @pytest.mark.parametrize(
        ("rule", "said", "field"),
        [
            (ProgressRule.FIFTY_FIFTY, {"percent": D(10)}, "percent"),
            (ProgressRule.PHYSICAL, {"done": D(3)}, "done"),
            (ProgressRule.STEPS, {"steps": {999_999: None}}, "steps"),
            (ProgressRule.UNITS, {"done": D(501)}, "done"),
            (ProgressRule.UNITS, {"done": D("NaN")}, "done"),
            (ProgressRule.UNITS, {}, "done"),
            (ProgressRule.ZERO_HUNDRED, {"started_on": date(2999, 1, 1)}, "started_on"),
            (ProgressRule.ZERO_HUNDRED, {"finished_on": date(2026, 3, 4)}, "started_on"),
        ],
    )
    def test_what_does_not_fit_the_rule_is_refused_by_field(
        self, cast: Cast, rule: str, said: dict[str, object], field: str
    ) -> None:
        more = {"steps": STEPS} if rule == ProgressRule.STEPS else {"units_total": D(500)}
        task = measured(cast, rule, **more)
        with pytest.raises(DomainError) as caught:
            services.progress_say(task=task, said=Said(**said), actor=cast.tom)  # type: ignore[arg-type]
        assert field in caught.value.fields
        assert Task.objects.get(pk=task.pk).percent_complete == 0

    def test_a_computed_percentage_is_not_typed(self, cast: Cast) -> None:
        task = measured(cast, ProgressRule.FIFTY_FIFTY)
        task.percent_complete = D(70)
        with pytest.raises(DomainError) as caught:
            services.task_save(task=task, actor=cast.mara)
        assert "percent_complete" in caught.value.fields


class MeasureTests:
    @pytest.mark.parametrize(
        ("steps", "words"),
        [
            ((Step("A", D(60)), Step("B", D(30))), "add up to 90"),
            ((Step("A", D(100)), Step("B", D(0))), "Step 2"),
            ((Step(" ", D(100)),), "Step 1 has no name"),
            ((Step("A", D("99.999")), Step("B", D("0.001"))), "two decimals"),
            ((Step("A", D(100), 999),), "no step 999"),
            ((), "add up to 0"),
        ],
    )
    def test_steps_that_make_no_sense_are_refused(
        self, cast: Cast, steps: tuple[Step, ...], words: str
    ) -> None:
        with pytest.raises(DomainError, match=words):
            measured(cast, ProgressRule.STEPS, steps=steps)
        assert not cast.setup.progress_steps.exists()

    def test_a_begun_task_is_measured_otherwise_only_with_a_reason_and_its_past_stays(
        self, cast: Cast
    ) -> None:
        task = measured(cast, ProgressRule.FIFTY_FIFTY)
        began = days_ago(task, 8)
        task = services.progress_say(task=task, said=Said(started_on=began), actor=cast.tom)
        other = Measure(rule=ProgressRule.STEPS, steps=STEPS)
        with pytest.raises(DomainError) as caught:
            services.measure_set(task=task, measure=other, actor=cast.mara)
        assert "reason" in caught.value.fields
        task = Task.objects.get(pk=task.pk)
        task = services.measure_set(task=task, measure=other, actor=cast.mara, reason="Agreed with Nordwind")
        assert task.percent_complete == 0
        assert percents(task, days_ago(task, 9), began, days_ago(task, 1), days_ago(task, 0)) == [
            0,
            50,
            50,
            0,
        ]
        change = MeasureChange.objects.get(task=task)
        assert (change.before, change.after, change.by) == ("50_50", "steps", cast.mara)
        step = task.progress_steps.first()
        assert step is not None
        # A step that was done long ago counts from the day the new measure does.
        task = services.progress_say(task=task, said=Said(steps={step.pk: began}), actor=cast.tom)
        assert percents(task, began, days_ago(task, 1), days_ago(task, 0)) == [50, 50, 20]

    def test_what_was_typed_stays_in_the_past_when_steps_take_over(self, cast: Cast) -> None:
        task = Task.objects.get(pk=cast.setup.pk)
        Task.objects.filter(pk=task.pk).update(created_at=task.created_at - timedelta(days=30))
        task = services.progress_say(task=task, said=Said(percent=D(35)), actor=cast.tom)
        measure = Measure(rule=ProgressRule.STEPS, steps=STEPS)
        task = services.measure_set(task=task, measure=measure, actor=cast.mara, reason="More exact")
        assert percents(task, days_ago(task, 1), days_ago(task, 0)) == [0, 0]
        assert task.percent_complete == 0

    def test_a_new_usual_rule_is_not_that_of_tasks_that_have_begun(self, cast: Cast) -> None:
        services.progress_say(
            task=Task.objects.get(pk=cast.kickoff.pk), said=Said(percent=D(30)), actor=cast.tom
        )
        project = cast.nordwind
        project.progress_rule = ProgressRule.ZERO_HUNDRED
        services.project_change(project=project, actor=cast.mara)
        rules = {task.name: task.rule for task in Task.objects.filter(project=project)}
        assert rules == {"Kick-off": "physical", "Set up": "0_100", "Go-live": "physical"}

    def test_the_past_of_a_level_of_effort_counts_the_days_of_its_people(self, cast: Cast) -> None:
        week = [[[540, 780], [840, 1080]]] * 3 + [[], [], [], []]
        cast.tom.person.calendar = WorkCalendar.objects.create(name="Three", week=week)
        services.person_save(person=cast.tom.person, actor=None)
        task = measured(cast, ProgressRule.EFFORT)
        assert task.start is not None
        # Five days from Tuesday, 3 March 2026: two in its week, three in the next.
        friday = date(2026, 3, 6)
        before = Progress(project=task.project, tasks=[task], since=task.start).elapsed(task, friday)
        assert before == D("0.4")
        services.measure_set(task=task, measure=Measure(rule="0_100"), actor=cast.mara, reason="A result")
        assert percents(task, friday) == [40]

    def test_a_milestone_is_reached_or_not(self, cast: Cast) -> None:
        with pytest.raises(DomainError):
            services.measure_set(
                task=cast.go_live, measure=Measure(rule=ProgressRule.FIFTY_FIFTY), actor=cast.mara
            )


class PageTests:
    def test_the_form_asks_what_the_rule_needs(self, cast: Cast, login: Login) -> None:
        page = f"/projects/nordwind/tasks/{cast.setup.pk}/"
        assert 'name="percent"' in login(cast.tom).get(page).content.decode()
        measured(cast, ProgressRule.STEPS, steps=STEPS)
        html = login(cast.tom).get(page).content.decode()
        assert "Reviewed" in html
        assert 'name="percent"' not in html
        measured(cast, ProgressRule.UNITS, units_total=D(40), unit_name="reports")
        assert "Reports done, of 40" in login(cast.tom).get(page).content.decode()
        measured(cast, ProgressRule.EFFORT)
        assert 'name="started_on"' in login(cast.tom).get(page).content.decode()

    def test_tom_ticks_a_step_of_his_task_and_tess_may_not(self, cast: Cast, login: Login) -> None:
        task = measured(cast, ProgressRule.STEPS, steps=STEPS)
        step = task.progress_steps.first()
        assert step is not None
        where = f"/projects/nordwind/tasks/{task.pk}/progress/"
        data = {f"step-{step.pk}": days_ago(task, 1).isoformat(), "version": str(task.version)}
        assert login(cast.tess).post(where, data).status_code == 403
        assert login(cast.tom).post(where, data).status_code == 302
        assert Task.objects.get(pk=task.pk).percent_complete == 20

    def test_the_measure_is_set_without_a_script_and_more_rows_are_asked_for(
        self, cast: Cast, login: Login
    ) -> None:
        where = f"/projects/nordwind/tasks/{cast.setup.pk}/measure/"
        data = {
            "rule": "steps",
            "step_id": ["", ""],
            "step_name": ["Draft", "Done"],
            "step_weight": ["40", "60,5"],
        }
        more = login(cast.mara).post(where, data | {"more": "1"})
        assert more.content.decode().count('name="step_name"') == 5
        answer = login(cast.mara).post(where, data)
        assert answer.status_code == 400
        assert "100.5" in answer.content.decode()
        data["step_weight"] = ["40", "60"]
        assert login(cast.mara).post(where, data).status_code == 302
        assert [step.weight for step in cast.setup.progress_steps.all()] == [40, 60]
        assert login(cast.tom).get(where).status_code == 403

    def test_the_form_of_a_task_offers_no_percentage_to_type_where_it_is_computed(
        self, cast: Cast, login: Login
    ) -> None:
        page = f"/projects/nordwind/tasks/{cast.setup.pk}/edit/"
        assert 'name="percent_complete"' in login(cast.mara).get(page).content.decode()
        measured(cast, ProgressRule.UNITS, units_total=D(10))
        assert 'name="percent_complete"' not in login(cast.mara).get(page).content.decode()


class ApiTests:
    def test_the_measure_and_the_progress_over_the_api(self, cast: Cast, api: Api) -> None:
        where = f"/api/v1/projects/nordwind/tasks/{cast.setup.pk}"
        body = {"rule": "steps", "steps": [{"name": "A", "weight": "25"}, {"name": "B", "weight": "75"}]}
        answer = api(cast.mara).put(f"{where}/measure/", body, format="json")
        assert answer.status_code == 200, answer.content
        first = answer.json()["steps"][0]["id"]
        day = days_ago(cast.setup, 3).isoformat()
        done = api(cast.tom).post(
            f"{where}/progress/", {"steps": [{"id": first, "done_on": day}]}, format="json"
        )
        assert done.status_code == 200, done.content
        assert done.json()["percent_complete"] == "25.00"
        assert done.json()["progress_rule"] == "steps"
        assert api(cast.tom).get(f"{where}/measure/").json()["steps"][0]["done_on"] == day

    def test_refusals_are_problems_by_field(self, cast: Cast, api: Api) -> None:
        where = f"/api/v1/projects/nordwind/tasks/{cast.setup.pk}"
        body = {"rule": "steps", "steps": [{"name": "A", "weight": "25"}]}
        assert_problem(api(cast.mara).put(f"{where}/measure/", body, format="json"), 400, "steps")
        assert_problem(api(cast.tom).put(f"{where}/measure/", {"rule": "0_100"}, format="json"), 403)
        assert_problem(api(cast.tess).post(f"{where}/progress/", {"percent": "5"}, format="json"), 403)
        measured(cast, ProgressRule.ZERO_HUNDRED)
        assert_problem(
            api(cast.tom).post(f"{where}/progress/", {"percent": "5"}, format="json"), 400, "percent"
        )
        assert_problem(
            api(cast.mara).patch(f"{where}/", {"percent_complete": "5"}, format="json"),
            400,
            "percent_complete",
        )

    def test_what_is_not_sent_of_the_dates_stays_and_null_takes_it_back(self, cast: Cast, api: Api) -> None:
        task = measured(cast, ProgressRule.FIFTY_FIFTY)
        where = f"/api/v1/projects/nordwind/tasks/{task.pk}/progress/"

        def percent(body: dict[str, object]) -> str:
            answer = api(cast.tom).post(where, body, format="json")
            assert answer.status_code == 200, answer.content
            return answer.json()["percent_complete"]

        assert percent({"started_on": days_ago(task, 5).isoformat()}) == "50.00"
        assert percent({}) == "50.00"
        assert percent({"finished_on": days_ago(task, 2).isoformat()}) == "100.00"
        assert percent({"finished_on": None}) == "50.00"
        assert percent({"started_on": None}) == "0.00"
