"""A work log beside the project: tasks by category, people, budget lines from estimates, approved hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Max
from django.utils import timezone
from django.utils.text import slugify

from budget.choices import Category, EntryState
from budget.imports.spread import shares, spread, working_days
from budget.imports.timedraft import DayBook
from budget.models import BudgetLine, TimeEntry
from budget.selectors.periods import BOOKING, closed_days
from budget.selectors.pricing import monday_of, prices_for
from budget.services.pricing import weeks_price
from budget.sipfile import SipHours, SipProject, SipTask
from implement.core.db import hold_together
from implement.core.money import format_number, hours_cost, hours_of
from projects.imports.people import PeopleBook, join
from projects.kit.imports import Context, Draft, Note, Outcome, PreviewRow
from projects.kit.journal import record_many
from projects.kit.rows import row_save
from projects.models import Assignment, Person, Project, Task
from projects.planning import working_calendar, zone_of
from projects.services import plan_lock, plan_schedule, tree_renumber

CODE_LENGTH = 40
NAME_LENGTH = 255
LONGEST = timedelta(days=366 * 20)
# What the hours of a day begin at where a log names the day only.
DAY_START, DAY_END = time(9), time(18)
# States in which such a log says that nothing is left to do.
DONE = frozenset({"FINISHED", "COMPLETED", "RELEASED", "CANCELLED", "CHRONICLE"})


def task_code(number: str) -> str:
    """Return the key of a task of the log."""
    return number[:CODE_LENGTH]


class WorkLogDraft:
    """One comparison of one project's log with the project it goes into."""

    def __init__(self, context: Context, log: SipProject, draft: Draft, warnings: tuple[str, ...]) -> None:
        self.context, self.log, self.result = context, log, draft
        self.project = Project.objects.select_related("calendar").get(pk=context.project.pk)
        self.zone = zone_of(self.project)
        self.calendar = working_calendar(self.project.calendar)
        self.result.notes += [Note(warning) for warning in warnings]
        self.result.notes += [
            Note(notice.message, f"line {notice.line}, task {notice.task}") for notice in log.notices
        ]
        tasks = Task.with_trash.filter(project=self.project)
        self.stored = {task.code: task for task in tasks if task.code and task.deleted_at is None}
        self.is_empty = not any(task.deleted_at is None for task in tasks)
        self.summaries: dict[str, Task] = {}
        self.new_summaries: list[Task] = []
        self.new: list[tuple[Task, str]] = []
        self.tasks: dict[str, Task] = {}
        self.people: dict[str, Person] = {}
        self.lines: list[tuple[BudgetLine, str]] = []
        self.assigned: list[tuple[Assignment, str]] = []
        self.entries: list[tuple[TimeEntry, str]] = []

    def row(
        self, outcome: Outcome, what: str, label: str, message: str = "", line: int | None = None
    ) -> None:
        """Add a row of the preview."""
        self.result.rows.append(PreviewRow(outcome, what, label, message, line))

    def draft(self) -> Draft:
        """Return what would happen; the totals agree with the file to the second."""
        windows = {task.number: self.window(task) for task in self.log.tasks}
        known = [window for window in windows.values() if window is not None]
        first = min((start for start, _ in known), default=self.project.starts_on)
        last = max((end for _, end in known), default=first)
        self.starts_on = first if self.is_empty else min(first, self.project.starts_on)
        if self.starts_on != self.project.starts_on:
            self.row(Outcome.CHANGED, "project", "Start", f"{self.project.starts_on} → {self.starts_on}")
        self.match_people()
        self.is_closed = closed_days(project=self.project)
        if self.context.is_writing:
            # Nobody closes a period while its hours are written.
            hold_together(BOOKING)
            ids = [person.pk for person in self.people.values() if person.pk]
            list(Person.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
        # Work that does not fit its days moves on, so days after the last one count too.
        self.days = DayBook.of(self.people.values(), first, last + timedelta(days=732))
        self.known_entries = set(
            TimeEntry.with_trash.filter(project=self.project, external_id__startswith="sip:").values_list(
                "external_id", flat=True
            )
        )
        self.known_lines = set(
            BudgetLine.with_trash.filter(project=self.project, external_id__startswith="sip:").values_list(
                "external_id", flat=True
            )
        )
        self.known_assigned = set(
            Assignment.objects.filter(task__project=self.project).values_list("task__code", "person_id")
        )
        self.rates = prices_for(project=self.project)
        for task in self.log.tasks:
            self.take(task, windows[task.number])
        self.tell_totals()
        self.result.write = self.write
        return self.result

    def window(self, task: SipTask) -> tuple[date, date] | None:
        """Return the first and last day of a task: started to completed, else what there is; None without."""
        days = [day for day in (task.started_on or task.estimate_on, task.completed_on) if day is not None]
        return (min(days), max(days)) if days else None

    def match_people(self) -> None:
        """Match people by name: a bare number of the log becomes "Person 58"."""
        self.book = PeopleBook.of(self.project)
        seconds = self.log.seconds_by_person()
        for number in self.log.people:
            name = (f"Person {number}" if number.isdecimal() else number)[:120]
            found = self.book.matches(name=name)
            hours = f"{format_number(hours_of(seconds[number]))} h"
            if found:
                self.people[number] = found[0]
                known = found[0].pk in self.book.members
                outcome = Outcome.UNCHANGED if known else Outcome.CHANGED
                self.row(outcome, "person", name, hours if known else f"joins the project, {hours}")
            else:
                self.people[number] = Person(name=name)
                self.row(Outcome.CREATED, "person", name, hours)

    def summary_of(self, category: str) -> Task:
        """Return the summary task of a category."""
        if category not in self.summaries:
            code = f"category-{slugify(category)}"[:CODE_LENGTH]
            stored = self.stored.get(code)
            if stored is None:
                stored = Task(
                    project=self.project, name=category[:NAME_LENGTH], code=code, duration_minutes=0
                )
                self.new_summaries.append(stored)
                self.row(Outcome.CREATED, "summary", category)
            else:
                self.row(Outcome.UNCHANGED, "summary", category)
            self.summaries[category] = stored
        return self.summaries[category]

    def take(self, task: SipTask, window: tuple[date, date] | None) -> None:
        """Compare one task with its estimate and hours."""
        line = task.actual[0].line
        label = f"{task.number} {task.summary}"
        if len(task.number) > CODE_LENGTH:
            self.row(Outcome.REFUSED, "task", label, f"The task number is longer than {CODE_LENGTH}.", line)
            return
        if window is None and task.seconds:
            message = "The task has hours but no date: neither estimated, started nor completed."
            self.row(Outcome.REFUSED, "task", label, message, line)
            return
        if window is not None and window[1] - window[0] > LONGEST:
            self.row(Outcome.REFUSED, "task", label, f"It runs from {window[0]} to {window[1]}.", line)
            return
        hours = f"{format_number(hours_of(task.seconds))} h of {format_number(task.estimated_hours)} h"
        stored = self.stored.get(task_code(task.number))
        self.summary_of(task.category)
        if stored is None:
            stored = Task(project=self.project, code=task_code(task.number), **self.values(task, window))
            self.new.append((stored, task.category))
            self.row(Outcome.CREATED, "task", label, hours, line)
        else:
            self.row(Outcome.UNCHANGED, "task", label, hours, line)
        self.tasks[task.number] = stored
        planned = shares(int(task.estimated_hours * 3600), [part.seconds for part in task.actual])
        for part, seconds in zip(task.actual, planned, strict=True):
            self.plan_part(task, part, seconds, window)
            if part.seconds and window is not None:
                self.book_part(task, part, window)

    def values(self, task: SipTask, window: tuple[date, date] | None) -> dict[str, Any]:
        """Return a task's columns. Finished work keeps its dates and lasts from the one to the other."""
        summary = task.summary.replace("\x00", "")
        values: dict[str, Any] = {
            "name": summary[:NAME_LENGTH],
            "description": f"{task.subcategory} · {task.status.lower()}"
            + (f"\n\n{summary}" if len(summary) > NAME_LENGTH else ""),
            "duration_minutes": max(int(task.estimated_hours * 60), 1),
        }
        if window is None or not (task.started_on or task.seconds or task.completed_on):
            return values
        start = datetime.combine(window[0], DAY_START)
        end = datetime.combine(window[1], DAY_END)
        values["actual_start"] = start.replace(tzinfo=self.zone).astimezone(UTC)
        if task.completed_on is not None or task.status.upper() in DONE:
            values["percent_complete"] = Decimal(100)
            values["actual_finish"] = end.replace(tzinfo=self.zone).astimezone(UTC)
            values["duration_minutes"] = max(self.calendar.minutes_between(start, end), 1)
        return values

    def plan_part(
        self, task: SipTask, part: SipHours, seconds: int, window: tuple[date, date] | None
    ) -> None:
        """Plan a person's share of the estimate: a budget line and an assignment."""
        person = self.people[part.person]
        external = f"sip:{task.number}:{part.person}"[:80]
        if (task_code(task.number), person.pk) not in self.known_assigned:
            self.assigned.append((Assignment(person=person, planned_seconds=seconds), task.number))
        if external in self.known_lines:
            self.row(Outcome.UNCHANGED, "budget line", f"{task.number}, {person.name}", "", part.line)
            return
        rate = self.rates.rates.resolve(person, window[0] if window else self.starts_on)
        line = BudgetLine(
            project=self.project,
            person=person,
            category=Category.LABOUR,
            description=f"Estimate of task {task.number}",
            planned_seconds=seconds,
            cost=hours_cost(seconds, rate.cost_rate, self.project.currency),
            bill=hours_cost(seconds, rate.bill_rate, self.project.currency),
            external_id=external,
        )
        self.lines.append((line, task.number))
        label = f"{task.number}, {person.name}"
        self.row(Outcome.CREATED, "budget line", label, f"{format_number(hours_of(seconds))} h", part.line)

    def book_part(self, task: SipTask, part: SipHours, window: tuple[date, date]) -> None:
        """Spread a person's hours over the task's days, as approved entries."""
        person = self.people[part.person]
        external = f"sip:{task.number}:{part.person}:"[:76]
        label = f"{task.number}, {person.name}"
        hours = f"{format_number(hours_of(part.seconds))} h"
        if f"{external}1" in self.known_entries:
            self.row(Outcome.UNCHANGED, "hours", label, hours, part.line)
            return
        pieces = spread(
            seconds=part.seconds,
            days=working_days(self.calendar, *window),
            calendar=self.calendar,
            free=lambda day: self.days.free(person, day),
        )
        if closed := next(filter(None, (self.is_closed(day) for day, _ in pieces)), ""):
            self.row(Outcome.REFUSED, "hours", label, closed, part.line)
            return
        now = timezone.now()
        for number, (day, seconds) in enumerate(pieces, start=1):
            self.days.book(person, day, seconds)
            entry = TimeEntry(
                project=self.project,
                person=person,
                worked_on=day,
                seconds=seconds,
                status=EntryState.APPROVED,
                decided_at=now,
                decided_by=self.context.entry.user,
                external_id=f"{external}{number}",
                import_run=self.context.run,
            )
            self.rates.price(entry)
            self.entries.append((entry, task.number))
        days = "1 day" if len(pieces) == 1 else f"{len(pieces):,} days"
        self.row(Outcome.CREATED, "hours", label, f"{hours} on {days}", part.line)

    def tell_totals(self) -> None:
        """Say what the file adds up to, beside what would be booked."""
        booked = sum(entry.seconds for entry, _ in self.entries)
        estimated = sum(task.estimated_hours for task in self.log.tasks)
        self.result.totals += [
            ("Rows in the file", f"{self.log.rows:,}"),
            ("Tasks in the file", f"{len(self.log.tasks):,}"),
            ("People in the file", f"{len(self.log.people):,}"),
            ("Hours in the file", format_number(self.log.hours)),
            ("Estimated hours in the file", format_number(estimated)),
            ("Hours that are new", format_number(hours_of(booked))),
        ]

    # --- writing -----------------------------------------------------------------------------------------
    def write(self) -> None:
        """Write everything in bulk; the caller's transaction makes it all or nothing."""
        actor = self.context.entry.user
        plan_lock(self.project)
        if self.starts_on != self.project.starts_on:
            self.project.starts_on = self.starts_on
            row_save(row=self.project, actor=actor)
        for person in self.people.values():
            if person.pk is None:
                row_save(row=person, actor=actor)
            join(project=self.project, person=person, book=self.book, actor=actor)
        self.write_tasks()
        placed: list[tuple[Any, str]] = [*self.lines, *self.assigned, *self.entries]
        for row, number in placed:
            row.task = self.tasks[number]
            row.person_id = row.person.pk
        BudgetLine.objects.bulk_create([row for row, _ in self.lines], batch_size=500)
        Assignment.objects.bulk_create([row for row, _ in self.assigned], batch_size=500)
        entries = [row for row, _ in self.entries]
        TimeEntry.objects.bulk_create(entries, batch_size=500)
        weeks_price(
            book=self.rates,
            weeks={(row.person_id, monday_of(row.worked_on)) for row in entries},
            fresh=frozenset(row.pk for row in entries),
        )
        plan_schedule(project=self.project)

    def write_tasks(self) -> None:
        """Write the summaries, then the tasks below them in the order of the file."""
        if not self.new and not self.new_summaries:
            return
        actor = self.context.entry.user
        last = Task.with_trash.filter(project=self.project).aggregate(last=Max("position"))["last"] or 0
        for number, summary in enumerate(self.new_summaries, start=1):
            summary.position = last + number
        Task.objects.bulk_create(self.new_summaries, batch_size=500)
        offset = last + len(self.new_summaries)
        for number, (task, category) in enumerate(self.new, start=1):
            task.position = offset + number
            task.parent = self.summaries[category]
        Task.objects.bulk_create([task for task, _ in self.new], batch_size=500)
        tree_renumber(self.project)
        added = [*self.new_summaries, *(task for task, _ in self.new)]
        record_many(
            actor=actor,
            project=self.project,
            entries=[("task.added", task, {}) for task in added],
        )
