"""What money puts into a template: budget lines by role, and where the warning lines are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from budget.choices import AlertRule, Category
from budget.models import AlertSettings, BudgetLine, BudgetSettings
from budget.models.alerts import ALERT_LINES, percents_of
from budget.services.lines import check_line
from implement.core.money import format_money
from projects.kit.journal import record_many
from projects.kit.parts import Part, Starting, Taking, register, wrong
from projects.kit.rows import row_save
from projects.parts import LARGEST, check_places, hours_words

WARNING_LINES = ("index_limit", "schedule_limit", "overrun_limit")
ALERT_COLUMNS = ("off", *ALERT_LINES)
AMOUNT = {"max_digits": 15, "decimal_places": 2, "allow_null": True, "default": None, "min_value": Decimal(0)}


# --- lines ----------------------------------------------------------------------------------------------
class LineShape(serializers.Serializer):
    """Hours, and amounts if they were asked for, of a task (or the whole project) and a role, in a category."""

    task = serializers.IntegerField(allow_null=True, default=None, min_value=0)
    role = serializers.CharField(max_length=20, allow_blank=True, default="")
    job_role = serializers.CharField(max_length=80, allow_blank=True, default="")
    category = serializers.ChoiceField(Category.choices)
    description = serializers.CharField(max_length=255, allow_blank=True, default="")
    seconds = serializers.IntegerField(default=0, min_value=0, max_value=LARGEST)
    cost = serializers.DecimalField(**AMOUNT)
    bill = serializers.DecimalField(**AMOUNT)


def take_lines(taking: Taking) -> list[dict[str, Any]]:
    """Return the budget with what changes have added to it, summed up by task, role, category and description.

    What was released from a reserve is this project's own story: the contingency comes as it was set aside.
    """
    sums: dict[tuple[Any, ...], list[Any]] = defaultdict(lambda: [0, None, None])
    for line in BudgetLine.objects.filter(project=taking.project, release=None).order_by(
        "task__position", "pk"
    ):
        role = taking.roles.get(line.person_id or 0, "")
        key = (taking.places.get(line.task_id or 0), role, line.job_role, line.category, line.description)
        sums[key][0] += line.planned_seconds
        for place, amount in enumerate((line.cost, line.bill), start=1):
            if taking.with_amounts and amount is not None:
                sums[key][place] = (sums[key][place] or Decimal(0)) + amount
    found = []
    for (task, role, job_role, category, description), (seconds, cost, bill) in sums.items():
        values = [
            max(seconds, 0),
            *(None if one is None or one < 0 else f"{one:.2f}" for one in (cost, bill)),
        ]
        if any(values):
            words = {"task": task, "role": role, "job_role": job_role, "category": category}
            amounts = dict(zip(("seconds", "cost", "bill"), values, strict=True))
            found.append(words | {"description": description} | amounts)
    return found


def check_lines(value: Any, parts: Mapping[str, Any]) -> None:
    """Refuse lines of no task, of two resources, or with nothing in them."""
    check_places("budget_lines", value, parts)
    for place, line in enumerate(value):
        if line["role"] and line["job_role"]:
            raise wrong(f"budget_lines[{place}]: a line is for one role, not for two.")
        if not line["seconds"] and line["cost"] is None and line["bill"] is None:
            raise wrong(f"budget_lines[{place}]: a budget line has hours, a cost or a bill amount.")


def apply_lines(starting: Starting, value: Any) -> None:
    """Write the lines: for who takes the role, else for the role itself."""
    lines: list[BudgetLine] = []
    cost = Decimal(0)
    for told in value:
        amounts = (told["cost"], told["bill"]) if starting.takes_amounts else (None, None)
        if not told["seconds"] and amounts == (None, None):
            continue
        role = starting.roles.get(told["role"])
        person = starting.people.get(told["role"])
        line = BudgetLine(
            project=starting.project,
            task=starting.task(told["task"]),
            person=person,
            job_role=told["job_role"] or ((role["job_role"] or role["name"]) if role and not person else ""),
            category=told["category"],
            description=told["description"],
            planned_seconds=told["seconds"],
            cost=amounts[0],
            bill=amounts[1],
        )
        check_line(line)
        lines.append(line)
        cost += amounts[0] or Decimal(0)
    if not starting.takes_amounts and any((told["cost"], told["bill"]) != (None, None) for told in value):
        starting.leave_amounts("Amounts of budget lines are left out")
    BudgetLine.objects.bulk_create(lines, batch_size=500)
    record_many(
        actor=starting.actor,
        project=starting.project,
        entries=[("budgetline.added", line, {}) for line in lines],
    )
    seconds = sum(line.planned_seconds for line in lines)
    words = f"{len(lines)} lines with {hours_words(seconds)}"
    if cost:
        words += f" and a cost of {format_money(cost, starting.project.currency)}"
    starting.made.append(("Budget", words))


# --- settings -------------------------------------------------------------------------------------------
class WarningShape(serializers.ModelSerializer):
    """Where the project's warning lines are."""

    class Meta:
        model = BudgetSettings
        fields = WARNING_LINES


class AlertShape(serializers.ModelSerializer):
    """From where on figures are alerts."""

    off = serializers.ListField(child=serializers.ChoiceField(AlertRule.choices), default=list)

    class Meta:
        model = AlertSettings
        fields = ALERT_COLUMNS

    def validate_consumed_limits(self, value: str) -> str:
        try:
            percents_of(value)
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from error
        return value


def plainly(row: Any, names: tuple[str, ...]) -> dict[str, Any] | None:
    """Return columns as JSON keeps them."""
    if row is None:
        return None
    values = {name: getattr(row, name) for name in names}
    return {name: f"{value:f}" if isinstance(value, Decimal) else value for name, value in values.items()}


def take_warnings(taking: Taking) -> dict[str, Any] | None:
    """Return the warning lines; what the contract agrees stays behind."""
    return plainly(BudgetSettings.objects.filter(project=taking.project).first(), WARNING_LINES)


def apply_warnings(starting: Starting, value: Any) -> None:
    """Set the warning lines."""
    set_columns(starting, BudgetSettings, value)
    starting.made.append(("Budget settings", "the warning lines of the template"))


def set_columns(starting: Starting, model: Any, value: Mapping[str, Any]) -> None:
    """Set columns of a project's settings, which may be there already."""
    row = model.objects.filter(project=starting.project).first() or model(project=starting.project)
    for name, given in value.items():
        setattr(row, name, given)
    row_save(row=row, actor=starting.actor)


def take_alerts(taking: Taking) -> dict[str, Any] | None:
    """Return what is watched and from where on."""
    return plainly(AlertSettings.objects.filter(project=taking.project).first(), ALERT_COLUMNS)


def apply_alerts(starting: Starting, value: Any) -> None:
    """Set what is watched."""
    set_columns(starting, AlertSettings, value)
    starting.made.append(("Alert settings", "the thresholds of the template"))


register(
    Part(
        key="budget_lines",
        label="Budget lines by role",
        help_text="Hours by task and role; amounts only if you ask for them below.",
        order=100,
        shape=LineShape,
        many=True,
        take=take_lines,
        check=check_lines,
        apply=apply_lines,
        grant="budget.change",
    ),
    Part(
        key="budget_settings",
        label="Budget settings",
        help_text="The warning lines of CPI, SPI and EAC; not what the contract agrees.",
        order=110,
        shape=WarningShape,
        take=take_warnings,
        apply=apply_warnings,
        grant="budget.change",
    ),
    Part(
        key="alert_settings",
        label="Alert settings",
        help_text="What is watched, and from where on it is an alert.",
        order=120,
        shape=AlertShape,
        take=take_alerts,
        apply=apply_alerts,
        grant="alerts.change",
    ),
)
