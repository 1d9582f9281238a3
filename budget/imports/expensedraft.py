"""Rows of expenses beside what is booked: whose they are, of which category, and what would change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from budget.choices import OPEN_STATES, Category, EntryState
from budget.models import Expense
from budget.selectors.exchange import exchange_book
from budget.selectors.expenses import expense_settings
from budget.selectors.periods import BOOKING, closed_days
from budget.selectors.pricing import rules_of
from budget.selectors.taxes import lines_of
from budget.services.expenses import TaxSaid, expense_settle
from budget.services.time import LONG_AGO, SOON
from implement.core.asked import asked_once
from implement.core.db import hold_together, update_rows
from implement.core.errors import DomainError
from implement.core.money import format_money
from projects.imports.people import PeopleBook, folded, key_of
from projects.kit.imports import Choice, Context, Draft, Note, Outcome, PreviewRow, Question, remember
from projects.kit.journal import record_many
from projects.kit.rows import clean_columns
from projects.models import Person, Project, Task

if TYPE_CHECKING:
    from budget.imports.expensefile import ParsedExpenses

SKIP = "skip"
TEXT_LENGTH = 255
MOST_ASKED = 40
CATEGORIES = tuple(Choice(value, str(label)) for value, label in Category.choices)
# As other tools call them.
KNOWN = {
    "transport": Category.TRAVEL, "transportation": Category.TRAVEL, "lodging": Category.TRAVEL,
    "hotel": Category.TRAVEL, "flight": Category.TRAVEL, "meals": Category.EXPENSE,
    "entertainment": Category.EXPENSE, "software": Category.LICENCE, "license": Category.LICENCE,
}  # fmt: skip
COMPARED = (
    "person_id", "spent_on", "amount", "currency", "description", "category", "is_reimbursable", "is_billable",
)  # fmt: skip
# What a file may say besides, by the row's field: compared only where it does.
SAID = {"exchange_rate": "exchange_rate", "tax_rate": "taxes", "task_name": "task_id"}
CHANGED_COLUMNS = [
    "person", "task", "spent_on", "amount", "currency", "description", "category", "is_reimbursable", "is_billable",
    "exchange_rate", "rate_origin", "rate_note", "rate_reason", "taxes", "tax_amount", "cost", "bill", "status",
    "version", "updated_at",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpenseRow:
    """One expense of a file. `amount` is gross, in `currency` (empty: the project's); None: the file does not say."""

    line: int
    date: date
    amount: Decimal
    currency: str
    description: str
    category: str
    person_name: str
    person_email: str
    exchange_rate: Decimal | None
    tax_rate: Decimal | None
    is_reimbursable: bool | None
    is_billable: bool | None
    task_name: str
    external_id: str


def said_of(expense: Expense, columns: list[str]) -> dict[str, Any]:
    """Return what is compared of an expense; tax lines as figures, for 119 is 119.00."""
    return {name: lines_of(expense.taxes) if name == "taxes" else getattr(expense, name) for name in columns}


class ExpenseDraft:
    """One comparison of one file of expenses with one project."""

    def __init__(self, context: Context, parsed: ParsedExpenses, draft: Draft) -> None:
        self.context, self.parsed, self.result = context, parsed, draft
        self.project = Project.objects.get(pk=context.project.pk)
        self.settings = expense_settings(project=self.project)
        self.has_own_ids = "external_id" in parsed.mapping
        self.people: dict[tuple[str, str], Person | None] = {}
        self.categories: dict[str, str] = {}
        self.new: list[Expense] = []
        self.changed: list[Expense] = []

    def ask(self, question: Question) -> str:
        """Add a question; return the answer in force."""
        return self.result.ask(question, context=self.context)

    def header(self, key: str) -> str:
        """Return the file's own name of a field."""
        at = self.parsed.mapping.get(key)
        return self.parsed.table.headers[at] if at is not None else ""

    def add(self, outcome: Outcome, row: ExpenseRow, message: str, *, key: str = "", value: str = "") -> None:
        """Add what happens to a row."""
        label = f"{row.person_name or row.person_email} {row.date} {row.description}".strip()
        place = self.header(key) if key else ""
        self.result.rows.append(PreviewRow(outcome, "expense", label, message, row.line, place, value))

    def draft(self) -> Draft:
        """Return what would happen with every row."""
        for warning in self.parsed.table.warnings:
            self.result.notes.append(Note(warning, self.context.run.filename))
        rows = self.parsed.rows
        self.ask_options(rows)
        self.match_people(rows)
        self.match_categories(rows)
        if self.result.is_waiting:
            return self.result
        with asked_once():
            self.compare(rows)
        self.result.write = self.write
        return self.result

    def ask_options(self, rows: list[ExpenseRow]) -> None:
        """Ask as what the expenses are taken, and what holds where the file does not say."""
        self.status = EntryState.DRAFT
        levels = rules_of(project=self.project).levels
        if self.context.entry.can("expenses.approve" if levels == 1 else "time.approve_final"):
            drafts = Choice("draft", "Drafts, to be submitted and approved")
            history = Choice("approved", "Approved already: history taken over", "expenses.approve")
            question = Question("status", "Take the expenses as", (drafts, history), "draft", "Expenses")
            self.status = EntryState(self.ask(question))
        self.usual = {"is_reimbursable": True, "is_billable": False}
        words = {
            "is_reimbursable": ("to be reimbursed", "Not reimbursed"),
            "is_billable": ("billable", "Not billable"),
        }
        for name, (yes, no) in words.items():
            if any(getattr(row, name) is None for row in rows):
                choices = (Choice("yes", yes.capitalize()), Choice("no", no))
                usual = "yes" if self.usual[name] else "no"
                label = f"Where the file does not say, are the expenses {yes}?"
                self.usual[name] = self.ask(Question(name, label, choices, usual, "Expenses")) == "yes"

    def match_people(self, rows: list[ExpenseRow]) -> None:
        """Decide who each person of the file is: a member of the project, chosen, or left out."""
        named = {(row.person_name, row.person_email) for row in rows}
        self.book = PeopleBook.of(self.project, emails=[email for _, email in named])
        members = [Choice(f"{person.pk}", person.name) for person in self.book.members_first()]
        unknown = []
        for who in sorted(named):
            name, email = who
            found = [one for one in self.book.matches(name=name, email=email) if one.pk in self.book.members]
            if who == ("", ""):
                own = self.context.entry.person
                mine = f"{own.pk}" if own and own.pk in self.book.members else ""
                label = "Rows that name nobody: whose expenses are these?"
                answer = self.ask(Question("whose", label, tuple(members), mine, "People", is_required=True))
                self.people[who] = self.book.by_id[int(answer)] if answer else None
            elif len(found) == 1:
                self.people[who] = found[0]
            else:
                unknown.append(who)
        for who in unknown[:MOST_ASKED]:
            label = f"Who is {who[0] or who[1]}?"
            choices = (*members, Choice(SKIP, "Leave out"))
            question = Question(f"person:{key_of(*who)}", label, choices, "", "People", is_required=True)
            answer = self.ask(question)
            self.people[who] = self.book.by_id[int(answer)] if answer.isdecimal() else None

    def match_categories(self, rows: list[ExpenseRow]) -> None:
        """Decide what each category of the file is here; what is unknown is asked, an expense is proposed."""
        ours = {folded(value): value for value in Category.values}
        ours |= {folded(str(label)): value for value, label in Category.choices}
        for name in sorted({row.category for row in rows}):
            known = ours.get(folded(name)) or KNOWN.get(folded(name))
            if not name:
                self.categories[name] = Category.EXPENSE
            elif known:
                self.categories[name] = known
            else:
                label = f"“{name[:60]}” is here"
                question = Question(
                    f"category:{key_of(name)}", label, CATEGORIES, Category.EXPENSE, "Categories"
                )
                self.categories[name] = self.ask(question)

    def compare(self, rows: list[ExpenseRow]) -> None:
        """Compare each row with the expense of the same id, at the exchange rates of their days."""
        ids = [f"expense:{row.external_id}" for row in rows]
        stored = {
            expense.external_id: expense
            for expense in Expense.with_trash.filter(
                project=self.project, external_id__startswith="expense:"
            ).select_related("person", "task", "project")
            if expense.external_id in set(ids)
        }
        days = [row.date for row in rows] or [timezone.localdate()]
        used = {row.currency for row in rows if row.currency} | {self.project.currency}
        self.rates = exchange_book(currencies=used, first=min(days), last=max(days))
        leaves = Task.objects.filter(project=self.project, is_summary=False, is_milestone=False)
        self.tasks = {
            folded(name): task for task in leaves for name in (task.code, task.name, str(task)) if name
        }
        total: dict[str, Decimal] = {}
        if self.context.is_writing:
            # Nobody closes a period while its expenses are written.
            hold_together(BOOKING)
        self.is_closed = closed_days(project=self.project)
        for row, key in zip(rows, ids, strict=True):
            expense = self.one(row, stored.get(key), key)
            if expense is not None:
                total[expense.currency] = total.get(expense.currency, Decimal(0)) + expense.amount
        self.result.totals += [
            (f"New or changed, in {currency}", format_money(amount, currency))
            for currency, amount in sorted(total.items())
        ]

    def one(self, row: ExpenseRow, expense: Expense | None, key: str) -> Expense | None:
        """Decide about one row; return the expense that is new or changed."""
        person = self.people.get((row.person_name, row.person_email))
        if person is None:
            self.add(
                Outcome.REFUSED, row, "The person is left out.", key="person_name", value=row.person_name
            )
            return None
        if not self.project.starts_on - LONG_AGO <= row.date <= timezone.localdate() + SOON:
            message = f"{row.date} is not within a year before the project's start and a month from today."
            self.add(Outcome.REFUSED, row, message, key="date", value=str(row.date))
            return None
        compared = [
            *COMPARED, *(column for name, column in SAID.items() if getattr(row, name) not in (None, ""))
        ]  # fmt: skip
        before = said_of(expense, compared) if expense is not None else None
        if expense is not None and (expense.deleted_at is not None or not self.has_own_ids):
            self.add(Outcome.UNCHANGED, row, "It is in the trash." if expense.deleted_at else "")
            return None
        was_on = expense.spent_on if expense is not None else row.date
        filled = self.filled(expense, row, person, key)
        try:
            tax = None if row.tax_rate is None else TaxSaid(rate=row.tax_rate)
            expense_settle(filled, tax=tax, book=self.rates)
            clean_columns(filled)
        except DomainError as error:
            name = next(iter(error.fields), "amount")
            self.add(Outcome.REFUSED, row, error.message, key=name, value=self.value_of(row, name))
            return None
        told = format_money(filled.amount, filled.currency)
        if filled.rate_note:
            told += f", {filled.rate_note}"
        is_same = before is not None and before == said_of(filled, compared)
        if closed := "" if is_same else self.is_closed(row.date) or self.is_closed(was_on):
            self.add(Outcome.REFUSED, row, closed, key="date", value=str(row.date))
            return None
        if before is None:
            self.new.append(filled)
            self.add(Outcome.CREATED, row, told)
        elif is_same:
            self.add(Outcome.UNCHANGED, row, told)
            return None
        elif filled.status not in OPEN_STATES:
            message = f"It is {filled.get_status_display().lower()} already and differs."
            self.add(Outcome.REFUSED, row, message, key="amount", value=str(row.amount))
            return None
        else:
            filled.version += 1
            filled.updated_at = timezone.now()
            # As whoever edits it: what came back is a draft again.
            filled.status = EntryState.DRAFT
            self.changed.append(filled)
            self.add(Outcome.CHANGED, row, told)
        return filled

    def value_of(self, row: ExpenseRow, name: str) -> str:
        """Return what the file says in the field that is refused; a missing rate is about its currency."""
        value = getattr(row, name, None)
        if name == "exchange_rate" and value is None:
            return row.currency
        return str(row.amount if value is None else value)

    def filled(self, expense: Expense | None, row: ExpenseRow, person: Person, key: str) -> Expense:
        """Return the expense with what the row says."""
        if expense is None:
            expense = Expense(
                project=self.project,
                external_id=key,
                import_run=self.context.run,
                status=self.status,
                is_tax_recoverable=self.settings.recovers_tax,
            )
            own = self.context.entry.person
            if own is not None and person.pk == own.pk:
                # Nobody approves their own, in a file neither.
                expense.status = EntryState.DRAFT
            if expense.status == EntryState.APPROVED:
                expense.decided_at, expense.decided_by = timezone.now(), self.context.entry.user
        description = row.description or row.category or "Expense"
        if len(description) > TEXT_LENGTH:
            message = (
                f"The description has {len(description):,} characters; the first {TEXT_LENGTH} are kept."
            )
            self.result.notes.append(Note(message, f"line {row.line}, {self.header('description')}"))
        expense.person, expense.task = person, self.task_of(row)
        expense.spent_on, expense.amount = row.date, row.amount
        expense.currency = row.currency or self.project.currency
        rate: Any = row.exchange_rate
        expense.exchange_rate = rate
        expense.description = description[:TEXT_LENGTH]
        expense.category = self.categories[row.category]
        for name in ("is_reimbursable", "is_billable"):
            said = getattr(row, name)
            setattr(expense, name, self.usual[name] if said is None else said)
        return expense

    def task_of(self, row: ExpenseRow) -> Task | None:
        """Return the task that is named; one that is not in the plan is told, and left away."""
        if not row.task_name:
            return None
        task = self.tasks.get(folded(row.task_name))
        if task is None:
            message = f"“{row.task_name[:60]}” is no task of the plan: the expense is taken without a task."
            self.result.notes.append(Note(message, f"line {row.line}, {self.header('task_name')}"))
        return task

    def write(self) -> None:
        """Write the expenses; the caller's transaction makes it all or nothing."""
        Expense.objects.bulk_create(self.new, batch_size=500)
        update_rows(self.changed, CHANGED_COLUMNS)
        record_many(
            actor=self.context.entry.user,
            project=self.project,
            entries=[
                *(("expense.added", row, {"amount": (None, row.amount)}) for row in self.new),
                *(("expense.changed", row, {"amount": (None, row.amount)}) for row in self.changed),
            ],
        )
        options = {"date_order": self.context.answer("date_order"), "mapping": self.parsed.mapping}
        remember(
            project=self.project, kind=self.context.run.kind, signature=self.parsed.signature, options=options
        )
