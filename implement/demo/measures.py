"""How the demo's tasks are measured: most by what people say, some by dates, steps or counted units."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import ROUND_FLOOR, Decimal

from django.db import transaction
from django.utils import timezone

from projects.choices import ProgressRule
from projects.models import ProgressCount, ProgressStep, Project, Task
from projects.planning import zone_of
from projects.progress import HUNDREDTH, Facts

# Task -> its rule; all others are measured by physical %.
RULES = {
    "Kick-off workshop": ProgressRule.ZERO_HUNDRED,
    "Risk workshop": ProgressRule.ZERO_HUNDRED,
    "Workshop: leads and campaigns": ProgressRule.ZERO_HUNDRED,
    "Workshop: quotes and orders": ProgressRule.ZERO_HUNDRED,
    "Workshop: service and returns": ProgressRule.ZERO_HUNDRED,
    "Architecture review": ProgressRule.FIFTY_FIFTY,
    "Code and configuration review": ProgressRule.FIFTY_FIFTY,
    "Communication plan": ProgressRule.TWENTY_EIGHTY,
    "Training concept": ProgressRule.TWENTY_EIGHTY,
    "Hypercare": ProgressRule.EFFORT,
}
STEPS = {
    "Interface to the ERP": (
        ("Field mapping agreed", 15),
        ("Orders flow both ways", 30),
        ("Stock and prices flow", 25),
        ("Errors are caught and shown", 20),
        ("Load tested", 10),
    ),
    "System test": (
        ("Test environment is ready", 15),
        ("Sales flows pass", 35),
        ("Service flows pass", 30),
        ("Regression passes", 20),
    ),
    "Write detailed requirements": (
        ("Outline agreed", 10),
        ("First draft", 40),
        ("Reviewed by the key users", 30),
        ("Final version", 20),
    ),
}
UNITS = {
    "Cleanse customer records": (Decimal(48_200), "records"),
    "Write guides": (Decimal(14), "guides"),
    "Write test cases": (Decimal(120), "test cases"),
}


@transaction.atomic
def write_measures(project: Project, today: date) -> None:
    """Write rules, steps and counts that fit how far each task is, and the percentages that follow from them."""
    names = [*RULES, *STEPS, *UNITS]
    for task in Task.objects.filter(project=project, name__in=names).select_related("project"):
        if task.name in RULES:
            task.progress_rule = RULES[task.name]
        elif task.name in STEPS:
            task.progress_rule = ProgressRule.STEPS
            write_steps(task, today)
        else:
            task.progress_rule = ProgressRule.UNITS
            task.units_total, task.unit_name = UNITS[task.name]
            write_counts(task, today)
        facts = Facts.of(project, [task])
        curve = facts.curve(task)
        if task.rule != ProgressRule.EFFORT:
            task.percent_complete = (curve[-1][1] if curve else Decimal(0)).quantize(HUNDREDTH, ROUND_FLOOR)
        task.save(update_fields=["progress_rule", "units_total", "unit_name", "percent_complete"])


def span(task: Task, today: date) -> tuple[date, date] | None:
    """Return the days on which a task was worked on so far; None for one that has not begun."""
    if task.actual_start is None:
        return None
    zone = zone_of(task.project)
    first = task.actual_start.astimezone(zone).date()
    last = task.actual_finish.astimezone(zone).date() if task.actual_finish else today
    return first, max(first, min(last, today))


def write_steps(task: Task, today: date) -> None:
    """Write the steps of a task; those are done that its progress covers, spread over the days so far."""
    days = span(task, today)
    reached = Decimal(0)
    for position, (name, weight) in enumerate(STEPS[task.name], start=1):
        reached += weight
        done_on = None
        if days and reached <= task.percent_complete:
            share = reached / max(task.percent_complete, reached)
            done_on = days[0] + timedelta(days=int((days[1] - days[0]).days * share))
        ProgressStep.objects.create(task=task, position=position, name=name, weight=weight, done_on=done_on)


def write_counts(task: Task, today: date) -> None:
    """Write a count each week, up to how far the task is."""
    days = span(task, today)
    if days is None or task.units_total is None or not task.percent_complete:
        return
    first, last = days
    dates = [first + timedelta(days=number) for number in range(6, (last - first).days, 7)]
    for day in [*dates, last]:
        share = Decimal((day - first).days + 1) / ((last - first).days + 1)
        done = (task.units_total * task.percent_complete / 100 * share).quantize(Decimal(1), ROUND_FLOOR)
        if day == last and task.percent_complete == 100:
            done = task.units_total
        at = min(datetime.combine(day, time(16), tzinfo=zone_of(task.project)), timezone.now())
        ProgressCount.objects.create(task=task, counted_on=day, done=done, at=at)
