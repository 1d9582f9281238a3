"""What hours and expenses share, and hours. Amounts are in the project's currency."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce

from budget.choices import ACTUAL_STATES, EntryState
from budget.querysets import EntryQuerySet
from implement.core.choices import StateField
from implement.core.db import LiveManager, TrashModel, VersionedModel
from implement.core.money import MoneyField, day_text
from projects.models import Person, Project, Task

DAY_SECONDS = 24 * 3600


class WorkedEntry(VersionedModel, TrashModel):
    """What hours and expenses share: whose, on what, where its approval stands, and what corrects what.

    What is approved is never edited: a reversing entry takes it back with the same amounts below zero, and what is
    right is booked anew. `booked_on` is the day from which the figures hold an entry: that of the work or the
    spending, or `posted_on` for a correction, so that a figure of a past day never moves.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="%(class)ss")
    task = models.ForeignKey(Task, models.PROTECT, null=True, blank=True, related_name="%(class)ss")
    person = models.ForeignKey(Person, models.PROTECT, related_name="%(class)ss")
    status = StateField(states=EntryState, default=EntryState.DRAFT)
    submitted_at = models.DateTimeField(null=True, blank=True, editable=False)
    # How many levels of the project's chain have approved it; all of them: it is approved.
    approved_level = models.PositiveSmallIntegerField(default=0, editable=False)
    decided_at = models.DateTimeField(null=True, blank=True, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    decision_note = models.CharField(max_length=255, blank=True, editable=False)
    # In the project's currency. Before approval they follow the rates; approval freezes them.
    cost = MoneyField(null=True, blank=True, editable=False)
    bill = MoneyField(null=True, blank=True, editable=False)
    external_id = models.CharField(max_length=80, blank=True, editable=False)
    posted_on = models.DateField("posted on", null=True, blank=True, editable=False)
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="reversal", editable=False
    )
    replaces = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="replacements", editable=False
    )
    correction_reason = models.CharField(max_length=255, blank=True, editable=False)

    # Who worked or spent it reads its history, but not what it costs the firm or what is billed.
    untold = frozenset({"cost_rate", "bill_rate", "cost", "bill", "cost_factor", "bill_factor"})

    objects = LiveManager.from_queryset(EntryQuerySet)()
    with_trash = models.Manager.from_queryset(EntryQuerySet)()

    class Meta(TrashModel.Meta):
        abstract = True


class TimeEntry(WorkedEntry):
    """Time worked by one person on one day, `worked_on`. Seconds, so that 0.01 h (36 s) and 1:00:01 stay exact."""

    worked_on = models.DateField("date", db_index=True)
    seconds = models.IntegerField("time")
    started_at = models.TimeField("from", null=True, blank=True)
    is_billable = models.BooleanField("billable", default=True)
    note = models.CharField(max_length=500, blank=True)
    cost_rate = MoneyField(null=True, blank=True, editable=False)
    bill_rate = MoneyField(null=True, blank=True, editable=False)
    # What the project's rules make of it: overtime with its factors, and what no customer pays. Frozen with the rates.
    overtime_seconds = models.IntegerField("overtime", default=0, editable=False)
    unbilled_seconds = models.IntegerField("not billed by rule", default=0, editable=False)
    cost_factor = models.DecimalField(max_digits=5, decimal_places=3, default=Decimal(1), editable=False)
    bill_factor = models.DecimalField(max_digits=5, decimal_places=3, default=Decimal(1), editable=False)
    booked_on = models.GeneratedField(
        expression=Coalesce("posted_on", "worked_on"), output_field=models.DateField(), db_persist=True
    )
    # Of the task that is booked on; hours of several items of one day are entries of their own.
    build_item = models.ForeignKey(
        "builds.BuildItem", models.PROTECT, null=True, blank=True, related_name="time_entries"
    )
    import_run = models.ForeignKey(
        "projects.ImportRun", models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )

    class Meta(WorkedEntry.Meta):
        abstract = False
        ordering = ["-worked_on", "-pk"]
        verbose_name_plural = "time entries"
        indexes = [
            models.Index(fields=["project", "worked_on"], name="time_of_project"),
            models.Index(fields=["person", "worked_on"], name="time_of_person"),
            models.Index(fields=["project", "status", "booked_on"], name="time_by_status"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "external_id"], name="time_external_once", condition=~Q(external_id="")
            ),
            models.CheckConstraint(
                condition=Q(reverses=None, seconds__gt=0, seconds__lte=DAY_SECONDS)
                | Q(reverses__isnull=False, seconds__lt=0, seconds__gte=-DAY_SECONDS),
                name="time_within_a_day",
                violation_error_message="A time entry has more than 0 and at most 24 hours.",
            ),
            models.CheckConstraint(
                condition=Q(reverses=None) | (Q(status__in=ACTUAL_STATES) & ~Q(correction_reason="")),
                name="time_reversal_stands",
                violation_error_message="A reversing entry is approved and has a reason.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} on {day_text(self.worked_on)}" + (", reversed" if self.reverses_id else "")

    @property
    def booked_day(self) -> date:
        """Return the day from which the figures hold it, of an unsaved row as well."""
        return self.posted_on or self.worked_on
