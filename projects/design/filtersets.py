"""Filters on design elements, decisions, targets and feedback."""

from __future__ import annotations

import django_filters
from django.db import models

from implement.core.filters import BaseFilterSet
from projects.design.choices import DecisionState, ElementKind, ElementState
from projects.design.models import ArchitectureDecision, DesignElement
from projects.design.querysets import ElementQuerySet
from projects.models import Person

SHOWN = [
    ("scope", "In scope"),
    ("to_review", "Waits for a review by us"),
    ("ready", "Ready for the customer"),
    ("with_customer", "Waits for the customer"),
    ("rework", "In rework"),
]


class DecisionFilterSet(BaseFilterSet):
    search_fields = ("title", "context", "options", "decision", "consequences")

    status = django_filters.ChoiceFilter(choices=DecisionState.choices)

    class Meta:
        model = ArchitectureDecision
        fields = ["status"]


class ElementFilterSet(BaseFilterSet):
    search_fields = ("title", "purpose", "description", "notes")

    show = django_filters.ChoiceFilter(method="narrow", label="Show", choices=SHOWN, empty_label="All")
    status = django_filters.ChoiceFilter(choices=ElementState.choices)
    kind = django_filters.ChoiceFilter(label="Type", choices=ElementKind.choices)
    owner = django_filters.ModelChoiceFilter(queryset=Person.objects.all())
    reviewer = django_filters.ModelChoiceFilter(queryset=Person.objects.all())

    class Meta:
        model = DesignElement
        fields = ["status", "kind", "owner", "reviewer"]

    def narrow(self, queryset: ElementQuerySet, name: str, value: str) -> models.QuerySet[DesignElement]:
        """Return the rows of one of the questions that are asked most."""
        questions = {
            "to_review": queryset.to_review,
            "ready": queryset.ready_for_customer,
            "rework": queryset.in_rework,
        }
        if value == "with_customer":
            return queryset.filter(with_customer=True)
        return questions.get(value, queryset.in_scope)()
