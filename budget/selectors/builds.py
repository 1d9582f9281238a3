"""The hours of build items: what is booked on them, approved and not, and what their tasks' rest takes by them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, Sum

from budget.choices import ACTUAL_STATES, EntryState
from budget.models import TimeEntry
from projects.builds.choices import OPEN
from projects.builds.models import BuildItem
from projects.models import Task

LOGGABLE_SIZE = 300


@dataclass(frozen=True)
class ItemHours:
    """The seconds booked on an item: approved, and drafted or submitted."""

    approved: int = 0
    unapproved: int = 0

    @property
    def total(self) -> int:
        """Return all of them."""
        return self.approved + self.unapproved


def item_hours(items: Iterable[int]) -> dict[int, ItemHours]:
    """Return item id -> its hours, of the items on which anything is booked. One query."""
    waiting = Q(status__in=(EntryState.DRAFT, EntryState.SUBMITTED))
    rows = (
        TimeEntry.objects.filter(build_item__in=list(items))
        .order_by()
        .values_list("build_item")
        .annotate(
            approved=Sum("seconds", filter=Q(status__in=ACTUAL_STATES)), open=Sum("seconds", filter=waiting)
        )
    )
    return {item: ItemHours(approved or 0, unapproved or 0) for item, approved, unapproved in rows}


def loggable_items(tasks: Iterable[Task]) -> list[BuildItem]:
    """Return the build items of tasks on which one may book, in the order of the tasks. One query."""
    order = {task.pk: number for number, task in enumerate(tasks)}
    if not order:
        return []
    found = (
        BuildItem.objects.filter(task__in=list(order)).select_related("task", "project").order_by("number")
    )
    return sorted(found[:LOGGABLE_SIZE], key=lambda item: (order[item.task_id], item.number))  # type: ignore[index]


@dataclass(frozen=True)
class ItemRest:
    """What the items of a task still take, in seconds; `unsaid` are the open ones of which nobody has said it."""

    items: tuple[BuildItem, ...]
    seconds: int
    unsaid: tuple[BuildItem, ...]


def rest_of_items(task: Task) -> ItemRest:
    """Return what the build items of a task still take. One query."""
    items = tuple(BuildItem.objects.filter(task=task).select_related("owner", "project").order_by("number"))
    unsaid = tuple(item for item in items if item.status in OPEN and item.remaining_seconds is None)
    return ItemRest(items, sum(item.remaining_seconds or 0 for item in items), unsaid)
