"""Filters on expenses."""

from __future__ import annotations

import django_filters

from budget.choices import Category, EntryState, PaidBy, ReimbursementState
from budget.models import Expense
from implement.core.filters import BaseFilterSet, DateFromFilter, DateToFilter
from projects.models import Person


class ExpenseFilterSet(BaseFilterSet):
    search_fields = ("description", "person__name", "payment_reference")

    person = django_filters.ModelChoiceFilter(queryset=Person.objects.all())
    status = django_filters.ChoiceFilter(choices=EntryState.choices)
    category = django_filters.ChoiceFilter(choices=Category.choices)
    reimbursement = django_filters.ChoiceFilter(choices=ReimbursementState.choices)
    paid_by = django_filters.ChoiceFilter(choices=PaidBy.choices)
    spent_from = DateFromFilter(field_name="spent_on", label="From")
    spent_to = DateToFilter(field_name="spent_on", label="To")

    class Meta:
        model = Expense
        fields = ["person", "status", "category", "reimbursement", "paid_by"]
