"""Filters on contracts and invoice runs."""

from __future__ import annotations

import django_filters

from budget.choices import RunState
from budget.models import Contract, InvoiceLine, InvoiceRun
from implement.core.filters import BaseFilterSet


class ContractFilterSet(BaseFilterSet):
    search_fields = ("name", "reference")

    class Meta:
        model = Contract
        fields = ["kind"]


class InvoiceRunFilterSet(BaseFilterSet):
    search_fields = ("contract__name", "note")

    status = django_filters.ChoiceFilter(choices=RunState.choices)
    contract = django_filters.ModelChoiceFilter(queryset=Contract.objects.all())

    class Meta:
        model = InvoiceRun
        fields = ["status", "contract"]


class InvoiceLineFilterSet(BaseFilterSet):
    search_fields = ("task_name", "person_name", "description")

    run = django_filters.ModelChoiceFilter(queryset=InvoiceRun.objects.all())

    class Meta:
        model = InvoiceLine
        fields = ["run", "kind"]
