"""The plan: a tree of tasks and milestones, their dependencies, who works on them, and baselines."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery

from implement.core.db import AppendOnlyModel, LiveManager, TrashModel, VersionedModel
from implement.core.money import MoneyField
from projects.choices import Constraint, LinkType, ProgressRule
from projects.models.calendars import WorkCalendar
from projects.models.people import Person
from projects.models.project import Project

PERCENT = [MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))]


class TaskQuerySet(models.QuerySet["Task"]):
    """Questions about tasks."""

    def leaves(self) -> TaskQuerySet:
        """Return the tasks on which work is planned and booked."""
        return self.filter(is_summary=False)

    def open(self) -> TaskQuerySet:
        """Return the tasks that are not finished."""
        return self.filter(percent_complete__lt=100)

    def with_promise(self) -> TaskQuerySet:
        """Add `promised`: when each was to finish as the latest baseline has it."""
        return self.annotate(promised=promise_of("pk"))

    def overdue(self, at: datetime) -> TaskQuerySet:
        """Return the leaves that are not finished and were to be before a moment."""
        return self.leaves().open().with_promise().filter(was_due(at))


def promise_of(task: str) -> Subquery:
    """Return when a task, named by a column, was to finish as the latest baseline has it."""
    rows = BaselineTask.objects.filter(task=OuterRef(task)).order_by("-baseline__number")
    return Subquery(rows.values("finish")[:1])


def was_due(at: datetime) -> Q:
    """Return what was to be finished before a moment, of tasks with their promise.

    A plan expects what is left today at the earliest, so a day that was promised tells more: the deadline's, or the
    latest baseline's.
    """
    return Q(finish__lt=at) | Q(deadline__lt=at) | Q(promised__lt=at)


class Task(VersionedModel, TrashModel):
    """A piece of work, a milestone (no duration) or a summary (has children). Dates are computed from the network."""

    # What `__str__` is made of, so that a choice among thousands needs no rows.
    choice_columns = ("wbs", "name")

    project = models.ForeignKey(Project, models.CASCADE, related_name="tasks")
    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="children")
    # Outline: `position` orders the whole tree; `wbs` and `level` follow from it. Kept by services.tree_renumber.
    position = models.PositiveIntegerField(default=0, editable=False)
    level = models.PositiveSmallIntegerField(default=1, editable=False)
    wbs = models.CharField("WBS", max_length=60, blank=True, editable=False)
    name = models.CharField(max_length=255)
    # The version of name and description, as the thread refers to it.
    revision = models.PositiveIntegerField("text version", default=1, editable=False)
    code = models.CharField(
        "key",
        max_length=40,
        blank=True,
        help_text="The task's key in another tool, used to match imported hours.",
    )
    description = models.TextField(blank=True)
    is_milestone = models.BooleanField("milestone", default=False)
    is_summary = models.BooleanField(default=False, editable=False)
    duration_minutes = models.PositiveIntegerField(default=480, help_text="Working time.")
    is_estimated = models.BooleanField("duration is estimated", default=False)
    constraint = models.CharField(max_length=4, choices=Constraint, default=Constraint.ASAP)
    constraint_at = models.DateTimeField("constraint date", null=True, blank=True)
    deadline = models.DateTimeField(null=True, blank=True)
    calendar = models.ForeignKey(WorkCalendar, models.PROTECT, null=True, blank=True, related_name="+")
    is_billable = models.BooleanField(
        "billable",
        default=True,
        help_text="Off for internal work: hours on it and on what is below it are not billed.",
    )
    ignores_people = models.BooleanField(
        "ignores people's calendars",
        default=False,
        help_text="It works by its own or the project's calendar, whoever is away.",
    )
    priority = models.PositiveSmallIntegerField(default=500, validators=[MaxValueValidator(1000)])

    percent_complete = models.DecimalField(
        "physical % complete", max_digits=5, decimal_places=2, default=Decimal(0), validators=PERCENT
    )
    actual_start = models.DateTimeField(null=True, blank=True)
    actual_finish = models.DateTimeField(null=True, blank=True)
    # How its progress is measured (empty: as the project's usual rule). Set by services.measure_set alone.
    progress_rule = models.CharField(max_length=8, choices=ProgressRule, blank=True, editable=False)
    units_total = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True, editable=False)
    unit_name = models.CharField("unit", max_length=40, blank=True, editable=False)
    # The day from which on it is measured as now; null: always.
    measured_since = models.DateField(null=True, blank=True, editable=False)

    # Computed by services.plan_schedule; null until the plan has been scheduled.
    start = models.DateTimeField(null=True, blank=True, editable=False)
    finish = models.DateTimeField(null=True, blank=True, editable=False, db_index=True)
    late_start = models.DateTimeField(null=True, blank=True, editable=False)
    late_finish = models.DateTimeField(null=True, blank=True, editable=False)
    total_float_minutes = models.IntegerField(null=True, blank=True, editable=False)
    free_float_minutes = models.IntegerField(null=True, blank=True, editable=False)
    is_critical = models.BooleanField(default=False, editable=False)
    # What decides the start, one of projects.schedule.Driver, and the task that does when it is one.
    driver = models.CharField(max_length=7, blank=True, editable=False)
    driven_by = models.ForeignKey("self", models.SET_NULL, null=True, editable=False, related_name="+")

    # For the customer.
    is_published = models.BooleanField("shown to the customer", default=False)
    customer_title = models.CharField(
        max_length=255, blank=True, help_text="The customer's words; empty: the name."
    )
    acceptance_criteria = models.TextField(blank=True)
    payment_amount = MoneyField(null=True, blank=True, validators=[MinValueValidator(Decimal(0))])
    accepted_at = models.DateTimeField(null=True, blank=True, editable=False)

    external_uid = models.IntegerField(null=True, blank=True, editable=False)

    untold = frozenset({"revision"})

    objects = LiveManager.from_queryset(TaskQuerySet)()
    with_trash = models.Manager.from_queryset(TaskQuerySet)()

    class Meta(TrashModel.Meta):
        abstract = False
        ordering = ["project", "position", "pk"]
        indexes = [models.Index(fields=["project", "position"], name="task_outline")]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "external_uid"],
                name="task_external_uid_once",
                condition=Q(external_uid__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["project", "code"],
                name="task_code_once",
                condition=~Q(code="") & Q(deleted_at=None),
                violation_error_message="Another task of this project has this key.",
            ),
            models.CheckConstraint(
                condition=Q(percent_complete__gte=0, percent_complete__lte=100), name="task_percent_in_range"
            ),
            models.CheckConstraint(
                condition=Q(constraint__in=[Constraint.ASAP, Constraint.ALAP])
                | Q(constraint_at__isnull=False),
                name="task_constraint_dated",
                violation_error_message="This constraint needs a date.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.wbs} {self.name}".strip()

    def due_at(self, promised: datetime | None) -> datetime | None:
        """Return by when it was to be finished: the first of its finish, its deadline and what a baseline promised."""
        return min((moment for moment in (self.finish, self.deadline, promised) if moment), default=None)

    @property
    def rule(self) -> str:
        """Return how its progress is measured; a milestone is reached or not, a summary follows from its tasks."""
        if self.is_milestone or self.is_summary:
            return ProgressRule.PHYSICAL
        return self.progress_rule or self.project.progress_rule

    @property
    def title_for_customer(self) -> str:
        """Return the words that a customer reads."""
        return self.customer_title or self.name


class MilestoneManager(LiveManager.from_queryset(TaskQuerySet)):  # type: ignore[misc]
    """The tasks that are milestones."""

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().filter(is_milestone=True)


class Milestone(Task):
    """A task of no duration that the project is measured by; the same row, seen as a milestone."""

    objects: ClassVar[Any] = MilestoneManager()

    class Meta:
        proxy = True
        ordering = ["finish", "position"]


class DependencyQuerySet(models.QuerySet["Dependency"]):
    """Questions about links."""

    def of_plan(self, project: Project) -> DependencyQuerySet:
        """Return the links of a project between tasks that are not in the trash."""
        # Without a second join: right after a large import, before the database has counted anything, PostgreSQL
        # takes both sides for a handful of rows and reads all tasks again for each of them, for a minute.
        trashed = Task.with_trash.exclude(deleted_at=None)
        return self.filter(successor__project=project, successor__deleted_at=None).exclude(
            predecessor__in=trashed.values("pk")
        )


class Dependency(VersionedModel):
    """A link between two tasks, with a lag in working minutes (negative: a lead)."""

    predecessor = models.ForeignKey(Task, models.CASCADE, related_name="successor_links")
    successor = models.ForeignKey(Task, models.CASCADE, related_name="predecessor_links")
    type = models.CharField(max_length=2, choices=LinkType, default=LinkType.FS)
    lag_minutes = models.IntegerField("lag in working minutes", default=0)
    is_elapsed = models.BooleanField("lag runs round the clock", default=False)

    objects = DependencyQuerySet.as_manager()

    project_lookup = "successor__project"

    class Meta:
        ordering = ["successor__position", "predecessor__position"]
        verbose_name_plural = "dependencies"
        constraints = [
            models.UniqueConstraint(
                fields=["predecessor", "successor"],
                name="dependency_once",
                violation_error_message="These two tasks are linked already.",
            ),
            models.CheckConstraint(
                condition=~Q(predecessor=F("successor")),
                name="dependency_of_two",
                violation_error_message="A task cannot depend on itself.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.predecessor} → {self.successor} ({self.type})"


class Assignment(VersionedModel):
    """Who works on a task, and how long is planned."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="assignments")
    person = models.ForeignKey(Person, models.PROTECT, related_name="assignments")
    planned_seconds = models.PositiveIntegerField("planned time", default=0)
    units = models.DecimalField(
        "share of their time in %", max_digits=6, decimal_places=2, default=Decimal(100)
    )
    external_uid = models.IntegerField(null=True, blank=True, editable=False)

    project_lookup = "task__project"

    class Meta:
        ordering = ["task", "person__name"]
        constraints = [
            models.UniqueConstraint(
                fields=["task", "person"],
                name="assignment_once",
                violation_error_message="This person is on the task already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} on {self.task}"


class Baseline(AppendOnlyModel):
    """A numbered, immutable snapshot of dates, hours and money; the highest number is the current one."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="baselines")
    number = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=120)
    taken_at = models.DateTimeField()
    taken_by = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")
    # The part of the budget that belongs to no task.
    untasked_seconds = models.PositiveIntegerField(default=0)
    untasked_cost = MoneyField(null=True)
    untasked_bill = MoneyField(null=True)

    class Meta:
        ordering = ["project", "-number"]
        constraints = [models.UniqueConstraint(fields=["project", "number"], name="baseline_number_once")]

    def __str__(self) -> str:
        return f"Baseline {self.number}: {self.name}"


class BaselineTask(AppendOnlyModel):
    """What one task was when the baseline was taken. Money is None where no rate or budget gave it."""

    baseline = models.ForeignKey(Baseline, models.CASCADE, related_name="tasks")
    task = models.ForeignKey(Task, models.CASCADE, related_name="baseline_rows")
    start = models.DateTimeField(null=True)
    finish = models.DateTimeField(null=True)
    duration_minutes = models.PositiveIntegerField()
    planned_seconds = models.PositiveIntegerField(default=0)
    cost = MoneyField(null=True)
    bill = MoneyField(null=True)

    project_lookup = "baseline__project"

    class Meta:
        ordering = ["baseline", "task__position"]
        constraints = [models.UniqueConstraint(fields=["baseline", "task"], name="baseline_task_once")]

    def __str__(self) -> str:
        return f"{self.task} in {self.baseline}"
