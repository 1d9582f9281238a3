"""Edits of tasks, links and people, applied to a plan in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from implement.core.calendars import CalendarError
from implement.core.errors import NotAllowed, StaleVersion
from implement.core.tabular import ValueParseError, parse_decimal
from projects import schedule, services
from projects.choices import Constraint, LinkType, ProgressRule
from projects.gantt.edits.values import STALE, Edit, day_of, moment_of, refused, text_of, whole
from projects.gantt.state import PlanState
from projects.kit.access import Entry
from projects.models import Dependency, Task
from projects.planning import local_start, to_moment
from projects.schedule import (
    NotationError,
    WantedLink,
    parse_duration,
    parse_lag,
    parse_predecessors,
    predecessors_text,
)

BY_START = {Constraint.MSO, Constraint.SNET, Constraint.SNLT}
UNDATED = {Constraint.ASAP, Constraint.ALAP}
# What edits set on a task; everything else of it is computed or belongs to its own page.
EDITED = (
    "name",
    "duration_minutes",
    "is_milestone",
    "is_estimated",
    "constraint",
    "constraint_at",
    "deadline",
    "percent_complete",
    "actual_start",
)


@dataclass
class Edits:
    """Edits applied to a plan in memory, and what has to be saved for them."""

    state: PlanState
    entry: Entry
    tasks: dict[int, int | None] = field(default_factory=dict)
    links: list[tuple[Dependency, int | None]] = field(default_factory=list)
    unlinked: list[tuple[Dependency, int | None]] = field(default_factory=list)
    people: dict[int, list[int]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def apply(self, edit: Edit) -> None:
        """Apply one edit. Raises DomainError (by field), NotAllowed or StaleVersion."""
        done = edit.get("do")
        actions: dict[str, Callable[[Edit], None]] = {
            "change": self.change,
            "link": self.link,
            "relink": self.relink,
            "unlink": self.unlink,
        }
        if not isinstance(done, str) or done not in actions:
            raise refused("do", f"An edit is one of: {', '.join(actions)}.")
        if done != "change":
            self.entry.require("plan.change")
        actions[done](edit)

    # --- tasks ------------------------------------------------------------------------------------

    def task(self, edit: Edit, name: str = "task") -> Task:
        """Return the task that an edit names; raises DomainError."""
        found = self.state.by_id.get(whole(edit, name))
        if found is None:
            raise refused(name, "There is no such task in this plan.")
        return found

    def change(self, edit: Edit) -> None:
        """Set fields of a task."""
        task = self.task(edit)
        setters: dict[str, Callable[[Task, Edit], None]] = {
            "name": self._name,
            "duration": self._duration,
            "constraint": self._constraint,
            "deadline": self._deadline,
            "start_on": self._start_on,
            "finish_on": self._finish_on,
            "percent": self._percent,
            "predecessors": self._predecessors,
            "people": self._people,
        }
        named = [name for name in setters if name in edit]
        if not named:
            raise refused("do", f"A change sets at least one of: {', '.join(setters)}.")
        self._check_may(task, named)
        version = edit.get("version")
        if version is not None and whole(edit, "version") != task.version:
            raise StaleVersion(STALE, theirs={"task": task.pk})
        for name in named:
            setters[name](task, edit)

    def _check_may(self, task: Task, named: list[str]) -> None:
        """Everything with the right to change the plan; without it, only the progress of one's own tasks."""
        if self.entry.can("plan.change"):
            return
        person = self.entry.person
        is_mine = person is not None and person.pk in self.state.people.get(task.pk, ())
        if named != ["percent"] or not is_mine:
            raise NotAllowed("You may say how far your own tasks are; the rest of the plan is the manager's.")

    def _touched(self, task: Task) -> None:
        """Note that a task is to be saved over the version that was read, and dates are to be computed."""
        self.tasks[task.pk] = task.version
        self.state.is_computed = False

    def _name(self, task: Task, edit: Edit) -> None:
        name = text_of(edit, "name")
        if not name or len(name) > 255:
            raise refused("name", "Give the task a name of at most 255 characters.")
        task.name = name
        self._touched(task)

    def _leaf(self, task: Task, name: str, text: str) -> None:
        if task.is_summary:
            raise refused(name, text)

    def _duration(self, task: Task, edit: Edit) -> None:
        self._leaf(task, "duration", "The duration of a summary follows from the tasks below it.")
        try:
            minutes, is_estimated = parse_duration(text_of(edit, "duration"), self.state.units)
        except NotationError as error:
            raise refused("duration", str(error)) from error
        task.duration_minutes, task.is_estimated, task.is_milestone = minutes, is_estimated, minutes == 0
        self._touched(task)

    def _constraint(self, task: Task, edit: Edit) -> None:
        kind = text_of(edit, "constraint") or Constraint.ASAP
        if kind not in Constraint.values:
            raise refused("constraint", f"A constraint is one of: {', '.join(Constraint.values)}.")
        if task.is_summary and kind not in schedule.SUMMARY_CONSTRAINTS:
            raise refused("constraint", "A summary can only start no earlier than, or finish no later than.")
        at = moment_of(edit, "constraint_at")
        if kind in UNDATED:
            at = None
        elif at is None:
            raise refused("constraint", "This constraint needs a date.")
        task.constraint = Constraint(kind)
        task.constraint_at = to_moment(self._instant(task, at, by_start=kind in BY_START), self.state.zone)
        self._touched(task)

    def _instant(self, task: Task, at: date | datetime | None, *, by_start: bool) -> datetime | None:
        """Return a day as the instant at which its work begins (or ends); a stated time stays."""
        if at is None or isinstance(at, datetime):
            return at
        calendar = self.state.calendar_of(task)
        try:
            if by_start:
                return calendar.next_working_instant(local_start(at))
            return calendar.previous_working_instant(local_start(at + timedelta(days=1)))
        except (CalendarError, OverflowError) as error:
            raise refused("constraint", str(error)) from error

    def _deadline(self, task: Task, edit: Edit) -> None:
        day = day_of(edit, "deadline")
        at = None if day is None else datetime.combine(day, time(23, 59))
        calendar = self.state.calendar_of(task)
        if at is not None and day is not None and calendar.is_working_day(day):
            at = calendar.previous_working_instant(local_start(day + timedelta(days=1)))
        task.deadline = to_moment(at, self.state.zone)
        self._touched(task)

    def _start_on(self, task: Task, edit: Edit) -> None:
        """Let a task start on a day: as its links allow if that is enough, else by a constraint."""
        self._leaf(task, "start_on", "A summary starts with the first task below it.")
        if task.actual_start is not None:
            raise refused(
                "start_on", f"“{task}” has started; its start is a fact. Change it on the task's page."
            )
        day, kind = day_of(edit, "start_on"), task.constraint
        self._touched(task)
        if day is None:
            task.constraint, task.constraint_at = Constraint.ASAP, None
            return
        if kind in {Constraint.MSO, Constraint.MFO, Constraint.FNET}:
            at = self._instant(task, day, by_start=True)
            if kind != Constraint.MSO and at is not None:
                at = self.state.calendar_of(task).add(at, task.duration_minutes)
            task.constraint_at = to_moment(at, self.state.zone)
            return
        task.constraint, task.constraint_at = Constraint.ASAP, None
        self.state.compute()
        found = self.state.day(task.start)
        if found is not None and found < day:
            task.constraint = Constraint.SNET
            task.constraint_at = to_moment(self._instant(task, day, by_start=True), self.state.zone)
            self._touched(task)
        elif found is not None and found > day:
            self.notes.append(f"“{task}” cannot start earlier: what it waits for holds it.")
        if kind not in {Constraint.ASAP, Constraint.SNET}:
            self.notes.append(f"“{task}”: the constraint “{Constraint(kind).label.lower()}” gives way.")

    def _finish_on(self, task: Task, edit: Edit) -> None:
        """Let a task last until the end of a day."""
        self._leaf(task, "finish_on", "A summary finishes with the last task below it.")
        day = day_of(edit, "finish_on")
        self.state.compute()
        start = None if task.start is None else task.start.astimezone(self.state.zone).replace(tzinfo=None)
        if day is None or start is None:
            raise refused("finish_on", "Say on which day it finishes.")
        if task.is_milestone:
            raise refused("finish_on", "A milestone has no duration.")
        end = self._instant(task, day, by_start=False)
        minutes = self.state.calendar_of(task).minutes_between(start, end) if end else 0
        if minutes <= 0:
            raise refused("finish_on", f"“{task}” would finish before it starts.")
        task.duration_minutes = minutes
        self._touched(task)

    def _percent(self, task: Task, edit: Edit) -> None:
        self._leaf(task, "percent", "The progress of a summary follows from the tasks below it.")
        if task.rule != ProgressRule.PHYSICAL:
            how = ProgressRule(task.rule).label
            raise refused("percent", f"“{task}” is measured by “{how}”: say its progress on its own page.")
        try:
            percent = parse_decimal(text_of(edit, "percent").removesuffix("%").strip()[:20])
        except ValueParseError as error:
            raise refused("percent", str(error)) from error
        if not 0 <= percent <= 100:
            raise refused("percent", "Progress is between 0 and 100 %.")
        services.percent_say(task, round(percent, 2))
        services.task_settle(task)
        self._touched(task)

    # --- links ------------------------------------------------------------------------------------

    def _predecessors(self, task: Task, edit: Edit) -> None:
        """Make a task's predecessors what a text says, such as "3FS+2d, 1.2"."""
        now = predecessors_text(self.state.wanted(task), self.state.units)
        if "was" in edit and text_of(edit, "was") != now:
            raise StaleVersion(STALE, theirs={"task": task.pk})
        try:
            wanted = parse_predecessors(text_of(edit, "predecessors"), self.state.units)
        except NotationError as error:
            raise refused("predecessors", str(error)) from error
        by_wbs = {row.wbs: row for row in self.state.tasks}
        there = {
            self.state.by_id[link.predecessor_id].wbs: link for link in self.state.links_to.get(task.pk, ())
        }
        for link in wanted:
            if link.wbs not in by_wbs:
                raise refused("predecessors", f"There is no task {link.wbs}.")
            if by_wbs[link.wbs] is task:
                raise refused("predecessors", "A task cannot wait for itself.")
        kept = {link.wbs for link in wanted}
        for wbs, stored in there.items():
            if wbs not in kept:
                self._remove(stored)
        for link in wanted:
            self._put(there.get(link.wbs), by_wbs[link.wbs], task, link)

    def _put(self, stored: Dependency | None, source: Task, target: Task, wanted: WantedLink) -> None:
        """Add a link, or change one that is there."""
        link = stored or Dependency(predecessor=source, successor=target)
        values = {
            "type": wanted.type.value,
            "lag_minutes": wanted.lag_minutes,
            "is_elapsed": wanted.is_elapsed,
        }
        if stored is not None and all(getattr(stored, name) == value for name, value in values.items()):
            return
        for name, value in values.items():
            setattr(link, name, value)
        if stored is None:
            self.state.links.append(link)
        self.links = [row for row in self.links if row[0] is not link]
        self.links.append((link, None if stored is None else stored.version))
        self.state.is_computed = False

    def _remove(self, link: Dependency) -> None:
        self.state.links.remove(link)
        self.links = [row for row in self.links if row[0] is not link]
        if link.pk is not None:
            self.unlinked.append((link, link.version))
        self.state.is_computed = False

    def _type_and_lag(self, edit: Edit, wbs: str) -> WantedLink:
        kind = text_of(edit, "type") or LinkType.FS
        if kind not in LinkType.values:
            raise refused("type", f"A link is one of: {', '.join(LinkType.values)}.")
        try:
            minutes, is_elapsed = parse_lag(text_of(edit, "lag"), self.state.units)
        except NotationError as error:
            raise refused("lag", str(error)) from error
        return WantedLink(wbs, schedule.LinkType(kind), minutes, is_elapsed)

    def link(self, edit: Edit) -> None:
        """Link two tasks."""
        source, target = self.task(edit, "from"), self.task(edit, "to")
        if source is target:
            raise refused("to", "A task cannot wait for itself.")
        for link in self.state.links:
            if (link.predecessor_id, link.successor_id) == (source.pk, target.pk):
                raise refused("to", f"“{target}” waits for “{source}” already.")
        self._put(None, source, target, self._type_and_lag(edit, source.wbs))

    def stored_link(self, edit: Edit) -> Dependency:
        """Return the link that an edit names; raises DomainError or StaleVersion."""
        key = whole(edit, "link")
        found = next((link for link in self.state.links if link.pk == key), None)
        if found is None:
            raise refused("link", "This link is not there any more.")
        if edit.get("version") is not None and whole(edit, "version") != found.version:
            raise StaleVersion(STALE, theirs={"task": found.successor_id})
        return found

    def relink(self, edit: Edit) -> None:
        """Change a link's type and lag."""
        found = self.stored_link(edit)
        source, target = self.state.by_id[found.predecessor_id], self.state.by_id[found.successor_id]
        self._put(found, source, target, self._type_and_lag(edit, source.wbs))

    def unlink(self, edit: Edit) -> None:
        """Take a link away."""
        self._remove(self.stored_link(edit))

    # --- people -----------------------------------------------------------------------------------

    def _people(self, task: Task, edit: Edit) -> None:
        """Say who works on a task, by their ids."""
        now = self.state.people.get(task.pk, [])
        if "was" in edit and edit["was"] != now:
            raise StaleVersion(STALE, theirs={"task": task.pk})
        said = edit.get("people")
        if not isinstance(said, list) or not all(isinstance(one, int) for one in said):
            raise refused("people", "“people” must be a list of ids.")
        for pk in said:
            if pk not in self.state.team and pk not in now:
                raise refused("people", "Choose people of this project's team.")
        if task.is_summary and set(said) - set(now):
            raise refused("people", "People work on the tasks below a summary.")
        self.people[task.pk] = self.state.people[task.pk] = list(dict.fromkeys(said))
        # Dates follow the hours and absences of who is on a task.
        self.state.is_computed = False

    # --- saving -----------------------------------------------------------------------------------

    def save(self) -> None:
        """Save what the edits made of the plan, in one change."""
        stored = Task.objects.filter(pk__in=[*self.tasks, *self.people]).select_related("project", "parent")
        fresh = {task.pk: task for task in stored}
        for pk in self.tasks:
            # Only what was edited: the dates computed in memory are computed again from what is stored.
            for name in EDITED:
                setattr(fresh[pk], name, getattr(self.state.by_id[pk], name))
        known = self.state.known
        services.plan_change(
            project=self.state.project,
            change=services.PlanChange(
                tasks=[(fresh[pk], version) for pk, version in self.tasks.items()],
                links=self.links,
                unlinked=self.unlinked,
                people=[
                    (fresh[pk], [known[one] for one in ids if one in known])
                    for pk, ids in self.people.items()
                ],
            ),
            actor=self.entry.user,
        )
