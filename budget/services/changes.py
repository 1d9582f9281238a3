"""Change requests: raising, working out, asking, and putting them into plan and budget in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from django.db import transaction
from django.db.models import F, Max, Q
from django.utils import timezone

from budget.choices import Category, ChangeState, DifferenceKind
from budget.models import BudgetLine, ChangeLine, ChangeOption, ChangeRequest, ChangeText
from budget.selectors.changes import DAY_MINUTES, lines_of, links_to_requirements
from budget.selectors.planned import planned_of
from budget.services.baselines import baseline_with_budget
from budget.services.differences import differences_apply
from implement.accounts.models import User
from implement.core.errors import DomainError, StateError
from projects.kit.access import Entry
from projects.kit.journal import record
from projects.kit.rows import row_delete, row_restore, row_save
from projects.kit.trace import link_add, links_affirm, links_remove
from projects.models import Assignment, Baseline, Dependency, Project, Task
from projects.requirements.models import Requirement
from projects.requirements.services.requirements import requirement_save
from projects.services import plan_lock, plan_schedule, tree_renumber

MOST_LINES = 200
FIGURES = ("price", "schedule_days")
Part = ChangeLine | ChangeOption | ChangeText
# A budget line says nothing about who is on a task, and a task that goes keeps its people in the trash.
KEEPING_HOURS = (DifferenceKind.MONEY, DifferenceKind.REMOVED)


# --- Writing -----------------------------------------------------------------------------------------------
def check_editable(*, change: ChangeRequest, entry: Entry) -> None:
    """Raise StateError when what it says is locked, NotAllowed for who may edit a draft only."""
    if not change.is_editable:
        raise StateError(f"{change.key} stands at “{change.get_status_display()}”: what it says is locked.")
    entry.require("changes.change" if change.status == ChangeState.DRAFT else "changes.decide")


def may_edit(*, change: ChangeRequest, entry: Entry) -> bool:
    """Return whether the person may edit it as it stands."""
    return change.is_editable and entry.can(
        "changes.change" if change.status == ChangeState.DRAFT else "changes.decide"
    )


@transaction.atomic
def change_save(
    *,
    change: ChangeRequest,
    entry: Entry,
    expected_version: int | None = None,
    tasks: Iterable[Task] | None = None,
    requirements: Iterable[Requirement] | None = None,
) -> ChangeRequest:
    """Raise a change request, with the project's next number, or edit one that is not locked.

    `tasks` and `requirements` are what it affects; None leaves these as they are. Raises DomainError by field,
    NotAllowed, StateError or StaleVersion.
    """
    if change.owner is not None and change.owner.customer_id is not None:
        raise DomainError("The owner is one of us.", fields={"owner": "Choose somebody of the firm."})
    contract = change.contract
    if contract is not None and (contract.project_id != change.project_id or contract.deleted_at is not None):
        message = "Choose a contract of this project."
        raise DomainError("The contract is of another project.", fields={"contract": message})
    if not change._state.adding:
        stored = ChangeRequest.objects.get(pk=change.pk)
        check_editable(change=stored, entry=entry)
        if any(getattr(stored, name) != getattr(change, name) for name in FIGURES):
            change.figures_by = entry.user
    else:
        entry.require("changes.change")
        # One after the other, or two would get the same number.
        Project.objects.select_for_update().get(pk=change.project_id)
        last = ChangeRequest.with_trash.filter(project=change.project).aggregate(last=Max("number"))["last"]
        change.number = (last or 0) + 1
    row_save(row=change, actor=entry.user, expected_version=expected_version)
    if tasks is not None:
        _affect_tasks(change, list(tasks), entry)
    if requirements is not None:
        _affect_requirements(change, list(requirements), entry)
    return change


def _affect_tasks(change: ChangeRequest, tasks: Sequence[Task], entry: Entry) -> None:
    before = list(change.tasks.all())
    if {task.pk for task in before} == {task.pk for task in tasks}:
        return
    if any(task.project_id != change.project_id or task.deleted_at for task in tasks):
        message = "Choose tasks of this project."
        raise DomainError(message, fields={"tasks": message})
    change.tasks.set(tasks)
    names = [", ".join(task.name for task in found)[:255] for found in (before, tasks)]
    record(
        action="changerequest.changed", target=change, actor=entry.user, project=change.project,
        changes={"tasks": (names[0], names[1])},
    )  # fmt: skip


def _affect_requirements(change: ChangeRequest, requirements: Sequence[Requirement], entry: Entry) -> None:
    """Link it with these requirements, and with no other one but those that it gives a new text."""
    links = {link.target_id: link for link in links_to_requirements(change)}
    kept = {row.pk for row in requirements} | set(change.texts.values_list("requirement", flat=True))
    gone = [link for pk, link in links.items() if pk not in kept]
    if gone:
        links_remove(links=gone, entry=entry, needs="changes.view")
    for row in requirements:
        if row.pk not in links:
            link_add(entry=entry, type="changes", source=change, target=row, needs="changes.view")


@transaction.atomic
def change_delete(*, change: ChangeRequest, entry: Entry, expected_version: int | None = None) -> None:
    """Throw a draft away. Whatever went further is withdrawn instead, with its reason (StateError)."""
    entry.require("changes.change")
    if change.status != ChangeState.DRAFT:
        raise StateError(f"{change.key} stands at “{change.get_status_display()}”: withdraw it instead.")
    row_delete(row=change, actor=entry.user, expected_version=expected_version)


@transaction.atomic
def change_restore(*, change: ChangeRequest, entry: Entry) -> None:
    """Take a draft back out of the trash."""
    entry.require("changes.change")
    row_restore(row=change, actor=entry.user)


def check_part(*, change: ChangeRequest, line: ChangeLine) -> None:
    """Raise DomainError, by field, for a line that says nothing, or points out of its project or change."""
    if line.task is not None and (line.task.project_id != change.project_id or line.task.deleted_at):
        raise DomainError("The task is not in the plan.", fields={"task": "Choose a task of this project."})
    if line.option is not None and line.option.change_id != change.pk:
        message = "The option is of another change."
        raise DomainError(message, fields={"option": message})
    if line.difference is not None:
        _check_carried(line)
        return
    takes_time = bool(line.duration_days) or bool(line.new_task)
    if not line.planned_seconds and line.cost is None and line.bill is None and not takes_time:
        message = "A line has hours, a cost, a bill amount, or working days."
        raise DomainError(message, fields={"planned_seconds": message})
    if line.new_task and not (line.duration_days or 0) >= 0:
        message = "A new task cannot take less than no time."
        raise DomainError(message, fields={"duration_days": message})
    if line.duration_days and line.task is None and not line.new_task:
        message = "Say which task takes longer, or name a new one."
        raise DomainError(message, fields={"task": message})
    changes_work = bool(line.planned_seconds or line.duration_days) and not line.new_task
    if changes_work and line.task is not None and (line.task.is_summary or line.task.is_milestone):
        message = f"“{line.task}” has no work of its own: choose a task below it, or name a new one."
        raise DomainError(message, fields={"task": message})


def _check_carried(line: ChangeLine) -> None:
    """Raise DomainError when a line no longer does to the plan what the what-if says that it carries."""
    stored = ChangeLine.objects.filter(pk=line.pk).first() if line.pk else None
    for name in ("task_id", "new_task", "duration_days"):
        if stored is not None and getattr(stored, name) != getattr(line, name):
            message = "The what-if says what this line does to the plan. Take the line out, or change its money only."
            raise DomainError(message, fields={name.removesuffix("_id"): message})


def check_text(*, change: ChangeRequest, text: ChangeText) -> None:
    """Raise DomainError, by field, for a new text that is none, or of what is not on the project."""
    requirement = text.requirement
    if requirement.project_id != change.project_id or requirement.deleted_at:
        message = "Choose a requirement of this project."
        raise DomainError(message, fields={"requirement": message})
    if text.statement.strip() == requirement.statement.strip():
        message = f"{requirement.key} says so already: write what it is to say."
        raise DomainError(message, fields={"statement": message})


@transaction.atomic
def part_save(*, row: Part, entry: Entry, expected_version: int | None = None) -> Part:
    """Add or change a line, an option or a new text of a change that is not locked.

    Raises DomainError by field, NotAllowed, StateError or StaleVersion.
    """
    entry.require("changes.decide")
    # Held, so that it is not sent to the customer while it changes.
    change = ChangeRequest.objects.select_for_update(of=("self",)).get(pk=row.change_id)
    check_editable(change=change, entry=entry)
    if isinstance(row, ChangeLine):
        check_part(change=change, line=row)
        if row._state.adding and change.lines.count() >= MOST_LINES:
            raise DomainError(f"A change has at most {MOST_LINES} lines.")
    if isinstance(row, ChangeText):
        check_text(change=change, text=row)
    row_save(row=row, actor=entry.user, expected_version=expected_version)
    _note_figures(row, entry)
    if isinstance(row, ChangeText) and not links_to_requirements(change).filter(target_id=row.requirement_id):
        link_add(entry=entry, type="changes", source=change, target=row.requirement, needs="changes.decide")
    return row


@transaction.atomic
def part_delete(*, row: Part, entry: Entry, expected_version: int | None = None) -> None:
    """Take a line, an option or a new text out of a change that is not locked."""
    entry.require("changes.decide")
    change = ChangeRequest.objects.select_for_update(of=("self",)).get(pk=row.change_id)
    check_editable(change=change, entry=entry)
    if isinstance(row, ChangeLine) and row.difference is not None:
        needing = change.lines.exclude(pk=row.pk).filter(
            Q(difference__added=row.difference) | Q(difference__added_predecessor=row.difference)
        )
        if (
            not change.lines.exclude(pk=row.pk).filter(difference=row.difference).exists()
            and needing.exists()
        ):
            raise StateError(f"Other lines need “{row}”: take these out first.")
    row_delete(row=row, actor=entry.user, expected_version=expected_version)
    _note_figures(row, entry)


def _note_figures(row: Part, entry: Entry) -> None:
    """Note whose figures they are now: a colleague sends them to the customer."""
    if not isinstance(row, ChangeText):
        ChangeRequest.objects.filter(pk=row.change_id).update(figures_by=entry.user)


# --- Putting it into plan and budget -----------------------------------------------------------------------
@transaction.atomic
def change_implement(*, change: ChangeRequest, entry: Entry) -> Baseline:
    """Put an approved change into plan and budget and take the next baseline: all of it, or nothing.

    Tasks get the working time, new tasks are added, budget lines carry the change's name, people the hours,
    requirements their new texts; a project without a baseline first gets one of what was agreed before. Of two
    people, one does it and the other is told. Raises StateError when it is not (or no longer) approved, or a
    requirement waits for an answer, DomainError when a task cannot give what is taken.
    """
    entry.require("changes.decide")
    project = change.project
    plan_lock(project)
    change.refresh_from_db()
    if change.status != ChangeState.APPROVED:
        raise StateError(
            f"{change.key} stands at “{change.get_status_display()}”: it cannot be implemented now."
        )
    if (
        not Baseline.objects.filter(project=project).exists()
        and Task.objects.filter(project=project).exists()
    ):
        baseline_with_budget(project=project, name=f"Before {change.key}", actor=entry.user)
    lines = lines_of(change, change.chosen)
    _keep_planned_hours(change, lines, entry.user)
    carried = {line.difference.pk: line.difference for line in lines if line.difference is not None}
    made = differences_apply(project=project, differences=list(carried.values()), actor=entry.user)
    for line in lines:
        _apply(change, line, entry.user, made)
    tree_renumber(project)
    plan_schedule(project=project)
    _check_not_negative(project)
    _rewrite(change, entry)
    baseline = baseline_with_budget(project=project, name=f"After {change}"[:120], actor=entry.user)
    now = timezone.now()
    taken = ChangeRequest.objects.filter(pk=change.pk, status=ChangeState.APPROVED).update(
        status=ChangeState.IMPLEMENTED, implemented_at=now, implemented_by=entry.user, baseline=baseline,
        updated_at=now, version=F("version") + 1,
    )  # fmt: skip
    if not taken:
        raise StateError("Somebody else has just implemented this.")
    change.refresh_from_db()
    record(
        action="changerequest.implemented", target=change, actor=entry.user, project=project,
        changes={"baseline": (None, str(baseline))},
    )  # fmt: skip
    return baseline


def _rewrite(change: ChangeRequest, entry: Entry) -> None:
    """Give requirements the texts that the customer has approved with the change, each as its next version.

    What was signed of them goes to rework, as any edit of a signed text does, and what follows from them is in
    doubt; only that this change changes them is not.
    """
    texts = {text.requirement_id: text for text in change.texts.all()}
    held = Requirement.with_trash.select_for_update(of=("self",)).filter(pk__in=texts)
    for requirement in held.order_by("number"):
        if requirement.deleted_at is not None:
            raise DomainError(
                f"“{requirement}” has been thrown away since. Restore it, or have the change decided anew."
            )
        requirement.statement = texts[requirement.pk].statement
        requirement_save(requirement=requirement, entry=entry, reason=str(change), needs="changes.decide")
    links = links_to_requirements(change).filter(target_id__in=texts)
    links_affirm(links=list(links), entry=entry, needs="changes.decide")


def _keep_planned_hours(change: ChangeRequest, lines: Iterable[ChangeLine], actor: User | None) -> None:
    """Write the planned hours of touched tasks as budget lines where they are the task's whole budget.

    A task is budgeted by its assignments only as long as it has no labour line: without this the first line of a
    change would take the place of what was planned before, in place of adding to it.
    """
    touched = {
        line.task_id
        for line in lines
        if line.task_id and not line.new_task and line.category == Category.LABOUR and line.planned_seconds
    }
    # What came out of a reserve is no plan of the task's work (selectors.planned).
    has_lines = set(
        BudgetLine.objects.filter(task__in=touched, category=Category.LABOUR, release=None).values_list(
            "task_id", flat=True
        )
    )
    rows = Assignment.objects.filter(task__in=touched - has_lines, planned_seconds__gt=0).select_related(
        "task", "person"
    )
    for row in rows:
        kept = BudgetLine(
            project=change.project,
            task=row.task,
            person=row.person,
            category=Category.LABOUR,
            planned_seconds=row.planned_seconds,
            description=f"Planned before {change.key}",
        )
        row_save(row=kept, actor=actor)


def _apply(change: ChangeRequest, line: ChangeLine, actor: User | None, made: Mapping[int, Task]) -> None:
    """Put one line into the plan and the budget. `made`: difference -> the task that it has added."""
    difference = line.difference
    if difference is None:
        task = _timed(change, line, actor)
    else:
        task = made.get(difference.pk) or made.get(difference.added_id or 0) or line.task
    if line.planned_seconds or line.cost is not None or line.bill is not None:
        row_save(
            row=BudgetLine(
                project=change.project,
                task=task,
                person=line.person,
                job_role=line.job_role,
                category=line.category,
                description=(line.description or change.title)[:255],
                planned_seconds=line.planned_seconds,
                cost=line.cost,
                bill=line.bill,
                change_request=change,
            ),
            actor=actor,
        )
    if (
        task is not None
        and line.person is not None
        and line.category == Category.LABOUR
        and line.planned_seconds
        and not (difference is not None and difference.kind in KEEPING_HOURS)
    ):
        row = Assignment.objects.filter(task=task, person=line.person).first()
        row = row or Assignment(task=task, person=line.person)
        row.planned_seconds = max(row.planned_seconds + line.planned_seconds, 0)
        row_save(row=row, actor=actor)


def _timed(change: ChangeRequest, line: ChangeLine, actor: User | None) -> Task | None:
    """Return the line's task with its working time, or the task that it adds behind it."""
    minutes = int((line.duration_days or Decimal(0)) * DAY_MINUTES)
    behind = Task.with_trash.filter(pk=line.task_id).first() if line.task_id else None
    if behind is not None and behind.deleted_at is not None:
        raise DomainError(
            f"“{behind}” has been thrown away since. Restore it, or have the change decided anew."
        )
    if line.new_task:
        last = Task.objects.filter(project=change.project).aggregate(last=Max("position"))["last"] or 0
        task = Task(
            project=change.project,
            name=line.new_task,
            parent=behind.parent if behind else None,
            position=behind.position if behind else last + 1,
            duration_minutes=minutes or DAY_MINUTES,
            description=f"{change.key}: {change.title}",
        )
        row_save(row=task, actor=actor)
        if behind is not None:
            row_save(row=Dependency(predecessor=behind, successor=task), actor=actor)
        return task
    if behind is not None and minutes:
        if behind.percent_complete == 100:
            raise DomainError(
                f"“{behind}” is done: its working time cannot change any more. Add a new task behind it."
            )
        if behind.duration_minutes + minutes < 0:
            raise DomainError(
                f"“{behind}” takes less than the {-minutes // DAY_MINUTES} days that are taken from it."
            )
        behind.duration_minutes += minutes
        row_save(row=behind, actor=actor)
    return behind


def _check_not_negative(project: Project) -> None:
    """Raise DomainError when a task would be left with less than no hours or money."""
    sums: dict[int | None, tuple[int, Decimal]] = {}
    for piece in planned_of(project=project):
        seconds, cost = sums.get(piece.task_id, (0, Decimal(0)))
        sums[piece.task_id] = (seconds + piece.seconds, cost + (piece.cost or 0))
    for task_id, (seconds, cost) in sums.items():
        if seconds < 0 or cost < 0:
            where = Task.objects.get(pk=task_id) if task_id else "what has no task"
            raise DomainError(f"The change takes more hours or money from {where} than are planned there.")
