"""Build items, how long they were blocked, and how much may be in work at a time."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from implement.core.choices import StateField
from implement.core.db import AppendOnlyModel, LiveManager, TrashModel, VersionedModel
from projects.builds.choices import LIMITED, BuildKind, BuildPriority, BuildState
from projects.builds.models.environments import Environment
from projects.builds.querysets import BuildItemQuerySet
from projects.models import Person, Project, Task


class BuildItem(VersionedModel, TrashModel):
    """One thing that is configured or developed.

    `round` counts how often its work was begun anew: what was ticked, promoted and checked holds for one round.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="build_items")
    number = models.PositiveIntegerField(editable=False)
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=16, choices=BuildKind, default=BuildKind.CONFIGURATION)
    description = models.TextField(
        max_length=20_000, blank=True, help_text="What is to be built, and how. Markdown. Internal."
    )
    release_words = models.TextField(
        "for the release notes",
        max_length=2000,
        blank=True,
        help_text="What the customer can do with it, in their words. Empty: the title.",
    )
    owner = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="build_items", help_text="Who builds it."
    )
    task = models.ForeignKey(
        Task, models.PROTECT, null=True, blank=True, related_name="build_items",
        verbose_name="task of the plan", help_text="Hours on the item are hours on this task.",
    )  # fmt: skip
    estimate_seconds = models.PositiveIntegerField(
        "estimate", null=True, blank=True, validators=[MinValueValidator(0)]
    )
    remaining_seconds = models.PositiveIntegerField(
        "remaining", null=True, blank=True, validators=[MinValueValidator(0)]
    )
    priority = models.PositiveSmallIntegerField(choices=BuildPriority, default=BuildPriority.NORMAL)

    # Its place in its column, the smallest on top.
    position = models.IntegerField(default=0, editable=False)
    status = StateField(states=BuildState, default=BuildState.TODO)
    status_since = models.DateTimeField(editable=False)
    round = models.PositiveSmallIntegerField(default=1, editable=False)
    # The version of title, kind and description, as the thread refers to it.
    revision = models.PositiveIntegerField("text version", default=1, editable=False)
    # Who did the work last; they do not check it.
    worked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    blocked_since = models.DateTimeField(null=True, blank=True, editable=False)
    blocked_reason = models.CharField("why it is blocked", max_length=255, blank=True, editable=False)
    # The furthest environment that this round of it has reached.
    environment = models.ForeignKey(
        Environment, models.PROTECT, null=True, blank=True, related_name="items", editable=False
    )
    # What another tool calls it, so that a second import finds it again.
    external_id = models.CharField(max_length=255, blank=True, editable=False)

    untold = frozenset(
        {"number", "position", "status_since", "round", "revision", "worked_by", "external_id"}
    )

    objects = LiveManager.from_queryset(BuildItemQuerySet)()
    with_trash = models.Manager.from_queryset(BuildItemQuerySet)()

    class Meta(TrashModel.Meta):
        abstract = False
        verbose_name = "build item"
        ordering = ["number"]
        indexes = [models.Index(fields=["project", "status", "position"], name="build_item_on_board")]
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="build_item_number_once"),
            models.UniqueConstraint(
                fields=["project", "external_id"],
                condition=~Q(external_id="") & Q(deleted_at=None),
                name="build_item_external_once",
            ),
            # What is blocked has a reason, and what is not has none; the database keeps it whoever writes.
            models.CheckConstraint(
                condition=Q(blocked_since=None, blocked_reason="")
                | (Q(blocked_since__isnull=False) & ~Q(blocked_reason="")),
                name="build_item_blocked_for_a_reason",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["deployed", "verified"]) | Q(environment__isnull=False),
                name="build_item_deployed_somewhere",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.title}"

    @property
    def key(self) -> str:
        """Return what it is called by, such as BLD-001."""
        return key_of(self.number)

    @property
    def words(self) -> str:
        """Return what the customer reads of it."""
        return self.release_words or self.title


def key_of(number: int) -> str:
    """Return the key of a build item's number."""
    return f"BLD-{number:03d}"


class Blockage(AppendOnlyModel):
    """A time during which an item could not go on, kept when it is over."""

    item = models.ForeignKey(BuildItem, models.CASCADE, related_name="blockages")
    reason = models.CharField(max_length=255)
    since = models.DateTimeField()
    until = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    project_lookup = "item__project"

    class Meta:
        ordering = ["item", "-until", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(until__gte=F("since")), name="blockage_ends_after_it_began")
        ]

    def __str__(self) -> str:
        return self.reason

    @property
    def days(self) -> int:
        """Return how many whole days it took."""
        return (self.until - self.since).days


class WipLimit(VersionedModel):
    """How many items may stand in one column at a time."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="wip_limits")
    state = models.CharField(
        "column", max_length=20, choices=[(state.value, state.label) for state in LIMITED]
    )
    limit = models.PositiveSmallIntegerField(validators=[MinValueValidator(1)])

    class Meta:
        verbose_name = "limit of a column"
        verbose_name_plural = "limits of columns"
        ordering = ["project", "state"]
        constraints = [
            models.UniqueConstraint(fields=["project", "state"], name="wip_limit_once"),
            models.CheckConstraint(condition=Q(limit__gte=1), name="wip_limit_lets_one_in"),
        ]

    def __str__(self) -> str:
        return f"At most {self.limit} {str(self.get_state_display()).lower()}"
