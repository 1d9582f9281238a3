"""Moving cards on the board: a step of the workflow and a place in the column, in one go."""

from __future__ import annotations

from django.db import transaction

from implement.core.db import hold_together, update_rows
from implement.core.errors import DomainError, StateError
from projects.builds.choices import LIMITED, BuildState
from projects.builds.models import BuildItem, WipLimit
from projects.builds.selectors.columns import board_lock
from projects.builds.workflows import BUILD_WORKFLOW
from projects.kit.access import Entry
from projects.kit.rows import row_delete, row_save

# (from, to) -> the step between two columns.
STEPS = {
    (BuildState.TODO, BuildState.DOING): "start",
    (BuildState.DOING, BuildState.REVIEW): "submit",
    (BuildState.REVIEW, BuildState.BUILT): "finish",
    (BuildState.DOING, BuildState.TODO): "back",
    (BuildState.REVIEW, BuildState.DOING): "back",
    (BuildState.BUILT, BuildState.DOING): "back",
    (BuildState.DEPLOYED, BuildState.DOING): "reopen",
    (BuildState.VERIFIED, BuildState.DOING): "reopen",
}


class MovedMeanwhile(StateError):
    """Somebody else has moved the card since the board was drawn."""


class ReasonMissing(DomainError):
    """The move needs a reason."""


def step_between(*, source: str, target: str) -> str:
    """Return the step that leads from one column to another. Raises StateError with the way there is."""
    name = STEPS.get((BuildState(source), BuildState(target)))
    if name is not None:
        return name
    if target == BuildState.DEPLOYED:
        raise StateError("An item is deployed by a promotion: bring a build with it into an environment.")
    if target == BuildState.VERIFIED:
        raise StateError(
            "An item is verified by a conformance check, which somebody records who did not build it."
        )
    ways = [str(BuildState(to).label) for (come, to) in STEPS if come == source]
    label, wanted = BuildState(source).label, BuildState(target).label
    raise StateError(f"From “{label}” a card goes to {' or '.join(ways)}, not to “{wanted}”.")


@transaction.atomic
def card_move(
    *,
    item: BuildItem,
    entry: Entry,
    seen: str,
    target: str,
    before: int | None = None,
    reason: str = "",
) -> BuildItem:
    """Bring a card from the column in which it was `seen` to another, or to another place of the same.

    `before`: the card that comes after it; None: at the end of the column. Raises MovedMeanwhile when it is no
    longer where it was seen, ReasonMissing, or what its step raises.
    """
    entry.require("builds.change")
    if seen not in BuildState.values or target not in BuildState.values:
        raise DomainError("There is no such column.", fields={"target": "There is no such column."})
    hold_together(board_lock(item.project_id), alone=True)
    item = BuildItem.objects.select_related("project").get(pk=item.pk)
    if item.status != seen:
        label = BuildState(item.status).label
        raise MovedMeanwhile(
            f"{item.key} has been moved to “{label}” meanwhile. The board shows it there now."
        )
    if target != seen:
        name = step_between(source=seen, target=target)
        if BUILD_WORKFLOW.by_name[name].needs_reason and not reason.strip():
            message = f"Say why {item.key} goes back."
            raise ReasonMissing(message, fields={"reason": message})
        BUILD_WORKFLOW.perform(name=name, item=item, entry=entry, reason=reason)
    _place(item, before=before)
    item.refresh_from_db()
    return item


def _place(item: BuildItem, *, before: int | None) -> None:
    """Put a card before another, or at the end of its column; only the cards whose place differs are written."""
    column = list(
        BuildItem.objects.filter(project=item.project_id, status=item.status)
        .exclude(pk=item.pk)
        .order_by("position", "pk")
        .only("pk", "position")
    )
    at = next((number for number, row in enumerate(column) if row.pk == before), len(column))
    column.insert(at, item)
    changed = []
    for position, row in enumerate(column, start=1):
        if row.position != position:
            row.position = position
            changed.append(row)
    update_rows(changed, ["position"], model=BuildItem)


@transaction.atomic
def limit_set(*, entry: Entry, state: str, limit: int | None) -> None:
    """Say how many items a column takes; None takes the limit away. Raises DomainError by field or NotAllowed."""
    entry.require("builds.decide")
    if state not in LIMITED:
        message = "This column has no limit."
        raise DomainError(message, fields={"state": message})
    row = WipLimit.objects.filter(project=entry.project, state=state).first()
    if limit is None:
        if row is not None:
            row_delete(row=row, actor=entry.user)
        return
    if not 1 <= limit <= 999:
        message = "A limit is from 1 to 999."
        raise DomainError(message, fields={"limit": message})
    row = row or WipLimit(project=entry.project, state=state)
    row.limit = limit
    row_save(row=row, actor=entry.user)
