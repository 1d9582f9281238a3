"""Which rows of a file are taken, and who and what they mean: the questions of an import of hours."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from budget.choices import EntryState
from budget.models import TimeEntry
from budget.selectors.pricing import rules_of
from budget.timeformats import TimeRow
from implement.core.money import format_number, hours_of
from projects.imports.people import PeopleBook, folded, key_of
from projects.kit.imports import Choice, Context, Draft, Note, Outcome, PreviewRow, Question
from projects.models import Person, Project, Task

if TYPE_CHECKING:
    from budget.imports.timefile import ParsedTime

NAME_LENGTH = 120
TASK_LENGTH = 255
ASKED_ONE_BY_ONE = 40
LONG_LIST = 200
CREATE, SKIP, NO_TASK = "create", "skip", "none"


class Matching:
    """What the rows of a file mean on a project: asked where it is not plain, settled where it is."""

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
        return self.result.ask(question, context=self.context)

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
