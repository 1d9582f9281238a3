"""What the page of a what-if shows: rows beside a chart, the difference in figures, and the form of one edit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.urls import reverse

from budget.choices import DifferenceKind
from budget.models import Difference, WhatIf
from budget.selectors.whatif import Compared, TaskRow, compared_of, differences_of
from budget.selectors.whatif.sketch import days
from budget.selectors.whatif.words import words_of
from implement.core.charts import GanttLink, GanttRow, gantt
from implement.core.charts.base import spoken
from implement.core.money import day_text, format_money, format_number, hours_of
from implement.core.templatetags.implement import moved, signed_hours, signed_money
from projects.choices import Constraint
from projects.kit.access import Entry
from projects.planning import today_of

ROW_HEIGHT = 36
PAGE_ROWS = 150
MOST_WHOLE = 40
FIT_WIDTH = 540.0
LEAST_DAY, MOST_DAY = 1.6, 26.0


@dataclass
class Scratch:
    """A what-if, compared, for one person."""

    what_if: WhatIf
    entry: Entry
    compared: Compared
    differences: list[Difference]
    asked: dict[str, str]
    page_number: str = ""

    @classmethod
    def of(cls, what_if: WhatIf, entry: Entry, request: HttpRequest) -> Scratch:
        """Compare a what-if with today."""
        rows = differences_of(what_if)
        compared = compared_of(what_if=what_if, differences=rows)
        return cls(what_if, entry, compared, rows, request.GET.dict(), request.GET.get("page", ""))

    def context(self) -> dict[str, Any]:
        """Return what the template shows."""
        compared = self.compared
        rows = list(compared.tasks)
        show = self.asked.get("show", "")
        different = [row for row in rows if is_different(row)]
        # A large plan opens on what it is about; a small one, or one in which nothing differs yet, as a whole.
        only = show == "different" or (show != "all" and bool(different) and len(rows) > MOST_WHOLE)
        rows = different if only else rows
        page = Paginator(rows, PAGE_ROWS).get_page(self.page_number)
        begin = page.start_index() - 1 if rows else 0
        can_decide = self.entry.can("whatif.change") and self.what_if.is_open and bool(self.differences)
        is_sound = not compared.reason and not compared.conflicts
        return {
            "compared": compared,
            "rows": [_shown(row) for row in rows[begin : begin + PAGE_ROWS]],
            "chart": _chart(self.what_if, rows, compared, begin, today_of(self.entry.project)),
            "page": page,
            "only": only,
            "keep": "&show=all" if show == "all" else "",
            "differences": [self.told(row) for row in self.differences],
            "critical": [*compared.critical_in, *compared.critical_out],
            "may_accept": can_decide and is_sound and self.entry.can("plan.change") and not compared.beyond_the_plan,
            "may_turn": can_decide and is_sound and self.entry.can("changes.decide"),
            "over": compared.days_over,
            "levelled": _levelled(self.what_if.levelling),
            "address_of_item": reverse("whatif_detail", args=[self.entry.project.code, self.what_if.pk]),
            **self.figures(),
        }  # fmt: skip

    def figures(self) -> dict[str, str]:
        """Return the tiles' texts; money only for who may see it."""
        compared, unit = self.compared, self.entry.project.currency
        total, finish = compared.total, compared.finish
        before, after = compared.days_over
        shown = {
            "finish_note": f"{moved(finish.days)} working day{'' if abs(finish.days) == 1 else 's'}"
            f" against {day_text(finish.before)}"
            if finish.days
            else "As today",
            "hours_text": f"{format_number(hours_of(total.seconds_after), digits=0)} h",
            "hours_note": _against(f"{signed_hours(total.seconds_step)} h", total.seconds_step),
            "over_text": f"{after} day{'' if after == 1 else 's'}",
            "over_note": "As today" if before == after else f"Today {before}",
            "over_tone": "good" if after < before else "trouble" if after > before else "",
        }
        if self.entry.can("cost.view"):
            shown |= {
                "cost_text": format_money(total.cost_after, unit, digits=0),
                "cost_note": _against(signed_money(total.cost_step, unit), total.cost_step),
            }
        if self.entry.can("money.view"):
            shown |= {
                "bill_text": format_money(total.bill_after, unit, digits=0),
                "bill_note": _against(signed_money(total.bill_step, unit), total.bill_step),
            }
        return shown

    def told(self, row: Difference) -> dict[str, Any]:
        """Return a difference for its list: what it is about, what it does, what is wrong with it."""
        return {
            "row": row,
            "about": row.about,
            "words": words_of(row),
            "conflict": self.compared.conflicts.get(row.pk, ""),
            "moved": self.compared.moved.get(row.pk, ""),
            "edit": _edit_of(row),
        }


def _against(text: str, step: Any) -> str:
    return f"{text} against today" if step else "As today"


def _levelled(told: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return how a levelling ended, with its days as days again."""
    if not told:
        return None
    left = [row | {"worst": _day(row["worst"])} for row in told["left"]]
    return told | {"on": _day(told["on"]), "finish": [_day(text) for text in told["finish"]], "left": left}


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def is_different(row: TaskRow) -> bool:
    """Return whether a row has differences, or moves because of some."""
    return bool(row.differences) or row.is_removed or row.is_new or row.before != row.after


def _edit_of(row: Difference) -> str:
    """Return the address part that opens a difference's form; empty where undoing is all there is."""
    if row.kind == DifferenceKind.TASK:
        return f"edit=task&id={row.task_id}"
    if row.kind == DifferenceKind.HOURS:
        return f"edit=task&id={row.task_id}" if row.task_id else f"edit=added&id={row.added_id}"
    if row.kind in {DifferenceKind.ADDED, DifferenceKind.LINK, DifferenceKind.MONEY}:
        return f"edit={row.kind}&id={row.pk}"
    return ""


def _shown(row: TaskRow) -> dict[str, Any]:
    task = row.task
    is_timed = not task.is_summary and not task.is_milestone
    return {
        "row": row,
        "task": task,
        "time": days(task.duration_minutes) if is_timed else "",
        "constraint": "" if task.constraint == Constraint.ASAP else task.get_constraint_display(),
        "edit": ""
        if row.is_removed or task.is_summary
        else f"edit=added&id={-task.pk}"
        if row.is_new
        else f"edit=task&id={task.pk}",
        "is_done": task.percent_complete == 100,
        "is_different": bool(row.differences) or row.is_removed,
    }


def _chart(
    what_if: WhatIf, rows: list[TaskRow], compared: Compared, begin: int, today: date
) -> dict[str, Any]:
    """Return the head and the body of the chart: the what-if's bars over today's as ghosts."""
    bars = []
    for row in rows:
        task, before, after = row.task, row.before, row.after
        bars.append(
            GanttRow(
                key=str(task.pk),
                label=f"{task.wbs} {task.name}".strip(),
                start=after.start if after else None,
                finish=after.finish if after else None,
                kind="summary" if task.is_summary else "milestone" if task.is_milestone else "task",
                progress=None if task.is_summary else task.percent_complete / 100,
                baseline_start=before.start if before else None,
                baseline_finish=before.finish if before else None,
                critical=bool(after and after.is_critical and not task.is_summary),
                level=task.level - 1,
            )
        )
    shown = {row.task.pk for row in rows[begin : begin + PAGE_ROWS]}
    links = [
        GanttLink(source=str(before), target=str(after), kind=link.type)  # type: ignore[arg-type]
        for (before, after), link in compared.sketch.links.items()
        if before in shown and after in shown
    ]
    moments = [day for bar in bars for day in (bar.start, bar.finish, bar.baseline_finish) if day is not None]
    span = (max(moments) - min(moments)).days + 8 if moments else 1
    drawn: dict[str, Any] = {
        "rows": bars,
        "today": today,
        "per_day": max(LEAST_DAY, min(MOST_DAY, FIT_WIDTH / span)),
        "row_height": ROW_HEIGHT,
        "words": replace(spoken(), baseline="Today's plan"),
    }
    return {
        "head": gantt(title="Calendar of the what-if", part="header", key="head", **drawn),
        "body": gantt(
            title=f"Gantt chart of {what_if}", part="body", links=links, begin=begin, count=PAGE_ROWS, **drawn
        ),
    }
