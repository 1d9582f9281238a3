"""What a difference of a what-if must say, and may point at."""

from __future__ import annotations

from budget.choices import DifferenceKind
from budget.models import Difference, Expense, TimeEntry
from budget.selectors.changes import DAY_MINUTES
from budget.selectors.whatif import LivePlan
from implement.core.errors import DomainError
from projects.choices import Constraint
from projects.models import Membership

LONGEST_MINUTES = 9999 * DAY_MINUTES
FIRST_YEAR, LAST_YEAR = 1900, 2199
UNDATED = {"", Constraint.ASAP, Constraint.ALAP}


def _refuse(name: str, message: str) -> None:
    raise DomainError(message, fields={name: message})


def check_difference(*, row: Difference, live: LivePlan) -> None:
    """Raise DomainError, by field, for a difference that says nothing or points out of its project or what-if."""
    _check_places(row)
    _check_numbers(row)
    kind = DifferenceKind(row.kind)
    if kind == DifferenceKind.TASK:
        if row.task is None:
            _refuse("task", "Say which task. A new task is changed where it was added.")
        if row.duration_minutes is None and not row.constraint:
            _refuse("duration_minutes", "Say what is to change: the working time or the constraint.")
        if row.duration_minutes is not None and row.task is not None and row.task.is_summary:
            _refuse("duration_minutes", f"The dates of “{row.task}” follow from the tasks below it.")
        if row.duration_minutes is not None and row.task is not None and row.task.is_milestone:
            _refuse("duration_minutes", f"“{row.task}” is a milestone: it takes no time.")
    if kind == DifferenceKind.ADDED:
        if not row.name.strip():
            _refuse("name", "A new task needs a name.")
        if row.duration_minutes is None:
            _refuse("duration_minutes", "Say how long it takes; 0 is a milestone.")
    if kind == DifferenceKind.REMOVED:
        _check_removable(row)
    if kind in {DifferenceKind.LINK, DifferenceKind.UNLINK}:
        _check_link(row, live)
    if kind == DifferenceKind.HOURS:
        if row.person is None:
            _refuse("person", "Say whose hours.")
        if row.planned_seconds is None:
            _refuse("planned_seconds", "Say how many hours; 0 takes them off the task.")
        if row.task is None and row.added is None:
            _refuse("task", "Say on which task.")
    if kind == DifferenceKind.MONEY:
        if row.person is not None and row.job_role:
            _refuse("job_role", "A line is for a person or for a role, not for both.")
        if row.line is None and not row.planned_seconds and row.cost is None and row.bill is None:
            _refuse("planned_seconds", "A budget line has hours, a cost or a bill amount.")


def _check_places(row: Difference) -> None:
    """Refuse rows of another project, another what-if, or the trash."""
    project_id = row.what_if.project_id
    for name in ("task", "predecessor"):
        task = getattr(row, name)
        if task is not None and (task.project_id != project_id or task.deleted_at is not None):
            _refuse(name, "Choose a task of this project's plan.")
    for name in ("added", "added_predecessor"):
        other = getattr(row, name)
        if other is not None and (other.what_if_id != row.what_if_id or other.kind != DifferenceKind.ADDED):
            _refuse(name, "Choose a new task of this what-if.")
        if other is not None and row.pk is not None and other.pk >= row.pk:
            _refuse(name, "A new task stands behind one that was there before it.")
    if row.line is not None and (row.line.project_id != project_id or row.line.deleted_at is not None):
        _refuse("line", "Choose a budget line of this project.")
    if (
        row.person is not None
        and not Membership.objects.filter(
            project=project_id, person=row.person, is_active=True, person__customer=None
        ).exists()
    ):
        _refuse("person", f"{row.person} is not on the team of this project.")


def _check_numbers(row: Difference) -> None:
    """Refuse what is below zero, longer than any project, or of a year that no project has."""
    labels = {
        "duration_minutes": "Working time",
        "planned_seconds": "Hours",
        "cost": "A cost",
        "bill": "A bill amount",
    }
    for name, label in labels.items():
        value = getattr(row, name)
        if value is not None and value < 0:
            _refuse(name, f"{label} cannot be less than nothing.")
    if row.duration_minutes is not None and row.duration_minutes > LONGEST_MINUTES:
        _refuse("duration_minutes", f"A task takes at most {LONGEST_MINUTES // DAY_MINUTES} days.")
    if abs(row.lag_minutes) > LONGEST_MINUTES:
        _refuse("lag_minutes", f"A lag is at most {LONGEST_MINUTES // DAY_MINUTES} days.")
    if row.constraint not in UNDATED and row.constraint_at is None:
        _refuse("constraint_at", "This constraint needs a date.")
    if row.constraint in UNDATED:
        row.constraint_at = None
    if row.constraint_at is not None and not FIRST_YEAR <= row.constraint_at.year <= LAST_YEAR:
        _refuse("constraint_at", f"Years are from {FIRST_YEAR} to {LAST_YEAR}.")


def _check_removable(row: Difference) -> None:
    if row.task is None:
        _refuse("task", "Say which task.")
    elif TimeEntry.objects.filter(task=row.task).exists() or Expense.objects.filter(task=row.task).exists():
        _refuse("task", f"Hours or expenses are booked on “{row.task}”: it cannot be removed.")


def _check_link(row: Difference, live: LivePlan) -> None:
    before = row.predecessor or row.added_predecessor
    after = row.task or row.added
    if before is None:
        _refuse("predecessor", "Say which task comes first.")
    if after is None:
        _refuse("task", "Say which task waits.")
    if before == after:
        _refuse("predecessor", "A task cannot depend on itself.")
    known = {(link.predecessor_id, link.successor_id) for link in live.links}
    if row.kind == DifferenceKind.UNLINK and (row.predecessor_id, row.task_id) not in known:
        _refuse("predecessor", f"“{after}” does not wait for “{before}”.")
    # Both databases take two rows without a predecessor's id for different: of new tasks the link is looked for here.
    twins = Difference.objects.filter(
        what_if=row.what_if, kind__in=[DifferenceKind.LINK, DifferenceKind.UNLINK], task=row.task, added=row.added,
        predecessor=row.predecessor, added_predecessor=row.added_predecessor,
    ).exclude(pk=row.pk)  # fmt: skip
    if twins.exists():
        _refuse("predecessor", "This what-if changes this link already.")
