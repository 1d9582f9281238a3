"""Levelling the plan: long work that ends in a what-if to look at, never in the plan itself."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from budget.choices import DifferenceKind
from budget.models import Difference, WhatIf
from budget.selectors.levelling import Stated, delays_of, stated
from budget.selectors.whatif import (
    Compared,
    LivePlan,
    Staff,
    base_of,
    compared_of,
    computed,
    live_plan,
    live_spans,
    sketch_of,
)
from implement.core.calendars import CalendarError
from implement.core.errors import DomainError, StateError
from projects.choices import Constraint, JobState
from projects.kit.access import Entry
from projects.kit.jobs import Running, enqueue
from projects.kit.journal import record
from projects.levelling import Levelled, Outcome, level, overloads
from projects.models import Job, Project
from projects.planning import to_local, to_moment, today_of, zone_of
from projects.services import plan_lock

LEVEL_JOB = "plan.level"
LABEL = "Level the plan"
LEAST_SECONDS, USUAL_SECONDS, MOST_SECONDS = 5, 30, 180
SEED = 1
# Dropping a delay that the links give anyway is tried one by one.
MOST_TRIED = 150
# Seconds of overload that are rounding.
EVEN = 60
NOTHING_TO_DO = "Nobody has too much to do from today on: there is nothing to level."


def level_request(*, project: Project, entry: Entry, seconds: int = USUAL_SECONDS) -> Job:
    """Ask a worker to level the plan; it searches for so many seconds at most.

    Raises DomainError for another time than allowed, StateError when nobody has too much to do, or the plan is
    being levelled already.
    """
    entry.require("whatif.change")
    if not LEAST_SECONDS <= seconds <= MOST_SECONDS:
        message = f"Between {LEAST_SECONDS} and {MOST_SECONDS} seconds."
        raise DomainError(message, fields={"seconds": message})
    if not any(row.days_over for row in compared_of(what_if=WhatIf(project=project), differences=[]).people):
        raise StateError(NOTHING_TO_DO)
    with transaction.atomic():
        plan_lock(project)
        running = Job.objects.filter(
            kind=LEVEL_JOB, project=project, state__in=[JobState.QUEUED, JobState.RUNNING]
        )
        if running.exists():
            raise StateError("The plan is being levelled already. Wait for its result, or stop it.")
        return enqueue(kind=LEVEL_JOB, params={"seconds": seconds}, actor=entry.user, project=project)


def level_run(running: Running) -> None:
    """Level a project's plan and keep what was found as a what-if: once, whatever happens to the worker.

    Raises DomainError, in plain words, when nobody has too much to do, or no plan fits.
    """
    job = running.job
    assert job.project is not None
    project = Project.objects.select_related("calendar").get(pk=job.project.pk)
    running.progress(2, "Reading the plan")
    live = live_plan(project=project)
    schedule, reason = computed(live=live, sketch=sketch_of(live=live, differences=[]))
    if schedule is None:
        raise DomainError(f"The plan cannot be computed. {reason}")
    what_if = WhatIf(project=project, name=_name(project), owner=job.created_by, job=job)
    today = compared_of(what_if=what_if, differences=[])
    if not any(row.days_over for row in today.people):
        raise DomainError(NOTHING_TO_DO)
    try:
        problem = stated(live=live, schedule=schedule)
    except CalendarError as error:
        raise DomainError(str(error)) from error
    seconds = int(job.params.get("seconds", USUAL_SECONDS))

    def tell(share: float, finish: int | None) -> None:
        words = "Looking for a plan"
        if finish is not None:
            words = f"Looking for a better plan; the best so far: {finish * problem.slot_minutes // 60} working hours"
        running.progress(5 + int(85 * share), words)

    tell(0, None)
    found = level(problem.problem, seconds=seconds, seed=SEED, progress=tell)
    if not found.is_plan:
        raise DomainError(_none_found(found, problem))
    running.progress(92, "Checking it with the scheduler")
    rows = _needed(live, differences_from(what_if, live, problem, found))
    if not rows:
        raise DomainError(
            "Moving tasks does not help: what is too much are single tasks, or work that has begun."
        )
    compared = compared_of(what_if=what_if, differences=rows)
    what_if.levelling = _told(found, problem, live, compared, rows)
    what_if.note = what_if.levelling["verdict"]
    with running.finishing(result={"differences": len(rows)}):
        _keep(what_if, rows, running)


def _keep(what_if: WhatIf, rows: list[Difference], running: Running) -> None:
    what_if.save()
    for row in rows:
        row.what_if = what_if
    Difference.objects.bulk_create(rows)
    url = reverse("whatif_detail", args=[what_if.project.code, what_if.pk])
    Job.objects.filter(pk=running.job.pk).update(result_url=url)
    record(action="whatif.levelled", target=what_if, actor=running.job.created_by, project=what_if.project)


def _name(project: Project) -> str:
    return f"Levelled {timezone.now().astimezone(zone_of(project)):%d %b %Y %H:%M}"


def _none_found(found: Levelled, problem: Stated) -> str:
    """Return in plain words why there is no plan."""
    if found.outcome is Outcome.NOTHING:
        return "The time ran out before any plan was found. Try again with more time."
    dated = ", ".join(problem.dated[:5])
    if dated:
        return (
            "No plan fits: with the people there are, the tasks before these cannot be done in time, and their dates "
            f"stay: {dated}. Loosen one of the dates, or plan somebody else."
        )
    return "No plan fits: some of the work is for people who have no time for it within the coming years."


def differences_from(what_if: WhatIf, live: LivePlan, problem: Stated, found: Levelled) -> list[Difference]:
    """Return the delays of a found plan as differences: each task starts no earlier than its place."""
    zone, tasks = zone_of(live.project), live.by_id
    rows = []
    for task_id, at in delays_of(problem, found.starts).items():
        row = Difference(
            what_if=what_if,
            kind=DifferenceKind.TASK,
            task=tasks[task_id],
            constraint=Constraint.SNET,
            constraint_at=to_moment(at, zone),
        )
        row.base = base_of(row, live)
        rows.append(row)
    return sorted(rows, key=lambda row: (row.constraint_at, row.task_id))


def _needed(live: LivePlan, rows: list[Difference]) -> list[Difference]:
    """Return the delays without which somebody would have more to do, or the finish be later; the least goes first.

    Links give many of them anyway: fewer are easier to read, and hold nothing up that is done sooner than planned.
    """
    if len(rows) > MOST_TRIED:
        return rows
    measure = _Measure(live)
    wanted = measure(rows)
    for row in sorted(rows, key=lambda one: measure.delay(one)):
        fewer = [one for one in rows if one is not row]
        found = measure(fewer)
        if found[0] <= wanted[0] + EVEN and found[1] <= wanted[1]:
            rows = fewer
    return rows


class _Measure:
    """How many seconds people have too much to do with some delays, and when the project then finishes."""

    def __init__(self, live: LivePlan) -> None:
        self.live = live
        self.today = today_of(live.project)
        self.staff = Staff(project=live.project, people=live.people.values(), today=self.today)
        self.elsewhere = self.staff.elsewhere()
        self.starts = {pk: span[0] for pk, span in live_spans(live).items()}

    def __call__(self, rows: list[Difference]) -> tuple[int, datetime]:
        sketch = sketch_of(live=self.live, differences=rows)
        schedule, reason = computed(live=self.live, sketch=sketch)
        if schedule is None:
            raise DomainError(f"The levelled plan cannot be computed. {reason}")
        spans = {int(str(pk)): (one.start, one.finish) for pk, one in schedule.activities.items()}
        pieces = self.staff.pieces(tasks=sketch.tasks, hours=sketch.hours, spans=spans)
        loads = self.staff.loads([*pieces, *self.elsewhere])
        return sum(row.seconds for row in overloads(loads, since=self.today)), schedule.finish

    def delay(self, row: Difference) -> float:
        """Return by how much a difference holds a task up, in seconds."""
        at = to_local(row.constraint_at, zone_of(self.live.project))
        begins = self.starts.get(row.task_id or 0)
        return (at - begins).total_seconds() if at and begins else 0.0


def _told(
    found: Levelled, problem: Stated, live: LivePlan, compared: Compared, rows: list[Difference]
) -> dict[str, Any]:
    """Return how it ended, as plain JSON: verified with the real scheduler and the load arithmetic."""
    names = {task.pk: str(task) for task in live.tasks}
    left = [
        {
            "person": str(row.person),
            "days": row.days_over_after,
            "worst": row.worst.isoformat() if row.worst else None,
            "hours": round(row.worst_hours, 1),
            "capacity": round(row.worst_capacity, 1),
        }
        for row in compared.people
        if row.days_over_after
    ]
    return {
        "outcome": found.outcome.value,
        "verdict": _verdict(found, compared, len(rows)),
        "on": today_of(live.project).isoformat(),
        "slot_minutes": problem.slot_minutes,
        "moved": len(rows),
        "finish": [_iso(compared.finish.before), _iso(compared.finish.after)],
        "days": compared.days,
        "over": list(compared.days_over),
        "peak": [compared.peak, compared.peak_after],
        "left": left,
        "too_much": [
            {"task": names[task_id], "person": str(live.people[person_id])} for task_id, person_id in problem.too_much
        ],
    }  # fmt: skip


def _verdict(found: Levelled, compared: Compared, moved: int) -> str:
    """Return the outcome in plain words."""
    over = compared.days_over[1]
    tasks = "1 task starts later." if moved == 1 else f"{moved} tasks start later."
    how = (
        "No plan that keeps to people's time finishes earlier."
        if found.outcome is Outcome.OPTIMAL
        else "The time ran out: this is the best plan that was found."
    )
    rest = "Nobody has too much to do any more."
    if over:
        rest = f"{'1 day stays' if over == 1 else f'{over} days stay'} with too much to do."
    return f"{tasks} {rest} {how}"


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
