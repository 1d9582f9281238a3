"""Customers and people: everybody who plans, works, pays or is asked, with a login or without."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from implement.core.db import VersionedModel
from projects.models.calendars import WorkCalendar


class Customer(VersionedModel):
    """An organisation for which projects are run."""

    name = models.CharField(max_length=120, unique=True)
    website = models.URLField(blank=True)
    notes = models.TextField(blank=True, help_text="Internal; a customer never reads this.")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class PersonQuerySet(models.QuerySet["Person"]):
    """Questions about people."""

    def on(self, project: models.Model) -> PersonQuerySet:
        """Return the people who are on the project's team."""
        return self.filter(memberships__project=project, memberships__is_active=True)

    def internal(self) -> PersonQuerySet:
        """Return the firm's own people."""
        return self.filter(customer=None)


class Person(VersionedModel):
    """Somebody of the firm, or of a customer; the same one identity for plan, hours, money and decisions."""

    name = models.CharField(max_length=120)
    email = models.EmailField(blank=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="person"
    )
    customer = models.ForeignKey(
        Customer,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="people",
        help_text="Empty for the firm's own people.",
    )
    job_role = models.CharField("role in the firm", max_length=80, blank=True, db_index=True)
    weekly_hours = models.DecimalField(
        "capacity in hours per week",
        max_digits=5,
        decimal_places=2,
        default=40,
        help_text="With a working calendar the hours follow from it.",
    )
    calendar = models.ForeignKey(
        WorkCalendar,
        models.RESTRICT,
        null=True,
        blank=True,
        related_name="people",
        verbose_name="working calendar",
        help_text="Empty: they work when their project works.",
    )
    is_active = models.BooleanField(default=True)

    objects = PersonQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        verbose_name_plural = "people"
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="person_email_once",
                condition=~Q(email=""),
                violation_error_message="Somebody with this e-mail address is there already.",
            ),
            models.CheckConstraint(
                condition=Q(weekly_hours__gte=0, weekly_hours__lte=168),
                name="person_weekly_hours",
                violation_error_message="A week has between 0 and 168 hours.",
            ),
        ]

    def __str__(self) -> str:
        return self.name
