"""Templates: save a project as one, keep them, and start a project from one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from implement.accounts.models import User
from implement.core.errors import DomainError
from projects.kit import parts
from projects.kit.access import Entry
from projects.kit.journal import Event, record
from projects.kit.journal import register as register_events
from projects.kit.rows import row_delete, row_save
from projects.models import Person, Project, ProjectTemplate, Task
from projects.planning import zone_of
from projects.services.project import project_create
from projects.services.scheduling import plan_schedule

STANDARD = Path(__file__).parents[1] / "migrations" / "standard_implementation.json"

register_events(Event("project.started", "started from a template"))


@dataclass(frozen=True)
class StartedRow:
    """A row of the plan as it would be, with its computed dates in the project's time zone."""

    wbs: str
    name: str
    level: int
    is_summary: bool
    is_milestone: bool
    start: datetime | None
    finish: datetime | None


@dataclass(frozen=True)
class Started:
    """What starting a project from a template makes, or would make.

    `made` is (label, words); `left` says what was left out or stays open; `open_roles` who is missing, by name.
    """

    project: Project
    rows: tuple[StartedRow, ...]
    finish: datetime | None
    made: tuple[tuple[str, str], ...]
    left: tuple[str, ...]
    open_roles: tuple[str, ...]


@transaction.atomic
def template_take(
    *, entry: Entry, name: str, description: str, keys: Iterable[str], with_amounts: bool
) -> ProjectTemplate:
    """Save a project as a template with the parts asked for; people, hours worked and progress never go in.

    Raises NotAllowed for a part (or amounts) beyond one's grants, DomainError by field (the name is taken, an
    unknown part, a plan that is too large).
    """
    asked = set(keys)
    unknown = sorted(asked - parts.PARTS.keys())
    if unknown:
        message = f"“{unknown[0][:60]}” is no part of a template."
        raise DomainError(message, fields={"parts": message})
    for key in asked:
        entry.require(parts.PARTS[key].grant)
    if with_amounts:
        entry.require("cost.view")
        entry.require("money.view")
    taking = parts.Taking(project=entry.project, with_amounts=with_amounts)
    template = ProjectTemplate(
        name=name.strip(),
        description=description.strip(),
        content=parts.taken(taking, asked),
        source=entry.project,
    )
    parts.checked(template.content)
    row_save(row=template, actor=entry.user)
    return template


@transaction.atomic
def template_save(
    *, template: ProjectTemplate, actor: User | None, expected_version: int | None = None
) -> ProjectTemplate:
    """Add or change a template. Raises DomainError (by field; content by its path) or StaleVersion."""
    parts.checked(template.content)
    row_save(row=template, actor=actor, expected_version=expected_version)
    return template


@transaction.atomic
def standard_restore() -> ProjectTemplate:
    """Return the template that comes with the product, added again if somebody deleted it."""
    standard = ProjectTemplate.objects.filter(is_builtin=True).first()
    if standard is None:
        content = json.loads(STANDARD.read_text(encoding="utf-8"))
        standard = ProjectTemplate(name="Standard implementation", content=content, is_builtin=True)
        template_save(template=standard, actor=None)
    return standard


@transaction.atomic
def template_delete(
    *, template: ProjectTemplate, actor: User | None, expected_version: int | None = None
) -> None:
    """Remove a template. Projects that were started from it are not touched."""
    row_delete(row=template, actor=actor, expected_version=expected_version)


@transaction.atomic
def project_start(
    *,
    template: ProjectTemplate,
    project: Project,
    manager: Person | None,
    people: Mapping[str, Person | None],
    actor: User | None,
    is_trial: bool = False,
) -> Started:
    """Open a project with a template's plan, dates moved to its start, roles taken by `people` (role key -> person).

    A project without a calendar takes the template's. A trial does all of it and takes it back, so that what is shown
    is what would be written. Raises DomainError, by field, for a template that is not right, a person who cannot be on
    the project, or a rule of the project's own.
    """
    found = parts.checked(template.content)
    roles = {role["key"] for role in found["roles"]}
    unknown = sorted(set(people) - roles)
    if unknown:
        message = f"There is no role “{unknown[0][:20]}” in this template."
        raise DomainError(message, fields={"people": message})
    project_create(project=project, manager=manager, actor=actor)
    starting = parts.Starting(
        project=project,
        actor=actor,
        manager=manager,
        people=dict(people),
        takes_calendar=project.calendar is None,
        currency=template.content["currency"],
    )
    for part in parts.in_order():
        if part.key in found:
            part.apply(starting, found[part.key])
    plan_schedule(project=project)
    record(
        action="project.started",
        target=project,
        actor=actor,
        project=project,
        changes={"template": (None, template.name)},
    )
    started = told(starting)
    if is_trial:
        transaction.set_rollback(True)
    return started


def told(starting: parts.Starting) -> Started:
    """Return what was made, with the dates that the plan has now."""
    tasks = Task.objects.filter(project=starting.project).order_by("position")
    zone = zone_of(starting.project)
    rows = tuple(
        StartedRow(
            wbs=task.wbs,
            name=task.name,
            level=task.level,
            is_summary=task.is_summary,
            is_milestone=task.is_milestone,
            start=task.start.astimezone(zone) if task.start else None,
            finish=task.finish.astimezone(zone) if task.finish else None,
        )
        for task in tasks
    )
    finishes = [row.finish for row in rows if row.finish]
    return Started(
        project=starting.project,
        rows=rows,
        finish=max(finishes, default=None),
        made=tuple(starting.made),
        left=tuple(starting.left),
        open_roles=tuple(
            role["name"] for key, role in starting.roles.items() if starting.people.get(key) is None
        ),
    )


def roles_of(template: ProjectTemplate) -> list[dict[str, Any]]:
    """Return a template's roles, with the hours planned for each. Raises DomainError when the template is not right."""
    found = parts.checked(template.content)
    seconds: dict[str, int] = {}
    for one in found.get("work", ()):
        seconds[one["role"]] = seconds.get(one["role"], 0) + one["seconds"]
    return [dict(role) | {"seconds": seconds.get(role["key"], 0)} for role in found["roles"]]
