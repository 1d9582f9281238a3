"""Forms: asking, proving who one is, answering."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django import forms

from implement.core.forms import DateInput, PlainForm
from projects.choices import Role
from projects.kit.access import Entry
from projects.kit.purposes import Purpose
from projects.models import Person
from projects.planning import today_of
from projects.signoffs.models import RequestItem
from projects.signoffs.services import Answer

USUAL_DAYS = 7


class AskForm(PlainForm):
    """Who is asked, until when, and a word to them."""

    person = forms.ModelChoiceField(
        label="Who decides for the customer", queryset=Person.objects.none(), empty_label=None
    )
    due_on = forms.DateField(
        label="Answer by", widget=DateInput, help_text="The link works for seven more days."
    )
    message = forms.CharField(
        label="A word to them",
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Stands in the mail and above what is shown.",
    )

    def __init__(self, *args: Any, entry: Entry, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        person: Any = self.fields["person"]
        person.queryset = (
            Person.objects.filter(
                memberships__project=entry.project,
                memberships__role=Role.CUSTOMER,
                memberships__is_active=True,
                memberships__is_approver=True,
            )
            .distinct()
            .order_by("name")
        )
        self.initial.setdefault("due_on", today_of(entry.project) + timedelta(days=USUAL_DAYS))


class CodeForm(PlainForm):
    """The six digits of the mail."""

    code = forms.CharField(
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "size": 8}),
    )


class AnswerForm(forms.Form):
    """A verdict, perhaps an option, and a comment for each item."""

    def __init__(self, *args: Any, purpose: Purpose, items: Iterable[RequestItem], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.items = list(items)
        verdicts = [(one.value, one.label) for one in purpose.verdicts]
        for item in self.items:
            self.fields[f"verdict-{item.pk}"] = forms.ChoiceField(
                label="Your answer",
                choices=verdicts,
                widget=forms.RadioSelect,
                error_messages={"required": "Choose an answer."},
            )
            options = [(one["value"], one["label"]) for one in item.content.get("options", [])]
            if options:
                self.fields[f"option-{item.pk}"] = forms.ChoiceField(
                    label="Which option", choices=options, required=False, widget=forms.RadioSelect
                )
            self.fields[f"comment-{item.pk}"] = forms.CharField(
                label="Comment",
                required=False,
                max_length=4000,
                widget=forms.Textarea(attrs={"rows": 3, "class": "form-control"}),
            )

    def parts(self) -> list[dict[str, Any]]:
        """Return each item with its fields, for the page."""
        return [
            {
                "item": item,
                "verdict": self[f"verdict-{item.pk}"],
                "option": self[f"option-{item.pk}"] if f"option-{item.pk}" in self.fields else None,
                "comment": self[f"comment-{item.pk}"],
            }
            for item in self.items
        ]

    def answers(self) -> dict[int, Answer]:
        """Return what was answered, by item."""
        said = self.cleaned_data
        return {
            item.pk: Answer(
                verdict=said[f"verdict-{item.pk}"],
                comment=said[f"comment-{item.pk}"],
                option=said.get(f"option-{item.pk}", ""),
            )
            for item in self.items
        }
