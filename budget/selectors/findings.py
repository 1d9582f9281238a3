"""What is beyond its line at a day: the rules over the same selectors that the pages show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import chain

from django.db.models import Count, F, Max, Sum

from budget.choices import ACTUAL_STATES, AlertRule, Measure, Severity
from budget.models import WHOLE, AlertSettings, BudgetSettings, Expense, TimeEntry, percents_of
from budget.selectors.amounts import hours
from budget.selectors.contracts import contract_figures
from budget.selectors.earned import EarnedFigures, earned_value
from budget.selectors.etc import control_of
from budget.selectors.figure_rows import FigureRow
from budget.selectors.figures import budget_figures
from budget.selectors.health import measure_for
from budget.selectors.missing import WEEK, week_shares
from projects.models import Project, Task
from projects.planning import working_calendar, zone_of
from projects.selectors import milestones_of

HUNDRED = Decimal(100)
BURN_DAYS = 28
Key = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One figure beyond its line. `value` and `limit` are in %, points, working days, days or an index."""

    rule: str
    subject: str
    severity: str
    value: Decimal
    limit: Decimal
    task_id: int | None = None
    person_id: int | None = None
    needs_cost: bool = False

    @property
    def key(self) -> Key:
        """Return rule and subject: of these there is one open alert at most."""
        return (self.rule, self.subject)


@dataclass
class Findings:
    """What was found, and what could not be known: no data raises nothing and clears nothing."""

    found: dict[Key, Finding] = field(default_factory=dict)
    unknown: set[Key] = field(default_factory=set)


@dataclass(frozen=True)
class Ground:
    """What every rule reads."""

    project: Project
    as_of: date
    settings: AlertSettings
    budget: BudgetSettings
    measure: str
    earned: EarnedFigures

    @property
    def needs_cost(self) -> bool:
        """Return whether the figures are money that not everybody may see."""
        return self.measure == Measure.COST


Ask = Callable[[Ground, Findings], None]
RULES: dict[str, Ask] = {}


def rule(name: str) -> Callable[[Ask], Ask]:
    """Make a rule known under its name."""

    def register(function: Ask) -> Ask:
        RULES[name] = function
        return function

    return register


def findings_of(*, project: Project, as_of: date, settings: AlertSettings) -> Findings:
    """Return everything beyond its line at the end of a day, by the rules that are on."""
    measure = measure_for(project, as_of)
    ground = Ground(
        project=project,
        as_of=as_of,
        settings=settings,
        budget=BudgetSettings.objects.filter(project=project).first() or BudgetSettings(project=project),
        measure=measure,
        earned=earned_value(project=project, as_of=as_of, measure=measure),
    )
    found = Findings()
    for name, ask in RULES.items():
        if name not in settings.off:
            ask(ground, found)
    return found


def _rows(ground: Ground) -> Iterator[tuple[str, FigureRow]]:
    """Yield the project's budget row and those of its tasks, by subject."""
    figures = budget_figures(project=ground.project, as_of=ground.as_of, measure=ground.measure)
    yield WHOLE, figures.total
    for row in figures.by_task:
        if row.task_id is not None and not row.is_rollup:
            yield f"task-{row.task_id}", row


def _is_finished(row: FigureRow) -> bool:
    """Return whether a task, or all of a person's, is done; the project is not, as long as anybody looks after it."""
    return (row.task_id is not None or row.person_id is not None) and row.physical == 1


def _people(ground: Ground) -> Iterator[tuple[str, FigureRow]]:
    """Yield the budget rows of people, by subject."""
    figures = budget_figures(project=ground.project, as_of=ground.as_of, measure=ground.measure)
    for row in figures.by_person:
        if row.person_id is not None:
            yield f"person-{row.person_id}", row


@rule(AlertRule.CONSUMED)
def consumed(ground: Ground, said: Findings) -> None:
    """Consumed budget of the project at each limit; of a task or a person only from the last but one on."""
    limits = percents_of(ground.settings.consumed_limits)
    for subject, row in chain(_rows(ground), _people(ground)):
        key = (str(AlertRule.CONSUMED), subject)
        if row.consumed is None:
            said.unknown.add(key)
            continue
        share = row.consumed * HUNDRED
        watched = limits if subject == WHOLE else limits[-2:]
        crossed = [limit for limit in watched if share >= limit]
        # What is finished within its budget has nothing left to warn of.
        is_over = share > HUNDRED
        if not crossed or (_is_finished(row) and not is_over):
            continue
        limit = crossed[-1]
        # What a finished task has taken cannot be helped any more: it is to be known, not to be saved.
        is_bad = limit >= ground.settings.consumed_trouble and not _is_finished(row)
        said.found[key] = Finding(
            rule=AlertRule.CONSUMED,
            subject=subject,
            severity=Severity.TROUBLE if is_bad else Severity.WATCH,
            value=share,
            limit=limit,
            task_id=row.task_id,
            person_id=row.person_id,
            needs_cost=ground.needs_cost,
        )


@rule(AlertRule.GAP)
def gap(ground: Ground, said: Findings) -> None:
    """More of the budget consumed than of the work done, in points; a finished task's is told by what it consumed."""
    limit = ground.settings.gap_points
    for subject, row in _rows(ground):
        key = (str(AlertRule.GAP), subject)
        if row.consumed is None or row.physical is None:
            said.unknown.add(key)
            continue
        points = (row.consumed - row.physical) * HUNDRED
        if points > limit and not _is_finished(row):
            said.found[key] = Finding(
                rule=AlertRule.GAP,
                subject=subject,
                severity=Severity.TROUBLE if points > 2 * limit else Severity.WATCH,
                value=points,
                limit=limit,
                task_id=row.task_id,
                needs_cost=ground.needs_cost,
            )


def _index(ground: Ground, said: Findings, name: str, value: Decimal | None, limit: Decimal) -> None:
    if value is None:
        said.unknown.add((name, WHOLE))
    elif value < limit:
        said.found[(name, WHOLE)] = Finding(
            rule=name,
            subject=WHOLE,
            severity=Severity.TROUBLE,
            value=value,
            limit=limit,
            needs_cost=ground.needs_cost,
        )


@rule(AlertRule.CPI)
def cpi(ground: Ground, said: Findings) -> None:
    """CPI below its line."""
    _index(ground, said, AlertRule.CPI, ground.earned.value.cpi, ground.budget.index_limit)


@rule(AlertRule.SPI)
def spi(ground: Ground, said: Findings) -> None:
    """SPI below its line."""
    _index(ground, said, AlertRule.SPI, ground.earned.value.spi, ground.budget.schedule_limit)


@rule(AlertRule.EAC)
def eac(ground: Ground, said: Findings) -> None:
    """EAC over BAC by more than the line, in % of BAC."""
    value = ground.earned.value
    if value.eac is None or not value.bac:
        said.unknown.add((str(AlertRule.EAC), WHOLE))
        return
    share, limit = value.eac / value.bac * HUNDRED, HUNDRED + ground.budget.overrun_limit
    if share > limit:
        said.found[(str(AlertRule.EAC), WHOLE)] = Finding(
            rule=AlertRule.EAC,
            subject=WHOLE,
            severity=Severity.TROUBLE,
            value=share,
            limit=limit,
            needs_cost=ground.needs_cost,
        )


def weekly_burn(*, project: Project, as_of: date, measure: str) -> Decimal:
    """Return what a week has used on average over the last four: approved cost, or approved hours."""
    since = as_of - timedelta(days=BURN_DAYS)
    entries = TimeEntry.objects.filter(
        project=project, status__in=ACTUAL_STATES, booked_on__gt=since, booked_on__lte=as_of
    )
    if measure == Measure.HOURS:
        used = hours(entries.aggregate(total=Sum("seconds"))["total"] or 0)
    else:
        spent = Expense.objects.filter(
            project=project, status__in=ACTUAL_STATES, booked_on__gt=since, booked_on__lte=as_of
        )
        parts = (rows.aggregate(total=Sum("cost"))["total"] for rows in (entries, spent))
        used = sum((part for part in parts if part is not None), Decimal(0))
    return used * 7 / BURN_DAYS


@rule(AlertRule.RUNS_OUT)
def runs_out(ground: Ground, said: Findings) -> None:
    """At the pace of the last four weeks the budget ends before the work, by more days than the line allows."""
    lines = ground.settings
    key = (str(AlertRule.RUNS_OUT), WHOLE)
    total = budget_figures(project=ground.project, as_of=ground.as_of, measure=ground.measure).total
    left_over = Task.objects.filter(project=ground.project).leaves().open()
    open_work = left_over.aggregate(last=Max("finish"), count=Count("pk"))
    if not open_work["count"]:
        # Nothing is left to pay for: that is known, and good.
        return
    last = open_work["last"]
    burn = weekly_burn(project=ground.project, as_of=ground.as_of, measure=ground.measure)
    if total.remaining is None or last is None or burn <= 0:
        said.unknown.add(key)
        return
    left = int(max(total.remaining, Decimal(0)) / burn * 7)
    finish = last.astimezone(zone_of(ground.project)).date()
    early = (finish - ground.as_of).days - left
    if early > lines.runs_out_watch_days:
        is_bad = early > lines.runs_out_trouble_days
        said.found[key] = Finding(
            rule=AlertRule.RUNS_OUT,
            subject=WHOLE,
            severity=Severity.TROUBLE if is_bad else Severity.WATCH,
            value=Decimal(early),
            limit=Decimal(lines.runs_out_trouble_days if is_bad else lines.runs_out_watch_days),
            needs_cost=ground.needs_cost,
        )


@rule(AlertRule.SLIP)
def slip(ground: Ground, said: Findings) -> None:
    """A milestone's forecast after its baseline, in working days."""
    for row in milestones_of(project=ground.project, as_of=ground.as_of):
        key = (str(AlertRule.SLIP), f"task-{row.id}")
        if row.reached_on is not None:
            continue
        if row.slip_days is None:
            said.unknown.add(key)
        elif row.slip_days > ground.settings.slip_watch_days:
            is_bad = row.slip_days > ground.settings.slip_trouble_days
            said.found[key] = Finding(
                rule=AlertRule.SLIP,
                subject=f"task-{row.id}",
                severity=Severity.TROUBLE if is_bad else Severity.WATCH,
                value=Decimal(row.slip_days),
                limit=Decimal(
                    ground.settings.slip_trouble_days if is_bad else ground.settings.slip_watch_days
                ),
                task_id=row.id,
            )


@rule(AlertRule.OVERDUE)
def overdue(ground: Ground, said: Findings) -> None:
    """A milestone whose day has passed, the baseline's or the expected one, in days."""
    for row in milestones_of(project=ground.project, as_of=ground.as_of):
        if row.is_overdue and row.due_on is not None:
            finding = Finding(
                rule=AlertRule.OVERDUE,
                subject=f"task-{row.id}",
                severity=Severity.TROUBLE,
                value=Decimal((ground.as_of - row.due_on).days),
                limit=Decimal(0),
                task_id=row.id,
            )
            said.found[finding.key] = finding


@rule(AlertRule.DEADLINE)
def deadline(ground: Ground, said: Findings) -> None:
    """A task that the plan finishes after its deadline, in working days."""
    zone, calendar = zone_of(ground.project), working_calendar(ground.project.calendar)
    late = Task.objects.filter(project=ground.project, finish__gt=F("deadline")).open().leaves()
    for task in late:
        if task.deadline is None or task.finish is None:
            continue
        days = calendar.working_days_between(
            task.deadline.astimezone(zone).date(), task.finish.astimezone(zone).date()
        )
        finding = Finding(
            rule=AlertRule.DEADLINE,
            subject=f"task-{task.pk}",
            severity=Severity.TROUBLE if days > ground.settings.slip_trouble_days else Severity.WATCH,
            value=Decimal(days),
            limit=Decimal(0),
            task_id=task.pk,
        )
        said.found[finding.key] = finding


@rule(AlertRule.CAP)
def cap(ground: Ground, said: Findings) -> None:
    """Billable work of a contract with a limit nears it, or is beyond it, in % of the limit."""
    limit = control_of(project=ground.project).cap_share
    for one in contract_figures(project=ground.project, as_of=ground.as_of):
        if not one.is_capped:
            continue
        subject = f"contract-{one.contract.pk}"
        if one.used is None:
            said.unknown.add((str(AlertRule.CAP), subject))
            continue
        share, is_done = one.used * HUNDRED, one.physical == 1
        # What is done within its limit needs no more of it; beyond it, what is lost cannot be helped any more.
        if share >= limit and not (is_done and share <= HUNDRED):
            is_bad = share >= max(ground.settings.consumed_trouble, limit) and not is_done
            finding = Finding(
                rule=AlertRule.CAP,
                subject=subject,
                severity=Severity.TROUBLE if is_bad else Severity.WATCH,
                value=share,
                limit=limit,
                task_id=one.contract.task_id,
                # What is agreed and billed is money, too: who may not see cost sees hours only.
                needs_cost=True,
            )
            said.found[finding.key] = finding


@rule(AlertRule.TIMESHEET)
def timesheet(ground: Ground, said: Findings) -> None:
    """Somebody with planned work in the last whole week, whose hours over all projects fall short, in %.

    Holidays and absences shorten the week.
    """
    monday = ground.as_of - timedelta(days=ground.as_of.weekday()) - WEEK
    for one in week_shares(project=ground.project, monday=monday):
        if one.share < ground.settings.timesheet_share:
            finding = Finding(
                rule=AlertRule.TIMESHEET,
                subject=f"person-{one.person.pk}",
                severity=Severity.TROUBLE if one.share == 0 else Severity.WATCH,
                value=one.share,
                limit=ground.settings.timesheet_share,
                person_id=one.person.pk,
            )
            said.found[finding.key] = finding
