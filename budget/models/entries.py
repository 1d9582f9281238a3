"""What hours and expenses share, and hours. Amounts are in the project's currency."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from budget.choices import EntryState
from budget.querysets import EntryQuerySet
from implement.core.choices import StateField
from implement.core.db import LiveManager, TrashModel, VersionedModel
from implement.core.money import MoneyField
from projects.models import Person, Project, Task

DAY_SECONDS = 24 * 3600


class WorkedEntry(VersionedModel, TrashModel):
    """What hours and expenses share: whose, on what, and where its approval stands."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="%(class)ss")
    task = models.ForeignKey(Task, models.PROTECT, null=True, blank=True, related_name="%(class)ss")
    person = models.ForeignKey(Person, models.PROTECT, related_name="%(class)ss")
    status = StateField(states=EntryState, default=EntryState.DRAFT)
    submitted_at = models.DateTimeField(null=True, blank=True, editable=False)
    decided_at = models.DateTimeField(null=True, blank=True, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    decision_note = models.CharField(max_length=255, blank=True, editable=False)
    # In the project's currency. Before approval they follow the rates; approval freezes them.
    cost = MoneyField(null=True, blank=True, editable=False)
    bill = MoneyField(null=True, blank=True, editable=False)
    external_id = models.CharField(max_length=80, blank=True, editable=False)

    # Who worked or spent it reads its history, but not what it costs the firm or what is billed.
    untold = frozenset({"cost_rate", "bill_rate", "cost", "bill"})

    with_trash = models.Manager.from_queryset(EntryQuerySet)()
    objects = LiveManager.from_queryset(EntryQuerySet)()

    class Meta(TrashModel.Meta):
        abstract = True


class TimeEntry(WorkedEntry):
    """Time worked by one person on one day. Seconds, so that 0.01 h (36 s) and 1:00:01 stay exact."""

    worked_on = models.DateField("date", db_index=True)
    seconds = models.PositiveIntegerField("time")
    started_at = models.TimeField("from", null=True, blank=True)
    is_billable = models.BooleanField("billable", default=True)
    note = models.CharField(max_length=500, blank=True)
    cost_rate = MoneyField(null=True, blank=True, editable=False)
    bill_rate = MoneyField(null=True, blank=True, editable=False)
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
            models.Index(fields=["project", "status", "worked_on"], name="time_by_status"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "external_id"], name="time_external_once", condition=~Q(external_id="")
            ),
            models.CheckConstraint(
                condition=Q(seconds__gt=0, seconds__lte=DAY_SECONDS),
                name="time_within_a_day",
                violation_error_message="A time entry has more than 0 and at most 24 hours.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} on {self.worked_on}"
