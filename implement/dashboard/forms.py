"""Forms of the firm's pages and of a project's settings."""

from __future__ import annotations

import itertools
from typing import Any

import holidays
from babel import Locale
from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError

from implement.core.calendars import Intervals
from implement.core.forms import DateInput
from projects.forms import PROJECT_FIELDS, ProjectForm
from projects.kit.forms import widgets_of
from projects.models import Person, Project, WorkCalendar

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HOURS_EXAMPLE = "09:00-13:00, 14:00-18:00"


class ProjectAddForm(ProjectForm):
    """A new project, with its code, its customer and its project manager."""

    manager = forms.ModelChoiceField(
        Person.objects.none(), label="Project manager", help_text="The first member; more can be added."
    )

    class Meta:
        model = Project
        fields = ["name", "code", "customer", *PROJECT_FIELDS[1:]]
        widgets = widgets_of(Project, PROJECT_FIELDS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["manager"].queryset = Person.objects.internal().filter(is_active=True)  # type: ignore[attr-defined]
        self.fields["calendar"].queryset = WorkCalendar.objects.filter(project=None)  # type: ignore[attr-defined]


class IntervalsField(forms.CharField):
    """Hours of a day as people write them, "09:00-13:00, 14:00-18:00"; empty is a day off."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        kwargs.setdefault("max_length", 120)
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, str) or value is None:
            return value
        return ", ".join(f"{clock(start)}-{clock(end)}" for start, end in value)

    def clean(self, value: Any) -> Intervals:
        text = super().clean(value)
        found = []
        for part in filter(None, (piece.strip() for piece in text.replace("–", "-").split(","))):
            start, dash, end = (word.strip() for word in part.partition("-"))
            first, last = minutes(start), minutes(end)
            if not dash or first is None or last is None or first >= last:
                raise ValidationError(f"“{part}” is not a span of time, such as 09:00-13:00.")
            found.append((first, last))
        found.sort()
        for before, after in itertools.pairwise(found):
            if after[0] < before[1]:
                raise ValidationError("Two of the spans overlap.")
        return tuple(found)


def clock(minute: int) -> str:
    """Return minutes after midnight as "09:30"."""
    return f"{minute // 60:02}:{minute % 60:02}"


def minutes(text: str) -> int | None:
    """Return "09:30", "9:30" or "9" as minutes after midnight, None when it is no time of day."""
    hour, _, minute = text.partition(":")
    minute = minute or "0"
    if not (hour.isdecimal() and minute.isdecimal() and len(hour) <= 2 and len(minute) <= 2):
        return None
    total = int(hour) * 60 + int(minute)
    return total if int(minute) < 60 and total <= 24 * 60 else None


def country_choices() -> list[tuple[str, str]]:
    """Return (ISO code, name) of the countries whose public holidays are known, by name."""
    codes = [code for code in holidays.list_supported_countries(include_aliases=False) if len(code) == 2]
    return [("", "None"), *sorted(((code, country_name(code)) for code in codes), key=lambda pair: pair[1])]


def country_name(code: str) -> str:
    """Return a country's name by its ISO 3166 code; the code itself when nobody names it."""
    return Locale("en").territories.get(code, code)


class CalendarForm(forms.Form):
    """The project's working week and whose public holidays it keeps."""

    country = forms.ChoiceField(
        choices=country_choices,
        required=False,
        label="Public holidays of",
    )
    subdivision = forms.CharField(
        required=False,
        max_length=10,
        label="State or canton",
        help_text="Its short code, where holidays differ: BY for Bavaria, ZH for Zurich.",
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        days = {
            f"day_{number}": IntervalsField(
                label=name, widget=forms.TextInput(attrs={"placeholder": "Day off", "autocomplete": "off"})
            )
            for number, name in enumerate(WEEKDAYS)
        }
        self.fields = days | self.fields
        self.helper = plain_helper()

    @property
    def week(self) -> list[Intervals]:
        """Return the cleaned week, Monday first."""
        return [self.cleaned_data[f"day_{number}"] for number in range(7)]


class CalendarExceptionForm(forms.Form):
    """Days that differ from the week."""

    first = forms.DateField(widget=DateInput, label="First day")
    last = forms.DateField(widget=DateInput, label="Last day", required=False)
    times = IntervalsField(
        label="Hours", widget=forms.TextInput(attrs={"placeholder": "Day off", "autocomplete": "off"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = plain_helper()


def plain_helper() -> FormHelper:
    """Return the crispy settings of a form whose page draws the form element itself."""
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    return helper
