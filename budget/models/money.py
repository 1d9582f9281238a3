"""What is agreed, what an hour costs, and the lines of the budget. Amounts are in the project's currency."""

from __future__ import annotations

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from budget.choices import Category
from budget.evm import EacAssumption
from implement.core.db import LiveManager, TrashModel, VersionedModel
from implement.core.money import MoneyField
from projects.models import Person, Project, Task

NOT_NEGATIVE = [MinValueValidator(Decimal(0))]


class BudgetSettings(VersionedModel):
    """What the contract agrees and where the project's warning lines are."""

    project = models.OneToOneField(Project, models.CASCADE, related_name="budget_settings")
    agreed_fees = MoneyField(null=True, blank=True, validators=NOT_NEGATIVE)
    agreed_hours = models.DecimalField(
        max_digits=10, decimal_places=2, null=True, blank=True, validators=NOT_NEGATIVE
    )
    index_limit = models.DecimalField(
        "CPI warning line",
        max_digits=3,
        decimal_places=2,
        default=Decimal("0.90"),
        validators=[MinValueValidator(Decimal("0.1")), MaxValueValidator(Decimal(1))],
    )
    schedule_limit = models.DecimalField(
        "SPI warning line",
        max_digits=3,
        decimal_places=2,
        default=Decimal("0.90"),
        validators=[MinValueValidator(Decimal("0.1")), MaxValueValidator(Decimal(1))],
    )
    overrun_limit = models.DecimalField(
        "EAC over BAC warning line in %",
        max_digits=5,
        decimal_places=2,
        default=Decimal(5),
        validators=NOT_NEGATIVE,
    )
    eac_assumption = models.CharField(
        "estimate at completion assumes",
        max_length=24,
        choices=[(assumption.value, assumption.label) for assumption in EacAssumption],
        default=EacAssumption.PERFORMANCE_CONTINUES.value,
        help_text="Of the work that remains. Tiles, curve, alerts and reports follow it; the page compares all four.",
    )

    class Meta:
        verbose_name_plural = "budget settings"

    def __str__(self) -> str:
        return f"Budget settings of {self.project}"


class RateCard(VersionedModel):
    """An hourly cost and bill rate from a date on: for a person, else a role, else the whole project.

    The most specific card wins, and of those the latest one that is effective on the day worked.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="rate_cards")
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="rate_cards")
    job_role = models.CharField("role", max_length=80, blank=True)
    effective_from = models.DateField()
    cost_rate = MoneyField("cost per hour", null=True, blank=True, validators=NOT_NEGATIVE)
    bill_rate = MoneyField("bill per hour", null=True, blank=True, validators=NOT_NEGATIVE)

    class Meta:
        ordering = ["project", "-effective_from", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "person", "effective_from"],
                name="rate_of_person_once",
                condition=Q(person__isnull=False),
                violation_error_message="This person has a rate from this date on already.",
            ),
            models.UniqueConstraint(
                fields=["project", "job_role", "effective_from"],
                name="rate_of_role_once",
                condition=Q(person__isnull=True),
                violation_error_message="This role (or the whole project) has a rate from this date on already.",
            ),
            models.CheckConstraint(
                condition=Q(person__isnull=True) | Q(job_role=""),
                name="rate_person_or_role",
                violation_error_message="A rate is for a person or for a role, not for both.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person or self.job_role or 'Everybody'} from {self.effective_from}"


class BudgetLine(VersionedModel, TrashModel):
    """Money and hours planned for a task and a person or role, in one category."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="budget_lines")
    task = models.ForeignKey(Task, models.PROTECT, null=True, blank=True, related_name="budget_lines")
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="budget_lines")
    job_role = models.CharField("role", max_length=80, blank=True)
    category = models.CharField(max_length=12, choices=Category, default=Category.LABOUR)
    description = models.CharField(max_length=255, blank=True)
    planned_seconds = models.IntegerField("hours", default=0)
    cost = MoneyField(null=True, blank=True)
    bill = MoneyField(null=True, blank=True)
    # Where an approved change put it. Only such a line may take something away.
    change_request = models.ForeignKey(
        "budget.ChangeRequest",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="budget_lines",
        editable=False,
    )
    # Where a release from a reserve put it; a release from contingency takes it from there by another line.
    release = models.ForeignKey(
        "budget.ReserveRelease",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="budget_lines",
        editable=False,
    )
    external_id = models.CharField(max_length=80, blank=True, editable=False)

    objects = LiveManager()
    with_trash = models.Manager()

    class Meta(TrashModel.Meta):
        abstract = False
        ordering = ["task__position", "category", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "external_id"],
                name="budget_line_external_once",
                condition=~Q(external_id=""),
            ),
            models.CheckConstraint(
                condition=Q(change_request__isnull=False)
                | Q(release__isnull=False)
                | (
                    Q(planned_seconds__gte=0)
                    & (Q(cost=None) | Q(cost__gte=0))
                    & (Q(bill=None) | Q(bill__gte=0))
                ),
                name="budget_line_not_negative",
                violation_error_message="A budget line is not negative.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_category_display()}: {self.task or 'whole project'}"
