"""How full the columns of the board are."""

from __future__ import annotations

from django.db.models import Max, Min

from projects.builds.choices import BuildState
from projects.builds.models import BuildItem, WipLimit

NAMED = 6


def board_lock(project_id: int) -> str:
    """Return the name that whoever moves cards of a project holds: limits are rules over rows not there yet."""
    return f"builds.board.{project_id}"


def full_column(*, project_id: int, state: str, coming: int = 1) -> str | None:
    """Return why no more items go into a column: its limit, who is in it, what to do; None when there is room.

    One query without a limit, else two.
    """
    limit = WipLimit.objects.filter(project=project_id, state=state).values_list("limit", flat=True).first()
    if limit is None:
        return None
    inside = list(
        BuildItem.objects.filter(project=project_id, status=state)
        .select_related("owner")
        .order_by("status_since")[: limit + coming]
    )
    if len(inside) + coming <= limit:
        return None
    named = ", ".join(f"{item.key} ({item.owner or 'nobody yet'})" for item in inside[:NAMED])
    more = " and others" if len(inside) > NAMED else ""
    label = BuildState(state).label
    return (
        f"“{label}” takes at most {limit}: {named}{more} {'is' if len(inside) == 1 else 'are'} in it. "
        "Finish one of these first, or let a project manager raise the limit."
    )


def top_of(*, project_id: int, state: str) -> int:
    """Return the position above everything in a column."""
    found = BuildItem.objects.filter(project=project_id, status=state).aggregate(first=Min("position"))
    return (found["first"] or 0) - 1


def end_of(*, project_id: int, state: str) -> int:
    """Return the position below everything in a column."""
    found = BuildItem.objects.filter(project=project_id, status=state).aggregate(last=Max("position"))
    return (found["last"] or 0) + 1
