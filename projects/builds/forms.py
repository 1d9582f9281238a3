"""Forms on build items, environments, criteria and hooks."""

from __future__ import annotations

from typing import Any

from django import forms

from implement.core.forms import HoursField
from projects.builds.models import BuildItem, DoneCriterion, Environment
from projects.kit.forms import RowForm


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
