"""Forms on hours, expenses and rates."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from budget.models import DAY_SECONDS, Expense, RateCard, TimeEntry
from implement.core.forms import HoursField
from implement.core.money import currency_choices
from projects.kit.forms import RowForm, widgets_of
from projects.models import Person, Task

TIME_FIELDS = ["person", "task", "worked_on", "seconds", "started_at", "is_billable", "note"]
EXPENSE_FIELDS = [
    "person",
    "task",
    "spent_on",
    "category",
    "description",
    "amount",
    "currency",
    "exchange_rate",
    "is_reimbursable",
    "is_billable",
    "receipt",
]
RATE_FIELDS = ["person", "job_role", "effective_from", "cost_rate", "bill_rate"]


class DayHoursField(HoursField):
    """Time that fits a day."""

    def clean(self, value: Any) -> int | None:
        """Return seconds; raises ValidationError unless they are more than 0 and at most 24 hours."""
        seconds = super().clean(value)
        if seconds is not None and not 0 < seconds <= DAY_SECONDS:
            raise forms.ValidationError("More than 0 and at most 24 hours.")
        return seconds


class WorkedForm(RowForm):
    """What hours and expenses share: whose (one's own, unless one may act for others) and on what."""

    may_act_for_others = "time.approve"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assert self.entry is not None
        tasks: Any = self.fields["task"]
        tasks.queryset = Task.objects.filter(project=self.entry.project, is_summary=False, is_milestone=False)
        person: Any = self.fields["person"]
        person.initial = self.entry.person
        if not self.entry.can(self.may_act_for_others):
            own = self.entry.person.pk if self.entry.person else None
            person.queryset = Person.objects.filter(pk=own)


class TimeEntryForm(WorkedForm):
    """Time worked on one day."""

    seconds = DayHoursField(label="Time")

    class Meta:
        model = TimeEntry
        fields = TIME_FIELDS
        widgets = widgets_of(TimeEntry, TIME_FIELDS)


class ExpenseForm(WorkedForm):
    """Money spent."""

    may_act_for_others = "expenses.approve"
    currency = forms.ChoiceField(choices=currency_choices)

    class Meta:
        model = Expense
        fields = EXPENSE_FIELDS
        widgets = widgets_of(Expense, EXPENSE_FIELDS) | {
            "receipt": forms.FileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg"})
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        home = self.instance.project.currency
        self.fields["currency"].initial = self.instance.currency or home
        self.fields["receipt"].help_text = "PDF, PNG or JPEG."
        rate = self.fields["exchange_rate"]
        rate.required = False
        rate.label = f"Rate to {home}"
        rate.help_text = f"What 1 of the expense's currency is in {home}. Empty for an expense in {home}."
        if self.instance._state.adding or self.instance.currency == home:
            self.initial["exchange_rate"] = None

    def clean(self) -> dict[str, Any]:
        """Fill in the rate of the project's own currency; a foreign one must be said, never assumed."""
        cleaned = super().clean() or self.cleaned_data
        currency, home = cleaned.get("currency"), self.instance.project.currency
        if cleaned.get("exchange_rate") is None and "exchange_rate" not in self.errors and currency:
            if currency == home:
                cleaned["exchange_rate"] = Decimal(1)
            else:
                self.add_error("exchange_rate", f"Say what 1 {currency} is in {home}.")
        return cleaned


class RateCardForm(RowForm):
    """An hourly rate from a day on."""

    class Meta:
        model = RateCard
        fields = RATE_FIELDS
        widgets = widgets_of(RateCard, RATE_FIELDS)
