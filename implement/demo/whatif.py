"""The demo's what-ifs: one that is being thought about, one that was turned down, and one that levelling proposed."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from budget.choices import Category, DifferenceKind
from budget.models import Difference, WhatIf
from budget.services.levelling import level_request
from budget.services.whatif import difference_save, whatif_save
from budget.workflows import WHATIF_WORKFLOW
from implement.accounts.models import User
from implement.core.errors import StateError
from projects.choices import Constraint
from projects.kit import jobs
from projects.kit.access import Entry, enter
from projects.models import Person, Project, Task
from projects.planning import to_moment, today_of, zone_of

LEVEL_SECONDS = 5


def think_ahead(project: Project) -> None:
    """Think two things through as Mara: one was turned down, one is open."""
    mara = _inside(project)
    _later_training(mara)
    _pilot(mara)


def _inside(project: Project) -> Entry:
    user = User.objects.get(person__memberships__project=project, email__startswith="mara@")
    return enter(user, project.code, "whatif.change")


def level(project: Project) -> None:
    """Have the plan levelled, if anybody has too much to do."""
    mara = _inside(project)
    try:
        job = level_request(project=project, entry=mara, seconds=LEVEL_SECONDS)
    except StateError:
        return
    jobs.run(str(job.pk))


def _begun(mara: Entry, name: str, note: str) -> WhatIf:
    return whatif_save(what_if=WhatIf(project=mara.project, name=name, note=note), entry=mara)


def _differ(mara: Entry, what_if: WhatIf, kind: DifferenceKind, **values: Any) -> Difference:
    return difference_save(row=Difference(what_if=what_if, kind=kind, **values), entry=mara)


def _open_task(project: Project, text: str) -> Task | None:
    return (
        Task.objects.leaves()
        .filter(project=project, name__startswith=text, percent_complete=0, is_milestone=False)
        .order_by("position")
        .first()
    )


def _pilot(mara: Entry) -> None:
    """Ask what a pilot before the go-live would take, with a shorter test before it."""
    what_if = _begun(
        mara,
        "Pilot at one site first",
        "Can we run a pilot in Hamburg before the roll-out, and still go live this quarter?",
    )
    test = _open_task(mara.project, "User acceptance test") or _open_task(mara.project, "")
    if test is None:
        return
    people = Person.objects.on(mara.project).internal().order_by("name").distinct()
    helper = people.exclude(assignments__task=test).first()
    pilot = _differ(
        mara, what_if, DifferenceKind.ADDED, name="Pilot in Hamburg", task=test, duration_minutes=5 * 480
    )
    _differ(mara, what_if, DifferenceKind.LINK, predecessor=test, added=pilot)
    follower = test.successor_links.select_related("successor").filter(successor__is_summary=False).first()
    if follower is not None and follower.successor.percent_complete == 0:
        _differ(mara, what_if, DifferenceKind.LINK, added_predecessor=pilot, task=follower.successor)
    if helper is not None:
        _differ(mara, what_if, DifferenceKind.HOURS, added=pilot, person=helper, planned_seconds=32 * 3600)
    if test.duration_minutes > 960:
        _differ(mara, what_if, DifferenceKind.TASK, task=test, duration_minutes=test.duration_minutes - 960)
    _differ(
        mara, what_if, DifferenceKind.MONEY, added=pilot, category=Category.TRAVEL, cost=Decimal(1200),
        bill=Decimal(1200), description="Travel to the pilot site",
    )  # fmt: skip


def _later_training(mara: Entry) -> None:
    """Ask what a training two weeks later would do; it was not worth it."""
    what_if = _begun(
        mara, "Training two weeks later", "The customer's trainers are away at fairs until then."
    )
    task = (
        _open_task(mara.project, "Train")
        or _open_task(mara.project, "Key user")
        or _open_task(mara.project, "")
    )
    if task is None or task.start is None:
        return
    zone = zone_of(mara.project)
    day = max(task.start.astimezone(zone).date(), today_of(mara.project)) + timedelta(days=14)
    at = to_moment(datetime.combine(day, time()), zone)
    _differ(mara, what_if, DifferenceKind.TASK, task=task, constraint=Constraint.SNET, constraint_at=at)
    WHATIF_WORKFLOW.perform(name="discard", item=what_if, entry=mara)
