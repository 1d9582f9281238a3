"""What hours add to the pages of build items and of their tasks."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse

from budget.selectors.builds import ItemHours, item_hours, rest_of_items
from budget.services.control import may_estimate
from projects.builds.models import BuildItem
from projects.kit import extras
from projects.kit.access import Entry
from projects.kit.extras import Extra
from projects.models import Task


@extras.on(BuildItem)
def hours_of_item(item: BuildItem, entry: Entry) -> Extra | None:
    """Show what is booked on an item, and the way to log time on it. One query."""
    if not entry.can("time.view"):
        return None
    hours = item_hours([item.pk]).get(item.pk, ItemHours())
    known = item.remaining_seconds is not None
    actions: tuple[tuple[str, str], ...] = ()
    if item.task_id and entry.can("time.log") and entry.person is not None:
        query = urlencode({"task": item.task_id, "build_item": item.pk})
        actions = (("Log time", f"{reverse('log_time')}?{query}"),)
    context = {
        "item": item,
        "hours": hours,
        "at_end": hours.total + (item.remaining_seconds or 0) if known else None,
    }
    return Extra(actions=actions, template="budget/item_hours.html", context=context)


@extras.on(Task)
def items_of_task(task: Task, entry: Entry) -> Extra | None:
    """Show the build items of a task with their hours, and take over what they still take. At most three queries."""
    if task.is_milestone or task.is_summary or not entry.can("builds.view"):
        return None
    rest = rest_of_items(task)
    if not rest.items:
        return None
    hours = item_hours(item.pk for item in rest.items) if entry.can("time.view") else {}
    context = {
        "task": task,
        "code": entry.project.code,
        "rows": [(item, hours.get(item.pk, ItemHours())) for item in rest.items],
        "booked": sum(one.total for one in hours.values()),
        "rest": rest,
        "with_hours": entry.can("time.view"),
        "may_estimate": may_estimate(task=task, access=entry),
    }
    return Extra(template="budget/task_items.html", context=context)
