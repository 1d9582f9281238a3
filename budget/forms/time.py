"""Forms on hours and rates; what hours and expenses share."""

from __future__ import annotations

from typing import Any

from django import forms

from budget.models import DAY_SECONDS, RateCard, TimeEntry
from implement.core.forms import HoursField, offer_rows
from projects.builds.models import BuildItem
from projects.kit.forms import RowForm, widgets_of
from projects.models import Person, Task

TIME_FIELDS = ["person", "task", "build_item", "worked_on", "seconds", "started_at", "is_billable", "note"]
RATE_FIELDS = ["person", "job_role", "effective_from", "cost_rate", "bill_rate"]


class DayHoursField(HoursField):
    """Time that fits a day."""

    def clean(self, value: Any) -> int | None:
        """Return seconds; raises ValidationError unless they are more than 0 and at most 24 hours."""
        seconds = super().clean(value)
        if seconds is not None and not 0 < seconds <= DAY_SECONDS:
            raise forms.ValidationError("More than 0 and at most 24 hours.")
        return seconds


class WorkedForm(RowForm):
    """What hours and expenses share: whose (one's own, unless one may act for others) and on what."""

    may_act_for_others = "time.approve"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assert self.entry is not None
        tasks: Any = self.fields["task"]
        tasks.queryset = Task.objects.filter(project=self.entry.project, is_summary=False, is_milestone=False)
        person: Any = self.fields["person"]
        person.initial = self.entry.person
        if not self.entry.can(self.may_act_for_others):
            own = self.entry.person.pk if self.entry.person else None
            person.queryset = Person.objects.filter(pk=own)


class TimeEntryForm(WorkedForm):
    """Time worked on one day."""

    seconds = DayHoursField(label="Time")

    class Meta:
        model = TimeEntry
        fields = TIME_FIELDS
        widgets = widgets_of(TimeEntry, TIME_FIELDS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assert self.entry is not None
        item: Any = self.fields["build_item"]
        items = BuildItem.objects.filter(project=self.entry.project, task__isnull=False)
        if items.exists():
            offer_rows(item, items)
        else:
            del self.fields["build_item"]


class RateCardForm(RowForm):
    """An hourly rate from a day on."""

    class Meta:
        model = RateCard
        fields = RATE_FIELDS
        widgets = widgets_of(RateCard, RATE_FIELDS)
