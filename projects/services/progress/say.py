"""Saying what was done: by percent, dates, steps or units, as the task's rule asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from implement.accounts.models import User
from implement.core.errors import DomainError
from projects.choices import ProgressRule
from projects.kit.journal import record
from projects.models import ProgressCount, Project, Task
from projects.planning import to_moment, today_of, working_calendar, zone_of
from projects.progress import BY_DATES, HUNDRED, HUNDREDTH, ZERO, Facts
from projects.services.plan import percent_say, task_save
from projects.services.progress.measure import step_error
from projects.services.scheduling import plan_lock

FIRST_DAY = date(1990, 1, 1)


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
        percent_say(task, said.percent)
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
            raise step_error(f"There is no step {pk} on this task.")
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
