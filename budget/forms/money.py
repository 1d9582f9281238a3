"""Forms on budget lines, budget settings and baselines."""

from __future__ import annotations

from typing import Any

from django import forms

from budget.choices import Measure
from budget.evm import EacAssumption
from budget.models import BudgetLine, BudgetSettings
from implement.core.forms import DateInput, HoursField
from projects.kit.forms import RowForm

LINE_FIELDS = ["task", "category", "person", "job_role", "planned_seconds", "cost", "bill", "description"]


class BudgetLineForm(RowForm):
    """Money and hours for a task."""

    planned_seconds = HoursField(label="Hours", required=False)

    class Meta:
        model = BudgetLine
        fields = LINE_FIELDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cost"].help_text = "Empty: hours x the cost rate."
        self.fields["bill"].help_text = "Empty: hours x the bill rate."
        self.fields["task"].empty_label = "Whole project"  # type: ignore[attr-defined]

    def clean_planned_seconds(self) -> int:
        """Return no hours as 0."""
        return self.cleaned_data["planned_seconds"] or 0


class BudgetSettingsForm(RowForm):
    """What the contract agrees."""

    class Meta:
        model = BudgetSettings
        fields = [
            "agreed_fees",
            "agreed_hours",
            "index_limit",
            "schedule_limit",
            "overrun_limit",
            "eac_assumption",
        ]

    eac_assumption = forms.ChoiceField(
        label="Estimate at completion assumes",
        choices=[(assumption.value, assumption.label) for assumption in EacAssumption],
        required=False,
        help_text=BudgetSettings._meta.get_field("eac_assumption").help_text,
    )

    def clean_eac_assumption(self) -> str:
        """Return the assumption as it is when none is sent."""
        return self.cleaned_data["eac_assumption"] or self.instance.eac_assumption


class BaselineForm(forms.Form):
    """The name of the next baseline."""

    name = forms.CharField(
        max_length=120,
        label="Name",
        help_text="Such as “Signed plan” or “After CR-004”.",
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )


class AsOfForm(forms.Form):
    """The day and the measure that figures are asked for, in the address."""

    as_of = forms.DateField(required=False, widget=DateInput, label="As of")
    measure = forms.ChoiceField(required=False, choices=Measure.choices, label="Measure")
