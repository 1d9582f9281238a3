"""Filters on alerts."""

from __future__ import annotations

import django_filters
from django.db import models
from django.utils import timezone

from budget.choices import AlertRule, AlertState, Severity
from budget.models import Alert, AlertSettings
from budget.models.alerts import BYGONE, AlertQuerySet
from implement.core.filters import BaseFilterSet
from projects.models import Person

SHOWN = [
    ("open", "Open"),
    ("acting", "Open, to act on"),
    ("bygone", "Open, on finished tasks"),
    ("late", "Open, its action overdue"),
    ("closed", "Closed"),
]


class AlertFilterSet(BaseFilterSet):
    search_fields = ("task__name", "person__name", "action")

    show = django_filters.ChoiceFilter(method="narrow", label="Show", choices=SHOWN, empty_label="All")
    rule = django_filters.ChoiceFilter(choices=AlertRule.choices)
    severity = django_filters.ChoiceFilter(choices=Severity.choices)
    state = django_filters.ChoiceFilter(choices=AlertState.choices)
    owner = django_filters.ModelChoiceFilter(queryset=Person.objects.filter(customer=None))

    class Meta:
        model = Alert
        fields = ["rule", "severity", "state", "owner"]

    def narrow(self, queryset: AlertQuerySet, name: str, value: str) -> models.QuerySet[Alert]:
        """Return the open alerts, some of them, or those that are closed."""
        still = Alert.objects.open()
        if value == "closed":
            return queryset.exclude(pk__in=still.values("pk"))
        asked = {
            "open": still,
            "acting": still.acting(),
            "bygone": still.filter(BYGONE),
            "late": still.filter(due_on__lt=timezone.localdate()),
        }
        return queryset.filter(pk__in=asked[value].values("pk"))


class AlertSettingsFilterSet(django_filters.FilterSet):
    class Meta:
        model = AlertSettings
        fields: list[str] = []
