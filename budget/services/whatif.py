"""What-ifs: writing down what would be otherwise, and accepting it, turning it into a change request, or leaving it."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from budget.choices import Category, ChangeReason, DifferenceKind, WhatIfState
from budget.models import ChangeLine, ChangeRequest, Difference, WhatIf
from budget.selectors.changes import DAY_MINUTES
from budget.selectors.whatif import (
    Compared,
    base_of,
    compared_of,
    computed,
    differences_of,
    leading_to,
    live_plan,
    sketch_of,
)
from budget.selectors.whatif.live import moved_since
from budget.selectors.whatif.sketch import is_moved, minutes_of
from budget.selectors.whatif.words import words_of
from budget.services.changes import change_save, part_save
from budget.services.differences import check_fitting, differences_apply
from budget.services.whatifchecks import check_difference
from implement.accounts.models import User
from implement.core.errors import DomainError, StaleVersion, StateError
from projects.kit.access import Entry
from projects.kit.journal import record
from projects.kit.rows import row_delete, row_save
from projects.models import Project
from projects.planning import today_of
from projects.services import plan_lock, plan_schedule, tree_renumber

MOST_DIFFERENCES = 2000


# --- The what-if -------------------------------------------------------------------------------------------
@transaction.atomic
def whatif_save(*, what_if: WhatIf, entry: Entry, expected_version: int | None = None) -> WhatIf:
    """Begin a what-if, or rename a draft. Raises DomainError by field, NotAllowed, StateError or StaleVersion."""
    entry.require("whatif.change")
    if not what_if._state.adding:
        check_open(what_if)
    elif what_if.owner is None:
        what_if.owner = entry.user
    row_save(row=what_if, actor=entry.user, expected_version=expected_version)
    return what_if


@transaction.atomic
def whatif_delete(*, what_if: WhatIf, entry: Entry, expected_version: int | None = None) -> None:
    """Throw a what-if away. Raises NotAllowed, StateError (plan or change request came of it) or StaleVersion."""
    entry.require("whatif.change")
    if what_if.status in {WhatIfState.ACCEPTED, WhatIfState.TURNED}:
        raise StateError(f"“{what_if}” stays: it says what came into the plan, or became a change request.")
    row_delete(row=what_if, actor=entry.user, expected_version=expected_version)


@transaction.atomic
def whatif_copy(*, what_if: WhatIf, entry: Entry) -> WhatIf:
    """Begin another what-if with the differences of this one, whatever became of it."""
    entry.require("whatif.change")
    copied = WhatIf(
        project=what_if.project, name=f"{what_if.name} (copy)"[:120], note=what_if.note, owner=entry.user
    )
    row_save(row=copied, actor=entry.user)
    made: dict[int, Difference] = {}
    # A difference can only name one that was written before it.
    for row in differences_of(what_if):
        old = row.pk
        row.pk, row._state.adding, row.version = None, True, 1
        row.what_if = copied
        row.added = made.get(row.added_id or 0)
        row.added_predecessor = made.get(row.added_predecessor_id or 0)
        row.save()
        made[old] = row
    return copied


def _held(what_if_id: int) -> WhatIf:
    """Return a what-if that nobody else decides meanwhile. Raises StateError when it is no draft any more."""
    held = (
        WhatIf.objects.select_for_update(of=("self",))
        .select_related("project", "decided_by")
        .get(pk=what_if_id)
    )
    check_open(held)
    return held


def check_open(what_if: WhatIf) -> None:
    """Raise StateError, saying who did it, when a what-if is no draft any more."""
    if not what_if.is_open:
        by = f" by {what_if.decided_by}" if what_if.decided_by else ""
        raise StateError(
            f"“{what_if}” was {str(what_if.get_status_display()).lower()}{by}: it cannot be changed any more. "
            "Copy it to go on."
        )


# --- Differences -------------------------------------------------------------------------------------------
@transaction.atomic
def difference_save(*, row: Difference, entry: Entry, expected_version: int | None = None) -> Difference:
    """Write down one thing that is to be otherwise, from what stands there now.

    Raises DomainError by field (a cycle by its path), NotAllowed, StateError or StaleVersion.
    """
    entry.require("whatif.change")
    row.what_if = _held(row.what_if_id)
    if not row._state.adding and not row.what_if.differences.filter(pk=row.pk).exists():
        message = "A difference stays with its what-if."
        raise DomainError(message, fields={"what_if": message})
    live = live_plan(project=row.what_if.project)
    check_difference(row=row, live=live)
    if row._state.adding and row.what_if.differences.count() >= MOST_DIFFERENCES:
        raise DomainError(f"A what-if has at most {MOST_DIFFERENCES} differences.")
    row.base = base_of(row, live)
    row_save(row=row, actor=entry.user, expected_version=expected_version)
    sketch = sketch_of(live=live, differences=differences_of(row.what_if))
    if row.pk in sketch.conflicts:
        raise DomainError(sketch.conflicts[row.pk], fields={"task": sketch.conflicts[row.pk]})
    _, reason = computed(live=live, sketch=sketch)
    if reason:
        raise DomainError(reason, fields={"task": reason})
    return row


@transaction.atomic
def difference_undo(
    *, row: Difference, entry: Entry, expected_version: int | None = None
) -> list[Difference]:
    """Take a difference back, with those that need its new task; return all that went."""
    entry.require("whatif.change")
    what_if = _held(row.what_if_id)
    gone = [*leading_to(row, differences_of(what_if))[::-1], row]
    for one in gone:
        row_delete(row=one, actor=entry.user, expected_version=expected_version if one is row else None)
    return gone


@transaction.atomic
def whatif_rebase(*, what_if: WhatIf, entry: Entry) -> int:
    """Take note of how the plan has moved: each difference starts from what stands there now; return how many did.

    What they do does not change: the same step, on top of today's values.
    """
    entry.require("whatif.change")
    held = _held(what_if.pk)
    live = live_plan(project=held.project)
    count = 0
    for row in differences_of(held):
        now = base_of(row, live)
        if not is_moved(row, now):
            continue
        if row.kind == DifferenceKind.TASK and row.duration_minutes is not None:
            row.duration_minutes = minutes_of(row, now["duration_minutes"])
        if row.kind == DifferenceKind.HOURS:
            step = (row.planned_seconds or 0) - row.base["planned_seconds"]
            row.planned_seconds = max(now["planned_seconds"] + step, 0)
        if row.kind == DifferenceKind.MONEY:
            row.planned_seconds = max(
                now["planned_seconds"] + (row.planned_seconds or 0) - row.base["planned_seconds"], 0
            )
            row.cost = _rebased(row.cost, row.base["cost"], now["cost"])
            row.bill = _rebased(row.bill, row.base["bill"], now["bill"])
        row.base = now
        row_save(row=row, actor=entry.user)
        count += 1
    return count


def _rebased(meant: Decimal | None, base: str | None, now: str | None) -> Decimal | None:
    if meant is None and base is None and now is None:
        return None
    return max(Decimal(now or 0) + (meant or Decimal(0)) - Decimal(base or 0), Decimal(0))


# --- Deciding ----------------------------------------------------------------------------------------------
@transaction.atomic
def whatif_accept(*, what_if: WhatIf, entry: Entry, seen: str) -> WhatIf:
    """Put a what-if that only moves dates into the plan, in one transaction.

    `seen` says which plan it was compared with (`Compared.seen`). Raises StaleVersion naming what has moved since,
    StateError when it no longer fits or somebody else was faster, DomainError when it changes scope or money: that is
    agreed with the customer, by a change request.
    """
    entry.require("whatif.change")
    entry.require("plan.change")
    plan_lock(what_if.project)
    held = _held(what_if.pk)
    project = Project.objects.select_related("calendar").get(pk=held.project_id)
    rows = differences_of(held)
    if not rows:
        raise DomainError("This what-if changes nothing yet.")
    compared = _computable(held, rows)
    if compared.beyond_the_plan:
        names = ", ".join(sorted({str(row.get_kind_display()).lower() for row in compared.beyond_the_plan}))
        raise DomainError(
            f"This what-if changes scope or budget ({names}). That is agreed with the customer: turn it into a "
            "change request."
        )
    told = moved_since(project=project, seen=seen)
    if told is not None:
        moved = f" What moved: {'; '.join(told)}." if told else ""
        raise StaleVersion(
            f"The plan has moved since you looked at it.{moved} Look at the comparison again, then accept it.",
            theirs={"moved": told},
        )
    differences_apply(project=project, differences=rows, actor=entry.user)
    tree_renumber(project)
    plan_schedule(project=project)
    _decided(held, WhatIfState.ACCEPTED, entry.user)
    record(
        action="whatif.accepted", target=held, actor=entry.user, project=project,
        changes={"finish": (compared.finish.before, compared.finish.after)},
    )  # fmt: skip
    what_if.refresh_from_db()
    return what_if


def _computable(what_if: WhatIf, rows: list[Difference]) -> Compared:
    """Return the comparison, or raise why there is none."""
    compared = compared_of(what_if=what_if, differences=rows)
    check_fitting(compared.sketch)
    if compared.reason:
        raise StateError(compared.reason)
    return compared


def _decided(what_if: WhatIf, status: WhatIfState, user: User, change: ChangeRequest | None = None) -> None:
    now = timezone.now()
    taken = WhatIf.objects.filter(pk=what_if.pk, status=WhatIfState.DRAFT).update(
        status=status,
        decided_at=now,
        decided_by=user,
        change=change,
        updated_at=now,
        version=F("version") + 1,
    )
    if not taken:
        raise StateError("Somebody else has just decided this what-if.")


@transaction.atomic
def whatif_turn(
    *, what_if: WhatIf, entry: Entry, title: str, description: str, reason: str = ChangeReason.NEW
) -> ChangeRequest:
    """Make a draft of a change request from a what-if: lines, new tasks, days on the finish, people.

    The differences are frozen with the what-if; implementing the change puts exactly these into the plan. Raises
    DomainError by field, NotAllowed, or StateError when it no longer fits the plan or was decided.
    """
    entry.require("whatif.change")
    entry.require("changes.decide")
    plan_lock(what_if.project)
    held = _held(what_if.pk)
    rows = differences_of(held)
    if not rows:
        raise DomainError("This what-if changes nothing yet.")
    compared = _computable(held, rows)
    change = ChangeRequest(
        project=held.project,
        title=title,
        description=description,
        reason=reason,
        requested_on=today_of(held.project),
        owner=entry.person,
        schedule_days=compared.days,
        resource_impact=_people_words(compared),
    )
    change_save(change=change, entry=entry)
    change.tasks.set({row.task for row in rows if row.task is not None})
    for line in lines_from(rows, compared):
        line.change = change
        part_save(row=line, entry=entry)
    _decided(held, WhatIfState.TURNED, entry.user, change)
    record(
        action="whatif.turned", target=held, actor=entry.user, project=held.project,
        changes={"change": (None, str(change))},
    )  # fmt: skip
    what_if.refresh_from_db()
    return change


def lines_from(rows: Iterable[Difference], compared: Compared) -> list[ChangeLine]:
    """Return the lines of a change that does what the differences do: one each, and one for each piece of money."""
    pieces: dict[int, list[ChangeLine]] = {}
    for take in compared.takes:
        pieces.setdefault(take.difference.pk, []).append(take.line())
    found = []
    for row in rows:
        for line in pieces.get(row.pk) or [ChangeLine(category=Category.LABOUR)]:
            line.difference = row
            line.task = line.task or row.task or (row.line.task if row.line else None)
            line.description = (line.description or words_of(row))[:255]
            if row.kind == DifferenceKind.ADDED:
                line.new_task, line.duration_days = row.name, _days(row.duration_minutes or 0)
            elif row.added is not None:
                line.new_task, line.task = row.added.name, None
            if row.kind == DifferenceKind.TASK and row.duration_minutes is not None:
                line.duration_days = _days(row.duration_minutes - int(row.base.get("duration_minutes", 0)))
            found.append(line)
    return found


def _days(minutes: int) -> Decimal:
    """Return working time as the days that a line shows. What counts is the difference's own, to the minute."""
    return (Decimal(minutes) / DAY_MINUTES).quantize(Decimal("0.01"))


def _people_words(compared: Compared) -> str:
    """Return what the what-if does to people, in words for the firm's own eyes."""
    words = []
    for row in compared.people:
        if row.seconds != row.seconds_after:
            words.append(f"- {row.person}: {row.seconds / 3600:g} h → {row.seconds_after / 3600:g} h")
        if row.days_over_after > row.days_over:
            words.append(
                f"- {row.person}: {row.days_over_after} days with too much to do (today {row.days_over})"
            )
    return "\n".join(words)[:4000]
