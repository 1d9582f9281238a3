"""Filters on change requests and their parts."""

from __future__ import annotations

import django_filters
from django.db import models

from budget.choices import ChangeReason, ChangeState
from budget.models import ChangeLine, ChangeOption, ChangeRequest, ChangeText
from budget.models.changes import ChangeQuerySet
from implement.core.filters import BaseFilterSet
from projects.models import Person


class ChangeFilterSet(BaseFilterSet):
    search_fields = ("title", "description", "requirements")

    show = django_filters.ChoiceFilter(
        method="narrow",
        label="Show",
        choices=[("pending", "Pending"), ("agreed", "Approved")],
        empty_label="All",
    )
    status = django_filters.ChoiceFilter(choices=ChangeState.choices)
    reason = django_filters.ChoiceFilter(choices=ChangeReason.choices)
    owner = django_filters.ModelChoiceFilter(queryset=Person.objects.all())

    class Meta:
        model = ChangeRequest
        fields = ["status", "reason", "owner"]

    def narrow(self, queryset: ChangeQuerySet, name: str, value: str) -> models.QuerySet[ChangeRequest]:
        """Return the pending changes, or those that the customer has approved."""
        return queryset.pending() if value == "pending" else queryset.agreed()


class ChangeLineFilterSet(BaseFilterSet):
    search_fields = ("description", "new_task")

    change = django_filters.ModelChoiceFilter(queryset=ChangeRequest.objects.all())

    class Meta:
        model = ChangeLine
        fields = ["change"]


class ChangeOptionFilterSet(BaseFilterSet):
    search_fields = ("label",)

    change = django_filters.ModelChoiceFilter(queryset=ChangeRequest.objects.all())

    class Meta:
        model = ChangeOption
        fields = ["change"]


class ChangeTextFilterSet(BaseFilterSet):
    search_fields = ("statement",)

    change = django_filters.ModelChoiceFilter(queryset=ChangeRequest.objects.all())

    class Meta:
        model = ChangeText
        fields = ["change", "requirement"]
