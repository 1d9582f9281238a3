"""Logging time from anywhere: one task, one day, one line."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django import forms

from budget.forms.time import DayHoursField
from budget.models import TimeEntry
from implement.core.forms import DateInput
from projects.builds.models import BuildItem
from projects.models import Task


class QuickLogForm(forms.Form):
    """What was worked, on one of the tasks offered."""

    task = forms.TypedChoiceField(coerce=int)
    build_item = forms.TypedChoiceField(coerce=int, empty_value=None, required=False, label="Build item")
    worked_on = forms.DateField(label="Day", widget=DateInput)
    seconds = DayHoursField(label="Time")
    note = forms.CharField(required=False, max_length=TimeEntry._meta.get_field("note").max_length)

    def __init__(
        self, *args: Any, tasks: Iterable[Task], items: Iterable[BuildItem] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.items = {item.pk: item for item in items}
        self.tasks = {task.pk: task for task in tasks}
        choices = [
            (project.name, [(task.pk, str(task)) for task in group])
            for project, group in groupby(self.tasks.values(), key=lambda task: task.project)
        ]
        self.fields["task"].choices = [("", "Choose a task"), *choices]  # type: ignore[attr-defined]

        if not self.items:
            del self.fields["build_item"]
            return
        groups = groupby(self.items.values(), key=lambda item: item.task)
        named = [(str(task), [(item.pk, str(item)) for item in group]) for task, group in groups]
        self.fields["build_item"].choices = [("", "None"), *named]  # type: ignore[attr-defined]

    def clean_build_item(self) -> BuildItem | None:
        """Return the item itself."""
        return self.items.get(self.cleaned_data["build_item"])

    def clean_task(self) -> Task:
        """Return the task itself."""
        return self.tasks[self.cleaned_data["task"]]
