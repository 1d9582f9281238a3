"""One row of a Gantt chart: summary, task or milestone, with its baseline as a ghost."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from implement.core.charts.base import Number, Svg, Wording, finite, num
from implement.core.charts.scales import TimeScale
from implement.core.charts.theme import Ink

RowKind = Literal["task", "summary", "milestone"]

BAR = 14.0
DIAMOND = 7.0
_GHOST = Ink("ghost", fill="axis")
_SUMMARY = Ink("summary", fill="text")
_FLOAT = Ink("float", stroke="muted", width=1.5, dash="1 2")
_DEADLINE = Ink("deadline", stroke="watch", width=1.75)


@dataclass(frozen=True, kw_only=True)
class GanttRow:
    """A row of the plan. ``start`` and ``finish`` are days of work, both inclusive.

    A milestone is reached at the end of its ``finish`` (or ``start``) day. ``progress`` is 0..1 or None.
    ``critical`` marks the critical path. ``level`` indents the name where names are drawn. ``float_until`` is the
    last day to which it may slip without moving the project's finish. ``cells`` are what further columns of a print
    say. A row without dates keeps its place and draws nothing.
    """

    key: str
    label: str
    start: date | None
    finish: date | None
    kind: RowKind = "task"
    progress: Number | None = None
    baseline_start: date | None = None
    baseline_finish: date | None = None
    critical: bool = False
    level: int = 0
    float_until: date | None = None
    deadline: date | None = None
    cells: tuple[str, ...] = ()


def span_of(row: GanttRow) -> tuple[date, date] | None:
    """First and last day that the row draws, the baseline included; None without any date."""
    days = [
        day for day in (row.start, row.finish, row.baseline_start, row.baseline_finish) if day is not None
    ]
    return (min(days), max(days)) if days else None


def edges_of(row: GanttRow, x: TimeScale) -> tuple[float, float] | None:
    """Left and right end of the row's bar; equal for a milestone, None without dates."""
    start, finish = row.start or row.finish, row.finish or row.start
    if start is None or finish is None:
        return None
    if row.kind == "milestone":
        return x(finish, after=1.0), x(finish, after=1.0)
    start, finish = min(start, finish), max(start, finish)
    return x(start), x(finish, after=1.0)


def tip_of(row: GanttRow, words: Wording) -> str:
    """What the tooltip says about a row, a line each."""
    lines = [row.label]
    if row.kind == "milestone":
        lines.append(words.day(row.finish or row.start))
    else:
        lines.append(f"{words.day(row.start)} – {words.day(row.finish)}")
    if row.baseline_finish is not None:
        lines.append(f"{words.baseline} {words.day(row.baseline_finish)}")
    if row.deadline is not None:
        lines.append(f"{words.deadline} {words.day(row.deadline)}")
    if finite(row.progress) is not None:
        lines.append(f"{words.progress} {words.percent(row.progress)}")
    if row.critical:
        lines.append(words.critical)
    return "\n".join(lines)


def draw_row(svg: Svg, x: TimeScale, row: GanttRow, top: float, *, row_height: float, words: Wording) -> None:
    """Draw the row's bar or diamond into the strip that begins at ``top``."""
    middle = top + row_height / 2
    edges = edges_of(row, x)
    if row.deadline is not None:
        at = x(row.deadline, after=1.0)
        svg.path(
            _DEADLINE,
            f"M{num(at - 4)} {num(middle - 8)}l4 4 4 -4M{num(at)} {num(middle - 4)}V{num(middle + 8)}",
        )
    if row.kind == "milestone":
        _draw_milestone(svg, x, row, middle, edges, words)
        return
    if row.baseline_start is not None and row.baseline_finish is not None:
        left, right = x(row.baseline_start), x(row.baseline_finish, after=1.0)
        svg.rect(_GHOST, left, middle + BAR / 2 + 1.5, max(right - left, 2.0), 3, rx=1.5)
    if edges is None:
        return
    left, right = edges
    if row.float_until is not None and (until := x(row.float_until, after=1.0)) > right:
        svg.line(_FLOAT, right, middle, until, middle)
    tip = tip_of(row, words)
    if row.kind == "summary":
        _draw_summary(svg, left, right, middle, tip)
    else:
        _draw_task(svg, row, left, right, middle, tip)


def _draw_task(svg: Svg, row: GanttRow, left: float, right: float, middle: float, tip: str) -> None:
    """A light bar filled as far as the work is; the critical path is outlined as well as recoloured."""
    tone = "critical" if row.critical else "task"
    soft, full = ("trouble-soft", "trouble") if row.critical else ("earned-soft", "earned")
    length = max(right - left, 3.0)
    done = min(max(finite(row.progress) or 0.0, 0.0), 1.0)
    outline = Ink(f"bar-{tone}", fill=soft, stroke=full, width=1.75 if row.critical else 0.75)
    svg.rect(outline, left, middle - BAR / 2, length, BAR, rx=3, tip=tip)
    if done > 0:
        svg.rect(Ink(f"done-{tone}", fill=full), left, middle - BAR / 2, length * done, BAR, rx=3, tip=tip)


def _draw_summary(svg: Svg, left: float, right: float, middle: float, tip: str) -> None:
    """A slim bracket over the tasks below it."""
    right = max(right, left + 3.0)
    foot = min(5.0, (right - left) / 2)
    top = middle - 5
    svg.path(
        _SUMMARY,
        f"M{num(left)} {num(top)}H{num(right)}V{num(top + 11)}L{num(right - foot)} {num(top + 5)}"
        f"H{num(left + foot)}L{num(left)} {num(top + 11)}Z",
        tip=tip,
    )


def _draw_milestone(
    svg: Svg,
    x: TimeScale,
    row: GanttRow,
    middle: float,
    edges: tuple[float, float] | None,
    words: Wording,
) -> None:
    """A diamond: solid once reached, hollow before; the baseline's is grey and smaller."""
    if row.baseline_finish is not None:
        at = x(row.baseline_finish, after=1.0)
        svg.path(Ink("ghost-milestone", fill="surface", stroke="axis", width=1.5), _diamond(at, middle, 5))
    if edges is None:
        return
    tone = "trouble" if row.critical else "text"
    reached = (finite(row.progress) or 0.0) >= 1
    kind = "critical" if row.critical else "plain"
    state = "reached" if reached else "ahead"
    ink = Ink(
        f"milestone chart-milestone-{kind}-{state}", fill=tone if reached else "surface", stroke=tone, width=2
    )
    svg.path(ink, _diamond(edges[0], middle, DIAMOND), tip=tip_of(row, words))


def _diamond(x: float, y: float, radius: float) -> str:
    side = num(radius)
    return f"M{num(x)} {num(y - radius)}l{side} {side} -{side} {side} -{side} -{side}Z"
