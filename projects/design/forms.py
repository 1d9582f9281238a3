"""Forms on design elements, decisions, targets and feedback."""

from __future__ import annotations

from typing import Any

from django import forms

from implement.core.forms import PlainForm, offer_rows
from projects.design.choices import ElementState, ReviewVerdict
from projects.design.models import ArchitectureDecision, DesignElement, DesignFeedback, NfrTarget
from projects.design.services.reviews import possible_reviewers
from projects.kit.forms import ManyForm, RowForm, widgets_of
from projects.models import Person
from projects.requirements.choices import QUALITIES


class ElementForm(RowForm):
    """A design element; an approved one asks why it changes."""

    reason = forms.CharField(
        label="Why it changes", required=False, max_length=255, help_text="It is approved as it stands."
    )

    class Meta:
        model = DesignElement
        fields = [
            "title", "purpose", "description", "diagram", "kind", "parent", "owner", "needs_customer", "notes",
        ]  # fmt: skip
        widgets = {
            "purpose": forms.Textarea(attrs={"rows": 2}),
            "description": forms.Textarea(attrs={"rows": 8}),
            "diagram": forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "class": "code"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row = self.instance
        if row._state.adding or row.status != ElementState.APPROVED:
            del self.fields["reason"]
        owner: Any = self.fields["owner"]
        owner.queryset = owner.queryset.filter(customer=None)
        parent: Any = self.fields["parent"]
        parent.queryset = parent.queryset.exclude(pk=row.pk)
        assert self.entry is not None
        if not self.entry.can("design.decide"):
            del self.fields["needs_customer"]


class DecisionForm(RowForm):
    """An architecture decision."""

    class Meta:
        model = ArchitectureDecision
        fields = ["title", "context", "options", "decision", "consequences", "decided_on", "decided_by"]
        widgets = widgets_of(ArchitectureDecision, ["decided_on"]) | {
            name: forms.Textarea(attrs={"rows": 5})
            for name in ("context", "options", "decision", "consequences")
        }


# What can be said of many elements at once: none of it is what the customer signs, but the type.
BULK_FIELDS = ("owner", "kind", "parent")


class ElementBulkForm(ManyForm):
    """What to say of many elements at once; what is left empty stays as it is in each."""

    row_form = ElementForm
    names = BULK_FIELDS
    reason = forms.CharField(
        label="Why they change", required=False, max_length=255, help_text="Needed for what is approved."
    )


class SubmitForm(PlainForm):
    """Who of us reviews."""

    reviewer = forms.ModelChoiceField(
        label="Who reviews",
        queryset=Person.objects.none(),
        required=False,
        help_text="Somebody of the team who neither owns it nor wrote its latest version.",
    )

    def __init__(self, *args: Any, entry: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["reviewer"]
        offer_rows(field, possible_reviewers(entry.project))


class ReviewForm(PlainForm):
    """What one of us found in the version that they read."""

    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    verdict = forms.ChoiceField(
        label="Verdict", choices=ReviewVerdict.choices, widget=forms.RadioSelect, initial=""
    )
    comment = forms.CharField(
        label="Comment",
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Needed when something should change. Internal.",
    )


class SupersedeForm(PlainForm):
    """What takes the place of an element or a decision, and why."""

    successor = forms.ModelChoiceField(
        label="What takes its place", queryset=DesignElement.objects.none(), required=False
    )
    reason = forms.CharField(label="Why", required=False, max_length=255)

    def __init__(self, *args: Any, rows: Any, empty_label: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["successor"]
        field.empty_label = empty_label
        offer_rows(field, rows)


class TargetForm(RowForm):
    """What a quality must reach."""

    class Meta:
        model = NfrTarget
        fields = [
            "requirement", "metric", "operator", "target", "unit", "threshold", "load_profile", "test", "due_on",
            "owner",
        ]  # fmt: skip
        widgets = widgets_of(NfrTarget, ["due_on"]) | {"test": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        requirement: Any = self.fields["requirement"]
        requirement.queryset = requirement.queryset.filter(kind__in=QUALITIES)
        requirement.help_text = "Of a quality, such as performance or security."


class FeedbackForm(RowForm):
    """What somebody of the customer said."""

    class Meta:
        model = DesignFeedback
        fields = ["element", "person", "text", "is_must_fix"]
        widgets = {"text": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        person: Any = self.fields["person"]
        person.queryset = person.queryset.exclude(customer=None)


class AnswerForm(PlainForm):
    """Our answer to feedback."""

    answer = forms.CharField(
        label="Our answer",
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="The customer reads it on the portal, below their own words.",
    )
    close = forms.BooleanField(label="Nothing more has to be done: close it", required=False)
