"""The running timer: start, stop and switch. It is a row, so it survives reloads and runs on every device."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils import timezone

from budget.choices import Rounding
from budget.models import TimeEntry, Timer
from budget.selectors.periods import BOOKING
from budget.selectors.pricing import rules_of
from budget.services.time import check_bookable, time_save
from implement.accounts.models import User
from implement.core.db import hold_together
from implement.core.errors import DomainError, StateError
from implement.core.money import format_number, hours_of
from projects.kit.access import Entry, enter
from projects.models import Person, Task
from projects.planning import today_of

# From here on a timer was probably forgotten: how long was really worked is asked.
FORGOTTEN = timedelta(hours=10)
STEPS = {
    Rounding.SIX_UP: (360, True),
    Rounding.FIFTEEN_UP: (900, True),
    Rounding.SIX_NEAREST: (360, False),
    Rounding.FIFTEEN_NEAREST: (900, False),
}
NONE_RUNS = "No timer runs: it was stopped already, here or on another device."


class ForgottenTimer(StateError):
    """The timer ran so long that somebody must say how much of it was work."""


@dataclass(frozen=True)
class Piece:
    """A part of a timer's run that lies on one day."""

    day: date
    begins: time
    seconds: int


def rounded_seconds(seconds: int, rounding: str) -> int:
    """Return a timer's seconds by the project's rule; half a step is rounded up."""
    if rounding == Rounding.NONE:
        return seconds
    step, is_up = STEPS[Rounding(rounding)]
    return -(-seconds // step) * step if is_up else (seconds + step // 2) // step * step


def pieces_of(*, started_at: datetime, elapsed: int, worked: int, zone: ZoneInfo) -> list[Piece]:
    """Return a run cut at midnight of the zone, with `worked` seconds in all.

    What rounding adds or takes is added to, or taken from, the end: it never opens another day.
    """
    pieces: list[Piece] = []
    begin, left = started_at.astimezone(UTC).replace(microsecond=0), elapsed
    while left > 0:
        local = begin.astimezone(zone)
        midnight = datetime.combine(local.date() + timedelta(days=1), time(), zone).astimezone(UTC)
        taken = min(left, max(1, int((midnight - begin).total_seconds())))
        pieces.append(Piece(local.date(), local.time().replace(microsecond=0), taken))
        begin, left = begin + timedelta(seconds=taken), left - taken
    over = worked - elapsed
    while pieces and over:
        last = pieces.pop()
        if last.seconds + over > 0:
            pieces.append(Piece(last.day, last.begins, last.seconds + over))
            break
        over += last.seconds
    return pieces


def zone_of_person(person: Person) -> ZoneInfo:
    """Return the time zone in which a person's days begin and end."""
    return ZoneInfo(person.user.time_zone if person.user else "UTC")


def running_timer(*, person: Person) -> Timer | None:
    """Return a person's running timer with its task; one query."""
    return Timer.objects.filter(person=person).select_related("task", "project", "person__user").first()


def elapsed_of(timer: Timer, at: datetime | None = None) -> int:
    """Return for how many seconds a timer has run."""
    return max(0, int(((at or timezone.now()) - timer.started_at).total_seconds()))


@transaction.atomic
def timer_start(
    *,
    task: Task,
    access: Entry,
    person: Person,
    note: str = "",
    switch: bool = False,
    at: datetime | None = None,
) -> Timer:
    """Start the timer on a task; with `switch` a running one is stopped and booked first.

    Raises StateError when one runs already, ForgottenTimer when it must be looked at first, DomainError for a
    task that cannot be booked, NotAllowed.
    """
    access.require("time.log")
    hold_together(BOOKING)
    Person.objects.select_for_update().filter(pk=person.pk).first()
    check_bookable(project=access.project, task=task, worked_on=today_of(access.project))
    running = running_timer(person=person)
    if running is not None:
        if not switch:
            raise StateError(f"A timer runs already on “{running.task}”: stop it first, or switch.")
        timer_stop(person=person, user=access.user, at=at)
    timer = Timer(
        person=person, project=access.project, task=task, note=note, started_at=at or timezone.now()
    )
    timer.full_clean(exclude=["person"])
    try:
        with transaction.atomic():
            timer.save(force_insert=True)
    except IntegrityError as error:
        raise StateError("A timer was started on another device just now.") from error
    return timer


@transaction.atomic
def timer_stop(
    *,
    person: Person,
    user: User,
    seconds: int | None = None,
    note: str | None = None,
    at: datetime | None = None,
) -> list[TimeEntry]:
    """Stop the timer and book its time as drafts, one per day; return them, none for a run that rounds to nothing.

    `seconds` says how much of it was work, and is booked as it is; without it the run is rounded by the project's
    rule. Raises StateError when none runs, ForgottenTimer after ten hours without `seconds`, DomainError as
    logging does: the timer runs on then, and nothing is lost.
    """
    hold_together(BOOKING)
    Person.objects.select_for_update().filter(pk=person.pk).first()
    timer = running_timer(person=person)
    if timer is None:
        raise StateError(NONE_RUNS)
    access = enter(user, timer.project.code, "time.log")
    elapsed = elapsed_of(timer, at)
    if seconds is None and elapsed > FORGOTTEN.total_seconds():
        message = (
            f"The timer on “{timer.task}” has run for {format_number(hours_of(elapsed), digits=1)} h. "
            "Say how long you worked."
        )
        raise ForgottenTimer(message, fields={"seconds": message})
    if seconds is not None and not 0 < seconds <= elapsed:
        message = f"More than 0 and at most the {format_number(hours_of(elapsed))} h that the timer has run."
        raise DomainError(message, fields={"seconds": message})
    if seconds is None:
        worked = rounded_seconds(elapsed, rules_of(project=timer.project).rounding)
    else:
        worked = elapsed = seconds
    pieces = pieces_of(
        started_at=timer.started_at, elapsed=elapsed, worked=worked, zone=zone_of_person(person)
    )
    if not Timer.objects.filter(pk=timer.pk).delete()[0]:
        raise StateError(NONE_RUNS)
    return [
        time_save(
            entry=TimeEntry(
                project=access.project,
                person=person,
                task=timer.task,
                worked_on=piece.day,
                started_at=piece.begins,
                seconds=piece.seconds,
                note=timer.note if note is None else note,
            ),
            access=access,
        )
        for piece in pieces
    ]


@transaction.atomic
def timer_discard(*, person: Person) -> None:
    """Stop the timer and book nothing. Raises StateError when none runs."""
    if not Timer.objects.filter(person=person).delete()[0]:
        raise StateError(NONE_RUNS)
