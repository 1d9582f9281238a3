"""Filters of the list of budget lines."""

from __future__ import annotations

import django_filters

from budget.models import BudgetLine, BudgetSettings
from implement.core.filters import BaseFilterSet
from projects.models import Person, Task


class BudgetLineFilterSet(BaseFilterSet):
    search_fields = ("description", "task__name", "person__name", "job_role")

    task = django_filters.ModelChoiceFilter(queryset=Task.objects.all(), label="Task")
    person = django_filters.ModelChoiceFilter(queryset=Person.objects.all(), label="Person")

    class Meta:
        model = BudgetLine
        fields = ["category", "task", "person"]


class BudgetSettingsFilterSet(django_filters.FilterSet):
    class Meta:
        model = BudgetSettings
        fields: list[str] = []
