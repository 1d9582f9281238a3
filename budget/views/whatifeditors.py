"""The form of one edit on the page of a what-if, and what saving it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from budget.choices import DifferenceKind
from budget.forms.whatif import AddedForm, LinkForm, MoneyForm, TaskForm
from budget.models import BudgetLine, Difference
from budget.selectors.whatif.sketch import days
from budget.services.whatif import difference_save
from budget.services.whatifedits import added_write, link_write, task_write
from budget.views.whatifpage import Scratch
from implement.core.forms import KEY_LENGTH
from projects.models import Dependency, Person


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
