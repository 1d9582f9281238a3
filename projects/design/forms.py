"""Forms on design elements, decisions, targets and feedback."""

from __future__ import annotations

from typing import Any

from django import forms

from projects.design.choices import ElementState
from projects.design.models import ArchitectureDecision, DesignElement
from projects.kit.forms import RowForm, widgets_of


class ElementForm(RowForm):
    """A design element; an approved one asks why it changes."""

    reason = forms.CharField(
        label="Why it changes", required=False, max_length=255, help_text="It is approved as it stands."
    )

    class Meta:
        model = DesignElement
        fields = [
            "title", "purpose", "description", "diagram", "kind", "parent", "owner", "needs_customer", "notes",
        ]  # fmt: skip
        widgets = {
            "purpose": forms.Textarea(attrs={"rows": 2}),
            "description": forms.Textarea(attrs={"rows": 8}),
            "diagram": forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "class": "code"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row = self.instance
        if row._state.adding or row.status != ElementState.APPROVED:
            del self.fields["reason"]
        owner: Any = self.fields["owner"]
        owner.queryset = owner.queryset.filter(customer=None)
        parent: Any = self.fields["parent"]
        parent.queryset = parent.queryset.exclude(pk=row.pk)
        assert self.entry is not None
        if not self.entry.can("design.decide"):
            del self.fields["needs_customer"]


class DecisionForm(RowForm):
    """An architecture decision."""

    class Meta:
        model = ArchitectureDecision
        fields = ["title", "context", "options", "decision", "consequences", "decided_on", "decided_by"]
        widgets = widgets_of(ArchitectureDecision, ["decided_on"]) | {
            name: forms.Textarea(attrs={"rows": 5})
            for name in ("context", "options", "decision", "consequences")
        }
