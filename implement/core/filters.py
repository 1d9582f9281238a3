"""Filters that every list shares."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.forms import NullBooleanField

from implement.core.forms import DateInput


class BaseFilterSet(django_filters.FilterSet):
    """Filters in the address. `q` looks for every word in any of the fields named by `search_fields`."""

    search_fields: tuple[str, ...] = ()

    q = django_filters.CharFilter(method="search", label="Search", max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # An empty choice does not filter: say so, in place of "Unknown".
        for field in self.form.fields.values():
            if isinstance(field, NullBooleanField):
                field.widget.choices = [("", "Any"), ("true", "Yes"), ("false", "No")]

    def search(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Keep the rows in which each word is found somewhere."""
        for word in value.replace("\x00", "").split()[:10]:
            found = Q()
            for field in self.search_fields:
                found |= Q(**{f"{field}__icontains": word})
            queryset = queryset.filter(found)
        return queryset


class DateFromFilter(django_filters.DateFilter):
    """On or after a day."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(lookup_expr="gte", widget=DateInput, **kwargs)


class DateToFilter(django_filters.DateFilter):
    """On or before a day."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(lookup_expr="lte", widget=DateInput, **kwargs)
