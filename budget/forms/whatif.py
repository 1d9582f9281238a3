"""Forms on what-ifs. What they say is written as differences by services; they never save."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django import forms

from budget.choices import Category, ChangeReason
from budget.models import BudgetLine, Difference, WhatIf
from budget.selectors.changes import DAY_MINUTES
from budget.selectors.whatif import Sketch
from implement.core.forms import DateInput, HoursField, LongSelect, PlainForm, offer_rows
from projects.choices import OF_FINISH, Constraint, LinkType
from projects.kit.access import Entry
from projects.kit.forms import RowForm
from projects.models import Person, Task
from projects.planning import to_local, to_moment, zone_of

MOST_DAYS = 9999
END_OF_DAY = time(23, 59)


class WhatIfForm(RowForm):
    """What a what-if is called, and what it is to find out."""

    class Meta:
        model = WhatIf
        fields = ["name", "note"]


class TurnForm(PlainForm):
    """What the change request that is made of a what-if is called, and says to the customer."""

    title = forms.CharField(max_length=200)
    reason = forms.ChoiceField(choices=ChangeReason.choices)
    description = forms.CharField(
        max_length=10_000, widget=forms.Textarea(attrs={"rows": 5}), help_text="The customer reads this."
    )


class LevelForm(PlainForm):
    """How long a worker may search."""

    seconds = forms.TypedChoiceField(
        label="Search for at most",
        coerce=int,
        initial=30,
        choices=[(10, "10 seconds"), (30, "30 seconds"), (60, "1 minute"), (180, "3 minutes")],
    )


class DaysField(forms.DecimalField):
    """Working time in days of eight hours, kept as minutes."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 9)
        kwargs.setdefault("decimal_places", 4)
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Any:
        return super().to_python(value.replace(",", ".") if isinstance(value, str) else value)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, int):
            return f"{value / DAY_MINUTES:.4f}".rstrip("0").rstrip(".")
        return value

    def clean(self, value: Any) -> int | None:
        found: Decimal | None = super().clean(value)
        return None if found is None else round(found * DAY_MINUTES)


def outline_choices(tasks: Iterable[Task], empty: str) -> list[tuple[str, str]]:
    """Return the tasks of a what-if as choices; a new one says so."""
    named = [(str(task.pk), f"New: {task.name}" if task.pk < 0 else str(task)) for task in tasks]
    return [("", empty), *named]


class PeopleMixin(forms.Form):
    """Hours of each person on a task, and of one more."""

    people: dict[str, Person]

    def add_people(self, planned: dict[Person, int], entry: Entry) -> None:
        """Add a field for everybody who is on the task, and two for one more person."""
        self.people = {}
        for person, seconds in planned.items():
            name = f"person_{person.pk}"
            self.people[name] = person
            self.fields[name] = HoursField(label=person.name, required=False, help_text="", initial=seconds)
        team = Person.objects.on(entry.project).internal().distinct()
        another = forms.ModelChoiceField(team, label="Another person", required=False, empty_label="–")
        offer_rows(another, team.exclude(pk__in=[person.pk for person in planned]))
        self.fields["person"] = another
        self.fields["person_hours"] = HoursField(label="Their hours", required=False, help_text="")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("person_hours") and not cleaned.get("person"):
            self.add_error("person", "Say whose hours these are.")
        if (
            cleaned.get("person")
            and cleaned.get("person_hours") is None
            and "person_hours" not in self.errors
        ):
            self.add_error("person_hours", "Say how many hours.")
        return cleaned

    def hours(self) -> dict[Person, int]:
        """Return person -> seconds, as the form says."""
        found = {person: self.cleaned_data.get(name) or 0 for name, person in self.people.items()}
        if self.cleaned_data.get("person"):
            found[self.cleaned_data["person"]] = self.cleaned_data["person_hours"]
        return found


class DatedForm(PlainForm):
    """When a task may run: a constraint, and its day."""

    constraint = forms.ChoiceField(choices=Constraint.choices, initial=Constraint.ASAP)
    on = forms.DateField(label="Constraint date", required=False, widget=DateInput)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        is_dated = cleaned.get("constraint") not in {None, Constraint.ASAP, Constraint.ALAP}
        if is_dated and not cleaned.get("on") and "on" not in self.errors:
            self.add_error("on", "This constraint needs a date.")
        return cleaned

    def moment(self, entry: Entry, stored: datetime | None) -> datetime | None:
        """Return the constraint's moment: the stored one while its day is the same, else the day's edge."""
        constraint, day = self.cleaned_data["constraint"], self.cleaned_data.get("on")
        if constraint in {Constraint.ASAP, Constraint.ALAP} or day is None:
            return None
        zone = zone_of(entry.project)
        local = to_local(stored, zone)
        if local is not None and local.date() == day:
            return stored
        return to_moment(datetime.combine(day, END_OF_DAY if constraint in OF_FINISH else time()), zone)


class TaskForm(PeopleMixin, DatedForm):
    """A task of the plan, as the what-if has it."""

    days = DaysField(label="Working days", required=False, min_value=0, max_value=MOST_DAYS)
    field_order = ["days", "constraint", "on"]

    def __init__(self, data: Any = None, *, task: Task, planned: dict[Person, int], entry: Entry) -> None:
        super().__init__(
            data,
            initial={
                "days": task.duration_minutes,
                "constraint": task.constraint,
                "on": day_of(task.constraint_at, entry),
            },
        )
        if task.is_summary or task.is_milestone:
            del self.fields["days"]
        if not task.is_summary and not task.is_milestone:
            self.add_people(planned, entry)
        else:
            self.people = {}


class AddedForm(PeopleMixin, DatedForm):
    """A task that only the what-if has."""

    name = forms.CharField(max_length=255)
    behind = forms.ChoiceField(label="Stands behind", required=False, widget=LongSelect)
    days = DaysField(
        label="Working days", min_value=0, max_value=MOST_DAYS, initial=480, help_text="0: a milestone."
    )
    waits = forms.BooleanField(label="Waits for the task it stands behind", required=False, initial=True)
    field_order = ["name", "behind", "days", "constraint", "on", "waits"]

    def __init__(
        self,
        data: Any = None,
        *,
        sketch: Sketch,
        row: Difference | None,
        behind: str,
        planned: dict[Person, int],
        entry: Entry,
    ) -> None:
        initial: dict[str, Any] = {"behind": behind}
        if row is not None:
            place = row.task_id or (-row.added_id if row.added_id else "")
            initial = {
                "name": row.name,
                "behind": str(place),
                "days": row.duration_minutes,
                "constraint": row.constraint or Constraint.ASAP,
                "on": day_of(row.constraint_at, entry),
            }
        super().__init__(data, initial=initial)
        places = [task for task in sketch.ordered() if row is None or -row.pk < task.pk]
        self.fields["behind"].choices = outline_choices(places, "The end of the plan")  # type: ignore[attr-defined]
        if row is not None:
            del self.fields["waits"]
        self.add_people(planned, entry)


class LinkForm(PlainForm):
    """A link between two tasks of the what-if."""

    predecessor = forms.ChoiceField(label="This comes first", widget=LongSelect)
    task = forms.ChoiceField(label="This waits", widget=LongSelect)
    link_type = forms.ChoiceField(label="Link", choices=LinkType.choices, initial=LinkType.FS)
    lag = DaysField(
        label="Lag in working days", required=False, initial=0, min_value=-MOST_DAYS, max_value=MOST_DAYS,
        help_text="Below 0: a lead.",
    )  # fmt: skip
    is_elapsed = forms.BooleanField(label="The lag runs round the clock", required=False)

    def __init__(self, data: Any = None, *, sketch: Sketch, initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)
        choices = outline_choices(sketch.ordered(), "–")
        for name in ("predecessor", "task"):
            self.fields[name].choices = choices  # type: ignore[attr-defined]


class MoneyForm(PlainForm):
    """A budget line that only the what-if has, or another amount of one that is there."""

    task = forms.ChoiceField(required=False, widget=LongSelect)
    category = forms.ChoiceField(choices=Category.choices)
    person = forms.ModelChoiceField(Person.objects.none(), required=False, empty_label="–")
    job_role = forms.CharField(label="Role", max_length=80, required=False)
    hours = HoursField(required=False, help_text="")
    cost = forms.DecimalField(max_digits=14, decimal_places=2, required=False, min_value=0)
    bill = forms.DecimalField(max_digits=14, decimal_places=2, required=False, min_value=0)
    description = forms.CharField(max_length=255, required=False)

    def __init__(
        self, data: Any = None, *, sketch: Sketch, row: Difference, line: BudgetLine | None, entry: Entry
    ) -> None:
        source: Difference | BudgetLine = row if row.pk or line is None else line
        place = row.task_id or (-row.added_id if row.added_id else "")
        super().__init__(
            data,
            initial={
                "task": str(place),
                "category": source.category,
                "person": source.person_id,
                "job_role": source.job_role,
                "hours": source.planned_seconds or None,
                "cost": source.cost,
                "bill": source.bill,
                "description": source.description,
            },
        )
        if line is not None:
            for name in ("task", "category", "person", "job_role"):
                del self.fields[name]
            return
        self.fields["task"].choices = outline_choices(sketch.ordered(), "Whole project")  # type: ignore[attr-defined]
        offer_rows(self.fields["person"], Person.objects.on(entry.project).internal().distinct())  # type: ignore[arg-type]


def day_of(moment: datetime | None, entry: Entry) -> date | None:
    """Return the project's day of a moment."""
    local = to_local(moment, zone_of(entry.project))
    return local.date() if local else None
