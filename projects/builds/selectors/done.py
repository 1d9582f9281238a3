"""The definition of done of an item: what is ticked, what is open."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from projects.builds.models import BuildItem, DoneCriterion, DoneTick


@dataclass(frozen=True)
class DoneLine:
    """A criterion that an item is held to, and its tick in this round; None while it is open."""

    criterion: DoneCriterion
    tick: DoneTick | None


def done_lines(item: BuildItem) -> list[DoneLine]:
    """Return the criteria of an item's kind in their order, with their ticks. Two queries."""
    criteria = DoneCriterion.objects.filter(Q(kind="") | Q(kind=item.kind), project=item.project_id)
    ticks = {
        tick.criterion_id: tick
        for tick in DoneTick.objects.filter(item=item, round=item.round).select_related("by")
    }
    return [DoneLine(one, ticks.get(one.pk)) for one in criteria]


def open_criteria(item: BuildItem) -> list[str]:
    """Return the criteria that are not ticked. One query."""
    criteria = DoneCriterion.objects.filter(Q(kind="") | Q(kind=item.kind), project=item.project_id)
    ticked = DoneTick.objects.filter(item=item, round=item.round).values("criterion")
    return list(criteria.exclude(pk__in=ticked).values_list("text", flat=True))
