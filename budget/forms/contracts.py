"""Forms on contracts and invoice runs."""

from __future__ import annotations

from typing import Any

from django import forms

from budget.models import Contract, InvoiceRun
from budget.selectors.invoices import next_period
from projects.kit.forms import RowForm, widgets_of
from projects.planning import today_of

CONTRACT_FIELDS = [
    "name", "reference", "kind", "task", "amount", "recognition", "payment_days", "retention_share", "signed_on",
]  # fmt: skip
RUN_FIELDS = ["contract", "period_from", "period_to", "grouping", "language", "note"]


class ContractForm(RowForm):
    """What is agreed for the project or a part of it."""

    class Meta:
        model = Contract
        fields = CONTRACT_FIELDS
        widgets = widgets_of(Contract, CONTRACT_FIELDS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["task"].empty_label = "All the rest of the project"  # type: ignore[attr-defined]
        self.fields["recognition"].help_text = "Counts for a fixed price only."


class InvoiceRunForm(RowForm):
    """Which contract and period are handed over."""

    class Meta:
        model = InvoiceRun
        fields = RUN_FIELDS
        widgets = widgets_of(InvoiceRun, RUN_FIELDS) | {"note": forms.Textarea(attrs={"rows": 2})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding and not self.is_bound:
            project = self.instance.project
            first, last = next_period(project=project, contract=None, today=today_of(project))
            self.initial.setdefault("period_from", first)
            self.initial.setdefault("period_to", last)
            self.initial["period_from"] = self.initial["period_from"] or first
            self.initial["period_to"] = self.initial["period_to"] or last
