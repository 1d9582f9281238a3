"""Filters of the base's lists."""

from __future__ import annotations

import django_filters

from implement.core.filters import BaseFilterSet, DateFromFilter, DateToFilter
from projects.models import Absence, Assignment, Dependency, Membership, Milestone, Person, Task


class TaskFilterSet(BaseFilterSet):
    search_fields = ("name", "wbs", "code")

    person = django_filters.ModelChoiceFilter(
        field_name="assignments__person", queryset=Person.objects.all(), label="Person"
    )
    is_critical = django_filters.BooleanFilter(label="Critical")
    is_milestone = django_filters.BooleanFilter(label="Milestone")
    finish_from = DateFromFilter(field_name="finish__date", label="Finish from")
    finish_to = DateToFilter(field_name="finish__date", label="Finish to")

    class Meta:
        model = Task
        fields: list[str] = []


class MilestoneFilterSet(BaseFilterSet):
    search_fields = ("name", "customer_title")

    class Meta:
        model = Milestone
        fields = ["is_published"]


class DependencyFilterSet(BaseFilterSet):
    search_fields = ("predecessor__name", "successor__name")

    class Meta:
        model = Dependency
        fields = ["type"]


class AssignmentFilterSet(BaseFilterSet):
    search_fields = ("task__name", "person__name")

    class Meta:
        model = Assignment
        fields = ["person", "task"]


class AbsenceFilterSet(BaseFilterSet):
    search_fields = ("person__name", "note")

    from_day = DateFromFilter(field_name="last", label="From")
    to_day = DateToFilter(field_name="first", label="To")

    class Meta:
        model = Absence
        fields = ["person", "kind"]


class MembershipFilterSet(BaseFilterSet):
    search_fields = ("person__name", "person__email", "title")

    is_active = django_filters.BooleanFilter(label="Still on the project")

    class Meta:
        model = Membership
        fields = ["role"]
