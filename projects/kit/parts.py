"""What goes into a project template: each room says its parts once, in its `parts.py`.

    parts.register(Part(key="budget_lines", label="Budget lines by role", shape=LineShape, ...))

A template is JSON: a format, a version, and one value per part. `shape` is what a part's value looks like; a template
that does not fit it is refused before anything is written. Never people, hours worked, progress; money only when asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rest_framework import serializers

from implement.accounts.models import User
from implement.core.errors import DomainError
from projects.models import Person, Project, Task

FORMAT = "implement-project-template"
VERSION = 1
MOST_TASKS = 5000


@dataclass
class Taking:
    """A project that becomes a template. Parts refer to tasks by place, to people by role."""

    project: Project
    with_amounts: bool
    places: dict[int, int] = field(default_factory=dict)
    roles: dict[int, str] = field(default_factory=dict)


@dataclass
class Starting:
    """A project that is begun from a template; filled by the parts, in their order. `currency` is the template's.

    `people` is role key -> who takes it, None for nobody yet. `roles` is role key -> its words. What is `made` and
    what is `left` out is shown before anything is kept.
    """

    project: Project
    actor: User | None
    manager: Person | None
    people: dict[str, Person | None]
    takes_calendar: bool
    currency: str
    roles: dict[str, dict[str, Any]] = field(default_factory=dict)
    tasks: list[Task] = field(default_factory=list)
    made: list[tuple[str, str]] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    open_seconds: dict[str, int] = field(default_factory=dict)

    @property
    def takes_amounts(self) -> bool:
        """Return whether the template's amounts are in the project's currency; nothing is converted."""
        return self.currency == self.project.currency

    def leave_amounts(self, what: str) -> None:
        """Say that amounts are in another currency."""
        self.left.append(
            f"{what}: the template's amounts are in {self.currency}, this project is in {self.project.currency}."
        )

    def task(self, place: int | None) -> Task | None:
        """Return the task at a place of the template."""
        return None if place is None else self.tasks[place]


@dataclass(frozen=True)
class Part:
    """One thing that a template holds.

    `take` returns a project's value, or None when there is nothing; `check` raises DomainError for what `shape`
    cannot see, such as a place that is none; `apply` writes it into the new project. `is_needed`: always in it.
    `grant`: who may save it. Lower `order` first: plan and roles before what refers to them.
    """

    key: str
    label: str
    help_text: str
    order: int
    shape: type[serializers.Serializer]
    take: Callable[[Taking], Any]
    apply: Callable[[Starting, Any], None]
    check: Callable[[Any, Mapping[str, Any]], None] = lambda value, parts: None
    many: bool = False
    is_needed: bool = False
    grant: str = "plan.change"


PARTS: dict[str, Part] = {}


def register(*parts: Part) -> None:
    """Make parts known. A key names one for ever: stored templates refer to it."""
    for part in parts:
        if part.key in PARTS:
            raise ValueError(f"There are two parts called {part.key}.")
        PARTS[part.key] = part


def in_order() -> list[Part]:
    """Return every part, the one that others refer to first."""
    return sorted(PARTS.values(), key=lambda part: (part.order, part.key))


def taken(taking: Taking, keys: set[str]) -> dict[str, Any]:
    """Return a project as a template's content, with the parts asked for and those that it cannot be without."""
    values = {part.key: part.take(taking) for part in in_order() if part.is_needed or part.key in keys}
    return {
        "format": FORMAT,
        "version": VERSION,
        "currency": taking.project.currency,
        "parts": {key: value for key, value in values.items() if value is not None},
    }


def checked(content: Any) -> dict[str, Any]:
    """Return a template's parts as its shapes read them.

    Raises DomainError with the path of the first thing that is wrong, such as `plan.tasks[3].name`.
    """
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise wrong(f"This is no project template: its “format” is not “{FORMAT}”.")
    version = content.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise wrong(
            f"The template's version “{str(version)[:20]}” is none; this Implement reads version {VERSION}."
        )
    if version > VERSION:
        raise wrong(
            f"The template is of version {version}, which a newer Implement wrote; this one reads version {VERSION}."
        )
    currency = content.get("currency")
    if not isinstance(currency, str) or len(currency) != 3:
        raise wrong("The template's “currency” is missing.")
    given = content.get("parts")
    if not isinstance(given, dict):
        raise wrong("The template's “parts” are missing.")
    unknown = sorted(set(given) - set(PARTS))
    if unknown:
        raise wrong(f"“{unknown[0][:60]}” is no part of a template.")
    found: dict[str, Any] = {}
    for part in in_order():
        if part.key not in given:
            if part.is_needed:
                raise wrong(f"The template has no “{part.key}”.")
            continue
        form = part.shape(data=given[part.key], many=part.many)
        if not form.is_valid():
            path, message = first_error(form.errors, part.key)
            raise wrong(f"{path}: {message}")
        found[part.key] = form.validated_data
    for key, value in found.items():
        PARTS[key].check(value, found)
    return found


def wrong(message: str) -> DomainError:
    """Return the refusal of a template."""
    return DomainError(message, fields={"content": message})


def first_error(errors: Any, path: str) -> tuple[str, str]:
    """Return (path, message) of the first thing that a shape refuses."""
    if isinstance(errors, dict):
        name, inner = next(iter(errors.items()))
        if isinstance(name, int):
            return first_error(inner, f"{path}[{name}]")
        return first_error(inner, path if name == "non_field_errors" else f"{path}.{name}")
    if isinstance(errors, list) and errors:
        number = next((place for place, one in enumerate(errors) if one), 0)
        if isinstance(errors[number], dict):
            return first_error(errors[number], f"{path}[{number}]")
        return path, str(errors[number])
    return path, "This is not right."
