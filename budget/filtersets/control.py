"""Filters on orders, estimates and releases."""

from __future__ import annotations

import django_filters

from budget.choices import CommitmentState, ReleaseState
from budget.models import Commitment, Estimate, ReserveRelease
from implement.core.filters import BaseFilterSet
from projects.models import Task


class CommitmentFilterSet(BaseFilterSet):
    search_fields = ("supplier", "description", "reference", "task__name")

    status = django_filters.ChoiceFilter(choices=CommitmentState.choices)
    task = django_filters.ModelChoiceFilter(queryset=Task.objects.all())

    class Meta:
        model = Commitment
        fields = ["status", "category", "task"]


class EstimateFilterSet(BaseFilterSet):
    search_fields = ("task__name", "note")

    task = django_filters.ModelChoiceFilter(queryset=Task.objects.all())

    class Meta:
        model = Estimate
        fields = ["task"]


class ReleaseFilterSet(BaseFilterSet):
    search_fields = ("reason", "task__name")

    status = django_filters.ChoiceFilter(choices=ReleaseState.choices)

    class Meta:
        model = ReserveRelease
        fields = ["status", "reserve"]
