"""Rules of budget lines, whichever way they come in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from budget.models import AlertSettings, BudgetLine, BudgetSettings, ChangeRequest, Contract, RateCard
from budget.presenting import earned_tiles
from budget.selectors import earned_value
from budget.selectors.amounts import apportioned
from budget.selectors.health import project_health
from budget.services.baselines import baseline_with_budget
from budget.services.lines import line_delete, line_restore, line_save
from budget.tests.builders import (
    MONDAY,
    at,
    baseline_build,
    person_build,
    project_build,
    spend,
    task_build,
    weekday,
    work,
)
from implement.core.errors import DomainError
from implement.testkit.cast import Cast
from projects.models import Person, Project, Task
from projects.selectors import milestones_of
from projects.services import project_change

pytestmark = pytest.mark.django_db
Login = Callable[..., Client]


class LineTests:
    def line(self, cast: Cast, **values: object) -> BudgetLine:
        return BudgetLine(project=cast.nordwind, **({"planned_seconds": 3600} | values))

    def test_what_is_refused_names_its_field(self, cast: Cast) -> None:
        tom = Person.objects.get(user=cast.tom)
        Task.objects.filter(pk=cast.kickoff.pk).update(deleted_at=timezone.now())
        cast.kickoff.refresh_from_db()
        wrong = {
            "task": [{"task": cast.rival_task}, {"task": cast.kickoff}],
            "job_role": [{"person": tom, "job_role": "Architect"}],
            "planned_seconds": [{"planned_seconds": 0}],
            "cost": [{"cost": Decimal("-0.01")}],
        }
        for name, cases in wrong.items():
            for values in cases:
                with pytest.raises(DomainError) as caught:
                    line_save(line=self.line(cast, **values), actor=cast.mara)
                assert name in caught.value.fields
        assert not BudgetLine.objects.exists()

    def test_a_line_comes_back_from_the_trash_only_onto_a_live_task(self, cast: Cast) -> None:
        line = line_save(line=self.line(cast, task=cast.setup), actor=cast.mara)
        line_delete(line=line, actor=cast.mara)
        assert not BudgetLine.objects.exists()
        Task.objects.filter(pk=cast.setup.pk).update(deleted_at=timezone.now())
        again = BudgetLine.with_trash.select_related("task").get(pk=line.pk)
        with pytest.raises(DomainError):
            line_restore(line=again, actor=cast.mara)
        Task.with_trash.filter(pk=cast.setup.pk).update(deleted_at=None)
        line_restore(line=BudgetLine.with_trash.get(pk=line.pk), actor=cast.mara)
        assert BudgetLine.objects.count() == 1

    def test_a_baseline_needs_a_name_and_a_plan(self, cast: Cast) -> None:
        with pytest.raises(DomainError, match="needs a name"):
            baseline_with_budget(project=cast.nordwind, name="  ", actor=cast.mara)
        with pytest.raises(DomainError, match="no plan"):
            baseline_with_budget(project=project_build("bare"), name="First", actor=cast.mara)


class RoundingTests:
    def test_leftover_cents_go_to_the_largest_remainders(self) -> None:
        third = Decimal(100) / 3
        assert apportioned([third, third, third], unit=Decimal("0.01")) == [
            Decimal("33.34"),
            Decimal("33.33"),
            Decimal("33.33"),
        ]
        assert apportioned([], unit=Decimal("0.01")) == []
        assert sum(apportioned([Decimal("-1.005"), third], unit=Decimal("0.01"))) == Decimal("32.33")


class HealthTests:
    def test_nothing_known_is_not_good(self, cast: Cast) -> None:
        found = project_health(project=cast.nordwind, as_of=date(2026, 3, 3))
        assert found.overall is None
        assert {item.state for item in found.dimensions} == {None}

    def test_the_worst_dimension_is_never_averaged_away(self) -> None:
        project = project_build()
        task = task_build(project, last=weekday(9), percent=100)
        gate = task_build(project, name="Gate", position=2, last=weekday(9))
        Task.objects.filter(pk=gate.pk).update(is_milestone=True)
        baseline_build(project, [(task, Decimal(100), 3600), (gate, None, 0)])
        on_time = project_health(project=project, as_of=weekday(9))
        assert {item.key: item.state for item in on_time.dimensions} == {
            "schedule": "good",
            "budget": None,
            "milestones": "good",
        }
        assert on_time.overall is None
        late = project_health(project=project, as_of=weekday(12))
        assert late.overall == "trouble"
        assert "overdue" in late.dimensions[2].reason

    def test_a_reached_milestone_that_nobody_accepted_is_not_accepted(self) -> None:
        project = project_build()
        gate = task_build(project, name="Gate", percent=100)
        Task.objects.filter(pk=gate.pk).update(is_milestone=True, actual_finish=gate.finish)
        assert milestones_of(project=project, as_of=MONDAY)[0].state == "reached"
        Task.objects.filter(pk=gate.pk).update(accepted_at=gate.finish)
        assert milestones_of(project=project, as_of=MONDAY)[0].state == "accepted"
        # What the customer said later does not change the figures of that day.
        Task.objects.filter(pk=gate.pk).update(accepted_at=gate.finish + timedelta(days=3))
        assert milestones_of(project=project, as_of=MONDAY)[0].state == "reached"

    def test_the_projects_own_lines_count_everywhere(self) -> None:
        project = project_build()
        task = task_build(project, last=weekday(9), percent=87)
        baseline_build(project, [(task, Decimal(100), 3600)])
        spend(project, person_build(project), 100, task=task)
        lines = BudgetSettings.objects.create(
            project=project,
            index_limit=Decimal("0.85"),
            schedule_limit=Decimal("0.85"),
            overrun_limit=Decimal(50),
        )
        figures = earned_value(project=project, as_of=weekday(9))
        found = project_health(project=project, as_of=weekday(9))
        tones = {tile["key"]: tile["tone"] for tile in earned_tiles(figures)}
        assert figures.health == "watch"
        assert [item.state for item in found.dimensions[:2]] == ["watch", "watch"]
        assert (tones["cpi"], tones["spi"]) == ("watch", "watch")
        # Cost and schedule have a line each.
        lines.schedule_limit = Decimal("0.90")
        lines.save()
        figures = earned_value(project=project, as_of=weekday(9))
        tones = {tile["key"]: tile["tone"] for tile in earned_tiles(figures)}
        assert (tones["cpi"], tones["spi"]) == ("watch", "trouble")
        found = project_health(project=project, as_of=weekday(9))
        assert [item.state for item in found.dimensions[:2]] == ["trouble", "watch"]

    def test_a_slip_is_bad_from_the_projects_own_day_on(self) -> None:
        project = project_build()
        gate = task_build(project, name="Gate", last=weekday(9))
        Task.objects.filter(pk=gate.pk).update(is_milestone=True)
        baseline_build(project, [(gate, None, 0)])
        Task.objects.filter(pk=gate.pk).update(finish=at(weekday(12), 18))
        assert project_health(project=project, as_of=MONDAY).dimensions[2].state == "watch"
        AlertSettings.objects.create(project=project, slip_trouble_days=2)
        assert project_health(project=project, as_of=MONDAY).dimensions[2].state == "trouble"


class CurrencyTests:
    """A currency is a label on every amount: once there is one, another label would be another amount."""

    DATA = {"name": "Vector", "phase": "implement", "starts_on": "2026-03-02", "currency": "JPY",
            "time_zone": "UTC", "customer_budget": "hours"}  # fmt: skip

    def test_it_is_changed_while_there_is_no_amount(self, cast: Cast) -> None:
        RateCard.objects.all().delete()
        cast.nordwind.currency = "JPY"
        project_change(project=cast.nordwind, actor=cast.mara)
        cast.nordwind.refresh_from_db()
        assert cast.nordwind.currency == "JPY"

    def test_any_amount_holds_it_and_says_so_by_field(self, cast: Cast) -> None:
        RateCard.objects.all().delete()
        project, tom = cast.nordwind, Person.objects.get(user=cast.tom)

        def line() -> BudgetLine:
            return BudgetLine.objects.create(project=project, cost=Decimal(100), deleted_at=timezone.now())

        for make in (
            line,
            lambda: RateCard.objects.create(project=project, effective_from=MONDAY, cost_rate=Decimal(80)),
            lambda: work(project, tom, 3600, None),
            lambda: spend(project, tom, 10),
            lambda: Contract.objects.create(project=project, name="Main"),
            lambda: ChangeRequest.objects.create(
                project=project, number=1, title="Scanner", requested_on=MONDAY
            ),
            lambda: BudgetSettings.objects.create(project=project, agreed_fees=Decimal(1000)),
        ):
            row = make()
            project.currency = "JPY"
            with pytest.raises(DomainError) as caught:
                project_change(project=project, actor=cast.mara)
            assert set(caught.value.fields) == {"currency"}, row
            type(row)._base_manager.filter(pk=row.pk).delete()

    def test_page_and_api_refuse_it(self, cast: Cast, login: Login) -> None:
        Task.objects.filter(pk=cast.go_live.pk).update(payment_amount=Decimal(5000))
        RateCard.objects.all().delete()
        browser = login(cast.mara)
        page = browser.post("/projects/nordwind/settings/", self.DATA | {"version": cast.nordwind.version})
        assert page.status_code == 422
        assert "The project stays in EUR: fees are agreed in it." in page.content.decode()
        client = APIClient()
        client.force_authenticate(cast.mara)
        etag = client.get("/api/v1/projects/nordwind/")["ETag"]
        answer = client.patch(
            "/api/v1/projects/nordwind/", {"currency": "JPY"}, format="json", HTTP_IF_MATCH=etag
        )
        assert answer.status_code == 400
        assert "currency" in answer.json()["errors"]
        assert Project.objects.get(pk=cast.nordwind.pk).currency == "EUR"
