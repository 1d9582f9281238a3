"""Columns of the base's lists."""

from __future__ import annotations

import django_tables2 as tables
from django.utils.html import format_html

from implement.core.tables import BaseTable, DayColumn, HoursColumn, MinutesColumn, PercentColumn, YesColumn
from projects.models import Absence, Assignment, Dependency, Membership, Milestone, Task


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
    is_critical = YesColumn(verbose_name="Critical")

    class Meta(BaseTable.Meta):
        model = Task
        fields = ("wbs", "name", "start", "finish", "percent_complete", "total_float_minutes", "is_critical")
        order_by = ("wbs",)


class MilestoneTable(BaseTable):
    name = tables.Column(
        linkify=("milestone_detail", {"project": tables.A("project__code"), "pk": tables.A("pk")})
    )
    finish = DayColumn(verbose_name="Forecast")
    deadline = DayColumn()
    percent_complete = PercentColumn(verbose_name="Done")
    is_published = YesColumn(verbose_name="Shown to the customer")

    class Meta(BaseTable.Meta):
        model = Milestone
        fields = ("name", "finish", "deadline", "percent_complete", "is_published")
        order_by = ("finish",)


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
