"""A change request from the wish to the new baseline: who may do what, what is locked, what adds up."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from budget.choices import Category, ChangeState, Measure, ReserveKind
from budget.models import (
    BudgetLine,
    BudgetSettings,
    ChangeLine,
    ChangeOption,
    ChangeRequest,
    ChangeText,
    Contract,
    CostControl,
    RateCard,
    ReserveRelease,
)
from budget.panels.changes import changes_panel, customer_changes_panel
from budget.panels.customer import customer_panel
from budget.panels.money import by_person, by_task, cost_tiles, present_rows, row_sheets
from budget.purposes import APPROVE, CHANGE, DEFER, REJECT
from budget.selectors import budget_figures
from budget.selectors.changes import lines_of, plan_effect
from budget.services import changes as services
from budget.services.baselines import baseline_with_budget
from budget.services.contracts import contract_save
from budget.services.control import control_save, release_decide, release_request
from budget.services.lines import line_delete, line_save
from budget.workflows import CHANGE_WORKFLOW
from implement.core.errors import DomainError, NotAllowed, StateError
from implement.testkit.cast import Cast
from projects.choices import CustomerBudget
from projects.kit.access import Entry, enter
from projects.kit.trace import link_add
from projects.models import Assignment, Baseline, BaselineTask, Task, TraceLink
from projects.planning import today_of
from projects.requirements.models import Requirement
from projects.requirements.services.requirements import requirement_save
from projects.services import plan_schedule
from projects.signoffs.models import Decision, ResponseRequest
from projects.signoffs.selectors import signoffs_of
from projects.signoffs.services import Answer, decision_revoke, request_answer, request_send, request_withdraw

pytestmark = pytest.mark.django_db
ROOT = "/projects/nordwind/changes/"


def inside(cast: Cast, who: str) -> Entry:
    return enter(getattr(cast, who), "nordwind", "changes.view")


def step(cast: Cast, change: ChangeRequest, name: str, who: str = "fay", reason: str = "") -> None:
    CHANGE_WORKFLOW.perform(name=name, item=change, entry=inside(cast, who), reason=reason)


@pytest.fixture
def change(cast: Cast) -> ChangeRequest:
    """Return a second warehouse, wished for by Carla: 16 hours of Tom on the set-up, two days longer."""
    row = ChangeRequest(
        project=cast.nordwind, title="Second warehouse", description="Stock in **Oslo**, too.",
        requester=cast.carla.person, owner=cast.fay.person, requested_on=timezone.localdate(),
    )  # fmt: skip
    services.change_save(change=row, entry=inside(cast, "tom"))
    return row


def work_out(cast: Cast, change: ChangeRequest, *, price: str | None = "3000") -> ChangeRequest:
    """Let Fay work it out and hand it in for review."""
    for name in ("submit", "analyse"):
        step(cast, change, name)
    services.part_save(
        row=ChangeLine(
            change=change, task=cast.setup, person=cast.tom.person, planned_seconds=16 * 3600,
            duration_days=Decimal(2), description="Set up the second warehouse",
        ),
        entry=inside(cast, "fay"),
    )  # fmt: skip
    change.recommendation, change.risk_impact = "Do it.", "The supplier of the scanners is new."
    change.price = Decimal(price) if price else None
    services.change_save(change=change, entry=inside(cast, "fay"))
    step(cast, change, "review")
    return change


def ask(cast: Cast, change: ChangeRequest, who: str = "mara") -> ResponseRequest:
    return request_send(
        purpose=CHANGE, rows=[change], person=cast.carla.person, entry=inside(cast, who),
        due_on=timezone.localdate() + timedelta(days=7),
    )  # fmt: skip


def answer(
    request: ResponseRequest, verdict: str = APPROVE, comment: str = "", option: str = ""
) -> list[Decision]:
    item = request.items.get()
    given = {item.pk: Answer(verdict, comment, option)}
    return request_answer(request=request, answers=given, user=None, proof="code")


@pytest.fixture
def approved(cast: Cast, change: ChangeRequest) -> ChangeRequest:
    answer(ask(cast, work_out(cast, change)))
    change.refresh_from_db()
    return change


class RaisingTests:
    def test_numbers_are_the_projects_own_and_never_used_again(
        self, cast: Cast, change: ChangeRequest
    ) -> None:
        assert change.key == "CR-001"
        services.change_delete(change=change, entry=inside(cast, "mara"))
        second = ChangeRequest(
            project=cast.nordwind, title="B", description="b", requested_on=timezone.localdate()
        )
        assert services.change_save(change=second, entry=inside(cast, "tom")).key == "CR-002"

    def test_the_team_raises_and_sees_no_money(
        self, cast: Cast, change: ChangeRequest, client: Client
    ) -> None:
        work_out(cast, change)
        client.force_login(cast.tom)
        page = client.get(f"{ROOT}{change.pk}/").content.decode()
        assert "Second warehouse" in page
        assert "3,000" not in page
        assert "1,280" not in page
        assert "3,000" not in client.get(ROOT).content.decode()
        for address in (f"{ROOT}{change.pk}/impact/", f"{ROOT}{change.pk}/ask/"):
            assert client.get(address).status_code == 403
        data = client.get(f"/api/v1/projects/nordwind/change-requests/{change.pk}/").json()
        assert "price" not in data

    def test_only_a_draft_is_thrown_away(self, cast: Cast, change: ChangeRequest) -> None:
        step(cast, change, "submit", "tom")
        with pytest.raises(StateError, match="withdraw it"):
            services.change_delete(change=change, entry=inside(cast, "mara"))

    def test_the_form_saves_with_its_tasks(self, cast: Cast, client: Client) -> None:
        client.force_login(cast.tom)
        sent = {
            "title": "Labels", "reason": "new", "description": "Print labels", "requested_on": "2026-03-03",
            "tasks": [cast.setup.pk],
        }  # fmt: skip
        assert client.post(f"{ROOT}add/", sent).status_code == 302
        row = ChangeRequest.objects.get()
        assert [str(task) for task in row.tasks.all()] == [str(cast.setup)]


class ImpactTests:
    def form(self, change: ChangeRequest, **more: Any) -> dict[str, Any]:
        return {
            "version": change.version, "recommendation": "Do it", "price": "", "schedule_days": "",
            "lines-TOTAL_FORMS": 1, "lines-INITIAL_FORMS": 0, "options-TOTAL_FORMS": 0, "options-INITIAL_FORMS": 0,
            "texts-TOTAL_FORMS": 0, "texts-INITIAL_FORMS": 0,
            "lines-0-category": "labour", "lines-0-planned_seconds": "16", "lines-0-duration_days": "2",
        } | more  # fmt: skip

    def test_it_is_saved_whole_or_not_at_all(self, cast: Cast, change: ChangeRequest, client: Client) -> None:
        step(cast, change, "submit")
        client.force_login(cast.fay)
        change.refresh_from_db()
        page = f"{ROOT}{change.pk}/impact/"
        wrong = client.post(page, self.form(change, **{"lines-0-task": cast.go_live.pk}))
        assert wrong.status_code == 422
        assert "Line 1" in wrong.content.decode()
        change.refresh_from_db()
        assert change.recommendation == ""
        right = client.post(page, self.form(change, **{"lines-0-task": cast.setup.pk}))
        assert right.status_code == 302
        change.refresh_from_db()
        line = change.lines.get()
        assert (change.recommendation, line.planned_seconds, line.task) == ("Do it", 16 * 3600, cast.setup)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("planned_seconds", "many"),
            ("cost", "1e99"),
            ("duration_days", "x"),
            ("task", "999999"),
            ("option", "7"),
        ],
    )
    def test_bad_input_names_its_field(
        self, cast: Cast, change: ChangeRequest, client: Client, field: str, value: str
    ) -> None:
        client.force_login(cast.fay)
        sent = self.form(change, **{"lines-0-task": cast.setup.pk, f"lines-0-{field}": value})
        found = client.post(f"{ROOT}{change.pk}/impact/", sent)
        assert found.status_code == 422
        assert not ChangeLine.objects.exists()

    def test_another_projects_task_is_no_choice(self, cast: Cast, change: ChangeRequest) -> None:
        with pytest.raises(DomainError) as raised:
            services.part_save(
                row=ChangeLine(change=change, task=cast.rival_task, planned_seconds=60),
                entry=inside(cast, "fay"),
            )
        assert "task" in raised.value.fields

    def test_a_line_says_something(self, cast: Cast, change: ChangeRequest) -> None:
        with pytest.raises(DomainError):
            services.part_save(row=ChangeLine(change=change, task=cast.setup), entry=inside(cast, "fay"))

    def test_what_the_plan_would_do_is_computed_and_stored_nowhere(
        self, cast: Cast, change: ChangeRequest
    ) -> None:
        cast.go_live.refresh_from_db()
        before = cast.go_live.finish
        line = ChangeLine(change=change, task=cast.setup, duration_days=Decimal(2))
        new = ChangeLine(
            change=change, task=cast.kickoff, new_task="Train the warehouse", duration_days=Decimal(1)
        )
        effect = plan_effect(project=cast.nordwind, lines=[line, new])
        assert effect.days == 2
        assert [row.days for row in effect.milestones] == [2]
        cast.go_live.refresh_from_db()
        assert cast.go_live.finish == before
        assert not Task.objects.filter(name="Train the warehouse").exists()


class WorkflowTests:
    def test_nothing_is_reviewed_before_it_is_worked_out(self, cast: Cast, change: ChangeRequest) -> None:
        for name in ("submit", "analyse"):
            step(cast, change, name)
        with pytest.raises(StateError, match="recommend"):
            step(cast, change, "review")

    def test_the_review_fills_in_what_the_plan_says(self, cast: Cast, change: ChangeRequest) -> None:
        work_out(cast, change)
        assert change.schedule_days == 2

    def test_who_worked_it_out_does_not_send_it(self, cast: Cast, change: ChangeRequest) -> None:
        work_out(cast, change)
        with pytest.raises(StateError, match="colleague"):
            ask(cast, change, "fay")
        assert ask(cast, change, "mara").person == cast.carla.person

    def test_a_price_that_nobody_knows_is_not_asked_for(self, cast: Cast, change: ChangeRequest) -> None:
        RateCard.objects.filter(project=cast.nordwind).update(bill_rate=None)
        work_out(cast, change, price=None)
        with pytest.raises(StateError, match="price"):
            ask(cast, change)

    def test_the_customer_reads_no_internal_figure(self, cast: Cast, change: ChangeRequest) -> None:
        content = str(ask(cast, work_out(cast, change)).items.get().content)
        assert "3,000.00 EUR" in content
        assert "2 working days later" in content
        for secret in ("1,280", "80.00", "scanners", "16"):
            assert secret not in content

    def test_what_was_sent_is_locked(self, cast: Cast, change: ChangeRequest, client: Client) -> None:
        ask(cast, work_out(cast, change))
        change.refresh_from_db()
        change.title = "Third warehouse"
        with pytest.raises(StateError, match="locked"):
            services.change_save(change=change, entry=inside(cast, "mara"))
        line = change.lines.get()
        for attempt in (services.part_save, services.part_delete):
            with pytest.raises(StateError, match="locked"):
                attempt(row=line, entry=inside(cast, "mara"))
        client.force_login(cast.mara)
        assert client.get(f"{ROOT}{change.pk}/impact/").status_code == 409
        patch = client.patch(
            f"/api/v1/projects/nordwind/change-requests/{change.pk}/",
            {"title": "X"},
            content_type="application/json",
        )
        assert patch.status_code == 409

    def test_amounts_are_frozen_when_the_customer_is_asked(self, cast: Cast, change: ChangeRequest) -> None:
        request = ask(cast, work_out(cast, change, price=None))
        assert "2,400.00 EUR" in str(request.items.get().content)
        RateCard.objects.filter(project=cast.nordwind).update(bill_rate=Decimal(500), cost_rate=Decimal(400))
        (decision,) = answer(request)
        line = change.lines.get()
        assert (decision.verdict, line.cost, line.bill) == (APPROVE, Decimal(1280), Decimal(2400))

    @pytest.mark.parametrize(
        ("verdict", "comment", "state"),
        [
            (APPROVE, "", ChangeState.APPROVED),
            (REJECT, "Too dear", ChangeState.REJECTED),
            (DEFER, "Next year", ChangeState.DEFERRED),
        ],
    )
    def test_the_customer_decides(
        self, cast: Cast, change: ChangeRequest, verdict: str, comment: str, state: str
    ) -> None:
        answer(ask(cast, work_out(cast, change)), verdict, comment)
        change.refresh_from_db()
        assert change.status == state
        assert change.decided_at is not None

    def test_no_step_leads_to_approved_but_the_answer(self, cast: Cast, change: ChangeRequest) -> None:
        reached = {transition.target for transition in CHANGE_WORKFLOW.transitions}
        assert not reached & {ChangeState.DECISION, ChangeState.APPROVED, ChangeState.IMPLEMENTED}

    def test_a_withdrawn_question_goes_back_to_the_review(self, cast: Cast, change: ChangeRequest) -> None:
        request = ask(cast, work_out(cast, change))
        request_withdraw(request=request, actor=cast.mara, reason="A mistake", entry=inside(cast, "mara"))
        change.refresh_from_db()
        assert change.status == ChangeState.REVIEW

    def test_a_revoked_approval_goes_back_until_it_is_implemented(
        self, cast: Cast, approved: ChangeRequest
    ) -> None:
        decision = Decision.objects.get()
        entry = inside(cast, "mara")
        services.change_implement(change=approved, entry=entry)
        with pytest.raises(StateError, match="in plan and budget"):
            decision_revoke(decision=decision, entry=entry, reason="No")
        assert Decision.objects.count() == 1

    def test_of_several_contracts_it_says_which_one_it_amends(
        self, cast: Cast, change: ChangeRequest, client: Client
    ) -> None:
        for task in (None, cast.kickoff):
            row = Contract(project=cast.nordwind, name=f"About {task}", kind="time", task=task)
            contract_save(contract=row, actor=cast.fay)
        work_out(cast, change)
        with pytest.raises(StateError, match="several contracts"):
            ask(cast, change)
        step(cast, change, "rework", reason="The contract")
        client.force_login(cast.fay)
        assert 'name="contract"' in client.get(f"{ROOT}{change.pk}/impact/").content.decode()
        rival = Contract(project=cast.rival, name="Theirs", kind="time")
        contract_save(contract=rival, actor=cast.ada)
        change.refresh_from_db()
        change.contract = rival
        with pytest.raises(DomainError, match="another project"):
            services.change_save(change=change, entry=inside(cast, "fay"))
        change.refresh_from_db()
        change.contract = row
        services.change_save(change=change, entry=inside(cast, "fay"))
        step(cast, change, "review")
        answer(ask(cast, change))
        change.refresh_from_db()
        assert (change.status, change.contract) == (ChangeState.APPROVED, row)
        assert "Amends the contract" in client.get(f"{ROOT}{change.pk}/").content.decode()

    def test_the_only_contract_is_the_one_it_amends(self, cast: Cast, change: ChangeRequest) -> None:
        only = Contract(project=cast.nordwind, name="All", kind="time")
        contract_save(contract=only, actor=cast.fay)
        ask(cast, work_out(cast, change))
        change.refresh_from_db()
        assert change.contract == only

    def test_the_chosen_option_counts(self, cast: Cast, change: ChangeRequest) -> None:
        for name in ("submit", "analyse"):
            step(cast, change, name)
        small, large = (
            services.part_save(
                row=ChangeOption(
                    change=change, label=label, price=price, schedule_days=days, is_recommended=best
                ),
                entry=inside(cast, "fay"),
            )
            for label, price, days, best in (("Small", 1000, 0, True), ("Large", 5000, 4, False))
        )
        for option, hours in ((None, 1), (small, 4), (large, 20)):
            services.part_save(
                row=ChangeLine(change=change, task=cast.setup, option=option, planned_seconds=hours * 3600),
                entry=inside(cast, "fay"),
            )
        change.recommendation = "Small"
        services.change_save(change=change, entry=inside(cast, "fay"))
        step(cast, change, "review")
        request = ask(cast, change)
        with pytest.raises(DomainError, match="options"):
            answer(request, option="999")
        answer(request, option=str(large.pk))
        change.refresh_from_db()
        assert change.chosen == large
        assert sum(line.planned_seconds for line in lines_of(change, change.chosen)) == 21 * 3600
        services.change_implement(change=change, entry=inside(cast, "mara"))
        added = BudgetLine.objects.filter(change_request=change)
        assert sum(line.planned_seconds for line in added) == 21 * 3600


class ImplementTests:
    def test_plan_budget_people_and_baseline_move_together(self, cast: Cast, approved: ChangeRequest) -> None:
        baseline_with_budget(project=cast.nordwind, name="Signed", actor=cast.mara)
        cast.go_live.refresh_from_db()
        before = cast.go_live.finish
        taken = services.change_implement(change=approved, entry=inside(cast, "mara"))
        approved.refresh_from_db()
        cast.setup.refresh_from_db()
        cast.go_live.refresh_from_db()
        assert (approved.status, approved.baseline, taken.number) == (ChangeState.IMPLEMENTED, taken, 1)
        assert cast.setup.duration_minutes == 2400 + 960
        assert cast.go_live.finish > before
        assert Assignment.objects.get(task=cast.setup).planned_seconds == 56 * 3600
        row = BaselineTask.objects.get(baseline=taken, task=cast.setup)
        assert (row.planned_seconds, row.cost) == (56 * 3600, Decimal(4480))

    def test_original_and_changes_are_the_current_budget(self, cast: Cast, approved: ChangeRequest) -> None:
        baseline_with_budget(project=cast.nordwind, name="Signed", actor=cast.mara)
        today = today_of(cast.nordwind)

        def figures(measure: str) -> Any:
            return budget_figures(project=cast.nordwind, as_of=today, measure=measure)

        total = figures(Measure.COST).total
        assert (total.original, total.changes, total.current, total.pending) == (
            Decimal(3200), Decimal(0), Decimal(3200), Decimal(1280),
        )  # fmt: skip
        services.change_implement(change=approved, entry=inside(cast, "mara"))
        for measure, expected in (
            (Measure.COST, (Decimal(3200), Decimal(1280), Decimal(4480), Decimal(0))),
            (Measure.HOURS, (Decimal(40), Decimal(16), Decimal(56), Decimal(0))),
        ):
            found = figures(measure)
            total = found.total
            assert (total.original, total.changes, total.current, total.pending) == expected
            assert not any("change request" in note for note in found.notes)
            for rows in (found.by_task, found.by_person, found.by_category):
                leaves = [row for row in rows if not row.is_rollup]
                for name in ("changes", "pending", "current"):
                    assert sum(getattr(row, name) or 0 for row in leaves) == getattr(total, name)

    def test_the_workbook_holds_every_view_with_the_same_sum(
        self, cast: Cast, approved: ChangeRequest
    ) -> None:
        services.change_implement(change=approved, entry=inside(cast, "mara"))
        data = by_person(cast.nordwind, today_of(cast.nordwind))
        assert data is not None
        sheets = {sheet.name: list(sheet.rows) for sheet in row_sheets(data)}
        assert sheets.keys() == {"All", "By role", "By category", "By month"}
        for rows in sheets.values():
            assert len(rows) > 1
            assert rows[-1] == sheets["All"][-1]
            assert sum(row[4] or 0 for row in rows[:-1]) == rows[-1][4]

    def test_a_budget_that_changed_without_a_request_says_so(self, cast: Cast) -> None:
        baseline_with_budget(project=cast.nordwind, name="Signed", actor=cast.mara)
        line = BudgetLine(project=cast.nordwind, category=Category.LICENCE, cost=Decimal(500))
        line_save(line=line, actor=cast.mara)
        found = budget_figures(project=cast.nordwind, as_of=today_of(cast.nordwind), measure=Measure.COST)
        assert any("500.00 EUR above" in note for note in found.notes)

    def test_planned_hours_stay_beside_what_came_from_a_reserve(
        self, cast: Cast, approved: ChangeRequest
    ) -> None:
        control_save(
            control=CostControl(project=cast.nordwind, management_reserve=Decimal(500)), actor=cast.fay
        )
        release = ReserveRelease(
            project=cast.nordwind, reserve=ReserveKind.MANAGEMENT, amount=Decimal(500), task=cast.setup,
            reason="A second developer",
        )  # fmt: skip
        release_request(release=release, access=inside(cast, "fay"))
        release_decide(release=release, is_approved=True, access=inside(cast, "mara"))
        services.change_implement(change=approved, entry=inside(cast, "mara"))
        total = budget_figures(
            project=cast.nordwind, as_of=today_of(cast.nordwind), measure=Measure.COST
        ).total
        assert (total.current, total.changes, total.released) == (3200 + 1280 + 500, 1280, 500)

    def test_a_project_without_a_baseline_gets_one_of_what_was_agreed(
        self, cast: Cast, approved: ChangeRequest
    ) -> None:
        services.change_implement(change=approved, entry=inside(cast, "mara"))
        assert [row.name for row in Baseline.objects.order_by("number")] == [
            "Before CR-001", "After CR-001 Second warehouse",
        ]  # fmt: skip

    def test_it_is_implemented_once(self, cast: Cast, approved: ChangeRequest) -> None:
        late = ChangeRequest.objects.get(pk=approved.pk)
        services.change_implement(change=approved, entry=inside(cast, "mara"))
        with pytest.raises(StateError, match="implemented"):
            services.change_implement(change=late, entry=inside(cast, "fay"))
        assert BudgetLine.objects.filter(change_request=approved).count() == 1

    def test_nothing_is_implemented_unapproved_or_by_the_team(
        self, cast: Cast, change: ChangeRequest, client: Client
    ) -> None:
        with pytest.raises(StateError):
            services.change_implement(change=change, entry=inside(cast, "mara"))
        with pytest.raises(NotAllowed):
            services.change_implement(change=change, entry=inside(cast, "tom"))

    def test_a_fault_leaves_nothing_half_done(self, cast: Cast, approved: ChangeRequest) -> None:
        Task.objects.filter(pk=cast.setup.pk).update(percent_complete=100, actual_finish=timezone.now())
        with pytest.raises(DomainError, match="is done"):
            services.change_implement(change=approved, entry=inside(cast, "mara"))
        approved.refresh_from_db()
        assert approved.status == ChangeState.APPROVED
        assert not BudgetLine.objects.exists()
        assert not Baseline.objects.exists()

    def test_less_is_agreed_too_but_never_below_nothing(self, cast: Cast, change: ChangeRequest) -> None:
        for hours, ok in ((-50, False), (-10, True)):
            row = ChangeRequest(
                project=cast.nordwind, title="Less", description="x", requested_on=timezone.localdate()
            )
            services.change_save(change=row, entry=inside(cast, "tom"))
            for name in ("submit", "analyse"):
                step(cast, row, name)
            line = ChangeLine(
                change=row, task=cast.setup, person=cast.tom.person, planned_seconds=hours * 3600
            )
            services.part_save(row=line, entry=inside(cast, "fay"))
            row.recommendation, row.schedule_days = "Less", 0
            services.change_save(change=row, entry=inside(cast, "fay"))
            step(cast, row, "review")
            answer(ask(cast, row))
            row.refresh_from_db()
            if ok:
                services.change_implement(change=row, entry=inside(cast, "mara"))
            else:
                with pytest.raises(DomainError, match="more hours"):
                    services.change_implement(change=row, entry=inside(cast, "mara"))
        found = budget_figures(
            project=cast.nordwind, as_of=today_of(cast.nordwind), measure=Measure.HOURS
        ).total
        assert (found.changes, found.current) == (Decimal(-10), Decimal(30))

    def test_its_budget_lines_are_changed_by_another_change_only(
        self, cast: Cast, approved: ChangeRequest
    ) -> None:
        services.change_implement(change=approved, entry=inside(cast, "mara"))
        line = BudgetLine.objects.get(change_request=approved)
        for attempt in (line_save, line_delete):
            with pytest.raises(StateError, match="CR-001"):
                attempt(line=line, actor=cast.mara)

    def test_the_list_of_lines_names_the_change_and_its_page_offers_no_edit(
        self, cast: Cast, approved: ChangeRequest, client: Client
    ) -> None:
        services.change_implement(change=approved, entry=inside(cast, "mara"))
        client.force_login(cast.mara)
        root = "/projects/nordwind/budget/lines/"
        assert "CR-001" in client.get(root).content.decode()
        line = BudgetLine.objects.get(change_request=approved)
        page = client.get(f"{root}{line.pk}/").content.decode()
        assert "Second warehouse" in page
        assert f"{root}{line.pk}/edit/" not in page
        assert client.post(f"{root}{line.pk}/delete/").status_code == 409

    def test_a_new_task_follows_the_one_it_is_behind(self, cast: Cast, change: ChangeRequest) -> None:
        for name in ("submit", "analyse"):
            step(cast, change, name)
        services.part_save(
            row=ChangeLine(
                change=change, task=cast.kickoff, new_task="Visit Oslo", duration_days=Decimal(1),
                person=cast.tess.person, planned_seconds=8 * 3600,
            ),
            entry=inside(cast, "fay"),
        )  # fmt: skip
        change.recommendation = "Go"
        services.change_save(change=change, entry=inside(cast, "fay"))
        step(cast, change, "review")
        answer(ask(cast, change))
        change.refresh_from_db()
        services.change_implement(change=change, entry=inside(cast, "mara"))
        task = Task.objects.get(name="Visit Oslo")
        cast.kickoff.refresh_from_db()
        assert (task.wbs, task.duration_minutes) == ("2", 480)
        assert task.start >= cast.kickoff.finish
        found = budget_figures(project=cast.nordwind, as_of=today_of(cast.nordwind), measure=Measure.HOURS)
        (row,) = [row for row in found.by_task if row.task_id == task.pk]
        assert (row.changes, row.current) == (Decimal(8), Decimal(8))


class RequirementTests:
    """What a change does to requirements: linked from the wish on, and rewritten once it is implemented."""

    @pytest.fixture
    def signed(self, cast: Cast) -> Requirement:
        """Return a requirement that the customer has signed and that a task delivers."""
        row = Requirement(project=cast.nordwind, title="Stock", statement="Stock is kept in Bremen.")
        entry = inside(cast, "mara")
        requirement_save(requirement=row, entry=entry, criteria=["A shelf is booked."])
        Requirement.objects.filter(pk=row.pk).update(status="validated", signed_revision=1, shown_revision=1)
        link_add(entry=entry, type="delivers", source=cast.setup, target=row)
        row.refresh_from_db()
        return row

    def rewritten(self, cast: Cast, change: ChangeRequest, row: Requirement) -> ChangeRequest:
        """Let Fay give it a new text, work the change out, and the customer approve it."""
        text = ChangeText(change=change, requirement=row, statement="Stock is kept in Bremen and Oslo.")
        services.part_save(row=text, entry=inside(cast, "fay"))
        answer(ask(cast, work_out(cast, change)))
        change.refresh_from_db()
        return change

    def test_the_new_text_that_was_decided_on_is_its_next_version(
        self, cast: Cast, change: ChangeRequest, signed: Requirement
    ) -> None:
        self.rewritten(cast, change, signed)
        item = ResponseRequest.objects.get().items.get()
        assert item.content["tables"][0]["rows"] == [[signed.key, "Stock is kept in Bremen and Oslo."]]
        signed.refresh_from_db()
        assert signed.revision == 1
        baseline = services.change_implement(change=change, entry=inside(cast, "fay"))
        signed.refresh_from_db()
        assert (signed.statement, signed.revision) == ("Stock is kept in Bremen and Oslo.", 2)
        assert (signed.status, signed.status_reason) == ("rework", str(change))
        version = signed.versions.get(number=2)
        assert (version.reason, version.by) == (str(change), cast.fay)
        assert signed.criteria_texts == ["A shelf is booked."]
        # What follows from the text is in doubt; that this change has changed it is not.
        doubt = dict(TraceLink.objects.values_list("type", "suspect_since"))
        assert doubt["delivers"] is not None
        assert doubt["changes"] is None
        assert baseline.number == 1
        (held,) = signoffs_of(change)
        assert not held.is_stale

    def test_it_is_all_or_nothing(self, cast: Cast, change: ChangeRequest, signed: Requirement) -> None:
        self.rewritten(cast, change, signed)
        before = Baseline.objects.count(), BudgetLine.objects.count()
        Requirement.objects.filter(pk=signed.pk).update(status="review")
        with pytest.raises(StateError, match=f"{signed.key} waits for the customer's answer"):
            services.change_implement(change=change, entry=inside(cast, "fay"))
        Requirement.objects.filter(pk=signed.pk).update(status="draft", deleted_at=timezone.now())
        with pytest.raises(DomainError, match="has been thrown away since"):
            services.change_implement(change=change, entry=inside(cast, "fay"))
        change.refresh_from_db()
        assert change.status == ChangeState.APPROVED
        assert (Baseline.objects.count(), BudgetLine.objects.count()) == before

    def test_what_is_no_new_text_is_refused_by_field(
        self, cast: Cast, change: ChangeRequest, signed: Requirement
    ) -> None:
        other = Requirement(project=cast.rival, title="Theirs", statement="Theirs.")
        requirement_save(requirement=other, entry=enter(cast.rita, "rival", "requirements.view"))
        for field, row, statement in (
            ("statement", signed, f" {signed.statement} "),
            ("statement", signed, ""),
            ("requirement", other, "Ours."),
        ):
            text = ChangeText(change=change, requirement=row, statement=statement)
            with pytest.raises(DomainError) as caught:
                services.part_save(row=text, entry=inside(cast, "fay"))
            assert set(caught.value.fields) == {field}
        answer(ask(cast, work_out(cast, change)))
        text = ChangeText(change=change, requirement=signed, statement="Too late.")
        with pytest.raises(StateError, match="locked"):
            services.part_save(row=text, entry=inside(cast, "fay"))

    def test_what_it_affects_is_chosen_in_its_form_and_told_on_both_pages(
        self, cast: Cast, change: ChangeRequest, signed: Requirement, client: Client
    ) -> None:
        client.force_login(cast.tom)
        sent = {
            "title": change.title, "reason": "new", "description": "More", "requested_on": "2026-03-03",
            "affected": [signed.pk], "version": change.version,
        }  # fmt: skip
        assert client.post(f"{ROOT}{change.pk}/edit/", sent).status_code == 302
        there = client.get(f"/projects/nordwind/requirements/{signed.pk}/").content.decode()
        assert "Is changed by" in there
        assert str(change) in there
        assert str(signed) in client.get(f"{ROOT}{change.pk}/").content.decode()
        assert f'value="{signed.pk}" selected' in client.get(f"{ROOT}{change.pk}/edit/").content.decode()
        change.refresh_from_db()
        client.post(f"{ROOT}{change.pk}/edit/", sent | {"affected": [], "version": change.version})
        assert not TraceLink.objects.filter(type="changes").exists()

    def test_the_api_says_what_is_affected_and_takes_new_texts(
        self, cast: Cast, change: ChangeRequest, signed: Requirement
    ) -> None:
        root = "/api/v1/projects/nordwind/"
        api = APIClient()
        api.force_authenticate(cast.mara)
        page = f"{root}change-requests/{change.pk}/"
        etag = api.get(page)["ETag"]
        said = api.patch(page, {"tasks": [cast.setup.pk]}, format="json", HTTP_IF_MATCH=etag)
        assert said.json()["tasks"] == [cast.setup.pk]
        for wrong in ([cast.rival_task.pk], {}, [str(cast.setup.pk)]):
            answer = api.patch(page, {"tasks": wrong}, format="json", HTTP_IF_MATCH=said["ETag"])
            assert answer.status_code == 400, wrong
        text = {"change": change.pk, "requirement": signed.pk, "statement": "Stock is kept in Oslo."}
        made = api.post(f"{root}change-texts/", text, format="json")
        assert made.status_code == 201, made.content
        (link,) = api.get(f"{root}trace-links/", {"type": "changes"}).json()["results"]
        assert (link["source_id"], link["target_id"]) == (change.pk, signed.pk)

    def test_who_wrote_the_figures_last_does_not_send_them_either(
        self, cast: Cast, change: ChangeRequest
    ) -> None:
        """To have a colleague press “Hand in for review” is no second look at one's own figures."""
        for name in ("submit", "analyse"):
            step(cast, change, name)
        line = ChangeLine(change=change, task=cast.setup, person=cast.tom.person, planned_seconds=3600)
        services.part_save(row=line, entry=inside(cast, "mara"))
        change.refresh_from_db()
        change.recommendation, change.price, change.schedule_days = "Do it.", Decimal(900), 0
        services.change_save(change=change, entry=inside(cast, "mara"))
        step(cast, change, "review", "fay")
        for who in ("mara", "fay"):
            with pytest.raises(DomainError, match="does not send it to the customer"):
                ask(cast, change, who)
        ask(cast, change, "ada")


class FaceTests:
    def test_the_list_names_the_price_that_every_other_face_names(
        self, cast: Cast, change: ChangeRequest, client: Client
    ) -> None:
        work_out(cast, change, price=None)
        data = changes_panel(cast.nordwind, today_of(cast.nordwind))
        assert data is not None
        assert data["rows"][0]["price"] == "2400.00"
        client.force_login(cast.fay)
        assert "2,400.00 EUR" in client.get(ROOT).content.decode()
        sheet = b"".join(client.get(f"{ROOT}export.csv").streaming_content)  # type: ignore[attr-defined]
        assert "2400.00" in sheet.decode()

    def test_the_customer_sees_agreed_changes_apart_from_pending(
        self, cast: Cast, change: ChangeRequest
    ) -> None:
        BudgetSettings.objects.create(project=cast.nordwind, agreed_fees=Decimal(10000))
        today = today_of(cast.nordwind)
        assert customer_changes_panel(cast.nordwind, today) is None
        work_out(cast, change)
        assert customer_changes_panel(cast.nordwind, today) is None
        request = ask(cast, change)
        panel = customer_changes_panel(cast.nordwind, today)
        assert panel is not None
        texts = {tile["key"]: tile["text"] for tile in panel["tiles"]}
        assert texts == {
            "original": "10,000.00 EUR", "approved": "0.00 EUR", "agreed_now": "10,000.00 EUR",
            "pending": "3,000.00 EUR",
        }  # fmt: skip
        answer(request)
        budget = customer_panel(cast.nordwind, today)
        assert budget is not None
        assert (budget["agreed"], budget["changes"], budget["pending"]) == ("13000.00", "3000.00", "0")
        team = changes_panel(cast.nordwind, today)
        assert team is not None
        assert "1280" not in str(customer_changes_panel(cast.nordwind, today))

    def test_its_history_reads_as_people_write(
        self, cast: Cast, change: ChangeRequest, client: Client
    ) -> None:
        change.description, change.needed_by = "Stock in **Oslo**\n\n- and `Malmö`", date(2026, 3, 9)
        services.change_save(change=change, entry=inside(cast, "tom"))
        client.force_login(cast.mara)
        page = client.get(f"{ROOT}{change.pk}/history/").content.decode()
        assert "Stock in Oslo, too. → Stock in Oslo and Malmö" in page
        assert "9 Mar 2026" in page
        assert "2026-03-09" not in page

    def test_a_customer_who_counts_hours_sees_what_is_pending_in_hours(
        self, cast: Cast, change: ChangeRequest
    ) -> None:
        BudgetSettings.objects.create(project=cast.nordwind, agreed_hours=Decimal(400))
        cast.nordwind.customer_budget = CustomerBudget.HOURS
        cast.nordwind.save()
        work_out(cast, change)
        ask(cast, change)
        panel = customer_changes_panel(cast.nordwind, today_of(cast.nordwind))
        assert panel is not None
        texts = {tile["key"]: tile["text"] for tile in panel["tiles"]}
        assert texts == {
            "original": "400.00 h", "approved": "0.00 h", "agreed_now": "400.00 h", "pending": "16.00 h",
        }  # fmt: skip
        assert "EUR" not in str(panel["tiles"])

    def test_what_the_customer_put_off_stays_in_their_sight(self, cast: Cast, change: ChangeRequest) -> None:
        work_out(cast, change)
        answer(ask(cast, change), DEFER, "Next year.")
        panel = customer_changes_panel(cast.nordwind, today_of(cast.nordwind))
        assert panel is not None
        assert [row["state"] for row in panel["rows"]] == ["Deferred"]

    def test_the_budget_shows_approved_changes_and_pending_apart(
        self, cast: Cast, change: ChangeRequest
    ) -> None:
        """Original + changes = current, and what is pending in no other figure, on paper too."""
        work_out(cast, change)
        today = today_of(cast.nordwind)
        tiles = {tile["key"]: tile["text"] for tile in cost_tiles(cast.nordwind, today)["tiles"]}
        assert tiles["pending"] != "n/a"
        rows = by_task(cast.nordwind, today)
        assert rows is not None
        html = render_to_string("panels/budget_rows.html", present_rows(rows))
        assert "Pending" in html
        assert ">Changes<" not in html

    def test_the_page_leads_from_the_wish_to_the_baseline(
        self, cast: Cast, change: ChangeRequest, client: Client
    ) -> None:
        plan_schedule(project=cast.nordwind)
        work_out(cast, change)
        client.force_login(cast.mara)
        page = f"{ROOT}{change.pk}/"
        assert "Ask the customer" in client.get(page).content.decode()
        due = (timezone.localdate() + timedelta(days=5)).isoformat()
        asked = client.post(f"{page}ask/", {"person": cast.carla.person.pk, "due_on": due})
        assert asked.status_code == 302
        answer(ResponseRequest.objects.get())
        shown = client.get(page).content.decode()
        assert "Approve" in shown
        assert "Implement" in shown
        done = client.post(f"{page}implement/", follow=True).content.decode()
        assert "After CR-001" in done
        assert "Implemented" in done

    def test_the_api_goes_the_whole_way(self, cast: Cast, client: Client) -> None:
        client.force_login(cast.fay)
        root = "/api/v1/projects/nordwind/"

        def post(path: str, body: dict[str, Any], code: int = 200) -> Any:
            found = client.post(root + path, body, content_type="application/json")
            assert found.status_code == code, found.content
            return found.json()

        made = post(
            "change-requests/",
            {"title": "Labels", "description": "Print", "requested_on": "2026-03-03", "recommendation": "Do",
             "schedule_days": 0, "price": "100.00"},
            201,
        )  # fmt: skip
        pk = made["id"]
        assert made["key"] == "CR-001"
        post("change-lines/", {"change": pk, "task": cast.setup.pk, "planned_seconds": 3600}, 201)
        for name in ("submit", "analyse", "review"):
            post(f"change-requests/{pk}/steps/", {"step": name})
        client.force_login(cast.mara)
        due = (timezone.localdate() + timedelta(days=5)).isoformat()
        post(f"change-requests/{pk}/ask/", {"person": cast.carla.person.pk, "due_on": due})
        post(f"change-requests/{pk}/implement/", {}, 409)
        answer(ResponseRequest.objects.get())
        assert post(f"change-requests/{pk}/implement/", {})["status"] == "implemented"
