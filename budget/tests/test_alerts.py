"""Alerts: each rule at, below and above its line, what people do, who is told, and what is never repeated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone, translation

from budget.choices import AlertRule, AlertState, Measure, Severity
from budget.mails import deliver_digests
from budget.models import WHOLE, Alert, AlertSettings, BudgetSettings, TimeEntry
from budget.models.alerts import percents_of
from budget.needs import alerts
from budget.selectors import findings
from budget.selectors.alerts import digest_alerts, promptness_of, sentence_of, title_of, visible_alerts
from budget.selectors.figure_rows import FigureRow
from budget.selectors.findings import Finding, Findings, findings_of
from budget.services import alerts as services
from budget.workflows import ALERT_WORKFLOW
from implement.core.errors import DomainError, NotAllowed, StateError
from implement.testkit.cast import Cast
from projects.choices import ProjectStatus
from projects.deliveries import deliver_due
from projects.kit.access import enter
from projects.models import Assignment, Baseline, BaselineTask, Delivery, JournalEntry, Person, Project, Task
from projects.planning import end_of_day, today_of

pytestmark = pytest.mark.django_db
Login = Callable[..., Client]
DAY = date(2026, 3, 11)


@dataclass
class Value:
    """Earned value as a rule reads it."""

    cpi: Decimal | None = None
    spi: Decimal | None = None
    eac: Decimal | None = None
    bac: Decimal | None = None


@dataclass
class Earned:
    value: Value


def ground(cast: Cast, **more: Any) -> findings.Ground:
    """Return what the rules read, with the usual lines."""
    said = {
        "project": cast.nordwind,
        "as_of": DAY,
        "settings": AlertSettings(project=cast.nordwind),
        "budget": BudgetSettings(project=cast.nordwind),
        "measure": Measure.COST,
        "earned": Earned(Value()),
    }
    return findings.Ground(**said | more)


def asked(rule: Callable[..., None], on: findings.Ground) -> Findings:
    """Return what one rule says."""
    said = Findings()
    rule(on, said)
    return said


def row(consumed: str | None, physical: str | None = "0", **more: Any) -> FigureRow:
    known = {"consumed": consumed, "physical": physical}
    return FigureRow(
        key="total",
        label="Project",
        **{name: None if text is None else Decimal(text) for name, text in known.items()},
        **more,
    )


class RuleTests:
    @pytest.mark.parametrize(
        ("share", "limit", "severity"),
        [
            ("0.4999", None, None),
            ("0.50", 50, "watch"),
            ("0.7499", 50, "watch"),
            ("0.75", 75, "watch"),
            ("0.90", 90, "trouble"),
            ("1", 100, "trouble"),
            ("1.3", 100, "trouble"),
        ],
    )
    def test_the_budget_is_watched_at_each_share(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch, share: str, limit: int | None, severity: str | None
    ) -> None:
        monkeypatch.setattr(findings, "_rows", lambda on: [(WHOLE, row(share))])
        found = asked(findings.consumed, ground(cast)).found.get((AlertRule.CONSUMED, WHOLE))
        assert (found and (found.limit, found.severity)) == (limit and (Decimal(limit), severity))

    def test_a_task_is_watched_from_the_last_but_one_share_and_not_when_it_is_done_within_its_budget(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rows = [
            ("task-1", row("0.89", task_id=1)),
            ("task-2", row("0.90", task_id=2)),
            ("task-3", row("1", "1", task_id=3)),
            ("task-4", row("1.01", "1", task_id=4)),
        ]
        monkeypatch.setattr(findings, "_rows", lambda on: rows)
        found = asked(findings.consumed, ground(cast)).found
        assert {key[1]: one.severity for key, one in found.items()} == {
            "task-2": "trouble",
            "task-4": "watch",
        }
        # What is done is told once: by what it has consumed.
        assert not {key[1] for key in asked(findings.gap, ground(cast)).found} & {"task-3", "task-4"}

    def test_the_line_of_trouble_is_the_projects_own(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(findings, "_rows", lambda on: [(WHOLE, row("0.80"))])
        lines = AlertSettings(project=cast.nordwind, consumed_trouble=Decimal(75))
        for settings, severity in ((AlertSettings(project=cast.nordwind), "watch"), (lines, "trouble")):
            found = asked(findings.consumed, ground(cast, settings=settings)).found
            assert found[(AlertRule.CONSUMED, WHOLE)].severity == severity

    def test_a_person_who_has_used_more_than_their_budget_is_an_alert_about_them(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        mara, tom, tess = (Person.objects.get(user=user).pk for user in (cast.mara, cast.tom, cast.tess))

        class Figures:
            total = row("0.4")
            by_task = ()
            by_person = (
                row("1.18", "0.4", person_id=mara),
                row("0.89", "0.4", person_id=tom),
                row("1", "1", person_id=tess),
                row("9"),
            )

        monkeypatch.setattr(findings, "budget_figures", lambda **words: Figures)
        said = asked(findings.consumed, ground(cast))
        assert list(said.found) == [(AlertRule.CONSUMED, f"person-{mara}")]
        found = said.found[(AlertRule.CONSUMED, f"person-{mara}")]
        assert (found.person_id, found.severity, found.needs_cost) == (mara, "trouble", True)
        alert = Alert(project=cast.nordwind, rule=found.rule, subject=found.subject, person_id=mara)
        assert title_of(alert) == "Budget consumed: Mara Manager"
        # By hours it tells no cost.
        assert not any(
            one.needs_cost
            for one in asked(findings.consumed, ground(cast, measure=Measure.HOURS)).found.values()
        )

    @pytest.mark.parametrize(
        ("used", "physical", "severity"),
        [
            ("0.95", "0.99", "trouble"),
            ("0.95", "1", None),
            ("1.2", "1", "watch"),
            ("0.85", "0.5", "watch"),
            ("0.79", "0.5", None),
        ],
    )
    def test_an_agreed_limit_of_a_part_that_is_done_warns_of_nothing_any_more(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch, used: str, physical: str, severity: str | None
    ) -> None:
        one = SimpleNamespace(
            used=Decimal(used),
            physical=Decimal(physical),
            is_capped=True,
            contract=SimpleNamespace(pk=1, task_id=None),
        )
        monkeypatch.setattr(findings, "contract_figures", lambda **words: (one,))
        found = asked(findings.cap, ground(cast)).found.get((AlertRule.CAP, "contract-1"))
        assert (found and found.severity) == severity

    @pytest.mark.parametrize(
        ("consumed", "physical", "is_alert"),
        [("0.50", "0.40", False), ("0.5001", "0.40", True), ("0.3", "0.9", False)],
    )
    def test_consumed_ahead_of_the_work_by_more_than_ten_points(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch, consumed: str, physical: str, is_alert: bool
    ) -> None:
        monkeypatch.setattr(findings, "_rows", lambda on: [(WHOLE, row(consumed, physical))])
        assert bool(asked(findings.gap, ground(cast)).found) == is_alert

    @pytest.mark.parametrize(("index", "is_alert"), [("0.8999", True), ("0.90", False), ("1.2", False)])
    def test_an_index_below_its_line(self, cast: Cast, index: str, is_alert: bool) -> None:
        on = ground(cast, earned=Earned(Value(cpi=Decimal(index), spi=Decimal(index))))
        for rule in (findings.cpi, findings.spi):
            assert bool(asked(rule, on).found) == is_alert

    def test_cost_and_schedule_have_a_line_each(self, cast: Cast) -> None:
        lines = BudgetSettings(
            project=cast.nordwind, index_limit=Decimal("0.80"), schedule_limit=Decimal("0.95")
        )
        on = ground(cast, budget=lines, earned=Earned(Value(cpi=Decimal("0.85"), spi=Decimal("0.94"))))
        assert not asked(findings.cpi, on).found
        assert asked(findings.spi, on).found[(AlertRule.SPI, WHOLE)].limit == Decimal("0.95")

    @pytest.mark.parametrize(("eac", "is_alert"), [("105", False), ("105.01", True), ("90", False)])
    def test_expected_cost_over_the_budget_by_more_than_its_line(
        self, cast: Cast, eac: str, is_alert: bool
    ) -> None:
        on = ground(cast, earned=Earned(Value(eac=Decimal(eac), bac=Decimal(100))))
        assert bool(asked(findings.eac, on).found) == is_alert

    def test_what_is_not_known_raises_nothing_and_is_said_to_be_unknown(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(findings, "_rows", lambda on: [(WHOLE, row(None, None))])
        for rule in (findings.consumed, findings.gap, findings.cpi, findings.spi, findings.eac):
            said = asked(rule, ground(cast))
            assert not said.found
            assert len(said.unknown) == 1

    def test_a_budget_that_ends_before_the_work(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        class Figures:
            total = replace(row("0.5"), remaining=Decimal(1000))

        monkeypatch.setattr(findings, "budget_figures", lambda **words: Figures)
        monkeypatch.setattr(findings, "weekly_burn", lambda **words: Decimal(500))
        last = datetime(2026, 3, 25, 12, tzinfo=UTC)
        Task.objects.filter(project=cast.nordwind).update(finish=last, percent_complete=0)
        assert not asked(findings.runs_out, ground(cast)).found
        Task.objects.filter(project=cast.nordwind).update(finish=last + timedelta(days=1))
        found = asked(findings.runs_out, ground(cast)).found[(AlertRule.RUNS_OUT, WHOLE)]
        assert (found.value, found.severity) == (1, "watch")
        lines = AlertSettings(project=cast.nordwind, runs_out_watch_days=1)
        assert not asked(findings.runs_out, ground(cast, settings=lines)).found
        lines.runs_out_watch_days = lines.runs_out_trouble_days = 0
        found = asked(findings.runs_out, ground(cast, settings=lines)).found[(AlertRule.RUNS_OUT, WHOLE)]
        assert found.severity == "trouble"
        Task.objects.filter(project=cast.nordwind).update(percent_complete=100)
        said = asked(findings.runs_out, ground(cast))
        # Nothing is left to do: an alert that was open is cleared, not kept for want of data.
        assert (said.found, said.unknown) == ({}, set())

    @pytest.mark.parametrize(("days", "severity"), [(0, None), (1, "watch"), (5, "watch"), (6, "trouble")])
    def test_a_milestone_that_slips(self, cast: Cast, days: int, severity: str | None) -> None:
        monday = datetime(2026, 3, 16, 12, tzinfo=UTC)
        Task.objects.filter(pk=cast.go_live.pk).update(is_milestone=True, percent_complete=0)
        baseline = Baseline.objects.create(
            project=cast.nordwind, number=0, name="Signed", taken_at=datetime(2026, 3, 1, tzinfo=UTC)
        )
        BaselineTask.objects.create(baseline=baseline, task=cast.go_live, finish=monday, duration_minutes=0)
        moved = monday + timedelta(days=days + 2 * (days >= 5))
        Task.objects.filter(pk=cast.go_live.pk).update(finish=moved)
        found = asked(findings.slip, ground(cast)).found.get((AlertRule.SLIP, f"task-{cast.go_live.pk}"))
        assert (found and found.severity) == severity
        assert found is None or found.value == days

    @pytest.mark.parametrize(("booked", "severity"), [(0, "trouble"), (31, "watch"), (32, None)])
    def test_a_timesheet_below_four_fifths_of_the_week(
        self, cast: Cast, booked: int, severity: str | None
    ) -> None:
        tom = Person.objects.get(user=cast.tom)
        monday = date(2026, 3, 2)
        Assignment.objects.filter(task__project=cast.nordwind).delete()
        Assignment.objects.create(task=cast.setup, person=tom, planned_seconds=3600)
        Task.objects.filter(pk=cast.setup.pk).update(
            start=datetime(2026, 3, 3, 8, tzinfo=UTC),
            finish=datetime(2026, 3, 4, 17, tzinfo=UTC),
            percent_complete=0,
        )
        for number in range(booked // 8):
            TimeEntry.objects.create(
                project=cast.nordwind, person=tom, task=cast.setup, worked_on=monday + timedelta(days=number),
                seconds=8 * 3600,
            )  # fmt: skip
        if booked % 8:
            TimeEntry.objects.create(
                project=cast.nordwind, person=tom, task=cast.setup, worked_on=monday + timedelta(days=4),
                seconds=booked % 8 * 3600,
            )  # fmt: skip
        found = asked(findings.timesheet, ground(cast)).found.get((AlertRule.TIMESHEET, f"person-{tom.pk}"))
        assert (found and found.severity) == severity

    def test_a_deadline_that_the_plan_misses(self, cast: Cast) -> None:
        at = datetime(2026, 3, 16, 12, tzinfo=UTC)
        Task.objects.filter(pk=cast.setup.pk).update(finish=at, deadline=at, percent_complete=0)
        assert not asked(findings.deadline, ground(cast)).found
        Task.objects.filter(pk=cast.setup.pk).update(finish=at + timedelta(days=1))
        assert len(asked(findings.deadline, ground(cast)).found) == 1

    def test_a_rule_that_is_off_finds_nothing(self, cast: Cast) -> None:
        settings = AlertSettings(project=cast.nordwind, off=AlertRule.values)
        assert findings_of(project=cast.nordwind, as_of=DAY, settings=settings).found == {}

    @pytest.mark.parametrize("text", ["", "abc", "50, x", "-5", "0", "501", "NaN", "1e2"])
    def test_limits_that_are_no_percentages_are_refused_by_name(self, text: str) -> None:
        with pytest.raises(ValueError, match="is no percentage"):
            percents_of(text)


FOUND = Finding(
    rule=AlertRule.CPI,
    subject=WHOLE,
    severity=Severity.WATCH,
    value=Decimal("0.85"),
    limit=Decimal("0.90"),
    needs_cost=True,
)


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that decides what the rules find from now on."""

    def said(*found: Finding, unknown: tuple[tuple[str, str], ...] = ()) -> None:
        answer = Findings(found={one.key: one for one in found}, unknown=set(unknown))
        monkeypatch.setattr(services, "findings_of", lambda **words: answer)

    return said


def only() -> Alert:
    return Alert.objects.get()


def notices() -> int:
    return Delivery.objects.filter(entry__action="alert.found").count()


class EvaluationTests:
    def test_doing_it_twice_changes_nothing(self, cast: Cast, say: Callable[..., None]) -> None:
        say(FOUND)
        assert services.alerts_evaluate(project=cast.nordwind) == 1
        before = (only().version, JournalEntry.objects.count(), notices())
        assert services.alerts_evaluate(project=cast.nordwind) == 0
        assert (only().version, JournalEntry.objects.count(), notices()) == before

    def test_a_figure_that_is_good_again_clears_its_alert(self, cast: Cast, say: Callable[..., None]) -> None:
        say(FOUND)
        services.alerts_evaluate(project=cast.nordwind)
        say()
        services.alerts_evaluate(project=cast.nordwind)
        assert only().state == AlertState.CLEARED
        assert only().closed_at is not None

    def test_no_data_clears_nothing(self, cast: Cast, say: Callable[..., None]) -> None:
        say(FOUND)
        services.alerts_evaluate(project=cast.nordwind)
        say(unknown=(FOUND.key,))
        services.alerts_evaluate(project=cast.nordwind)
        assert only().state == AlertState.OPEN

    def test_the_managers_are_told_once_and_again_only_when_it_gets_worse(
        self, cast: Cast, say: Callable[..., None]
    ) -> None:
        say(FOUND)
        services.alerts_evaluate(project=cast.nordwind)
        assert notices() == 1
        say(replace(FOUND, value=Decimal("0.84")))
        services.alerts_evaluate(project=cast.nordwind)
        assert notices() == 1
        assert only().value == Decimal("0.84")
        say(replace(FOUND, severity=Severity.TROUBLE))
        services.alerts_evaluate(project=cast.nordwind)
        assert notices() == 2

    def test_many_at_once_are_one_notice(self, cast: Cast, say: Callable[..., None]) -> None:
        say(FOUND, replace(FOUND, rule=AlertRule.SPI), replace(FOUND, rule=AlertRule.EAC))
        assert services.alerts_evaluate(project=cast.nordwind) == 3
        assert notices() == 1

    def test_what_flickers_about_its_line_is_not_told_again_within_a_day(
        self, cast: Cast, say: Callable[..., None]
    ) -> None:
        for found in ((FOUND,), (), (FOUND,)):
            say(*found)
            services.alerts_evaluate(project=cast.nordwind)
        assert Alert.objects.open().count() == 1
        assert notices() == 1

    def test_what_returns_within_a_day_is_the_same_alert_with_its_owner_its_action_and_its_age(
        self, cast: Cast, say: Callable[..., None]
    ) -> None:
        say(FOUND)
        services.alerts_evaluate(project=cast.nordwind)
        seen = timezone.now() - timedelta(hours=30)
        Alert.objects.update(first_seen=seen, escalated_at=seen)
        entry, owner = enter(cast.mara, "nordwind", "alerts.change"), Person.objects.get(user=cast.tom)
        services.alert_plan(alert=only(), owner=owner, action="Ask.", due_on=DAY, entry=entry)
        for found in ((), (replace(FOUND, value=Decimal("0.83")),)):
            say(*found)
            services.alerts_evaluate(project=cast.nordwind)
        again = only()
        assert (again.state, again.owner, again.closed_at) == (AlertState.PLANNED, owner, None)
        assert (again.first_seen, again.escalated_at, again.value) == (seen, seen, Decimal("0.83"))
        assert JournalEntry.objects.filter(action="alert.reopened", target_id=str(again.pk)).count() == 1
        assert notices() == 1
        # After a day it is another story.
        Alert.objects.update(state=AlertState.CLEARED, closed_at=timezone.now() - timedelta(hours=25))
        services.alerts_evaluate(project=cast.nordwind)
        assert Alert.objects.count() == 2

    def test_what_was_acknowledged_comes_back_acknowledged(
        self, cast: Cast, say: Callable[..., None]
    ) -> None:
        say(FOUND)
        services.alerts_evaluate(project=cast.nordwind)
        entry = enter(cast.mara, "nordwind", "alerts.change")
        ALERT_WORKFLOW.perform(name="acknowledge", item=only(), entry=entry)
        for found in ((), (FOUND,)):
            say(*found)
            services.alerts_evaluate(project=cast.nordwind)
        assert only().state == AlertState.ACKNOWLEDGED

    def test_what_a_person_resolved_comes_back_after_a_day_or_when_it_gets_worse(
        self, cast: Cast, say: Callable[..., None]
    ) -> None:
        say(FOUND)
        services.alerts_evaluate(project=cast.nordwind)
        entry = enter(cast.mara, "nordwind", "alerts.change")
        ALERT_WORKFLOW.perform(name="resolve", item=only(), entry=entry, reason="Rates were wrong.")
        assert services.alerts_evaluate(project=cast.nordwind) == 0
        say(replace(FOUND, severity=Severity.TROUBLE))
        assert services.alerts_evaluate(project=cast.nordwind) == 1
        Alert.objects.open().delete()
        Alert.objects.update(closed_at=timezone.now() - timedelta(hours=25))
        say(FOUND)
        assert services.alerts_evaluate(project=cast.nordwind) == 1

    def test_the_database_keeps_one_open_alert_per_rule_and_subject(self, cast: Cast) -> None:
        now = timezone.now()
        same = {
            "project": cast.nordwind,
            "rule": "cpi",
            "subject": WHOLE,
            "first_seen": now,
            "last_seen": now,
        }
        Alert.objects.create(**same)
        with pytest.raises(IntegrityError), transaction.atomic():
            Alert.objects.create(**same)


class TickTests:
    def test_a_project_is_looked_at_when_something_happened_and_once_a_day(
        self, cast: Cast, say: Callable[..., None]
    ) -> None:
        say(FOUND)
        now = timezone.now()
        assert services.alerts_due(now=now) == 2
        assert services.alerts_due(now=now) == 0
        entry = enter(cast.mara, "nordwind", "project.change")
        with transaction.atomic():
            services.record(action="task.changed", target=cast.setup, actor=entry.user, project=cast.nordwind)
        assert services.alerts_due(now=now) == 1
        assert services.alerts_due(now=now + timedelta(days=1)) == 2

    def test_a_line_that_is_moved_is_asked_for_again_in_a_moment(
        self, cast: Cast, say: Callable[..., None], login: Login
    ) -> None:
        say(FOUND)
        services.alerts_due()
        # What the evaluation itself wrote is no reason for another one.
        assert services.alerts_due() == 0
        browser = login(cast.mara)
        page = browser.get("/projects/nordwind/alerts/settings/")
        form = page.context["form"]
        said = {name: form[name].value() for name in form.fields}
        answer = browser.post("/projects/nordwind/alerts/settings/", said | {"gap_points": "5"})
        assert answer.status_code == 302
        assert services.alerts_due() == 1

    def test_a_day_begins_where_the_project_is(self, cast: Cast, say: Callable[..., None]) -> None:
        Project.objects.filter(pk=cast.nordwind.pk).update(time_zone="Pacific/Auckland")
        say()
        noon = datetime(2026, 3, 11, 9, tzinfo=UTC)
        assert services.alerts_due(now=noon) == 2
        # In Auckland it is the next day an hour after UTC's eleven; in Berlin it is not, yet.
        assert services.alerts_due(now=noon + timedelta(hours=1, minutes=59)) == 0
        assert services.alerts_due(now=noon + timedelta(hours=2, minutes=1)) == 1

    def test_missing_hours_that_are_written_on_another_project_are_looked_at_in_a_moment(
        self, cast: Cast, say: Callable[..., None]
    ) -> None:
        tom = Person.objects.get(user=cast.tom)
        say(replace(FOUND, rule=AlertRule.TIMESHEET, subject=f"person-{tom.pk}", person_id=tom.pk))
        services.alerts_due()
        Alert.objects.filter(project=cast.rival).delete()
        assert services.alerts_due() == 0
        TimeEntry.objects.create(project=cast.rival, person=tom, worked_on=DAY, seconds=3600)
        say()
        assert services.alerts_due() == 1
        assert only().state == AlertState.CLEARED

    def test_a_project_that_is_closed_has_no_open_alert_and_mails_of_none(
        self, cast: Cast, say: Callable[..., None]
    ) -> None:
        say(FOUND)
        services.alerts_due()
        Alert.objects.update(first_seen=timezone.now() - timedelta(hours=49))
        Project.objects.filter(pk=cast.nordwind.pk).update(status=ProjectStatus.CLOSED)
        AlertSettings.objects.update(day_ends_at=timezone.now())
        assert not digest_alerts(user=cast.mara, since=timezone.now() - timedelta(days=9)).exists()
        services.alerts_due()
        assert services.alerts_escalate() == 1  # the rival's, which goes on
        assert Alert.objects.get(project=cast.nordwind).state == AlertState.CLEARED
        assert services.alerts_due(now=timezone.now() + timedelta(days=1)) == 1

    def test_a_worker_that_died_leaves_the_project_to_the_next(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def die(**words: object) -> int:
            raise SystemExit

        now = timezone.now()
        monkeypatch.setattr(services, "alerts_evaluate", die)
        with pytest.raises(SystemExit):
            services.alerts_due(now=now)
        monkeypatch.undo()
        assert services.alerts_due(now=now) == 1
        assert services.alerts_due(now=now + services.CLAIM + timedelta(minutes=1)) >= 1

    def test_one_broken_project_does_not_stop_the_others(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def break_on_one(*, project: Any) -> int:
            if project == cast.rival:
                raise ValueError("odd data")
            return 0

        monkeypatch.setattr(services, "alerts_evaluate", break_on_one)
        assert services.alerts_due() == 1

    def test_nobody_looking_is_told_to_the_administrators_once(
        self, cast: Cast, say: Callable[..., None]
    ) -> None:
        say(FOUND)
        services.alerts_evaluate(project=cast.nordwind)
        assert services.alerts_escalate() == 0
        Alert.objects.update(first_seen=timezone.now() - timedelta(hours=49))
        assert services.alerts_escalate() == 1
        assert services.alerts_escalate() == 0
        told = Delivery.objects.filter(entry__action="alert.escalated").values_list("user__email", flat=True)
        assert cast.ada.email in told
        # In the product and by mail, each once.
        assert deliver_due() == len(set(told))
        assert cast.ada.email in {letter.to[0] for letter in mail.outbox}
        assert deliver_due() == 0

    def test_many_late_at_a_time_are_one_notice_and_each_keeps_it_in_its_history(
        self, cast: Cast, say: Callable[..., None]
    ) -> None:
        say(FOUND, replace(FOUND, rule=AlertRule.EAC))
        services.alerts_evaluate(project=cast.nordwind)
        Alert.objects.update(first_seen=timezone.now() - timedelta(hours=49))
        assert services.alerts_escalate() == 2
        told = Delivery.objects.filter(user=cast.ada, entry__action__startswith="alert.escalated")
        assert {row.entry.target_label for row in told} == {str(cast.nordwind)}
        assert sorted(row.channel for row in told) == ["email", "in_app"]
        assert JournalEntry.objects.filter(action="alert.escalated").count() == 2

    def test_the_mail_comes_once_a_day_and_only_when_something_is_new(
        self, cast: Cast, say: Callable[..., None]
    ) -> None:
        # Yesterday's, so that the mail queued then is due now, whatever the hour of this run.
        seven = (timezone.now() - timedelta(days=1)).replace(hour=8)
        assert services.digests_queue(now=seven) == 0
        say(FOUND)
        services.alerts_evaluate(project=cast.nordwind)
        Alert.objects.update(first_seen=seven - timedelta(hours=2))
        assert services.digests_queue(now=seven.replace(hour=6)) == 0
        assert services.digests_queue(now=seven) == 2
        assert services.digests_queue(now=seven) == 0
        deliver_digests()
        letters = [letter for letter in mail.outbox if "new alert" in letter.subject]
        assert sorted(letter.to[0] for letter in letters) == sorted([cast.mara.email, cast.fay.email])
        assert "CPI is 0.85; the line is 0.90." in letters[0].body
        assert services.digests_queue(now=seven + timedelta(days=1)) == 0


@pytest.fixture
def alert(cast: Cast, say: Callable[..., None]) -> Alert:
    say(FOUND)
    services.alerts_evaluate(project=cast.nordwind)
    return only()


class PeopleTests:
    def test_an_action_needs_an_owner_words_and_a_date(self, cast: Cast, alert: Alert) -> None:
        entry = enter(cast.mara, "nordwind", "alerts.change")
        with pytest.raises(DomainError) as refusal:
            services.alert_plan(alert=alert, owner=None, action=" ", due_on=None, entry=entry)
        assert set(refusal.value.fields) == {"owner", "action", "due_on"}
        owner = Person.objects.get(user=cast.tom)
        services.alert_plan(alert=alert, owner=owner, action="Ask the supplier.", due_on=DAY, entry=entry)
        assert (alert.state, alert.owner, alert.acknowledged_by) == (AlertState.PLANNED, owner, cast.mara)

    @pytest.mark.parametrize("who", ["carla", "rita"])
    def test_a_customer_or_stranger_owns_no_action(self, cast: Cast, alert: Alert, who: str) -> None:
        entry = enter(cast.mara, "nordwind", "alerts.change")
        person = Person.objects.get(user=getattr(cast, who))
        with pytest.raises(DomainError):
            services.alert_plan(alert=alert, owner=person, action="x", due_on=DAY, entry=entry)

    def test_an_alert_that_cleared_meanwhile_takes_no_action(
        self, cast: Cast, alert: Alert, say: Callable[..., None]
    ) -> None:
        say()
        services.alerts_evaluate(project=cast.nordwind)
        entry = enter(cast.mara, "nordwind", "alerts.change")
        with pytest.raises(StateError):
            services.alert_plan(
                alert=alert, owner=Person.objects.get(user=cast.tom), action="x", due_on=DAY, entry=entry
            )

    def test_who_may_not_see_cost_sees_no_alert_on_cost_on_any_face(
        self, cast: Cast, login: Login, alert: Alert
    ) -> None:
        entry = enter(cast.tom, "nordwind", "alerts.view")
        assert not visible_alerts(entry).exists()
        browser = login(cast.tom)
        assert browser.get(f"/projects/nordwind/alerts/{alert.pk}/").status_code == 404
        assert browser.get(f"/api/v1/projects/nordwind/alerts/{alert.pk}/").status_code == 404
        for address in (
            "/projects/nordwind/alerts/",
            "/projects/nordwind/",
            "/api/v1/projects/nordwind/alerts/",
        ):
            assert "0.85" not in browser.get(address).content.decode()
        with pytest.raises(NotAllowed):
            services.alert_plan(alert=alert, owner=None, action="", due_on=None, entry=entry)

    def test_a_customer_never_sees_an_alert(self, cast: Cast, login: Login, alert: Alert) -> None:
        browser = login(cast.carla)
        for address in ("/projects/nordwind/alerts/", f"/projects/nordwind/alerts/{alert.pk}/"):
            assert browser.get(address).status_code == 403
        assert "Alert" not in browser.get("/portal/nordwind/").content.decode()

    def test_its_page_explains_the_figure_and_takes_the_action(
        self, cast: Cast, login: Login, alert: Alert
    ) -> None:
        browser = login(cast.mara)
        page = browser.get(f"/projects/nordwind/alerts/{alert.pk}/").content.decode()
        assert "CPI is 0.85; the line is 0.90." in page
        assert "/projects/nordwind/earned-value/" in page
        tom = Person.objects.get(user=cast.tom)
        bad = browser.post(
            f"/projects/nordwind/alerts/{alert.pk}/plan/", {"owner": tom.pk, "action": "", "due_on": "x"}
        )
        assert bad.status_code == 422
        good = browser.post(
            f"/projects/nordwind/alerts/{alert.pk}/plan/",
            {"owner": tom.pk, "action": "Ask the supplier.", "due_on": "2026-03-20"},
        )
        assert good.status_code == 302
        assert "Ask the supplier." in browser.get(good["Location"]).content.decode()

    def test_the_api_plans_and_resolves(self, cast: Cast, login: Login, alert: Alert) -> None:
        browser = login(cast.mara)
        root = f"/api/v1/projects/nordwind/alerts/{alert.pk}/"
        tom = Person.objects.get(user=cast.tom)
        said = {"owner": tom.pk, "action": "Ask", "due_on": "2026-03-20"}
        planned = browser.post(f"{root}plan/", said, content_type="application/json")
        assert planned.json()["state"] == "planned"
        answer = browser.post(
            f"{root}steps/", {"step": "resolve", "reason": "Done"}, content_type="application/json"
        )
        assert answer.json()["state"] == "resolved"
        assert browser.get(root).json()["found"] == "CPI is 0.85; the line is 0.90."

    def test_lines_that_cannot_be_are_told_at_their_field(self, cast: Cast, login: Login) -> None:
        browser = login(cast.mara)
        address = "/projects/nordwind/alerts/settings/"
        assert browser.get(address).status_code == 200
        said = {
            "rules": ["cpi"], "consumed_limits": "50, many", "gap_points": "10", "slip_watch_days": "7",
            "slip_trouble_days": "5", "timesheet_share": "80", "escalate_hours": "48", "act_hours": "72",
            "version": "1", "consumed_trouble": "90", "runs_out_watch_days": "20", "runs_out_trouble_days": "14",
        }  # fmt: skip
        answer = browser.post(address, said)
        assert answer.status_code == 422
        assert "“many” is no percentage" in answer.content.decode()
        answer = browser.post(address, said | {"consumed_limits": "60 90"})
        assert "not below the slip to watch" in answer.content.decode()
        assert "The days in trouble are not below the days to watch." in answer.content.decode()
        right = {"consumed_limits": "60 90", "slip_watch_days": "1", "runs_out_watch_days": "3"}
        answer = browser.post(address, said | right)
        assert answer.status_code == 302
        stored = AlertSettings.objects.get(project=cast.nordwind)
        assert set(stored.off) == set(AlertRule.values) - {"cpi"}

    def test_the_api_reads_and_moves_the_lines(self, cast: Cast, login: Login) -> None:
        browser, root = login(cast.mara), "/api/v1/projects/nordwind/alert-settings/"
        (row,) = browser.get(root).json()["results"]
        assert (row["gap_points"], row["off"], row["runs_out_trouble_days"]) == ("10.00", [], 14)
        said = {"gap_points": "5", "off": ["spi"]}
        answer = browser.patch(f"{root}{row['id']}/", said, content_type="application/json")
        assert (answer.status_code, answer.json()["off"]) == (200, ["spi"])
        for wrong in ({"off": ["luck"]}, {"consumed_limits": "x"}, {"slip_watch_days": 9}):
            answer = browser.patch(f"{root}{row['id']}/", wrong, content_type="application/json")
            assert answer.status_code in (400, 422)
            assert next(iter(wrong)) in answer.content.decode() or "slip" in answer.content.decode()
        assert browser.post(root, said, content_type="application/json").status_code == 405
        assert login(cast.tom).get(root).status_code == 403
        (lines,) = browser.get("/api/v1/projects/nordwind/budget-settings/").json()["results"]
        address = f"/api/v1/projects/nordwind/budget-settings/{lines['id']}/"
        answer = browser.patch(address, {"schedule_limit": "0.85"}, content_type="application/json")
        assert (answer.json()["index_limit"], answer.json()["schedule_limit"]) == ("0.90", "0.85")
        assert login(cast.tom).get(address).status_code == 403

    def test_who_looks_after_alerts_is_reminded_of_what_was_forgotten(self, cast: Cast, alert: Alert) -> None:
        entry = enter(cast.mara, "nordwind", "alerts.view")

        def said() -> dict[str, int]:
            return {need.key: need.count for need in alerts(entry) if need.count}

        assert said() == {"alerts.new": 1}
        ALERT_WORKFLOW.perform(name="acknowledge", item=alert, entry=entry)
        assert said() == {}
        Alert.objects.update(acknowledged_at=timezone.now() - timedelta(hours=73))
        assert said() == {"alerts.forgotten": 1}
        today, owner = today_of(cast.nordwind), Person.objects.get(user=cast.fay)
        services.alert_plan(alert=alert, owner=owner, action="Ask.", due_on=today, entry=entry)
        assert said() == {}
        Alert.objects.update(due_on=today - timedelta(days=1))
        # The manager sees that another's is overdue, the owner that their own is due.
        assert said() == {"alerts.late": 1}
        entry = enter(cast.fay, "nordwind", "alerts.view")
        assert said() == {"alerts.due": 1}

    def test_the_home_leads_to_each_alert_and_counts_what_cannot_be_helped(
        self, cast: Cast, login: Login, alert: Alert
    ) -> None:
        Task.objects.filter(pk=cast.kickoff.pk).update(percent_complete=100)
        now = timezone.now()
        done = Alert.objects.create(
            project=cast.nordwind, rule=AlertRule.CONSUMED, subject=f"task-{cast.kickoff.pk}", task=cast.kickoff,
            value=Decimal(120), limit=Decimal(100), first_seen=now, last_seen=now,
        )  # fmt: skip
        # Neither waits it for anybody, nor is it escalated: nothing can be done any more.
        Alert.objects.update(first_seen=now - timedelta(hours=49))
        assert {need.key: need.count for need in alerts(enter(cast.mara, "nordwind", "alerts.view"))}[
            "alerts.new"
        ] == 1
        assert services.alerts_escalate() == 1
        browser = login(cast.mara)
        page = browser.get("/projects/nordwind/").content.decode()
        assert f'href="/projects/nordwind/alerts/{alert.pk}/"' in page
        assert f'href="/projects/nordwind/alerts/{done.pk}/"' not in page
        assert "1 finished task took more than its budget" in page
        shown = {
            show: {
                row.pk for row in browser.get(f"/projects/nordwind/alerts/?show={show}").context["table"].data
            }
            for show in ("open", "acting", "bygone", "late", "closed")
        }
        assert shown == {
            "open": {alert.pk, done.pk}, "acting": {alert.pk}, "bygone": {done.pk}, "late": set(), "closed": set(),
        }  # fmt: skip

    def test_the_list_begins_with_the_worst_that_can_be_helped(
        self, cast: Cast, login: Login, alert: Alert
    ) -> None:
        Task.objects.filter(pk=cast.kickoff.pk).update(percent_complete=100)
        now = timezone.now()

        def made(task: Task, severity: str, days: int) -> int:
            return Alert.objects.create(
                project=cast.nordwind, rule=AlertRule.CONSUMED, subject=f"task-{task.pk}", task=task,
                severity=severity, first_seen=now - timedelta(days=days), last_seen=now,
            ).pk  # fmt: skip

        done, open_one = made(cast.kickoff, "watch", 0), made(cast.setup, "watch", 3)
        worst = made(cast.go_live, "trouble", 9)
        table = login(cast.mara).get("/projects/nordwind/alerts/").context["table"]
        assert [row.record.pk for row in table.rows] == [worst, alert.pk, open_one, done]

    def test_only_people_of_the_firm_are_offered_as_owners(
        self, cast: Cast, login: Login, alert: Alert
    ) -> None:
        form = login(cast.mara).get("/projects/nordwind/alerts/").context["filter"].form
        offered = set(form.fields["owner"].queryset)
        assert Person.objects.get(user=cast.tom) in offered
        assert Person.objects.get(user=cast.carla) not in offered


class PromptnessTests:
    def test_the_time_to_each_step_is_measured(self, cast: Cast) -> None:
        seen = datetime(2026, 3, 1, 8, tzinfo=UTC)

        def made(subject: str, *, planned: int | None, closed: int | None) -> None:
            owner = Person.objects.get(user=cast.tom)
            Alert.objects.create(
                project=cast.nordwind, rule="gap", subject=subject, first_seen=seen, last_seen=seen,
                state=AlertState.CLEARED if closed else AlertState.PLANNED if planned else AlertState.OPEN,
                owner=owner, action="x", due_on=DAY,
                acknowledged_at=seen + timedelta(hours=planned) if planned else None,
                planned_at=seen + timedelta(hours=planned) if planned else None,
                closed_at=seen + timedelta(hours=closed) if closed else None,
            )  # fmt: skip

        made("a", planned=10, closed=100)
        made("b", planned=80, closed=90)
        made("c", planned=None, closed=20)
        made("d", planned=None, closed=None)
        found = promptness_of(project=cast.nordwind, as_of=DAY)
        assert found.count == 4
        assert found.acknowledged == (Decimal(45), Decimal(80))
        assert found.closed == (Decimal(90), Decimal(100))
        # a within 10 h and c gone within 20 h; b took 80 h, d has nothing after ten days: 72 h were allowed.
        assert found.in_time == Decimal("0.5")

    def test_only_what_had_its_time_is_judged_and_a_past_day_keeps_its_figure(self, cast: Cast) -> None:
        end = end_of_day(cast.nordwind, DAY)

        def made(subject: str, hours: int, **more: Any) -> None:
            seen = end - timedelta(hours=hours)
            Alert.objects.create(
                project=cast.nordwind, rule="gap", subject=subject, first_seen=seen, last_seen=seen, **more
            )

        made("acted", 5, state=AlertState.CLEARED, closed_at=end - timedelta(hours=4))
        for number in range(9):
            made(f"fresh-{number}", 5)
        # One of ten that are five hours old is no "always".
        assert promptness_of(project=cast.nordwind, as_of=DAY).in_time is None
        made("old", 100)
        before = promptness_of(project=cast.nordwind, as_of=DAY)
        assert before.in_time == 0
        Alert.objects.filter(subject="old").update(
            acknowledged_at=end + timedelta(hours=1),
            state=AlertState.CLEARED,
            closed_at=end + timedelta(hours=1),
        )
        assert promptness_of(project=cast.nordwind, as_of=DAY) == before

    def test_without_an_alert_nothing_is_said(self, cast: Cast) -> None:
        found = promptness_of(project=cast.nordwind, as_of=DAY)
        assert (found.count, found.acknowledged, found.in_time) == (0, None, None)


class WordTests:
    @pytest.mark.parametrize(
        ("rule", "value", "limit", "words"),
        [
            ("eac", "105.22", "105", "105.2 % of the budget is expected in the end; the line is 105.0 %."),
            ("eac", "120.4", "105", "120 % of the budget is expected in the end; the line is 105 %."),
            ("cpi", "0.8999", "0.9", "CPI is 0.8999; the line is 0.9000."),
            ("deadline", "1", "0", "It will finish 1 working day after its deadline."),
            ("slip", "2", "0", "Expected 2 working days after its baseline; the line is 0."),
        ],
    )
    def test_a_value_is_told_from_its_line_and_a_day_from_days(
        self, cast: Cast, rule: str, value: str, limit: str, words: str
    ) -> None:
        alert = Alert(
            project=cast.nordwind, rule=rule, subject=WHOLE, value=Decimal(value), limit=Decimal(limit)
        )
        assert sentence_of(alert) == words

    def test_one_working_day_is_one_in_german_too(self, cast: Cast) -> None:
        alert = Alert(
            project=cast.nordwind, rule="deadline", subject=WHOLE, value=Decimal(1), limit=Decimal(0)
        )
        with translation.override("de"):
            assert sentence_of(alert) == "Das Ende liegt 1 Arbeitstag nach der Frist."

    @pytest.mark.parametrize("rule", AlertRule.values)
    def test_every_rule_says_what_it_found(self, cast: Cast, rule: str) -> None:
        alert = Alert(
            project=cast.nordwind, rule=rule, subject=WHOLE, value=Decimal("7.25"), limit=Decimal(5)
        )
        assert "7" in sentence_of(alert)
        assert title_of(alert) == AlertRule(rule).label
