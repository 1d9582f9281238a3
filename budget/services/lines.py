"""Writing the budget: its lines, and what the contract agrees."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction

from budget.choices import Category
from budget.models import BudgetLine, BudgetSettings
from budget.selectors.amounts import ZERO
from budget.selectors.reserves import contingency_lines
from implement.accounts.models import User
from implement.core.errors import DomainError, StateError
from implement.core.money import format_money
from projects.kit.rows import row_delete, row_restore, row_save


def check_line(line: BudgetLine) -> None:
    """Raise DomainError, by field, for a line of another project's task, of nothing, or of two resources.

    StateError for one that an approved change has put there.
    """
    check_own(line)
    for name in ("planned_seconds", "cost", "bill"):
        if (getattr(line, name) or 0) < 0:
            message = "A budget line is not negative. Less is agreed by a change request."
            raise DomainError(message, fields={name: message})
    if line.task is not None and line.task.project_id != line.project_id:
        raise DomainError(
            "The task is of another project.", fields={"task": "Choose a task of this project."}
        )
    if line.task is not None and line.task.deleted_at is not None:
        raise DomainError("The task is in the trash.", fields={"task": "Choose a task of the plan."})
    if line.person is not None and line.job_role:
        message = "A line is for a person or for a role, not for both."
        raise DomainError(message, fields={"job_role": message})
    if not line.planned_seconds and line.cost is None and line.bill is None:
        message = "A budget line has hours, a cost or a bill amount."
        raise DomainError(message, fields={"planned_seconds": message})


def check_own(line: BudgetLine) -> None:
    """Raise StateError for a line that an approved change or a release has put there."""
    if line.change_request is not None:
        raise StateError(
            f"This line came with {line.change_request}: only another change request changes it."
        )
    if line.release is not None:
        raise StateError(f"This line came with {line.release}: only another release changes it.")


def check_contingency(line: BudgetLine, *, left: Decimal) -> None:
    """Raise DomainError when the contingency lines would hold less than was released from them.

    `left` is what the line is to hold of it.
    """
    stored = BudgetLine.objects.filter(pk=line.pk).first() if line.pk else None
    if stored is None or stored.category != Category.CONTINGENCY:
        return
    stays = left if line.category == Category.CONTINGENCY else ZERO
    rest = (contingency_lines(line.project) or ZERO) - (stored.cost or ZERO) + stays
    if rest < 0:
        message = f"{format_money(-rest, line.project.currency)} of this contingency were released already: it stays."
        raise DomainError(message, fields={"cost": message})


@transaction.atomic
def line_save(*, line: BudgetLine, actor: User | None, expected_version: int | None = None) -> BudgetLine:
    """Add or change a budget line.

    Raises DomainError, by field, or StaleVersion.
    """
    check_line(line)
    check_contingency(line, left=line.cost or ZERO)
    row_save(row=line, actor=actor, expected_version=expected_version)
    return line


@transaction.atomic
def line_delete(*, line: BudgetLine, actor: User | None, expected_version: int | None = None) -> None:
    """Throw a budget line into the trash; one of a change request or a release stays (StateError).

    So does contingency that was released already (DomainError).
    """
    check_own(line)
    check_contingency(line, left=ZERO)
    row_delete(row=line, actor=actor, expected_version=expected_version)


@transaction.atomic
def line_restore(*, line: BudgetLine, actor: User | None) -> None:
    """Take a budget line back, unless its task is in the trash (DomainError)."""
    check_line(line)
    row_restore(row=line, actor=actor)


@transaction.atomic
def settings_save(
    *, settings: BudgetSettings, actor: User | None, expected_version: int | None = None
) -> BudgetSettings:
    """Keep what the contract agrees and where the warning lines are.

    Raises DomainError, by field, or StaleVersion.
    """
    row_save(row=settings, actor=actor, expected_version=expected_version)
    return settings
