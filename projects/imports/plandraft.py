"""A plan's file beside the plan that is stored: what would change, and the writing of it."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import F
from django.utils import timezone

from implement.core.calendars import CalendarError
from implement.core.db import update_rows
from implement.core.errors import DomainError
from implement.core.money import currencies, format_number, hours_of
from projects.choices import EARNED_AT_START, ProgressRule
from projects.imports.baselines import BaselineDraft
from projects.imports.calendars import CalendarDraft, PeopleCalendarDraft
from projects.imports.people import PeopleBook, folded, join
from projects.imports.values import (
    MAX_INTEGER,
    MAX_MINUTES,
    place_of,
    shortened,
    task_values,
    usable_email,
    whole,
)
from projects.kit.holds import held
from projects.kit.imports import (
    PLAN_EXTRAS,
    Choice,
    Context,
    Draft,
    ImportRefused,
    Note,
    Outcome,
    PreviewRow,
    Question,
)
from projects.kit.journal import plain, record_many
from projects.kit.rows import row_save
from projects.kit.trace import end_of, mark_suspect
from projects.models import Assignment, Dependency, Person, Project, Task
from projects.mspdi import (
    BILLABLE_FIELD,
    ID_FIELD,
    KEY_FIELD,
    RULE_FIELD,
    MspdiProject,
    MspdiResource,
    MspdiTask,
    ResourceType,
    whole_percent,
)
from projects.planning import compute_schedule, zone_of
from projects.progress import rule_in
from projects.schedule import CycleError, OutOfTimeError, ScheduleError
from projects.services import plan_lock, plan_schedule, status_date_check, tree_renumber

PROGRESS = ("percent_complete", "actual_start", "actual_finish")
TASK_COLUMNS = [
    "name",
    "description",
    "revision",
    "is_milestone",
    "duration_minutes",
    "is_estimated",
    "is_billable",
    "constraint",
    "constraint_at",
    "deadline",
    "priority",
    *PROGRESS,
    "calendar",
    "ignores_people",
    "parent",
    "position",
    "deleted_at",
    "code",
    "external_uid",
    "version",
    "updated_at",
]
OTHER_FILE_SHARE = Decimal("0.8")
OTHER_FILE_LEAST = 3
KEY_LENGTH = 40
KEY_DIGITS = 19


class PlanDraft:
    """One comparison of one file with one project. Everything is computed first; `write` then writes it."""

    def __init__(self, context: Context, source: MspdiProject) -> None:
        self.context = context
        self.source = source
        # Fresh, because inside the writing transaction it must be what is stored then.
        self.project = Project.objects.select_related("calendar").get(pk=context.project.pk)
        self.zone = zone_of(self.project)
        self.result = Draft(write=self.write)
        self.notes = self.result.notes
        self.stored = {
            task.pk: task for task in Task.with_trash.filter(project=self.project).select_related("calendar")
        }
        self.by_uid = {
            task.external_uid: task for task in self.stored.values() if task.external_uid is not None
        }
        self.is_empty = not any(task.deleted_at is None for task in self.stored.values())
        self.kept: list[MspdiTask] = []
        self.parents: dict[int, int | None] = {}
        self.new: list[Task] = []
        self.changed: dict[int, tuple[Task, dict[str, tuple[Any, Any]]]] = {}
        self.tasks: dict[int, Task] = {}
        self.gone: list[Task] = []
        self.people: dict[int, Person] = {}
        self.joining: dict[int, tuple[Person, int]] = {}
        self.links_new: list[tuple[int, int, Any]] = []
        self.links_changed: list[Dependency] = []
        self.links_gone: list[Dependency] = []
        self.assigned_new: list[tuple[int, Person, dict[str, Any]]] = []
        self.assigned_changed: list[Assignment] = []
        self.assigned_gone: list[Assignment] = []
        self.project_changes: dict[str, Any] = {}
        self.takes_money = True
        self.moves = False
        self.adopted: set[int] = set()
        self.keys: set[str] = set()

    # --- telling -----------------------------------------------------------------------------------------
    def tell(self, note: Note) -> None:
        """Add a note."""
        self.notes.append(note)

    def row(self, outcome: Outcome, what: str, label: str, message: str = "", value: str = "") -> None:
        """Add a row of the preview."""
        self.result.rows.append(PreviewRow(outcome, what, label, message, value=value))

    def ask(self, question: Question) -> str:
        """Add a question; return the answer in force: theirs when it is still one, else the proposed one."""
        return self.result.ask(question, context=self.context)

    # --- the whole ---------------------------------------------------------------------------------------
    def draft(self) -> Draft:
        """Return what would happen. Raises ImportRefused for a cycle or a value out of range."""
        self.select_tasks()
        self.refuse_other_file()
        self.project_settings()
        self.calendars = CalendarDraft(self)
        self.take_people()
        self.people_calendars = PeopleCalendarDraft(self)
        self.remove_gone = (
            self.ask(
                Question(
                    "remove_gone",
                    "Move tasks to the trash, and take off links and assignments, that are not in the file",
                    section="What is gone",
                )
            )
            == "yes"
            if not self.is_empty
            else False
        )
        self.take_tasks()
        self.take_links()
        self.take_assignments()
        self.baselines = BaselineDraft(self)
        self.check_schedule()
        self.extras = [
            extra(context=self.context, source=self.source, people=self.people if self.takes_money else {})
            for extra in PLAN_EXTRAS
        ]
        for extra in self.extras:
            self.result.rows.extend(extra.rows)
            self.notes.extend(extra.notes)
        self.notes.extend(
            Note(notice.message, f"{notice.place} · {notice.element}", notice.count)
            for notice in self.source.warnings
        )
        return self.result

    # --- the project -------------------------------------------------------------------------------------
    def project_settings(self) -> None:
        """Take start and currency from the file where the plan is empty, else ask."""
        header = self.source.header
        starts = [task.start for task in self.kept if task.start]
        start = header.start or min(starts, default=None)
        if start is not None and not 1900 <= start.year < 2200:
            raise ImportRefused(f"The project starts in the year {start.year}, which is out of range.")
        if start is not None and start.date() != self.project.starts_on:
            self.settle_start(start.date())
        if header.status_date and header.status_date.date() != self.project.data_date:
            self.settle_status_date(header.status_date.date())
        self.settle_currency(header.currency_code.strip().upper())

    def settle_start(self, start: date) -> None:
        """Decide whether the project starts when the file does."""
        if self.project.ends_on and start > self.project.ends_on:
            self.tell(
                Note(
                    f"The file starts on {start}, after the project's agreed finish {self.project.ends_on}; "
                    "the project's start is kept.",
                    "StartDate",
                )
            )
            return
        takes = self.is_empty or (
            self.ask(
                Question(
                    "start",
                    f"The file starts on {start}, the project on {self.project.starts_on}",
                    (Choice("take", f"Start on {start}"), Choice("keep", "Keep the project's start")),
                    section="Project",
                    is_required=True,
                )
            )
            == "take"
        )
        if takes:
            self.project_changes["starts_on"] = start
            self.row(Outcome.CHANGED, "project", "Start", f"{self.project.starts_on} → {start}")

    def settle_status_date(self, day: date) -> None:
        """Decide whether what is left is planned from the day that the file says."""
        as_told = copy.copy(self.project)
        as_told.starts_on = self.project_changes.get("starts_on", self.project.starts_on)
        as_told.data_date = day
        try:
            status_date_check(as_told)
        except DomainError as error:
            self.tell(Note(f"The file's status date {day} is left behind. {error.message}", "StatusDate"))
            return
        own = self.project.data_date or "today, whichever day it is"
        takes = self.is_empty or (
            self.ask(
                Question(
                    "status_date",
                    f"The file's status date is {day}, the project's {own}",
                    (
                        Choice("take", f"Plan what is left from {day} on"),
                        Choice("keep", "Keep the project's"),
                    ),
                    section="Project",
                    is_required=True,
                )
            )
            == "take"
        )
        if takes:
            self.project_changes["data_date"] = day
            self.row(Outcome.CHANGED, "project", "Status date", f"{own} → {day}")

    def has_money(self) -> bool:
        """Return whether the file holds an amount."""
        rates = any(rate.standard_rate for one in self.source.resources for rate in one.rates)
        return rates or any(baseline.cost for task in self.source.tasks for baseline in task.baselines)

    def settle_currency(self, code: str) -> None:
        """Decide in which currency the file's amounts are. Without amounts there is nothing to decide."""
        own = self.project.currency
        if not code or code == own or not self.has_money():
            return
        choices = [
            Choice("leave", "Leave the amounts out"),
            Choice("as_is", f"Take the numbers as {own}, without converting"),
        ]
        label = f"The file's amounts are in {code}, the project's in {own}"
        if code not in currencies():
            label = f"“{code[:20]}” (CurrencyCode) is not a known currency. What are the file's amounts?"
        elif self.is_empty and held(self.project, "currency") is None:
            choices.append(Choice("project", f"Change the project's currency to {code}"))
        answer = self.ask(Question("money", label, tuple(choices), section="Project", is_required=True))
        self.takes_money = answer in {"as_is", "project"}
        if answer == "leave":
            self.tell(Note("All amounts are left out: cost rates and the baselines' cost.", "CurrencyCode"))
        if answer == "project":
            self.project_changes["currency"] = code
            self.row(Outcome.CHANGED, "project", "Currency", f"{own} → {code}")

    # --- people ------------------------------------------------------------------------------------------
    def take_people(self) -> None:
        """Match every person of the file: e-mail, then the number of an earlier import, then the name."""
        resources = [one for one in self.source.resources if not one.is_null and (one.name or one.email)]
        self.book = PeopleBook.of(self.project, emails=[one.email for one in resources])
        fresh: dict[str, Person] = {}
        for resource in resources:
            if resource.type != ResourceType.WORK:
                self.tell(
                    Note(
                        f"“{resource.name[:60]}” is a {resource.type} resource; only people are taken.",
                        f"resource UID {resource.uid}",
                    )
                )
                continue
            self.take_person(resource, fresh)

    def take_person(self, resource: MspdiResource, fresh: dict[str, Person]) -> None:
        """Decide who one resource is."""
        place = f"resource UID {resource.uid}"
        whole(resource.uid, limit=MAX_INTEGER, what="the UID", place=place)
        email = usable_email(resource.email, place=place, tell=self.tell)
        name = shortened(resource.name or email, 120, what="name", place=place, tell=self.tell)
        found = self.book.matches(name=name, email=email, uid=resource.uid)
        listed = {person.pk: person for person in [*found, *self.book.members_first()]}
        choices = [Choice(f"{pk}", f"{person.name} {person.email}".strip()) for pk, person in listed.items()]
        choices += [
            Choice("new", "Create, as team member without login"),
            Choice("skip", "Leave out, with their work"),
        ]
        value = f"{found[0].pk}" if len(found) == 1 else "" if found else "new"
        answer = self.ask(
            Question(
                f"person:{resource.uid}",
                name,
                tuple(choices),
                value=value,
                section="People",
                is_required=True,
                help="Several people have this name." if len(found) > 1 else "",
            )
        )
        if answer in {"", "skip"}:
            if answer:
                self.tell(Note("Left out, with the work planned for them.", f"{place} “{name}”"))
            return
        if answer == "new":
            if email in self.book.foreign_emails:
                self.tell(
                    Note(
                        f"“{email}” is in use outside this project; the person is created without it.", place
                    )
                )
                email = ""
            person = fresh.get(email) if email else None
            if person is None:
                person = Person(name=name, email=email, job_role=resource.group[:80])
                if email:
                    fresh[email] = person
                self.row(Outcome.CREATED, "person", name, email)
        else:
            person = self.book.by_id[int(answer)]
            member = self.book.members.get(person.pk)
            if member is None or member.external_uid is None:
                message = "is known by this number from now on" if member else "joins the project"
                self.row(Outcome.CHANGED, "person", person.name, message)
            else:
                self.row(Outcome.UNCHANGED, "person", person.name)
        self.people[resource.uid] = person
        if not any(
            other is person or (other.pk and other.pk == person.pk) for other, _ in self.joining.values()
        ):
            self.joining[resource.uid] = (person, resource.uid)

    # --- tasks -------------------------------------------------------------------------------------------
    def select_tasks(self) -> None:
        """Choose the rows that are tasks: not blank, not the project's own summary, not switched off."""
        by_uid = {task.uid: task for task in self.source.tasks}
        self.kept = [task for task in self.source.tasks if not task.is_null and task.uid and task.is_active]
        kept = {task.uid for task in self.kept}
        for task in self.source.tasks:
            if not task.is_null and task.uid and not task.is_active:
                self.row(
                    Outcome.REFUSED,
                    "task",
                    task.name,
                    "inactive in the file, so it is left out",
                    f"UID {task.uid}",
                )
        for task in self.kept:
            parent = task.parent_uid
            while parent is not None and parent not in kept:
                parent = by_uid[parent].parent_uid if parent in by_uid else None
            self.parents[task.uid] = parent
        self.summaries = {parent for parent in self.parents.values() if parent is not None}
        self.know_own()

    def know_own(self) -> None:
        """Let tasks that were added here, exported and now come back be known by the file's numbers from now on."""
        for task in self.kept:
            code, _, pk = dict(task.custom_fields).get(ID_FIELD, "").rpartition(":")
            stored = self.stored.get(int(pk)) if pk.isdecimal() and len(pk) < KEY_DIGITS else None
            if code != self.project.code or stored is None or stored.external_uid is not None:
                continue
            if task.uid not in self.by_uid:
                stored.external_uid = task.uid
                self.by_uid[task.uid] = stored
                self.adopted.add(stored.pk)

    def refuse_other_file(self) -> None:
        """Ask first when the numbers are known but the names are not: it may be another plan's file."""
        known = [(task, self.by_uid[task.uid]) for task in self.kept if task.uid in self.by_uid]
        differ = sum(folded(task.name) != folded(stored.name) for task, stored in known)
        if len(known) >= OTHER_FILE_LEAST and differ >= OTHER_FILE_SHARE * len(known):
            self.ask(
                Question(
                    "other_file",
                    f"{differ} of the {len(known)} tasks known from an earlier file have another name now",
                    (Choice("update", "It is the same plan: rename them"),),
                    section="Project",
                    is_required=True,
                    help="If it is another plan, discard this import and use a project of its own.",
                )
            )

    def take_tasks(self) -> None:
        """Compare each task's columns; number new ones with places that no stored row has."""
        order = [task.uid for task in self.kept]
        file_uids = set(order)
        live = [task for task in self.by_uid.values() if task.deleted_at is None]
        before = [task.external_uid for task in sorted(live, key=lambda one: one.position)]
        # Places are given anew only when the file orders its tasks otherwise than they stand.
        self.moves = order != [uid for uid in before if uid in file_uids]
        for position, task in enumerate(self.kept, start=1):
            values = task_values(task, is_summary=task.uid in self.summaries, zone=self.zone, tell=self.tell)
            if task.fixed_cost:
                self.tell(Note("A fixed cost is left behind: enter it as a budget line.", place_of(task)))
            values |= self.key_of(task) | billable_of(task)
            values["calendar"] = self.calendars.of_task(task, is_summary=task.uid in self.summaries)
            self.take_task(task, values, position if self.moves else None)
        for stored in self.stored.values():
            if stored.deleted_at is not None or stored.external_uid is None:
                continue
            if stored.external_uid not in file_uids:
                self.gone.append(stored)
                outcome = Outcome.CHANGED if self.remove_gone else Outcome.UNCHANGED
                message = "no longer in the file: " + (
                    "goes into the trash"
                    if self.remove_gone
                    else "is kept; tick above to move it to the trash"
                )
                self.row(outcome, "task", str(stored), message, f"UID {stored.external_uid}")
        self.result.totals.append(("Tasks in the file", f"{len(self.kept):,}"))

    def key_of(self, task: MspdiTask) -> dict[str, Any]:
        """Return the task's key in another tool, when a file of ours says one that no other task has."""
        key = dict(task.custom_fields).get(KEY_FIELD, "")[:KEY_LENGTH]
        if not key:
            return {}
        mine = self.by_uid.get(task.uid)
        taken = any(
            one.code == key and one is not mine for one in self.stored.values() if one.deleted_at is None
        )
        if key in self.keys or taken:
            self.tell(Note(f"Another task has the key “{key}”; it is left out.", place_of(task)))
            return {}
        self.keys.add(key)
        return {"code": key}

    def rule_of(self, task: MspdiTask, new: Task) -> str:
        """Return how a new task is measured: as a file of ours says it, when it brings all that the rule needs."""
        said = dict(task.custom_fields).get(RULE_FIELD, "")
        if said in (ProgressRule.STEPS, ProgressRule.UNITS):
            label = ProgressRule(said).label.lower()
            self.tell(Note(f"It was measured by {label}, which the file does not hold.", place_of(task)))
        fits = said in (ProgressRule.PHYSICAL, ProgressRule.EFFORT)
        if said in EARNED_AT_START:
            fits = new.percent_complete in (0, EARNED_AT_START[ProgressRule(said)], 100)
        if fits:
            return said
        # A percentage that the file brings was typed, whatever is usual on the project.
        return ProgressRule.PHYSICAL if new.percent_complete or new.actual_start else ""

    def take_task(self, task: MspdiTask, values: Mapping[str, Any], position: int | None) -> None:
        """Compare one task with its stored row, or make it."""
        parent_uid = self.parents[task.uid]
        parent = self.tasks[parent_uid] if parent_uid is not None else None
        stored = self.by_uid.get(task.uid)
        label = f"{task.wbs} {values['name']}".strip()
        if stored is None:
            new = Task(project=self.project, external_uid=task.uid, position=position or 0, **values)
            new.progress_rule = self.rule_of(task, new)
            # A negative number stands for the row until it is written.
            new.pk = -(task.uid + 1) if task.uid >= 0 else task.uid * 2 - MAX_INTEGER
            new.parent_id = parent.pk if parent else None
            self.tasks[task.uid] = new
            self.new.append(new)
            self.row(Outcome.CREATED, "task", label, value=f"UID {task.uid}")
            return
        changes: dict[str, tuple[Any, Any]] = {}
        for name, value in values.items():
            if name == "duration_minutes" and task.uid in self.summaries:
                # How long a summary lasts follows from what is below it.
                continue
            if name in PROGRESS and rule_in(stored, self.project) != ProgressRule.PHYSICAL:
                # What is measured here is not overwritten by a percentage from there.
                continue
            if not is_said_by(value, getattr(stored, name)):
                changes[name] = (getattr(stored, name), value)
                setattr(stored, name, value)
        if values["calendar"] is not None:
            stored.calendar = values["calendar"]
        if stored.parent_id != (parent.pk if parent else None):
            changes["parent"] = (self.stored.get(stored.parent_id or 0), parent)
            stored.parent_id = parent.pk if parent else None
        if stored.deleted_at is not None:
            changes["deleted_at"] = (stored.deleted_at, None)
            stored.deleted_at = None
        if position is not None:
            stored.position = position
        self.tasks[task.uid] = stored
        if changes:
            self.changed[stored.pk] = (stored, changes)
            self.row(Outcome.CHANGED, "task", label, said(changes), f"UID {task.uid}")
        else:
            self.row(Outcome.UNCHANGED, "task", label, value=f"UID {task.uid}")
        if (position is not None or stored.pk in self.adopted) and stored.pk not in self.changed:
            self.changed[stored.pk] = (stored, {})

    # --- links and assignments ---------------------------------------------------------------------------
    def take_links(self) -> None:
        """Compare the links between the file's tasks."""
        uid_of = {task.pk: task.external_uid for task in self.stored.values()}
        known = {
            (uid_of.get(link.predecessor_id), uid_of.get(link.successor_id)): link
            for link in Dependency.objects.filter(successor__project=self.project)
        }
        self.links = known
        seen: set[tuple[int | None, int | None]] = set()
        for task in self.kept:
            for link in task.links:
                place = f"{place_of(task)}, PredecessorLink"
                if link.predecessor_uid not in self.tasks:
                    self.tell(Note("Its predecessor is not taken, so the link is left out.", place))
                    continue
                if link.predecessor_uid == task.uid:
                    raise ImportRefused(f"{place}: the task waits for itself.", value=f"UID {task.uid}")
                key = (link.predecessor_uid, task.uid)
                if key in seen:
                    self.tell(Note("A second link between the same two tasks is left out.", place))
                    continue
                seen.add(key)
                lag = whole(link.lag_minutes, limit=MAX_MINUTES, what="a lag in minutes of", place=place)
                label = f"{self.tasks[key[0]].name} → {task.name} ({link.type})"
                values = (str(link.type), lag, link.lag_elapsed)
                stored = known.get(key)
                if stored is None:
                    self.links_new.append((link.predecessor_uid, task.uid, values))
                    self.row(Outcome.CREATED, "link", label)
                elif (
                    stored.type,
                    stored.lag_minutes,
                    stored.is_elapsed and stored.lag_minutes != 0,
                ) != values:
                    message = f"{stored.type} {stored.lag_minutes} min → {values[0]} {values[1]} min"
                    stored.type, stored.lag_minutes, stored.is_elapsed = values
                    self.links_changed.append(stored)
                    self.row(Outcome.CHANGED, "link", label, message)
                else:
                    self.row(Outcome.UNCHANGED, "link", label)
        for pair, gone in known.items():
            before, after = self.tasks.get(pair[0] or 0), self.tasks.get(pair[1] or 0)
            if pair not in seen and before is not None and after is not None:
                self.links_gone.append(gone)
                outcome = Outcome.CHANGED if self.remove_gone else Outcome.UNCHANGED
                message = "not in the file: " + ("taken off" if self.remove_gone else "kept")
                self.row(outcome, "link", f"{before.name} → {after.name} ({gone.type})", message)

    def take_assignments(self) -> None:
        """Compare who works on what. Two resources that are one person are added up."""
        wanted: dict[tuple[int, int], dict[str, Any]] = {}
        whose: dict[int, Person] = {}
        unplaced = 0
        for one in self.source.assignments:
            person = self.people.get(one.resource_uid) if one.resource_uid is not None else None
            if one.task_uid not in self.tasks or person is None:
                unplaced += 1
                continue
            place = f"assignment UID {one.uid} of task UID {one.task_uid}"
            seconds = whole(one.work_seconds or 0, limit=MAX_INTEGER, what="work in seconds of", place=place)
            units = (one.units * 100).quantize(Decimal("0.01"))
            if not 0 <= units < 10_000:
                raise ImportRefused(f"{place}: {one.units} units are out of range.", value=str(one.units))
            whose[id(person)] = person
            uid = whole(one.uid or 0, limit=MAX_INTEGER, what="the UID", place=place)
            values = wanted.setdefault(
                (one.task_uid, id(person)), {"planned_seconds": 0, "units": Decimal(0), "external_uid": uid}
            )
            values["planned_seconds"] = whole(
                values["planned_seconds"] + seconds,
                limit=MAX_INTEGER,
                what="work in seconds of",
                place=place,
            )
            values["units"] = min(values["units"] + units, Decimal("9999.99"))
        if unplaced:
            self.tell(
                Note("Work is given to nobody, or to a task or resource that is not taken.", count=unplaced)
            )
        known = {
            (one.task_id, one.person_id): one
            for one in Assignment.objects.filter(task__project=self.project).select_related("person")
        }
        self.assigned = known
        self.compare_assignments(wanted, whose, known)
        total = sum(values["planned_seconds"] for values in wanted.values())
        self.result.totals.append(("Planned hours in the file", format_number(hours_of(total))))

    def compare_assignments(
        self,
        wanted: Mapping[tuple[int, int], dict[str, Any]],
        whose: Mapping[int, Person],
        known: Mapping[tuple[int, int], Assignment],
    ) -> None:
        """Sort the file's assignments into new, changed and unchanged, and find those it no longer has."""
        seen: set[int] = set()
        for (uid, who), values in wanted.items():
            task, person = self.tasks[uid], whose[who]
            label = f"{person.name} on {task.name}"
            hours = f"{format_number(hours_of(values['planned_seconds']))} h"
            stored = known.get((task.pk, person.pk)) if person.pk else None
            if stored is None:
                self.assigned_new.append((uid, person, values))
                self.row(Outcome.CREATED, "assignment", label, hours)
                continue
            seen.add(stored.pk)
            if all(getattr(stored, name) == values[name] for name in ("planned_seconds", "units")):
                self.row(Outcome.UNCHANGED, "assignment", label, hours)
                if stored.external_uid != values["external_uid"]:
                    # It is known by this number from now on.
                    stored.external_uid = values["external_uid"]
                    self.assigned_changed.append(stored)
                continue
            before = format_number(hours_of(stored.planned_seconds))
            for name, value in values.items():
                setattr(stored, name, value)
            self.assigned_changed.append(stored)
            self.row(Outcome.CHANGED, "assignment", label, f"{before} h → {hours}")
        ours = {task.pk for task in self.tasks.values()}
        for stored in known.values():
            if stored.pk not in seen and stored.external_uid is not None and stored.task_id in ours:
                self.assigned_gone.append(stored)
                outcome = Outcome.CHANGED if self.remove_gone else Outcome.UNCHANGED
                label = f"{stored.person.name} on {self.stored[stored.task_id].name}"
                message = "not in the file: " + ("taken off" if self.remove_gone else "kept")
                self.row(outcome, "assignment", label, message)

    # --- does it hold? -----------------------------------------------------------------------------------
    def check_schedule(self) -> None:
        """Compute the plan as it would be. Raises ImportRefused naming the tasks of a cycle."""
        trashed = {task.pk for task in self.gone} if self.remove_gone else set()
        tasks = [
            task
            for task in [*self.stored.values(), *self.new]
            if task.deleted_at is None and task.pk not in trashed
        ]
        present = {task.pk for task in tasks}
        links = [
            link
            for link in self.links.values()
            if {link.predecessor_id, link.successor_id} <= present
            and not (self.remove_gone and link in self.links_gone)
        ]
        for before, after, (kind, lag, elapsed) in self.links_new:
            links.append(
                Dependency(
                    predecessor_id=self.tasks[before].pk,
                    successor_id=self.tasks[after].pk,
                    type=kind,
                    lag_minutes=lag,
                    is_elapsed=elapsed,
                )
            )
        project = copy.copy(self.project)
        for name, value in self.project_changes.items():
            setattr(project, name, value)
        shown = {task.pk: task for task in tasks}
        for task in tasks:
            if task.parent_id is not None and task.parent_id not in present:
                shown[task.pk] = copy.copy(task)
                shown[task.pk].parent_id = None
        try:
            schedule = compute_schedule(project, list(shown.values()), links, assigned=self.crews())
        except OutOfTimeError as error:
            name = shown[int(str(error.activity))].name
            raise ImportRefused(f"The plan cannot be computed: “{name}”: {error.reason}") from error
        except CycleError as error:
            path = " → ".join(f"“{shown[pk].name}”" for pk in error.path if pk in shown)
            raise ImportRefused(
                f"These tasks wait for each other: {path}.", column="PredecessorLink"
            ) from error
        except (ScheduleError, CalendarError, OverflowError) as error:
            raise ImportRefused(f"The plan cannot be computed: {error}") from error
        self.result.totals.append(("Computed finish", f"{schedule.finish:%d %b %Y %H:%M}"))

    def crews(self) -> dict[int, list[Person]]:
        """Return task id -> who would be on it."""
        gone = {one.pk for one in self.assigned_gone} if self.remove_gone else set()
        crews: dict[int, list[Person]] = defaultdict(list)
        for one in self.assigned.values():
            if one.pk not in gone:
                mine = next((own for own in self.people.values() if own.pk == one.person_id), one.person)
                crews[one.task_id].append(self.people_calendars.planned(mine))
        for uid, person, _ in self.assigned_new:
            crews[self.tasks[uid].pk].append(self.people_calendars.planned(person))
        return crews

    # --- writing -----------------------------------------------------------------------------------------
    def write(self) -> None:
        """Write everything; the caller's transaction makes it all or nothing."""
        actor = self.context.entry.user
        plan_lock(self.project)
        self.calendars.write(actor)
        if self.project_changes:
            for name, value in self.project_changes.items():
                setattr(self.project, name, value)
            row_save(row=self.project, actor=actor)
        for person, uid in self.joining.values():
            if person.pk is None:
                row_save(row=person, actor=actor)
            join(project=self.project, person=person, book=self.book, actor=actor, uid=uid)
        self.people_calendars.write(actor)
        self.write_tasks()
        self.write_links()
        self.baselines.write(actor)
        tree_renumber(self.project)
        plan_schedule(project=self.project)
        self.people_calendars.reschedule(actor)
        for extra in self.extras:
            extra.write()

    def write_tasks(self) -> None:
        """Write new and changed tasks in bulk, then who is whose parent."""
        actor, now = self.context.entry.user, timezone.now()
        below = {task.external_uid: self.parents[task.external_uid or 0] for task in self.new}
        for task in self.new:
            task.pk, task.parent_id = None, None
            task.calendar_id = task.calendar.pk if task.calendar else None
        Task.objects.bulk_create(self.new, batch_size=500)
        for task in self.new:
            parent = below[task.external_uid]
            task.parent_id = self.tasks[parent].pk if parent is not None else None
        update_rows([task for task in self.new if task.parent_id], ["parent"])
        rows, reworded = [], []
        for task, changes in self.changed.values():
            parent = self.parents[task.external_uid or 0]
            task.parent_id = self.tasks[parent].pk if parent is not None else None
            task.calendar_id = task.calendar.pk if task.calendar else None
            if changes:
                task.version += 1
                task.updated_at = now
            if changes.keys() & set(end_of(task).text):
                task.revision += 1
                reworded.append(task)
            rows.append(task)
        update_rows(rows, TASK_COLUMNS)
        if self.remove_gone and self.gone:
            Task.objects.filter(pk__in=[task.pk for task in self.gone]).update(
                deleted_at=now, updated_at=now, version=F("version") + 1
            )
        if self.moves:
            # What was added by hand comes after what the file orders.
            mine = [task for task in self.stored.values() if task.external_uid is None]
            for task in mine:
                task.position += len(self.kept)
            update_rows(mine, ["position"])
        entries: list[tuple[str, Any, Any]] = [("task.added", task, {}) for task in self.new]
        entries += [("task.changed", task, changes) for task, changes in self.changed.values() if changes]
        if self.remove_gone:
            entries += [("task.trashed", task, {}) for task in self.gone]
        record_many(actor=actor, project=self.project, entries=entries)
        mark_suspect(rows=reworded, actor=actor)

    def write_links(self) -> None:
        """Write links and assignments in bulk."""
        now = timezone.now()
        Dependency.objects.bulk_create(
            [
                Dependency(
                    predecessor_id=self.tasks[before].pk,
                    successor_id=self.tasks[after].pk,
                    type=kind,
                    lag_minutes=lag,
                    is_elapsed=elapsed,
                )
                for before, after, (kind, lag, elapsed) in self.links_new
            ],
            batch_size=500,
        )
        Assignment.objects.bulk_create(
            [
                Assignment(task_id=self.tasks[uid].pk, person=person, **values)
                for uid, person, values in self.assigned_new
            ],
            batch_size=500,
        )
        for row in [*self.links_changed, *self.assigned_changed]:
            row.version += 1
            row.updated_at = now
        stamps = ["version", "updated_at"]
        update_rows(self.links_changed, ["type", "lag_minutes", "is_elapsed", *stamps])
        update_rows(self.assigned_changed, ["planned_seconds", "units", "external_uid", *stamps])
        if self.remove_gone:
            Dependency.objects.filter(pk__in=[link.pk for link in self.links_gone]).delete()
            Assignment.objects.filter(pk__in=[one.pk for one in self.assigned_gone]).delete()


def billable_of(task: MspdiTask) -> dict[str, Any]:
    """Return whether work on a task is billed, when a file of ours says so."""
    said = dict(task.custom_fields).get(BILLABLE_FIELD, "")
    return {"is_billable": said == "Yes"} if said in ("Yes", "No") else {}


def is_said_by(value: Any, stored: Any) -> bool:
    """Return whether a file's value is the stored one, as far as the format can say it.

    It knows whole percents and whole seconds only: what is finer here is no change there.
    """
    if isinstance(value, Decimal):
        return stored == value or whole_percent(stored) == value
    if isinstance(value, datetime) and isinstance(stored, datetime):
        return stored.replace(microsecond=0) == value
    return bool(stored == value)


def said(changes: Mapping[str, tuple[Any, Any]]) -> str:
    """Return changes as a sentence: "name: Dig → Dig deeper"."""
    labels = {"deleted_at": "comes back from the trash"}
    parts = []
    for name, (before, after) in changes.items():
        if name in labels:
            parts.append(labels[name])
            continue
        label = Task._meta.get_field(name).verbose_name  # type: ignore[union-attr]
        parts.append(f"{label}: {str(plain(before))[:40]} → {str(plain(after))[:40]}")
    return "; ".join(parts)
