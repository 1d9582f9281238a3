"""How progress is measured, and saying what was done: by percent, dates, steps or units, as the rule asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from implement.accounts.models import User
from implement.core.errors import DomainError
from projects.choices import ProgressRule
from projects.kit.journal import record
from projects.kit.rows import clean_row
from projects.models import JournalEntry, MeasureChange, ProgressCount, ProgressStep, Project, Task
from projects.planning import end_of_day, local_start, to_moment, today_of, working_calendar, zone_of
from projects.progress import BY_DATES, HUNDRED, HUNDREDTH, ZERO, Curve, Facts, even_progress
from projects.services.plan import task_save
from projects.services.scheduling import plan_lock

MOST_STEPS = 50
FIRST_DAY = date(1990, 1, 1)
# A milestone is a task seen under another name; the journal keeps the name it was changed under.
TARGETS = ("projects.task", "projects.milestone")


@dataclass(frozen=True)
class Step:
    """A weighted step as it is to be; `pk` None is a new one."""

    name: str
    weight: Decimal
    pk: int | None = None


@dataclass(frozen=True, kw_only=True)
class Measure:
    """How a task is to be measured: `rule` empty is the project's usual one; steps and units as it needs them."""

    rule: str
    steps: tuple[Step, ...] = ()
    units_total: Decimal | None = None
    unit_name: str = ""


@dataclass(frozen=True, kw_only=True)
class Said:
    """What was done. Only what the task's rule asks for may be given.

    `steps` is the id of a step -> the day it was done, None: not done. `done` is a count at the end of `on`.
    """

    percent: Decimal | None = None
    steps: dict[int, date | None] | None = None
    done: Decimal | None = None
    on: date | None = None
    started_on: date | None = None
    finished_on: date | None = None


def has_begun(task: Task) -> bool:
    """Return whether something of a task is done, so that its measure is locked."""
    if task.percent_complete > 0 or task.actual_start is not None:
        return True
    if task.rule == ProgressRule.EFFORT:
        return task.start is not None and task.start <= timezone.now()
    return (
        task.progress_steps.filter(done_on__isnull=False).exists()
        or task.progress_counts.filter(done__gt=0).exists()
    )


# --- how it is measured ---


@transaction.atomic
def measure_set(
    *,
    task: Task,
    measure: Measure,
    actor: User | None,
    reason: str = "",
    expected_version: int | None = None,
) -> Task:
    """Say how a task's progress is measured. Once it has begun that needs a reason, and the past stays.

    Raises DomainError, by field (a summary, a milestone, weights that do not add up to 100), or StaleVersion.
    """
    if task.is_summary or task.is_milestone:
        raise DomainError("The progress of a summary or a milestone is not measured by a rule.")
    plan_lock(task.project)
    if measure.rule and measure.rule not in ProgressRule.values:
        raise DomainError(f"There is no rule “{measure.rule}”.", fields={"rule": "Choose one of the rules."})
    after = measure.rule or task.project.progress_rule
    steps = _checked_steps(task, measure.steps) if after == ProgressRule.STEPS else ()
    total = _checked_total(measure) if after == ProgressRule.UNITS else None
    before = task.rule
    stored = {step.pk: step for step in task.progress_steps.all()}
    is_other = before != after or (after == ProgressRule.UNITS and total != task.units_total)
    if after == ProgressRule.STEPS:
        weights = {step.pk: step.weight for step in steps}
        is_other |= weights != {pk: step.weight for pk, step in stored.items()} or None in weights
    begun = has_begun(task)
    reason = " ".join(reason.split())
    if begun and is_other:
        if not reason:
            words = "The task has begun: say why it is measured otherwise from now on."
            raise DomainError(words, fields={"reason": words})
        _keep_past(task, before=before, after=after, reason=reason, actor=actor)
        task.measured_since = today_of(task.project)
    task.progress_rule = measure.rule
    task.units_total = total
    task.unit_name = " ".join(measure.unit_name.split())[:40] if after == ProgressRule.UNITS else ""
    if after == ProgressRule.STEPS:
        _write_steps(task, steps, stored)
    told = (_said(stored.values()), _said(steps))
    if after == ProgressRule.STEPS and told[0] != told[1]:
        record(action="task.changed", target=task, actor=actor, project=task.project, changes={"steps": told})
    if begun and is_other:
        labels = (str(ProgressRule(before).label), str(ProgressRule(after).label))
        changes = {"measured by": labels, "reason": ("", reason)}
        record(action="task.remeasured", target=task, actor=actor, project=task.project, changes=changes)
    return task_save(task=task, actor=actor, expected_version=expected_version, is_measured=True)


def _said(steps: object) -> str:
    return "; ".join(f"{step.name} {step.weight.normalize():f} %" for step in steps)  # type: ignore[attr-defined]


def _checked_steps(task: Task, steps: Sequence[Step]) -> tuple[Step, ...]:
    """Return the steps with their words tidied. Raises DomainError, naming the row."""
    known = set(task.progress_steps.values_list("pk", flat=True))
    tidy: list[Step] = []
    for number, step in enumerate(steps, start=1):
        name = " ".join(step.name.split())
        if not name:
            raise _step_error(f"Step {number} has no name.")
        if len(name) > 120:
            raise _step_error(f"Step {number}: “{name[:20]}…” is longer than 120 characters.")
        if not step.weight.is_finite() or not ZERO < step.weight <= HUNDRED:
            raise _step_error(f"Step {number}, “{name}”: the weight {step.weight} is not between 0 and 100.")
        if step.weight != step.weight.quantize(HUNDREDTH):
            raise _step_error(
                f"Step {number}, “{name}”: the weight {step.weight} has more than two decimals."
            )
        if step.pk is not None and step.pk not in known:
            raise _step_error(f"Step {number}, “{name}”: there is no step {step.pk} on this task.")
        tidy.append(Step(name=name, weight=step.weight, pk=step.pk))
    if len(tidy) > MOST_STEPS:
        raise _step_error(f"At most {MOST_STEPS} steps; here are {len(tidy)}.")
    if len({step.pk for step in tidy if step.pk}) < len([step for step in tidy if step.pk]):
        raise _step_error("A step is named twice.")
    whole = sum((step.weight for step in tidy), ZERO)
    if whole != HUNDRED:
        raise _step_error(f"The weights add up to {whole.normalize():f}, not to 100.")
    return tuple(tidy)


def _step_error(words: str) -> DomainError:
    return DomainError(words, fields={"steps": words})


def _checked_total(measure: Measure) -> Decimal:
    total = measure.units_total
    if total is None or not total.is_finite() or not HUNDREDTH <= total < Decimal(10) ** 10:
        words = "Say how many units the task has in all, above zero."
        raise DomainError(words, fields={"units_total": words})
    return total.quantize(HUNDREDTH)


def _write_steps(task: Task, steps: Sequence[Step], stored: dict[int, ProgressStep]) -> None:
    kept = {step.pk for step in steps if step.pk}
    ProgressStep.objects.filter(task=task).exclude(pk__in=kept).delete()
    for position, step in enumerate(steps, start=1):
        row = stored.get(step.pk or 0) or ProgressStep(task=task)
        row.position, row.name, row.weight = position, step.name, step.weight
        clean_row(row)
        if row._state.adding:
            row.save()
        else:
            row.save_version()


def _keep_past(task: Task, *, before: str, after: str, reason: str, actor: User | None) -> None:
    """Freeze how a task was measured up to yesterday."""
    today = today_of(task.project)
    earned = [[day.isoformat(), format(percent, "f")] for day, percent in earned_until(task, today)]
    MeasureChange.objects.create(
        task=task, since=today, at=timezone.now(), by=actor, before=before, after=after,
        reason=reason[:255], earned=earned,
    )  # fmt: skip


def earned_until(task: Task, day: date) -> Curve:
    """Return the curve of a task as it is measured now and was before, up to the day before `day`."""
    facts = Facts.of(task.project, [task])
    change = facts.changes.get(task.pk)
    old: Curve = []
    since: date | None = None
    if change is not None:
        since = change.since
        old = [(date.fromisoformat(when), Decimal(percent)) for when, percent in change.earned]
    if task.rule == ProgressRule.PHYSICAL:
        live = _typed(task)
    elif task.rule == ProgressRule.EFFORT:
        live = _elapsed(task, day)
    else:
        live = facts.curve(task)
    if since is not None:
        # What is measured now starts where the old measure ended.
        reached = [percent for when, percent in live if when <= since]
        live = [(since, reached[-1] if reached else ZERO), *(point for point in live if point[0] > since)]
    return [point for point in [*old, *live] if point[0] < day]


def _days(first: date, end: date) -> list[date]:
    return [first + timedelta(days=number) for number in range(max((end - first).days, 0))]


def _typed(task: Task) -> Curve:
    """Return the history of a typed percentage, from the journal; before it was recorded here, as estimated."""
    zone = zone_of(task.project)
    pairs = JournalEntry.objects.filter(
        project=task.project,
        target_type__in=TARGETS,
        target_id=str(task.pk),
        changes__has_key="percent_complete",
    ).order_by("at", "pk")
    points: dict[date, Decimal] = {}
    first: Decimal | None = None
    for entry in pairs:
        before, reached = entry.changes["percent_complete"]
        if first is None:
            first = Decimal(str(reached if before is None else before))
        points[entry.at.astimezone(zone).date()] = Decimal(str(reached or 0))
    recorded = task.created_at.astimezone(zone).date()
    at_first = task.percent_complete if first is None else first
    begun = task.actual_start or task.start
    if at_first > 0 and begun is not None:
        for when in _days(begun.astimezone(zone).date(), recorded):
            points.setdefault(when, even_progress(task, end_of_day(task.project, when), at_first))
    points.setdefault(recorded, at_first)
    return sorted(points.items())


def _elapsed(task: Task, day: date) -> Curve:
    """Return level of effort as the working time of the task's own dates passed."""
    if task.start is None or task.finish is None:
        return []
    zone = zone_of(task.project)
    calendar = working_calendar(task.project.calendar)
    start, finish = (moment.astimezone(zone).replace(tzinfo=None) for moment in (task.start, task.finish))
    return [
        (when, calendar.fraction_elapsed(start, finish, local_start(when + timedelta(days=1))) * 100)
        for when in _days(start.date(), min(day, finish.date() + timedelta(days=1)))
    ]


@transaction.atomic
def usual_rule_kept(*, project: Project, before: str) -> None:
    """Write the usual rule that was into the tasks that have begun under it, so that a new one is not theirs."""
    begun = Task.with_trash.filter(project=project, progress_rule="", is_milestone=False).exclude(
        percent_complete=0, actual_start=None
    )
    begun.update(progress_rule=before)


# --- what was done ---


@transaction.atomic
def progress_say(*, task: Task, said: Said, actor: User | None, expected_version: int | None = None) -> Task:
    """Say what was done of a task, in the way in which it is measured; percent and dates follow.

    Raises DomainError, by field, for what its rule does not ask for, a day that has not come, a step or a count that
    is not the task's; StaleVersion.
    """
    if task.is_summary:
        raise DomainError("The progress of a summary follows from the tasks below it.")
    plan_lock(task.project)
    rule = task.rule
    _only(said, rule)
    if rule == ProgressRule.PHYSICAL:
        if said.percent is None:
            raise DomainError("Say how much is done.", fields={"percent": "Say a percentage from 0 to 100."})
        task.percent_complete = said.percent
        return task_save(task=task, actor=actor, expected_version=expected_version)
    if rule == ProgressRule.STEPS:
        _tick(task, said.steps or {}, actor)
    elif rule == ProgressRule.UNITS:
        _count(task, said, actor)
    else:
        _date(task, said)
    return task_save(task=task, actor=actor, expected_version=expected_version, is_measured=True)


ASKED = {
    ProgressRule.PHYSICAL: {"percent"},
    ProgressRule.STEPS: {"steps"},
    ProgressRule.UNITS: {"done", "on"},
    **{rule: {"started_on", "finished_on"} for rule in BY_DATES},
}


def _only(said: Said, rule: str) -> None:
    """Raise DomainError for a field that the rule does not ask for."""
    asked = ASKED[ProgressRule(rule)]
    for name in ("percent", "steps", "done", "on", "started_on", "finished_on"):
        if getattr(said, name) is not None and name not in asked:
            words = (
                f"This task is measured by “{ProgressRule(rule).label}”: say {' and '.join(sorted(asked))}."
            )
            raise DomainError(words, fields={name: words})


def _past(task: Task, day: date, field: str) -> date:
    """Return a day that has come. Raises DomainError for one that has not."""
    if not FIRST_DAY <= day <= today_of(task.project):
        words = (
            f"{day.isoformat()} has not come yet."
            if day >= FIRST_DAY
            else f"{day.isoformat()} is too long ago."
        )
        raise DomainError(words, fields={field: words})
    return day


def _tick(task: Task, days: dict[int, date | None], actor: User | None) -> None:
    steps = {step.pk: step for step in task.progress_steps.all()}
    for pk, day in days.items():
        step = steps.get(pk)
        if step is None:
            raise _step_error(f"There is no step {pk} on this task.")
        if day is not None:
            _past(task, day, "steps")
        if step.done_on == day:
            continue
        changes = {step.name: (step.done_on, day)}
        step.done_on = day
        step.save_version(fields=["done_on"])
        record(action="task.changed", target=task, actor=actor, project=task.project, changes=changes)
    done = [step.done_on for step in steps.values() if step.done_on]
    task.actual_start = task.actual_start if done else None
    if done:
        first = _opens(task.project, min(done))
        task.actual_start = min(task.actual_start or first, first)
    is_whole = bool(steps) and len(done) == len(steps)
    task.actual_finish = _finish_on(task, max(done)) if is_whole else None


def _count(task: Task, said: Said, actor: User | None) -> None:
    if said.done is None:
        raise DomainError("Say how many are done.", fields={"done": "Say how many units are done in all."})
    if not said.done.is_finite() or not ZERO <= said.done <= (task.units_total or ZERO):
        whole = (task.units_total or ZERO).normalize()
        words = f"{said.done} is not between 0 and {whole:f}, all units of the task."
        raise DomainError(words, fields={"done": words})
    day = _past(task, said.on or today_of(task.project), "on")
    was = task.progress_counts.filter(counted_on__lte=day).order_by("counted_on", "pk").last()
    row = ProgressCount(
        task=task, counted_on=day, done=said.done.quantize(HUNDREDTH), at=timezone.now(), by=actor
    )
    row.save()
    unit = task.unit_name or "units"
    changes = {f"{unit} done on {day.isoformat()}": (was.done if was else None, row.done)}
    record(action="task.changed", target=task, actor=actor, project=task.project, changes=changes)
    curve = Facts.of(task.project, [task]).curve(task)
    worked = [when for when, percent in curve if percent > 0]
    if worked:
        first = _opens(task.project, worked[0])
        task.actual_start = min(task.actual_start or first, first)
    else:
        task.actual_start = None
    is_whole = bool(curve) and curve[-1][1] >= HUNDRED
    task.actual_finish = _finish_on(task, curve[-1][0]) if is_whole else None


def _date(task: Task, said: Said) -> None:
    zone = zone_of(task.project)
    begun, ended = said.started_on, said.finished_on
    if begun is not None:
        _past(task, begun, "started_on")
    if ended is not None:
        _past(task, ended, "finished_on")
    if ended is not None and begun is None:
        words = "Say when it started, too."
        raise DomainError(words, fields={"started_on": words})
    if begun is not None and ended is not None and ended < begun:
        words = "It finished before it started."
        raise DomainError(words, fields={"finished_on": words})
    had = task.actual_start.astimezone(zone).date() if task.actual_start else None
    if begun != had:
        task.actual_start = _opens(task.project, begun) if begun else None
    task.actual_finish = _finish_on(task, ended) if ended else None


def _finish_on(task: Task, day: date) -> datetime:
    """Return when the working day ends, the moment that is stored already where it is of that day."""
    zone = zone_of(task.project)
    if task.actual_finish is not None and task.actual_finish.astimezone(zone).date() == day:
        return task.actual_finish
    closes = _edge(task.project, day, is_end=True)
    return max(closes, task.actual_start) if task.actual_start else closes


def _opens(project: Project, day: date) -> datetime:
    return _edge(project, day, is_end=False)


def _edge(project: Project, day: date, *, is_end: bool) -> datetime:
    """Return when a day's work begins or ends in the project's calendar; on a day off from nine to five."""
    hours = working_calendar(project.calendar).intervals(day)
    minute = (hours[-1][1] if is_end else hours[0][0]) if hours else (17 * 60 if is_end else 9 * 60)
    local = datetime.combine(day, time()) + timedelta(minutes=min(minute, 24 * 60 - 1))
    moment = to_moment(local, zone_of(project))
    assert moment is not None
    return moment
