"""Columns of the base's lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import django_tables2 as tables
from django.utils.html import format_html

from implement.core.money import day_text
from implement.core.tables import (
    BaseTable,
    DayColumn,
    HoursColumn,
    MinutesColumn,
    MoneyColumn,
    PercentColumn,
    YesColumn,
)
from implement.core.templatetags.implement import badge, moved
from projects.models import Absence, Assignment, Dependency, Membership, Milestone, Task
from projects.selectors import MilestoneStanding


class TaskTable(BaseTable):
    """The plan as a list."""

    wbs = tables.Column(verbose_name="WBS", order_by=("position",))
    name = tables.Column(
        linkify=("task_detail", {"project": tables.A("project__code"), "pk": tables.A("pk")})
    )
    start = DayColumn()
    finish = DayColumn()
    percent_complete = PercentColumn(verbose_name="Done")
    total_float_minutes = MinutesColumn(verbose_name="Float (h)")
    free_float_minutes = MinutesColumn(verbose_name="Free float (h)")
    is_critical = YesColumn(verbose_name="Critical")

    class Meta(BaseTable.Meta):
        model = Task
        fields = ("wbs", "name", "start", "finish", "percent_complete", "total_float_minutes",
                  "free_float_minutes", "is_critical")  # fmt: skip
        order_by = ("wbs",)


class StandingColumn(tables.Column):
    """What a milestone's standing says under the column's name: a day, or days."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("attrs", {"td": {"class": "text-nowrap"}})
        super().__init__(empty_values=(), orderable=False, **kwargs)

    def value(self, record: Any, table: Any, bound_column: Any) -> Any:
        return getattr(table.standings[record.pk], bound_column.name)

    def render(self, record: Any, table: Any, bound_column: Any) -> str:
        found = self.value(record, table, bound_column)
        return moved(found) if isinstance(found, int) else day_text(found)


class MilestoneTable(BaseTable):
    name = tables.Column(
        linkify=("milestone_detail", {"project": tables.A("project__code"), "pk": tables.A("pk")})
    )
    state = tables.Column(empty_values=(), orderable=False)
    baseline_on = StandingColumn(verbose_name="Baseline")
    finish = DayColumn(verbose_name="Forecast")
    reached_on = StandingColumn(verbose_name="Actual")
    slip_days = StandingColumn(
        verbose_name="Slip (working days)",
        attrs={"td": {"class": "number"}, "th": {"class": "number text-wrap"}},
    )
    payment_amount = MoneyColumn(verbose_name="Payment", default="–")
    deadline = DayColumn(default="–")
    is_published = YesColumn(verbose_name="Published")

    class Meta(BaseTable.Meta):
        model = Milestone
        fields = (
            "name",
            "state",
            "baseline_on",
            "finish",
            "reached_on",
            "slip_days",
            "payment_amount",
            "deadline",
            "is_published",
        )
        order_by = ("finish",)

    def __init__(self, *args: Any, standings: Mapping[int, MilestoneStanding], **kwargs: Any) -> None:
        self.standings = standings
        super().__init__(*args, **kwargs)

    def render_state(self, record: Milestone) -> str:
        standing = self.standings[record.pk]
        return badge(standing.words, standing.tone)

    def value_state(self, record: Milestone) -> str:
        return self.standings[record.pk].words


class DependencyTable(BaseTable):
    predecessor = tables.Column()
    successor = tables.Column(
        linkify=("dependency_detail", {"project": tables.A("successor__project__code"), "pk": tables.A("pk")})
    )

    class Meta(BaseTable.Meta):
        model = Dependency
        fields = ("successor", "predecessor", "type", "lag_minutes")


class AssignmentTable(BaseTable):
    task = tables.Column(
        linkify=("assignment_detail", {"project": tables.A("task__project__code"), "pk": tables.A("pk")})
    )
    planned_seconds = HoursColumn(verbose_name="Planned hours")

    class Meta(BaseTable.Meta):
        model = Assignment
        fields = ("task", "person", "planned_seconds", "units")


class AbsenceTable(BaseTable):
    person = tables.Column(
        linkify=("absence_detail", {"project": tables.A("project_code"), "pk": tables.A("pk")})
    )
    hours_text = tables.Column(verbose_name="Hours", orderable=False)

    class Meta(BaseTable.Meta):
        model = Absence
        fields = ("person", "first", "last", "hours_text", "kind", "note")
        order_by = ("-first",)


class MembershipTable(BaseTable):
    person = tables.Column(
        linkify=("membership_detail", {"project": tables.A("project__code"), "pk": tables.A("pk")})
    )
    email = tables.Column(accessor="person__email", verbose_name="E-mail")
    is_active = tables.Column(verbose_name="State")

    class Meta(BaseTable.Meta):
        model = Membership
        fields = ("person", "role", "title", "email", "is_active")

    def render_is_active(self, value: bool) -> str:
        return format_html("{}", "Active" if value else "Left")
