"""Forms of accounts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts
from django.core.exceptions import ValidationError

from implement.accounts.models import validate_scopes
from implement.core.forms import PlainForm
from implement.core.zones import zone_choices

LIVES = [(30, "30 days"), (90, "90 days"), (365, "a year")]
SCOPES = [("read", "Read everything I may read"), ("write", "Read and change everything I may change")]


class ProfileForm(PlainForm):
    """Name and time zone."""

    full_name = forms.CharField(
        max_length=120, label="Name", widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    time_zone = forms.ChoiceField(
        choices=zone_choices, help_text="Times on every page are shown in this zone."
    )


class TokenForm(PlainForm):
    """A new API token."""

    name = forms.CharField(max_length=80, label="What is it for", help_text="Such as: nightly time import.")
    scopes = forms.MultipleChoiceField(
        choices=SCOPES, required=False, label="It may", widget=forms.CheckboxSelectMultiple
    )
    rooms = forms.CharField(
        required=False,
        max_length=200,
        label="Or only in some rooms",
        help_text="Such as read:time write:expenses, separated by spaces.",
    )
    days = forms.TypedChoiceField(choices=LIVES, coerce=int, initial=90, label="It ends after")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        scopes = [*data.get("scopes", []), *data.get("rooms", "").split()]
        if not scopes:
            self.add_error("scopes", "Choose what the token may do.")
        try:
            validate_scopes(scopes)
        except ValidationError as error:
            self.add_error("rooms", error)
        data["all_scopes"] = scopes
        return data


class AcceptForm(PlainForm):
    """The first password."""

    password = forms.CharField(
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        max_length=128,
        help_text=" ".join(password_validators_help_texts()),
    )
    again = forms.CharField(
        label="Password again",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        max_length=128,
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("password") and data.get("again") and data["password"] != data["again"]:
            self.add_error("again", "The two passwords differ.")
        return data
