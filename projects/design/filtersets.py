"""Filters on design elements, decisions, targets and feedback."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db import models

from implement.core.filters import BaseFilterSet
from projects.design.choices import (
    DecisionState,
    ElementKind,
    ElementState,
    FeedbackSource,
    FeedbackState,
)
from projects.design.models import ArchitectureDecision, DesignElement, DesignFeedback, NfrTarget
from projects.design.querysets import ElementQuerySet
from projects.design.selectors.gate import PLANNED
from projects.models import Person
from projects.requirements.models import Requirement

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


class TargetFilterSet(BaseFilterSet):
    search_fields = ("metric", "unit", "test", "load_profile")

    show = django_filters.ChoiceFilter(
        method="narrow", label="Show", choices=[("unplanned", "Without a planned test")], empty_label="All"
    )
    requirement = django_filters.ModelChoiceFilter(queryset=Requirement.objects.all())
    owner = django_filters.ModelChoiceFilter(queryset=Person.objects.all())

    class Meta:
        model = NfrTarget
        fields = ["requirement", "owner"]

    def narrow(self, queryset: models.QuerySet[Any], name: str, value: str) -> models.QuerySet[Any]:
        """Return the targets that nobody plans to measure."""
        return queryset.exclude(PLANNED)


class FeedbackFilterSet(BaseFilterSet):
    search_fields = ("text", "answer")

    state = django_filters.ChoiceFilter(choices=FeedbackState.choices)
    source = django_filters.ChoiceFilter(choices=FeedbackSource.choices)
    is_must_fix = django_filters.BooleanFilter(label="Must be put right")
    element = django_filters.ModelChoiceFilter(queryset=DesignElement.objects.all())

    class Meta:
        model = DesignFeedback
        fields = ["state", "source", "is_must_fix", "element"]
