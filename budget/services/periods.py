"""Closing a period of hours and expenses, and opening it again."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from budget.choices import EntryState
from budget.models import ClosedPeriod, Expense, TimeEntry
from budget.selectors.periods import BOOKING, undecided
from budget.services.deciding import checked_reason
from implement.accounts.models import User
from implement.core.db import hold_together
from implement.core.errors import DomainError, StateError
from projects.kit.access import Entry, require_firm
from projects.kit.journal import record
from projects.models import Project

LONGEST = timedelta(days=366)
NAMED = 3


@transaction.atomic
def period_close(
    *, starts_on: date, ends_on: date, access: Entry | None = None, user: User | None = None
) -> ClosedPeriod:
    """Close a period of the project entered, or without one of the whole firm; approved rows become locked.

    From then on nothing is booked, changed, approved or taken out of it. Raises DomainError for days that make
    no period, StateError when something in it is not decided yet or it is closed already, NotAllowed.
    """
    project = access.project if access else None
    actor = access.user if access else user
    if access is not None:
        access.require("time.lock")
    else:
        assert user is not None
        require_firm(user, "time.lock")
    if ends_on < starts_on:
        message = "The last day is not before the first."
        raise DomainError(message, fields={"ends_on": message})
    if ends_on - starts_on > LONGEST:
        message = "A period has a year at most."
        raise DomainError(message, fields={"ends_on": message})
    # Alone: who is about to book waits, and then finds the period closed.
    hold_together(BOOKING, alone=True)
    same = ClosedPeriod.objects.filter(
        project=project, reopened_at=None, starts_on__lte=starts_on, ends_on__gte=ends_on
    )
    if same.exists():
        raise StateError(
            "These days are closed already.", fields={"starts_on": "These days are closed already."}
        )
    hours, spent = undecided(project=project, starts_on=starts_on, ends_on=ends_on)
    if left := hours.count() + spent.count():
        names = sorted({row.person.name for row in [*hours[:50], *spent[:50]]})
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        message = (
            f"{left} {'entry is' if left == 1 else 'entries are'} not decided yet "
            f"({', '.join(names[:NAMED])}{more}): approve or reject and remove them first."
        )
        raise StateError(message, fields={"ends_on": message})
    row = ClosedPeriod(
        project=project, starts_on=starts_on, ends_on=ends_on, closed_at=timezone.now(), closed_by=actor
    )
    row.full_clean()
    row.save()
    count = _move(row, EntryState.APPROVED, EntryState.LOCKED)
    _tell("closed", row, actor, {"locked": (None, count)})
    return row


@transaction.atomic
def period_reopen(
    *, period: ClosedPeriod, reason: str, access: Entry | None = None, user: User | None = None
) -> ClosedPeriod:
    """Open a closed period again, with a reason; locked rows that no other period holds are approved again.

    Raises DomainError without a reason, StateError when it is open already or the whole firm's, NotAllowed.
    """
    if access is not None:
        access.require("time.unlock")
        if period.project_id != access.project.pk:
            raise StateError("This period is closed for the whole firm: an administrator opens it.")
        actor = access.user
    else:
        assert user is not None
        require_firm(user, "time.unlock")
        actor = user
    reason = checked_reason(reason, needed="Opening a closed period needs a reason.")
    hold_together(BOOKING, alone=True)
    now = timezone.now()
    changed = ClosedPeriod.objects.filter(pk=period.pk, reopened_at=None).update(
        reopened_at=now, reopened_by=actor, reason=reason, updated_at=now, version=F("version") + 1
    )
    if not changed:
        raise StateError("This period is open already.")
    period.refresh_from_db()
    count = _move(period, EntryState.LOCKED, EntryState.APPROVED)
    _tell("reopened", period, actor, {"reason": (None, reason), "unlocked": (None, count)})
    return period


def _move(period: ClosedPeriod, source: str, target: str) -> int:
    """Lock what a period holds, or unlock what no other one does; return how many rows."""
    count = 0
    for model in (TimeEntry, Expense):
        rows: Any = model.objects.filter(status=source, booked_on__range=(period.starts_on, period.ends_on))
        if period.project_id:
            rows = rows.filter(project=period.project_id)
        if target == EntryState.APPROVED:
            others = ClosedPeriod.objects.filter(
                Q(project=None) | Q(project=OuterRef("project")),
                reopened_at=None,
                starts_on__lte=OuterRef("booked_on"),
                ends_on__gte=OuterRef("booked_on"),
            )
            rows = rows.exclude(Exists(others))
        count += rows.update(status=target, version=F("version") + 1, updated_at=timezone.now())
    return count


def _tell(
    verb: str, period: ClosedPeriod, actor: User | None, changes: dict[str, tuple[object, object]]
) -> None:
    """Write it into the journal; a period of the firm into that of each project that runs in it, too."""
    projects: list[Project | None] = [period.project]
    if period.project_id is None:
        touched = Project.objects.filter(starts_on__lte=period.ends_on).filter(
            Q(ends_on=None) | Q(ends_on__gte=period.starts_on)
        )
        projects += list(touched)
    for project in projects:
        record(action=f"closedperiod.{verb}", target=period, actor=actor, project=project, changes=changes)
