"""Forms on requirements, workshops, terms and questions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings

from implement.core.forms import DateInput, HoursField, PlainForm, RowsField, offer_rows
from projects.kit.access import Entry
from projects.kit.forms import ManyForm, RowForm, widgets_of
from projects.models import Task
from projects.planning import today_of
from projects.requirements.choices import (
    SIGNED,
    DocumentForm,
    SpecificationEdition,
    SpecificationScope,
    VerificationMethod,
    VerificationVerdict,
)
from projects.requirements.models import (
    GlossaryTerm,
    OpenQuestion,
    Release,
    Requirement,
    SuccessCriterion,
    Workshop,
)
from projects.requirements.selectors.texts import criteria_of, criteria_text
from projects.requirements.services.delivery import Wanted

# What can be said of many requirements at once: of it the customer signs type, priority, fit and goal.
BULK_FIELDS = (
    "owner", "kind", "priority", "fit", "success_criterion", "category", "criticality", "parent", "source_kind",
    "source_person", "workshop", "source",
)  # fmt: skip


class RequirementForm(RowForm):
    """A requirement with its acceptance criteria; a signed one asks why it changes."""

    criteria = forms.CharField(
        label="Acceptance criteria",
        required=False,
        max_length=200_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="One a paragraph, with an empty line between. Plain, or: Given … When … Then …",
    )
    estimate_seconds = HoursField(label="Estimate", required=False)
    reason = forms.CharField(
        label="Why it changes",
        required=False,
        max_length=255,
        help_text="The customer has signed the text as it was.",
    )

    class Meta:
        model = Requirement
        fields = [
            "title", "statement", "rationale", "criteria", "kind", "priority", "fit", "success_criterion",
            "category", "criticality", "parent", "owner", "source_kind", "source_person", "workshop",
            "source", "estimate_seconds",
        ]  # fmt: skip
        widgets = {
            "statement": forms.Textarea(attrs={"rows": 3}),
            "rationale": forms.Textarea(attrs={"rows": 2}),
        }

    field_order = ["title", "statement", "criteria"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row = self.instance
        if not row._state.adding:
            self.initial["criteria"] = criteria_text(row.criteria_texts)
        if row._state.adding or row.status not in SIGNED:
            del self.fields["reason"]
        owner: Any = self.fields["owner"]
        owner.queryset = owner.queryset.filter(customer=None)
        parent: Any = self.fields["parent"]
        parent.queryset = parent.queryset.exclude(pk=row.pk)

    def clean_criteria(self) -> list[str]:
        """Return the criteria one by one."""
        return criteria_of(self.cleaned_data["criteria"])


class BulkForm(ManyForm):
    """What to say of many requirements at once; what is left empty stays as it is in each."""

    row_form = RequirementForm
    names = BULK_FIELDS
    reason = forms.CharField(
        label="Why they change",
        required=False,
        max_length=255,
        help_text="Needed for what the customer has signed.",
    )


class VerifyForm(ManyForm):
    """How somebody looked at requirements, and whether they are met."""

    verdict = forms.ChoiceField(
        label="Are they met?", choices=VerificationVerdict.choices, widget=forms.RadioSelect
    )
    method = forms.ChoiceField(
        label="How you looked",
        choices=VerificationMethod.choices,
        help_text="Inspection: read or seen. Analysis: computed or argued. Demonstration: used as it will be. "
        "Test: tried step by step, against what was expected.",
    )
    held_on = forms.DateField(label="When", widget=DateInput)
    evidence = forms.CharField(
        label="What you looked at, and what you saw",
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="So that somebody else could look at it again: the build, the example, the document.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["held_on"].initial = today_of(self.entry.project)


class WorkshopForm(RowForm):
    """A workshop."""

    class Meta:
        model = Workshop
        fields = ["title", "held_on", "place", "lead", "attendees", "guests", "notes"]
        widgets = widgets_of(Workshop, ["held_on"]) | {"notes": forms.Textarea(attrs={"rows": 12})}
        field_classes = {"attendees": RowsField}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assert self.entry is not None
        self.initial["held_on"] = self.initial.get("held_on") or today_of(self.entry.project)
        self.fields["attendees"].widget.attrs["size"] = 8


class GlossaryForm(RowForm):
    """A word and what it means."""

    class Meta:
        model = GlossaryTerm
        fields = ["term", "definition", "synonyms"]


class GoalForm(RowForm):
    """A goal; when the customer has signed requirements that name it, a new title asks why."""

    reason = forms.CharField(
        label="Why it is called otherwise",
        required=False,
        max_length=255,
        help_text="The customer has signed requirements that name it. With a new title they must be signed again.",
    )

    class Meta:
        model = SuccessCriterion
        fields = [
            "title", "measure", "baseline_value", "target_value", "unit", "due_on", "due_words", "owner", "audience",
        ]  # fmt: skip
        widgets = widgets_of(SuccessCriterion, ["due_on"])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row = self.instance
        for name in ("baseline_value", "target_value"):
            if (value := getattr(row, name)) is not None and name in self.initial:
                self.initial[name] = format(value.normalize(), "f")
        if row._state.adding or not row.requirements.signed().exists():
            del self.fields["reason"]


class QuestionForm(RowForm):
    """An open question."""

    class Meta:
        model = OpenQuestion
        fields = ["text", "owner", "due_on", "workshop", "requirement", "answer"]
        widgets = widgets_of(OpenQuestion, ["due_on"]) | {"text": forms.Textarea(attrs={"rows": 2})}


class BaselineForm(PlainForm):
    """What a baseline is called."""

    name = forms.CharField(label="Name", max_length=120, help_text="Such as: Release 1, as signed in March.")


class SpecificationForm(PlainForm):
    """What of the requirements goes on paper, for whom, in which language."""

    scope = forms.ChoiceField(label="What", choices=SpecificationScope.choices)
    edition = forms.ChoiceField(
        label="For whom",
        choices=SpecificationEdition.choices,
        help_text="For the customer: only what they were asked about, without owners, estimates and sources.",
    )
    language = forms.ChoiceField(label="Language", choices=settings.LANGUAGES)
    form = forms.ChoiceField(
        label="As",
        choices=DocumentForm.choices,
        required=False,
        help_text="The HTML file opens in any browser, without a connection, and prints the same.",
    )


class ReleaseForm(RowForm):
    """A release."""

    class Meta:
        model = Release
        fields = ["name", "title", "goal", "milestone", "target_on", "is_published", "note"]
        widgets = widgets_of(Release, ["target_on"]) | {
            "goal": forms.Textarea(attrs={"rows": 3}),
            "note": forms.Textarea(attrs={"rows": 2}),
        }


class PlaceForm(PlainForm):
    """Into which release."""

    release = forms.ModelChoiceField(
        queryset=Release.objects.none(), required=False, empty_label="Not placed yet", label="Release"
    )

    def __init__(self, *args: Any, entry: Entry, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        release: Any = self.fields["release"]
        release.queryset = Release.objects.filter(project=entry.project).open()


class WhereForm(PlainForm):
    """Below which summary of the plan something new stands."""

    parent = forms.ModelChoiceField(
        queryset=Task.objects.none(), required=False, empty_label="At the top level", label="Below"
    )

    def __init__(self, *args: Any, entry: Entry, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        parent: Any = self.fields["parent"]
        offer_rows(parent, Task.objects.filter(project=entry.project, is_summary=True))


SHAPES = {"each": "One task for each requirement", "one": "One task for all of them"}


class TasksForm(WhereForm):
    """What tasks to make of the chosen requirements."""

    shape = forms.ChoiceField(label="How many", choices=list(SHAPES.items()), initial="each")
    name = forms.CharField(
        label="Name of the one task", required=False, max_length=255, help_text="Only for one task for all."
    )
    with_owner = forms.BooleanField(
        label="Put the owner of each on it, with the estimated hours", required=False, initial=True
    )
    also_tasked = forms.BooleanField(label="Also for those that a task delivers already", required=False)

    field_order = ["parent", "shape", "name", "with_owner", "also_tasked"]

    def wanted(self) -> Wanted:
        """Return what was asked for."""
        said = self.cleaned_data
        return Wanted(
            parent=said["parent"],
            is_one=said["shape"] == "one",
            name=said["name"],
            with_owner=said["with_owner"],
            also_tasked=said["also_tasked"],
        )


class LinkTasksForm(PlainForm):
    """Which tasks deliver the chosen requirements."""

    tasks = RowsField(
        queryset=Task.objects.none(),
        label="Tasks of the plan",
        help_text="One or more. A summary stands for everything below it.",
        widget=forms.SelectMultiple(attrs={"size": 14}),
    )

    def __init__(self, *args: Any, entry: Entry, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tasks: Any = self.fields["tasks"]
        offer_rows(tasks, Task.objects.filter(project=entry.project, is_milestone=False))


class LinkNeedsForm(PlainForm):
    """Which requirements the chosen tasks deliver."""

    requirements = RowsField(
        queryset=Requirement.objects.none(),
        label="Requirements",
        help_text="One or more.",
        widget=forms.SelectMultiple(attrs={"size": 14}),
    )

    def __init__(self, *args: Any, entry: Entry, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found: Any = self.fields["requirements"]
        found.queryset = Requirement.objects.filter(project=entry.project).in_scope().order_by("number")


class ReasonForm(PlainForm):
    """Why the chosen tasks need no requirement."""

    reason = forms.CharField(label="Why", max_length=255, help_text="Such as: project management.")


class MilestoneForm(WhereForm):
    """The milestone that a release gets in the plan."""

    name = forms.CharField(label="Name of the milestone", max_length=255)
    waits = forms.BooleanField(
        label="It waits for the tasks that deliver the release", required=False, initial=True
    )

    field_order = ["name", "parent", "waits"]
