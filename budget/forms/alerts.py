"""Forms on alerts: the action, and from where on there is one."""

from __future__ import annotations

from typing import Any

from django import forms

from budget.choices import AlertRule
from budget.models import Alert, AlertSettings
from budget.models.alerts import ALERT_LINES
from implement.core.forms import DateInput, PlainForm
from projects.kit.access import Entry
from projects.kit.forms import RowForm
from projects.models import Person


class AlertPlanForm(PlainForm):
    """What is done about an alert, by whom, and until when."""

    owner = forms.ModelChoiceField(queryset=Person.objects.none())
    action = forms.CharField(max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    due_on = forms.DateField(label="Due", widget=DateInput)

    def __init__(self, *args: Any, entry: Entry, alert: Alert, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner: Any = self.fields["owner"]
        owner.queryset = Person.objects.on(entry.project).internal().order_by("name")
        self.initial |= {"owner": alert.owner_id, "action": alert.action, "due_on": alert.due_on}


class AlertSettingsForm(RowForm):
    """From where on there are alerts, and how fast they are to be dealt with."""

    rules = forms.MultipleChoiceField(
        choices=AlertRule.choices, required=False, widget=forms.CheckboxSelectMultiple, label="Watched"
    )

    class Meta:
        model = AlertSettings
        fields = ALERT_LINES

    field_order = ["rules"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["rules"] = [rule for rule in AlertRule.values if rule not in self.instance.off]

    def clean(self) -> dict[str, Any]:
        """Note which rules are off: the stored list holds the exceptions."""
        cleaned = super().clean() or self.cleaned_data
        self.instance.off = [rule for rule in AlertRule.values if rule not in cleaned.get("rules", [])]
        return cleaned
