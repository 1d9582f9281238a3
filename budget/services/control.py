"""Keeping cost in hand: orders and what was invoiced of them, estimates of the rest, and releases from reserves."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction
from django.db.models import F, Max, Q
from django.utils import timezone

from budget.choices import Category, CommitmentState, ReleaseState, ReserveKind
from budget.models import (
    BudgetLine,
    Commitment,
    CommitmentPart,
    CostControl,
    Estimate,
    Expense,
    ReserveRelease,
)
from budget.selectors.amounts import ZERO
from budget.selectors.reserves import reserves_of
from budget.selectors.rest import orders_of
from implement.accounts.models import User
from implement.core.errors import DomainError, NotAllowed, StateError
from implement.core.money import format_money, round_money
from projects.kit.access import Entry
from projects.kit.journal import record
from projects.kit.rows import row_delete, row_restore, row_save
from projects.models import Assignment, Project, Task
from projects.planning import today_of


def check_task(task: Task | None, project: Project) -> None:
    """Raise DomainError for a task of another project or in the trash."""
    if task is not None and (task.project_id != project.pk or task.deleted_at is not None):
        raise DomainError("The task is not in the plan.", fields={"task": "Choose a task of this project."})


# --- Orders ------------------------------------------------------------------------------------------------
def booked_of(commitment: Commitment) -> Decimal:
    """Return what was invoiced of an order so far, whenever it was spent."""
    if commitment.pk is None:
        return ZERO
    parts = commitment.parts.exclude(expense__status="rejected").filter(expense__deleted_at=None)
    return sum((part.expense.cost or ZERO for part in parts.select_related("expense")), ZERO)


def price(commitment: Commitment) -> None:
    """Set the amount in the project's currency (amount x rate, rounded).

    Raises DomainError, by field, for a rate other than 1 in the project's own currency and for parts of a cent.
    """
    project = commitment.project
    if commitment.currency == project.currency and commitment.exchange_rate != 1:
        message = f"An order in {project.currency} has the rate 1."
        raise DomainError(message, fields={"exchange_rate": message})
    if commitment.currency != project.currency and commitment.exchange_rate == 1:
        message = f"Say what 1 {commitment.currency} is in {project.currency}."
        raise DomainError(message, fields={"exchange_rate": message})
    if round_money(commitment.amount, commitment.currency) != commitment.amount:
        message = (
            f"{commitment.currency} has no smaller unit: {commitment.amount.normalize():f} cannot be paid."
        )
        raise DomainError(message, fields={"amount": message})
    commitment.cost = round_money(commitment.amount * commitment.exchange_rate, project.currency)


@transaction.atomic
def commitment_save(
    *, commitment: Commitment, actor: User | None, expected_version: int | None = None
) -> Commitment:
    """Add an order, with the project's next number, or change one that is neither settled nor cancelled.

    Raises DomainError, by field: less than was invoiced of it already, a currency without its rate; StateError,
    StaleVersion.
    """
    check_task(commitment.task, commitment.project)
    if commitment.status != CommitmentState.ORDERED:
        raise StateError(
            f"{commitment.key} is {commitment.get_status_display().lower()}: reopen it to change it."
        )
    if commitment.amount is not None and commitment.exchange_rate is not None and commitment.currency:
        price(commitment)
        booked = booked_of(commitment)
        if commitment.cost < booked:
            unit = commitment.project.currency
            message = (
                f"{format_money(booked, unit)} of it were invoiced already: an order is not below that, "
                f"and this is {format_money(commitment.cost, unit)}."
            )
            raise DomainError(message, fields={"amount": message})
    if commitment._state.adding:
        # One after the other, or two would get the same number.
        Project.objects.select_for_update().get(pk=commitment.project_id)
        last = Commitment.with_trash.filter(project=commitment.project).aggregate(last=Max("number"))["last"]
        commitment.number = (last or 0) + 1
    row_save(row=commitment, actor=actor, expected_version=expected_version)
    return commitment


@transaction.atomic
def commitment_delete(
    *, commitment: Commitment, actor: User | None, expected_version: int | None = None
) -> None:
    """Throw an order away that nothing was invoiced of; any other is cancelled (StateError)."""
    if commitment.parts.exists():
        raise StateError(f"Something was invoiced of {commitment.key}: cancel it instead.")
    row_delete(row=commitment, actor=actor, expected_version=expected_version)


@transaction.atomic
def commitment_restore(*, commitment: Commitment, actor: User | None) -> None:
    """Take an order back out of the trash, unless its task is in there (DomainError)."""
    check_task(commitment.task, commitment.project)
    row_restore(row=commitment, actor=actor)


@transaction.atomic
def commitment_book(*, commitment: Commitment, expense: Expense | None, access: Entry) -> CommitmentPart:
    """Note an expense as invoiced of an order.

    Raises DomainError, by field: an expense of another project, rejected, taken back, of another order, or of more than
    is open; StateError for an order that is no longer one.
    """
    access.require("budget.change")
    held = Commitment.objects.select_for_update(of=("self",)).select_related("project").get(pk=commitment.pk)
    if held.status != CommitmentState.ORDERED:
        raise StateError(f"{held.key} is {held.get_status_display().lower()}: nothing is booked on it.")
    if expense is None or expense.project_id != held.project_id or expense.deleted_at is not None:
        raise DomainError(
            "The expense is not of this project.", fields={"expense": "Choose an expense of this project."}
        )
    taken = CommitmentPart.objects.filter(expense=expense).select_related("commitment").first()
    if taken is not None:
        message = f"“{expense}” is part of {taken.commitment} already."
        raise DomainError(message, fields={"expense": message})
    if expense.status == "rejected":
        message = f"“{expense}” was rejected: it is not booked."
        raise DomainError(message, fields={"expense": message})
    if expense.reverses_id or Expense.objects.filter(reverses=expense).exists():
        message = f"“{expense}” was taken back: it is not booked."
        raise DomainError(message, fields={"expense": message})
    room = held.cost - booked_of(held)
    if (expense.cost or ZERO) > room:
        unit = held.project.currency
        message = (
            f"“{expense}” is {format_money(expense.cost, unit)}, and {format_money(room, unit)} of {held.key} "
            "are open: raise the order first."
        )
        raise DomainError(message, fields={"expense": message})
    part = CommitmentPart(commitment=held, expense=expense)
    row_save(row=part, actor=access.user)
    return part


@transaction.atomic
def commitment_unbook(*, part: CommitmentPart, access: Entry) -> None:
    """Take an expense off its order, and with it what takes it back, or what it takes back."""
    access.require("budget.change")
    pair = Q(expense__reverses=part.expense) | Q(expense__reversal=part.expense)
    for one in (part, *CommitmentPart.objects.filter(pair).select_related("commitment", "expense")):
        row_delete(row=one, actor=access.user)


def open_of(commitment: Commitment) -> Decimal:
    """Return what is still committed of an order today."""
    project = commitment.project
    rows = orders_of(project=project, as_of=max(today_of(project), commitment.ordered_on))
    return next((row.open for row in rows if row.pk == commitment.pk), ZERO)


# --- Estimates ---------------------------------------------------------------------------------------------
def may_estimate(*, task: Task, access: Entry) -> bool:
    """Return whether somebody may say what a task still takes: who runs the budget, and who is on the task."""
    if access.can("budget.change"):
        return True
    if not access.can("budget.estimate") or access.person is None:
        return False
    return Assignment.objects.filter(task=task, person=access.person).exists()


@transaction.atomic
def estimate_add(*, estimate: Estimate, access: Entry) -> Estimate:
    """Say what the rest of a task takes. It is written once; the next one takes its place.

    Raises DomainError, by field: a task without work of its own or of another project, money without the right to
    see cost, a person who is not on the team, a day to come; NotAllowed for who has nothing to do with the task.
    """
    task, project = estimate.task, estimate.project
    check_task(task, project)
    if task.is_summary or task.is_milestone:
        kind = "summary" if task.is_summary else "milestone"
        message = f"“{task}” is a {kind}: estimate the tasks below it."
        raise DomainError(message, fields={"task": message})
    if not may_estimate(task=task, access=access):
        raise NotAllowed("Who works on a task estimates what it still takes; you are not on it.")
    if estimate.cost is not None:
        if not access.can("cost.view"):
            raise DomainError(
                "Your role does not see cost.",
                fields={"cost": "Say the hours; they are priced at the rates."},
            )
        if round_money(estimate.cost, project.currency) != estimate.cost:
            message = f"{project.currency} has no smaller unit: {estimate.cost.normalize():f} cannot be paid."
            raise DomainError(message, fields={"cost": message})
    if estimate.person is not None:
        on_it = estimate.person.customer_id is None and estimate.person.memberships.filter(project=project)
        if not on_it or not on_it.exists():
            raise DomainError(
                "This person is not on the team.", fields={"person": "Choose somebody of the team."}
            )
    if estimate.estimated_on > today_of(project):
        message = "Nobody knows yet what will be left on a day to come."
        raise DomainError(message, fields={"estimated_on": message})
    estimate.made_by = access.user
    estimate.full_clean()
    estimate.save()
    record(
        action="estimate.added",
        target=estimate,
        actor=access.user,
        project=project,
        changes={"seconds": (None, estimate.seconds), "estimated_on": (None, estimate.estimated_on)},
    )
    return estimate


# --- Reserves ----------------------------------------------------------------------------------------------
@transaction.atomic
def control_save(
    *, control: CostControl, actor: User | None, expected_version: int | None = None
) -> CostControl:
    """Keep the management reserve and the lines of cost control.

    Raises DomainError, by field: a reserve below what was released from it; StaleVersion.
    """
    project = control.project
    Project.objects.select_for_update().get(pk=project.pk)
    released = reserves_of(project=project, as_of=today_of(project)).management.released
    if released and (control.management_reserve or ZERO) < released:
        message = (
            f"{format_money(released, project.currency)} were released from it already: it is not below that."
        )
        raise DomainError(message, fields={"management_reserve": message})
    row_save(row=control, actor=actor, expected_version=expected_version)
    return control


def _check_left(release: ReserveRelease) -> None:
    """Raise DomainError when the reserve holds less than is to be released. The project's row must be held."""
    project = release.project
    left = reserves_of(project=project, as_of=today_of(project)).of(release.reserve).left
    if release.amount > (left or ZERO):
        unit = project.currency
        name = release.get_reserve_display().lower()
        message = (
            f"{format_money(left or ZERO, unit)} of the {name} are left: {format_money(release.amount, unit)} cannot "
            "be released."
        )
        raise DomainError(message, fields={"amount": message})


@transaction.atomic
def release_request(*, release: ReserveRelease, access: Entry) -> ReserveRelease:
    """Ask for money out of a reserve; within the project's limit it is released at once.

    Raises DomainError, by field: more than the reserve holds, a task that is none, no reason.
    """
    access.require("budget.change")
    project = release.project
    check_task(release.task, project)
    if release.task is not None and release.task.is_milestone:
        message = f"“{release.task}” is a milestone: choose a task with work."
        raise DomainError(message, fields={"task": message})
    if round_money(release.amount, project.currency) != release.amount:
        message = f"{project.currency} has no smaller unit: {release.amount.normalize():f} cannot be paid."
        raise DomainError(message, fields={"amount": message})
    # One after the other, or two would take the same money.
    Project.objects.select_for_update().get(pk=project.pk)
    last = ReserveRelease.objects.filter(project=project).aggregate(last=Max("number"))["last"]
    release.number = (last or 0) + 1
    release.requested_by = access.user
    _check_left(release)
    row_save(row=release, actor=access.user)
    control = CostControl.objects.filter(project=project).first()
    limit = control.release_limit if control else None
    if limit is not None and release.amount <= limit:
        _released(release, access, "Within the limit")
    return release


@transaction.atomic
def release_decide(*, release: ReserveRelease, is_approved: bool, access: Entry, note: str = "") -> None:
    """Release what was asked for, or decline it with a reason. Nobody decides on what they asked for themselves.

    Raises NotAllowed, DomainError (no reason; more than is left by now) or StateError (decided already).
    """
    access.require("reserves.approve")
    if release.requested_by_id == access.user.pk:
        raise NotAllowed("Nobody approves what they asked for themselves: ask somebody else.")
    if not is_approved and not note.strip():
        raise DomainError("Declining needs a reason.", fields={"note": "Say why."})
    Project.objects.select_for_update().get(pk=release.project_id)
    if is_approved:
        _check_left(release)
        _released(release, access, note)
        return
    _decide(release, ReleaseState.DECLINED, access, note)


def _decide(release: ReserveRelease, state: ReleaseState, access: Entry, note: str) -> None:
    now = timezone.now()
    taken = ReserveRelease.objects.filter(pk=release.pk, status=ReleaseState.REQUESTED).update(
        status=state,
        decided_by=access.user,
        decided_at=now,
        decision_note=note[:255],
        updated_at=now,
        version=F("version") + 1,
    )
    if not taken:
        raise StateError(f"{release.key} has been decided already.")
    release.refresh_from_db()
    record(
        action=f"reserverelease.{state}",
        target=release,
        actor=access.user,
        project=release.project,
        changes={"reason": (None, note)} if note else {},
    )


def _released(release: ReserveRelease, access: Entry, note: str) -> None:
    """Decide, and write the budget lines: out of the contingency lines in their order, and into the task."""
    _decide(release, ReleaseState.RELEASED, access, note)
    text = f"{release.key}: {release.reason}"[:255]
    if release.reserve == ReserveKind.CONTINGENCY:
        left = release.amount
        for task_id, held in _contingency_by_task(release.project).items():
            part = min(left, held)
            if part > 0:
                line = BudgetLine(
                    project=release.project, task_id=task_id, category=Category.CONTINGENCY,
                    description=text, cost=-part, release=release,
                )  # fmt: skip
                row_save(row=line, actor=access.user)
                left -= part
    added = BudgetLine(
        project=release.project, task=release.task, category=release.category, description=text,
        cost=release.amount, release=release,
    )  # fmt: skip
    row_save(row=added, actor=access.user)


def _contingency_by_task(project: Project) -> dict[int | None, Decimal]:
    """Return what the contingency lines hold per task, in their order."""
    found: dict[int | None, Decimal] = {}
    lines = BudgetLine.objects.filter(project=project, category=Category.CONTINGENCY, cost__isnull=False)
    for task_id, cost in lines.order_by("task__position", "pk").values_list("task_id", "cost"):
        found[task_id] = found.get(task_id, ZERO) + (cost or ZERO)
    return found
