"""Filters on requirements, workshops, terms and questions."""

from __future__ import annotations

import django_filters
from django.db import models

from implement.core.filters import BaseFilterSet, DateFromFilter, DateToFilter
from projects.models import Person
from projects.requirements.choices import (
    QUALITIES,
    Fit,
    Priority,
    QuestionState,
    RequirementKind,
    RequirementState,
)
from projects.requirements.models import GlossaryTerm, OpenQuestion, Requirement, Workshop
from projects.requirements.querysets import RequirementQuerySet

SHOWN = [
    ("scope", "In scope"),
    ("signed", "Signed"),
    ("unsigned", "Not signed yet"),
    ("untestable", "Without a criterion"),
    ("qualities", "Qualities"),
]


class RequirementFilterSet(BaseFilterSet):
    search_fields = ("title", "statement", "category", "source", "external_id")

    show = django_filters.ChoiceFilter(method="narrow", label="Show", choices=SHOWN, empty_label="All")
    status = django_filters.ChoiceFilter(choices=RequirementState.choices)
    kind = django_filters.ChoiceFilter(label="Type", choices=RequirementKind.choices)
    priority = django_filters.ChoiceFilter(choices=Priority.choices)
    fit = django_filters.ChoiceFilter(choices=Fit.choices)
    owner = django_filters.ModelChoiceFilter(queryset=Person.objects.all())
    workshop = django_filters.ModelChoiceFilter(queryset=Workshop.objects.all())

    class Meta:
        model = Requirement
        fields = ["status", "kind", "priority", "fit", "owner", "workshop"]

    def narrow(self, queryset: RequirementQuerySet, name: str, value: str) -> models.QuerySet[Requirement]:
        """Return the rows of one of the questions that are asked most."""
        if value == "qualities":
            return queryset.filter(kind__in=QUALITIES)
        scope = queryset.in_scope()
        if value == "signed":
            return scope.signed()
        if value == "unsigned":
            return scope.exclude(pk__in=queryset.signed().values("pk"))
        if value == "untestable":
            return scope.filter(criteria=None)
        return scope


class WorkshopFilterSet(BaseFilterSet):
    search_fields = ("title", "notes", "guests")

    held_from = DateFromFilter(field_name="held_on", label="From")
    held_to = DateToFilter(field_name="held_on", label="To")

    class Meta:
        model = Workshop
        fields: list[str] = []


class GlossaryFilterSet(BaseFilterSet):
    search_fields = ("term", "definition", "synonyms")

    class Meta:
        model = GlossaryTerm
        fields: list[str] = []


class QuestionFilterSet(BaseFilterSet):
    search_fields = ("text", "answer")

    status = django_filters.ChoiceFilter(choices=QuestionState.choices)
    owner = django_filters.ModelChoiceFilter(queryset=Person.objects.all(), label="Who answers")

    class Meta:
        model = OpenQuestion
        fields = ["status", "owner"]
