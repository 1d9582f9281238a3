"""Forms on the rules of hours, closed periods, corrections and splits."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from crispy_forms.layout import Fieldset, Layout
from django import forms

from budget.forms.time import DayHoursField
from budget.models import Approver, StandIn, TimeEntry, TimeRules
from implement.core.forms import DateInput, PlainForm, TimeInput, offer_rows
from projects.choices import Role
from projects.kit.access import Entry
from projects.kit.forms import RowForm, widgets_of
from projects.models import Person, Project, Task

NOTE_LENGTH = TimeEntry._meta.get_field("note").max_length
SECTIONS = {
    "Approval": ("levels", "approve_within"),
    "Overtime": ("overtime_day", "overtime_week", "overtime_free_days", "overtime_cost", "overtime_bill"),
    "Billing": ("billable_day",),
    "Timer": ("rounding",),
    "Reminders": ("reminds", "remind_weekday", "remind_at", "remind_share"),
}


def bookable(project: Project) -> Any:
    """Return the tasks of a project on which hours are booked."""
    return Task.objects.filter(project=project, is_summary=False, is_milestone=False)


def team_of(project: Project) -> Any:
    """Return the people on the project who are not the customer's."""
    return (
        Person.objects.filter(memberships__project=project, memberships__is_active=True)
        .exclude(memberships__project=project, memberships__role=Role.CUSTOMER)
        .distinct()
    )


class TimeRulesForm(RowForm):
    """How hours are counted, approved and asked for. Without cost.view the cost factor is not shown."""

    class Meta:
        model = TimeRules
        fields = [name for names in SECTIONS.values() for name in names]
        widgets = {"remind_at": TimeInput}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.entry is not None and not self.entry.can("cost.view"):
            del self.fields["overtime_cost"]
        self.fields[
            "billable_day"
        ].help_text += " A person or role whose hours are never billed has a rate card that bills 0."
        self.helper.layout = Layout(
            "version",
            *(
                Fieldset(title, *(name for name in names if name in self.fields))
                for title, names in SECTIONS.items()
            ),
        )


class ApproverForm(RowForm):
    """Whose hours are decided by whom, at which level."""

    class Meta:
        model = Approver
        fields = ["person", "level", "approver"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assert self.entry is not None
        for name in ("person", "approver"):
            field: Any = self.fields[name]
            field.queryset = team_of(self.entry.project)
        self.fields["person"].empty_label = "Everybody"  # type: ignore[attr-defined]
        self.fields["person"].label = "Hours and expenses of"
        self.fields["person"].help_text = "Everybody: who has no approver of their own."


class StandInForm(RowForm):
    """Who decides while an approver is away."""

    class Meta:
        model = StandIn
        fields = ["approver", "delegate", "starts_on", "ends_on"]
        widgets = widgets_of(StandIn, ["starts_on", "ends_on"])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assert self.entry is not None
        for name in ("approver", "delegate"):
            field: Any = self.fields[name]
            field.queryset = team_of(self.entry.project)
        if not self.entry.can("time.rules"):
            own = self.entry.person.pk if self.entry.person else None
            self.fields["approver"].queryset = Person.objects.filter(pk=own)  # type: ignore[attr-defined]
            self.fields["approver"].initial = own


def last_month(today: date) -> tuple[date, date]:
    """Return the first and the last day of the month before."""
    end = today.replace(day=1) - timedelta(days=1)
    return end.replace(day=1), end


class PeriodForm(PlainForm):
    """The days that are closed."""

    starts_on = forms.DateField(label="From", widget=DateInput)
    ends_on = forms.DateField(label="To", widget=DateInput)


class ReasonForm(PlainForm):
    """Why something that was finished is taken up again."""

    reason = forms.CharField(max_length=255)


class CorrectionForm(ReasonForm):
    """Why approved hours are taken back, and what is right instead."""

    books_right = forms.BooleanField(
        label="Book the right hours instead", required=False, initial=True,
        help_text="They keep the day of the work. Without them the hours are only taken back.",
    )  # fmt: skip
    task = forms.ModelChoiceField(queryset=Task.objects.none(), required=False)
    seconds = DayHoursField(label="Time", required=False)
    is_billable = forms.BooleanField(label="Billable", required=False)
    note = forms.CharField(required=False, max_length=NOTE_LENGTH)

    def __init__(self, *args: Any, item: TimeEntry, **kwargs: Any) -> None:
        initial = {
            "task": item.task_id, "seconds": item.seconds, "is_billable": item.is_billable, "note": item.note,
        }  # fmt: skip
        super().__init__(*args, initial=initial, **kwargs)
        offer_rows(self.fields["task"], bookable(item.project))  # type: ignore[arg-type]

    def clean(self) -> dict[str, Any]:
        """Ask for the time of the right hours."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("books_right") and cleaned.get("seconds") is None and "seconds" not in self.errors:
            self.add_error("seconds", "Say how long it was.")
        return cleaned


class PartForm(forms.Form):
    """A part of an entry that is split; empty parts are left out."""

    task = forms.ModelChoiceField(queryset=Task.objects.none(), required=False)
    worked_on = forms.DateField(label="Date", widget=DateInput, required=False)
    seconds = DayHoursField(label="Time", required=False, help_text="")
    note = forms.CharField(required=False, max_length=NOTE_LENGTH)

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_rows(self.fields["task"], bookable(project))  # type: ignore[arg-type]

    def clean(self) -> dict[str, Any]:
        """A part with a time needs a day."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("seconds") and not cleaned.get("worked_on") and "worked_on" not in self.errors:
            self.add_error("worked_on", "Say which day.")
        return cleaned


PartFormSet = forms.formset_factory(PartForm, extra=0, max_num=20, absolute_max=20)
AS_IS = "as-is"


class BulkChangeForm(PlainForm):
    """What many open entries get; what is left as it is stays."""

    task = forms.ModelChoiceField(queryset=Task.objects.none(), required=False, empty_label="Leave as it is")
    billable = forms.ChoiceField(
        label="Billable", choices=[(AS_IS, "Leave as it is"), ("yes", "Yes"), ("no", "No")], initial=AS_IS
    )
    sets_note = forms.BooleanField(label="Replace the note", required=False)
    note = forms.CharField(required=False, max_length=NOTE_LENGTH)

    def __init__(self, *args: Any, entry: Entry, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_rows(self.fields["task"], bookable(entry.project))  # type: ignore[arg-type]

    def values(self) -> dict[str, Any]:
        """Return what is to change, by column."""
        said: dict[str, Any] = {}
        if self.cleaned_data["task"] is not None:
            said["task"] = self.cleaned_data["task"]
        if self.cleaned_data["billable"] != AS_IS:
            said["is_billable"] = self.cleaned_data["billable"] == "yes"
        if self.cleaned_data["sets_note"]:
            said["note"] = self.cleaned_data["note"]
        return said
