"""Forms on requirements, workshops, terms and questions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings

from implement.core.forms import HoursField, PlainForm, RowsField
from projects.kit.forms import RowForm, widgets_of
from projects.planning import today_of
from projects.requirements.choices import SIGNED, SpecificationEdition, SpecificationScope
from projects.requirements.models import GlossaryTerm, OpenQuestion, Requirement, Workshop
from projects.requirements.selectors.texts import criteria_of, criteria_text

# What can be said of many requirements at once: none of it is what the customer signs, but the priority and the fit.
BULK_FIELDS = ("owner", "priority", "fit", "category", "criticality", "workshop")


class RequirementForm(RowForm):
    """A requirement with its acceptance criteria; a signed one asks why it changes."""

    criteria = forms.CharField(
        label="Acceptance criteria",
        required=False,
        max_length=200_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="One a paragraph, with an empty line between. Plain, or: Given … When … Then …",
    )
    estimate_seconds = HoursField(label="Estimate", required=False)
    reason = forms.CharField(
        label="Why it changes",
        required=False,
        max_length=255,
        help_text="The customer has signed the text as it was.",
    )

    class Meta:
        model = Requirement
        fields = [
            "title", "statement", "rationale", "criteria", "kind", "priority", "fit", "success_criterion",
            "category", "criticality", "parent", "owner", "source_kind", "source_person", "workshop",
            "source", "estimate_seconds",
        ]  # fmt: skip
        widgets = {
            "statement": forms.Textarea(attrs={"rows": 3}),
            "rationale": forms.Textarea(attrs={"rows": 2}),
        }

    field_order = ["title", "statement", "criteria"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row = self.instance
        if not row._state.adding:
            self.initial["criteria"] = criteria_text(row.criteria_texts)
        if row._state.adding or row.status not in SIGNED:
            del self.fields["reason"]
        owner: Any = self.fields["owner"]
        owner.queryset = owner.queryset.filter(customer=None)
        parent: Any = self.fields["parent"]
        parent.queryset = parent.queryset.exclude(pk=row.pk)

    def clean_criteria(self) -> list[str]:
        """Return the criteria one by one."""
        return criteria_of(self.cleaned_data["criteria"])


class BulkForm(PlainForm):
    """What to say of many requirements at once; what is left empty stays as it is in each."""

    reason = forms.CharField(
        label="Why they change",
        required=False,
        max_length=255,
        help_text="Needed for what the customer has signed.",
    )

    def __init__(self, *args: Any, entry: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row = RequirementForm(instance=Requirement(project=entry.project), entry=entry)
        chosen: dict[str, Any] = {}
        for name in BULK_FIELDS:
            field = row.fields[name]
            field.required, field.initial = False, None
            if isinstance(field, forms.ModelChoiceField):
                field.empty_label = "As it is"
            elif isinstance(field, forms.ChoiceField):
                words: Any = field.choices
                field.choices = [("", "As it is"), *((key, label) for key, label in words if key)]
            chosen[name] = field
        self.fields = {**chosen, "reason": self.fields["reason"]}

    def said(self) -> dict[str, Any]:
        """Return only what was chosen."""
        return {name: value for name in BULK_FIELDS if (value := self.cleaned_data[name]) not in (None, "")}


class WorkshopForm(RowForm):
    """A workshop."""

    class Meta:
        model = Workshop
        fields = ["title", "held_on", "place", "lead", "attendees", "guests", "notes"]
        widgets = widgets_of(Workshop, ["held_on"]) | {"notes": forms.Textarea(attrs={"rows": 12})}
        field_classes = {"attendees": RowsField}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assert self.entry is not None
        self.initial["held_on"] = self.initial.get("held_on") or today_of(self.entry.project)
        self.fields["attendees"].widget.attrs["size"] = 8


class GlossaryForm(RowForm):
    """A word and what it means."""

    class Meta:
        model = GlossaryTerm
        fields = ["term", "definition", "synonyms"]


class QuestionForm(RowForm):
    """An open question."""

    class Meta:
        model = OpenQuestion
        fields = ["text", "owner", "due_on", "workshop", "requirement", "answer"]
        widgets = widgets_of(OpenQuestion, ["due_on"]) | {"text": forms.Textarea(attrs={"rows": 2})}


class BaselineForm(PlainForm):
    """What a baseline is called."""

    name = forms.CharField(label="Name", max_length=120, help_text="Such as: Release 1, as signed in March.")


class SpecificationForm(PlainForm):
    """What of the requirements goes on paper, for whom, in which language."""

    scope = forms.ChoiceField(label="What", choices=SpecificationScope.choices)
    edition = forms.ChoiceField(
        label="For whom",
        choices=SpecificationEdition.choices,
        help_text="For the customer: only what they were asked about, without owners, estimates and sources.",
    )
    language = forms.ChoiceField(label="Language", choices=settings.LANGUAGES)
