"""Writing build items, blocking them, and ticking their definition of done."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from implement.core.db import hold_together
from implement.core.errors import DomainError, StateError
from projects.builds.choices import BuildState
from projects.builds.models import Blockage, BuildItem, DoneCriterion, DoneTick
from projects.builds.selectors.columns import board_lock, end_of
from projects.builds.services.environments import environments_ensure
from projects.kit.access import Entry
from projects.kit.journal import record
from projects.kit.rows import row_delete, row_restore
from projects.kit.trace import text_save
from projects.models import Project


@transaction.atomic
def item_save(*, item: BuildItem, entry: Entry, expected_version: int | None = None) -> BuildItem:
    """Add an item with the project's next number at the end of To do, or edit one.

    Raises DomainError by field, NotAllowed or StaleVersion.
    """
    entry.require("builds.change")
    _check_links(item)
    if item._state.adding:
        item.number = next_number(item.project)
        item.status, item.status_since = BuildState.TODO, timezone.now()
        item.position = end_of(project_id=item.project_id, state=BuildState.TODO)
        if item.remaining_seconds is None:
            item.remaining_seconds = item.estimate_seconds
        environments_ensure(project=item.project)
    text_save(row=item, actor=entry.user, expected_version=expected_version)
    return item


def next_number(project: Project) -> int:
    """Return the project's next number; one after the other, or two would get the same."""
    Project.with_trash.select_for_update(no_key=True).values_list("pk", flat=True).get(pk=project.pk)
    last = BuildItem.with_trash.filter(project=project).aggregate(last=Max("number"))["last"]
    return (last or 0) + 1


def _check_links(item: BuildItem) -> None:
    """Raise DomainError, by field, for an owner who is not ours and a task on which nobody works."""
    if item.owner is not None and item.owner.customer_id is not None:
        raise DomainError("The owner is one of us.", fields={"owner": "Choose somebody of the firm."})
    task = item.task
    if task is None:
        return
    message = ""
    if task.project_id != item.project_id or task.deleted_at:
        message = "Choose a task of this project."
    elif task.is_summary or task.is_milestone:
        kind = "summary" if task.is_summary else "milestone"
        message = f"“{task}” is a {kind}: choose a task below it."
    if message:
        raise DomainError(message, fields={"task": message})


def why_kept(item: BuildItem) -> str | None:
    """Return why it cannot be thrown away, or None."""
    if item.status != BuildState.TODO or item.round > 1:
        return f"{item.key} has been begun: its history is kept."
    return None


@transaction.atomic
def item_delete(*, item: BuildItem, entry: Entry, expected_version: int | None = None) -> None:
    """Throw an item away that nobody has begun (else StateError)."""
    entry.require("builds.change")
    kept = why_kept(item)
    if kept:
        raise StateError(kept)
    row_delete(row=item, actor=entry.user, expected_version=expected_version)


@transaction.atomic
def item_restore(*, item: BuildItem, entry: Entry) -> None:
    """Take an item back out of the trash; its task may be gone."""
    entry.require("builds.change")
    if item.task is not None and item.task.deleted_at is not None:
        item.task = None
        item.save_version(fields=["task_id"])
    row_restore(row=item, actor=entry.user)


@transaction.atomic
def item_block(*, item: BuildItem, entry: Entry, reason: str) -> None:
    """Say that an item cannot go on, and why. Raises DomainError without a reason, StateError when it is blocked."""
    entry.require("builds.change")
    reason = " ".join(reason.split())
    if not reason:
        message = "Say what holds it up."
        raise DomainError(message, fields={"reason": message})
    if len(reason) > 255:
        raise DomainError("Say it in at most 255 characters.", fields={"reason": "At most 255 characters."})
    hold_together(board_lock(item.project_id), alone=True)
    item = BuildItem.objects.select_for_update(of=("self",)).get(pk=item.pk)
    if item.blocked_since is not None:
        raise StateError(f"{item.key} is blocked already: {item.blocked_reason}")
    if item.status == BuildState.VERIFIED:
        raise StateError(f"{item.key} is verified: reopen it first.")
    item.blocked_since, item.blocked_reason = timezone.now(), reason
    item.save_version(fields=["blocked_since", "blocked_reason"])
    record(
        action="builditem.blocked", target=item, actor=entry.user, project=item.project,
        changes={"reason": ("", reason)},
    )  # fmt: skip


@transaction.atomic
def item_unblock(*, item: BuildItem, entry: Entry) -> Blockage:
    """Let an item go on, and keep how long it could not. Raises StateError when it is not blocked."""
    entry.require("builds.change")
    hold_together(board_lock(item.project_id), alone=True)
    item = BuildItem.objects.select_for_update(of=("self",)).get(pk=item.pk)
    if item.blocked_since is None:
        raise StateError(f"{item.key} is not blocked.")
    over = Blockage.objects.create(
        item=item, reason=item.blocked_reason, since=item.blocked_since, until=timezone.now(), by=entry.user
    )
    item.blocked_since, item.blocked_reason = None, ""
    item.save_version(fields=["blocked_since", "blocked_reason"])
    record(
        action="builditem.unblocked", target=item, actor=entry.user, project=item.project,
        changes={"days": (None, over.days)},
    )  # fmt: skip
    return over


@transaction.atomic
def tick_set(*, item: BuildItem, criterion: DoneCriterion, entry: Entry, is_on: bool) -> None:
    """Say that an item meets a criterion, or that it does not after all; saying it twice changes nothing.

    Raises StateError once it is built: what was said then stands.
    """
    entry.require("builds.change")
    item = BuildItem.objects.select_for_update(of=("self",)).get(pk=item.pk)
    if criterion.project_id != item.project_id or criterion.kind not in ("", item.kind):
        raise DomainError("This criterion is not asked of the item.")
    if item.status not in (BuildState.TODO, BuildState.DOING, BuildState.REVIEW):
        raise StateError(f"{item.key} is {str(item.get_status_display()).lower()}: its ticks stand.")
    ticks = DoneTick.objects.filter(item=item, criterion=criterion, round=item.round)
    if is_on == ticks.exists():
        return
    if is_on:
        DoneTick.objects.create(
            item=item, criterion=criterion, round=item.round, by=entry.user, at=timezone.now()
        )
    else:
        ticks.delete()
    record(
        action="builditem.ticked" if is_on else "builditem.unticked", target=item, actor=entry.user,
        project=item.project, changes={"criterion": (None, criterion.text)},
    )  # fmt: skip
