"""Rows of worked time beside what is booked: whose they are, on what, and what would change."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Max, Sum
from django.utils import timezone

from budget.choices import OPEN_STATES, EntryState
from budget.models import DAY_SECONDS, TimeEntry
from budget.selectors.periods import BOOKING, closed_days
from budget.selectors.pricing import PRICED, monday_of, prices_for, rules_of
from budget.services.pricing import weeks_price
from budget.services.time import LONG_AGO, SOON
from budget.timeformats import TimeRow
from implement.core.db import hold_together, update_rows
from implement.core.money import format_number, hours_cost, hours_of
from projects.imports.people import PeopleBook, folded, join
from projects.kit.imports import (
    Choice,
    Context,
    Draft,
    ImportRefused,
    Note,
    Outcome,
    PreviewRow,
    Question,
    remember,
)
from projects.kit.rows import row_save
from projects.models import Person, Project, Task
from projects.services import plan_lock, plan_schedule, tree_renumber

if TYPE_CHECKING:
    from budget.imports.timefile import ParsedTime

NOTE_LENGTH = 500
NAME_LENGTH = 120
TASK_LENGTH = 255
CENT = Decimal("0.01")
ASKED_ONE_BY_ONE = 40
LONG_LIST = 200
CREATE, SKIP, NO_TASK = "create", "skip", "none"


def key_of(*parts: str) -> str:
    """Return a short key of a name in a file, the same whenever the file is read."""
    return hashlib.sha256("\x1f".join(folded(part) for part in parts).encode("utf-8", "replace")).hexdigest()[
        :12
    ]


@dataclass(frozen=True)
class Wanted:
    """Where a row goes: who and what, and what the row says."""

    row: TimeRow
    person: Person
    task: Task | None


@dataclass
class DayBook:
    """Seconds per person and day over all projects, as they fill up."""

    used: dict[tuple[int, date], int] = field(default_factory=lambda: defaultdict(int))

    @classmethod
    def of(cls, people: Iterable[Person], first: date, last: date) -> DayBook:
        """Return what the people have booked between two days; one query."""
        book = cls()
        stored = (
            TimeEntry.objects.filter(
                person__in=[person for person in people if person.pk], worked_on__range=(first, last)
            )
            .exclude(status=EntryState.REJECTED)
            .order_by()
            .values_list("person_id", "worked_on")
            .annotate(total=Sum("seconds"))
        )
        for person_id, day, total in stored:
            book.used[person_id, day] = total
        return book

    def key(self, person: Person, day: date) -> tuple[int, date]:
        """Return where a person's day is kept; somebody not written yet has a key of their own."""
        return (person.pk if person.pk else -id(person), day)

    def free(self, person: Person, day: date) -> int:
        """Return the seconds that are left of a day."""
        return DAY_SECONDS - self.used[self.key(person, day)]

    def book(self, person: Person, day: date, seconds: int) -> None:
        """Use seconds of a day."""
        self.used[self.key(person, day)] += seconds


class TimeDraft:
    """One comparison of one file of hours with one project."""

    def __init__(self, context: Context, parsed: ParsedTime, draft: Draft) -> None:
        assert parsed.file is not None
        self.context, self.parsed, self.file, self.result = context, parsed, parsed.file, draft
        self.project = Project.objects.select_related("customer").get(pk=context.project.pk)
        self.people: dict[tuple[str, str], Person | None] = {}
        self.new_people: list[Person] = []
        self.tasks: dict[str, Task | str] = {}
        self.new_tasks: dict[str, Task] = {}
        self.new: list[TimeEntry] = []
        self.changed: list[TimeEntry] = []
        self.has_own_ids = "external_id" in parsed.mapping

    def ask(self, question: Question) -> str:
        """Add a question; return the answer in force: theirs when it is still one, else the proposed one."""
        given = self.context.answer(question.key)
        value = given if given in {choice.value for choice in question.choices} else question.value
        self.result.questions.append(replace(question, value=value))
        return value

    def refuse(self, row: TimeRow, message: str, *, key: str = "", value: str = "") -> None:
        """Add a row that is not taken, with its place."""
        label = f"{row.person_name or row.person_email} {row.date}".strip()
        self.result.rows.append(
            PreviewRow(
                Outcome.REFUSED,
                "time entry",
                label,
                message,
                row.line,
                self.header(key),
                value or row.note[:60],
            )
        )

    def header(self, key: str) -> str:
        """Return the file's own name of a field."""
        at = self.parsed.mapping.get(key)
        return self.parsed.table.headers[at] if at is not None else ""

    def draft(self) -> Draft:
        """Return what would happen with every row."""
        for warning in self.parsed.table.warnings:
            self.result.notes.append(Note(warning, self.context.run.filename))
        for problem in self.file.problems:
            if problem.severity == "error":
                self.result.rows.append(
                    PreviewRow(
                        Outcome.REFUSED,
                        "time entry",
                        f"Line {problem.line}",
                        problem.message,
                        problem.line,
                        problem.column or "",
                        problem.value or "",
                    )
                )
            else:
                self.result.notes.append(
                    Note(problem.message, f"line {problem.line}, {problem.column or ''}")
                )
        if not self.file.rows and not self.file.problems:
            raise ImportRefused("The file holds no rows of worked time.")
        rows = self.chosen_rows()
        self.ask_options(rows)
        self.match_people(rows)
        self.match_tasks(rows)
        if self.result.is_waiting:
            return self.result
        self.compare(self.place(rows))
        self.result.write = self.write
        return self.result

    # --- which rows, and how -----------------------------------------------------------------------------
    def chosen_rows(self) -> list[TimeRow]:
        """Return the rows of the project that is imported; asked when the file holds several."""
        projects = [seen for seen in self.file.projects if seen.name]
        if len(projects) < 2:
            return list(self.file.rows)
        own = {folded(self.project.name), folded(self.project.code)}
        match = next((seen for seen in projects if folded(seen.name) in own), None)
        choices = [
            Choice(
                key_of(seen.name, seen.client),
                f"Only {seen.name} {f'({seen.client})' if seen.client else ''} · {seen.rows:,} rows",
            )
            for seen in projects
        ]
        answer = self.ask(
            Question(
                "project",
                "The file holds several projects",
                (Choice("all", "Take all rows"), *choices),
                value=key_of(match.name, match.client) if match else "",
                section="File",
                is_required=True,
            )
        )
        if answer == "all":
            return list(self.file.rows)
        return [row for row in self.file.rows if key_of(row.project_name, row.client_name) == answer]

    def ask_options(self, rows: list[TimeRow]) -> None:
        """Ask as what the hours are taken, and whether they are billable where the file does not say."""
        self.status = EntryState.DRAFT
        levels = rules_of(project=self.project).levels
        if self.context.entry.can("time.approve" if levels == 1 else "time.approve_final"):
            answer = self.ask(
                Question(
                    "status",
                    "Take the hours as",
                    (
                        Choice("draft", "Drafts, to be submitted and approved"),
                        Choice("approved", "Approved already: history taken over", "time.approve"),
                    ),
                    value="draft",
                    section="Hours",
                )
            )
            self.status = EntryState(answer)
        self.ask_rates(rows)
        self.is_billable = True
        if any(row.billable is None for row in rows):
            choices = (Choice("yes", "Billable"), Choice("no", "Not billable"))
            question = Question(
                "billable", "Where the file does not say, the hours are", choices, "yes", "Hours"
            )
            self.is_billable = self.ask(question) == "yes"

    def ask_rates(self, rows: list[TimeRow]) -> None:
        """Ask whose rates price history, where the file has rates and the person may see cost.

        Drafts follow the project's rates until they are approved; so do the hours of who may not see cost.
        """
        self.takes_rates = False
        if not any(row.bill_rate is not None or row.cost_rate is not None for row in rows):
            return
        if self.status != EntryState.APPROVED or not self.context.entry.can("cost.view"):
            self.result.notes.append(
                Note("The rates of the file are left behind: the project's own price hours.")
            )
            return
        own = Choice("project", "The project's rates")
        theirs = Choice("file", "The file's rates, where it has them", "cost.view")
        self.takes_rates = (
            self.ask(Question("rates", "Price the hours at", (own, theirs), "project", "Hours")) == "file"
        )

    def priced_by_file(self, entry: TimeEntry, row: TimeRow) -> None:
        """Price an hour as the file does; where it leaves a rate open, the project's stays."""
        currency = self.project.currency
        if row.cost_rate is not None:
            entry.cost_rate = row.cost_rate.quantize(CENT, rounding=ROUND_HALF_UP)
            entry.cost = hours_cost(entry.seconds, entry.cost_rate, currency)
        if row.bill_rate is not None:
            entry.bill_rate = row.bill_rate.quantize(CENT, rounding=ROUND_HALF_UP)
            billed = hours_cost(entry.seconds, entry.bill_rate, currency)
            entry.bill = billed if entry.is_billable else Decimal(0)

    def is_foreign(self, row: TimeRow) -> bool:
        """Return whether a row's rates are in a currency that is not the project's: "USD" or "US Dollar - USD"."""
        said = row.currency.upper().split()
        has_rate = row.bill_rate is not None or row.cost_rate is not None
        return self.takes_rates and has_rate and bool(said) and self.project.currency not in said

    # --- people ------------------------------------------------------------------------------------------
    def match_people(self, rows: list[TimeRow]) -> None:
        """Decide who each person of the file is: matched, chosen, created or left out."""
        seconds: Counter[tuple[str, str]] = Counter()
        for row in rows:
            seconds[row.person_name, row.person_email] += row.seconds
        self.book = PeopleBook.of(self.project, emails=[email for _, email in seconds])
        members = [Choice(f"{person.pk}", person.name) for person in self.book.members_first()]
        unknown: list[tuple[str, str]] = []
        for who in sorted(seconds):
            name, email = who
            found = self.book.matches(name=name, email=email)
            if who == ("", ""):
                self.whose(members)
            elif len(found) == 1 and not self.context.answer(f"person:{key_of(*who)}"):
                self.people[who] = found[0]
            else:
                unknown.append(who)
        if unknown:
            self.ask_people(unknown, seconds, members)
        joining = {person.pk: person for person in self.people.values() if person and person.pk}
        for person in joining.values():
            if person.pk not in self.book.members:
                self.result.rows.append(
                    PreviewRow(Outcome.CHANGED, "person", person.name, "joins the project as team member")
                )

    def whose(self, members: list[Choice]) -> None:
        """Ask whose hours they are when the file names nobody."""
        person = self.context.entry.person
        mine = f"{person.pk}" if person and person.pk in self.book.members else ""
        question = Question(
            "whose",
            "The file names nobody. Whose hours are these?",
            tuple(members),
            mine,
            "People",
            is_required=True,
        )
        answer = self.ask(question)
        self.people["", ""] = self.book.by_id[int(answer)] if answer else None

    def ask_people(
        self, unknown: list[tuple[str, str]], seconds: Counter[tuple[str, str]], members: list[Choice]
    ) -> None:
        """Ask once for all people nobody knows, and for the first of them one by one."""
        general = self.ask(
            Question(
                "people",
                f"People of the file who are not on the project: {len(unknown)}",
                (
                    Choice(CREATE, "Create them, as team members without login"),
                    Choice(SKIP, "Leave them out"),
                ),
                section="People",
                is_required=True,
            )
        )
        unknown.sort(key=lambda who: (-seconds[who], who))
        for number, who in enumerate(unknown):
            name, email = who
            answer = ""
            found = self.book.matches(name=name, email=email)
            if number < ASKED_ONE_BY_ONE:
                same = [
                    Choice(f"{person.pk}", f"{person.name} {person.email}".strip())
                    for person in found
                    if person.pk not in self.book.members
                ]
                choices = (*same, *members, Choice(CREATE, "Create"), Choice(SKIP, "Leave out"))
                label = f"{name or email} · {format_number(hours_of(seconds[who]))} h"
                help_text = "Several people have this name." if len(found) > 1 else ""
                answer = self.ask(
                    Question(
                        f"person:{key_of(*who)}",
                        label,
                        choices,
                        section="People",
                        help=help_text,
                        is_required=len(found) > 1,
                    )
                )
            answer = answer or general
            if answer == CREATE:
                self.people[who] = self.create_person(name, email)
            else:
                self.people[who] = None if answer in {"", SKIP} else self.book.by_id[int(answer)]

    def create_person(self, name: str, email: str) -> Person:
        """Return a new person of the firm; an address that cannot be used is left out and told."""
        if email:
            try:
                validate_email(email)
            except ValidationError:
                self.result.notes.append(Note(f"“{email[:60]}” is not an e-mail address; it is left out."))
                email = ""
        if email in self.book.foreign_emails:
            self.result.notes.append(Note(f"“{email}” is in use outside this project; it is left out."))
            email = ""
        same = next((one for one in self.new_people if email and one.email == email), None)
        if same is not None:
            return same
        person = Person(name=(name or email)[:NAME_LENGTH], email=email[:254])
        self.new_people.append(person)
        self.result.rows.append(PreviewRow(Outcome.CREATED, "person", person.name, person.email))
        return person

    # --- tasks -------------------------------------------------------------------------------------------
    def match_tasks(self, rows: list[TimeRow]) -> None:
        """Decide what each task name of the file is: matched by key or name, chosen, created or left out."""
        leaves = list(
            Task.objects.filter(project=self.project, is_summary=False, is_milestone=False).order_by(
                "position"
            )
        )
        self.leaf = {str(task.pk): task for task in leaves}
        named: dict[str, list[Task]] = defaultdict(list)
        coded = {folded(task.code): task for task in leaves if task.code}
        for task in leaves:
            named[folded(task.name)].append(task)
            named[folded(str(task))].append(task)
        seconds: Counter[str] = Counter()
        for row in rows:
            seconds[row.task_name] += row.seconds
        booking = [Choice(f"{task.pk}", str(task)) for task in leaves]
        unknown: list[str] = []
        for name in seconds:
            found = {task.pk: task for task in named.get(folded(name), [])}
            asked = self.context.answer(f"task:{key_of(name)}")
            if not name:
                question = Question(
                    "no_task",
                    "Rows without a task go to",
                    (Choice(NO_TASK, "No task"), *booking),
                    NO_TASK,
                    "Tasks",
                )
                answer = self.ask(question)
                self.tasks[name] = self.leaf.get(answer, NO_TASK)
            elif folded(name) in coded and not asked:
                self.tasks[name] = coded[folded(name)]
            elif len(found) == 1 and not asked:
                self.tasks[name] = next(iter(found.values()))
            else:
                unknown.append(name)
        if unknown:
            self.ask_tasks(unknown, seconds, booking)

    def ask_tasks(self, unknown: list[str], seconds: Counter[str], booking: list[Choice]) -> None:
        """Ask once for all tasks that are not in the plan, and for those with most hours one by one."""
        verbs = (
            Choice(CREATE, "Create them in the plan"),
            Choice(NO_TASK, "Take the hours without a task"),
            Choice(SKIP, "Leave the rows out"),
        )
        general = self.ask(
            Question(
                "tasks",
                f"Tasks of the file that are not in the plan: {len(unknown)}",
                (*verbs, *booking),
                section="Tasks",
                is_required=True,
                help="A task chosen here gets all their hours.",
            )
        )
        unknown.sort(key=lambda name: (-seconds[name], name))
        one_by_one = ASKED_ONE_BY_ONE if len(booking) <= LONG_LIST else ASKED_ONE_BY_ONE // 4
        for number, name in enumerate(unknown):
            answer = ""
            if number < one_by_one:
                label = f"{name[:80]} · {format_number(hours_of(seconds[name]))} h"
                answer = self.ask(
                    Question(f"task:{key_of(name)}", label, (*verbs, *booking), section="Tasks")
                )
            answer = answer or general
            if answer == CREATE:
                if len(name) > TASK_LENGTH:
                    self.tasks[name] = (
                        f"The task's name has {len(name):,} characters; at most {TASK_LENGTH} fit."
                    )
                    continue
                same = self.new_tasks.get(folded(name))
                if same is None:
                    same = Task(project=self.project, name=name, is_estimated=True)
                    self.new_tasks[folded(name)] = same
                    self.result.rows.append(PreviewRow(Outcome.CREATED, "task", name))
                self.tasks[name] = same
            else:
                self.tasks[name] = self.leaf.get(answer, answer or SKIP)

    # --- rows --------------------------------------------------------------------------------------------
    def place(self, rows: list[TimeRow]) -> list[Wanted]:
        """Return the rows that have a person and a place; the others are listed with their reason."""
        placed: list[Wanted] = []
        earliest = self.project.starts_on - LONG_AGO
        latest = timezone.localdate() + SOON
        for row in rows:
            person = self.people.get((row.person_name, row.person_email))
            task = self.tasks.get(row.task_name, NO_TASK)
            if person is None:
                self.refuse(row, "The person is left out.", key="person_name", value=row.person_name)
            elif isinstance(task, str) and task not in {NO_TASK, SKIP}:
                self.refuse(row, task, key="task_name", value=row.task_name)
            elif task == SKIP:
                self.refuse(row, "The task is left out.", key="task_name", value=row.task_name)
            elif row.date < earliest:
                message = f"{row.date} is more than a year before the project starts."
                self.refuse(row, message, key="date", value=str(row.date))
            elif row.date > latest:
                message = f"{row.date} is too far ahead to have been worked."
                self.refuse(row, message, key="date", value=str(row.date))
            elif self.is_foreign(row):
                message = (
                    f"Its rates are in {row.currency[:30]}, and the project is in {self.project.currency}."
                )
                self.refuse(row, message, key="currency", value=row.currency)
            else:
                placed.append(Wanted(row, person, task if isinstance(task, Task) else None))
        return placed

    def compare(self, wanted: list[Wanted]) -> None:
        """Compare each row with the entry of the same id, and with the 24 hours of its day."""
        ids = {f"time:{one.row.external_id}" for one in wanted}
        stored = {
            entry.external_id: entry
            for entry in TimeEntry.with_trash.filter(
                project=self.project, external_id__startswith="time:"
            ).select_related("person")
            if entry.external_id in ids
        }
        days = [one.row.date for one in wanted]
        if self.context.is_writing:
            # Nobody closes a period while its hours are written.
            hold_together(BOOKING)
        self.is_closed = closed_days(project=self.project)
        people = {id(one.person): one.person for one in wanted}.values()
        if self.context.is_writing:
            # One writer per person at a time, or two of them could fill the same day past 24 hours.
            known = [person.pk for person in people if person.pk]
            list(Person.objects.select_for_update().filter(pk__in=known).order_by("pk"))
        self.days = DayBook.of(people, min(days), max(days)) if days else DayBook()
        self.prices = prices_for(project=self.project)
        taken = 0
        for one in wanted:
            entry = stored.get(f"time:{one.row.external_id}")
            outcome, message = self.settle(one, entry)
            if outcome == Outcome.REFUSED:
                self.refuse(one.row, message, key="duration", value=f"{one.row.seconds} s")
                continue
            if outcome != Outcome.UNCHANGED:
                entry = self.filled(entry, one)
                self.prices.price(entry)
                if self.takes_rates:
                    self.priced_by_file(entry, one.row)
                (self.changed if entry.pk else self.new).append(entry)
                taken += one.row.seconds
            hours = format_number(hours_of(one.row.seconds))
            told = f"{hours} h{f' on {one.task.name}' if one.task else ''}{f': {message}' if message else ''}"
            label = f"{one.person.name}, {one.row.date}"
            self.result.rows.append(
                PreviewRow(outcome, "time entry", label, told, one.row.line, value=one.row.note[:60])
            )
        total = sum(row.seconds for row in self.file.rows)
        self.result.totals += [
            ("Hours in the file", format_number(hours_of(total))),
            ("Hours that are new or changed", format_number(hours_of(taken))),
        ]

    def settle(self, one: Wanted, entry: TimeEntry | None) -> tuple[Outcome, str]:
        """Return what happens to a row and why."""
        if entry is not None:
            if entry.deleted_at is not None:
                return Outcome.UNCHANGED, "it is in the trash"
            same = (
                entry.seconds == one.row.seconds
                and entry.worked_on == one.row.date
                and entry.person_id == one.person.pk
                and entry.note == one.row.note[:NOTE_LENGTH]
            )
            # Without ids of its own a row is known by its content, so nothing can have changed.
            if same or not self.has_own_ids:
                return Outcome.UNCHANGED, ""
            if closed := self.is_closed(entry.booked_day):
                return Outcome.REFUSED, closed
            if entry.status not in OPEN_STATES:
                return Outcome.REFUSED, f"It is {entry.get_status_display().lower()} already and differs."
        if closed := self.is_closed(one.row.date):
            return Outcome.REFUSED, closed
        if entry is not None:
            self.days.book(entry.person, entry.worked_on, -entry.seconds)
        free = self.days.free(one.person, one.row.date)
        if one.row.seconds > free:
            if entry is not None:
                self.days.book(entry.person, entry.worked_on, entry.seconds)
            total = format_number(hours_of(DAY_SECONDS - free + one.row.seconds))
            return Outcome.REFUSED, f"{one.person} would have {total} hours on {one.row.date}: a day has 24."
        self.days.book(one.person, one.row.date, one.row.seconds)
        return (Outcome.CHANGED, "") if entry is not None else (Outcome.CREATED, "")

    def filled(self, entry: TimeEntry | None, one: Wanted) -> TimeEntry:
        """Return the entry with what the row says; new ones get the chosen state."""
        row = one.row
        note = row.note.replace("\x00", "")
        if len(note) > NOTE_LENGTH:
            self.result.notes.append(
                Note(
                    f"The note has {len(note):,} characters; the first {NOTE_LENGTH} are kept.",
                    f"line {row.line}, {self.header('note')}",
                )
            )
        if entry is None:
            entry = TimeEntry(
                project=self.project,
                external_id=f"time:{row.external_id}",
                import_run=self.context.run,
                status=self.status,
            )
            if self.context.entry.person is not None and one.person.pk == self.context.entry.person.pk:
                # Nobody approves their own, in a file neither.
                entry.status = EntryState.DRAFT
            if entry.status == EntryState.APPROVED:
                entry.decided_at, entry.decided_by = timezone.now(), self.context.entry.user
        else:
            entry.version += 1
            entry.updated_at = timezone.now()
        entry.person, entry.task = one.person, one.task
        entry.worked_on, entry.seconds = row.date, row.seconds
        entry.started_at = row.start_at.time().replace(microsecond=0) if row.start_at else None
        entry.is_billable = self.is_billable if row.billable is None else row.billable
        entry.note = note[:NOTE_LENGTH]
        return entry

    # --- writing -----------------------------------------------------------------------------------------
    def write(self) -> None:
        """Write people, tasks and hours; the caller's transaction makes it all or nothing."""
        actor = self.context.entry.user
        for person in self.new_people:
            row_save(row=person, actor=actor)
        for entry in [*self.new, *self.changed]:
            join(project=self.project, person=entry.person, book=self.book, actor=actor)
        if self.new_tasks:
            plan_lock(self.project)
            last = Task.with_trash.filter(project=self.project).aggregate(last=Max("position"))["last"] or 0
            for number, task in enumerate(self.new_tasks.values(), start=1):
                task.position = last + number
                row_save(row=task, actor=actor)
            tree_renumber(self.project)
            plan_schedule(project=self.project)
        for entry in [*self.new, *self.changed]:
            entry.person_id, entry.task_id = entry.person.pk, entry.task.pk if entry.task else None
        TimeEntry.objects.bulk_create(self.new, batch_size=500)
        update_rows(self.changed, CHANGED_COLUMNS)
        written = [*self.new, *self.changed]
        weeks_price(
            book=self.prices,
            weeks={(entry.person_id, monday_of(entry.worked_on)) for entry in written},
            # What the file priced itself stays as the file says.
            fresh=frozenset() if self.takes_rates else frozenset(entry.pk for entry in self.new),
        )
        options: dict[str, Any] = {"date_order": self.context.answer("date_order")}
        options["mapping"] = self.parsed.mapping
        remember(
            project=self.project, kind=self.context.run.kind, signature=self.parsed.signature, options=options
        )


CHANGED_COLUMNS = [
    "person",
    "task",
    "worked_on",
    "seconds",
    "started_at",
    "is_billable",
    "note",
    *PRICED,
    "version",
    "updated_at",
]
