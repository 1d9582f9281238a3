"""Filters on closed periods, approvers and decisions."""

from __future__ import annotations

import django_filters

from budget.choices import Verdict
from budget.models import Approver, ClosedPeriod, EntryDecision, StandIn, Timer, TimeRules
from projects.models import Person


class TimerFilterSet(django_filters.FilterSet):
    class Meta:
        model = Timer
        fields: list[str] = []


class TimeRulesFilterSet(django_filters.FilterSet):
    class Meta:
        model = TimeRules
        fields: list[str] = []


class ApproverFilterSet(django_filters.FilterSet):
    person = django_filters.ModelChoiceFilter(queryset=Person.objects.all())

    class Meta:
        model = Approver
        fields = ["person", "level"]


class StandInFilterSet(django_filters.FilterSet):
    approver = django_filters.ModelChoiceFilter(queryset=Person.objects.all())

    class Meta:
        model = StandIn
        fields = ["approver"]


class ClosedPeriodFilterSet(django_filters.FilterSet):
    is_open = django_filters.BooleanFilter(
        field_name="reopened_at", lookup_expr="isnull", exclude=True, label="Opened again"
    )

    class Meta:
        model = ClosedPeriod
        fields: list[str] = []


class EntryDecisionFilterSet(django_filters.FilterSet):
    time_entry = django_filters.NumberFilter(min_value=1, max_value=2**63 - 1)
    expense = django_filters.NumberFilter(min_value=1, max_value=2**63 - 1)
    verdict = django_filters.ChoiceFilter(choices=Verdict.choices)

    class Meta:
        model = EntryDecision
        fields: list[str] = []
