"""Filters on requests."""

from __future__ import annotations

from typing import Any

import django_filters

from implement.core.filters import BaseFilterSet
from projects.kit.purposes import PURPOSES
from projects.models import Person
from projects.signoffs.choices import RequestState
from projects.signoffs.models import ResponseRequest


def purposes() -> list[tuple[str, Any]]:
    """Return what can be asked, with its label."""
    return [(purpose.key, purpose.label) for purpose in PURPOSES.values()]


class RequestFilterSet(BaseFilterSet):
    search_fields = ("title", "person__name")

    state = django_filters.ChoiceFilter(choices=RequestState.choices)
    purpose = django_filters.ChoiceFilter(choices=purposes)
    person = django_filters.ModelChoiceFilter(queryset=Person.objects.all(), label="Addressed to")

    class Meta:
        model = ResponseRequest
        fields = ["state", "purpose", "person"]
