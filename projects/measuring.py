"""What a browser sends and is shown about the progress of a task: fields that follow its rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import QueryDict
from django.utils.dateparse import parse_date

from implement.core.errors import DomainError
from implement.core.tabular import ValueParseError, parse_decimal
from projects.choices import ProgressRule
from projects.models import Task
from projects.planning import today_of, zone_of
from projects.progress import BY_DATES
from projects.services import Measure, Said, Step

EMPTY_ROWS = 3
MOST_ROWS = 60
TYPED_LENGTH = 130
# Every rule with what it counts as done, in the words of the page.
RULES = (
    ("", "As usual on this project", ""),
    (ProgressRule.PHYSICAL, ProgressRule.PHYSICAL.label, "Somebody says how much of the work is done."),
    (ProgressRule.ZERO_HUNDRED, "0/100", "All of it counts when the task is finished, nothing before."),
    (ProgressRule.FIFTY_FIFTY, "50/50", "Half counts when it starts, half when it is finished."),
    (ProgressRule.TWENTY_EIGHTY, "20/80", "20 % counts when it starts, 80 % when it is finished."),
    (
        ProgressRule.STEPS,
        ProgressRule.STEPS.label,
        "Each step counts with its weight from the day it is done.",
    ),
    (ProgressRule.UNITS, ProgressRule.UNITS.label, "Done units out of all units."),
    (
        ProgressRule.EFFORT,
        ProgressRule.EFFORT.label,
        "Support without a result of its own: it counts as done as time passes, so earned is what was planned.",
    ),
)


def number_in(text: str, field: str) -> Decimal:
    """Return a typed number. Raises DomainError on the field."""
    try:
        return parse_decimal(text[:20])
    except ValueParseError as error:
        raise DomainError(str(error), fields={field: str(error)}) from error


def day_in(text: str, field: str) -> date | None:
    """Return a typed day, None for none. Raises DomainError on the field."""
    if not text:
        return None
    try:
        found = parse_date(text[:10])
    except ValueError:
        found = None
    if found is None:
        words = f"“{text[:20]}” is no day."
        raise DomainError(words, fields={field: words})
    return found


def version_in(data: QueryDict) -> int | None:
    """Return the version that the editor saw; None when they did not say it."""
    text = data.get("version", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def said_in(data: QueryDict, task: Task) -> Said:
    """Return what a form says was done. Raises DomainError, by field."""
    if task.rule == ProgressRule.STEPS:
        days: dict[int, date | None] = {}
        for key, text in data.items():
            pk = key.removeprefix("step-")
            if key.startswith("step-") and pk.isascii() and pk.isdecimal() and len(pk) < 18:
                days[int(pk)] = day_in(str(text), "steps")
        return Said(steps=days)
    if task.rule == ProgressRule.UNITS:
        return Said(done=number_in(data.get("done", ""), "done"), on=day_in(data.get("on", ""), "on"))
    if task.rule in BY_DATES:
        return Said(
            started_on=day_in(data.get("started_on", ""), "started_on"),
            finished_on=day_in(data.get("finished_on", ""), "finished_on"),
        )
    return Said(percent=number_in(data.get("percent", ""), "percent"))


def shown(task: Task) -> dict[str, Any]:
    """Return what the page of a task shows of its progress: rule, fields, and what stands in them."""
    if task.is_summary or task.is_milestone:
        return {"kind": "percent", "rule": "", "label": ""}
    rule = ProgressRule(task.rule)
    kind = {ProgressRule.STEPS: "steps", ProgressRule.UNITS: "units", ProgressRule.PHYSICAL: "percent"}.get(
        rule, "dates"
    )
    found: dict[str, Any] = {
        "kind": kind,
        "rule": rule.value,
        "label": rule.label,
        "words": next(words for key, _, words in RULES if key == rule),
        "today": today_of(task.project),
    }
    if kind == "steps":
        found["steps"] = list(task.progress_steps.all())
    elif kind == "units":
        found["count"] = task.progress_counts.order_by("-counted_on", "-pk").first()
    elif kind == "dates":
        found |= dates_of(task)
    return found


def dates_of(task: Task) -> dict[str, date | None]:
    """Return the days on which a task started and finished, by the names under which they are said."""
    zone = zone_of(task.project)
    return {
        "started_on": task.actual_start.astimezone(zone).date() if task.actual_start else None,
        "finished_on": task.actual_finish.astimezone(zone).date() if task.actual_finish else None,
    }


@dataclass(frozen=True)
class Typed:
    """The form of a task's measure as it was typed. A row is (id, name, weight), all text."""

    rule: str
    rows: tuple[tuple[str, str, str], ...]
    units_total: str
    unit_name: str
    reason: str = ""

    @classmethod
    def of(cls, data: QueryDict) -> Typed:
        """Read what was sent, with some empty rows to go on with."""
        columns = [data.getlist(name)[:MOST_ROWS] for name in ("step_id", "step_name", "step_weight")]
        rows = tuple(
            (pk[:18], name[:TYPED_LENGTH], weight[:20])
            for pk, name, weight in zip(*columns, strict=False)
            if name.strip() or weight.strip()
        )
        return cls(
            rule=data.get("rule", "")[:8],
            rows=rows,
            units_total=data.get("units_total", "")[:20],
            unit_name=data.get("unit_name", "")[:40],
            reason=data.get("reason", "")[:255],
        )

    @property
    def all_rows(self) -> list[tuple[str, str, str]]:
        """Return the rows with empty ones to type into."""
        return [*self.rows, *[("", "", "")] * EMPTY_ROWS]

    def measure(self) -> Measure:
        """Return it as the service takes it. Raises DomainError for a number that cannot be read, by its row."""
        steps = []
        for number, (pk, name, weight) in enumerate(self.rows, start=1):
            try:
                value = parse_decimal(weight)
            except ValueParseError as error:
                words = f"Step {number}, “{name.strip()}”: the weight “{weight}” is no number."
                raise DomainError(words, fields={"steps": words}) from error
            steps.append(
                Step(name=name, weight=value, pk=int(pk) if pk.isascii() and pk.isdecimal() else None)
            )
        return Measure(
            rule=self.rule,
            steps=tuple(steps) if self.rule == ProgressRule.STEPS else (),
            units_total=number_in(self.units_total, "units_total")
            if self.rule == ProgressRule.UNITS
            else None,
            unit_name=self.unit_name,
        )


def stored(task: Task) -> Typed:
    """Return the form of a task's measure as it is."""
    return Typed(
        rule=task.progress_rule,
        rows=tuple(
            (str(step.pk), step.name, f"{step.weight.normalize():f}") for step in task.progress_steps.all()
        ),
        units_total="" if task.units_total is None else f"{task.units_total.normalize():f}",
        unit_name=task.unit_name,
    )
