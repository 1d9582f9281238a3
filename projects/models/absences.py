"""When somebody does not work although their calendar says so."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from implement.core.db import VersionedModel
from projects.choices import AbsenceKind
from projects.models.people import Person


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


class AbsenceQuerySet(models.QuerySet["Absence"]):
    """Questions about absences."""

    def on(self, project: models.Model) -> AbsenceQuerySet:
        """Return those of the people who are on the project."""
        return self.filter(person__memberships__project=project, person__memberships__is_active=True)


class Absence(VersionedModel):
    """Days on which somebody is away: all day, at `times` of each day, or `minutes` off the end of each day.

    `times`: a list of [start, end] minutes of the day, such as [[780, 1080]] for the afternoon.
    """

    # What the journal must not tell to who reads a history: the reason of an absence is the person's.
    untold: ClassVar[frozenset[str]] = frozenset({"kind", "note"})

    # Seen from every project whose team the person is on; it is of none of them.
    project_lookup = "person__memberships__project"

    person = models.ForeignKey(Person, models.CASCADE, related_name="absences")
    kind = models.CharField(max_length=10, choices=AbsenceKind, default=AbsenceKind.HOLIDAY)
    first = models.DateField("first day")
    last = models.DateField("last day")
    times = models.JSONField("away between", default=list, blank=True)
    minutes = models.PositiveSmallIntegerField("minutes away per day", null=True, blank=True)
    note = models.CharField(
        max_length=500, blank=True, help_text="Only the person and who manages them read it."
    )

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        ordering = ["first", "pk"]
        indexes = [models.Index(fields=["person", "last"], name="absence_of_person")]
        constraints = [
            models.CheckConstraint(
                condition=Q(last__gte=F("first")),
                name="absence_ends_after_start",
                violation_error_message="The last day is before the first.",
            ),
            models.CheckConstraint(
                condition=Q(minutes=None) | Q(minutes__gt=0, minutes__lte=1440),
                name="absence_minutes",
                violation_error_message="A day has between 0 and 24 hours.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.days_text}"

    @property
    def days_text(self) -> str:
        """Return its days in words; a form that is not finished may lack one."""
        first, last = (f"{day:%d %b %Y}" if day else "…" for day in (self.first, self.last))
        return first if first == last else f"{first} to {last}"

    @property
    def hours_text(self) -> str:
        """Return which part of the days it takes, in words."""
        if self.times:
            return ", ".join(f"{_clock(start)}–{_clock(end)}" for start, end in self.times)
        if self.minutes is not None:
            return f"{self.minutes // 60}:{self.minutes % 60:02} h off the end"
        return "All day"
