"""Form fields that people type hours and money into."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms.models import ModelChoiceIterator
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from implement.core.calendars import Intervals
from implement.core.errors import DomainError
from implement.core.money import hours_of
from implement.core.tabular.parse import parse_duration_seconds


def show_errors(form: forms.BaseForm, error: DomainError) -> None:
    """Put a service's refusal beside the fields it names, or above the form."""
    for name, message in error.fields.items():
        form.add_error(name if name in form.fields else None, message)
    if not error.fields:
        form.add_error(None, error.message)


# Digits of the largest id that both databases take.
KEY_LENGTH = 18


def is_id(value: str) -> bool:
    """Return whether a typed value can be a row's number."""
    return value.isascii() and value.isdecimal() and len(value) <= KEY_LENGTH


class HoursField(forms.CharField):
    """Time as people type it (7.5, 7,5, 7:30, 1h 30m), kept as whole seconds."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", "Hours: 7.5, 7,5 or 7:30.")
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        kwargs.setdefault("max_length", 20)
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, int):
            return format(hours_of(value).normalize(), "f")
        return value

    def clean(self, value: Any) -> int | None:
        if isinstance(value, int):
            return value
        text = super().clean(value)
        if not text:
            return None
        try:
            return parse_duration_seconds(text)
        except ValueError as error:
            raise ValidationError(str(error)) from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return self.clean(data) != initial
        except ValidationError:
            return True


class PlainForm(forms.Form):
    """A form whose page draws the form element itself."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True


class DateInput(forms.DateInput):
    """The browser's own date picker, which shows the reader's locale and sends ISO."""

    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("format", "%Y-%m-%d")
        super().__init__(**kwargs)


class DateTimeInput(forms.DateTimeInput):
    """The browser's own date and time picker."""

    input_type = "datetime-local"

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("format", "%Y-%m-%dT%H:%M")
        super().__init__(**kwargs)


class TimeInput(forms.TimeInput):
    """The browser's own time picker."""

    input_type = "time"

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("format", "%H:%M")
        super().__init__(**kwargs)


class RowsField(forms.ModelMultipleChoiceField):
    """Several rows by their ids. An id that no row can have is refused before a database chokes on it."""

    def clean(self, value: Any) -> QuerySet[Any]:
        for key in value if isinstance(value, list | tuple) else ():
            if isinstance(key, str) and not is_id(key):
                raise ValidationError(
                    self.error_messages["invalid_pk_value"],
                    code="invalid_pk_value",
                    params={"pk": key[:KEY_LENGTH]},
                )
        return super().clean(value)


def joined_options(widget: forms.Select, name: str, value: Any, attrs: Any) -> SafeString:
    """Return a select with its options joined, not drawn one by one from a template."""
    chosen = set(widget.format_value(value))
    options = format_html_join(
        "\n",
        '<option value="{}"{}>{}</option>',
        (
            (key, SafeString(" selected") if str(key) in chosen else "", label)
            for key, label in widget.choices
        ),
    )
    own = flatatt(widget.build_attrs(widget.attrs, attrs))
    return format_html('<select name="{}"{}>{}</select>', name, own, options)


class LongSelect(forms.Select):
    """A select over thousands of rows."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        return joined_options(self, name, value, attrs)


class LongSelectMultiple(forms.SelectMultiple):
    """A select of several among thousands of rows."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        return joined_options(self, name, value, {**(attrs or {}), "multiple": True})


LONG: dict[type[forms.Widget], type[forms.Select]] = {
    forms.Select: LongSelect,
    forms.SelectMultiple: LongSelectMultiple,
}


class RowChoices(ModelChoiceIterator):
    """The choices of a model that names in `choice_columns` what its rows are called by: read without rows."""

    def __iter__(self) -> Iterator[tuple[Any, str]]:
        if self.field.empty_label is not None:
            yield "", str(self.field.empty_label)
        columns = self.queryset.model.choice_columns
        for key, *words in self.queryset.values_list("pk", *columns).iterator(chunk_size=2000):
            yield key, " ".join(filter(None, words))


def offer_rows(field: forms.ModelChoiceField, queryset: QuerySet[Any]) -> None:
    """Let a field offer these rows, the quick way where their model allows it."""
    long = LONG.get(type(field.widget))
    if hasattr(queryset.model, "choice_columns") and long is not None:
        field.widget = long(attrs=field.widget.attrs)
        field.iterator = RowChoices
    field.queryset = queryset


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
        for before, after in pairwise(found):
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
