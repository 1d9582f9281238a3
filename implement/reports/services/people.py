"""Who may get which edition. The one rule that no setting can loosen: nothing internal leaves the firm."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from implement.core.errors import DomainError
from implement.reports.models import ReportSchedule
from projects.choices import Audience, Role
from projects.kit.access import GRANTS
from projects.models import Membership, Person, Project

# An internal edition shows what is paid for work, so its reader must be allowed to see that on the page too.
INTERNAL_ROLES = [
    role
    for role, grants in GRANTS.items()
    if {"reports.view", "cost.view"} <= grants and role != Role.CUSTOMER
]


def eligible_people(project: Project, audience: str) -> QuerySet[Person]:
    """Return who may be sent an edition: active members with an e-mail address.

    Of an internal edition only the firm's own people whose role may see cost; of a customer's edition the
    firm's people and those of this very customer.
    """
    members = Membership.objects.filter(project=project, is_active=True)
    people = Person.objects.filter(is_active=True).exclude(email="")
    if audience == Audience.INTERNAL:
        return people.filter(customer=None, pk__in=members.filter(role__in=INTERNAL_ROLES).values("person"))
    own = Q(customer=None) | Q(customer=project.customer_id)
    return people.filter(own, pk__in=members.values("person"))


def check_recipients(*, project: Project, audience: str, people: Iterable[Person]) -> None:
    """Raise DomainError, naming each person, when somebody may not be sent this edition."""
    chosen = list(people)
    allowed = set(eligible_people(project, audience).filter(pk__in=[person.pk for person in chosen]))
    refused = [person for person in chosen if person not in allowed]
    if not refused:
        return
    reasons = [f"{person}: {_reason(person, project, audience)}" for person in refused]
    message = "Not everybody may get this edition. " + " ".join(reasons)
    raise DomainError(message, fields={"recipients": message})


def _reason(person: Person, project: Project, audience: str) -> str:
    member = Membership.objects.filter(project=project, person=person, is_active=True).first()
    if audience == Audience.INTERNAL and (
        person.customer_id is not None or (member and member.role == Role.CUSTOMER)
    ):
        return "an internal edition never goes to a customer."
    if not person.is_active or member is None:
        return "not on the project."
    if not person.email:
        return "has no e-mail address."
    if audience == Audience.INTERNAL:
        return "their role may not see cost, which this edition shows."
    return "belongs to another customer."


def planned_recipients(*, project: Project, kind: str, audience: str) -> list[Person]:
    """Return who the schedule of an edition sends it to, without those who may not get it any more."""
    schedule = ReportSchedule.objects.filter(project=project, kind=kind, audience=audience).first()
    if schedule is None:
        return []
    return list(
        eligible_people(project, audience).filter(pk__in=schedule.recipients.values("pk")).order_by("name")
    )
