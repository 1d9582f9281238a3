"""What the page of a what-if shows: rows beside a chart, the difference in figures, and the form of one edit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.urls import reverse

from budget.choices import DifferenceKind
from budget.forms.whatif import AddedForm, LinkForm, MoneyForm, TaskForm
from budget.models import BudgetLine, Difference, WhatIf
from budget.selectors.whatif import Compared, TaskRow, compared_of, differences_of
from budget.selectors.whatif.sketch import days
from budget.selectors.whatif.words import words_of
from budget.services.whatif import difference_save
from budget.services.whatifedits import added_write, link_write, task_write
from implement.core.charts import GanttLink, GanttRow, gantt
from implement.core.charts.base import spoken
from implement.core.forms import KEY_LENGTH
from implement.core.money import day_text, format_money, format_number, hours_of
from implement.core.templatetags.implement import moved, signed_hours, signed_money
from projects.choices import Constraint
from projects.kit.access import Entry
from projects.models import Dependency, Person
from projects.planning import today_of

ROW_HEIGHT = 36
PAGE_ROWS = 150
MOST_WHOLE = 40
FIT_WIDTH = 540.0
LEAST_DAY, MOST_DAY = 1.6, 26.0


@dataclass
class Editor:
    """The form of one edit: what it is about, and what saving it does."""

    kind: str
    key: str
    title: str
    form: Any
    save: Callable[[], object]
    note: str = ""
    links: list[tuple[Dependency, str]] = field(default_factory=list)
    may_remove: bool = False


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


# --- Editing -----------------------------------------------------------------------------------------------
def editor_of(scratch: Scratch, asked: dict[str, str], data: Any = None) -> Editor | None:
    """Return the form that the address (or what was sent) asks for; None for anything that is not there."""
    make = {"task": _task, "added": _added, "link": _link, "money": _money}.get(asked.get("edit", ""))
    return make(scratch, asked, data) if make else None


def _key(text: str) -> int | None:
    digits = text.removeprefix("-")
    if not digits.isascii() or not digits.isdecimal() or len(digits) > KEY_LENGTH:
        return None
    return int(text)


def _own(scratch: Scratch, asked: dict[str, str], kind: DifferenceKind) -> Difference | None:
    pk = _key(asked.get("id", ""))
    return next((row for row in scratch.differences if row.pk == pk and row.kind == kind), None)


def _planned(scratch: Scratch, pk: int) -> dict[Person, int]:
    """Return who is on a task of the what-if, with how many seconds."""
    live = scratch.compared.live
    assert live is not None
    people = dict(live.people) | {row.person_id: row.person for row in scratch.differences if row.person}
    found = {
        people[person_id]: seconds
        for (task_id, person_id), seconds in scratch.compared.sketch.hours.items()
        if task_id == pk
    }
    return dict(sorted(found.items(), key=lambda pair: pair[0].name))


def _task(scratch: Scratch, asked: dict[str, str], data: Any) -> Editor | None:
    pk = _key(asked.get("id", ""))
    live = scratch.compared.live
    assert live is not None
    if pk is None or pk not in scratch.compared.sketch.tasks or pk not in live.by_id:
        return None
    task, stored = scratch.compared.sketch.tasks[pk], live.by_id[pk]
    form = TaskForm(data, task=task, planned=_planned(scratch, pk), entry=scratch.entry)

    def save() -> None:
        minutes = form.cleaned_data.get("days")
        task_write(
            what_if=scratch.what_if,
            task=stored,
            entry=scratch.entry,
            minutes=minutes,
            constraint=form.cleaned_data["constraint"],
            constraint_at=form.moment(scratch.entry, task.constraint_at),
            hours=form.hours() if form.people or "person" in form.fields else {},
        )

    links = [
        (link, str(scratch.compared.sketch.tasks[before]))
        for (before, after), link in scratch.compared.sketch.links.items()
        if after == pk and link.pk is not None
    ]
    return Editor(
        kind="task",
        key=str(pk),
        title=str(task),
        form=form,
        save=save,
        note=f"Today: {days(stored.duration_minutes)}" if "days" in form.fields else "",
        links=links,
        may_remove=not task.is_summary and task.percent_complete == 0,
    )


def _place(scratch: Scratch, text: str) -> dict[str, Any]:
    """Return a task of the form's choice as the columns of a difference."""
    pk = _key(text)
    if pk is None or pk not in scratch.compared.sketch.tasks:
        return {"task": None, "added": None}
    if pk < 0:
        return {"task": None, "added": next(row for row in scratch.differences if row.pk == -pk)}
    live = scratch.compared.live
    assert live is not None
    return {"task": live.by_id[pk], "added": None}


def _added(scratch: Scratch, asked: dict[str, str], data: Any) -> Editor | None:
    row = _own(scratch, asked, DifferenceKind.ADDED)
    if row is None and asked.get("id"):
        return None
    planned = _planned(scratch, -row.pk) if row else {}
    behind = asked.get("task", "")
    form = AddedForm(
        data, sketch=scratch.compared.sketch, row=row, behind=behind, planned=planned, entry=scratch.entry
    )

    def save() -> None:
        said = form.cleaned_data
        target = row or Difference(what_if=scratch.what_if, kind=DifferenceKind.ADDED)
        at = form.moment(scratch.entry, target.constraint_at)
        values = {"name": said["name"], "duration_minutes": said["days"], "constraint": said["constraint"]}
        for name, value in (values | {"constraint_at": at} | _place(scratch, said["behind"])).items():
            setattr(target, name, value)
        added_write(row=target, entry=scratch.entry, hours=form.hours(), is_waiting=said.get("waits", False))

    return Editor("added", str(row.pk) if row else "", row.name if row else "New task", form, save)


def _link(scratch: Scratch, asked: dict[str, str], data: Any) -> Editor | None:
    row = _own(scratch, asked, DifferenceKind.LINK)
    if row is None and asked.get("id"):
        return None
    initial: dict[str, Any] = {"task": asked.get("task", "")}
    if row is not None:
        initial = {
            "predecessor": str(row.predecessor_id or -(row.added_predecessor_id or 0)),
            "task": str(row.task_id or -(row.added_id or 0)),
            "link_type": row.link_type,
            "lag": row.lag_minutes,
            "is_elapsed": row.is_elapsed,
        }
    form = LinkForm(data, sketch=scratch.compared.sketch, initial=initial)

    def save() -> None:
        said = form.cleaned_data
        target = row or Difference(what_if=scratch.what_if, kind=DifferenceKind.LINK)
        before = _place(scratch, said["predecessor"])
        target.predecessor, target.added_predecessor = before["task"], before["added"]
        after = _place(scratch, said["task"])
        target.task, target.added = after["task"], after["added"]
        target.link_type, target.is_elapsed = said["link_type"], said["is_elapsed"]
        target.lag_minutes = said["lag"] or 0
        link_write(row=target, entry=scratch.entry)

    return Editor("link", str(row.pk) if row else "", "Link", form, save)


def _money(scratch: Scratch, asked: dict[str, str], data: Any) -> Editor | None:
    if not (scratch.entry.can("cost.view") and scratch.entry.can("money.view")):
        return None
    row = _own(scratch, asked, DifferenceKind.MONEY)
    if row is None and asked.get("id"):
        return None
    line = row.line if row else _line(scratch, asked.get("task", ""))
    target = row or Difference(what_if=scratch.what_if, kind=DifferenceKind.MONEY, line=line)
    form = MoneyForm(data, sketch=scratch.compared.sketch, row=target, line=line, entry=scratch.entry)

    def save() -> None:
        said = form.cleaned_data
        target.planned_seconds, target.cost, target.bill = said["hours"] or 0, said["cost"], said["bill"]
        target.description = said["description"]
        if line is None:
            target.category, target.person, target.job_role = (
                said["category"],
                said["person"],
                said["job_role"],
            )
            for name, value in _place(scratch, said["task"]).items():
                setattr(target, name, value)
        difference_save(row=target, entry=scratch.entry)

    return Editor("money", str(row.pk) if row else "", str(line) if line else "Budget line", form, save)


def _line(scratch: Scratch, text: str) -> BudgetLine | None:
    """Return the budget line that is to be changed: `task` is "line-12" then."""
    pk = _key(text.removeprefix("line-"))
    if pk is None or not text.startswith("line-"):
        return None
    return (
        BudgetLine.objects.filter(project=scratch.entry.project, pk=pk)
        .select_related("task", "person")
        .first()
    )
