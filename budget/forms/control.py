"""Forms on orders, estimates and reserves."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from budget.choices import Category
from budget.models import Commitment, CostControl, Estimate, Expense, ReserveRelease
from implement.core.forms import HoursField, PlainForm, offer_rows
from implement.core.money import currency_choices
from projects.kit.access import Entry
from projects.kit.forms import RowForm, narrowed, widgets_of
from projects.models import Task
from projects.planning import today_of

COMMITMENT_FIELDS = [
    "supplier", "reference", "description", "task", "category", "amount", "currency", "exchange_rate",
    "ordered_on", "expected_on",
]  # fmt: skip
# Contingency is nobody's order and no release leads back into it.
SPENT_ON = [choice for choice in Category.choices if choice[0] != Category.CONTINGENCY]


class CommitmentForm(RowForm):
    """An order."""

    currency = forms.ChoiceField(choices=currency_choices)

    class Meta:
        model = Commitment
        fields = COMMITMENT_FIELDS
        widgets = widgets_of(Commitment, COMMITMENT_FIELDS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        home = self.instance.project.currency
        self.fields["task"].empty_label = "Whole project"  # type: ignore[attr-defined]
        self.fields["category"].choices = SPENT_ON  # type: ignore[attr-defined]
        self.fields["currency"].initial = self.instance.currency or home
        rate = self.fields["exchange_rate"]
        rate.required = False
        rate.label = f"Rate to {home}"
        rate.help_text = f"What 1 of the order's currency is in {home}. Empty for an order in {home}."
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


class BookForm(PlainForm):
    """Which expense was invoiced of an order."""

    expense = forms.ModelChoiceField(queryset=Expense.objects.none(), label="Expense")

    def __init__(self, *args: Any, entry: Entry, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        free = (
            Expense.objects.filter(project=entry.project, commitment_part=None, reverses=None, reversal=None)
            .exclude(status="rejected")
            .order_by("-spent_on", "-pk")
        )
        field: Any = self.fields["expense"]
        field.queryset = free
        field.label_from_instance = lambda row: (
            f"{row.spent_on:%d %b %Y} · {row.description[:60]} · {row.amount:,} {row.currency}"
        )


class EstimateForm(forms.ModelForm):
    """What a task still takes. It is written once, so there is no version to keep."""

    seconds = HoursField(label="Hours that remain", required=False)

    class Meta:
        model = Estimate
        fields = ["task", "person", "seconds", "cost", "estimated_on", "note"]
        widgets = widgets_of(Estimate, ["estimated_on"])

    def __init__(self, *args: Any, entry: Entry, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = PlainForm().helper
        task: Any = self.fields["task"]
        offer_rows(task, narrowed(Task.objects.filter(is_summary=False, is_milestone=False), entry))
        person: Any = self.fields["person"]
        offer_rows(person, narrowed(person.queryset.all(), entry).filter(customer=None))
        person.empty_label = "The whole task"
        self.fields[
            "seconds"
        ].help_text = "Hours: 7.5, 7,5 or 7:30. Neither hours nor cost: back to the rule."
        if entry.can("cost.view"):
            self.fields["cost"].help_text = "All that remains. Empty: the hours at their rates."
        else:
            del self.fields["cost"]
        self.initial["estimated_on"] = self.initial.get("estimated_on") or today_of(entry.project)


class ReleaseForm(RowForm):
    """Money out of a reserve."""

    class Meta:
        model = ReserveRelease
        fields = ["reserve", "amount", "task", "category", "reason"]
        widgets = {"reason": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].choices = SPENT_ON  # type: ignore[attr-defined]
        self.fields["task"].empty_label = "Whole project"  # type: ignore[attr-defined]
        self.fields["task"].label = "To the task"
        self.fields["reserve"].label = "Out of"


class CostControlForm(RowForm):
    """The management reserve and the lines of cost control."""

    class Meta:
        model = CostControl
        fields = ["management_reserve", "release_limit", "stale_weeks", "cap_share"]
