"""A file's values as the tables hold them: in range, in the project's zone, shortened aloud."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from projects.kit.imports import ImportRefused, Note
from projects.mspdi import MspdiTask
from projects.planning import to_moment
from projects.schedule import SUMMARY_CONSTRAINTS, ConstraintType

MAX_MINUTES = 60 * 24 * 366 * 50
MAX_INTEGER = 2**31 - 1
YEARS = range(1900, 2200)
NAME_LENGTH = 255
NOTES_LENGTH = 20_000
MAX_PRIORITY = 1000

Tell = Callable[[Note], None]


def place_of(task: MspdiTask) -> str:
    """Return how a task of the file is named in messages."""
    return f"task UID {task.uid} “{task.name[:60]}”"


def moment(local: datetime | None, zone: ZoneInfo, *, place: str) -> datetime | None:
    """Return a wall clock of the project as a moment in UTC; raise ImportRefused for a year out of range."""
    if local is None:
        return None
    if local.year not in YEARS:
        raise ImportRefused(f"{place}: the year {local.year} is out of range.", value=local.isoformat())
    return to_moment(local, zone)


def whole(number: int, *, limit: int, what: str, place: str) -> int:
    """Return a number, or raise ImportRefused when it is beyond what can be."""
    if abs(number) > limit:
        raise ImportRefused(f"{place}: {what} {number:,} is out of range.", value=str(number))
    return number


def shortened(text: str, length: int, *, what: str, place: str, tell: Tell) -> str:
    """Return a text of at most `length` characters, telling when something is cut off."""
    clean = text.replace("\x00", "")
    if len(clean) > length:
        tell(Note(f"The {what} has {len(clean):,} characters; the first {length:,} are kept.", place))
    return clean[:length]


def usable_email(text: str, *, place: str, tell: Tell) -> str:
    """Return an e-mail address, or nothing when it is none, which is told."""
    if not text:
        return ""
    try:
        validate_email(text)
    except ValidationError:
        tell(Note(f"“{text[:60]}” is not an e-mail address; it is left out.", place))
        return ""
    return text.lower()[:254]


def task_values(task: MspdiTask, *, is_summary: bool, zone: ZoneInfo, tell: Tell) -> dict[str, Any]:
    """Return what the file says of a task, as columns of Task. Raises ImportRefused when out of range."""
    place = place_of(task)
    whole(task.uid, limit=MAX_INTEGER, what="the UID", place=place)
    if task.is_milestone and task.duration_minutes and not is_summary:
        tell(Note("A milestone with a duration: it is kept as a task.", place))
    constraint = task.constraint
    if is_summary and constraint not in SUMMARY_CONSTRAINTS:
        tell(Note(f"A summary cannot have the constraint {constraint}; it is left out.", place))
        constraint = ConstraintType.ASAP
    is_milestone = task.is_milestone and not task.duration_minutes and not is_summary
    values: dict[str, Any] = {
        "name": shortened(task.name, NAME_LENGTH, what="name", place=place, tell=tell) or f"Task {task.uid}",
        "description": shortened(task.notes, NOTES_LENGTH, what="note", place=place, tell=tell),
        "is_milestone": is_milestone,
        "duration_minutes": whole(
            task.duration_minutes or 0, limit=MAX_MINUTES, what="a duration in minutes of", place=place
        ),
        "is_estimated": task.is_estimated,
        "constraint": str(constraint),
        "constraint_at": moment(
            task.constraint_date if constraint == task.constraint else None, zone, place=place
        ),
        "deadline": moment(task.deadline, zone, place=place),
        "ignores_people": task.ignores_people,
        "priority": min(max(task.priority, 0), MAX_PRIORITY),
    }
    return values | ({} if is_summary else progress_values(task, zone=zone, tell=tell))


def progress_values(task: MspdiTask, *, zone: ZoneInfo, tell: Tell) -> dict[str, Any]:
    """Return how far a task is: physical % where the file has one, and when it began and ended."""
    place = place_of(task)
    percent = task.physical_percent_complete or task.percent_complete
    start, finish = task.actual_start, task.actual_finish
    if percent and start is None:
        start = task.start
    if percent == 100 and finish is None:
        finish = task.finish
    if percent < 100 and finish is not None:
        tell(Note(f"It has an actual finish but is {percent} % complete; the finish is left out.", place))
        finish = None
    if start and finish and finish < start:
        raise ImportRefused(f"{place}: it finished before it started.", value=finish.isoformat())
    return {
        "percent_complete": Decimal(percent),
        "actual_start": moment(start, zone, place=place),
        "actual_finish": moment(finish, zone, place=place),
    }
