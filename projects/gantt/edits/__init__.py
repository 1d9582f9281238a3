"""Edits of the plan as its page and the API say them: read, tried out in memory, saved.

An edit is a small mapping: `{"do": "change", "task": 12, "version": 3, "duration": "5d"}`. What moves dates can be
tried out first (`preview`): the same edit on the plan in memory, and what it would move. Both ways read an edit by the
same code, so that a preview never promises what saving refuses.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction

from projects import services
from projects.gantt.edits.fields import Edits
from projects.gantt.edits.outline import OUTLINE
from projects.gantt.edits.values import Edit, refused
from projects.gantt.state import Drawn, PlanState, Row, difference, read_plan
from projects.kit.access import Entry

__all__ = ["MOST_EDITS", "Edit", "edits_of", "preview", "work"]

MOST_EDITS = 20


def edits_of(said: Any) -> list[Edit]:
    """Return the edits of a request; raises DomainError when it holds none."""
    edits = said.get("edits") if isinstance(said, dict) else None
    if not isinstance(edits, list) or not edits or not all(isinstance(edit, dict) for edit in edits):
        raise refused("edits", "Send {“edits”: [ … ]} with at least one edit.")
    if len(edits) > MOST_EDITS:
        raise refused("edits", f"At most {MOST_EDITS} edits at a time.")
    return edits


def preview(*, entry: Entry, edits: list[Edit]) -> dict[str, Any]:
    """Return what edits would move, without storing anything.

    `tasks`, `links`, `links_gone`: as they would be; `finish`: the plan's last day before and after, and by how many
    working days it moves; `milestones`: those that move; `notes`: what a constraint or a link does about a wish.
    Raises what saving would raise: DomainError (a cycle by its path), NotAllowed, StaleVersion.
    """
    state = read_plan(entry.project)
    before, finish = Drawn.of(state), state.finish()
    finishes = {task.pk: task.finish for task in state.tasks if task.is_milestone}
    tried = Edits(state, entry)
    for edit in edits:
        tried.apply(edit)
    state.compute()
    found = difference(before, Drawn.of(state))
    milestones = [
        {"id": task.pk, "name": task.name} | moved(state, finishes[task.pk], task.finish)
        for task in state.tasks
        if task.pk in finishes and state.day(finishes[task.pk]) != state.day(task.finish)
    ]
    edited = {edit.get("task") for edit in edits}
    return found | {
        "finish": span(state, finish, state.finish()),
        "milestones": milestones,
        "moved": sum(
            row["id"] not in edited
            and row.get("kind") != "summary"
            and has_moved(before.tasks[row["id"]], row)
            for row in found["tasks"]
        ),
        "notes": list(dict.fromkeys(tried.notes)),
    }


def has_moved(before: Row, after: Row) -> bool:
    """Return whether a row stands on other days; its float may have changed where it stands."""
    return any(before.get(name) != after.get(name) for name in ("start", "finish"))


def moved(state: PlanState, before: datetime | None, after: datetime | None) -> dict[str, Any]:
    """Return two moments as days, and the working days between them."""
    return span(state, state.day(before), state.day(after))


def span(state: PlanState, before: date | None, after: date | None) -> dict[str, Any]:
    """Return two days, and the working days from the one to the other; None where a day is missing."""
    days = None if before is None or after is None else state.calendar.working_days_between(before, after)
    return {
        "before": before.isoformat() if before else None,
        "after": after.isoformat() if after else None,
        "days": days,
    }


@transaction.atomic
def work(*, entry: Entry, edits: list[Edit]) -> dict[str, Any]:
    """Save edits, all or none, and return what changed in the plan: rows, links, what is gone, the order.

    Raises DomainError (by field; a cycle by its path), NotAllowed or StaleVersion.
    """
    services.plan_lock(entry.project)
    state = read_plan(entry.project)
    before, finish = Drawn.of(state), state.finish()
    if any(isinstance(edit.get("do"), str) and edit["do"] in OUTLINE for edit in edits):
        if len(edits) > 1:
            raise refused("edits", "What changes the outline is sent alone.")
        entry.require("plan.change")
        OUTLINE[edits[0]["do"]](entry, edits[0])
        notes: list[str] = []
    else:
        tried = Edits(state, entry)
        for edit in edits:
            tried.apply(edit)
        tried.save()
        notes = tried.notes
    stored = read_plan(entry.project)
    return difference(before, Drawn.of(stored)) | {
        "finish": span(stored, finish, stored.finish()),
        "notes": list(dict.fromkeys(notes)),
    }
