"""The calendars of a plan's file, as rows of the project."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from implement.accounts.models import User
from implement.core.calendars import WorkingCalendar
from projects.imports.values import MAX_INTEGER, place_of, whole
from projects.kit.imports import Choice, Note, Outcome, Question
from projects.kit.rows import row_save
from projects.models import Person, WorkCalendar
from projects.mspdi import MspdiProject, MspdiTask, day_names, working_calendar
from projects.planning import working_calendar as arithmetic
from projects.services import plans_of, plans_reschedule

if TYPE_CHECKING:
    from projects.imports.plandraft import PlanDraft

# Numbers that no file uses, for what it means without naming a calendar.
STANDARD = -2
ROUND_THE_CLOCK = -3


def stored_form(calendar: WorkingCalendar, names: Mapping[date, str]) -> dict[str, Any]:
    """Return week and exceptions, with their names, as WorkCalendar keeps them."""
    return {
        "name": (calendar.name or "Standard")[:120],
        "week": [[list(interval) for interval in day] for day in calendar.week],
        "exceptions": {
            day.isoformat(): [list(interval) for interval in times]
            for day, times in calendar.exceptions.items()
        },
        "day_names": {day.isoformat(): name[:120] for day, name in names.items()},
    }


def is_of_no_file(row: WorkCalendar) -> bool:
    """Return whether a calendar was made here, or is what a file meant without naming a calendar."""
    return row.external_uid is None or row.external_uid < 0


def years_of(source: MspdiProject) -> range:
    """Return the years of a file's plan; none when it does not say when it starts."""
    header = source.header
    if header.start is None:
        return range(0)
    return range(header.start.year, (header.finish or header.start).year + 1)


def is_same_time(one: WorkingCalendar, other: WorkingCalendar, years: range) -> bool:
    """Return whether two calendars have the same week, and the same days in these years."""
    days = {day for day in (*one.exceptions, *other.exceptions) if day.year in years}
    return one.week == other.week and all(one.intervals(day) == other.intervals(day) for day in days)


@dataclass
class CalendarDraft:
    """The calendars that the project and its tasks use."""

    plan: PlanDraft

    def __post_init__(self) -> None:
        plan, source = self.plan, self.plan.source
        self.rows: dict[int, WorkCalendar] = {}
        self.dirty: list[WorkCalendar] = []
        self.own_rows: list[WorkCalendar] | None = None
        self.stored = {
            row.external_uid: row
            for row in WorkCalendar.objects.filter(project=plan.project, external_uid__isnull=False)
        }
        self.own_uid = STANDARD if source.header.calendar_uid is None else source.header.calendar_uid
        own = self.row_of(self.own_uid)
        if self.takes_own(own):
            plan.project_changes["calendar"] = own
            before = plan.project.calendar.name if plan.project.calendar else "none"
            plan.row(Outcome.CHANGED, "project", "Calendar", f"{before} → {own.name}")

    def takes_own(self, own: WorkCalendar) -> bool:
        """Return whether the project takes the file's calendar: when it has none or no plan yet, else ask."""
        current = self.plan.project.calendar
        if current is not None and current.external_uid == self.own_uid and current.project_id is not None:
            return False
        if current is not None and current.pk == own.pk:
            return False
        if current is None or self.plan.is_empty:
            return True
        question = Question(
            "calendar",
            f"The file works by the calendar “{own.name}”, the project by “{current.name}”",
            (Choice("take", f"Use “{own.name}”"), Choice("keep", f"Keep “{current.name}”")),
            section="Project",
            is_required=True,
        )
        return self.plan.ask(question) == "take"

    def of_task(self, task: MspdiTask, *, is_summary: bool) -> WorkCalendar | None:
        """Return a task's own calendar; work that runs round the clock has one too."""
        if is_summary:
            return None
        if task.is_elapsed:
            return self.row_of(ROUND_THE_CLOCK)
        if task.calendar_uid is None or task.calendar_uid == self.own_uid:
            return None
        whole(task.calendar_uid, limit=MAX_INTEGER, what="the calendar UID", place=place_of(task))
        return self.row_of(task.calendar_uid)

    def row_of(self, uid: int) -> WorkCalendar:
        """Return the row of a calendar of the file, made or brought up to date."""
        if uid in self.rows:
            return self.rows[uid]
        names: Mapping[date, str] = {}
        if uid == ROUND_THE_CLOCK:
            calendar = WorkingCalendar.around_the_clock(name="Round the clock")
        else:
            calendar = working_calendar(self.plan.source, None if uid == STANDARD else uid)
            names = day_names(self.plan.source, None if uid == STANDARD else uid)
        whole(uid, limit=MAX_INTEGER, what="the UID", place="calendar")
        values = stored_form(calendar, names)
        row = self.stored.get(uid) or self.twin(calendar)
        if row is not None and is_of_no_file(row):
            self.plan.row(Outcome.UNCHANGED, "calendar", row.name)
        elif row is None:
            row = WorkCalendar(project=self.plan.project, external_uid=uid, **values)
            # A negative number stands for the row until it is written.
            row.pk = -(abs(uid) * 2 + (uid < 0) + 1)
            self.dirty.append(row)
            self.plan.row(Outcome.CREATED, "calendar", row.name)
        elif any(getattr(row, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(row, name, value)
            self.dirty.append(row)
            self.plan.row(Outcome.CHANGED, "calendar", row.name)
        else:
            self.plan.row(Outcome.UNCHANGED, "calendar", row.name)
        self.rows[uid] = row
        return row

    def twin(self, calendar: WorkingCalendar) -> WorkCalendar | None:
        """Return the calendar of that name and the same working time that was made here and not by a file.

        Holidays are compared over the years of the plan: a file names each of them, a calendar here the country.
        """
        own, years = self.plan.project.calendar, years_of(self.plan.source)
        if not years:
            return None
        if self.own_rows is None:
            rows = WorkCalendar.objects.filter(project=self.plan.project)
            shared = [task.calendar for task in self.plan.stored.values() if task.calendar is not None]
            self.own_rows = [row for row in [own, *rows, *shared] if row and is_of_no_file(row)]
        for row in self.own_rows:
            mine = arithmetic(row)
            if row.name == calendar.name and is_same_time(mine, calendar, years):
                return row
        return None

    def write(self, actor: User) -> None:
        """Write the calendars, before what points at them."""
        for row in self.dirty:
            if row.pk < 0:
                row.pk = None
            row_save(row=row, actor=actor)


@dataclass
class PeopleCalendarDraft:
    """The working time of the file's people, where it is not the project's: it becomes their own calendar."""

    plan: PlanDraft
    taken: dict[int, tuple[Person, WorkCalendar]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        plan, source = self.plan, self.plan.source
        usual = working_calendar(source)
        offered: dict[int, tuple[Person, WorkCalendar]] = {}
        for resource in source.resources:
            person = plan.people.get(resource.uid)
            if person is None or resource.calendar_uid is None or id(person) in offered:
                continue
            calendar = working_calendar(source, resource.calendar_uid)
            if (calendar.week, calendar.exceptions) == (usual.week, usual.exceptions):
                continue
            place = f"resource UID {resource.uid} “{resource.name[:60]}”"
            if not any(calendar.week):
                plan.tell(Note("A calendar without a working week is left out.", place))
                continue
            values = stored_form(calendar, day_names(source, resource.calendar_uid))
            values["name"] = f"Hours of {person.name}"[:120]
            current = person.calendar
            if current is not None:
                if not is_same_time(arithmetic(current), calendar, years_of(source)):
                    said = (
                        f"{person.name} works by “{current.name}” already; the file's calendar is left out."
                    )
                    plan.tell(Note(said, place))
                continue
            offered[id(person)] = (person, WorkCalendar(**values))
        if offered and self.wants(len(offered)):
            self.taken = offered
            for person, row in offered.values():
                plan.row(Outcome.CREATED, "calendar", row.name, f"becomes the calendar of {person.name}")

    def wants(self, count: int) -> bool:
        """Return whether the people take the file's calendars: asked, because all their projects follow them."""
        people = "1 person works" if count == 1 else f"{count} people work"
        question = Question(
            "people_calendars",
            f"{people} at other times than the project",
            (
                Choice("take", "Take it as their calendar; their tasks in all projects follow it"),
                Choice("keep", "Leave it out; they work when their project works"),
            ),
            value="take",
            section="People",
            is_required=True,
        )
        return self.plan.ask(question) == "take"

    def planned(self, person: Person) -> Person:
        """Return a person as the plan would see them, for computing it before anything is written."""
        if id(person) not in self.taken and person.pk is not None:
            return person
        shown = copy.copy(person)
        shown._state = copy.copy(person._state)
        shown._state.fields_cache = dict(person._state.fields_cache)
        if shown.pk is None:
            # A number that no row has stands for them until they are written.
            shown.pk = -id(person)
        if id(person) in self.taken:
            shown.calendar = self.taken[id(person)][1]
        return shown

    def write(self, actor: User) -> None:
        """Write the calendars, after their people."""
        for person, calendar in self.taken.values():
            calendar.person = person
            row_save(row=calendar, actor=actor)
            person.calendar, person.weekly_hours = calendar, calendar.hours
            row_save(row=person, actor=actor)

    def reschedule(self, actor: User) -> None:
        """Let the other plans of these people follow, after this one was written."""
        if self.taken:
            others = plans_of(person for person, _ in self.taken.values()).exclude(pk=self.plan.project.pk)
            plans_reschedule(projects=others, actor=actor)
