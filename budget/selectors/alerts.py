"""Reads of alerts: whose they are to see, in words, and how promptly they are dealt with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from statistics import median

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop
from django.utils.translation import ngettext

from budget.choices import AlertRule, Severity
from budget.models import Alert, AlertSettings
from budget.models.alerts import AlertQuerySet
from implement.accounts.models import User
from implement.core.asked import answered_once
from implement.core.money import format_number
from projects.choices import Role
from projects.kit.access import Entry, visible_projects
from projects.models import Project
from projects.planning import end_of_day

HOUR = Decimal(3600)
MEASURED_DAYS = 90

# rule -> what a reader is told: its value and the line it is beyond.
WORDS = {
    AlertRule.CONSUMED: noop("{value} % of the budget is consumed; the line is {limit} %."),
    AlertRule.GAP: noop("The budget is consumed {value} points ahead of the work done; the line is {limit}."),
    AlertRule.CPI: noop("CPI is {value}; the line is {limit}."),
    AlertRule.SPI: noop("SPI is {value}; the line is {limit}."),
    AlertRule.EAC: noop("{value} % of the budget is expected in the end; the line is {limit} %."),
    AlertRule.TIMESHEET: noop("Last week's hours are {value} % of a full week; the line is {limit} %."),
    AlertRule.CAP: noop(
        "{value} % of the agreed limit is used; the line is {limit} %. Beyond it nothing is billed."
    ),
}
# The same, where days are counted: of one, and of several.
COUNTED = {
    AlertRule.RUNS_OUT: (
        noop("At the pace of the last four weeks the budget ends {value} day before the work."),
        noop("At the pace of the last four weeks the budget ends {value} days before the work."),
    ),
    AlertRule.SLIP: (
        noop("Expected {value} working day after its baseline; the line is {limit}."),
        noop("Expected {value} working days after its baseline; the line is {limit}."),
    ),
    AlertRule.OVERDUE: (
        noop("It was expected {value} day ago and is not reached."),
        noop("It was expected {value} days ago and is not reached."),
    ),
    AlertRule.DEADLINE: (
        noop("It will finish {value} working day after its deadline."),
        noop("It will finish {value} working days after its deadline."),
    ),
}
DIGITS = {AlertRule.CPI: 2, AlertRule.SPI: 2, AlertRule.GAP: 1}
MOST_DIGITS = 4


def sentence_of(alert: Alert) -> str:
    """Return what an alert found, in a sentence of the active language."""
    rule, digits = AlertRule(alert.rule), _digits_of(alert)
    words = ngettext(*COUNTED[rule], int(alert.value or 0)) if rule in COUNTED else _(WORDS[rule])
    return words.format(
        value=format_number(alert.value, digits=digits), limit=format_number(alert.limit, digits=digits)
    )


def _digits_of(alert: Alert) -> int:
    """Return how many digits it takes to tell the value from its line: 105.2 % is beyond 105 %."""
    digits = DIGITS.get(AlertRule(alert.rule), 0)
    value, limit = alert.value, alert.limit
    if value is not None and limit is not None and value != limit:
        while digits < MOST_DIGITS and round(value, digits) == round(limit, digits):
            digits += 1
    return digits


def title_of(alert: Alert) -> str:
    """Return rule and subject, such as "Milestone slips: Go-live"."""
    about = alert.task.name if alert.task else alert.person.name if alert.person else ""
    label = str(AlertRule(alert.rule).label)
    return f"{label}: {about}" if about else label


def visible_alerts(entry: Entry) -> AlertQuerySet:
    """Return a project's alerts that the person may see: those on cost only with the sight of cost."""
    rows = Alert.objects.filter(project=entry.project).select_related("project", "task", "person", "owner")
    return rows if entry.can("cost.view") else rows.filter(needs_cost=False)


def digest_alerts(*, user: User, since: datetime) -> AlertQuerySet:
    """Return the open alerts on one's projects that are new since a moment; an escalation has a mail of its own."""
    mine = Project.objects.filter(
        memberships__person__user=user, memberships__is_active=True,
        memberships__role__in=[Role.MANAGER, Role.FINANCE],
    )  # fmt: skip
    return (
        Alert.objects.of_running()
        .filter(first_seen__gt=since, project__in=mine)
        .select_related("project", "task", "person")
        .order_by("project__name", "severity", "first_seen")
    )


def open_counts(user: User, projects: Sequence[Project]) -> dict[int, tuple[int, int]]:
    """Return project id -> (open alerts, those in trouble) that the person may see; one query."""
    watched = visible_projects(user, permission="alerts.view").values("pk")
    dear = visible_projects(user, permission="cost.view").values("pk")
    rows = (
        Alert.objects.open()
        .filter(Q(needs_cost=False) | Q(project__in=dear), project__in=watched)
        .filter(project__in=[project.pk for project in projects])
        .order_by()
        .values_list("project")
        .annotate(count=Count("pk"), bad=Count("pk", filter=Q(severity=Severity.TROUBLE)))
    )
    return {project: (count, bad) for project, count, bad in rows}


@dataclass(frozen=True, kw_only=True)
class Promptness:
    """How fast alerts are dealt with: hours from first seen to each step, median and worst; None without any.

    Of alerts first seen in the `days` up to `as_of`; what came after that day is left out, so that its figures
    stay. `in_time` is the share (0 to 1) of those first seen so long before its end that their time was over,
    which had an action, or had gone, within `target` hours.
    """

    as_of: date
    days: int
    target: int
    count: int
    acknowledged: tuple[Decimal, Decimal] | None
    planned: tuple[Decimal, Decimal] | None
    closed: tuple[Decimal, Decimal] | None
    in_time: Decimal | None


def _spread(found: Iterable[timedelta]) -> tuple[Decimal, Decimal] | None:
    spans = sorted(Decimal(int(span.total_seconds())) / HOUR for span in found)
    return (Decimal(median(spans)), spans[-1]) if spans else None


@answered_once
def promptness_of(*, project: Project, as_of: date, needs_cost: bool = True) -> Promptness:
    """Return how promptly a project's alerts of the last 90 days are dealt with; two queries.

    `needs_cost` False leaves out alerts on cost.
    """
    end = end_of_day(project, as_of)
    settings = AlertSettings.objects.filter(project=project).first() or AlertSettings(project=project)
    rows = Alert.objects.filter(
        project=project, first_seen__gte=end - timedelta(days=MEASURED_DAYS), first_seen__lt=end
    )
    if not needs_cost:
        rows = rows.filter(needs_cost=False)
    target = timedelta(hours=settings.act_hours)

    def told(at: datetime | None) -> datetime | None:
        return at if at is not None and at < end else None

    times = [
        (seen, told(acknowledged), told(planned), told(closed))
        for seen, acknowledged, planned, closed in rows.values_list(
            "first_seen", "acknowledged_at", "planned_at", "closed_at"
        )
    ]
    judged = [
        min((at - seen for at in (planned, closed) if at is not None), default=None)
        for seen, _acknowledged, planned, closed in times
        if end - seen > target
    ]
    in_time = sum(span is not None and span <= target for span in judged)
    return Promptness(
        as_of=as_of,
        days=MEASURED_DAYS,
        target=settings.act_hours,
        count=len(times),
        acknowledged=_spread(at - seen for seen, at, _p, _c in times if at is not None),
        planned=_spread(at - seen for seen, _a, at, _c in times if at is not None),
        closed=_spread(at - seen for seen, _a, _p, at in times if at is not None),
        in_time=Decimal(in_time) / len(judged) if judged else None,
    )


def where_of(alert: Alert) -> tuple[str, str]:
    """Return the name of the page (and its permission-free words) on which the alert's figure is explained."""
    if alert.rule in {AlertRule.CPI, AlertRule.SPI, AlertRule.EAC}:
        return "earned_value", "Earned value"
    if alert.rule in {AlertRule.CONSUMED, AlertRule.GAP, AlertRule.RUNS_OUT} and alert.task_id is None:
        return "budget", "Budget"
    if alert.rule == AlertRule.CAP:
        return "contract_list", "Contracts"
    if alert.rule == AlertRule.TIMESHEET:
        return "timeentry_list", "Time entries"
    return (
        ("milestone_list", "Milestones")
        if alert.rule in {AlertRule.SLIP, AlertRule.OVERDUE}
        else ("plan", "Plan")
    )
