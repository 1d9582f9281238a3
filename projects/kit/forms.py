"""Forms on a project's rows: choices narrowed to the project, a version that notices a newer save."""

from __future__ import annotations

from typing import Any, ClassVar

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import FieldDoesNotExist
from django.db import models

from implement.core.errors import DomainError, StaleVersion
from implement.core.forms import DateInput, DateTimeInput, PlainForm, TimeInput, offer_rows, show_errors
from projects.kit.access import Entry
from projects.models import Person, WorkCalendar

WIDGETS = {models.DateField: DateInput, models.DateTimeField: DateTimeInput, models.TimeField: TimeInput}


class RowForm(forms.ModelForm):
    """A form on one row. It never saves by itself: its page hands the row to a service."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, entry: Entry | None = None, **kwargs: Any) -> None:
        self.entry = entry
        super().__init__(*args, **kwargs)
        self.fields["version"].initial = None if self.instance._state.adding else self.instance.version
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        for field in self.fields.values():
            if type(field.widget) is forms.Textarea and field.widget.attrs.get("rows") == "10":
                field.widget.attrs["rows"] = 4
            if isinstance(field, forms.ModelChoiceField) and entry is not None:
                offer_rows(field, narrowed(field.queryset.all(), entry))  # type: ignore[union-attr]

    def clean_version(self) -> int | None:
        """Return the version the editor saw. An edit that does not say it is an edit of the loaded one."""
        return self.cleaned_data["version"] or (
            None if self.instance._state.adding else self.instance.version
        )


class ManyForm(PlainForm):
    """What to say of many rows at once: `names` of the fields of `row_form`; what is left empty stays as it is in each.

    Fields that a room declares itself stand below them, or alone.
    """

    row_form: ClassVar[type[RowForm] | None] = None
    names: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args: Any, entry: Entry, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.entry = entry
        offered: dict[str, Any] = {}
        if self.row_form is not None:
            offered = self.row_form(
                instance=self.row_form._meta.model(project=entry.project), entry=entry
            ).fields
        chosen: dict[str, Any] = {}
        for name in self.names:
            field = offered[name]
            field.required, field.initial = False, None
            if isinstance(field, forms.ModelChoiceField):
                field.empty_label = "As it is"
            elif isinstance(field, forms.ChoiceField):
                words: Any = field.choices
                field.choices = [("", "As it is"), *((key, label) for key, label in words if key)]
            chosen[name] = field
        self.fields = {**chosen, **self.fields}

    def said(self) -> dict[str, Any]:
        """Return only what was chosen."""
        return {name: value for name in self.names if (value := self.cleaned_data[name]) not in (None, "")}


def show_refusal(form: RowForm, error: DomainError) -> int:
    """Show on a form why its row was not saved; return the status of the answer.

    Over a newer version, the next press of Save is a decision made with that version known.
    """
    if isinstance(error, StaleVersion):
        stored = form._meta.model._base_manager.filter(pk=form.instance.pk).first()
        form.data = form.data.copy()  # type: ignore[attr-defined]
        form.data["version"] = str(stored.version) if stored else ""  # type: ignore[index]
        form.add_error(None, f"{error.message} Saving again puts yours over it.")
    else:
        show_errors(form, error)
    return 422 if error.status == DomainError.status else error.status


def narrowed(queryset: models.QuerySet[Any], entry: Entry) -> models.QuerySet[Any]:
    """Return only what belongs to the project: its own rows, its people; firm-wide calendars too."""
    model = queryset.model
    if model is Person:
        return queryset.on(entry.project).distinct()  # type: ignore[attr-defined]
    if model is WorkCalendar:
        # Not people's own: whoever is offered one would see when that person works.
        own = models.Q(project=entry.project)
        return queryset.filter(own | models.Q(project=None, person=None))
    try:
        field = model._meta.get_field("project")
    except FieldDoesNotExist:
        return queryset
    own = models.Q(project=entry.project)
    return queryset.filter(own | models.Q(project=None) if field.null else own)


def widgets_of(model: type[models.Model], names: list[str]) -> dict[str, type[forms.Widget]]:
    """Return the pickers for the date and time columns among `names`, for a form's Meta.widgets."""
    chosen: dict[str, type[forms.Widget]] = {}
    for name in names:
        widget = WIDGETS.get(type(model._meta.get_field(name)))
        if widget is not None:
            chosen[name] = widget
    return chosen
