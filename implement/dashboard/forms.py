"""Forms of the firm's pages and of a project's settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import holidays
from babel import Locale
from crispy_forms.helper import FormHelper
from django import forms

from implement.core.calendars import Intervals
from implement.core.forms import DateInput, IntervalsField, PlainForm
from implement.core.money import format_number, hours_of
from projects.forms import PROJECT_FIELDS, ProjectForm
from projects.kit.access import Entry
from projects.kit.forms import RowForm, widgets_of
from projects.kit.parts import in_order
from projects.models import Person, Project, ProjectTemplate, WorkCalendar
from projects.services import Days

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


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
        self.fields["calendar"].queryset = WorkCalendar.objects.of_firm()  # type: ignore[attr-defined]


class ProjectStartForm(ProjectAddForm):
    """A new project from a template: as an empty one, and who takes which role."""

    def __init__(
        self, *args: Any, roles: Sequence[Mapping[str, Any]], calendar_name: str = "", **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["calendar"].empty_label = (  # type: ignore[attr-defined]
            f"The template's: {calendar_name}" if calendar_name else "Monday to Friday, eight hours"
        )
        people = list(Person.objects.filter(is_active=True).select_related("customer").order_by("name", "pk"))
        alike: dict[str, list[Person]] = {}
        for person in people:
            if person.customer_id is None and person.job_role:
                alike.setdefault(person.job_role.casefold(), []).append(person)
        for role in roles:
            offered = [one for one in people if (one.customer_id is not None) == role["is_customer"]]
            same = alike.get(role["job_role"].casefold(), [])
            field = forms.TypedChoiceField(
                choices=[
                    ("", "The project manager" if role["is_lead"] else "Nobody yet"),
                    *((f"{one.pk}", named(one)) for one in offered),
                ],
                required=False,
                label=role["name"],
                # A role that only one of the firm's people has is theirs until somebody says otherwise.
                initial=f"{same[0].pk}" if len(same) == 1 and not role["is_lead"] else "",
                help_text=f"{format_number(hours_of(role['seconds']), digits=0)} h planned"
                if role["seconds"]
                else "",
            )
            self.fields[f"role_{role['key']}"] = field
        self.by_id = {f"{one.pk}": one for one in people}
        self.role_keys = [role["key"] for role in roles]

    def people(self) -> dict[str, Person | None]:
        """Return role key -> who takes it."""
        return {key: self.by_id.get(self.cleaned_data.get(f"role_{key}") or "") for key in self.role_keys}

    def project_fields(self) -> list[forms.BoundField]:
        """Return the fields of the project itself."""
        return [field for field in self.visible_fields() if not field.name.startswith("role_")]

    def role_fields(self) -> list[forms.BoundField]:
        """Return the fields of the roles."""
        return [field for field in self.visible_fields() if field.name.startswith("role_")]


def named(person: Person) -> str:
    """Return how a person is offered: with their role, or the customer they are of."""
    words = str(person.customer) if person.customer is not None else person.job_role
    return f"{person.name} ({words})" if words else person.name


class TemplateForm(RowForm):
    """What a template is called and what it is for."""

    class Meta:
        model = ProjectTemplate
        fields = ["name", "description"]


class TemplateMakeForm(PlainForm):
    """What of a project becomes a template."""

    name = forms.CharField(max_length=120, label="Name of the template")
    description = forms.CharField(
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="When it fits: kind of product, size of the customer, what is special.",
    )
    parts = forms.MultipleChoiceField(
        required=False, widget=forms.CheckboxSelectMultiple, label="Besides the plan and its roles"
    )
    with_amounts = forms.BooleanField(
        required=False,
        label="Amounts of money too",
        help_text="Cost and bill amounts of budget lines, and payments of milestones. Off: hours only.",
    )

    def __init__(self, *args: Any, entry: Entry, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [part for part in in_order() if not part.is_needed and entry.can(part.grant)]
        field: Any = self.fields["parts"]
        field.choices = [(part.key, part.label) for part in offered]
        field.initial = [part.key for part in offered]
        self.help_of = [(part.key, part.help_text) for part in offered]
        if not (entry.can("cost.view") and entry.can("money.view")):
            del self.fields["with_amounts"]


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


class FirmCalendarForm(CalendarForm):
    """A calendar of the firm: a name besides the week."""

    name = forms.CharField(max_length=120, label="Name")


class DaysForm(PlainForm):
    """Days that differ from the week, or are to be like it again."""

    name = forms.CharField(
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "such as Company outing"}),
    )
    first = forms.DateField(widget=DateInput, label="First day")
    last = forms.DateField(
        widget=DateInput, label="Last day", required=False, help_text="Empty: the first day only."
    )
    times = IntervalsField(
        label="Hours",
        widget=forms.TextInput(attrs={"placeholder": "Day off", "autocomplete": "off"}),
        help_text="Empty is a day off. Of several days, those that are off already stay off.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # A calendar's own form stands beside it and has a name, too.
        super().__init__(*args, auto_id="days_%s", **kwargs)

    @property
    def days(self) -> Days:
        """Return what was said."""
        said = self.cleaned_data
        return Days(
            first=said["first"],
            last=said["last"] or said["first"],
            times=None if "remove" in self.data else said["times"],
            name=said["name"],
        )


def plain_helper() -> FormHelper:
    """Return the crispy settings of a form whose page draws the form element itself."""
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    return helper
