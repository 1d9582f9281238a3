"""Filters on alerts."""

from __future__ import annotations

import django_filters
from django.db import models

from budget.choices import AlertRule, AlertState, Severity
from budget.models import Alert
from budget.models.alerts import AlertQuerySet
from implement.core.filters import BaseFilterSet
from projects.models import Person


class AlertFilterSet(BaseFilterSet):
    search_fields = ("task__name", "person__name", "action")

    show = django_filters.ChoiceFilter(
        method="narrow", label="Show", choices=[("open", "Open"), ("closed", "Closed")], empty_label="All"
    )
    rule = django_filters.ChoiceFilter(choices=AlertRule.choices)
    severity = django_filters.ChoiceFilter(choices=Severity.choices)
    state = django_filters.ChoiceFilter(choices=AlertState.choices)
    owner = django_filters.ModelChoiceFilter(queryset=Person.objects.all())

    class Meta:
        model = Alert
        fields = ["rule", "severity", "state", "owner"]

    def narrow(self, queryset: AlertQuerySet, name: str, value: str) -> models.QuerySet[Alert]:
        """Return the open alerts, or those that are closed."""
        still = Alert.objects.open().values("pk")
        return queryset.filter(pk__in=still) if value == "open" else queryset.exclude(pk__in=still)
