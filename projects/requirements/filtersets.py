"""Filters on requirements, workshops, terms and questions."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db import models

from implement.core.filters import BaseFilterSet, DateFromFilter, DateToFilter
from projects.choices import Audience
from projects.kit.trace import End, in_doubt
from projects.models import Person, Project
from projects.requirements.choices import (
    QUALITIES,
    Fit,
    Priority,
    QuestionState,
    ReleaseState,
    RequirementKind,
    RequirementState,
)
from projects.requirements.models import (
    GlossaryTerm,
    OpenQuestion,
    Release,
    Requirement,
    SuccessCriterion,
    Workshop,
)
from projects.requirements.querysets import RequirementQuerySet
from projects.requirements.selectors.matrix import ROOT, all_done, has_hole

SHOWN = [
    ("scope", "In scope"),
    ("signed", "Signed"),
    ("unsigned", "Not signed yet"),
    ("untestable", "Without a criterion"),
    ("unplaced", "In no release"),
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
    release = django_filters.ModelChoiceFilter(queryset=Release.objects.all())
    success_criterion = django_filters.ModelChoiceFilter(
        queryset=SuccessCriterion.objects.all(), label="Goal"
    )

    class Meta:
        model = Requirement
        fields = ["status", "kind", "priority", "fit", "owner", "workshop", "release", "success_criterion"]

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
        if value == "unplaced":
            return scope.unplaced()
        return scope


class MatrixFilterSet(BaseFilterSet):
    search_fields = ("title", "statement", "category")

    gap = django_filters.ChoiceFilter(method="narrow", label="Show", empty_label="All in scope")
    priority = django_filters.ChoiceFilter(choices=Priority.choices)
    kind = django_filters.ChoiceFilter(label="Type", choices=RequirementKind.choices)
    status = django_filters.ChoiceFilter(choices=RequirementState.choices)

    class Meta:
        model = Requirement
        fields = ["priority", "kind", "status"]

    def __init__(self, *args: Any, project: Project, columns: list[End], **kwargs: Any) -> None:
        self.project, self.columns = project, {end.kind: end for end in columns}
        super().__init__(*args, **kwargs)
        field: Any = self.form.fields["gap"]
        field.choices = [
            *((f"hole-{end.kind}", f"Without {end.plural.lower()}") for end in columns),
            *((f"done-{end.kind}", f"{end.plural} done") for end in columns),
            ("suspect", "With a link in doubt"),
            ("out", "Out of scope, too"),
        ]

    def narrow(self, queryset: RequirementQuerySet, name: str, value: str) -> models.QuerySet[Requirement]:
        """Return the rows of one of the matrix's questions."""
        if value == "suspect":
            return queryset.filter(in_doubt(project=self.project, root=ROOT))
        question, _, kind = value.partition("-")
        if question in {"hole", "done"}:
            ask = has_hole if question == "hole" else all_done
            return queryset.filter(ask(self.project, self.columns[kind]))
        return queryset

    @property
    def qs(self) -> models.QuerySet[Requirement]:
        """Return what is in scope, unless everything is asked for."""
        found: RequirementQuerySet = super().qs
        wants_all = self.form.is_valid() and (
            self.form.cleaned_data["gap"] == "out" or self.form.cleaned_data["status"]
        )
        return found if wants_all else found.in_scope()


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


class GoalFilterSet(BaseFilterSet):
    search_fields = ("title", "measure", "due_words")

    owner = django_filters.ModelChoiceFilter(queryset=Person.objects.all())
    audience = django_filters.ChoiceFilter(label="Who reads it", choices=Audience.choices)

    class Meta:
        model = SuccessCriterion
        fields = ["owner", "audience"]


class QuestionFilterSet(BaseFilterSet):
    search_fields = ("text", "answer")

    status = django_filters.ChoiceFilter(choices=QuestionState.choices)
    owner = django_filters.ModelChoiceFilter(queryset=Person.objects.all(), label="Who answers")

    class Meta:
        model = OpenQuestion
        fields = ["status", "owner"]


class RoadmapFilterSet(BaseFilterSet):
    """What of the roadmap is looked at."""

    search_fields = ("title", "statement")

    priority = django_filters.ChoiceFilter(choices=Priority.choices, empty_label="All")
    owner = django_filters.ModelChoiceFilter(queryset=Person.objects.all(), empty_label="Everybody")
    category = django_filters.ChoiceFilter(label="Group", choices=[], empty_label="All")

    class Meta:
        model = Requirement
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups = self.queryset.exclude(category="").order_by("category").values_list("category", flat=True)
        self.form.fields["category"].choices = [(one, one) for one in groups.distinct()]


class ReleaseFilterSet(BaseFilterSet):
    search_fields = ("name", "title", "goal")

    status = django_filters.ChoiceFilter(choices=ReleaseState.choices)
    is_published = django_filters.BooleanFilter(label="Shown to the customer")

    class Meta:
        model = Release
        fields = ["status", "is_published"]
