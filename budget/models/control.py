"""Keeping cost in hand: what is ordered, what the rest is estimated to take, and the reserves."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from budget.choices import Category, CommitmentState, ReleaseState, ReserveKind
from budget.models.expenses import Expense
from budget.models.money import NOT_NEGATIVE
from implement.core.choices import StateField
from implement.core.db import AppendOnlyModel, LiveManager, TrashModel, VersionedModel
from implement.core.money import CurrencyField, MoneyField
from projects.models import Baseline, Person, Project, Task

ABOVE_ZERO = [MinValueValidator(Decimal("0.01"))]


class CostControl(VersionedModel):
    """The reserve outside the budget, and from where on a figure needs a second look."""

    project = models.OneToOneField(Project, models.CASCADE, related_name="cost_control")
    management_reserve = MoneyField(
        null=True, blank=True, validators=NOT_NEGATIVE,
        help_text="On top of the budget, for what nobody could foresee.",
    )  # fmt: skip
    release_limit = MoneyField(
        "released without a second person up to", null=True, blank=True, validators=NOT_NEGATIVE,
        help_text="Empty: every release is approved by somebody else.",
    )  # fmt: skip
    stale_weeks = models.PositiveSmallIntegerField(
        "an estimate is old after, in weeks", default=4, validators=[MinValueValidator(1)]
    )
    cap_share = models.DecimalField(
        "warn when this share of an agreed limit is used, in %", max_digits=5, decimal_places=2,
        default=Decimal(80), validators=[MinValueValidator(Decimal(1)), MaxValueValidator(Decimal(100))],
    )  # fmt: skip

    class Meta:
        verbose_name_plural = "cost control"

    def __str__(self) -> str:
        return f"Cost control of {self.project}"


class Commitment(VersionedModel, TrashModel):
    """What is ordered from a supplier: money that will be asked for. Its number is its project's own.

    What of it was invoiced are its parts; what is not yet is still committed.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="commitments")
    number = models.PositiveIntegerField(editable=False)
    supplier = models.CharField(max_length=120)
    reference = models.CharField("order number", max_length=60, blank=True)
    description = models.CharField(max_length=255)
    task = models.ForeignKey(Task, models.PROTECT, null=True, blank=True, related_name="commitments")
    category = models.CharField(max_length=12, choices=Category, default=Category.SUBCONTRACT)
    amount = MoneyField(validators=ABOVE_ZERO)
    currency = CurrencyField()
    exchange_rate = models.DecimalField(
        "rate to the project's currency",
        max_digits=16,
        decimal_places=8,
        default=Decimal(1),
        validators=[MinValueValidator(Decimal("0.00000001"))],
    )
    # In the project's currency: amount x rate, rounded.
    cost = MoneyField(editable=False, default=Decimal(0))
    ordered_on = models.DateField("ordered on")
    expected_on = models.DateField("expected on", null=True, blank=True)
    status = StateField(states=CommitmentState, default=CommitmentState.ORDERED)
    ended_on = models.DateField("settled or cancelled on", null=True, blank=True, editable=False)

    untold = frozenset({"amount", "exchange_rate", "cost"})

    objects = LiveManager()
    with_trash = models.Manager()

    class Meta(TrashModel.Meta):
        abstract = False
        ordering = ["-ordered_on", "-number"]
        verbose_name = "order"
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="commitment_number_once"),
            models.CheckConstraint(
                condition=Q(amount__gt=0),
                name="commitment_positive",
                violation_error_message="An order is more than 0.",
            ),
            models.CheckConstraint(
                condition=Q(expected_on=None) | Q(expected_on__gte=models.F("ordered_on")),
                name="commitment_dates_in_order",
                violation_error_message="It is expected after it was ordered.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.supplier}"

    @property
    def key(self) -> str:
        """Return what it is called by, such as PO-001."""
        return f"PO-{self.number:03d}"

    @property
    def booked(self) -> Decimal:
        """Return what was invoiced of it; only of rows read with `paid`, see selectors.rest.with_paid."""
        return Decimal(getattr(self, "paid", None) or 0).quantize(Decimal("0.01"))

    @property
    def open(self) -> Decimal:
        """Return what is still committed, likewise: never below zero, nothing once it is settled or cancelled."""
        if self.status != CommitmentState.ORDERED:
            return Decimal(0)
        return max(self.cost - self.booked, Decimal(0))


class CommitmentPart(VersionedModel):
    """An expense with which the supplier invoiced a part of an order. An expense is part of one order at most."""

    commitment = models.ForeignKey(Commitment, models.CASCADE, related_name="parts")
    expense = models.OneToOneField(Expense, models.CASCADE, related_name="commitment_part")

    project_lookup = "commitment__project"

    class Meta:
        ordering = ["commitment", "expense__spent_on", "pk"]

    def __str__(self) -> str:
        return f"{self.expense} of {self.commitment}"


class Estimate(AppendOnlyModel):
    """What the rest of a task takes, said by a person on a day; the latest of a day counts.

    Without a person it is the whole task's, and takes the place of what was said by person before. `seconds` are
    the hours of labour that remain; `cost` all the money that remains, None: those hours at their rates, and the
    rule for what is no labour. Neither: back to the rule.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="estimates")
    task = models.ForeignKey(Task, models.PROTECT, related_name="estimates")
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="estimates")
    estimated_on = models.DateField("estimated on")
    seconds = models.PositiveIntegerField("hours that remain", null=True, blank=True)
    cost = MoneyField("cost that remains", null=True, blank=True, validators=NOT_NEGATIVE)
    note = models.CharField(max_length=255, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", editable=False
    )
    made_at = models.DateTimeField(auto_now_add=True)

    untold = frozenset({"cost"})

    class Meta:
        ordering = ["-estimated_on", "-pk"]
        indexes = [models.Index(fields=["project", "estimated_on"], name="estimate_of_project")]

    def __str__(self) -> str:
        about = f"{self.task}, {self.person}" if self.person else str(self.task)
        return f"Estimate of {about}"


class ReserveRelease(VersionedModel):
    """Money out of a reserve to where it is needed: why, how much, who asked, and who approved it.

    Released, it is budget lines: one that adds to the task and, from contingency, those that take it from there.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="reserve_releases")
    number = models.PositiveIntegerField(editable=False)
    reserve = models.CharField(max_length=12, choices=ReserveKind, default=ReserveKind.CONTINGENCY)
    amount = MoneyField(validators=ABOVE_ZERO)
    task = models.ForeignKey(Task, models.PROTECT, null=True, blank=True, related_name="reserve_releases")
    category = models.CharField(max_length=12, choices=Category, default=Category.LABOUR)
    reason = models.CharField(max_length=500)
    status = StateField(states=ReleaseState, default=ReleaseState.REQUESTED)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", editable=False,
        verbose_name="asked by",
    )  # fmt: skip
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    decided_at = models.DateTimeField("decided", null=True, blank=True, editable=False)
    decision_note = models.CharField(max_length=255, blank=True, editable=False)

    untold = frozenset({"amount"})

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="release_number_once"),
            models.CheckConstraint(
                condition=Q(amount__gt=0),
                name="release_positive",
                violation_error_message="A release is more than 0.",
            ),
            models.CheckConstraint(
                condition=~Q(category=Category.CONTINGENCY),
                name="release_out_of_contingency",
                violation_error_message="A release leads out of the reserve: choose another category.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.reason[:60]}"

    @property
    def key(self) -> str:
        """Return what it is called by, such as RR-001."""
        return f"RR-{self.number:03d}"


class BaselineReserve(AppendOnlyModel):
    """The reserves as they stood when a baseline was taken; contingency is part of its budget, the other is not."""

    baseline = models.OneToOneField(Baseline, models.CASCADE, related_name="reserve")
    contingency = MoneyField()
    management = MoneyField(null=True)

    project_lookup = "baseline__project"

    def __str__(self) -> str:
        return f"Reserves in {self.baseline}"


class BaselineShare(AppendOnlyModel):
    """For whom, which role and which category a baseline's budget of a task was planned; no task: of none.

    The shares of a task add up to what the baseline says of it. Baselines from before, and those out of a file,
    have none.
    """

    baseline = models.ForeignKey(Baseline, models.CASCADE, related_name="shares")
    task = models.ForeignKey(Task, models.CASCADE, null=True, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    job_role = models.CharField("role", max_length=80, blank=True)
    category = models.CharField(max_length=12, choices=Category)
    # Below zero: a change took more away than was planned for these.
    planned_seconds = models.IntegerField(default=0)
    cost = MoneyField(null=True)

    project_lookup = "baseline__project"

    def __str__(self) -> str:
        return f"{self.get_category_display()} of {self.task or 'no task'} in {self.baseline}"
