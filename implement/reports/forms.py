"""Forms of the reports."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from crispy_forms.helper import FormHelper
from django import forms
from django.utils import timezone

from implement.accounts.models import User
from implement.core.forms import DateInput, RowsField, TimeInput
from implement.core.zones import zone_choices
from implement.reports.choices import LANGUAGES, ReportKind
from implement.reports.models import NARRATIVE, Report, ReportSchedule
from implement.reports.selectors import batch_projects
from implement.reports.services import eligible_people, planned_recipients
from projects.choices import Audience
from projects.kit.access import Entry
from projects.kit.forms import RowForm
from projects.models import Person, Project


def today_of(project: Project, now: datetime | None = None) -> date:
    """Return today in the project's zone."""
    return (now or timezone.now()).astimezone(ZoneInfo(project.time_zone)).date()


class ScheduleForm(RowForm):
    """When an edition is made, and who gets it."""

    time_zone = forms.ChoiceField(choices=zone_choices)
    language = forms.ChoiceField(choices=LANGUAGES, required=False)
    recipients = RowsField(
        queryset=Person.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="An internal edition goes only to the firm's people whose role may see cost.",
    )

    class Meta:
        model = ReportSchedule
        fields = [
            "kind",
            "audience",
            "language",
            "frequency",
            "anchor",
            "weekday",
            "time",
            "time_zone",
            "recipients",
            "review_first",
            "is_active",
        ]
        labels = {
            "audience": "Edition",
            "anchor": "First period starts on",
            "weekday": "Made on",
            "time": "At",
            "is_active": "Active",
        }
        help_texts = {
            "anchor": "Every period is counted from here, in whole days.",
            "weekday": "The first such day on or after the end of a period.",
        }
        widgets = {"anchor": DateInput, "time": TimeInput}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.entry is not None:
            people = eligible_people(self.entry.project, Audience.CUSTOMER)
            self.fields["recipients"].queryset = people.select_related("customer")
        self.fields["recipients"].label_from_instance = person_label


def person_label(person: Person) -> str:
    """Return a person with the address and, for a customer's person, the customer."""
    side = f", {person.customer}" if person.customer_id else ""
    return f"{person.name} ({person.email}{side})"


class ReportRequestForm(forms.Form):
    """Make a report now."""

    kind = forms.ChoiceField(label="Report", choices=ReportKind)
    audience = forms.ChoiceField(label="Edition", choices=Audience)
    language = forms.ChoiceField(choices=[("", "As the edition's schedule says"), *LANGUAGES], required=False)
    first = forms.DateField(label="From", widget=DateInput)
    last = forms.DateField(label="Up to and including", widget=DateInput)

    def __init__(self, *args: Any, entry: Entry, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        if not entry.can("cost.view"):
            self.fields["audience"].choices = [(Audience.CUSTOMER.value, Audience.CUSTOMER.label)]
        today = today_of(entry.project)
        self.fields["first"].initial = today - timedelta(days=6)
        self.fields["last"].initial = today
        self.fields["last"].widget.attrs["max"] = today.isoformat()


class ReportTextForm(RowForm):
    """The words of a draft."""

    class Meta:
        model = Report
        fields = list(NARRATIVE)
        labels = {
            "achievements": "What happened",
            "next_steps": "What is next",
            "decisions": "Decisions needed",
        }
        widgets = {name: forms.Textarea(attrs={"rows": 3 if name == "summary" else 5}) for name in NARRATIVE}


class SendForm(forms.Form):
    """Who gets the report."""

    recipients = RowsField(
        queryset=Person.objects.none(), required=False, widget=forms.CheckboxSelectMultiple, label="Send to"
    )

    def __init__(self, *args: Any, report: Report, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        project = report.project
        people = eligible_people(project, report.audience).exclude(
            email__in=report.deliveries.values("address")
        )
        field = self.fields["recipients"]
        field.queryset = people.select_related("customer").order_by("name")
        field.label_from_instance = person_label
        planned = planned_recipients(project=project, kind=report.kind, audience=report.audience)
        self.initial.setdefault("recipients", [person.pk for person in planned])


class BatchForm(forms.Form):
    """One edition of one period for many projects."""

    kind = forms.ChoiceField(label="Report", choices=ReportKind, initial=ReportKind.STATUS)
    audience = forms.ChoiceField(label="Edition", choices=Audience, initial=Audience.INTERNAL)
    first = forms.DateField(label="From", widget=DateInput)
    last = forms.DateField(label="Up to and including", widget=DateInput)
    projects = RowsField(queryset=Project.objects.none(), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        field = self.fields["projects"]
        field.queryset = batch_projects(user, audience=Audience.CUSTOMER).order_by("name")
        if not self.is_bound:
            field.initial = [project.pk for project in field.queryset]
        today = timezone.localdate()
        monday = today - timedelta(days=today.weekday())
        self.fields["first"].initial = monday - timedelta(days=7)
        self.fields["last"].initial = monday - timedelta(days=1)
