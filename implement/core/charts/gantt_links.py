"""Dependency arrows between the rows of a Gantt chart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from implement.core.charts.base import Svg, num
from implement.core.charts.gantt_rows import BAR, DIAMOND, GanttRow, edges_of
from implement.core.charts.scales import TimeScale
from implement.core.charts.theme import Ink

LinkKind = Literal["FS", "SS", "FF", "SF"]

_STUB, _ARROW = 7.0, 4.0


@dataclass(frozen=True, kw_only=True)
class GanttLink:
    """A dependency between two row keys; ``kind`` is finish-start, start-start, finish-finish or
    start-finish. ``critical`` draws it heavier and in the critical tone."""

    source: str
    target: str
    kind: LinkKind = "FS"
    critical: bool = False


@dataclass(frozen=True)
class _End:
    """One end of an arrow: the point on the bar, the side it leaves to (-1 left, 1 right), the bar's
    width, and the half width of a diamond (0 for a bar)."""

    x: float
    y: float
    side: float
    width: float
    radius: float

    @property
    def edge(self) -> float:
        """Where a line that comes from the side meets the mark."""
        return self.x + self.side * self.radius


def draw_links(
    svg: Svg,
    x: TimeScale,
    rows: Mapping[str, GanttRow],
    tops: Mapping[str, float],
    links: Sequence[GanttLink],
    *,
    row_height: float,
) -> None:
    """Draw every link whose two rows are drawn, critical ones last so that they stay on top."""
    for link in sorted(links, key=lambda link: link.critical):
        source, target = rows.get(link.source), rows.get(link.target)
        if source is None or target is None or source is target:
            continue
        begin = _end(source, x, tops[source.key] + row_height / 2, at_start=link.kind[0] == "S")
        end = _end(target, x, tops[target.key] + row_height / 2, at_start=link.kind[1] == "S")
        if begin is None or end is None:
            continue
        onto = _landing(begin, end)
        if link.kind == "FS" and onto is not None:
            line, head = _fall(begin, end, onto)
        else:
            line, head = _go_round(begin, end, row_height)
        name, colour = ("link-critical", "trouble") if link.critical else ("link", "muted")
        svg.path(Ink(name, stroke=colour, width=1.75 if link.critical else 1), line)
        svg.path(Ink(f"{name}-head", fill=colour), head)


def _end(row: GanttRow, x: TimeScale, y: float, *, at_start: bool) -> _End | None:
    edges = edges_of(row, x)
    if edges is None:
        return None
    radius = DIAMOND if row.kind == "milestone" else 0.0
    return _End(edges[0 if at_start else 1], y, -1.0 if at_start else 1.0, edges[1] - edges[0], radius)


def _landing(begin: _End, end: _End) -> float | None:
    """Where an arrow that goes straight on can fall onto its target; None when the target lies behind.

    A milestone at the very end of its predecessor is met from above, without a detour.
    """
    onto = end.x if end.radius else end.x + min(_STUB - 1, end.width / 2)
    free = begin.x - 0.5 if end.radius else begin.x + 1
    return onto if onto >= free else None


def _fall(begin: _End, end: _End, onto: float) -> tuple[str, str]:
    """Straight on from the source, then down (or up) onto the target."""
    down = 1.0 if end.y > begin.y else -1.0
    point = end.y - down * (end.radius or BAR / 2)
    line = f"M{num(begin.x)} {num(begin.y)}H{num(onto)}V{num(point - down * _ARROW)}"
    back = point - down * (_ARROW + 1)
    return line, f"M{num(onto)} {num(point)}L{num(onto - 3)} {num(back)}H{num(onto + 3)}Z"


def _go_round(begin: _End, end: _End, row_height: float) -> tuple[str, str]:
    """Out of the source, along the gap between rows where needed, and sideways into the target."""
    out = begin.edge + begin.side * _STUB
    into = end.edge + end.side * (_STUB + _ARROW)
    tail = f"V{num(end.y)}H{num(end.edge + end.side * _ARROW)}"
    start = f"M{num(begin.x)} {num(begin.y)}"
    if begin.side == end.side:  # both on one side: one upright line clear of both ends
        line = f"{start}H{num(max(out * end.side, into * end.side) * end.side)}{tail}"
    else:
        lane = begin.y + (row_height / 2 if end.y > begin.y else -row_height / 2)
        line = f"{start}H{num(out)}V{num(lane)}H{num(into)}{tail}"
    back = end.edge + end.side * (_ARROW + 1)
    return line, f"M{num(end.edge)} {num(end.y)}L{num(back)} {num(end.y - 3)}V{num(end.y + 3)}Z"
