"""Working calendars as they are stored; the arithmetic is in implement.core.calendars."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q

from implement.core.db import VersionedModel


class WorkCalendarQuerySet(models.QuerySet["WorkCalendar"]):
    """Questions about calendars."""

    def of_firm(self) -> WorkCalendarQuerySet:
        """Return those that every project and every person may use."""
        return self.filter(project=None, person=None)


class WorkCalendar(VersionedModel):
    """When people work: hours per weekday, a country's public holidays, and exceptions by date.

    `week`: seven lists (Monday first) of [start, end] minutes of the day, such as [[540, 780], [840, 1080]].
    `exceptions`: ISO date -> list of intervals; an empty list is a day off. `day_names`: what some of them are called.
    """

    name = models.CharField(max_length=120)
    project = models.ForeignKey(
        "projects.Project",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="calendars",
        help_text="Empty for a calendar that every project may use.",
    )
    person = models.ForeignKey(
        "projects.Person",
        models.CASCADE,
        null=True,
        blank=True,
        editable=False,
        related_name="own_calendars",
        help_text="Whose own calendar it is: nobody else's, and no project's.",
    )
    week = models.JSONField(default=list)
    country = models.CharField(
        max_length=2, blank=True, help_text="ISO code; its public holidays are days off. Empty: none."
    )
    subdivision = models.CharField(
        max_length=10, blank=True, help_text="State or canton, where holidays differ."
    )
    exceptions = models.JSONField(default=dict, blank=True)
    day_names = models.JSONField("names of single days", default=dict, blank=True)
    external_uid = models.IntegerField(null=True, blank=True, editable=False)

    objects = WorkCalendarQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(project=None) | Q(person=None), name="calendar_of_project_or_person"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def hours(self) -> Decimal:
        """Return the working hours of a week without holidays; 40 where no week is given."""
        if not self.week:
            return Decimal(40)
        return Decimal(sum(end - start for day in self.week for start, end in day)) / 60
