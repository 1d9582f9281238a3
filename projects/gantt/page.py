"""The plan as rows of a Gantt chart beside its task tree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from implement.core.charts import Chart, GanttLink, GanttRow, gantt
from projects.gantt.path import driving_path
from projects.gantt.state import chosen, ghosts_of, summary_progress
from projects.models import Baseline, Dependency, Project, Task
from projects.planning import zone_of

ROW_HEIGHT = 36
PAGE_ROWS = 150
ZOOMS = {"day": 26.0, "week": 11.0, "month": 4.2, "quarter": 1.6}
FIT, FIT_WIDTH = "fit", 540.0
FILTERS = ("q", "level", "show", "person")
COLUMNS = ("pk", "parent_id", "level", "wbs", "name", "position", "is_summary", "is_milestone", "is_critical",
           "start", "finish", "late_finish", "deadline", "percent_complete", "total_float_minutes", "duration_minutes",
           "project_id", "version")  # fmt: skip


@dataclass(frozen=True)
class PlanRow:
    """A line of the tree: the task and what is computed for it."""

    task: Task
    percent: Decimal | None
    start: date | None
    finish: date | None
    is_late: bool

    @property
    def is_conflict(self) -> bool:
        """Return whether it comes too late for a date that it, or what follows it, has to keep."""
        task = self.task
        return not task.is_summary and task.percent_complete < 100 and (task.total_float_minutes or 0) < 0


@dataclass(frozen=True)
class PlanPage:
    """One page of the plan: rows, the chart's sticky head and its body."""

    rows: list[PlanRow]
    head: Chart
    body: Chart
    count: int
    baseline: Baseline | None
    baselines: list[Baseline]
    is_filtered: bool


def _day(moment: datetime | None, zone: ZoneInfo) -> date | None:
    return None if moment is None else moment.astimezone(zone).date()


def has_float(task: Task) -> bool:
    """Return whether a task that is still to do may slip without moving the plan's finish."""
    return not task.is_summary and task.percent_complete < 100 and (task.total_float_minutes or 0) > 0


def filtered_tasks(project: Project, asked: dict[str, str]) -> QuerySet[Task]:
    """Return the tasks that the address asks for: level, critical, open, driving a task, person, words."""
    tasks = Task.objects.filter(project=project).only(*COLUMNS).order_by("position")
    if asked.get("level", "").isdecimal():
        tasks = tasks.filter(level__lte=int(asked["level"][:3]))
    if asked.get("show") == "critical":
        tasks = tasks.filter(is_critical=True)
    elif asked.get("show") == "open":
        tasks = tasks.filter(percent_complete__lt=100)
    elif asked.get("show") == "driving":
        task = int(asked["task"][:18]) if asked.get("task", "").isdecimal() else None
        tasks = tasks.filter(pk__in=driving_path(project, task))
    if asked.get("person", "").isdecimal():
        tasks = tasks.filter(assignments__person=int(asked["person"][:18])).distinct()
    for word in asked.get("q", "").replace("\x00", "").split()[:10]:
        tasks = tasks.filter(Q(name__icontains=word) | Q(wbs__istartswith=word) | Q(code__icontains=word))
    return tasks


def fitting(bars: list[GanttRow]) -> float:
    """Return the width of a day at which the whole plan fits a common screen, within readable bounds."""
    days = [day for bar in bars for day in (bar.start, bar.finish, bar.baseline_finish) if day is not None]
    span = (max(days) - min(days)).days + 8 if days else 1
    return max(ZOOMS["quarter"], min(ZOOMS["day"], FIT_WIDTH / span))


def plan_page(*, project: Project, asked: dict[str, str], today: date, begin: int = 0) -> PlanPage:
    """Return a page of the plan as it stands; five queries whatever its size, six with a filter."""
    zone = zone_of(project)
    tasks = list(filtered_tasks(project, asked))
    is_filtered = any(asked.get(name) for name in FILTERS)
    # However little of it is shown, a summary is as far as all of its tasks.
    progress = summary_progress(list(filtered_tasks(project, {})) if is_filtered else tasks)
    baselines = list(Baseline.objects.filter(project=project).order_by("-number"))
    baseline = chosen(baselines, asked.get("baseline", ""))
    ghosts = ghosts_of(baseline)
    rows, bars = [], []
    for task in tasks:
        percent = progress.get(task.pk) if task.is_summary else task.percent_complete
        start, finish = _day(task.start, zone), _day(task.finish, zone)
        ghost = ghosts.get(task.pk, (None, None))
        due = _day(task.due_at(ghost[1]), zone)
        is_late = bool(due and due < today and (percent or 0) < 100)
        rows.append(PlanRow(task=task, percent=percent, start=start, finish=finish, is_late=is_late))
        bars.append(
            GanttRow(
                key=str(task.pk),
                label=f"{task.wbs} {task.name}",
                start=start,
                finish=finish,
                kind="summary" if task.is_summary else "milestone" if task.is_milestone else "task",
                progress=None if percent is None else percent / 100,
                baseline_start=_day(ghost[0], zone),
                baseline_finish=_day(ghost[1], zone),
                critical=task.is_critical and not task.is_summary,
                level=task.level - 1,
                float_until=_day(task.late_finish, zone) if has_float(task) else None,
                deadline=_day(task.deadline, zone),
            )
        )
    shown = {task.pk for task in tasks[begin : begin + PAGE_ROWS]}
    critical = {task.pk for task in tasks if task.is_critical}
    links = [
        GanttLink(
            source=str(source),
            target=str(target),
            kind=kind,  # type: ignore[arg-type]
            critical=source in critical and target in critical,
        )
        for source, target, kind in Dependency.objects.filter(
            predecessor__in=shown, successor__in=shown
        ).values_list("predecessor_id", "successor_id", "type")
    ]
    per_day = ZOOMS.get(asked.get("zoom", "")) or fitting(bars)
    drawn = {"rows": bars, "today": today, "per_day": per_day, "row_height": ROW_HEIGHT}
    drawn |= {"status_date": project.data_date}
    return PlanPage(
        rows=rows[begin : begin + PAGE_ROWS],
        head=gantt(title="Calendar of the plan", part="header", key="head", **drawn),  # type: ignore[arg-type]
        body=gantt(
            title=f"Gantt chart of {project.name}",
            part="body",
            links=links,
            begin=begin,
            count=PAGE_ROWS,
            **drawn,  # type: ignore[arg-type]
        ),
        count=len(tasks),
        baseline=baseline,
        baselines=baselines,
        is_filtered=is_filtered,
    )
