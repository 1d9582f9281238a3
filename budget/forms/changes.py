"""Forms on change requests: what is wished, and what it would do."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.models import BaseInlineFormSet, inlineformset_factory

from budget.models import ChangeLine, ChangeOption, ChangeRequest, ChangeText
from budget.selectors.changes import links_to_requirements
from budget.selectors.contracts import contracts_of
from implement.core.forms import HoursField, RowsField, offer_rows
from projects.kit.access import Entry
from projects.kit.forms import RowForm, narrowed, widgets_of
from projects.models import Task
from projects.planning import today_of
from projects.requirements.models import Requirement

EMPTY_ROWS = 1


class SignedHoursField(HoursField):
    """Hours that may be taken away, too: −8."""

    def clean(self, value: Any) -> int | None:
        text = value.strip() if isinstance(value, str) else value
        if isinstance(text, str) and text[:1] in {"-", "−"}:
            seconds = super().clean(text[1:])
            return None if seconds is None else -seconds
        return super().clean(value)


class ChangeForm(RowForm):
    """What is to change, and why."""

    affected = RowsField(
        queryset=Requirement.objects.all(),
        required=False,
        label="Affected requirements",
        help_text="Those that get a new text with its impact stay among them.",
    )

    class Meta:
        model = ChangeRequest
        fields = [
            "title", "reason", "description", "requester", "requested_on", "needed_by", "owner", "requirements",
            "tasks",
        ]  # fmt: skip
        widgets = widgets_of(ChangeRequest, ["requested_on", "needed_by"])
        field_classes = {"tasks": RowsField}

    field_order = (*Meta.fields[:-2], "affected", *Meta.fields[-2:])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assert self.entry is not None
        self.initial["requested_on"] = self.initial.get("requested_on") or today_of(self.entry.project)
        known = links_to_requirements(self.instance) if self.instance.pk else ()
        self.initial["affected"] = [link.target_id for link in known]
        for name in ("tasks", "affected"):
            self.fields[name].widget.attrs["size"] = 6
        owner: Any = self.fields["owner"]
        owner.queryset = owner.queryset.filter(customer=None)


class ImpactForm(RowForm):
    """What the change would do."""

    class Meta:
        model = ChangeRequest
        fields = [
            "recommendation", "price", "contract", "schedule_days", "scope_impact", "quality_impact",
            "cost_of_not_doing", "resource_impact", "risk_impact",
        ]  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        contracts = contracts_of(project=self.instance.project)
        offered: Any = self.fields["contract"]
        offered.queryset = offered.queryset.filter(pk__in=[row.pk for row in contracts])
        if len(contracts) < 2:
            # There is no choice: it amends the only one.
            del self.fields["contract"]


class PartSet(BaseInlineFormSet):
    """Rows of a change, narrowed to its project. They are saved by services, never by themselves."""

    def __init__(self, *args: Any, entry: Entry, **kwargs: Any) -> None:
        self.entry = entry
        super().__init__(*args, **kwargs)

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        for name, field in form.fields.items():
            if isinstance(field, forms.ModelChoiceField) and name not in {"id", "change"}:
                rows = narrowed(field.queryset.all(), self.entry)  # type: ignore[union-attr]
                if rows.model is ChangeOption:
                    rows = rows.filter(change=self.instance)
                if rows.model in (Task, Requirement):
                    rows = rows.filter(deleted_at=None)
                offer_rows(field, rows)


class LineForm(forms.ModelForm):
    """One line of the impact."""

    planned_seconds = SignedHoursField(label="Hours", required=False, help_text="")

    class Meta:
        model = ChangeLine
        fields = [
            "task", "new_task", "duration_days", "category", "person", "job_role", "planned_seconds", "cost", "bill",
            "option", "description",
        ]  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.difference_id is not None:
            # What it does to the plan is the what-if's; only its money may be worked out further.
            for name in ("task", "new_task", "duration_days"):
                self.fields[name].disabled = True

    def clean_planned_seconds(self) -> int:
        """Return no hours as 0."""
        return self.cleaned_data["planned_seconds"] or 0


LineSet = inlineformset_factory(
    ChangeRequest, ChangeLine, form=LineForm, formset=PartSet, extra=EMPTY_ROWS, can_delete=True, max_num=200,
    validate_max=True,
)  # fmt: skip
OptionSet = inlineformset_factory(
    ChangeRequest, ChangeOption, formset=PartSet, extra=0, can_delete=True, max_num=10, validate_max=True,
    fields=["label", "description", "price", "schedule_days", "is_recommended"],
    widgets={"description": forms.Textarea(attrs={"rows": 2})},
)  # fmt: skip
TextSet = inlineformset_factory(
    ChangeRequest, ChangeText, formset=PartSet, extra=0, can_delete=True, max_num=50, validate_max=True,
    fields=["requirement", "statement"],
    widgets={"statement": forms.Textarea(attrs={"rows": 4})},
)  # fmt: skip
