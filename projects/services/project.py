"""Projects, and who signs in."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from implement.accounts.models import User
from implement.core.errors import DomainError
from projects.choices import Role
from projects.kit.holds import held
from projects.kit.rows import row_save
from projects.models import (
    Membership,
    Person,
    Project,
)
from projects.planning import today_of
from projects.services.progress import usual_rule_kept
from projects.services.scheduling import plan_lock, plan_schedule

# A status date is where the plan was looked at; so far ahead it may be, to plan from a meeting that comes.
MOST_AHEAD = timedelta(days=31)


def status_date_check(project: Project) -> None:
    """Raise DomainError, by field, for a status date before the project's start or far in the future."""
    day = project.data_date
    if day is None:
        return
    if day < project.starts_on:
        text = f"The status date is before the project's start, {project.starts_on:%d %b %Y}."
    elif day > (last := today_of(project) + MOST_AHEAD):
        text = f"The status date is at most {MOST_AHEAD.days} days ahead: {last:%d %b %Y}."
    else:
        return
    raise DomainError(text, fields={"data_date": text})


@transaction.atomic
def project_create(*, project: Project, manager: Person | None, actor: User | None) -> Project:
    """Add a project, with its project manager as first member.

    Raises DomainError, by field.
    """
    status_date_check(project)
    row_save(row=project, actor=actor)
    if manager is not None:
        row_save(row=Membership(project=project, person=manager, role=Role.MANAGER), actor=actor)
    return project


@transaction.atomic
def person_login(*, person: Person, actor: User | None) -> User:
    """Return the person's login; one without a usable password is made when they have none yet.

    Raises DomainError without an e-mail address, or when the address signs somebody else in.
    """
    if person.user is not None:
        return person.user
    if not person.email:
        raise DomainError(
            f"{person} has no e-mail address to send an invitation to.",
            fields={"email": "An invitation needs an address."},
        )
    if not person.is_active:
        raise DomainError(f"{person} is no longer active.")
    user = User.objects.filter(email__iexact=person.email).first()
    if user is not None and Person.objects.filter(user=user).exists():
        raise DomainError(f"{person.email} signs somebody else in already.")
    person.user = user or User.objects.create_user(person.email, full_name=person.name)
    row_save(row=person, actor=actor)
    return person.user


@transaction.atomic
def project_change(*, project: Project, actor: User | None, expected_version: int | None = None) -> Project:
    """Change a project's settings, then reschedule: its start, calendar or zone may have moved every date.

    Raises DomainError (by field; a calendar without working time) or StaleVersion.
    """
    status_date_check(project)
    plan_lock(project)
    rule, currency = Project.objects.values_list("progress_rule", "currency").get(pk=project.pk)
    if currency != project.currency:
        _currency_free(project, currency)
    if rule != project.progress_rule:
        usual_rule_kept(project=project, before=rule)
    row_save(row=project, actor=actor, expected_version=expected_version)
    plan_schedule(project=project)
    return project


def _currency_free(project: Project, currency: str) -> None:
    """Refuse another currency once there is an amount: it would be relabelled, not converted. Raises DomainError."""
    why = held(project, "currency")
    if why:
        words = f"The project stays in {currency}: {why} Amounts are not converted."
        raise DomainError(words, fields={"currency": words})
