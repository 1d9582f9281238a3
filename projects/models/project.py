"""Projects and who is on them."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from implement.core.choices import StateField
from implement.core.db import LiveManager, TrashModel, VersionedModel
from implement.core.money import CurrencyField
from implement.core.zones import validate_time_zone
from projects.choices import USUAL_RULES, CustomerBudget, Phase, ProgressRule, ProjectStatus, Role
from projects.models.calendars import WorkCalendar
from projects.models.people import Customer, Person


class ProjectQuerySet(models.QuerySet["Project"]):
    """Questions about projects."""

    def live(self) -> ProjectQuerySet:
        """Return the projects that are not in the trash."""
        return self.filter(deleted_at=None)


class Project(VersionedModel, TrashModel):
    """One implementation project for one customer. Its code is its address."""

    code = models.SlugField(
        max_length=20,
        unique=True,
        validators=[RegexValidator(r"^[a-z0-9][a-z0-9-]*$", "Use small letters, digits and hyphens.")],
        help_text="Short name in addresses and reports, such as nordwind-crm.",
    )
    name = models.CharField(max_length=120)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="projects")
    description = models.TextField(blank=True)
    phase = models.CharField(max_length=12, choices=Phase, default=Phase.IMPLEMENT)
    status = StateField(states=ProjectStatus, default=ProjectStatus.PLANNED)
    starts_on = models.DateField("start")
    ends_on = models.DateField("agreed finish", null=True, blank=True)
    currency = CurrencyField(default="EUR")
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    calendar = models.ForeignKey(WorkCalendar, models.PROTECT, null=True, blank=True, related_name="+")
    customer_budget = models.CharField(
        "budget shown to the customer", max_length=6, choices=CustomerBudget, default=CustomerBudget.FEES
    )
    progress_rule = models.CharField(
        "usual measure of progress",
        max_length=8,
        choices=USUAL_RULES,
        default=ProgressRule.PHYSICAL,
        help_text="How the progress of a task is measured that says nothing else. Tasks that have begun keep theirs.",
    )
    scheduled_at = models.DateTimeField(null=True, blank=True, editable=False)
    data_date = models.DateField(
        "status date",
        null=True,
        blank=True,
        help_text="No work that is left is planned before it. Empty: always today.",
    )

    objects = LiveManager.from_queryset(ProjectQuerySet)()
    with_trash = models.Manager.from_queryset(ProjectQuerySet)()

    class Meta(TrashModel.Meta):
        abstract = False
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="project_ends_after_start",
                violation_error_message="The agreed finish is before the start.",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("project", args=[self.code])


class Membership(VersionedModel):
    """A person's place on a project. It opens the project to the person's login, if there is one."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="memberships")
    person = models.ForeignKey(Person, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role, default=Role.TEAM)
    title = models.CharField("role on the project", max_length=80, blank=True)
    is_active = models.BooleanField(
        default=True, help_text="A member who has left keeps their hours and decisions."
    )
    is_approver = models.BooleanField("decides for the customer", default=False)
    external_uid = models.IntegerField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "member"
        ordering = ["project", "role", "person__name"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "person"],
                name="member_once",
                violation_error_message="This person is on the project already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} ({self.get_role_display()})"
