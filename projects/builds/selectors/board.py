"""The board: what stands in which column, as much of it as is shown at first."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Count, F, Q, Window
from django.db.models.functions import RowNumber

from projects.builds.choices import KIND_ICONS, LIMITED, BuildKind, BuildState
from projects.builds.models import BuildItem, WipLimit
from projects.builds.selectors.served import in_doubt
from projects.models import Project

# How many cards of a column are shown before "more".
COLUMN_SIZE = 50


@dataclass(frozen=True)
class Card:
    """An item on the board. `days`: whole days that it has been blocked; `initials` of its owner."""

    item: BuildItem
    icon: str
    initials: str
    days: int

    @property
    def blocked_words(self) -> str:
        """Return that it is blocked, and for how many days."""
        return f"Blocked for {self.days} day{'s' if self.days != 1 else ''}" if self.days else "Blocked"


@dataclass
class Column:
    """A column with the cards that are shown. `count`: all that is in it; `found`: what fits the filters.

    `after`: the first card that is not shown, before which goes what is put at the end of those that are.
    """

    state: BuildState
    count: int
    found: int
    limit: int | None
    cards: list[Card] = field(default_factory=list)
    after: int | None = None

    @property
    def is_over(self) -> bool:
        """Return whether more is in it than its limit."""
        return self.limit is not None and self.count > self.limit

    @property
    def is_full(self) -> bool:
        """Return whether its limit is reached."""
        return self.limit is not None and self.count == self.limit

    @property
    def is_limitable(self) -> bool:
        """Return whether it can have a limit."""
        return self.state in LIMITED

    @property
    def hidden(self) -> int:
        """Return how many cards that fit are not shown."""
        return self.found - len(self.cards)


def limits_of(project: Project) -> dict[str, int]:
    """Return state -> how many items its column takes. One query."""
    return dict(WipLimit.objects.filter(project=project).values_list("state", "limit"))


def board_of(
    *,
    project: Project,
    found: models.QuerySet[Any],
    is_filtered: bool,
    whole: Collection[str],
    now: datetime,
) -> list[Column]:
    """Return the columns of the board with the items `found`; those in `whole` with all of their cards.

    Three queries, and one more when `found` is not everything.
    """
    counts = _by_state(BuildItem.objects.filter(project=project))
    fitting = _by_state(found) if is_filtered else counts
    limits = limits_of(project)
    columns = {
        state.value: Column(
            state, counts.get(state.value, 0), fitting.get(state.value, 0), limits.get(state.value)
        )
        for state in BuildState
    }
    place = Window(RowNumber(), partition_by=F("status"), order_by=[F("position").asc(), F("pk").asc()])
    rows = found.annotate(place=place, is_suspect=in_doubt()).select_related("owner", "environment")
    shown = rows.filter(Q(place__lte=COLUMN_SIZE + 1) | Q(status__in=list(whole)))
    for item in shown.order_by("status", "position", "pk"):
        column = columns[item.status]
        if len(column.cards) == COLUMN_SIZE and item.status not in whole:
            column.after = item.pk
        else:
            column.cards.append(card_of(item, now=now))
    return list(columns.values())


def _by_state(rows: models.QuerySet[Any]) -> dict[str, int]:
    return dict(rows.order_by().values_list("status").annotate(count=Count("pk")))


def card_of(item: BuildItem, *, now: datetime) -> Card:
    """Return an item as a card."""
    words = item.owner.name.split() if item.owner else []
    return Card(
        item=item,
        icon=KIND_ICONS[BuildKind(item.kind)],
        initials="".join(word[0] for word in (words[:1] + words[1:][-1:])).upper(),
        days=(now - item.blocked_since).days if item.blocked_since else 0,
    )
