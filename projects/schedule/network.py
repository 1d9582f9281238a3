"""The network behind a plan: its leaves, the links between them, and an order to walk them in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import NamedTuple

from implement.core.calendars import WorkingCalendar
from projects.schedule.model import (
    SUMMARY_CONSTRAINTS,
    UNDATED,
    Activity,
    ActivityId,
    ConstraintType,
    CycleError,
    Link,
    ScheduleError,
)

# Holds the place of a date until the forward pass has found it.
UNPLACED = datetime.combine(date.min, time.min)


class Instant:
    """An instant that many nodes ask about, and its position in each of their calendars."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        # By identity: nodes that share a calendar share the object.
        self.positions: dict[int, int] = {}

    def position(self, calendar: WorkingCalendar) -> int:
        """Its position in a calendar that lives as long as the network."""
        found = self.positions.get(id(calendar))
        if found is None:
            found = self.positions[id(calendar)] = calendar.position(self.at)
        return found


class Edge(NamedTuple):
    """A link between two nodes of the expanded network, and the place of its origin among the links."""

    source: int
    target: int
    from_finish: bool
    to_finish: bool
    lag: int
    elapsed: bool
    origin: int


class Node:
    """A leaf activity or, without one, the meeting point of a link between two summaries.

    A meeting point only carries instants from many predecessors to many successors, so that a link between
    summaries of m and n leaves costs m + n edges and not m * n; it counts in the network's calendar.
    """

    __slots__ = (
        "activity",
        "calendar",
        "early_finish",
        "early_start",
        "finish",
        "finish_before",
        "free",
        "free_by_link",
        "held_by",
        "incoming",
        "late_finish",
        "late_start",
        "latest",
        "latest_free",
        "level",
        "outgoing",
        "start",
        "start_after",
        "start_as_late",
        "started",
    )

    def __init__(self, activity: Activity | None, calendar: WorkingCalendar) -> None:
        self.activity = activity
        self.calendar = calendar
        self.incoming: list[Edge] = []
        self.outgoing: list[Edge] = []
        self.level = 0
        self.started = activity is not None and (
            activity.actual_start is not None or activity.actual_finish is not None
        )
        # Dates of the activity and of the summaries above it.
        self.start_after: tuple[datetime, ...] = ()
        self.finish_before: tuple[datetime, ...] = ()
        # Positions in the node's calendar, and the instants the early ones are shown at.
        self.early_start = self.early_finish = self.late_start = self.late_finish = self.free = 0
        self.start = self.finish = UNPLACED
        # The place of the leaf that decides its start among the nodes; below zero: what is no leaf.
        self.held_by = 0
        # What each link leaves free, with the place of its origin among the links.
        self.free_by_link: Sequence[tuple[int, int]] = ()
        # The late start of an ALAP activity, once it is known.
        self.start_as_late: int | None = None
        # Of a meeting point: the latest instant that keeps its successors' late, and early, dates.
        self.latest: datetime | None = None
        self.latest_free: datetime | None = None


class Network:
    """The leaves and the links between them, in an order in which every predecessor comes first."""

    def __init__(
        self,
        activities: tuple[Activity, ...],
        links: tuple[Link, ...],
        calendar: WorkingCalendar,
        project_start: datetime,
        data_date: datetime | None,
    ) -> None:
        self.activities = activities
        self.links = links
        self.calendar = calendar
        self.project_start = project_start
        self.data_date = data_date
        # Before it no work is planned.
        self.earliest = Instant(project_start if data_date is None else max(project_start, data_date))
        self.known = _by_id(activities)
        self.parents = {a.parent for a in activities if a.parent is not None}
        self.above = _ancestors(self.known)
        self.nodes: list[Node] = []
        self.leaves: dict[ActivityId, list[int]] = defaultdict(list)
        self._add_leaves()
        self._add_edges()
        self.order = self._in_order()

    # --- building ---------------------------------------------------------------------------------

    def _add_leaves(self) -> None:
        for activity in self.activities:
            if activity.id in self.parents:
                if activity.constraint not in SUMMARY_CONSTRAINTS:
                    raise ScheduleError(
                        f"Activity {activity.id} is a summary: it cannot be {activity.constraint}."
                    )
                continue
            node = Node(activity, activity.calendar or self.calendar)
            for owner in (activity.id, *self.above[activity.id]):
                self.leaves[owner].append(len(self.nodes))
                deadline = self.known[owner].deadline
                if deadline is not None:
                    node.finish_before += (deadline,)
            for summary in (self.known[above] for above in self.above[activity.id]):
                if summary.constraint is ConstraintType.SNET:
                    node.start_after += (date_of(summary),)
                elif summary.constraint is ConstraintType.FNLT:
                    node.finish_before += (date_of(summary),)
            self.nodes.append(node)

    def _add_edges(self) -> None:
        for origin, link in enumerate(self.links):
            for end in (link.predecessor, link.successor):
                if end not in self.known:
                    raise ScheduleError(
                        f"The link {link.predecessor} → {link.successor} names an unknown activity: {end}."
                    )
            before, after = self.leaves[link.predecessor], self.leaves[link.successor]
            if self._overlap(link):
                raise CycleError((link.predecessor, link.successor, link.predecessor))
            if len(before) * len(after) > len(before) + len(after):
                hub = len(self.nodes)
                self.nodes.append(Node(None, self.calendar))
                for source in before:
                    self._connect(Edge(source, hub, link.type.from_finish, True, 0, False, origin))
                before = [hub]
            for source in before:
                for target in after:
                    self._connect(
                        Edge(
                            source,
                            target,
                            link.type.from_finish,
                            link.type.to_finish,
                            link.lag_minutes,
                            link.elapsed,
                            origin,
                        )
                    )

    def _overlap(self, link: Link) -> bool:
        """Whether a link joins an activity with itself or with a summary above it."""
        before, after = link.predecessor, link.successor
        return before == after or before in self.above[after] or after in self.above[before]

    def _connect(self, edge: Edge) -> None:
        self.nodes[edge.source].outgoing.append(edge)
        self.nodes[edge.target].incoming.append(edge)

    def _in_order(self) -> list[int]:
        """Kahn's topological order; a node's level is the longest chain of links that leads to it."""
        waiting = [len(node.incoming) for node in self.nodes]
        order = [i for i, count in enumerate(waiting) if not count]
        for i in order:
            node = self.nodes[i]
            for edge in node.outgoing:
                target = self.nodes[edge.target]
                target.level = max(target.level, node.level + 1)
                waiting[edge.target] -= 1
                if not waiting[edge.target]:
                    order.append(edge.target)
        if len(order) < len(self.nodes):
            raise CycleError(self._cycle({i for i, count in enumerate(waiting) if count}))
        return order

    def _cycle(self, stuck: set[int]) -> list[ActivityId]:
        """One cycle among the nodes that never came free, as the ids its links name."""
        at = min(stuck)
        seen: dict[int, int] = {}
        walked: list[Edge] = []
        while at not in seen:
            seen[at] = len(walked)
            edge = next(edge for edge in self.nodes[at].incoming if edge.source in stuck)
            walked.append(edge)
            at = edge.source
        path: list[ActivityId] = []
        for edge in reversed(walked[seen[at] :]):
            if self.nodes[edge.source].activity is None:
                continue  # the edge into the meeting point has named this link already
            link = self.links[edge.origin]
            path += [end for end in (link.predecessor, link.successor) if path[-1:] != [end]]
        if path[0] == path[-1]:
            path.pop()
        first = min(range(len(path)), key=lambda place: str(path[place]))
        return [*path[first:], *path[: first + 1]]


def _by_id(activities: tuple[Activity, ...]) -> dict[ActivityId, Activity]:
    """The activities by id, each checked on its own."""
    known: dict[ActivityId, Activity] = {}
    for activity in activities:
        if activity.id in known:
            raise ScheduleError(f"Two activities have the id {activity.id}.")
        if activity.duration_minutes < 0:
            raise ScheduleError(f"Activity {activity.id} has a negative duration.")
        if not 0 <= activity.percent <= 100:
            raise ScheduleError(f"Activity {activity.id} is {activity.percent} percent done, not 0 to 100.")
        if activity.constraint not in UNDATED and activity.constraint_date is None:
            raise ScheduleError(f"Activity {activity.id} is {activity.constraint} without a date.")
        if (
            activity.actual_start is not None
            and activity.actual_finish is not None
            and activity.actual_finish < activity.actual_start
        ):
            raise ScheduleError(f"Activity {activity.id} was finished before it was started.")
        known[activity.id] = activity
    return known


def _ancestors(known: dict[ActivityId, Activity]) -> dict[ActivityId, tuple[ActivityId, ...]]:
    """The summaries above every activity, nearest first."""
    above: dict[ActivityId, tuple[ActivityId, ...]] = {}
    for activity_id in known:
        climbed: list[ActivityId] = []
        at: ActivityId | None = activity_id
        while at is not None and at not in above:
            if at in climbed:
                first = climbed.index(at)
                raise CycleError([*climbed[first:], at])
            climbed.append(at)
            parent = known[at].parent
            if parent is not None and parent not in known:
                raise ScheduleError(f"Activity {at} is part of an unknown activity: {parent}.")
            at = parent
        for lower in reversed(climbed):
            parent = known[lower].parent
            above[lower] = () if parent is None else (parent, *above[parent])
    return above


def date_of(activity: Activity) -> datetime:
    """The date of a dated constraint; ``_by_id`` has seen to it that there is one."""
    assert activity.constraint_date is not None
    return activity.constraint_date
