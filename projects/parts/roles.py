"""Roles in place of people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from implement.core.errors import DomainError
from projects.choices import Role
from projects.kit.parts import Starting, Taking, wrong
from projects.kit.rows import row_save
from projects.models import Assignment, Membership

NO_ROLE = "Team member"


class RoleShape(serializers.Serializer):
    """Somebody who takes part, by what they do."""

    key = serializers.RegexField(r"^[a-z0-9_]{1,20}$")
    name = serializers.CharField(max_length=80)
    job_role = serializers.CharField(max_length=80, allow_blank=True, default="")
    is_lead = serializers.BooleanField(default=False)
    is_customer = serializers.BooleanField(default=False)


def take_roles(taking: Taking) -> list[dict[str, Any]]:
    """Return a role for everybody of the team or on a task; several of one name are numbered."""
    project = taking.project
    members = Membership.objects.filter(project=project, is_active=True).select_related("person")
    working = Assignment.objects.filter(task__project=project, task__deleted_at=None).select_related("person")
    people = {
        row.person_id: (row.person, row.title, row.role) for row in members if row.role != Role.CUSTOMER
    }
    people |= {
        one.person_id: (one.person, "", Role.CUSTOMER if one.person.customer_id else Role.TEAM)
        for one in working
        if one.person_id not in people
    }
    names = {pk: (title or person.job_role or NO_ROLE)[:70] for pk, (person, title, _) in people.items()}
    often, seen = Counter(names.values()), Counter[str]()
    roles = []
    for number, (pk, (person, _, role)) in enumerate(people.items(), start=1):
        seen[names[pk]] += 1
        taking.roles[pk] = f"r{number}"
        roles.append(
            {
                "key": f"r{number}",
                "name": f"{names[pk]} {seen[names[pk]]}" if often[names[pk]] > 1 else names[pk],
                "job_role": person.job_role,
                "is_lead": role == Role.MANAGER,
                "is_customer": person.customer_id is not None,
            }
        )
    return roles


def check_roles(value: Any, parts: Mapping[str, Any]) -> None:
    """Refuse two roles of one key."""
    often = Counter(role["key"] for role in value)
    twice = next((key for key, count in often.items() if count > 1), None)
    if twice is not None:
        raise wrong(f"roles: two roles have the key “{twice}”.")


def apply_roles(starting: Starting, value: Any) -> None:
    """Let who takes a role join the project. Who leads is the project manager when nobody else is named."""
    starting.roles = {role["key"]: role for role in value}
    project = starting.project
    known = set(Membership.objects.filter(project=project).values_list("person_id", flat=True))
    for key, role in starting.roles.items():
        person = starting.people.get(key) or (starting.manager if role["is_lead"] else None)
        starting.people[key] = person
        if person is None:
            continue
        if person.customer_id not in (None, project.customer_id) or not person.is_active:
            message = f"“{person}” cannot be on this project: choose one of the firm's people or of this customer's."
            raise DomainError(message, fields={f"role_{key}": message})
        if person.pk not in known:
            known.add(person.pk)
            side = Role.CUSTOMER if person.customer_id else Role.TEAM
            joining = Membership(project=project, person=person, role=side, title=role["name"][:80])
            row_save(row=joining, actor=starting.actor)
    taken = sum(person is not None for person in starting.people.values())
    starting.made.append(("Roles taken", f"{taken} of {len(value)}"))
