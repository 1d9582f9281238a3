"""Filters on what-ifs and their differences."""

from __future__ import annotations

import django_filters

from budget.choices import DifferenceKind, WhatIfState
from budget.models import Difference, WhatIf
from implement.core.filters import BaseFilterSet


class WhatIfFilterSet(BaseFilterSet):
    search_fields = ("name", "note")

    status = django_filters.ChoiceFilter(choices=WhatIfState.choices)

    class Meta:
        model = WhatIf
        fields = ["status"]


class DifferenceFilterSet(BaseFilterSet):
    search_fields = ("name", "description")

    what_if = django_filters.ModelChoiceFilter(queryset=WhatIf.objects.all())
    kind = django_filters.ChoiceFilter(choices=DifferenceKind.choices)

    class Meta:
        model = Difference
        fields = ["what_if", "kind"]
