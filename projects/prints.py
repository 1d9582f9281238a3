"""The plan on paper: pages that fit, with names, dates and the time axis on each of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone

from implement.core.charts import GanttColumn, GanttLink, GanttRow, gantt
from implement.core.charts.gantt import HEADER_HEIGHT
from implement.core.errors import DomainError
from implement.core.money import day_text
from projects.forms import PRINT_SCOPES
from projects.gantt.page import FIT, ZOOMS, has_float
from projects.gantt.state import PlanState, read_plan, summary_progress
from projects.kit import prints
from projects.models import Project, Task
from projects.planning import today_of
from projects.schedule import duration_text

ROW_HEIGHT = 21.0
LABEL, NARROW_LABEL = 250.0, 210.0
# A day never narrower than this, however long the plan: below it bars are dust, and the print goes sideways.
LEAST_PER_DAY = 0.55
MOST_SHEETS = 400


@dataclass(frozen=True)
class Paper:
    """A sheet, landscape: its name for the stylesheet, and the room for chart and rows in CSS pixels (1/96 inch)."""

    name: str
    width: float
    height: float


# Width less 10 mm on both sides; height less margins, heading and legend.
PAPERS = {
    "a4": Paper("a4", 1046.0, 655.0),
    "a3": Paper("a3", 1511.0, 985.0),
}
ALL_COLUMNS = (
    GanttColumn("Start", 72),
    GanttColumn("Finish", 72),
    GanttColumn("Duration", 58, is_number=True),
    GanttColumn("Done", 46, is_number=True),
)


@dataclass(frozen=True)
class Sheet:
    """One page of the print."""

    svg: str
    number: int
    rows: str
    days: str


def print_html(*, project: Project, wishes: dict[str, Any], today: date) -> str:
    """Return the print as a document of sheets. Raises DomainError when there is nothing to print."""
    state = read_plan(project)
    tasks = scoped(state, str(wishes.get("scope", "all")))
    paper = PAPERS.get(str(wishes.get("paper")), PAPERS["a4"])
    if not any(task.start for task in tasks):
        raise DomainError("There is nothing to print: no task of this choice has dates.")
    return render_to_string(
        "projects/plan_pdf.html",
        {
            "project": project,
            "paper": paper,
            "sheets": sheets_of(state, tasks, paper=paper, zoom=str(wishes.get("zoom", FIT)), today=today),
            "scope": PRINT_SCOPES.get(str(wishes.get("scope")), PRINT_SCOPES["all"]),
            "as_of": timezone.localtime(timezone.now(), state.zone),
            "baseline": state.baseline,
            "finish": state.finish(),
        },
    )


def scoped(state: PlanState, scope: str) -> list[Task]:
    """Return the tasks of a scope, with the summaries that they stand under."""
    if scope.isdecimal():
        return [task for task in state.tasks if task.level <= int(scope)]
    if scope not in {"critical", "open"}:
        return state.tasks
    kept: set[int] = set()
    for task in state.tasks:
        if task.is_summary or not (task.is_critical if scope == "critical" else task.percent_complete < 100):
            continue
        above: int | None = task.pk
        while above is not None and above not in kept:
            kept.add(above)
            above = state.by_id[above].parent_id
    return [task for task in state.tasks if task.pk in kept]


def bars_of(state: PlanState, tasks: list[Task]) -> list[GanttRow]:
    """Return the rows of the print."""
    progress = summary_progress(state.tasks)
    rows = []
    for task in tasks:
        percent = progress.get(task.pk) if task.is_summary else task.percent_complete
        ghost = state.ghosts.get(task.pk, (None, None))
        start, finish = state.day(task.start), state.day(task.finish)
        length = ""
        if not task.is_summary and not task.is_milestone:
            length = duration_text(task.duration_minutes, state.units, is_estimated=task.is_estimated)
        rows.append(
            GanttRow(
                key=str(task.pk),
                label=f"{task.wbs} {task.name}",
                start=start,
                finish=finish,
                kind="summary" if task.is_summary else "milestone" if task.is_milestone else "task",
                progress=None if percent is None else percent / 100,
                baseline_start=state.day(ghost[0]),
                baseline_finish=state.day(ghost[1]),
                critical=task.is_critical and not task.is_summary,
                level=task.level - 1,
                float_until=state.day(task.late_finish) if has_float(task) else None,
                deadline=state.day(task.deadline),
                cells=(short(start), short(finish), length, "" if percent is None else f"{percent:.0f} %"),
            )
        )
    return rows


def short(day: date | None) -> str:
    """Return a day in few letters, such as "2 Mar 26"."""
    return "" if day is None else f"{day.day} {day:%b %y}"


def windows_of(bars: list[GanttRow], *, paper: Paper, zoom: str) -> list[tuple[date, date, float]]:
    """Return what each page across shows: first day, day after the last, width of a day.

    Fit: one page across, unless days would become dust. A zoom: as many pages across as it takes, each with whole
    days; the first has all columns, the others the names only.
    """
    days = [
        day
        for bar in bars
        for day in (
            bar.start,
            bar.finish,
            bar.baseline_start,
            bar.baseline_finish,
            bar.deadline,
            bar.float_until,
        )
        if day is not None
    ]
    first, last = min(days) - timedelta(days=3), max(days) + timedelta(days=5)
    room = paper.width - LABEL - sum(column.width for column in ALL_COLUMNS)
    per_day = ZOOMS.get(zoom) or max(LEAST_PER_DAY, min(ZOOMS["day"], room / (last - first).days))
    found = []
    while first < last:
        across = max(7, int(room / per_day))
        end = first + timedelta(days=across)
        if end >= last and zoom == FIT and not found:
            end = last
            per_day = room / (last - first).days
        found.append((first, end, per_day))
        first = end
        room = paper.width - NARROW_LABEL
    return found


def sheets_of(state: PlanState, tasks: list[Task], *, paper: Paper, zoom: str, today: date) -> list[Sheet]:
    """Return the pages: across first, then down, so that a long list reads on under itself.

    Raises DomainError when it would be a book.
    """
    bars = bars_of(state, tasks)
    windows = windows_of(bars, paper=paper, zoom=zoom)
    per_page = int((paper.height - HEADER_HEIGHT) / ROW_HEIGHT)
    begins = range(0, len(bars), per_page)
    if len(begins) * len(windows) > MOST_SHEETS:
        raise DomainError(
            f"This would be {len(begins) * len(windows)} pages. Choose a wider zoom, fewer levels, or larger paper."
        )
    critical = {task.pk for task in tasks if task.is_critical}
    shown = {task.pk for task in tasks}
    links = [
        GanttLink(
            source=str(link.predecessor_id),
            target=str(link.successor_id),
            kind=link.type,  # type: ignore[arg-type]
            critical=link.predecessor_id in critical and link.successor_id in critical,
        )
        for link in state.links
        if link.predecessor_id in shown and link.successor_id in shown
    ]
    sheets: list[Sheet] = []
    for begin in begins:
        for place, (first, end, per_day) in enumerate(windows):
            page = bars[begin : begin + per_page]
            columns = ALL_COLUMNS if place == 0 else ()
            drawn = gantt(
                title=f"Plan of {state.project.name}, page {len(sheets) + 1}",
                rows=page if columns else [replace(row, cells=()) for row in page],
                links=links,
                today=today,
                status_date=state.project.data_date,
                per_day=per_day,
                row_height=ROW_HEIGHT,
                label_width=LABEL if columns else NARROW_LABEL,
                columns=columns,
                window=(first, end),
                working_week=[day for day, hours in enumerate(state.calendar.week) if hours] or range(7),
                key=f"sheet{len(sheets)}",
            )
            sheets.append(
                Sheet(
                    svg=drawn.svg,
                    number=len(sheets) + 1,
                    rows=f"{begin + 1}–{begin + len(page)} of {len(bars)}",
                    days=f"{day_text(first)} – {day_text(end - timedelta(days=1))}",
                )
            )
    return sheets


PLAN = prints.register(
    prints.Print(
        kind="plan.print",
        label="Print of the plan",
        permission="plan.export",
        html=lambda project, wishes: print_html(project=project, wishes=wishes, today=today_of(project)),
        name=lambda wishes: "plan",
    )
)
