"""Forms of the base: projects, members, the plan."""

from __future__ import annotations

from typing import Any

from django import forms

from implement.accounts.models import User
from implement.core.forms import DateInput, HoursField, IntervalsField, PlainForm
from implement.core.money import currency_choices
from implement.core.zones import zone_choices
from projects.choices import USUAL_RULES, ProgressRule
from projects.feeds import projects_of
from projects.kit.forms import RowForm, widgets_of
from projects.models import (
    Absence,
    Assignment,
    Customer,
    Dependency,
    Membership,
    Milestone,
    Person,
    Project,
    Task,
    WorkCalendar,
)

TASK_FIELDS = [
    "name",
    "parent",
    "code",
    "duration_minutes",
    "is_estimated",
    "is_billable",
    "is_milestone",
    "constraint",
    "constraint_at",
    "deadline",
    "percent_complete",
    "actual_start",
    "actual_finish",
    "is_published",
    "calendar",
    "ignores_people",
    "description",
]
MILESTONE_FIELDS = [
    "name",
    "parent",
    "constraint",
    "constraint_at",
    "deadline",
    "percent_complete",
    "actual_finish",
    "is_published",
    "customer_title",
    "acceptance_criteria",
    "payment_amount",
]


class MinutesField(HoursField):
    """Working time typed as hours, kept as minutes."""

    def prepare_value(self, value: object) -> object:
        return super().prepare_value(value * 60) if isinstance(value, int) else value

    def clean(self, value: object) -> int | None:
        seconds = super().clean(value)
        return None if seconds is None else round(seconds / 60)


class TaskForm(RowForm):
    """A task of the plan."""

    duration_minutes = MinutesField(label="Duration in working hours")

    class Meta:
        model = Task
        fields = TASK_FIELDS
        widgets = widgets_of(Task, TASK_FIELDS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # What is computed is not typed: it is said on the task's page, in the way in which it is measured.
        if not self.instance._state.adding and self.instance.rule != ProgressRule.PHYSICAL:
            del self.fields["percent_complete"]
            if self.instance.rule in (ProgressRule.STEPS, ProgressRule.UNITS):
                del self.fields["actual_start"], self.fields["actual_finish"]


class MilestoneForm(RowForm):
    """A milestone, with what the customer reads."""

    class Meta:
        model = Milestone
        fields = MILESTONE_FIELDS
        widgets = widgets_of(Milestone, MILESTONE_FIELDS)


class DependencyForm(RowForm):
    """A link between two tasks of the project."""

    class Meta:
        model = Dependency
        fields = ["predecessor", "successor", "type", "lag_minutes", "is_elapsed"]


class AssignmentForm(RowForm):
    """Somebody on a task."""

    planned_seconds = HoursField(label="Planned hours")

    class Meta:
        model = Assignment
        fields = ["task", "person", "planned_seconds", "units"]


class MembershipForm(RowForm):
    """A person's place on the project."""

    class Meta:
        model = Membership
        fields = ["person", "role", "title", "is_approver", "is_active"]

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        if self.entry is not None:
            # Who may join: the firm's people and this customer's, not another customer's.
            self.fields["person"].queryset = Person.objects.filter(is_active=True).filter(
                customer__in=[self.entry.project.customer]
            ) | Person.objects.filter(is_active=True, customer=None)


PROJECT_FIELDS = [
    "name",
    "description",
    "phase",
    "starts_on",
    "ends_on",
    "currency",
    "time_zone",
    "calendar",
    "customer_budget",
    "progress_rule",
]


class ProjectForm(RowForm):
    """A project's settings."""

    class Meta:
        model = Project
        fields = [*PROJECT_FIELDS, "data_date"]
        widgets = widgets_of(Project, fields)

    currency = forms.ChoiceField(choices=currency_choices)
    time_zone = forms.ChoiceField(choices=zone_choices)
    progress_rule = forms.ChoiceField(
        label="Usual measure of progress",
        choices=USUAL_RULES,
        required=False,
        help_text=Project._meta.get_field("progress_rule").help_text,
    )

    def clean_progress_rule(self) -> str:
        """Return the rule as it is when none is sent."""
        return self.cleaned_data["progress_rule"] or self.instance.progress_rule


class StatusDateForm(forms.ModelForm):
    """The status date alone, as the plan asks for it."""

    class Meta:
        model = Project
        fields = ["data_date"]
        widgets = widgets_of(Project, fields)


class CustomerForm(RowForm):
    """A customer of the firm."""

    website = forms.URLField(required=False, assume_scheme="https")

    class Meta:
        model = Customer
        fields = ["name", "website", "notes"]


class PersonForm(RowForm):
    """Somebody of the firm or of a customer."""

    class Meta:
        model = Person
        fields = ["name", "email", "customer", "job_role", "calendar", "weekly_hours", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        calendar: Any = self.fields["calendar"]
        calendar.empty_label = "When their project works"
        calendar.queryset = WorkCalendar.objects.of_firm()
        if self.instance.pk:
            calendar.queryset |= WorkCalendar.objects.filter(person=self.instance)


class OwnAbsenceForm(RowForm):
    """When one is away."""

    last = forms.DateField(
        label="Last day", widget=DateInput, required=False, help_text="Empty: the first day only."
    )
    times = IntervalsField(
        label="Away between",
        help_text="Such as 14:00-18:00; empty: all day.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    minutes = MinutesField(
        label="Or hours away per day", required=False, help_text="Hours off the end of each working day."
    )

    class Meta:
        model = Absence
        fields = ["kind", "first", "last", "times", "minutes", "note"]
        widgets = widgets_of(Absence, ["first", "last"])

    def clean(self) -> dict[str, Any] | None:
        said = super().clean()
        if said and said.get("first") and not said.get("last") and "last" not in self.errors:
            said["last"] = said["first"]
        if said and said.get("first") and said.get("last") and said["last"] < said["first"]:
            self.add_error("last", "Choose a later day.")
        return said


class AbsenceForm(OwnAbsenceForm):
    """When somebody of the project is away."""

    class Meta(OwnAbsenceForm.Meta):
        fields = ["person", *OwnAbsenceForm.Meta.fields]


class FeedForm(PlainForm):
    """Of what a calendar feed is made."""

    project = forms.ModelChoiceField(
        queryset=Project.objects.none(),
        required=False,
        empty_label="All my projects",
        label="Of which project",
        help_text="All: milestones, and the tasks you are on. One: all its milestones and tasks.",
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        project: Any = self.fields["project"]
        project.queryset = Project.objects.filter(pk__in=[row.pk for row in projects_of(user)])


PRINT_SCOPES = {
    "all": "All tasks",
    "critical": "Critical path",
    "open": "Not finished",
    "1": "Level 1",
    "2": "Levels 1 and 2",
    "3": "Levels 1 to 3",
}
PRINT_ZOOMS = {
    "fit": "Fit the width of a page",
    "day": "Days",
    "week": "Weeks",
    "month": "Months",
    "quarter": "Quarters",
}
PRINT_PAPERS = {"a4": "A4 landscape", "a3": "A3 landscape"}


class PlanPrintForm(PlainForm):
    """What of the plan goes on paper, and how large."""

    scope = forms.ChoiceField(label="What", initial="all", choices=list(PRINT_SCOPES.items()))
    zoom = forms.ChoiceField(
        label="Scale",
        initial="fit",
        choices=list(PRINT_ZOOMS.items()),
        help_text="A plan that is wider than the page goes on sideways, with the names on each page.",
    )
    paper = forms.ChoiceField(label="Paper", initial="a4", choices=list(PRINT_PAPERS.items()))
