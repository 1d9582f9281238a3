"""Change requests: what is to change, what it would do, and what was decided."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from budget.choices import (
    CHANGE_AGREED,
    CHANGE_EDITABLE,
    CHANGE_PENDING,
    CHANGE_SHOWN,
    Category,
    ChangeReason,
    ChangeState,
)
from implement.core.choices import StateField
from implement.core.db import LiveManager, TrashModel, VersionedModel
from implement.core.money import MoneyField
from projects.models import Baseline, Person, Project, Task
from projects.requirements.models import Requirement


class ChangeQuerySet(models.QuerySet["ChangeRequest"]):
    """Questions about change requests."""

    def pending(self) -> ChangeQuerySet:
        """Return what may still come into the budget."""
        return self.filter(status__in=CHANGE_PENDING)

    def agreed(self) -> ChangeQuerySet:
        """Return what the customer has approved."""
        return self.filter(status__in=CHANGE_AGREED)

    def shown(self) -> ChangeQuerySet:
        """Return what the customer has been asked about."""
        return self.filter(status__in=CHANGE_SHOWN)


class ChangeRequest(VersionedModel, TrashModel):
    """A change of scope, time or money, from the wish to the new baseline. Its number is its project's own."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="change_requests")
    number = models.PositiveIntegerField(editable=False)
    title = models.CharField(max_length=200)
    reason = models.CharField(max_length=10, choices=ChangeReason, default=ChangeReason.NEW)
    requester = models.ForeignKey(
        Person,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="changes_requested",
        verbose_name="requested by",
    )
    requested_on = models.DateField("requested on")
    needed_by = models.DateField("decision needed by", null=True, blank=True)
    owner = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="changes_owned",
        help_text="Who works out what it would do.",
    )  # fmt: skip
    description = models.TextField(max_length=10_000, help_text="The customer reads this.")
    requirements = models.CharField(
        "requirements in words",
        max_length=500,
        blank=True,
        help_text="What it changes that is not among the requirements yet. The customer reads this.",
    )
    tasks = models.ManyToManyField(
        Task, blank=True, related_name="change_requests", verbose_name="affected tasks"
    )

    scope_impact = models.TextField(
        "effect on the scope", max_length=4000, blank=True, help_text="The customer reads this."
    )
    quality_impact = models.TextField(
        "effect on quality", max_length=4000, blank=True, help_text="The customer reads this."
    )
    resource_impact = models.TextField(
        "effect on our people", max_length=4000, blank=True, help_text="Internal."
    )
    risk_impact = models.TextField("risks", max_length=4000, blank=True, help_text="Internal.")
    cost_of_not_doing = models.TextField(
        "cost of not doing it", max_length=4000, blank=True, help_text="The customer reads this."
    )
    recommendation = models.TextField(max_length=4000, blank=True, help_text="The customer reads this.")
    schedule_days = models.SmallIntegerField(
        "effect on the finish, in working days",
        null=True,
        blank=True,
        help_text="Empty: as the plan computes it.",
    )
    price = MoneyField(
        "price for the customer",
        null=True,
        blank=True,
        help_text="Empty: what the lines bill. Below 0: a credit.",
    )

    contract = models.ForeignKey(
        "budget.Contract", models.PROTECT, null=True, blank=True, related_name="changes",
        help_text="The contract that it amends: its price comes on top of that one's.",
    )  # fmt: skip

    status = StateField(states=ChangeState, default=ChangeState.DRAFT)
    analysed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", editable=False
    )
    # Who wrote price, effect, a line or an option last: they do not send their own figures out either.
    figures_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", editable=False
    )
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", editable=False
    )
    decided_at = models.DateTimeField("decided", null=True, blank=True, editable=False)
    chosen = models.ForeignKey(
        "budget.ChangeOption", models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    implemented_at = models.DateTimeField("implemented", null=True, blank=True, editable=False)
    implemented_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", editable=False
    )
    baseline = models.ForeignKey(Baseline, models.PROTECT, null=True, related_name="+", editable=False)

    # Everybody on the team reads its history, but not everybody its money.
    untold = frozenset({"price", "figures_by"})

    objects = LiveManager.from_queryset(ChangeQuerySet)()
    with_trash = models.Manager.from_queryset(ChangeQuerySet)()

    class Meta(TrashModel.Meta):
        abstract = False
        ordering = ["-number"]
        verbose_name = "change request"
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="change_number_once"),
            models.CheckConstraint(
                condition=~Q(status__in=[ChangeState.IMPLEMENTED, ChangeState.CLOSED])
                | Q(baseline__isnull=False),
                name="change_implemented_with_baseline",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.title}"

    @property
    def key(self) -> str:
        """Return what it is called by, such as CR-001."""
        return f"CR-{self.number:03d}"

    @property
    def is_editable(self) -> bool:
        """Return whether what it says may still change."""
        return self.status in CHANGE_EDITABLE


class ChangeOption(VersionedModel):
    """One way to do it, with its own price and effect on the finish."""

    change = models.ForeignKey(ChangeRequest, models.CASCADE, related_name="options")
    label = models.CharField(max_length=120)
    description = models.TextField(max_length=4000, blank=True, help_text="The customer reads this.")
    price = MoneyField(null=True, blank=True)
    schedule_days = models.SmallIntegerField("effect on the finish, in working days", null=True, blank=True)
    is_recommended = models.BooleanField("recommended", default=False)

    project_lookup = "change__project"
    untold = frozenset({"price"})

    class Meta:
        ordering = ["change", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["change", "label"],
                name="change_option_once",
                violation_error_message="There is an option of this name already.",
            )
        ]

    def __str__(self) -> str:
        return self.label


class ChangeText(VersionedModel):
    """What a requirement says from the change on: its next version, once the change is implemented."""

    change = models.ForeignKey(ChangeRequest, models.CASCADE, related_name="texts")
    requirement = models.ForeignKey(Requirement, models.PROTECT, related_name="change_texts")
    statement = models.TextField("new statement", max_length=10_000, help_text="The customer reads this.")

    project_lookup = "change__project"

    class Meta:
        verbose_name = "new text"
        ordering = ["change", "requirement"]
        constraints = [
            models.UniqueConstraint(
                fields=["change", "requirement"],
                name="change_text_once",
                violation_error_message="This requirement has a new text in this change already.",
            )
        ]

    def __str__(self) -> str:
        return f"New text of {self.requirement.key}"


class ChangeLine(VersionedModel):
    """What one part of the change takes, or gives back: hours, money, working time of a task, a new task.

    With `new_task` a task of that name is added behind `task`; else `task` itself gets hours, money or time. Money is
    None until it is priced at the rates; it is frozen when the customer is asked.
    """

    change = models.ForeignKey(ChangeRequest, models.CASCADE, related_name="lines")
    option = models.ForeignKey(
        ChangeOption, models.CASCADE, null=True, blank=True, related_name="lines",
        help_text="Empty: in every option.",
    )  # fmt: skip
    task = models.ForeignKey(Task, models.PROTECT, null=True, blank=True, related_name="change_lines")
    new_task = models.CharField("new task behind it", max_length=255, blank=True)
    duration_days = models.DecimalField(
        "working days added", max_digits=6, decimal_places=2, null=True, blank=True,
        help_text="To the task, or of the new one.",
    )  # fmt: skip
    category = models.CharField(max_length=12, choices=Category, default=Category.LABOUR)
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    job_role = models.CharField("role", max_length=80, blank=True)
    description = models.CharField(max_length=255, blank=True)
    planned_seconds = models.IntegerField("hours", default=0)
    cost = MoneyField(null=True, blank=True)
    bill = MoneyField(null=True, blank=True)
    # What a what-if does to the plan and this table has no columns for: a link, a constraint, working time to the
    # minute. It is frozen with its what-if; implementing the change puts it into the plan, the line adds what it costs.
    difference = models.ForeignKey(
        "budget.Difference",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="change_lines",
        editable=False,
    )

    project_lookup = "change__project"
    untold = frozenset({"cost", "bill"})

    class Meta:
        ordering = ["change", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(person=None) | Q(job_role=""),
                name="change_line_person_or_role",
                violation_error_message="A line is for a person or for a role, not for both.",
            )
        ]

    def __str__(self) -> str:
        return (
            self.description
            or self.new_task
            or (str(self.task) if self.task else self.get_category_display())
        )
