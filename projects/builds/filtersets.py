"""Filters on build items, environments, promotions, criteria and hooks."""

from __future__ import annotations

import django_filters
from django.db import models

from implement.core.filters import BaseFilterSet, DateFromFilter, DateToFilter
from projects.builds.choices import BuildKind, BuildPriority, BuildState
from projects.builds.models import (
    BuildItem,
    DoneCriterion,
    Environment,
    Promotion,
)
from projects.builds.querysets import BuildItemQuerySet
from projects.builds.selectors.served import in_doubt
from projects.models import Person, Task

SHOWN = [
    ("open", "Not built yet"),
    ("blocked", "Blocked"),
    ("waiting", "Waiting for a check"),
    ("unplanned", "Without a task"),
    ("doubt", "With a link in doubt"),
]


class BuildItemFilterSet(BaseFilterSet):
    search_fields = ("title", "description", "release_words")

    show = django_filters.ChoiceFilter(method="narrow", label="Show", choices=SHOWN, empty_label="All")
    status = django_filters.ChoiceFilter(choices=BuildState.choices)
    kind = django_filters.ChoiceFilter(choices=BuildKind.choices)
    priority = django_filters.ChoiceFilter(choices=BuildPriority.choices)
    owner = django_filters.ModelChoiceFilter(queryset=Person.objects.all())
    environment = django_filters.ModelChoiceFilter(queryset=Environment.objects.all())
    task = django_filters.ModelChoiceFilter(queryset=Task.objects.leaves())

    class Meta:
        model = BuildItem
        fields = ["status", "kind", "priority", "owner", "environment", "task"]

    def narrow(self, queryset: BuildItemQuerySet, name: str, value: str) -> models.QuerySet[BuildItem]:
        """Return the rows of one of the questions that are asked most."""
        if value == "blocked":
            return queryset.blocked()
        if value == "waiting":
            return queryset.waiting()
        if value == "unplanned":
            return queryset.filter(task=None)
        if value == "doubt":
            return queryset.filter(in_doubt())
        return queryset.open()


class EnvironmentFilterSet(BaseFilterSet):
    search_fields = ("name",)

    class Meta:
        model = Environment
        fields: list[str] = []


class PromotionFilterSet(BaseFilterSet):
    search_fields = ("build_id", "notes")

    environment = django_filters.ModelChoiceFilter(queryset=Environment.objects.all())
    made_from = DateFromFilter(field_name="at", label="From")
    made_to = DateToFilter(field_name="at", label="To")

    class Meta:
        model = Promotion
        fields = ["environment"]


class DoneCriterionFilterSet(BaseFilterSet):
    search_fields = ("text",)

    kind = django_filters.ChoiceFilter(choices=BuildKind.choices, label="For")

    class Meta:
        model = DoneCriterion
        fields = ["kind"]


class BoardFilterSet(BaseFilterSet):
    """What of the board is looked at."""

    search_fields = ("title", "description")

    owner = django_filters.ModelChoiceFilter(queryset=Person.objects.all())
    kind = django_filters.ChoiceFilter(choices=BuildKind.choices)
    blocked = django_filters.BooleanFilter(
        field_name="blocked_since", lookup_expr="isnull", exclude=True, label="Blocked"
    )

    class Meta:
        model = BuildItem
        fields = ["owner", "kind", "blocked"]
