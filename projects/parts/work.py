"""Planned hours by task and role."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from implement.core.money import format_number, hours_of
from projects.kit.parts import Starting, Taking, wrong
from projects.models import Assignment

LARGEST = 2**31 - 1


class WorkShape(serializers.Serializer):
    """How long a role is planned on a task. `units` is the share of their time in percent."""

    task = serializers.IntegerField(min_value=0)
    role = serializers.CharField(max_length=20)
    seconds = serializers.IntegerField(min_value=0, max_value=LARGEST)
    units = serializers.DecimalField(
        max_digits=6, decimal_places=2, min_value=Decimal(0), default=Decimal(100)
    )


def take_work(taking: Taking) -> list[dict[str, Any]]:
    """Return the planned hours by task and role."""
    rows = Assignment.objects.filter(task__project=taking.project, task__deleted_at=None)
    return [
        {
            "task": taking.places[one.task_id],
            "role": taking.roles[one.person_id],
            "seconds": one.planned_seconds,
            "units": f"{one.units:f}",
        }
        for one in rows.order_by("task__position", "pk")
    ]


def check_places(key: str, value: Any, parts: Mapping[str, Any]) -> None:
    """Refuse a task or role that the template does not have."""
    roles = {role["key"] for role in parts["roles"]}
    for place, one in enumerate(value):
        if one["task"] is not None and one["task"] >= len(parts["plan"]["tasks"]):
            raise wrong(f"{key}[{place}].task: there is no task {one['task']}.")
        if one["role"] and one["role"] not in roles:
            raise wrong(f"{key}[{place}].role: there is no role “{one['role']}”.")


def check_work(value: Any, parts: Mapping[str, Any]) -> None:
    """Refuse hours of no task or no role."""
    check_places("work", value, parts)


def hours_words(seconds: int) -> str:
    """Return hours as they are told; whole ones without decimals."""
    return f"{format_number(hours_of(seconds), digits=2 if seconds % 3600 else 0)} h"


def apply_work(starting: Starting, value: Any) -> None:
    """Plan the hours of every role that somebody takes; the others stay open, and are told."""
    planned: dict[tuple[int, int], Assignment] = {}
    opened: dict[str, int] = defaultdict(int)
    for one in value:
        person = starting.people.get(one["role"])
        if person is None:
            opened[one["role"]] += one["seconds"]
            continue
        task = starting.tasks[one["task"]]
        row = planned.setdefault(
            (task.pk, person.pk), Assignment(task=task, person=person, planned_seconds=0, units=Decimal(0))
        )
        # Two roles may be one person.
        row.planned_seconds = min(row.planned_seconds + one["seconds"], LARGEST)
        row.units = min(row.units + one["units"], Decimal("9999.99"))
    Assignment.objects.bulk_create(planned.values(), batch_size=500)
    starting.open_seconds = dict(opened)
    total = sum(row.planned_seconds for row in planned.values())
    starting.made.append(("Planned hours", hours_words(total)))
    for key, seconds in opened.items():
        starting.left.append(f"{hours_words(seconds)} of “{starting.roles[key]['name']}” are nobody's yet.")
