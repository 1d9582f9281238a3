"""The two passes of the critical path method.

Times are counted in each activity's own working minutes ("positions", see ``implement.core.calendars``), so
the end of one working day and the beginning of the next are one instant, and a shift is integer arithmetic.
Only between two calendars, and for elapsed lags, does a link pass on an instant of the clock instead.

Sources: the forward and backward pass after Kelley and Walker (1959); the meaning of the eight constraints,
deadlines, summaries and lags after Microsoft Project.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cached_property

from implement.core.calendars import CalendarError, WorkingCalendar
from projects.schedule.model import (
    UNDATED,
    Activity,
    ActivityId,
    ConstraintType,
    Driver,
    Link,
    OutOfTimeError,
    Schedule,
    ScheduledActivity,
)
from projects.schedule.network import Edge, Instant, Network, Node, date_of


def compute(
    activities: Iterable[Activity],
    links: Iterable[Link],
    calendar: WorkingCalendar,
    project_start: datetime,
    *,
    data_date: datetime | None = None,
    finish_by: datetime | None = None,
    critical_float_minutes: int = 0,
) -> Schedule:
    """Early and late dates, floats and the critical path of a network.

    TF = LS - ES, FF = the least that any successor's early date leaves, critical when TF <= the limit. With a
    ``data_date`` no work that is still to do is planned before it, whatever its constraint says. ``finish_by``
    replaces the computed finish as the point the backward pass starts from.

    Raises CycleError when activities wait for each other, ScheduleError for an unknown or repeated id, a
    constraint without its date, a negative duration, and OutOfTimeError (a CalendarError, too) naming the activity
    whose calendar has no time left.
    """
    network = _Passes(tuple(activities), tuple(links), calendar, project_start, data_date)
    network.forward()
    network.backward(finish_by)
    if network.delay_late_ones():
        network.forward()
        network.backward(finish_by)
    return network.result(critical_float_minutes)


# An early start: its position, the instant that decides it, and the leaf that does, or one of `DRIVERS` below zero.
# Of two that are equal a leaf says more than what is no task.
Held = tuple[int, datetime, int]
START, STATUS, BEGUN, LATE, SUMMARY, CONSTRAINT = range(-6, 0)
DRIVERS = {
    START: Driver.START,
    STATUS: Driver.STATUS,
    BEGUN: Driver.BEGUN,
    LATE: Driver.LATE,
    SUMMARY: Driver.SUMMARY,
    CONSTRAINT: Driver.CONSTRAINT,
}


class _Passes(Network):
    """A network whose dates are being found."""

    finish: datetime
    """The latest early finish, once the forward pass is done."""
    end: Instant
    """The same, asked for its position by the backward pass."""

    @cached_property
    def ground(self) -> int:
        """What holds back an activity that nothing else does."""
        return START if self.earliest.at == self.project_start else STATUS

    def forward(self) -> None:
        """Early dates, each node after all its predecessors."""
        for i in self.order:
            node = self.nodes[i]
            if node.activity is None:
                node.start, node.held_by = max((self._event(edge), edge.source) for edge in node.incoming)
                node.finish = node.start
                node.early_start = node.early_finish = node.calendar.position(node.start)
                continue
            try:
                if node.started:
                    self._place_actual(node, node.activity)
                else:
                    self._place_early(node, node.activity)
            except CalendarError as error:
                raise OutOfTimeError(node.activity.id, str(error)) from error
        finishes = (node.finish for node in self.nodes if node.activity is not None)
        self.finish = max(finishes, default=self.project_start)

    def _event(self, edge: Edge) -> datetime:
        source = self.nodes[edge.source]
        return source.finish if edge.from_finish else source.start

    def _place_early(self, node: Node, activity: Activity) -> None:
        calendar, duration = node.calendar, activity.duration_minutes
        ground = (self.earliest.position(calendar), self.earliest.at, self.ground)
        earliest = [ground]
        earliest += [(calendar.position(at), at, SUMMARY) for at in node.start_after]
        for edge in node.incoming:
            position, at = self._reached(edge, calendar)
            source = edge.source if self.nodes[edge.source].activity else self.nodes[edge.source].held_by
            earliest.append((position - duration if edge.to_finish else position, at, source))
        if node.start_as_late is not None:
            earliest.append((node.start_as_late, calendar.finish_at(node.start_as_late), LATE))
        held = _constrained(activity, calendar, earliest)
        if self.ground == STATUS and held[0] < ground[0]:
            held = ground  # what must be on a day that is past by now has not been done by that
        start, at, node.held_by = held
        node.early_start, node.early_finish = start, start + duration
        if duration:
            node.start, node.finish = calendar.start_at(start), calendar.finish_at(start + duration)
        else:
            node.start = node.finish = _milestone_instant(calendar, start, at)

    def _reached(self, edge: Edge, calendar: WorkingCalendar) -> tuple[int, datetime]:
        """Where a link lets its target begin or finish: the position in the target's calendar, and the instant."""
        source, at = self.nodes[edge.source], self._event(edge)
        if edge.elapsed:
            at = _later(at, edge.lag)
            return calendar.position(at), at
        if source.calendar is calendar:
            position = source.early_finish if edge.from_finish else source.early_start
        else:
            position = calendar.position(at)
        if edge.lag:
            position += edge.lag
            at = calendar.finish_at(position) if edge.from_finish else calendar.start_at(position)
        return position, at

    def _place_actual(self, node: Node, activity: Activity) -> None:
        node.held_by = BEGUN
        calendar, duration = node.calendar, activity.duration_minutes
        if activity.actual_finish is not None:
            node.finish = activity.actual_finish
            node.early_finish = calendar.position(node.finish)
            if activity.actual_start is None:
                node.early_start = node.early_finish - duration
                node.start = calendar.start_at(node.early_start) if duration else node.finish
        if activity.actual_start is not None:
            node.start = activity.actual_start
            node.early_start = calendar.position(node.start)
        if activity.actual_finish is None:
            done = duration * activity.percent // 100
            resumed = node.early_start + done
            if self.data_date is not None and done < duration:
                resumed = max(resumed, calendar.position(self.data_date))
            node.early_finish = resumed + duration - done
            node.finish = calendar.finish_at(node.early_finish) if duration else node.start

    def backward(self, finish_by: datetime | None) -> None:
        """Late dates and free floats, each node after all its successors."""
        self.end = Instant(self.finish)
        last = self.end if finish_by is None else Instant(finish_by)
        for i in reversed(self.order):
            node = self.nodes[i]
            if node.activity is None:
                late = [self._latest(edge, early=False) for edge in node.outgoing]
                free = [self._latest(edge, early=True) for edge in node.outgoing]
                node.latest = min((at for at in late if at is not None), default=None)
                node.latest_free = min((at for at in free if at is not None), default=None)
            elif node.activity.actual_finish is not None:
                node.late_start, node.late_finish, node.free = node.early_start, node.early_finish, 0
            else:
                try:
                    self._place_late(node, node.activity, last)
                except CalendarError as error:
                    raise OutOfTimeError(node.activity.id, str(error)) from error

    def _latest(self, edge: Edge, *, early: bool) -> datetime | None:
        """The latest instant of the source's event that keeps the target's late (or early) date.

        None when the target holds nothing back, because it has started already.
        """
        target = self.nodes[edge.target]
        if target.activity is None:
            return target.latest_free if early else target.latest
        if target.started:
            return None
        if edge.to_finish:
            position = target.early_finish if early else target.late_finish
        else:
            position = target.early_start if early else target.late_start
        if edge.elapsed:
            return _later(target.calendar.start_at(position), -edge.lag)
        return target.calendar.start_at(position - edge.lag)

    def _kept(self, node: Node, edge: Edge, span: int) -> tuple[int, int] | None:
        """The latest finishes of a node that keep the late and the early date of a link's target.

        None when the target holds nothing back.
        """
        target = self.nodes[edge.target]
        is_one_clock = target.calendar is node.calendar and target.activity is not None
        if is_one_clock and not target.started and not edge.elapsed:
            ahead = edge.lag if edge.from_finish else edge.lag - span
            if edge.to_finish:
                return target.late_finish - ahead, target.early_finish - ahead
            return target.late_start - ahead, target.early_start - ahead
        latest, unmoved = self._latest(edge, early=False), self._latest(edge, early=True)
        if latest is None or unmoved is None:
            return None
        return (
            _latest_finish(node, latest, span, from_finish=edge.from_finish),
            _latest_finish(node, unmoved, span, from_finish=edge.from_finish),
        )

    def _place_late(self, node: Node, activity: Activity, last: Instant) -> None:
        calendar = node.calendar
        span = node.early_finish - node.early_start
        late = [last.position(calendar), *(calendar.position(at) for at in node.finish_before)]
        free_by_link = []
        for edge in node.outgoing:
            if node.started and not edge.from_finish:
                continue  # its start has happened and cannot move
            kept = self._kept(node, edge, span)
            if kept is not None:
                late.append(kept[0])
                free_by_link.append((edge.origin, kept[1] - node.early_finish))
        if activity.constraint is ConstraintType.FNLT:
            late.append(calendar.position(date_of(activity)))
        elif activity.constraint is ConstraintType.SNLT and not node.started:
            late.append(calendar.position(date_of(activity)) + span)
        node.late_finish = min(late)
        if activity.constraint is ConstraintType.MFO:
            node.late_finish = calendar.position(date_of(activity))
        elif activity.constraint is ConstraintType.MSO and not node.started:
            node.late_finish = calendar.position(date_of(activity)) + span
        node.late_start = node.late_finish - span
        node.free_by_link = free_by_link
        if free_by_link:
            node.free = min(free for _, free in free_by_link)
        else:
            node.free = self._to_the_end(node)

    def _to_the_end(self, node: Node) -> int:
        """Working minutes from a node's early finish to the project's."""
        return self.end.position(node.calendar) - node.early_finish

    def delay_late_ones(self) -> bool:
        """Note for every ALAP activity with float that it starts at its late start; whether there was any."""
        found = False
        for node in self.nodes:
            if node.activity is None or node.started or node.activity.constraint is not ConstraintType.ALAP:
                continue
            if node.late_start > node.early_start:
                node.start_as_late = node.late_start
                found = True
        return found

    # --- outcome ----------------------------------------------------------------------------------

    def result(self, critical_float_minutes: int) -> Schedule:
        """The schedule, with summaries drawn around their leaves."""
        # The leaves were numbered before any meeting point, so a leaf's number is its rank in this list.
        leaves = [
            self._leaf_result(node, node.activity, critical_float_minutes)
            for node in self.nodes
            if node.activity is not None
        ]
        found: dict[ActivityId, ScheduledActivity] = {}
        for activity in self.activities:
            own = [leaves[rank] for rank in self.leaves[activity.id]]
            found[activity.id] = own[0]
            if activity.id in self.parents:
                found[activity.id] = _summary_result(activity.id, own, self._summary_free(activity.id))
        levels = {node.activity.id: node.level for node in self.nodes if node.activity is not None}
        critical = [leaf for leaf in leaves if leaf.critical]
        critical.sort(key=lambda leaf: (leaf.start, leaf.finish, levels[leaf.id], str(leaf.id)))
        return Schedule(
            start=min((leaf.start for leaf in leaves), default=self.project_start),
            finish=self.finish,
            activities=found,
            critical_path=tuple(leaf.id for leaf in critical),
        )

    def _summary_free(self, summary: ActivityId) -> int:
        """How far a whole summary can slip before anything outside it moves: links inside it do not count."""
        leaves = [self.nodes[i] for i in self.leaves[summary]]
        outward = [
            free
            for leaf in leaves
            for origin, free in leaf.free_by_link
            if summary not in self.above[self.links[origin].successor]
        ]
        return min(outward) if outward else min(map(self._to_the_end, leaves))

    def _leaf_result(self, node: Node, activity: Activity, limit: int) -> ScheduledActivity:
        total = node.late_start - node.early_start
        late_start, late_finish = node.start, node.finish
        if total:
            try:
                late_finish = node.calendar.finish_at(node.late_finish)
                is_span = node.late_finish > node.late_start
                late_start = node.calendar.start_at(node.late_start) if is_span else late_finish
            except CalendarError as error:
                raise OutOfTimeError(activity.id, str(error)) from error
        source = self.nodes[node.held_by].activity if node.held_by >= 0 else None
        return ScheduledActivity(
            id=activity.id,
            start=node.start,
            finish=node.finish,
            late_start=late_start,
            late_finish=late_finish,
            total_float_minutes=total,
            free_float_minutes=node.free,
            critical=total <= limit and activity.actual_finish is None,
            is_summary=False,
            driver=DRIVERS.get(node.held_by, Driver.LINK),
            driven_by=None if source is None else source.id,
        )


def _later(at: datetime, minutes: int) -> datetime:
    """The instant that many minutes of the clock later. Raises CalendarError beyond the last or first date."""
    try:
        return at + timedelta(minutes=minutes)
    except OverflowError as error:
        raise CalendarError("A lag leads to a date that no calendar has.") from error


def _constrained(activity: Activity, calendar: WorkingCalendar, earliest: list[Held]) -> Held:
    """The early start under the activity's constraint, the instant that decided it, and what did.

    ``earliest`` holds the starts that the links and the project allow.
    """
    kind = activity.constraint
    if kind in UNDATED:
        return max(earliest)
    at = date_of(activity)
    by_start = kind in (ConstraintType.MSO, ConstraintType.SNET, ConstraintType.SNLT)
    wanted = (calendar.position(at) - (0 if by_start else activity.duration_minutes), at, CONSTRAINT)
    if kind in (ConstraintType.MSO, ConstraintType.MFO):
        return wanted
    if kind in (ConstraintType.SNET, ConstraintType.FNET):
        return max(*earliest, wanted)
    allowed = max(earliest)
    return wanted if wanted[0] < allowed[0] else allowed


def _latest_finish(node: Node, at: datetime, span: int, *, from_finish: bool) -> int:
    """The latest finish of a node whose finish (or start) may not pass an instant."""
    position = node.calendar.position(at)
    if from_finish:
        return position
    if span and node.calendar.start_at(position) > at:
        # Work does not go on at that instant: starting at the next opening would be too late already.
        position -= 1
    return position + span


def _milestone_instant(calendar: WorkingCalendar, position: int, at: datetime) -> datetime:
    """Where to show a milestone: at the instant that drives it, when that is an edge of working time.

    A milestone after work that ends on Thursday evening is reached on Thursday evening, although a start
    would be shown on Friday morning.
    """
    opening = calendar.start_at(position)
    if at >= opening:
        return opening
    closing = calendar.finish_at(position)
    return closing if at == closing else opening


def _summary_result(activity_id: ActivityId, leaves: list[ScheduledActivity], free: int) -> ScheduledActivity:
    return ScheduledActivity(
        id=activity_id,
        start=min(leaf.start for leaf in leaves),
        finish=max(leaf.finish for leaf in leaves),
        late_start=min(leaf.late_start for leaf in leaves),
        late_finish=max(leaf.late_finish for leaf in leaves),
        total_float_minutes=min(leaf.total_float_minutes for leaf in leaves),
        free_float_minutes=free,
        critical=any(leaf.critical for leaf in leaves),
        is_summary=True,
    )
