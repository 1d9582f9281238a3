"""Setting the rules of time, who decides whose hours, and who stands in."""

from __future__ import annotations

from django.db import transaction

from budget.models import Approver, StandIn, TimeRules
from budget.selectors.periods import BOOKING
from budget.services.pricing import entries_reprice
from implement.accounts.models import User
from implement.core.db import hold_together
from implement.core.errors import DomainError
from projects.choices import Role
from projects.kit.access import Entry, require_firm
from projects.kit.rows import row_delete, row_save
from projects.models import Membership, Person, Project


@transaction.atomic
def rules_save(
    *,
    rules: TimeRules,
    access: Entry | None = None,
    user: User | None = None,
    expected_version: int | None = None,
) -> TimeRules:
    """Set a project's rules, or the firm's, and reckon what is not approved yet by them.

    Approved hours keep what they were approved with. Raises DomainError by field, NotAllowed or StaleVersion.
    """
    hold_together(BOOKING)
    if access is not None:
        access.require("time.rules")
        rules.project = access.project
        actor = access.user
    else:
        assert user is not None
        require_firm(user, "time.rules")
        actor = user
    row_save(row=rules, actor=actor, expected_version=expected_version)
    followers = (
        Project.objects.filter(pk=access.project.pk) if access else Project.objects.filter(time_rules=None)
    )
    for project in followers:
        entries_reprice(project=project)
    return rules


def _on_team(person: Person, access: Entry, field: str) -> None:
    on = Membership.objects.filter(project=access.project, person=person, is_active=True)
    if not on.exclude(role=Role.CUSTOMER).exists():
        message = f"{person} is not on the project's team."
        raise DomainError(message, fields={field: message})


def _can_decide(person: Person, access: Entry, field: str) -> None:
    """Raise DomainError unless somebody is on the team and can log in, as who decides has to."""
    _on_team(person, access, field)
    if person.user_id is None:
        message = f"{person} has no login, and so decides nothing."
        raise DomainError(message, fields={field: message})


@transaction.atomic
def approver_save(*, row: Approver, access: Entry, expected_version: int | None = None) -> Approver:
    """Name an approver. Raises DomainError by field, NotAllowed or StaleVersion."""
    access.require("time.rules")
    _can_decide(row.approver, access, "approver")
    if row.person is not None:
        _on_team(row.person, access, "person")
    row_save(row=row, actor=access.user, expected_version=expected_version)
    return row


@transaction.atomic
def approver_delete(*, row: Approver, access: Entry) -> None:
    """Take an approver's name out: the grants decide again."""
    access.require("time.rules")
    row_delete(row=row, actor=access.user)


@transaction.atomic
def stand_in_save(*, row: StandIn, access: Entry, expected_version: int | None = None) -> StandIn:
    """Say who decides in an approver's place: the approver themselves, or who sets the rules.

    Raises DomainError by field, NotAllowed or StaleVersion.
    """
    access.require("time.decide")
    _require_own(row, access)
    if not row._state.adding:
        # Nor is somebody else's made one's own.
        _require_own(StandIn.objects.get(pk=row.pk), access)
    _can_decide(row.approver, access, "approver")
    _can_decide(row.delegate, access, "delegate")
    row_save(row=row, actor=access.user, expected_version=expected_version)
    return row


@transaction.atomic
def stand_in_delete(*, row: StandIn, access: Entry) -> None:
    """End what was said of a stand-in: by the approver, or who sets the rules. Raises NotAllowed."""
    _require_own(row, access)
    row_delete(row=row, actor=access.user)


def _require_own(row: StandIn, access: Entry) -> None:
    """Raise NotAllowed unless it is about oneself, or one sets the rules."""
    if access.person is None or row.approver_id != access.person.pk:
        access.require("time.rules")
