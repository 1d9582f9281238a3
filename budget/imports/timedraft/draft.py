"""What would change: rows of worked time beside the entries of the same id and the 24 hours of a day."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Max
from django.utils import timezone

from budget.choices import OPEN_STATES, EntryState
from budget.imports.timedraft.days import DayBook
from budget.imports.timedraft.matching import NO_TASK, SKIP, Matching
from budget.models import DAY_SECONDS, TimeEntry
from budget.selectors.periods import BOOKING, closed_days
from budget.selectors.pricing import PRICED, monday_of, prices_for
from budget.services.pricing import weeks_price
from budget.services.time import LONG_AGO, SOON
from budget.timeformats import TimeRow
from implement.core.db import hold_together, update_rows
from implement.core.money import format_number, hours_cost, hours_of
from projects.imports.people import join
from projects.kit.imports import Draft, ImportRefused, Note, Outcome, PreviewRow, remember
from projects.kit.rows import row_save
from projects.models import Person, Task
from projects.services import plan_lock, plan_schedule, tree_renumber

NOTE_LENGTH = 500
CENT = Decimal("0.01")
CHANGED_COLUMNS = [
    "person",
    "task",
    "worked_on",
    "seconds",
    "started_at",
    "is_billable",
    "note",
    "status",
    *PRICED,
    "version",
    "updated_at",
]


@dataclass(frozen=True)
class Wanted:
    """Where a row goes: who and what, and what the row says."""

    row: TimeRow
    person: Person
    task: Task | None


class TimeDraft(Matching):
    """One comparison of one file of hours with one project."""

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
                and entry.task_id == (one.task.pk if one.task else None)
                and one.row.billable in (None, entry.is_billable)
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
            # As whoever edits it: what came back is a draft again.
            entry.status = EntryState.DRAFT
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
