"""Differences laid over the plan: copies of its tasks, links and hours as a what-if would have them.

One function decides what a difference does, so that what a what-if shows, what is accepted and what a change request
implements are the same. A difference that no longer fits the plan is left out and says why; nothing here is stored.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from budget.choices import DifferenceKind
from budget.models import Difference
from budget.selectors.whatif.live import LivePlan
from implement.core.calendars import CalendarError
from projects.choices import Constraint
from projects.models import Dependency, Person, Task
from projects.planning import compute_schedule
from projects.schedule import CycleError, OutOfTimeError, Schedule, ScheduleError

# In this order differences build on each other: what is linked must be there, what goes goes last.
ORDER = (
    DifferenceKind.ADDED,
    DifferenceKind.TASK,
    DifferenceKind.UNLINK,
    DifferenceKind.LINK,
    DifferenceKind.HOURS,
    DifferenceKind.MONEY,
    DifferenceKind.REMOVED,
)
Pair = tuple[int, int]


@dataclass
class Sketch:
    """The plan with differences. New tasks have the id of their difference below zero; `conflicts`: id -> why not."""

    project_id: int = 0
    tasks: dict[int, Task] = field(default_factory=dict)
    links: dict[Pair, Dependency] = field(default_factory=dict)
    hours: dict[Pair, int] = field(default_factory=dict)
    removed: set[int] = field(default_factory=set)
    touched: set[int] = field(default_factory=set)
    conflicts: dict[int, str] = field(default_factory=dict)
    people: dict[int, Person] = field(default_factory=dict)

    def crews(self) -> dict[int, list[Person]]:
        """Return task -> who is on it: their working time is the task's."""
        found: dict[int, list[Person]] = {}
        for task_id, person_id in self.hours:
            found.setdefault(task_id, []).append(self.people[person_id])
        return found

    def ordered(self) -> list[Task]:
        """Return the tasks in the order of the outline, new ones behind the one that they were put behind."""
        return sorted(self.tasks.values(), key=lambda task: (task.position, -task.pk if task.pk < 0 else 0))


def in_order(differences: Iterable[Difference]) -> list[Difference]:
    """Return differences in the order in which they build on each other."""
    return sorted(differences, key=lambda row: (ORDER.index(DifferenceKind(row.kind)), row.pk or 0))


def sketch_of(*, live: LivePlan, differences: Iterable[Difference]) -> Sketch:
    """Return the plan as the differences would have it."""
    sketch = Sketch(
        project_id=live.project.pk,
        tasks={task.pk: copy(task) for task in live.tasks},
        links={(link.predecessor_id, link.successor_id): copy(link) for link in live.links},
        hours=dict(live.hours),
        people=dict(live.people),
    )
    for row in in_order(differences):
        refusal = _PUT[DifferenceKind(row.kind)](sketch, row)
        if refusal:
            sketch.conflicts[row.pk] = refusal
        elif (about := id_of(row.task_id, row.added_id)) is not None:
            sketch.touched.add(about)
    return sketch


def id_of(task_id: int | None, added_id: int | None) -> int | None:
    """Return the sketch's id of a task of the plan, or of a new one; None for neither."""
    return -added_id if added_id is not None else task_id


def _gone(sketch: Sketch, row: Difference) -> str:
    """Return why the task that a difference is about is not in the sketch; empty when it is."""
    if row.added is not None:
        return "" if -row.added.pk in sketch.tasks else f"The new task “{row.added.name}” is not in the plan."
    if row.task is None:
        return "It names no task."
    if row.task_id in sketch.tasks:
        return ""
    return f"“{row.task}” has been thrown away since."


def minutes_of(row: Difference, stored: int) -> int:
    """Return the working time that a difference gives a task which takes `stored` minutes today."""
    if row.duration_minutes is None:
        return stored
    return max(stored + row.duration_minutes - int(row.base.get("duration_minutes", row.duration_minutes)), 0)


def seconds_of(row: Difference, stored: int) -> int:
    """Return the hours, in seconds, that a difference gives somebody who is planned with `stored` today."""
    meant = row.planned_seconds or 0
    return max(stored + meant - int(row.base.get("planned_seconds", stored)), 0)


def _put_task(sketch: Sketch, row: Difference) -> str:
    if refusal := _gone(sketch, row):
        return refusal
    task = sketch.tasks[row.task_id or 0]
    if task.percent_complete == 100:
        return f"“{task}” is finished since: its dates cannot change any more."
    if row.duration_minutes is not None and (task.is_summary or task.is_milestone):
        return f"“{task}” has no working time of its own since."
    task.duration_minutes = minutes_of(row, task.duration_minutes)
    if row.constraint:
        task.constraint, task.constraint_at = row.constraint, row.constraint_at
    return ""


def _put_added(sketch: Sketch, row: Difference) -> str:
    behind = sketch.tasks.get(id_of(row.task_id, row.added_id) or 0)
    if behind is None and (row.task_id or row.added_id):
        return _gone(sketch, row)
    last = max((task.position for task in sketch.tasks.values()), default=0)
    sketch.tasks[-row.pk] = Task(
        pk=-row.pk,
        name=row.name,
        project_id=sketch.project_id,
        parent_id=behind.parent_id if behind else None,
        level=behind.level if behind else 1,
        position=_end_below(sketch, behind) if behind else last + 1,
        duration_minutes=row.duration_minutes or 0,
        is_milestone=not row.duration_minutes,
        constraint=row.constraint or Constraint.ASAP,
        constraint_at=row.constraint_at,
    )
    return ""


def _end_below(sketch: Sketch, behind: Task) -> int:
    """Return the position of the last task below another one, or its own: what follows it comes after those."""
    inside, last = {behind.pk}, behind.position
    for task in sketch.ordered():
        if task.parent_id in inside:
            inside.add(task.pk)
            last = max(last, task.position)
    return last


def _ends(sketch: Sketch, row: Difference) -> Pair | str:
    """Return the sketch's ids of a link's two tasks, or why there is none."""
    before = id_of(row.predecessor_id, row.added_predecessor_id)
    after = id_of(row.task_id, row.added_id)
    if before is None or after is None:
        return "It does not name both of its tasks."
    for pk, task, added in ((before, row.predecessor, row.added_predecessor), (after, row.task, row.added)):
        if pk not in sketch.tasks:
            return f"“{task or (added.name if added else '')}” has been thrown away since."
    return before, after


def _put_link(sketch: Sketch, row: Difference) -> str:
    ends = _ends(sketch, row)
    if isinstance(ends, str):
        return ends
    if row.base and ends not in sketch.links:
        return "The link that it changes has been removed since."
    link = sketch.links.get(ends)
    link = copy(link) if link else Dependency(predecessor_id=ends[0], successor_id=ends[1])
    link.type, link.lag_minutes, link.is_elapsed = row.link_type, row.lag_minutes, row.is_elapsed
    sketch.links[ends] = link
    return ""


def _put_unlink(sketch: Sketch, row: Difference) -> str:
    ends = _ends(sketch, row)
    if isinstance(ends, str):
        return ends
    if sketch.links.pop(ends, None) is None:
        return "The link has been removed since: there is nothing left to remove."
    return ""


def _put_hours(sketch: Sketch, row: Difference) -> str:
    if refusal := _gone(sketch, row):
        return refusal
    pk = id_of(row.task_id, row.added_id) or 0
    task = sketch.tasks[pk]
    if task.is_summary or (task.is_milestone and pk > 0):
        return f"“{task}” has no work of its own since."
    if task.percent_complete == 100:
        return f"“{task}” is finished since."
    key = (pk, row.person_id or 0)
    seconds = seconds_of(row, sketch.hours.get(key, 0))
    # Nobody is put on a task by planning nothing on it.
    if row.person is not None and (seconds or key in sketch.hours):
        sketch.hours[key] = seconds
        sketch.people[row.person.pk] = row.person
    return ""


def _put_money(sketch: Sketch, row: Difference) -> str:
    if row.line is not None and row.line.deleted_at is not None:
        return f"The budget line “{row.line}” has been thrown away since."
    if row.line is None and (row.task_id or row.added_id):
        return _gone(sketch, row)
    return ""


def _put_removed(sketch: Sketch, row: Difference) -> str:
    if row.task_id not in sketch.tasks:
        return f"“{row.task}” has been thrown away since: there is nothing left to remove."
    task = sketch.tasks[row.task_id]
    if task.percent_complete > 0:
        return f"“{task}” has been started since: it cannot be removed."
    if any(other.parent_id == task.pk for other in sketch.tasks.values()):
        return f"There are tasks below “{task}” since: remove those first."
    del sketch.tasks[task.pk]
    sketch.removed.add(task.pk)
    sketch.links = {ends: link for ends, link in sketch.links.items() if task.pk not in ends}
    sketch.hours = {key: seconds for key, seconds in sketch.hours.items() if key[0] != task.pk}
    return ""


_PUT = {
    DifferenceKind.TASK: _put_task,
    DifferenceKind.ADDED: _put_added,
    DifferenceKind.REMOVED: _put_removed,
    DifferenceKind.LINK: _put_link,
    DifferenceKind.UNLINK: _put_unlink,
    DifferenceKind.HOURS: _put_hours,
    DifferenceKind.MONEY: _put_money,
}


def computed(*, live: LivePlan, sketch: Sketch) -> tuple[Schedule | None, str]:
    """Return the schedule of a sketch, or None and why it cannot be computed; a cycle with its path."""
    links = list(sketch.links.values())
    try:
        return compute_schedule(live.project, sketch.ordered(), links, assigned=sketch.crews()), ""
    except OutOfTimeError as error:
        return None, f"“{sketch.tasks[int(str(error.activity))]}”: {error.reason}"
    except CycleError as error:
        names = [str(sketch.tasks[int(str(pk))]) for pk in error.path if int(str(pk)) in sketch.tasks]
        return None, f"These tasks would wait for each other: {' → '.join(names)}."
    except (ScheduleError, CalendarError) as error:
        return None, str(error)


# --- What stood there when a difference was written --------------------------------------------------------
def base_of(row: Difference, live: LivePlan) -> dict[str, Any]:
    """Return what stands there now of what a difference changes, as plain JSON."""
    if row.kind == DifferenceKind.TASK and row.task_id in live.by_id:
        task = live.by_id[row.task_id]
        return {
            "duration_minutes": task.duration_minutes,
            "constraint": task.constraint,
            "constraint_at": _iso(task.constraint_at),
        }
    if row.kind in {DifferenceKind.LINK, DifferenceKind.UNLINK}:
        ends = (row.predecessor_id, row.task_id)
        link = next((one for one in live.links if (one.predecessor_id, one.successor_id) == ends), None)
        if link is not None:
            return {"type": link.type, "lag_minutes": link.lag_minutes, "is_elapsed": link.is_elapsed}
    if row.kind == DifferenceKind.HOURS:
        return {"planned_seconds": live.hours.get((row.task_id or 0, row.person_id or 0), 0)}
    if row.kind == DifferenceKind.MONEY and row.line is not None:
        return {
            "planned_seconds": row.line.planned_seconds,
            "cost": _text(row.line.cost),
            "bill": _text(row.line.bill),
        }
    return {}


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _text(amount: Any) -> str | None:
    return None if amount is None else format(amount, "f")


def is_moved(row: Difference, now: dict[str, Any]) -> bool:
    """Return whether something else stands there than when the difference was written."""
    return bool(row.base) and bool(now) and now != row.base


def moved_of(row: Difference, live: LivePlan) -> str:
    """Return, in words, what has changed under a difference since it was written; empty when nothing has."""
    now = base_of(row, live)
    if not is_moved(row, now):
        return ""
    if row.kind == DifferenceKind.TASK:
        words = []
        if now["duration_minutes"] != row.base["duration_minutes"]:
            words.append(
                f"working time {days(row.base['duration_minutes'])} → {days(now['duration_minutes'])}"
            )
        if (now["constraint"], now["constraint_at"]) != (row.base["constraint"], row.base["constraint_at"]):
            words.append("another constraint")
        return f"{row.task}: {', '.join(words)}"
    if row.kind == DifferenceKind.HOURS:
        before, after = row.base["planned_seconds"], now["planned_seconds"]
        return f"{row.task}, {row.person}: {before / 3600:g} h → {after / 3600:g} h"
    return f"{row.about}: changed"


def days(minutes: int) -> str:
    """Return working time as days of eight hours: "5 d", "0.5 d"."""
    return f"{minutes / 480:.2f}".rstrip("0").rstrip(".") + " d"
