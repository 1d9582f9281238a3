"""Filters on requests."""

from __future__ import annotations

import django_filters

from implement.core.filters import BaseFilterSet
from projects.kit.purposes import PURPOSES
from projects.models import Person
from projects.signoffs.choices import RequestState
from projects.signoffs.models import ResponseRequest


class RequestFilterSet(BaseFilterSet):
    search_fields = ("title", "person__name")

    state = django_filters.ChoiceFilter(choices=RequestState.choices)
    # Every room has registered its purposes before the first address is read.
    purpose = django_filters.ChoiceFilter(choices=[(one.key, one.label) for one in PURPOSES.values()])
    person = django_filters.ModelChoiceFilter(queryset=Person.objects.all(), label="Addressed to")

    class Meta:
        model = ResponseRequest
        fields = ["state", "purpose", "person"]
