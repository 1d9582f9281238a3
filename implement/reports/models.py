"""Reports: when they are due, the numbers they froze, the PDF, and who got it."""

from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from implement.core.choices import StateField
from implement.core.db import VersionedModel
from implement.core.zones import validate_time_zone
from implement.reports.choices import LANGUAGES, Frequency, ReportKind, ReportState, Weekday
from implement.reports.periods import period_words
from implement.reports.querysets import ReportQuerySet
from projects.choices import Audience
from projects.models import Job, Outgoing, Person, Project

NARRATIVE = ("summary", "achievements", "next_steps", "risks", "decisions")


class ReportSchedule(VersionedModel):
    """When one edition of one report is made for a project, and to whom it goes."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="report_schedules")
    kind = models.CharField(max_length=8, choices=ReportKind)
    audience = models.CharField(max_length=10, choices=Audience)
    language = models.CharField(max_length=8, choices=LANGUAGES, default=settings.LANGUAGE_CODE)
    frequency = models.CharField(max_length=8, choices=Frequency, default=Frequency.WEEKLY)
    weekday = models.PositiveSmallIntegerField(choices=Weekday, default=Weekday.MONDAY)
    time = models.TimeField(help_text="Local time in the zone below.")
    time_zone = models.CharField(max_length=64, validators=[validate_time_zone])
    anchor = models.DateField("first period starts", help_text="Every second week is counted from here.")
    recipients = models.ManyToManyField(Person, blank=True, related_name="+")
    review_first = models.BooleanField(
        "review before sending", default=True, help_text="Off: the report is sent as soon as it is made."
    )
    is_active = models.BooleanField(default=True)
    # What was due before this moment is not made up for: it is set when a schedule starts, resumes or moves.
    active_from = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["project", "kind", "audience"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "kind", "audience"],
                name="report_schedule_once",
                violation_error_message="This edition has a schedule already.",
            ),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="report_schedule_weekday"),
        ]

    def __str__(self) -> str:
        edition, rhythm = self.get_audience_display().lower(), self.get_frequency_display().lower()
        return f"{self.get_kind_display()}, {edition}, {rhythm}"


class Snapshot(models.Model):
    """Every report panel's data at a moment, frozen with its SHA-256, for both editions and for ever."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="snapshots")
    kind = models.CharField(max_length=8, choices=ReportKind)
    period_from = models.DateField()
    period_to = models.DateField(help_text="The first day that is no longer in the period.")
    as_of = models.DateTimeField()
    # Canonical JSON as text: a JSON column would rewrite numbers, and the hash is over these very bytes.
    data = models.TextField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    superseded_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["project", "-period_to", "kind", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "kind", "period_from", "period_to"],
                name="snapshot_once_per_period",
                condition=Q(superseded_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.period_from} to {self.period_to}"


class Report(VersionedModel):
    """One edition of a report for one period. There is never a second one, so nothing is sent twice."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="reports")
    kind = models.CharField(max_length=8, choices=ReportKind)
    audience = models.CharField(max_length=10, choices=Audience)
    period_from = models.DateField()
    period_to = models.DateField()
    language = models.CharField(max_length=8, choices=LANGUAGES, default=settings.LANGUAGE_CODE)
    schedule = models.ForeignKey(
        ReportSchedule, models.SET_NULL, null=True, blank=True, related_name="reports"
    )
    snapshot = models.ForeignKey(Snapshot, models.PROTECT, null=True, blank=True, related_name="reports")
    state = StateField(states=ReportState, default=ReportState.QUEUED)
    # The project manager's words, prefilled from the journal. Frozen into the PDF by its hash.
    summary = models.TextField(blank=True, max_length=5_000)
    achievements = models.TextField(blank=True, max_length=5_000)
    next_steps = models.TextField(blank=True, max_length=5_000)
    risks = models.TextField("risks and concerns", blank=True, max_length=5_000)
    decisions = models.TextField("decisions needed", blank=True, max_length=5_000)
    is_text_reviewed = models.BooleanField(default=False, editable=False)
    pdf = models.FileField(upload_to="reports", max_length=200, blank=True)
    pdf_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    # False while the words or the approval have changed since the PDF was drawn: nothing is sent then.
    is_pdf_current = models.BooleanField(default=False, editable=False)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, blank=True, related_name="+", editable=False)
    error = models.TextField(blank=True, editable=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        ordering = ["-period_to", "kind", "audience", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "kind", "audience", "period_from", "period_to"],
                name="report_once_per_period",
                condition=~Q(state=ReportState.SUPERSEDED),
                violation_error_message="This report has been made for this period already.",
            ),
            models.CheckConstraint(
                condition=Q(period_to__gt=F("period_from")), name="report_period_not_empty"
            ),
        ]

    def __str__(self) -> str:
        edition = " (internal)" if self.audience == Audience.INTERNAL else ""
        return f"{self.get_kind_display()}{edition} {period_words(self.period_from, self.last_day)}"

    @property
    def last_day(self) -> date:
        """Return the last day of the period."""
        return self.period_to - timedelta(days=1)

    @property
    def narrative(self) -> dict[str, str]:
        """Return the project manager's words by the name of their part."""
        return {name: getattr(self, name) for name in NARRATIVE}


class ReportBatch(models.Model):
    """The same edition of the same period for many projects, asked for at once by one person."""

    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="report_batches")
    created_at = models.DateTimeField(auto_now_add=True)
    kind = models.CharField(max_length=8, choices=ReportKind)
    audience = models.CharField(max_length=10, choices=Audience)
    period_from = models.DateField()
    period_to = models.DateField()
    reports = models.ManyToManyField(Report, related_name="batches")

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "report batches"
        constraints = [
            # Asked for twice, it is the same batch: the second time only adds the projects that were not in it.
            models.UniqueConstraint(
                fields=["created_by", "kind", "audience", "period_from", "period_to"],
                name="report_batch_once",
            ),
            models.CheckConstraint(
                condition=Q(period_to__gt=F("period_from")), name="report_batch_period_not_empty"
            ),
        ]

    def __str__(self) -> str:
        edition = " (internal)" if self.audience == Audience.INTERNAL else ""
        return f"{self.get_kind_display()}{edition} {period_words(self.period_from, self.last_day)}"

    @property
    def last_day(self) -> date:
        """Return the last day of the period."""
        return self.period_to - timedelta(days=1)


class ReportDelivery(Outgoing):
    """One mail of one report to one address, with every attempt."""

    report = models.ForeignKey(Report, models.CASCADE, related_name="deliveries")
    person = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["report", "address"]
        verbose_name_plural = "report deliveries"
        constraints = [models.UniqueConstraint(fields=["report", "address"], name="report_delivery_once")]

    def __str__(self) -> str:
        return f"{self.report} to {self.address}"
