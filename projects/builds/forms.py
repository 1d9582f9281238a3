"""Forms on build items, environments, criteria and hooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from implement.core.forms import HoursField, PlainForm
from projects.builds.choices import LIMITED, BuildState, Verdict
from projects.builds.models import BuildItem, CodeReference, DoneCriterion, Environment
from projects.builds.services.board import STEPS
from projects.kit.access import Entry
from projects.kit.forms import ManyForm, RowForm, widgets_of

# What can be said of many items at once.
BULK_FIELDS = ("owner", "priority", "kind", "task")


class BuildItemForm(RowForm):
    """A build item. Where it stands on the board is moved there, not here."""

    estimate_seconds = HoursField(label="Estimate", required=False)
    remaining_seconds = HoursField(
        label="Remaining",
        required=False,
        help_text="Hours that it still takes. Empty on a new one: the estimate.",
    )

    class Meta:
        model = BuildItem
        fields = [
            "title", "kind", "description", "release_words", "owner", "task", "priority", "estimate_seconds",
            "remaining_seconds",
        ]  # fmt: skip
        widgets = {
            "description": forms.Textarea(attrs={"rows": 6}),
            "release_words": forms.Textarea(attrs={"rows": 2}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner: Any = self.fields["owner"]
        owner.queryset = owner.queryset.filter(customer=None)
        task: Any = self.fields["task"]
        task.queryset = task.queryset.leaves().filter(is_milestone=False)


class EnvironmentForm(RowForm):
    """An environment."""

    class Meta:
        model = Environment
        fields = ["name", "position", "is_production", "is_shown"]


class DoneCriterionForm(RowForm):
    """A line of the definition of done."""

    class Meta:
        model = DoneCriterion
        fields = ["text", "kind", "position"]


class MoveForm(PlainForm):
    """Where a card goes. The columns offered are those to which a step leads."""

    TOP, END = "top", "end"

    seen = forms.CharField(widget=forms.HiddenInput, max_length=20)
    target = forms.ChoiceField(label="Move to")
    place = forms.ChoiceField(label="Place", choices=[(TOP, "On top of the column"), (END, "At its end")])
    reason = forms.CharField(
        label="Reason", required=False, max_length=255, help_text="Needed when it goes back."
    )

    def __init__(self, *args: Any, item: BuildItem, **kwargs: Any) -> None:
        super().__init__(*args, initial={"seen": item.status}, **kwargs)
        ways = [target for (source, target) in STEPS if source == item.status]
        order = list(BuildState)
        here_at = order.index(BuildState(item.status))
        # Forward first: it is what is meant most.
        words = [(str(way), str(way.label)) for way in [*order[here_at:], *order[:here_at]] if way in ways]
        here = (item.status, f"{item.get_status_display()}, where it is")
        self.fields["target"].choices = [*words, here]  # type: ignore[attr-defined]


class LimitsForm(PlainForm):
    """How many items each column takes; empty: as many as come."""

    def __init__(self, *args: Any, limits: Mapping[str, int | None], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for state in LIMITED:
            self.fields[f"limit_{state.value}"] = forms.IntegerField(
                label=str(state.label), required=False, min_value=1, max_value=999,
                initial=limits.get(state.value),
            )  # fmt: skip

    def limits(self) -> dict[str, int | None]:
        """Return state -> its limit."""
        return {state.value: self.cleaned_data[f"limit_{state.value}"] for state in LIMITED}


class ReasonForm(PlainForm):
    """Why something is so."""

    reason = forms.CharField(label="Reason", max_length=255)


class CheckForm(PlainForm):
    """What was looked at, and whether it conforms."""

    where = forms.ChoiceField(label="Where you looked")
    verdict = forms.ChoiceField(choices=Verdict.choices, widget=forms.RadioSelect)
    comment = forms.CharField(
        required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text="What you looked at. Of what deviates: how, so that its owner can mend it.",
    )  # fmt: skip

    def __init__(self, *args: Any, places: Sequence[tuple[Environment, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = {f"{place.pk} {build_id}": (place, build_id) for place, build_id in places}
        words = [(key, f"{place}, build {build_id}") for key, (place, build_id) in self.places.items()]
        self.fields["where"].choices = words  # type: ignore[attr-defined]

    def clean_where(self) -> tuple[Environment, str]:
        """Return the environment, and the build that was looked at there."""
        return self.places[self.cleaned_data["where"]]


class ReferenceForm(RowForm):
    """A commit, ticket or request of another tool."""

    class Meta:
        model = CodeReference
        fields = ["kind", "external_id", "url", "title", "author", "at"]
        widgets = widgets_of(CodeReference, ["at"])


class PromoteForm(PlainForm):
    """Which build goes where."""

    environment = forms.ModelChoiceField(queryset=Environment.objects.none())
    build_id = forms.CharField(
        label="Build", max_length=80, help_text="As your tools call it, such as 1.4.0 or 2026-05-12.3."
    )
    notes = forms.CharField(
        required=False, max_length=10_000, widget=forms.Textarea(attrs={"rows": 3}), help_text="Internal."
    )
    skip_reason = forms.CharField(
        label="Why an environment is left out", required=False, max_length=255,
        help_text="Only when the build has not been in the environment before.",
    )  # fmt: skip

    def __init__(self, *args: Any, entry: Entry, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        place: Any = self.fields["environment"]
        place.queryset = Environment.objects.filter(project=entry.project)
        if not entry.can("builds.decide"):
            del self.fields["skip_reason"]


class BulkForm(ManyForm):
    """What to say of many items at once; what is left empty stays as it is in each."""

    row_form = BuildItemForm
    names = BULK_FIELDS


class HookForm(PlainForm):
    """What a hook is called."""

    name = forms.CharField(max_length=80, help_text="Such as the name of the repository.")


class HookTryForm(forms.Form):
    """A message to try a hook with."""

    message = forms.CharField(max_length=2000, initial="Read scale prices with their validity (BLD-7)")
