"""Filters on hours and rates."""

from __future__ import annotations

import django_filters

from budget.choices import EntryState
from budget.models import RateCard, TimeEntry
from implement.core.filters import BaseFilterSet, DateFromFilter, DateToFilter
from projects.models import Person, Task


class TimeEntryFilterSet(BaseFilterSet):
    search_fields = ("note", "task__name", "person__name")

    person = django_filters.ModelChoiceFilter(queryset=Person.objects.all())
    task = django_filters.ModelChoiceFilter(queryset=Task.objects.all())
    status = django_filters.ChoiceFilter(choices=EntryState.choices)
    worked_from = DateFromFilter(field_name="worked_on", label="From")
    worked_to = DateToFilter(field_name="worked_on", label="To")

    class Meta:
        model = TimeEntry
        fields = ["person", "task", "status", "is_billable"]


class RateCardFilterSet(BaseFilterSet):
    search_fields = ("person__name", "job_role")

    class Meta:
        model = RateCard
        fields = ["person"]
