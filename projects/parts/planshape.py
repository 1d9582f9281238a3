"""What a plan looks like in a template, and what of it cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from implement.core.calendars import CalendarError, WorkingCalendar
from projects import schedule
from projects.choices import USUAL_RULES, Constraint, LinkType, ProgressRule
from projects.kit.parts import MOST_TASKS, wrong
from projects.parts.calendar import CalendarShape, built
from projects.schedule import UNDATED, Activity, CycleError, Link, ScheduleError, compute
from projects.services.progress import MOST_STEPS

FIFTY_YEARS = 60 * 24 * 366 * 50


class StepShape(serializers.Serializer):
    """A weighted milestone of a task; the weights of a task's add up to 100."""

    name = serializers.CharField(max_length=120)
    weight = serializers.DecimalField(
        max_digits=5, decimal_places=2, min_value=Decimal("0.01"), max_value=Decimal(100)
    )


class TaskShape(serializers.Serializer):
    """A task. `parent` and `calendar` are places in this file; offsets are working minutes from the project's start."""

    name = serializers.CharField(max_length=255)
    parent = serializers.IntegerField(allow_null=True, default=None, min_value=0)
    description = serializers.CharField(allow_blank=True, default="", max_length=100_000)
    is_milestone = serializers.BooleanField(default=False)
    duration_minutes = serializers.IntegerField(min_value=0, max_value=FIFTY_YEARS)
    is_estimated = serializers.BooleanField(default=False)
    # A template from before there were these marks says nothing of them.
    is_billable = serializers.BooleanField(default=True)
    ignores_people = serializers.BooleanField(default=False)
    constraint = serializers.ChoiceField(Constraint.choices, default=Constraint.ASAP)
    constraint_offset = serializers.IntegerField(
        allow_null=True, default=None, min_value=-FIFTY_YEARS, max_value=FIFTY_YEARS
    )
    deadline_offset = serializers.IntegerField(
        allow_null=True, default=None, min_value=-FIFTY_YEARS, max_value=FIFTY_YEARS
    )
    calendar = serializers.IntegerField(allow_null=True, default=None, min_value=0)
    priority = serializers.IntegerField(default=500, min_value=0, max_value=1000)
    is_published = serializers.BooleanField(default=False)
    customer_title = serializers.CharField(allow_blank=True, default="", max_length=255)
    acceptance_criteria = serializers.CharField(allow_blank=True, default="", max_length=100_000)
    payment = serializers.DecimalField(
        max_digits=15, decimal_places=2, allow_null=True, default=None, min_value=Decimal(0)
    )
    progress_rule = serializers.ChoiceField(ProgressRule.choices, allow_blank=True, default="")
    units_total = serializers.DecimalField(
        max_digits=12, decimal_places=2, allow_null=True, default=None, min_value=Decimal("0.01")
    )
    unit_name = serializers.CharField(allow_blank=True, default="", max_length=40)
    steps = StepShape(many=True, default=list, max_length=MOST_STEPS)


class LinkShape(serializers.Serializer):
    """`after` waits for `before`; both are places of tasks."""

    before = serializers.IntegerField(min_value=0)
    after = serializers.IntegerField(min_value=0)
    type = serializers.ChoiceField(LinkType.choices, default=LinkType.FS)
    lag_minutes = serializers.IntegerField(default=0, min_value=-FIFTY_YEARS, max_value=FIFTY_YEARS)
    is_elapsed = serializers.BooleanField(default=False)


class OwnCalendarShape(CalendarShape):
    """A calendar of single tasks."""

    is_round_the_clock = serializers.BooleanField(default=False)


class PlanShape(serializers.Serializer):
    """The tree of tasks in the order of the outline, what waits for what, and calendars of single tasks."""

    # Empty: as the new project has it.
    progress_rule = serializers.ChoiceField(USUAL_RULES, allow_blank=True, default="")
    tasks = TaskShape(many=True, max_length=MOST_TASKS)
    links = LinkShape(many=True, max_length=4 * MOST_TASKS)
    calendars = OwnCalendarShape(many=True, max_length=100)


def check_plan(value: Any, parts: Mapping[str, Any]) -> None:
    """Refuse places that are none, constraints without a moment, and tasks that wait for each other."""
    tasks = value["tasks"]
    for place, calendar in enumerate(value["calendars"]):
        built(calendar, f"plan.calendars[{place}]")
    for place, task in enumerate(tasks):
        if task["parent"] is not None and task["parent"] >= place:
            raise wrong(f"plan.tasks[{place}].parent: {task['parent']} is no task before “{task['name']}”.")
        if task["calendar"] is not None and task["calendar"] >= len(value["calendars"]):
            raise wrong(f"plan.tasks[{place}].calendar: there is no calendar {task['calendar']}.")
        if task["constraint"] not in UNDATED and task["constraint_offset"] is None:
            raise wrong(f"plan.tasks[{place}].constraint_offset: {task['constraint']} needs a moment.")
        _check_measure(task, f"plan.tasks[{place}]")
    pairs: set[tuple[int, int]] = set()
    for place, link in enumerate(value["links"]):
        pair = (link["before"], link["after"])
        if max(pair) >= len(tasks):
            raise wrong(f"plan.links[{place}]: there is no task {max(pair)}.")
        if pair[0] == pair[1] or pair in pairs:
            said = "a task waits for itself" if pair[0] == pair[1] else "these two tasks are linked already"
            raise wrong(f"plan.links[{place}]: {said}.")
        pairs.add(pair)
    check_network(value)


def _check_measure(task: Any, where: str) -> None:
    """Refuse a rule without what it measures by."""
    if task["progress_rule"] == ProgressRule.UNITS and task["units_total"] is None:
        raise wrong(f"{where}.units_total: a task measured by units says how many there are.")
    weights = sum((step["weight"] for step in task["steps"]), start=Decimal(0))
    if task["progress_rule"] == ProgressRule.STEPS and weights != 100:
        raise wrong(f"{where}.steps: the weights add up to {weights.normalize():f}, not 100.")


def check_network(value: Any) -> None:
    """Refuse a network that cannot be computed, whatever its dates."""
    activities = [
        Activity(id=place, parent=task["parent"], duration_minutes=task["duration_minutes"])
        for place, task in enumerate(value["tasks"])
    ]
    links = [
        Link(predecessor=link["before"], successor=link["after"], type=schedule.LinkType(link["type"]))
        for link in value["links"]
    ]
    try:
        compute(activities, links, WorkingCalendar.standard(), datetime(2026, 1, 5))  # noqa: DTZ001 (a wall clock)
    except CycleError as error:
        path = " → ".join(value["tasks"][int(str(place))]["name"] for place in error.path)
        raise wrong(f"plan.links: these tasks wait for each other: {path}.") from error
    except (ScheduleError, CalendarError) as error:
        raise wrong(f"plan: {error}") from error
